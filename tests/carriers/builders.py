"""Carriers' parts with sensible defaults: a test names only what matters to it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from powerpack_carriers.accounts import Account
from powerpack_carriers.journal import NullJournal
from powerpack_carriers.mailbox import Delivery, Mailbox, WriteReceipts
from powerpack_carriers.messages import Message
from powerpack_carriers.numbering import read_address
from powerpack_carriers.owed import Owed
from powerpack_carriers.plain_batches import Batch, Way
from powerpack_carriers.profile import Profile, Rate, ReceiptHabit, load_profile
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.codec import encode_raw
from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandId
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.hot import SubmitSm
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv
from powerpack_carriers.timeline import Action, Timeline

SOURCE = "12065550100"
HANDSET = "14155550123"
EPOCH = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
PLAIN_HEAD = b"\0\1\1%b\0\1\1%b\0\0\0\0\0\0\1\0\0\0" % (SOURCE.encode(), HANDSET.encode())
"""A submit_sm from SOURCE to HANDSET that asks for a receipt, between its header and its sm_length."""
SUBMIT_SM_RAW = b"\0\0\0\x10\0\0\0\4\0\0\0\0\0\0\0\1"


class StandingClock:
    """A clock that moves only by hand; its monotonic seconds start at 1,000."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.seconds - 1_000)

    def monotonic(self) -> float:
        return self.seconds


class ListJournal:
    """Keeps events as (kind, fields)."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def record(self, kind: str, /, **fields: object) -> None:
        self.events.append((kind, fields))

    def of(self, kind: str) -> list[dict[str, object]]:
        """The fields of all events of one kind."""
        return [fields for found, fields in self.events if found == kind]


class FakeLink:
    """A link with a window; what it was told to do is in its lists."""

    def __init__(self, name: str = "generic#1", *, window: int = 100) -> None:
        self.name = name
        self.window = window
        self.delivered: list[object] = []
        self.pending: list[object] = []
        self.responses: list[tuple[int, dict[str, FieldValue]]] = []
        self.flushes = 0
        self.aborted = ""

    @property
    def deliveries_free(self) -> int:
        return max(0, self.window - len(self.pending))

    def respond(self, request: RawPdu, status: int = 0, *, tlvs: tuple[Tlv, ...] = (), **fields: FieldValue) -> None:
        self.responses.append((status, fields))

    def respond_submit(self, request: RawPdu, message_id: bytes) -> None:
        self.responses.append((0, {"message_id": message_id}))

    def deliver(self, pdu: Pdu | bytes, context: object = None) -> int:
        self.delivered.append(context)
        self.pending.append(context)
        return len(self.delivered)

    def deliver_receipts(self, owed: Sequence[Owed], write: WriteReceipts, now: float) -> bool:
        contexts = [(each, now) for each in owed]
        self.delivered += contexts
        self.pending += contexts
        return True

    def flush(self) -> None:
        self.flushes += 1

    def unbind(self) -> None:
        self.aborted = "unbound"

    def close(self, reason: str) -> None:
        self.aborted = f"closed: {reason}"

    def abort(self, reason: str) -> None:
        self.aborted = reason

    def unanswered(self) -> list[object]:
        return self.pending

    def withdraw(self, is_overdue: Callable[[object], bool]) -> list[object]:
        withdrawn = list(takewhile(is_overdue, self.pending))
        del self.pending[: len(withdrawn)]
        return withdrawn

    def delivered_bodies(self) -> list[bytes]:
        """The bodies of the deliveries, in their order."""
        return [
            delivery.body
            for delivery in self.delivered
            if isinstance(delivery, Delivery) and isinstance(delivery.body, bytes)
        ]


class Plan:
    """A timeline driven by hand."""

    def __init__(self) -> None:
        self.timeline = Timeline()

    def __call__(self, due: float, action: Action) -> None:
        self.timeline.plan(due, action)

    def run_until(self, now: float) -> None:
        """Do all that is due."""
        for action in self.timeline.take_due(now):
            action(now)


def a_profile(**changes: object) -> Profile:
    """The permissive profile with no delay."""
    profile = replace(load_profile("generic"), receipt=ReceiptHabit(delay_s_min=0, delay_s_max=0))
    return replace(profile, **changes)  # type: ignore[arg-type]  # the names are the caller's


def a_mailbox(
    account: Account | None = None, *, carrier: str = "generic", journal: ListJournal | None = None
) -> Mailbox:
    """A mailbox that plans nothing."""
    return Mailbox(account or Account("esme"), carrier=carrier, journal=journal or NullJournal(), plan=Plan())


def a_submit(
    text: bytes = b"Hello",
    *,
    source: str = SOURCE,
    destination: str = HANDSET,
    esm_class: int = 0,
    registered_delivery: int = 0,
    data_coding: int = 0,
    tlvs: tuple[Tlv, ...] = (),
) -> SubmitSm:
    """The scan of a submit_sm."""
    return SubmitSm(
        service_type=b"",
        source=b"\1\1",
        source_addr=source.encode("latin-1"),
        destination=b"\1\1",
        destination_addr=destination.encode("latin-1"),
        esm_class=esm_class,
        registered_delivery=registered_delivery,
        data_coding=data_coding,
        short_message=text,
        tlvs=b"".join(tlv.encode() for tlv in tlvs),
    )


def a_message(
    submitted: SubmitSm | None = None,
    *,
    message_id: bytes = b"",
    now: float = 1_000.0,
    mailbox: Mailbox | None = None,
) -> Message:
    """A message as the carrier has just read it, or with an id as if it was accepted."""
    request = RawPdu(SUBMIT_SM_RAW, CommandId.submit_sm, 0, 1)
    message = Message(request, submitted or a_submit(), link=FakeLink(), mailbox=mailbox or a_mailbox(), now=now)
    message.id_octets = message_id
    return message


def a_way(source: str = SOURCE, *, rate: Rate | None = None) -> Way:
    """The way of plain messages to HANDSET."""
    return Way(
        head_octets=len(PLAIN_HEAD),
        source=read_address(source.encode()),
        destination=read_address(HANDSET.encode()),
        rate=rate,
        wants_receipt=True,
        quotes_text=True,
        receipt_front=b"",
    )


def a_batch(count: int, *, first: int = 1, ids: bytes = b"") -> Batch:
    """Plain messages from SOURCE to HANDSET that say which they are; their ids count up from ``first``."""
    pdus = [
        encode_raw(CommandId.submit_sm, 0, index + 1, PLAIN_HEAD + bytes((len(text),)) + text)
        for index in range(count)
        for text in [b"Hello %d" % index]
    ]
    lengths_at, end = [], 0
    for pdu in pdus:
        lengths_at.append(end + HEADER_OCTETS + len(PLAIN_HEAD))
        end += len(pdu)
    way = a_way()
    width = 4 if first > 99 else 2
    return Batch(
        b"".join(pdus),
        [(way, count)],
        lengths_at,
        ids=ids or b"".join([b"%0*d" % (width, number) for number in range(first, first + count)]),
        id_octets=len(ids) // count or width,
        link=FakeLink(),
        mailbox=a_mailbox(),
        now=1_000.0,
        phones_version=0,
    )
