"""Invariants about STOP: from when it binds, whom, and what may follow it."""

import pytest

from lab.journals import ANA, LONGCODE, Story, good, octets
from lab.verdicts import broken_by
from powerpack_carriers.smpp.constants import CommandId, EsmClass


def test_an_automatic_answer_may_follow_a_stop() -> None:
    text = "You have been unsubscribed and will not receive any more messages from this number."
    story = good().stop(LONGCODE, ANA).submit(LONGCODE, ANA, text, 3)

    assert broken_by(story) == []


def test_a_stop_that_was_not_acknowledged_binds_nobody_yet() -> None:
    story = good().stop(LONGCODE, ANA)
    story.events = story.events[:-1]

    assert broken_by(story.submit(LONGCODE, ANA, "2.", 3)) == []


def test_a_stop_that_was_lost_with_its_link_is_not_acknowledged_by_the_next_ones_answers() -> None:
    """Links and their sequence numbers come again, above all when a gateway that was killed comes back."""
    story = good().stop(LONGCODE, ANA, sequence=7)
    story.events = story.events[:-1]
    thanks = octets(CommandId.deliver_sm, 7, source_addr=ANA, destination_addr=LONGCODE, short_message=b"Thanks!")
    story.deliver(thanks).pdu("gateway", ">", octets(CommandId.deliver_sm_resp, 7))

    assert broken_by(story.submit(LONGCODE, ANA, "2.", 3)) == []


def _stop_in_parts(*parts: int, acknowledged: bool = True) -> Story:
    """A STOP in two parts, of which these come, in this order."""
    story = good()
    for index, part in enumerate(parts):
        header = bytes((5, 0, 3, 9, 2, part))
        raw = octets(
            CommandId.deliver_sm, 20 + index, source_addr=ANA, destination_addr=LONGCODE, esm_class=EsmClass.UDHI,
            short_message=header + (b"ST", b"OP")[part - 1],
        )  # fmt: skip
        story.deliver(raw)
        if acknowledged:
            story.pdu("gateway", ">", octets(CommandId.deliver_sm_resp, 20 + index))
    return story


@pytest.mark.parametrize(("parts", "is_stop"), [((1, 2), True), ((2, 1), True), ((1,), False), ((1, 1), False)])
def test_a_stop_in_parts_counts_when_all_of_it_was_acknowledged(parts: tuple[int, ...], is_stop: bool) -> None:
    later = _stop_in_parts(*parts).submit(LONGCODE, ANA, "2.", 3)
    unheard = _stop_in_parts(*parts, acknowledged=False).submit(LONGCODE, ANA, "2.", 3)

    assert broken_by(later) == (["silent_after_stop"] if is_stop else [])
    assert broken_by(unheard) == []


@pytest.mark.parametrize(
    ("text", "status", "names"),
    [("Stop.", 1000, ["silent_after_stop"]), ("Stop.", 3000, []), ("Stop it!", 1000, []), ("", 1000, [])],
)
def test_a_stop_by_mms_counts_when_it_was_taken(text: str, status: int, names: list[str]) -> None:
    story = good().add(
        "mm7", None, side="carrier", link="att", direction=">", operation="message", status=status, message_id="m",
        problem="", source=ANA, destination=LONGCODE, text=text,
    )  # fmt: skip

    assert broken_by(story.submit(LONGCODE, ANA, "2.", 3)) == names


@pytest.mark.parametrize(
    ("said", "names"), [(("lifted",), []), (("lifted", "added"), ["silent_after_stop"]), (("added", "lifted"), [])]
)
def test_of_stop_and_start_that_are_acknowledged_together_the_later_one_binds(
    said: tuple[str, ...], names: list[str]
) -> None:
    """Answers wait for the disk, so a START may have lifted a STOP before that is acknowledged."""
    story = good().stop(LONGCODE, ANA)
    acknowledged = story.events.pop()
    for each in said:
        story.add(f"suppression.{each}", number=LONGCODE, handset=ANA, entries=2)
    story.pdu("gateway", ">", acknowledged.raw)

    assert broken_by(story.submit(LONGCODE, ANA, "2.", 3)) == names


def test_after_start_one_may_write_again() -> None:
    story = good().stop(LONGCODE, ANA).add("suppression.lifted", number=LONGCODE, handset=ANA, entries=2)

    assert broken_by(story.submit(LONGCODE, ANA, "2.", 3)) == []
