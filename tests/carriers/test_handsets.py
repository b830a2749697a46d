"""Phones."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

import pytest

from carriers.builders import HANDSET, SOURCE, a_message, a_submit
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.handsets import INBOX_TEXTS_MAX, UNFINISHED_MAX, Handset, TextMessage
from powerpack_carriers.in_parts import WHOLE, InParts
from powerpack_carriers.messages import Message
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.smpp.constants import TlvTag
from powerpack_carriers.smpp.tlvs import Tlv
from powerpack_carriers.spam import SpamReport
from powerpack_carriers.text import encode_text, split_text

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class FakeNetwork:
    """Remembers what a phone asked for."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def originate(self, handset: Handset, to: str, text: str, parts: InParts = WHOLE) -> None:
        self.sent.append((to, text))

    def read_mms(self, handset: Handset, message: TextMessage) -> None:
        pass

    def originate_mms(self, handset: Handset, to: str, text: str, media: tuple[Media, ...], subject: str) -> None:
        self.sent.append((to, text))

    def state_changed(self, handset: Handset) -> None:
        self.sent.append(("state", handset.state))

    def dice_of(self, handset: Handset) -> Random:
        return Random(handset.number)

    def report_spam(self, handset: Handset, message: TextMessage) -> SpamReport:
        return SpamReport.of(message)


def _handset(network: FakeNetwork | None = None) -> Handset:
    return Handset(HANDSET, carrier="att", network=network or FakeNetwork())


def _parts(text: str, *, reference: int = 7, source: str = SOURCE) -> list[Message]:
    data_coding, octets = encode_text(text)
    return [
        a_message(a_submit(part, esm_class=0x40, data_coding=data_coding, source=source), message_id=b"id-%d" % number)
        for number, part in enumerate(split_text(octets, data_coding, reference=reference), start=1)
    ]


def test_a_text_is_in_the_inbox_as_it_was_written() -> None:
    handset = _handset()

    handset.receive(a_message(a_submit(b"Hi \x02", source=f"+{SOURCE}"), message_id=b"17"), NOON)

    assert handset.inbox == [
        TextMessage(
            text="Hi $",
            from_number=SOURCE,
            to_number=HANDSET,
            received_at=NOON,
            carrier_message_ids=("17",),
            parts=1,
        )
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_parts_are_put_together_in_whatever_order_they_come(order: tuple[int, ...]) -> None:
    handset, parts, text = _handset(), _parts("ы" * 150), "ы" * 150

    whole = [handset.receive(parts[index], NOON) for index in order]

    assert whole == [(), (), tuple(parts)]
    assert [(each.text, each.carrier_message_ids) for each in handset.inbox] == [(text, ("id-1", "id-2", "id-3"))]
    assert handset.unfinished == 0


def test_parts_of_several_codings_are_read_each_in_its_own() -> None:
    handset, japan = _handset(), "\u65e5\u672c".encode("utf-16-be")
    parts = [(0, b"Hi "), (8, japan[:3]), (8, japan[3:]), (0, b"!")]
    for number, (data_coding, octets) in enumerate(parts, start=1):
        header = bytes((5, 0, 3, 7, len(parts), number))
        handset.receive(a_message(a_submit(header + octets, esm_class=0x40, data_coding=data_coding)), NOON)

    assert [text.text for text in handset.inbox] == ["Hi \u65e5\u672c!"]


def test_a_character_that_was_cut_in_two_is_whole_again() -> None:
    octets, handset = "😀".encode("utf-16-be"), _handset()
    for number, half in enumerate((octets[:2], octets[2:]), start=1):
        header = bytes((5, 0, 3, 1, 2, number))
        handset.receive(a_message(a_submit(header + half, esm_class=0x40, data_coding=8)), NOON)

    assert [each.text for each in handset.inbox] == ["😀"]


def test_sixteen_bit_references_and_sar_tlvs_join_parts_too() -> None:
    handset = _handset()
    for number, text in ((2, b"world"), (1, b"Hello ")):
        handset.receive(a_message(a_submit(bytes((6, 8, 4, 1, 2, 2, number)) + text, esm_class=0x40)), NOON)
    for number, text in ((2, b"moon"), (1, b"Hello ")):
        tlvs = (
            Tlv.of(TlvTag.sar_msg_ref_num, 0),
            Tlv.of(TlvTag.sar_total_segments, 2),
            Tlv.of(TlvTag.sar_segment_seqnum, number),
        )
        handset.receive(a_message(a_submit(text, tlvs=tlvs)), NOON)

    assert [each.text for each in handset.inbox] == ["Hello world", "Hello moon"]


def test_a_text_may_travel_in_message_payload() -> None:
    handset = _handset()

    handset.receive(a_message(a_submit(b"", tlvs=(Tlv.of(TlvTag.message_payload, b"long" * 200),))), NOON)

    assert handset.inbox[0].text == "long" * 200


def test_one_reference_of_two_senders_makes_two_texts() -> None:
    handset = _handset()
    mine, theirs = _parts("a" * 200), _parts("b" * 200, source="12065550199")

    for part in (mine[0], theirs[1], mine[1], theirs[0]):
        handset.receive(part, NOON)

    assert [each.text for each in handset.inbox] == ["a" * 200, "b" * 200]


def test_a_part_that_comes_twice_is_shown_once() -> None:
    handset, parts = _handset(), _parts("a" * 200)

    for part in (parts[0], parts[0], parts[1]):
        handset.receive(part, NOON)

    assert [each.text for each in handset.inbox] == ["a" * 200]


def test_a_lost_part_keeps_a_text_away_and_old_fragments_are_given_up() -> None:
    handset = _handset()

    for reference in range(UNFINISHED_MAX + 5):
        handset.receive(_parts("a" * 200, reference=reference)[0], NOON)

    assert handset.inbox == []
    assert handset.unfinished == UNFINISHED_MAX
    for reference in (UNFINISHED_MAX + 4, 0):  # the newest is whole now, and the oldest begins anew
        handset.receive(_parts("a" * 200, reference=reference)[1], NOON)
    assert [text.text for text in handset.inbox] == ["a" * 200]


def test_one_part_of_one_is_a_whole_text() -> None:
    handset = _handset()

    handset.receive(a_message(a_submit(b"\5\0\3\1\1\1Hi", esm_class=0x40)), NOON)

    assert handset.inbox[0].text == "Hi"


def test_the_inbox_keeps_the_newest_texts() -> None:
    handset = _handset()
    for number in range(INBOX_TEXTS_MAX + 10):
        handset.receive(a_message(a_submit(b"%d" % number)), NOON + timedelta(seconds=number))
        if number == 500:
            assert len(handset.inbox) == 501

    assert len(handset.inbox) == handset.text_count == INBOX_TEXTS_MAX
    assert (handset.inbox[0].text, handset.inbox[-1].text) == ("10", "1009")


def test_texts_arrive_in_the_order_in_which_they_were_accepted() -> None:
    handset = _handset()

    assert [handset.queue_until(due) for due in (10.5, 10.2, 10.7, 10.6)] == [10.5, 10.5, 10.7, 10.7]


def test_the_inbox_can_be_cleared() -> None:
    handset = _handset()
    handset.receive(a_message(), NOON)
    handset.inbox.clear()

    assert handset.inbox == []
    assert handset.text_count == 0


def test_a_reply_goes_to_the_last_sender_or_to_whom_it_says() -> None:
    network = FakeNetwork()
    handset = _handset(network)
    handset.receive(a_message(), NOON)

    handset.reply("STOP")
    handset.reply("Hi", to="+1 (206) 555-0199")

    assert network.sent == [(SOURCE, "STOP"), ("12065550199", "Hi")]


def test_a_report_is_of_the_text_that_was_chosen() -> None:
    handset = _handset()
    for text in (b"first", b"second"):
        handset.receive(a_message(a_submit(text), message_id=text), NOON)

    assert [handset.report_spam().text, handset.report_spam(0).text] == ["second", "first"]


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (
            "reply",
            "handset 14155550123 has nobody to answer: its inbox is empty; expect a text first, or say to whom",
        ),
        ("reply nothing", "handset 14155550123: found to='1' and text='', expected both to be there"),
        ("report", "handset 14155550123 has no message -1: its inbox holds 0"),
    ],
)
def test_what_a_phone_can_not_do_is_said(act: str, problem: str) -> None:
    handset = _handset()
    acts: dict[str, Callable[[], object]] = {
        "reply": lambda: handset.reply("STOP"),
        "reply nothing": lambda: handset.reply("", to="1"),
        "report": lambda: handset.report_spam(),
    }

    with pytest.raises(HandsetError) as caught:
        acts[act]()

    assert str(caught.value) == problem


def test_a_phone_is_shown_with_its_carrier_and_texts() -> None:
    handset = _handset()
    handset.receive(a_message(), NOON)

    assert repr(handset) == "<Handset 14155550123 at att: 1 texts>"
