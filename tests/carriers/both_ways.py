"""Scripts that are played both ways, the short one and the long one, and all that anybody could see of a run."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import strategies as st

from carriers.builders import EPOCH, SOURCE
from carriers.esme import Esme
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


def many(count: int, **given: Any) -> bytes:
    return b"".join(submit(number, b"Hello %d" % number, **given) for number in range(1, count + 1))


def heard(client: Client, octets: bytes) -> int:
    """How often an ESME heard something."""
    return sum(each.count(octets) for _, each in client.heard)
