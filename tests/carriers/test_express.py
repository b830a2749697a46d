"""The short way of plain messages does what the long way does: the same octets, the same events, the same inboxes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers.builders import EPOCH, SOURCE
from carriers.esme import Esme
from powerpack_carriers import mailbox
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.express import Express
from powerpack_carriers.profile import Profile, Rate, ReceiptHabit, Throughput, load_profile
from powerpack_carriers.smpp.buffer import PduBuffer
from powerpack_carriers.smpp.codec import encode
from powerpack_carriers.smpp.constants import RESPONSE_BIT, CommandId, CommandStatus, TlvTag
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Event, Journal
from powerpack_lab.virtual import VirtualLoop

PHONES = ("14155550123", "14155550124", "+14155550125")
MAGIC = "15005550100"
SUBMIT_SM_RESP = b"\0\0\0\x1b\x80\0\0\4"
LONG_WAY = "throttle"
"""A fault that never strikes: it makes all messages go the long way and changes nothing else."""


@dataclass(frozen=True)
class Send:
    """Octets of an ESME in one write; with ``cut`` in two, a moment apart."""

    octets: bytes
    cut: int = 0
    esme: int = 0


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class Answer:
    """How deliveries are answered from now on: with these statuses in turn; none: not at all."""

    statuses: tuple[int, ...]


@dataclass(frozen=True)
class Look:
    """Somebody on the carrier's side does something."""

    do: Callable[[Carrier], object]
    words: str

    def __repr__(self) -> str:
        return f"Look({self.words})"


Step = Send | Wait | Answer | Look


def submit(
    number: int = 1,
    text: bytes = b"Hello",
    *,
    destination: str = PHONES[0],
    source: str = SOURCE,
    registered_delivery: int = 1,
    tlvs: tuple[Tlv, ...] = (),
    **fields: Any,
) -> bytes:
    return encode(
        Pdu(
            command_id=CommandId.submit_sm,
            command_status=0,
            sequence_number=number,
            fields={
                "source_addr_ton": 1,
                "source_addr_npi": 1,
                "source_addr": source,
                "dest_addr_ton": 1,
                "dest_addr_npi": 1,
                "destination_addr": destination,
                "registered_delivery": registered_delivery,
                "short_message": text,
                **fields,
            },
            tlvs=tlvs,
        )
    )


def request(command_id: CommandId, **fields: Any) -> bytes:
    return encode(Pdu(command_id=command_id, command_status=0, sequence_number=77, fields=fields))


class Client:
    """An ESME that writes down all octets and answers deliveries as it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.heard: list[tuple[float, bytes]] = []
        self.statuses: tuple[int, ...] = (0,)
        self.answered = 0
        self.buffer = PduBuffer()

    async def listen(self) -> None:
        while data := await self.reader.read(1 << 20):
            self.heard.append((asyncio.get_running_loop().time(), data))
            for pdu in self.buffer.feed(data):
                if pdu.command_id == CommandId.deliver_sm and self.statuses:
                    status = self.statuses[self.answered % len(self.statuses)]
                    self.answered += 1
                    response = pdu.command_id | RESPONSE_BIT
                    answer = Pdu(command_id=response, command_status=status, sequence_number=pdu.sequence_number)
                    self.writer.write(encode(answer))


@dataclass
class Outcome:
    """All that anybody could see of a run."""

    heard: list[list[tuple[float, bytes]]]
    events: list[Event]
    inboxes: dict[str, list[object]]
    received: list[tuple[object, ...]]
    rest: tuple[object, ...]
    express_reads: int


def play(steps: list[Step], profile: Profile, *, binds: tuple[str, ...] = ("trx",), is_long: bool) -> Outcome:
    """Run a script, on the short way where it is open or on the long way."""
    reads = 0
    read = Express.read

    def counted(self: Express, *given: Any) -> int:
        nonlocal reads
        octets = read(self, *given)
        reads += octets > 0
        return octets

    async def scenario(loop: VirtualLoop) -> Outcome:
        clock = LoopClock(loop, EPOCH)
        journal = Journal(moment=clock.monotonic, at=clock.at)
        carrier = Carrier(profile, clock=clock, journal=journal, seed=3)
        if is_long:
            carrier.faults.add(LONG_WAY, share=0.0)
        async with carrier:
            clients = []
            for kind in binds:
                esme = await Esme.bound(carrier, kind)
                clients.append(Client(esme._reader, esme._writer))
            listeners = [asyncio.ensure_future(client.listen()) for client in clients]
            for step in steps:
                await do(step, carrier, clients)
            await asyncio.sleep(400)
            for client, listener in zip(clients, listeners, strict=True):
                client.writer.close()
                await asyncio.wait([listener])
            return Outcome(
                heard=[client.heard for client in clients],
                events=[event for event in journal.events() if not event.kind.startswith("fault.")],
                inboxes={number: list(carrier.handset(number).inbox) for number in (*PHONES, MAGIC)},
                received=[
                    (each.message_id, each.state, each.status, each.done_at, each.text, each.request.raw, each.fate)
                    for each in carrier.received
                ],
                rest=(carrier.in_flight, [mailbox.waiting for mailbox in carrier.mailboxes], loop.time()),
                express_reads=reads,
            )

    loop = VirtualLoop(seed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Express, "read", counted)
        try:
            outcome = loop.run(scenario(loop))
        finally:
            loop.shutdown()
    # Events are numbered anew, as one more was recorded on the long way.
    outcome.events = [replace(event, n=n) for n, event in enumerate(outcome.events, start=1)]
    return outcome


async def do(step: Step, carrier: Carrier, clients: list[Client]) -> None:
    match step:
        case Send(octets, cut, esme):
            client = clients[esme % len(clients)]
            if cut:
                client.writer.write(octets[:cut])
                await asyncio.sleep(0.001)
            client.writer.write(octets[cut:])
            await asyncio.sleep(0.001)
        case Wait(seconds):
            await asyncio.sleep(seconds)
        case Answer(statuses):
            for client in clients:
                client.statuses = statuses
        case Look(do_it):
            do_it(carrier)


def same(steps: list[Step], profile: Profile, binds: tuple[str, ...] = ("trx",)) -> Outcome:
    """Run it both ways, compare all, and give the outcome of the short way."""
    short, long = (play(steps, profile, binds=binds, is_long=is_long) for is_long in (False, True))
    assert long.express_reads == 0
    short_reads, short.express_reads = short.express_reads, 0
    assert short.heard == long.heard
    assert short.events == long.events
    assert short == long
    short.express_reads = short_reads
    return short


GENERIC = load_profile("generic")
SLOW = replace(GENERIC, throughput=Throughput(longcode=Rate(per_second=4.0, burst=3)), checks_source=True)
NARROW = replace(GENERIC, sessions=replace(GENERIC.sessions, window_size=2), checks_destination=True)
HEX = replace(load_profile("generic"), receipt=ReceiptHabit(delay_s_min=0, delay_s_max=2, template="{id} {stat}"))
PROFILES = {"generic": GENERIC, "slow": SLOW, "narrow window": NARROW, "short receipts": HEX}

PLAIN = st.builds(
    submit,
    st.integers(1, 0x7FFFFFFF),
    st.one_of(st.binary(max_size=30), st.binary(max_size=30), st.just(b"x" * 200)),
    destination=st.sampled_from(PHONES),
    source=st.sampled_from((SOURCE, "12065550101")),
    registered_delivery=st.sampled_from((0, 1, 2)),
    data_coding=st.sampled_from((0, 8)),
)
ALIKE = st.builds(
    lambda count, first, octets, destination: [
        submit(first + number, b"%0*d" % (octets, number), destination=destination) for number in range(count)
    ],
    st.integers(7, 30),
    st.integers(1, 1_000),
    st.sampled_from((3, 40)),
    st.sampled_from(PHONES),
)
"""As a load test sends them: to one number, all texts of one length."""
OTHER = st.one_of(
    st.builds(submit, destination=st.just(MAGIC)),
    st.builds(submit, destination=st.just("nobody")),
    st.builds(submit, registered_delivery=st.sampled_from((16, 17, 31))),
    st.builds(submit, tlvs=st.just((Tlv.of(TlvTag.user_message_reference, 7),))),
    st.builds(submit, text=st.just(b"\5\0\3\1\1\1x"), esm_class=st.just(0x40)),
    st.builds(submit, service_type=st.just("CMT")),
    st.builds(submit, validity_period=st.just("000000000100000R")),
    st.builds(submit, priority_flag=st.just(9)),
    st.builds(submit, text=st.just(b"x" * 254)),
    st.just(request(CommandId.enquire_link)),
    st.just(request(CommandId.query_sm, message_id="1")),
    st.just(encode(Pdu(command_id=CommandId.deliver_sm_resp, command_status=0, sequence_number=99))),
    st.just(
        request(CommandId.cancel_sm, source_addr=SOURCE, destination_addr=PHONES[0], source_addr_ton=1, dest_addr_ton=1)
    ),
)
LOOKS = st.sampled_from(
    (
        Look(lambda carrier: carrier.handset(PHONES[0]), "ask for a phone"),
        Look(lambda carrier: carrier.directory.assign(PHONES[1], "nobody"), "port a number"),
        Look(lambda carrier: [message.text for message in carrier.received], "look at what came"),
    )
)
STEPS = st.lists(
    st.one_of(
        st.builds(
            lambda pdus, cut, esme: Send(b"".join(pdus), cut, esme),
            st.lists(PLAIN, min_size=1, max_size=12),
            st.integers(0, 90),
            st.integers(0, 1),
        ),
        st.builds(lambda pdus: Send(b"".join(pdus)), st.lists(st.one_of(PLAIN, PLAIN, OTHER), min_size=1, max_size=6)),
        st.builds(
            lambda runs, cut: Send(b"".join(pdu for run in runs for pdu in run), cut),
            st.lists(st.one_of(ALIKE, ALIKE, st.lists(PLAIN, max_size=2)), min_size=1, max_size=3),
            st.sampled_from((0, 90, 1_000)),
        ),
        st.builds(Wait, st.sampled_from((0.01, 0.06, 0.2, 3.0))),
        st.builds(
            Answer,
            st.sampled_from(
                ((0,), (), (CommandStatus.ESME_RX_T_APPN, 0), (0, CommandStatus.ESME_RX_P_APPN), (0, 0, 0))
            ),
        ),
        LOOKS,
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(PROFILES)),
    st.sampled_from((("trx",), ("tx", "rx"), ("trx", "trx"), ("tx",), ("rx", "rx", "trx"))),
    STEPS,
)
def test_nobody_can_tell_the_ways_apart(profile: str, binds: tuple[str, ...], steps: list[Step]) -> None:
    same(steps, PROFILES[profile], binds)


def many(count: int, **given: Any) -> bytes:
    return b"".join(submit(number, b"Hello %d" % number, **given) for number in range(1, count + 1))


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


def test_who_takes_less_than_it_sends_is_answered_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "OWED_MAX", 3)
    monkeypatch.setattr(mailbox, "LATER_S_EACH", 0.01)

    outcome = same([Answer(()), Send(many(9)), Wait(0.5), Send(many(9)), Wait(5), Answer((0,))], NARROW)

    first, second = (
        next(at for at, octets in outcome.heard[0] if octets.startswith(SUBMIT_SM_RESP) and at > after)
        for after in (-1.0, 0.3)
    )
    assert first < 0.01
    assert second == pytest.approx(0.5 + 0.04, abs=0.015)
    assert outcome.express_reads > 1, "who is answered later is not served the long way"


def test_answers_that_wait_are_not_sent_to_who_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "OWED_MAX", 3)
    monkeypatch.setattr(mailbox, "LATER_S_EACH", 0.01)

    def drop(carrier: Carrier) -> None:
        carrier.links[0].abort("a cable was pulled")

    late: list[Step] = [Answer(()), Send(many(9)), Wait(0.5), Send(many(9)), Look(drop, "drop it")]
    outcome = same(late, NARROW, ("trx", "trx"))

    assert b"".join(octets for _, octets in outcome.heard[0]).count(SUBMIT_SM_RESP) == 9


def test_an_esme_that_takes_no_receipts_for_a_while_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a second it sends as fast as it is answered, many times what may wait, and answers no receipt."""
    for name, value in (("OWED_MAX", 20), ("EXPECTED_MAX", 60), ("LATER_S_EACH", 0.01)):
        monkeypatch.setattr(mailbox, name, value)
    defaults = mailbox.Mailbox.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "receipts_max", 100)

    async def scenario(loop: VirtualLoop) -> tuple[int, int, int, list[Event]]:
        clock = LoopClock(loop, EPOCH)
        journal = Journal(moment=clock.monotonic, at=clock.at)
        async with Carrier(NARROW, clock=clock, journal=journal) as carrier:
            esme = await Esme.bound(carrier)
            client = Client(esme._reader, esme._writer)
            client.statuses = ()
            listener = asyncio.ensure_future(client.listen())
            accepted, stop_at = 0, loop.time() + 1
            while loop.time() < stop_at:
                if heard(client, SUBMIT_SM_RESP) == accepted:
                    client.writer.write(many(10))
                    accepted += 10
                await asyncio.sleep(0.001)
            waited = carrier.mailboxes[0].waiting
            client.statuses = (0,)
            for number in (1, 2):  # its window's, which it has not answered; the others it answers as they come
                response = CommandId.deliver_sm | RESPONSE_BIT
                client.writer.write(encode(Pdu(command_id=response, command_status=0, sequence_number=number)))
            await asyncio.sleep(60)
            client.writer.close()
            await asyncio.wait([listener])
            dropped = list(journal.events(kind="carrier.delivery_dropped"))
            return accepted, waited, heard(client, b"stat:DELIVRD"), dropped

    loop = VirtualLoop(seed=1)
    try:
        accepted, waited, receipts, dropped = loop.run(scenario(loop))
    finally:
        loop.shutdown()

    assert 60 < waited <= 100
    assert (receipts, dropped) == (accepted, [])


def heard(client: Client, octets: bytes) -> int:
    """How often an ESME heard something."""
    return sum(each.count(octets) for _, each in client.heard)


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


def test_receipts_that_are_still_to_come_hold_answers_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "EXPECTED_MAX", 20)
    monkeypatch.setattr(mailbox, "LATER_S_EACH", 0.001)

    outcome = play([Send(many(50)), Send(many(5)), Wait(1), Send(many(5))], GENERIC, is_long=False)

    answers = [at for at, octets in outcome.heard[0] for _ in range(octets.count(SUBMIT_SM_RESP))]
    assert len(answers) == 60
    assert max(answers[:50]) < 0.001
    assert all(0.03 <= at < 0.05 for at in answers[50:55])
    assert max(answers[55:]) < 1.01
