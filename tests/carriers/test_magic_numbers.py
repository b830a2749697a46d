"""Magic numbers: what each says, and that the docs say the same."""

import re
from pathlib import Path

import pytest

from carriers.builders import SOURCE, a_message, a_submit
from powerpack_carriers.magic_numbers import MAGIC_OUTCOMES, MAGIC_PREFIXES, MagicNumbers
from powerpack_carriers.messages import NEVER, SWALLOWED, UNDECIDED, Message
from powerpack_carriers.numbering import country_of
from powerpack_carriers.smpp.constants import CommandStatus, MessageState, status_name

DOCS = (Path(__file__).parents[2] / "docs" / "magic-numbers.md").read_text(encoding="utf-8")


def _struck(magic: MagicNumbers, digits: str, *, source: str = SOURCE) -> Message:
    message = a_message(a_submit(destination=f"+1500555{digits}", source=source))
    magic.on_submit(message)
    return message


def test_the_prefixes_belong_to_the_two_countries() -> None:
    assert [country_of(f"{prefix}0000") for prefix in MAGIC_PREFIXES] == ["US", "CA"]


@pytest.mark.parametrize("digits", MAGIC_OUTCOMES)
def test_a_magic_number_decides_about_its_message(digits: str) -> None:
    outcome = MAGIC_OUTCOMES[digits]

    message = _struck(MagicNumbers(), digits)

    fate = SWALLOWED if outcome.is_swallowed else outcome.state
    assert (message.status, message.fate, message.error) == (outcome.status, fate, outcome.error)
    assert (message.response_delay_s, message.hangs_up) == (outcome.response_delay_s, outcome.hangs_up)
    assert message.quirks == outcome.quirks


@pytest.mark.parametrize("destination", ["15005559999", "14155550000", "1500555000", "442071838750"])
def test_other_numbers_are_left_alone(destination: str) -> None:
    message = a_message(a_submit(destination=destination))

    MagicNumbers().on_submit(message)

    assert (message.status, message.fate, message.quirks) == (0, UNDECIDED, None)


def test_what_was_refused_stays_refused_with_its_own_status() -> None:
    message = a_message(a_submit(destination="15005550000"))
    message.status = CommandStatus.ESME_RTHROTTLED

    MagicNumbers().on_submit(message)

    assert (message.status, message.fate) == (CommandStatus.ESME_RTHROTTLED, UNDECIDED)


def test_once_is_every_other_message_of_a_pair() -> None:
    magic = MagicNumbers()

    statuses = [_struck(magic, "0300").status for _ in range(4)]
    other = _struck(magic, "0300", source="12065550199").status

    assert statuses == [CommandStatus.ESME_RTHROTTLED, 0, CommandStatus.ESME_RTHROTTLED, 0]
    assert other == CommandStatus.ESME_RTHROTTLED


def test_a_lost_answer_is_lost_once() -> None:
    magic = MagicNumbers()

    assert [_struck(magic, "0302").response_delay_s for _ in range(2)] == [NEVER, 0.0]


def test_the_docs_have_every_number_and_no_other() -> None:
    assert re.findall(r"^\| `(\d{4})` \|", DOCS, re.MULTILINE) == list(MAGIC_OUTCOMES)


@pytest.mark.parametrize("digits", [digits for digits in MAGIC_OUTCOMES if digits[:2] in ("01", "02")])
def test_the_docs_say_how_it_ends(digits: str) -> None:
    outcome = MAGIC_OUTCOMES[digits]
    (row,) = re.findall(rf"^\| `{digits}` \| (.*) \|$", DOCS, re.MULTILINE)
    cells = [cell.strip() for cell in row.split("|")]

    if outcome.status:
        is_named = outcome.status in CommandStatus.__members__.values()
        assert cells[0] == (status_name(outcome.status) if is_named else str(outcome.status))
    else:
        assert cells[:2] == [MessageState(outcome.state).name, outcome.error]
