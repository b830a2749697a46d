"""The short way of plain messages: a whole read in one pass, its answers in one write, its receipts by the hundred.

One decision opens it: the carrier's profile asks for nothing that is looked up message by message (policy, outcomes,
response delays, odd receipts), and no fault is at work. What it then does is what ``Traffic`` does, octet by octet and
event by event; a property test holds the two together. Whatever is not plain in a read makes all of the read go there.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from math import ceil
from typing import Final, Protocol

from powerpack_carriers.admission import Admission
from powerpack_carriers.agenda import Agenda
from powerpack_carriers.bulk_receipts import BulkReceipts
from powerpack_carriers.directory import Directory
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.group_records import GroupJournal
from powerpack_carriers.handsets import Handset
from powerpack_carriers.lifecycle import Lifecycle
from powerpack_carriers.magic_numbers import is_magic
from powerpack_carriers.mailbox import Mailbox
from powerpack_carriers.messages import Message
from powerpack_carriers.numbering import read_address, read_sender
from powerpack_carriers.owed import OwedTogether
from powerpack_carriers.plain_batches import Batch, Indexes, Way, before_long, request_of, runs_before, ways_of
from powerpack_carriers.policy import Policy
from powerpack_carriers.ports import Clock
from powerpack_carriers.profile import MessageIdForm, Profile
from powerpack_carriers.receipt_quirks import NO_QUIRKS
from powerpack_carriers.receipts import ReceiptDates, is_quotable
from powerpack_carriers.received import Received
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.constants import HEADER_OCTETS, EsmClass, RegisteredDelivery
from powerpack_carriers.smpp.errors import RecoverableError
from powerpack_carriers.smpp.hot import DeliverSmTemplate, scan_submit_sm, submit_sm_resps
from powerpack_carriers.smpp.plain import PlainRead, read_plain
from powerpack_carriers.smsc_link import SmscLink
from powerpack_carriers.timeline import BUCKETS_PER_S

ANSWERED_FIRST: Final = 8
"""From so many on that came together, messages are answered before they set out, so that their ESME works meanwhile. Of
fewer, as tests send them, whoever has the answer finds the message, whatever thread he looks from."""

WAYS_MAX: Final = 20_000
"""Heads of submits that are known at once, some 20 MB; when there are more, all are learned anew."""

_RECEIPT_ALWAYS: Final = int(RegisteredDelivery.RECEIPT_ALWAYS)
_PLAIN_DELIVERIES: Final = (0, _RECEIPT_ALWAYS, int(RegisteredDelivery.RECEIPT_ON_FAILURE))
"""No wish but for the final receipt."""
_RECEIPT: Final = DeliverSmTemplate(esm_class=EsmClass.DELIVERY_RECEIPT)


class LongWay(Protocol):
    """Where what is not plain goes."""

    def requests(self, link: SmscLink, requests: list[RawPdu]) -> None:
        """Serve requests of one read."""
        ...

    def complete(self, messages: list[Message], now: float) -> None:
        """Messages come to their end."""
        ...


class Express:
    """The short way of one carrier."""

    def __init__(
        self,
        carrier: str,
        profile: Profile,
        long_way: LongWay,
        *,
        admission: Admission,
        directory: Directory,
        lifecycle: Lifecycle,
        received: Received,
        dates: ReceiptDates,
        policy: Policy,
        faults: Faults,
        agenda: Agenda,
        clock: Clock,
        journal: GroupJournal,
    ) -> None:
        self._carrier = carrier
        self._profile = profile
        self._long_way = long_way
        self._admission = admission
        self._directory = directory
        self._lifecycle = lifecycle
        self._received = received
        self._receipts = BulkReceipts(profile.receipt, dates, id_octets=profile.message_id.width)
        self._faults_by_id = faults.by_id
        self._agenda = agenda
        self._clock = clock
        self._journal = journal
        self.write_receipts = self._receipts.write
        """For the mailboxes that it posts to."""
        self._ways: dict[Mailbox, dict[bytes, Way | None]] = {}
        self._ways_count = 0
        self._ways_version = (0, 0, 0)
        self._is_fit = (
            not policy.is_active
            and not profile.outcomes
            and not profile.response.delay_s_max
            and not profile.sessions.submits_max
            and profile.receipt.quirks == NO_QUIRKS
            and profile.message_id.form is not MessageIdForm.UUID
            and self._receipts.is_fit
        )
        # One object, so that the agenda sees that messages have the same end; a bound method is made anew each time.
        self._complete_all = self._complete

    @property
    def is_open(self) -> bool:
        """The one decision: whether plain messages may go this way at all."""
        return self._is_fit and not self._faults_by_id

    def read(self, link: SmscLink, mailbox: Mailbox, data: bytes) -> int:
        """Take a whole read, answers included; how many octets that were. 0: nothing was done."""
        session = link.session
        if not self._is_fit or self._faults_by_id or session.is_old:
            return 0
        found = read_plain(
            data,
            self._known_ways(mailbox),
            partial(self._learn, mailbox),
            length_max=session.limits.pdu_octets_max,
        )
        if found is None or not found.octets or (found.answered and not session.settle(found.answered)):
            return 0
        octets = data[: found.octets]
        self._journal.record_octets("carrier", link.name, "<", octets, found.count)
        if found.runs:
            self._take(octets, found, link=link, mailbox=mailbox)
        return found.octets

    # Ways

    def _known_ways(self, mailbox: Mailbox) -> dict[bytes, Way | None]:
        directory = self._directory
        version = (directory.phones_version, directory.forgotten_version, directory.routes.version)
        if version != self._ways_version or self._ways_count > WAYS_MAX:
            self._ways_version = version
            self._ways.clear()
            self._ways_count = 0
        ways = self._ways.get(mailbox)
        if ways is None:
            ways = self._ways[mailbox] = {}
        return ways

    def _learn(self, mailbox: Mailbox, head: bytes, raw: bytes) -> Way | None:
        """What is to be known of a head, from the first submit_sm that has it; None: it is not plain."""
        way = self._way(mailbox, head, raw)
        if way is not None:
            self._ways[mailbox][head] = way
            self._ways_count += 1
        return way

    def _way(self, mailbox: Mailbox, head: bytes, raw: bytes) -> Way | None:
        try:
            submitted = scan_submit_sm(raw)
        except RecoverableError:
            return None
        source = read_sender(submitted.source_addr, submitted.source[0])
        destination = read_address(submitted.destination_addr)
        is_plain = (
            not submitted.service_type
            and submitted.terms is None
            and not submitted.tlvs
            and submitted.esm_class == 0
            and submitted.registered_delivery in _PLAIN_DELIVERIES
            and len(raw) == HEADER_OCTETS + len(head) + 1 + len(submitted.short_message)
            and not self._admission.check_source(source, mailbox.account.sources)
            and not self._admission.check_destination(destination)
            and not self._admission.check_types(submitted.source, source, destination, submitted.destination)
            and (not self._profile.checks_destination or self._directory.carrier_of(destination.digits) is not None)
            and not (self._profile.has_magic_numbers and is_magic(destination.digits))
            and self._directory.is_ordinary(destination.digits, by=self._carrier)
        )
        if not is_plain:
            return None
        return Way(
            head_octets=len(head),
            source=source,
            destination=destination,
            rate=self._admission.rate_of(source.number_type),
            wants_receipt=submitted.registered_delivery == _RECEIPT_ALWAYS,
            quotes_text=self._receipts.shows_text and is_quotable(submitted),
            receipt_front=_RECEIPT.body(
                source=submitted.destination,
                source_addr=submitted.destination_addr,
                destination=submitted.source,
                destination_addr=submitted.source_addr,
                short_message=b"",
            )[:-1],
        )

    # Messages

    def _take(self, octets: bytes, found: PlainRead[Way], *, link: SmscLink, mailbox: Mailbox) -> None:
        """Admit and answer the messages of a read; what is behind the first that has no token goes the long way."""
        now = self._clock.monotonic()
        runs, lengths_at = found.runs, found.lengths_at
        admitted = self._admission.decide_each(now, before_long(octets, runs, lengths_at))
        ids = self._lifecycle.take_ids(admitted)
        if ids is None:
            admitted = 0
        elif admitted:
            first_number, message_ids = ids
            id_octets = self._profile.message_id.width
            later_s = mailbox.answer_later_s
            answers = submit_sm_resps(found.numbers, message_ids, id_octets)
            if later_s:
                self._agenda.plan(now + later_s, partial(self._answer_late, link, answers, admitted))
            else:
                link.session.queue(answers, admitted)
                if admitted >= ANSWERED_FIRST and admitted == len(lengths_at) and not mailbox.waiting:
                    link.flush()
            batch = Batch(
                octets,
                runs if admitted == len(lengths_at) else runs_before(admitted, runs),
                lengths_at,
                ids=message_ids,
                id_octets=id_octets,
                link=link,
                mailbox=mailbox,
                now=now,
                phones_version=self._directory.phones_version,
            )
            self._accept(batch, first_number, now)
        if admitted < len(lengths_at):
            behind = zip(ways_of(runs)[admitted:], lengths_at[admitted:], strict=True)
            self._long_way.requests(link, [request_of(octets, way, length_at) for way, length_at in behind])

    def _answer_late(self, link: SmscLink, answers: bytes, count: int, _now: float) -> None:
        link.session.queue(answers, count)
        link.flush()

    def _accept(self, batch: Batch, first_number: int, now: float) -> None:
        """Messages set out to their phones, each with a delay of its own; those that arrive together stay together."""
        groups: dict[int, Indexes] = {}
        delays = self._lifecycle.accept_batch(batch, first_number)
        first = 0
        for way, end in batch.runs:
            handset = way.handset or self._visit(way, batch.mailbox)
            if way.wants_receipt:
                batch.mailbox.expected += end - first
            start = first
            for due, stop in _arrivals(handset, now, delays, first, end):
                bucket = ceil(due * BUCKETS_PER_S)
                group = groups.get(bucket)
                if group is None:
                    groups[bucket] = range(start, stop)
                elif isinstance(group, list):
                    group += range(start, stop)
                elif group.stop == start and group.start >= first:
                    groups[bucket] = range(group.start, stop)
                else:
                    groups[bucket] = [*group, *range(start, stop)]
                start = stop
            first = end
        self._received.append_batch(batch)
        for bucket, indexes in groups.items():
            self._agenda.plan_in(bucket, self._complete_all, (batch, indexes))

    def _visit(self, way: Way, mailbox: Mailbox) -> Handset:
        """The phone of a way, when the first message is admitted to it."""
        source, destination = way.source.digits, way.destination.digits
        handset = way.handset = self._directory.visited(destination, by=self._carrier)
        way.arrivals = handset.arrivals
        self._directory.routes.submitted(source, destination, mailbox)
        return handset

    def _complete(self, groups: list[tuple[Batch, Indexes]], now: float) -> None:
        """Messages come to their end: first the phones, then the receipts."""
        date = self._clock.now()
        for batch, indexes in groups:
            if isinstance(indexes, range):
                owed: Indexes = indexes if batch.way(indexes[0]).wants_receipt else []
            else:
                owed = [index for index in indexes if batch.way(index).wants_receipt]
            batch.mailbox.expected -= len(owed)
            if batch.opened or not self.is_open or batch.phones_version != self._directory.phones_version:
                self._long_way.complete([batch.message(index) for index in indexes], now)
                continue
            self._lifecycle.finish_batch(batch, indexes, now)
            for part in (indexes,) if isinstance(indexes, range) else [[index] for index in indexes]:
                arrivals = batch.way(part[0]).arrivals
                assert arrivals is not None, "a message was accepted for no phone"
                arrivals.append((batch, part, date), len(part))
            self._journal.record_group("handset.received", len(indexes), partial(self._received_by, batch, indexes))
            if owed:
                batch.mailbox.post_receipts(OwedTogether(batch, owed, now), now)

    def _received_by(self, batch: Batch, indexes: Indexes) -> Iterator[Mapping[str, object]]:
        """The journal's fields for texts that reached their phones."""
        for index in indexes:
            way = batch.way(index)
            yield {
                "number": way.destination.digits,
                "carrier": self._carrier,
                "source": way.source.digits,
                "message_ids": (batch.message_id(index).decode("ascii"),),
            }


def _arrivals(handset: Handset, now: float, delays: list[float], start: int, end: int) -> list[tuple[float, int]]:
    """When messages arrive at a phone: those that arrive together, up to which index they go.

    None arrives before one that was accepted earlier, so most wait for the same one before them.
    """
    due = handset.busy_until
    if now + max(delays[start:end]) <= due:
        return [(due, end)]
    arrivals: list[tuple[float, int]] = []
    for index, delay in enumerate(delays[start:end], start):
        if now + delay > due:
            if index > start:
                arrivals.append((due, index))
            due = now + delay
    handset.busy_until = due
    return [*arrivals, (due, end)]
