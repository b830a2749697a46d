"""The text of receipts."""

from datetime import UTC, datetime

import pytest

from powerpack_carriers.receipt_text import STAT_WORDS, DateForm, ReceiptText, check_template
from powerpack_carriers.smpp.constants import MessageState

MOMENT = datetime(2026, 11, 22, 1, 30, 59, tzinfo=UTC)


def _write(template: str | None = None, *, state: int = MessageState.DELIVERED, text: bytes = b"Hello") -> bytes:
    receipt = ReceiptText() if template is None else ReceiptText(template)
    return receipt.write(
        message_id=b"4406381745",
        submit_date=b"2611220130",
        done_date=b"2611220131",
        message_state=state,
        error=b"000",
        text=text,
    )


def test_the_standard_text_is_that_of_appendix_b() -> None:
    assert _write() == (
        b"id:4406381745 sub:001 dlvrd:001 submit date:2611220130 done date:2611220131 stat:DELIVRD err:000 text:Hello"
    )


def test_an_undelivered_message_has_nothing_delivered() -> None:
    assert b"dlvrd:000" in _write(state=MessageState.UNDELIVERABLE)
    assert b"stat:UNDELIV" in _write(state=MessageState.UNDELIVERABLE)


def test_twenty_octets_of_the_text_are_repeated() -> None:
    assert _write(text=b"%s" * 20).endswith(b"text:" + b"%s" * 10)


def test_a_template_may_leave_fields_away_and_change_their_order() -> None:
    assert _write("100% stat:{stat} id:{id} {stat}") == b"100% stat:DELIVRD id:4406381745 DELIVRD"


def test_every_state_has_a_word_of_seven_letters() -> None:
    assert set(STAT_WORDS) == set(MessageState)
    assert {len(word) for word in STAT_WORDS.values()} == {7}


@pytest.mark.parametrize(
    ("form", "written"),
    [
        (DateForm.MINUTES, b"2611220130"),
        (DateForm.SECONDS, b"261122013059"),
        (DateForm.CENTURY, b"20261122013059"),
    ],
)
def test_dates_have_three_forms(form: DateForm, written: bytes) -> None:
    assert form.write(MOMENT) == written


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{nonsense}", "template: found {nonsense}, expected one of id, sub, dlvrd"),
        ("é", "template: found characters beyond ASCII"),
        ("{id}{id}{id}{id}", "template: a receipt may have 256 octets, expected 254 at most"),
    ],
)
def test_a_template_that_can_not_be_filled_is_refused(template: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_template(template)

    assert str(caught.value).startswith(problem)
