"""The forms in which a carrier writes the ids of messages: one where it answers a submit, perhaps another in receipts.

Some answer in hexadecimal and report in decimal, or the other way round; some change the case, or drop leading zeros
(facts/carriers.md 2.3, Q1, Q2). An id of digits only may then be read two ways, and short ones that are counted up are
all given: the "16" of a receipt is message "16", or message "10". What a route's ids look like, when there are some,
says which.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from enum import Enum

SURE = 32
"""So many different ids in a row without a letter are decimal: of hexadecimal ones, at most ten of sixteen have none,
and in a counter's row at most ten follow each other."""

SHORT = 5
"""Digits, without the zeros in front, up to which a counter gives both readings of an id while both are waited for:
10000 is 55,536 away as hexadecimal, 100000 already 948,576, and 200,000 messages are under way (``under_way_max``)."""


class Habit(Enum):
    """How a carrier reports the ids that it told."""

    AS_TOLD = "as told"
    IN_DECIMAL = "told in hexadecimal, reported in decimal"
    IN_HEX = "told in decimal, reported in hexadecimal"


class _Run:
    """What the ids of one carrier look like in one place."""

    __slots__ = ("_heard", "_plain", "has_letters")

    def __init__(self) -> None:
        self._plain = 0
        """How many came without a letter since the last that has one."""
        self._heard: set[str] = set()
        """Which these were, while they are few: one that comes again, with progress or a second time, tells no more."""
        self.has_letters: bool | None = None
        """None: too few came."""

    def hear(self, ids: str, count: int) -> bool:
        """So many ids, written behind each other; whether ``has_letters`` is another now."""
        had = self.has_letters
        if not ids.isdecimal():
            self._plain, self.has_letters = 0, True
            self._heard.clear()
        elif had is not False and ids not in self._heard:
            self._heard.add(ids)
            self._plain += count
            if self._plain >= SURE:
                self.has_letters = False
                self._heard.clear()
        return self.has_letters is not had


class IdForms:
    """What is known of every carrier's habit."""

    def __init__(self) -> None:
        self._told: defaultdict[str, _Run] = defaultdict(_Run)
        self._reported: defaultdict[str, _Run] = defaultdict(_Run)
        self.as_told: set[str] = set()
        """The carriers that are known to report ids as they told them."""

    def told(self, carrier: str, ids: str, count: int = 1) -> None:
        """A carrier answered a submit with this id, or some of them with so many, written behind each other."""
        if self._told[carrier].hear(ids, count):
            self._decide(carrier)

    def reported(self, carrier: str, ids: str, count: int = 1) -> None:
        """Its receipts have it, or so many."""
        if self._reported[carrier].hear(ids, count):
            self._decide(carrier)

    def habit(self, carrier: str) -> Habit | None:
        """How it reports, or None while too few ids came to say."""
        told, reported = self._told[carrier].has_letters, self._reported[carrier].has_letters
        if told is None or reported is None:
            return None
        if told is reported:
            return Habit.AS_TOLD
        return Habit.IN_DECIMAL if told else Habit.IN_HEX

    def that_told(self, carrier: str, reported: str) -> Iterator[str]:
        """The forms in which the carrier may have told an id that a receipt has, the likeliest first.

        One with a letter shows its base itself, whatever the receipts before it were in.
        """
        habit, tells_letters = self.habit(carrier), self._told[carrier].has_letters
        if habit is not None and not reported.isdecimal():
            habit = Habit.AS_TOLD if tells_letters else Habit.IN_HEX
        return _likely(habit, reported, {Habit.IN_DECIMAL: _in_hex, Habit.IN_HEX: _in_decimal})

    def that_report(self, carrier: str, told: str) -> Iterator[str]:
        """The forms in which its receipts may have an id that it told, the likeliest first."""
        return _likely(self.habit(carrier), told, {Habit.IN_DECIMAL: _in_decimal, Habit.IN_HEX: _in_hex})

    def _decide(self, carrier: str) -> None:
        if self.habit(carrier) is Habit.AS_TOLD:
            self.as_told.add(carrier)
        else:
            self.as_told.discard(carrier)


def candidate_ids(message_id: str) -> Iterator[str]:
    """Every form of an id whose carrier's habit nobody knows: as it is written first, none twice.

    An id that is no number is only tried in another case.
    """
    yield from dict.fromkeys(_every(message_id))


_Convert = Callable[[str], Iterator[str]]


def _likely(habit: Habit | None, message_id: str, convert: Mapping[Habit, _Convert]) -> Iterator[str]:
    if habit is None:
        return candidate_ids(message_id)
    likely = [*convert.get(habit, _same)(message_id)]
    is_short = _is_hex(message_id) and len(message_id.lstrip("0")) <= SHORT
    # A long one that is in another form than is usual is nobody else's: receipted_message_id may have one, the text
    # the other.
    return iter(dict.fromkeys(likely if is_short else (*likely, *_every(message_id))))


def _every(message_id: str) -> Iterator[str]:
    yield message_id
    if message_id.isascii() and message_id.isdecimal():
        yield str(int(message_id))
        yield f"{int(message_id):010d}"
        yield from _in_hex(message_id)
    if _is_hex(message_id):
        yield from _as_hex(int(message_id, 16))
        yield from _in_decimal(message_id)
    yield message_id.lower()
    yield message_id.upper()


def _same(message_id: str) -> Iterator[str]:
    """The same digits, with other zeros in front or in another case."""
    yield message_id
    if message_id.isascii() and message_id.isdecimal():
        yield str(int(message_id))
        yield f"{int(message_id):010d}"
    if _is_hex(message_id):
        yield from _as_hex(int(message_id, 16))
    yield message_id.lower()
    yield message_id.upper()


def _in_hex(message_id: str) -> Iterator[str]:
    """A decimal id in hexadecimal."""
    if message_id.isascii() and message_id.isdecimal():
        yield from _as_hex(int(message_id))


def _in_decimal(message_id: str) -> Iterator[str]:
    """A hexadecimal id in decimal: without and with the zeros that make it ten digits (SMPP 3.4, Appendix B)."""
    if _is_hex(message_id):
        yield str(int(message_id, 16))
        yield f"{int(message_id, 16):010d}"


def _as_hex(number: int) -> Iterator[str]:
    """With and without the zeros that make it eight digits, in both cases."""
    for form in (f"{number:x}", f"{number:08x}"):
        yield form
        yield form.upper()


def _is_hex(message_id: str) -> bool:
    return message_id.isascii() and message_id.isalnum() and not message_id.lower().strip("0123456789abcdef")
