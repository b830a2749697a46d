"""Long messages of handsets: their parts, until all of them are there.

Each part is in the store before its carrier hears that it came, and stays there until the message is whole or given up;
so a process that ends between two parts, or another gateway that goes on with the number, loses none of them. A message
that was whole stays there for a while, too: a part of it that comes again is known as such by whoever goes on.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from powerpack_gateway.encoding import Concatenation, decode_text
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.store.base import Store
from powerpack_gateway.turns import Turns

KIND = "part"
"""The kind of the parts' documents."""

UNFINISHED_MAX = 1_000
"""Long messages of which parts are missing; the oldest is passed on as it is when there are more."""

WHOLE_PLACE = 0
"""Parts count from 1 (3GPP TS 23.040, 9.2.3.24.1)."""

UNFINISHED_S = 600.0
"""How long the parts of a long message may be apart; then what came is passed on, since it may be half a STOP."""


FINISHED_S = 2 * UNFINISHED_S
"""How long a message that was whole is remembered: as long as a part of it may come again and be waited for."""


class Whole(NamedTuple):
    """A long message, or what came of it: ``units`` parts, to our ``number``."""

    carrier: str
    source: str
    number: str
    text: str
    units: int


class _Key(NamedTuple):
    source: str
    destination: str
    reference: int
    total: int
    width: int


class Part(NamedTuple):
    """One part of a long message: its octets and what they are said to be."""

    data_coding: int
    payload: bytes


class _Unfinished(NamedTuple):
    """What came so far of one long message: the carrier, the parts by their place."""

    carrier: str
    parts: dict[int, Part]

    @property
    def text(self) -> str:
        """The parts in order, without what is missing.

        Neighbours are joined before they are read: some networks cut within a character (rilmodem/ofono#77).
        """
        runs: list[Part] = []
        last = 0
        for place, part in sorted(self.parts.items()):
            if runs and place == last + 1 and part.data_coding == runs[-1].data_coding:
                runs[-1] = Part(part.data_coding, runs[-1].payload + part.payload)
            else:
                runs.append(part)
            last = place
        return "".join([decode_text(each.payload, each.data_coding) for each in runs])


class _Stored(msgspec.Struct):
    """A part as it is stored; ``came_at`` is the Unix time. With ``whole`` it is a message that was whole at that time,
    all its parts by their place, and stands at ``WHOLE_PLACE``."""

    key: _Key
    place: int
    carrier: str
    part: Part
    came_at: float
    whole: dict[int, Part] | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Stored).decode


class LongMessages:
    """``whole`` gets every message that is whole, or of which no more is to be expected, and what to call should it not
    find room on the disk: then it is waited for again, as its carrier is told to send the last part once more."""

    def __init__(
        self, store: Store, whole: Callable[[Whole, Callable[[], None]], None], *, clock: Clock, journal: Journal
    ) -> None:
        self._store = store
        self._whole = whole
        self._clock = clock
        self._journal = journal
        self._unfinished: dict[_Key, _Unfinished] = {}
        self._finished: dict[_Key, _Unfinished] = {}
        self._deadlines: Turns[tuple[_Key, _Unfinished]] = Turns(self._too_late)

    def __len__(self) -> int:
        return len(self._unfinished)

    def put(self, carrier: str, source: str, number: str, place: Concatenation, part: Part) -> None:
        """A part came (facts/carriers.md C53); on disk with the next commit, as what comes of it."""
        key = _Key(source, number, place.reference, place.total, place.width)
        stored = _Stored(key, place.sequence, carrier, part, self._clock.now().timestamp())
        self._store.put(KIND, _name_of(key, place.sequence), _encode(stored))
        self._take(stored, UNFINISHED_S)

    def restore(self, documents: Iterable[bytes]) -> None:
        """Go on with parts that an earlier process took, or another gateway, in the order in which they came."""
        now = self._clock.now().timestamp()
        for stored in sorted(map(_decode, documents), key=lambda each: each.came_at):
            if stored.whole is None:
                self._take(stored, max(0.0, stored.came_at + UNFINISHED_S - now))
            else:
                left_s = max(0.0, stored.came_at + FINISHED_S - now)
                self._remember(stored.key, _Unfinished(stored.carrier, stored.whole), left_s)

    def leave(self, is_left: Callable[[str], bool]) -> None:
        """Another gateway goes on with some numbers: what came for them is in the store."""
        for messages in (self._unfinished, self._finished):
            for key in [key for key in messages if is_left(key.destination)]:
                del messages[key]

    def close(self) -> None:
        """Forget the timer."""
        self._deadlines.clear()

    def _take(self, stored: _Stored, left_s: float) -> None:
        key = stored.key
        unfinished = self._unfinished.get(key)
        if unfinished is None:
            unfinished = self._unfinished[key] = _Unfinished(stored.carrier, {})
            self._deadlines.put(self._clock.monotonic() + left_s, (key, unfinished))
        unfinished.parts[stored.place] = stored.part
        if len(unfinished.parts) == key.total:
            self._end(key)
            self._keep_whole(key, unfinished)
            self._pass_on(key, unfinished)
        elif len(self._unfinished) > UNFINISHED_MAX:
            oldest = next(iter(self._unfinished))
            self._give_up(oldest, f"more than {UNFINISHED_MAX} messages wait for parts")

    def _end(self, key: _Key) -> _Unfinished:
        unfinished = self._unfinished.pop(key)
        for place in unfinished.parts:
            self._store.delete(KIND, _name_of(key, place))
        return unfinished

    def _keep_whole(self, key: _Key, finished: _Unfinished) -> None:
        """A part that comes twice looks like the beginning of another text, until that has been waited for."""
        now = self._clock.now().timestamp()
        stored = _Stored(key, WHOLE_PLACE, finished.carrier, Part(0, b""), now, finished.parts)
        self._store.put(KIND, _name_of(key, WHOLE_PLACE), _encode(stored))
        self._remember(key, finished._replace(), FINISHED_S)  # another object: the first one has a deadline already

    def _remember(self, key: _Key, finished: _Unfinished, left_s: float) -> None:
        self._finished.pop(key, None)
        self._finished[key] = finished
        self._deadlines.put(self._clock.monotonic() + left_s, (key, finished))
        if len(self._finished) > UNFINISHED_MAX:
            self._let_go(next(iter(self._finished)))

    def _let_go(self, key: _Key) -> None:
        del self._finished[key]
        self._store.delete(KIND, _name_of(key, WHOLE_PLACE))

    def _too_late(self, waited: list[tuple[_Key, _Unfinished]]) -> None:
        for key, unfinished in waited:
            if self._finished.get(key) is unfinished:
                self._let_go(key)
            elif self._unfinished.get(key) is unfinished:
                self._give_up(key, f"parts are missing after {UNFINISHED_S:g} s")

    def _give_up(self, key: _Key, why: str) -> None:
        """Pass on what came of a long message."""
        carrier, parts = unfinished = self._end(key)
        if key in self._finished and parts.items() <= self._finished[key].parts.items():
            self._journal.record("inbound.redelivered", carrier=carrier, source=key.source, destination=key.destination)
            return
        missing = [place for place in range(1, key.total + 1) if place not in parts]
        if missing:
            self._journal.record(
                "inbound.part_lost",
                source=key.source,
                destination=key.destination,
                reference=key.reference,
                missing=missing,
                why=why,
            )
        self._pass_on(key, unfinished)

    def _pass_on(self, key: _Key, unfinished: _Unfinished) -> None:
        whole = Whole(unfinished.carrier, key.source, key.destination, unfinished.text, len(unfinished.parts))
        self._whole(whole, lambda: self._take_back(key, unfinished))

    def _take_back(self, key: _Key, unkept: _Unfinished) -> None:
        if key in self._finished:
            self._let_go(key)
        now = self._clock.now().timestamp()
        for place, part in unkept.parts.items():
            stored = _Stored(key, place, unkept.carrier, part, now)
            self._store.put(KIND, _name_of(key, place), _encode(stored))
        unfinished = self._unfinished[key] = _Unfinished(unkept.carrier, dict(unkept.parts))
        self._deadlines.put(self._clock.monotonic() + UNFINISHED_S, (key, unfinished))


def _name_of(key: _Key, place: int) -> str:
    """The number first: whoever goes on with one finds its parts together."""
    return f"{key.destination}/{key.source}/{key.reference}/{key.total}/{key.width}/{place}"
