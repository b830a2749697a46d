"""Compliance: which number gets too many STOPs or complaints, and when it has to be silenced.

Pure bookkeeping over a rolling window; the answers are verdicts, and what is done about them is the caller's.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from powerpack_gateway.errors import expect

SPAM_SERVICE = "7726"
"""The short code to which consumers forward unwanted messages; it spells SPAM on a keypad (seed 002)."""

AUDIENCE_MAX = 100_000
"""Handsets remembered for one number, about 20 MB. With more in a day the rate is that of the latest ones, which is
enough to tell 5 from 10 percent."""

EXPIRED_EVERY = 1_000
"""Handsets of one number between two looks at those that are older than the window, where nobody asks for its rate."""

FIRST_SMS, END_OF_TIME = datetime(1992, 12, 3, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""Nobody complains of a message from before there was one, and no window reaches beyond the calendar."""

COMPLAINTS_KEPT_MAX = 1_000
"""Complaints kept of one number, and proofs asked for: as far as a threshold may be, so that a number of which more
came within the window is suspended already, and the oldest tells nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceSettings:
    """When a number is flagged, and when suspended. Shares are of 1.

    The two rates are Plivo's (seed 002, Opt-out rate). Carriers publish no number of complaints, so three in a day is a
    choice. Below ``audience_min`` handsets in the window there is no rate: one STOP of one is no campaign. From
    ``proof_from`` complaints in the window on ("multiple", says the seed) each asks for a proof of opt-in within
    ``proof_due_s``.
    """

    opt_out_flag_share: float = 0.05
    opt_out_suspend_share: float = 0.10
    audience_min: int = 20
    complaints_max: int = 3
    window_s: float = 86_400.0
    proof_from: int = 2
    proof_due_s: float = 86_400.0

    def __post_init__(self) -> None:
        """Refuse what would flag everybody or nobody."""
        for name in ("opt_out_flag_share", "opt_out_suspend_share"):
            share = getattr(self, name)
            expect(name, share, "a share of 1", holds=0 < share <= 1)
        expect("audience_min", self.audience_min, "at least 1", holds=self.audience_min >= 1)
        fits = 1 <= self.complaints_max <= COMPLAINTS_KEPT_MAX
        expect("complaints_max", self.complaints_max, f"1 to {COMPLAINTS_KEPT_MAX}", holds=fits)
        expect("proof_from", self.proof_from, "at least 1", holds=self.proof_from >= 1)
        expect("proof_due_s", self.proof_due_s, "more than 0 seconds", holds=self.proof_due_s > 0)
        expect("window_s", self.window_s, "more than 0 seconds", holds=self.window_s > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a carrier tells about one complaint: the four facts of seed 002, Consumer complaints."""

    source_number: str
    destination_number: str
    timestamp: datetime
    original_message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What follows for a number; ``reason`` says why in one sentence, and is empty when nothing follows.

    ``let_go`` is who complained about which message, by its id, in the complaint that had to make room for this one.
    """

    suspend: bool = False
    flag: bool = False
    reason: str = ""
    let_go: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutRate:
    """Unique handsets that opted out, of the unique handsets that were messaged, within the window."""

    opted_out: int
    messaged: int

    @property
    def share(self) -> float:
        """The rate, 0 to 1. The seed prints the quotient upside down; this is what it means."""
        return self.opted_out / self.messaged if self.messaged else 0.0


class UnreadableSpamReport(ValueError):
    """A message from 7726 that is not in the form which carriers and gateway agreed on."""


class Compliance:
    """The record of every number of the account. Times are aware datetimes that do not run backwards."""

    def __init__(self, settings: ComplianceSettings) -> None:
        self._settings = settings
        self._window = timedelta(seconds=settings.window_s)
        self._records: dict[str, _Record] = {}

    def __len__(self) -> int:
        """Pairs of number and handset that are remembered."""
        return sum(len(record.messaged) for record in self._records.values())

    def messaged(self, number: str, handset: str, now: datetime) -> None:
        """A message from ``number`` to ``handset`` was sent."""
        record = self._records.get(number) or self._record(number)
        messaged = record.messaged
        messaged[handset] = now
        messaged.move_to_end(handset)
        if not len(messaged) % EXPIRED_EVERY:
            record.expire(now - self._window)  # else a number that nobody says STOP to would remember everybody
        if len(messaged) > AUDIENCE_MAX:
            record.opted_out.pop(messaged.popitem(last=False)[0], None)

    def opted_out(self, number: str, handset: str, now: datetime) -> Verdict:
        """``handset`` said STOP to ``number``; what follows. A STOP of one that was not messaged does not count."""
        record = self._record(number)
        if handset in record.messaged:
            record.opted_out[handset] = now
            record.opted_out.move_to_end(handset)
        return self.verdict(number, now)

    def complain(self, notice: Notice) -> Verdict:
        """A consumer complained about a message; what follows. The same complaint told twice counts once."""
        complaints = self._record(notice.source_number).complaints
        complaints[notice.destination_number, notice.original_message_id] = notice.timestamp
        let_go = complaints.popitem(last=False)[0] if len(complaints) > COMPLAINTS_KEPT_MAX else None
        count = self.complaints(notice.source_number, max(complaints.values()))
        if count < self._settings.complaints_max:
            return Verdict(let_go=let_go)
        return Verdict(
            suspend=True,
            flag=True,
            let_go=let_go,
            reason=f"{count} complaints to {SPAM_SERVICE} about {notice.source_number} within"
            f" {self._settings.window_s / 3600:g} h; {self._settings.complaints_max} suspend a number",
        )

    def must_prove(self, notice: Notice) -> tuple[Notice, ...]:
        """The latest complaints about a number, this one included, that need a proof of opt-in; none while few."""
        record = self._record(notice.source_number)
        since = max(record.complaints.values(), default=notice.timestamp) - self._window
        recent = tuple(
            Notice(
                source_number=notice.source_number,
                destination_number=destination,
                timestamp=timestamp,
                original_message_id=message_id,
            )
            for (destination, message_id), timestamp in record.complaints.items()
            if timestamp > since
        )
        return recent if len(recent) >= self._settings.proof_from else ()

    def numbers(self) -> tuple[str, ...]:
        """Every number that there is a record of."""
        return tuple(self._records)

    def verdict(self, number: str, now: datetime) -> Verdict:
        """What follows from the number's opt-out rate at this moment."""
        settings = self._settings
        rate = self.opt_out_rate(number, now)
        if rate.messaged < settings.audience_min or rate.share < settings.opt_out_flag_share:
            return Verdict()
        suspend = rate.share >= settings.opt_out_suspend_share
        threshold = settings.opt_out_suspend_share if suspend else settings.opt_out_flag_share
        return Verdict(
            suspend=suspend,
            flag=True,
            reason=f"{rate.opted_out} of {rate.messaged} handsets ({rate.share:.1%}) opted out of {number} within"
            f" {settings.window_s / 3600:g} h; {threshold:.0%} {'suspends' if suspend else 'flags'} a number",
        )

    def opt_out_rate(self, number: str, now: datetime) -> OptOutRate:
        """The number's rate in the window that ends now."""
        record = self._records.get(number)
        if record is None:
            return OptOutRate(opted_out=0, messaged=0)
        record.expire(now - self._window)
        return OptOutRate(opted_out=len(record.opted_out), messaged=len(record.messaged))

    def complaints(self, number: str, now: datetime) -> int:
        """How many complaints name messages of this number within the window that ends now."""
        record = self._records.get(number)
        if record is None:
            return 0
        since = now - self._window
        return sum(since < timestamp <= now for timestamp in record.complaints.values())

    def forget(self, number: str) -> tuple[tuple[str, str], ...]:
        """Start anew: the owner proved consent. Returns who had complained about which message, by its id."""
        record = self._records.pop(number, None)
        return () if record is None else tuple(record.complaints)

    def _record(self, number: str) -> "_Record":
        record = self._records.get(number)
        if record is None:
            record = self._records[number] = _Record()
        return record


def parse_spam_report(text: str) -> Notice:
    """The complaint in a message that a carrier sends from 7726.

    The form is this project's own, since the real transport is private (carriers.md 4.7):
    ``7726 report source:<number> destination:<handset> date:<ISO 8601, Z> id:<message_id>``.
    Raises `UnreadableSpamReport`.
    """
    found = _REPORT.fullmatch(text.strip())
    if found is None:
        raise UnreadableSpamReport(
            f"a message from {SPAM_SERVICE} is {text[:160]!r}, expected"
            " '7726 report source:<number> destination:<handset> date:<ISO 8601, Z> id:<message_id>'"
        )
    source, destination, moment, message_id = found.groups()
    try:
        timestamp = datetime.fromisoformat(moment)
    except ValueError as error:
        raise UnreadableSpamReport(
            f"a report from {SPAM_SERVICE} has date {moment!r}, expected ISO 8601 such as 2026-11-22T01:25:00Z"
        ) from error
    if timestamp.tzinfo is None:
        raise UnreadableSpamReport(
            f"a report from {SPAM_SERVICE} has date {moment!r} without a zone, expected a Z at its end"
        )
    if not FIRST_SMS <= timestamp < END_OF_TIME:
        raise UnreadableSpamReport(f"a report from {SPAM_SERVICE} has date {moment!r}, expected one from 1992 to 9998")
    return Notice(
        source_number=source,
        destination_number=destination,
        timestamp=timestamp.astimezone(UTC),
        original_message_id=message_id,
    )


@dataclass(slots=True)
class _Record:
    """One number's window. The first two are in order of time, oldest first, so expiry stops at the first young one."""

    messaged: OrderedDict[str, datetime] = field(default_factory=OrderedDict)
    opted_out: OrderedDict[str, datetime] = field(default_factory=OrderedDict)
    complaints: OrderedDict[tuple[str, str], datetime] = field(default_factory=OrderedDict)

    def expire(self, since: datetime) -> None:
        """Drop what is older than the window; who was not messaged within it does not count as opted out either."""
        while self.opted_out and next(iter(self.opted_out.values())) <= since:
            self.opted_out.popitem(last=False)
        while self.messaged and next(iter(self.messaged.values())) <= since:
            self.opted_out.pop(self.messaged.popitem(last=False)[0], None)


_REPORT = re.compile(
    # Of a number written with 011 in front 18 digits; ids as long as SMPP's may be (3.4, 4.4.2): each is kept.
    r"7726 report source:(\d{1,18}) destination:(\d{1,18}) date:(\S{1,40}) id:(\S{1,64})",
    re.ASCII,
)
