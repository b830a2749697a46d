"""The short way of plain messages does what the long way does: the same octets, the same events, the same inboxes."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers.both_ways import (
    GENERIC,
    NARROW,
    PHONES,
    PROFILES,
    SLOW,
    STEPS,
    SUBMIT_SM_RESP,
    Answer,
    Look,
    Send,
    Step,
    Wait,
    many,
    play,
    request,
    same,
    submit,
)
from carriers.builders import EPOCH, SOURCE
from carriers.esme import Esme
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.express import ANSWERED_FIRST
from powerpack_carriers.plain_batches import Batch
from powerpack_carriers.profile import ReceiptHabit, load_profile
from powerpack_carriers.received import Received
from powerpack_carriers.smpp.constants import CommandId, TlvTag
from powerpack_carriers.smpp.tlvs import Tlv
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.memory_transport import MemoryTransport
from powerpack_lab.virtual import VirtualLoop


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(PROFILES)),
    st.sampled_from((("trx",), ("tx", "rx"), ("trx", "trx"), ("tx",), ("rx", "rx", "trx"))),
    STEPS,
)
def test_nobody_can_tell_the_ways_apart(profile: str, binds: tuple[str, ...], steps: list[Step]) -> None:
    same(steps, PROFILES[profile], binds)


def test_a_read_of_plain_messages_goes_the_short_way() -> None:
    outcome = same([Send(many(20))], GENERIC)

    assert outcome.express_reads >= 2  # the submits, then the answers to their receipts
    assert [len(inbox) for inbox in outcome.inboxes.values()] == [20, 0, 0, 0]


@pytest.mark.parametrize(
    ("octets", "data_coding", "statuses"),
    [
        # Three tokens, and what each text takes of them.
        (160, 0, [0, 0, 0, 0x58]),
        (161, 0, [0, 0x58, 0x58, 0x58]),
        (254, 0, [0, 0x58, 0x58, 0x58]),
        (140, 8, [0, 0, 0, 0x58]),
        (142, 8, [0, 0x58, 0x58, 0x58]),
    ],
)
def test_a_long_text_costs_a_number_a_token_for_each_of_its_segments(
    octets: int, data_coding: int, statuses: list[int]
) -> None:
    """Throttles count segments (jasmin issue 925, ksmppd issue 126), whether or not it was the ESME that cut them."""
    pdus = [
        submit(number, b"\0x" * (octets // 2) + b"x" * (octets % 2), data_coding=data_coding) for number in range(4)
    ]
    outcome = same([Send(b"".join(pdus))], SLOW)

    assert [received[2] for received in outcome.received] == statuses


def test_short_texts_before_a_long_one_go_the_short_way() -> None:
    outcome = same([Send(submit(1) + submit(2, b"x" * 200) + submit(3))], SLOW)

    assert [received[2] for received in outcome.received] == [0, 0, 0x58]
    assert outcome.express_reads > 0


def test_answers_and_receipts_leave_in_one_write() -> None:
    outcome = same([Send(many(20))], replace(GENERIC, receipt=ReceiptHabit(delay_s_min=0, delay_s_max=0)))

    assert len(outcome.heard[0]) == 2
    assert outcome.heard[0][0][1].count(SUBMIT_SM_RESP) == 20
    assert outcome.heard[0][1][1].count(b"stat:DELIVRD") == 20


@pytest.mark.parametrize(("count", "is_answered_first"), [(ANSWERED_FIRST - 1, False), (ANSWERED_FIRST, True)])
def test_many_are_answered_before_they_set_out_and_few_behind_it(
    monkeypatch: pytest.MonkeyPatch, count: int, is_answered_first: bool
) -> None:
    order: list[str] = []
    append_batch, put = Received.append_batch, MemoryTransport.write

    def appended(self: Received, batch: Batch) -> None:
        order.append("kept")
        append_batch(self, batch)

    def written(self: MemoryTransport, data: bytes) -> None:
        order.extend(["answered"] * data.startswith(SUBMIT_SM_RESP))
        put(self, data)

    monkeypatch.setattr(Received, "append_batch", appended)
    monkeypatch.setattr(MemoryTransport, "write", written)

    play([Send(many(count))], GENERIC, is_long=False)

    assert order == (["answered", "kept"] if is_answered_first else ["kept", "answered"])


@pytest.mark.parametrize("after", [0.0, 0.01, 0.15, 1.0], ids=lambda after: f"after {after} s")
@pytest.mark.parametrize("look", ["received", "phone", "ported", "query", "cancel", "fault"])
def test_somebody_looks_while_messages_are_on_their_way(look: str, after: float) -> None:
    act: dict[str, list[Step]] = {
        "received": [Look(lambda carrier: list(carrier.received)[3].text, "received")],
        "phone": [Look(lambda carrier: carrier.handset(PHONES[0]).inbox, "phone")],
        "ported": [Look(lambda carrier: carrier.directory.assign(PHONES[0], "other"), "ported")],
        "query": [Look(lambda carrier: None, "nothing"), Send(request(CommandId.query_sm, message_id="0"))],
        "cancel": [Send(request(CommandId.cancel_sm, source_addr=SOURCE, destination_addr=PHONES[0]))],
        "fault": [Look(lambda carrier: carrier.faults.add("duplicate_receipt"), "fault")],
    }

    same([Send(many(9)), Wait(after), *act[look], Send(many(5)), Wait(0.5), Send(many(5))], GENERIC)


def test_a_message_can_be_found_by_its_id() -> None:
    found: list[object] = []

    def ids(carrier: Carrier) -> None:
        found.append(carrier.received[4].message_id)

    (short, long) = (play([Send(many(9)), Look(ids, "ids")], GENERIC, is_long=each) for each in (False, True))
    assert len(set(found)) == 1
    queries = [Send(request(CommandId.query_sm, message_id=str(found[0]), source_addr=SOURCE))]

    outcome = same([Send(many(9)), Wait(0.1), *queries, Wait(1), *queries], GENERIC)

    answers = b"".join(octets for _, octets in outcome.heard[0]).count(str(found[0]).encode() + b"\0")
    assert answers >= 3  # the submit_sm_resp and two query_sm_resp
    assert short.heard == long.heard


def test_receipts_that_are_not_answered_in_time_come_again() -> None:
    outcome = same([Answer(()), Send(many(6)), Wait(1), Answer((0,)), Send(many(2))], NARROW)

    assert b"".join(octets for _, octets in outcome.heard[0]).count(b"stat:DELIVRD") == 10
    assert [event.kind for event in outcome.events].count("carrier.delivery_unanswered") == 2


def test_a_window_takes_what_it_has_room_for() -> None:
    outcome = same([Send(many(30))], NARROW)

    assert b"".join(octets for _, octets in outcome.heard[0]).count(b"stat:DELIVRD") == 30


def longer(pdu: bytes, octets: bytes) -> bytes:
    """A PDU with more at its end."""
    return (len(pdu) + len(octets)).to_bytes(4, "big") + pdu[4:] + octets


@pytest.mark.parametrize(
    "pdu",
    [
        submit(5, tlvs=(Tlv.of(TlvTag.user_message_reference, 7),)),
        longer(submit(5), b"x"),
        longer(submit(5), bytes(4)),
        submit(5, b"x" * 254),
        longer(submit(5, b""), b"x" * 255).replace(b"\0\0\0\0xxx", b"\0\0\0\xffxxx"),
        submit(5)[:-1],
        b"\0\0\0\x0f" + submit(5)[4:],
        b"\0\1\0\0" + submit(5)[4:],
        b"\0\2\0\0" + submit(5)[4:],
    ],
    ids=lambda pdu: f"{len(pdu)} octets, {pdu[:4].hex()}",
)
def test_what_only_begins_like_a_plain_message_goes_the_long_way(pdu: bytes) -> None:
    same([Send(many(2)), Send(many(2) + pdu + many(2)), Wait(1), Send(many(1))], GENERIC)


def test_receipts_that_a_lost_session_did_not_answer_go_to_another() -> None:
    def drop(carrier: Carrier) -> None:
        carrier.links[0].abort("a cable was pulled")

    steps: list[Step] = [Answer(()), Send(many(6)), Wait(1), Answer((0,)), Look(drop, "drop the first link")]
    outcome = same(steps, GENERIC, ("trx", "rx"))

    receipts = [b"".join(octets for _, octets in heard).count(b"stat:DELIVRD") for heard in outcome.heard]
    assert receipts == [3, 9]  # its own three, the first link's, and its own again, which it has not answered either


def test_a_profile_that_looks_at_every_message_closes_the_short_way() -> None:
    assert same([Send(many(3))], load_profile("tmobile")).express_reads == 0


@pytest.mark.parametrize("count", [1, 20])
def test_receipts_leave_as_soon_as_an_esme_reads_again(count: int) -> None:
    async def scenario(loop: VirtualLoop) -> bytes:
        clock = LoopClock(loop, EPOCH)
        async with Carrier(clock=clock, journal=Journal(moment=clock.monotonic, at=clock.at)) as carrier:
            esme = await Esme.bound(carrier)
            esme._writer.write(many(count))
            await asyncio.sleep(0.01)
            await esme._reader.read(1 << 20)
            (link,) = carrier.links
            link.pause_writing()  # as the loop does when a peer's buffers are full
            await asyncio.sleep(1)
            link.resume_writing()
            async with asyncio.timeout(1):  # the ESME has nothing to say meanwhile
                octets = await esme._reader.read(1 << 20)
            await esme.close()
            return octets

    loop = VirtualLoop(seed=1)
    try:
        assert loop.run(scenario(loop)).count(b"stat:DELIVRD") == count
    finally:
        loop.shutdown()
