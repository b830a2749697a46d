"""Which carrier serves which number, and the phones behind the numbers; several carriers share one."""

from collections.abc import Iterable
from random import Random
from threading import Lock
from typing import Final, Protocol
from zlib import crc32

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.handsets import Handset, TextMessage
from powerpack_carriers.in_parts import WHOLE, InParts
from powerpack_carriers.mailbox import Mailbox
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.numbering import country_of, digits_of, is_number
from powerpack_carriers.profile import ANY_COUNTRY
from powerpack_carriers.routing import Routes
from powerpack_carriers.spam import SpamReport
from powerpack_carriers.tollfree_optout import OptedOut

CARRIERS_CACHED_MAX: Final = 100_000
"""Numbers whose carrier is at hand without being worked out again, as every message asks; some 10 MB."""

_UNKNOWN: Final = ""

VISITED_HANDSETS_MAX: Final = 100_000
"""Phones that exist only because a text went there; the first are forgotten when there are more; some 100 MB."""


class HomeCarrier(Protocol):
    """What the directory needs of a carrier."""

    name: str

    @property
    def country(self) -> str:
        """``US``, ``CA`` or ``any``."""
        ...

    @property
    def mailboxes(self) -> Iterable[Mailbox]:
        """The ways to its accounts, in their order."""
        ...

    def originate(self, handset: Handset, to: str, text: str, parts: InParts = WHOLE) -> None:
        """Carry a text from its subscriber to the account behind a number."""
        ...

    def originate_mms(self, handset: Handset, to: str, text: str, media: tuple[Media, ...], subject: str) -> None:
        """Carry an MMS from its subscriber to the account behind a number."""
        ...

    def read_mms(self, handset: Handset, message: TextMessage) -> None:
        """Tell an MMS's sender, if it was submitted here and asks to be told."""
        ...

    def deliver_mms(
        self, mailbox: Mailbox, *, sender: str, to: str, text: str, subject: str, media: tuple[Media, ...]
    ) -> bool:
        """Hand an MMS to one of its accounts over MM7; False when the account is not connected."""
        ...

    def handset_changed(self, handset: Handset) -> None:
        """A phone, its own or another's, is in another state."""
        ...

    def report_spam(self, handset: Handset, message: TextMessage) -> SpamReport:
        """Take its subscriber's report."""
        ...


class Directory:
    """Numbers and phones.

    A number is served by the carrier it was assigned to (ported); else by the longest prefix rule; else, in the United
    States and Canada, by one of the country's carriers, always the same one; else by a carrier for any country; else
    by ``default``; else by nobody.

    ``absent`` are the phones that are not simply on; ``opted_out`` is what the toll-free network blocks, which is one
    for all carriers: who moves to another carrier has opted out there too. ``seed`` decides what phones do by chance.
    """

    def __init__(self, *, default: str | None = None, seed: int = 0, visited_max: int = VISITED_HANDSETS_MAX) -> None:
        self.routes = Routes()
        self.absent: dict[str, Handset] = {}
        self.opted_out = OptedOut()
        self._seed = seed
        self.phones_version = 0
        """Counts what may make a phone behave otherwise: somebody got hold of it, or a number moved."""
        self.forgotten_version = 0
        """Counts the phones that were forgotten to make room for others."""
        self._visited_max = visited_max
        self._default = default
        self._carriers: dict[str, HomeCarrier] = {}
        self._stand_ins: set[str] = set()
        self._by_country: dict[str, tuple[str, ...]] = {}
        self._assigned: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        self._carrier_cache: dict[str, str | None] = {}
        self._asked: dict[str, Handset] = {}
        self._visited: BoundedDict[str, Handset] = BoundedDict(visited_max)
        # A test asks for a phone in its own thread, while a text makes the same one in the carriers'.
        self._making = Lock()

    # Carriers

    def join(self, carrier: HomeCarrier) -> None:
        """A carrier takes its share of the numbers. Raises ValueError for a second one of the same name."""
        if carrier.name in self._stand_ins:  # whose share it has already
            self._stand_ins.discard(carrier.name)
            self._carriers[carrier.name] = carrier
            return
        if carrier.name in self._carriers:
            raise ValueError(f"the directory has a carrier {carrier.name!r} already; give one of them another name")
        self._carriers[carrier.name] = carrier
        self._has_moved()
        countries = dict.fromkeys(known.country for known in self._carriers.values())
        # By name, so that the order in which carriers are built does not decide who serves whom.
        self._by_country = {
            country: tuple(sorted(name for name, known in self._carriers.items() if known.country == country))
            for country in countries
        }
        for handset in self.handsets():
            handset.carrier = self.carrier_of(handset.number)

    def expect(self, stand_in: HomeCarrier) -> None:
        """One that has its share of the numbers already and joins under the same name when it is needed."""
        self.join(stand_in)
        self._stand_ins.add(stand_in.name)

    def carriers(self) -> tuple[HomeCarrier, ...]:
        """Those that joined, in that order."""
        return tuple(self._carriers.values())

    def carrier_of(self, number: str) -> str | None:
        """Who serves a number; None: nobody does, or it is no number."""
        carrier = self._carrier_cache.get(number, _UNKNOWN)
        if carrier == _UNKNOWN:
            carrier = self._work_out_carrier(number)
            if len(self._carrier_cache) >= CARRIERS_CACHED_MAX:
                self._carrier_cache.clear()
            self._carrier_cache[number] = carrier
        return carrier

    def _work_out_carrier(self, number: str) -> str | None:
        digits = digits_of(number)
        if digits in self._assigned:
            return self._assigned[digits]
        if self._prefixes:
            for end in range(len(digits), 0, -1):
                if digits[:end] in self._prefixes:
                    return self._prefixes[digits[:end]]
        if not digits.isascii() or not digits.isdigit():
            return None
        if is_number(digits):
            # By the number alone, so that it is served by the same carrier in every run.
            for country in (country_of(digits), ANY_COUNTRY):
                if names := self._by_country.get(country):
                    return names[crc32(digits.encode("ascii")) % len(names)]
        return self._default

    def assign(self, number: str, carrier: str) -> None:
        """Port one number to a carrier, at once; texts that are on their way still arrive."""
        digits = digits_of(number)
        self._assigned[digits] = carrier
        self._has_moved()
        handset = self._find(digits)
        if handset is not None:
            handset.carrier = carrier

    def assign_prefix(self, prefix: str, carrier: str) -> None:
        """Give a carrier all numbers that start with these digits; the longest prefix wins."""
        self._prefixes[digits_of(prefix)] = carrier
        self._has_moved()
        for handset in self.handsets():
            handset.carrier = self.carrier_of(handset.number)

    def _has_moved(self) -> None:
        self._carrier_cache.clear()
        self.phones_version += 1

    # Phones

    def handset(self, number: str) -> Handset:
        """The phone behind a number, with or without plus; kept from now on.

        Raises HandsetError for what is no number, unless a carrier that admits any destination has such a phone.
        """
        digits = digits_of(number)
        if not (digits.isascii() and digits.isdigit()) and self._find(digits) is None:
            raise HandsetError(f"found {number!r}, expected a number of digits, with or without a plus")
        handset = self._asked.get(digits)
        if handset is None:
            with self._making:
                handset = self._asked.get(digits) or self._visited.take(digits) or self._new_handset(digits)
                self._asked[digits] = handset
                self.phones_version += 1
        return handset

    def find(self, number: str) -> Handset | None:
        """The phone behind a number if there is one already; asking does not make one."""
        self.phones_version += 1
        return self._find(digits_of(number))

    def _find(self, digits: str) -> Handset | None:
        return self._asked.get(digits) or self._visited.get(digits)

    def visited(self, digits: str, *, by: str) -> Handset:
        """The phone that a text goes to, for carriers; a number that nobody serves becomes the sending carrier's."""
        handset = self._find(digits)
        if handset is None:
            handset = self._first_visit(digits)
        if handset.carrier is None:
            handset.carrier = by
        return handset

    def _first_visit(self, digits: str) -> Handset:
        with self._making:
            handset = self._find(digits)
            if handset is None:
                handset = self._new_handset(digits)
                self.forgotten_version += len(self._visited) >= self._visited_max
                self._visited[digits] = handset
        return handset

    def is_ordinary(self, digits: str, *, by: str) -> bool:
        """Whether ``visited`` gives a phone of the carrier ``by`` that nobody ever asked for: it only keeps texts."""
        if digits in self._asked:
            return False
        known = self._visited.get(digits)
        if known is None:
            return self.carrier_of(digits) in (None, by)
        return known.carrier in (None, by) and known.state is HandsetState.ON and not known.behaviours

    def handsets(self) -> tuple[Handset, ...]:
        """All phones: those that were asked for, then those that texts went to."""
        self.phones_version += 1
        return (*self._asked.values(), *self._visited.values())

    # What phones do, through the carrier that serves them

    def originate(self, handset: Handset, to: str, text: str, parts: InParts = WHOLE) -> None:
        """Carry a text from a phone to a number. Raises HandsetError where nobody serves the phone."""
        self._home(handset).originate(handset, to, text, parts)

    def state_changed(self, handset: Handset) -> None:
        """Tell the carriers: any of them may hold texts for the phone."""
        self.phones_version += 1
        if handset.state is HandsetState.ON:
            self.absent.pop(handset.number, None)
        else:
            # Kept for good: a phone that is forgotten would be on again.
            self.absent[handset.number] = self._asked.setdefault(handset.number, handset)
        for carrier in self._carriers.values():
            carrier.handset_changed(handset)

    def dice_of(self, handset: Handset) -> Random:
        """A stream of chance named by the number, so that one more phone does not shift the others."""
        return Random(f"{self._seed}:handset:{handset.number}")

    def originate_mms(self, handset: Handset, to: str, text: str, media: tuple[Media, ...], subject: str) -> None:
        """Carry an MMS from a phone to a number. Raises HandsetError where nobody serves the phone."""
        self._home(handset).originate_mms(handset, to, text, media, subject)

    def read_mms(self, handset: Handset, message: TextMessage) -> None:
        """Tell an MMS's sender that somebody looked at it; whichever carrier took it in knows it by its id."""
        for carrier in self._carriers.values():
            carrier.read_mms(handset, message)

    def carrier_named(self, name: str) -> HomeCarrier | None:
        """The carrier of this name; None when it did not join."""
        return self._carriers.get(name)

    def report_spam(self, handset: Handset, message: TextMessage) -> SpamReport:
        """Forward a text to 7726. Raises HandsetError where nobody serves the phone."""
        return self._home(handset).report_spam(handset, message)

    def mailbox_for(self, number: str, handset: Handset) -> Mailbox | None:
        """The account behind a number, for a text from ``handset``; its own carrier's accounts come first."""
        home = self._home(handset)
        others = [carrier for carrier in self._carriers.values() if carrier is not home]
        candidates = [mailbox for carrier in (home, *others) for mailbox in carrier.mailboxes]
        return self.routes.find(number, handset.number, candidates)

    def _home(self, handset: Handset) -> HomeCarrier:
        carrier = self._carriers.get(handset.carrier or "")
        if carrier is None:
            known = ", ".join(self._carriers) or "none"
            raise HandsetError(f"no carrier serves handset {handset.number}; the directory has {known}")
        return carrier

    def _new_handset(self, digits: str) -> Handset:
        return Handset(digits, carrier=self.carrier_of(digits), network=self)

    def __repr__(self) -> str:
        count = len(self._asked) + len(self._visited)
        return f"<Directory {', '.join(self._carriers) or 'without carriers'}: {count} handsets>"
