"""The number book: the account's numbers and what they cost, with every change written to the store.

Nothing is awaited here: whoever calls decides what has to be on disk before it is answered.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

import msgspec

from powerpack_gateway.activation import requirement_of
from powerpack_gateway.errors import BadRequest
from powerpack_gateway.money import dollars, points
from powerpack_gateway.numbers import Activation, Numbers, NumberType, PhoneNumber, Service, Unrented, rates_of
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.rentals import Charge, Ledger, Rental
from powerpack_gateway.settings import NumberSettings
from powerpack_gateway.store.base import Snapshot, Store
from powerpack_gateway.usage import Sent, Usage, key_of

_encode = msgspec.json.Encoder().encode


class NumberBook:
    """``provide`` or ``restore`` fills a fresh one; ``changed`` is called when ``next_upkeep`` may have changed."""

    def __init__(
        self,
        store: Store,
        *,
        settings: NumberSettings,
        clock: Clock,
        journal: Journal,
        changed: Callable[[], None],
    ) -> None:
        self.numbers = Numbers()
        self.ledger = Ledger()
        self.usage = Usage()
        self._paid_in = points(settings.credit)
        # The credit less the fees, until the next of them: every message asks.
        self._without_messages: int | None = None
        self.writer = ""
        """The name under which this gateway charges messages, where several share the account."""
        self.charged: Callable[[Sent], None] | None = None
        """Called with a line that grew, where other gateways want to know."""
        self._store = store
        self._settings = settings
        self._clock = clock
        self._journal = journal
        self._changed = changed

    @property
    def credit(self) -> int:
        """What is left of the account's credit, in hundred-thousandths of a dollar; negative when fees outgrew it."""
        self._without_messages = self._paid_in - self.ledger.total(self._clock.now())
        return self._without_messages - self.usage.total

    @property
    def credit_for_messages(self) -> int:
        """The same without adding the fees up again: none has come since. What is on its way to a carrier is not
        counted yet."""
        left = self._without_messages
        return self.credit if left is None else left - self.usage.total

    def sent(self, kind: NumberType, service: Service, units: int, moment: float) -> None:
        """A carrier took messages of so many units at a Unix time: they are charged, on disk together with that."""
        key, sent = self.usage.count(kind, service, units, moment)
        self._store.put("usage", key, _encode(sent))
        if self.charged is not None:
            self.charged(sent)

    def pay_in(self, amount: int) -> None:
        """The owner adds to the credit."""
        self._paid_in += amount
        self._without_messages = None
        self._put("credit", "paid in", self._paid_in)

    def charges(self) -> list[Charge]:
        """Every fee and what messages cost, oldest first."""
        fees = self.ledger.charges(self._clock.now())
        return sorted([*fees, *self.usage.charges()], key=lambda charge: charge.at)

    def offers(self) -> Iterator[PhoneNumber]:
        """The numbers that this account can buy."""
        return self.numbers.offers(preview=self._settings.preview)

    def provide(self, rented: Iterable[PhoneNumber], for_sale: Iterable[PhoneNumber]) -> None:
        """A new account rents its first numbers now."""
        now = self._clock.now()
        self.numbers = Numbers((replace(each, added_on=now) for each in rented), for_sale)
        for number in self.numbers:
            self._begin(number)
        for offer in self.numbers.for_sale():
            self._put("for_sale", offer.number, offer)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on where an earlier process was. Renewals that fell due meanwhile are in the ledger, and not told."""
        self.numbers = Numbers(
            snapshot.each("number", PhoneNumber),
            snapshot.each("for_sale", PhoneNumber),
            snapshot.each("unrented", Unrented),
        )
        self.usage = Usage(snapshot.each("usage", Sent), writer=self.writer)
        self._without_messages = None
        for paid_in in snapshot.each("credit", int):
            self._paid_in = paid_in
        now = self._clock.now()
        self.ledger = Ledger(snapshot.each("rental", Rental), since=now)
        for number in self.numbers:
            if self.ledger.current(number.number) is None:  # rented before there was a ledger
                self._keep_rental(self.ledger.begin(number, number.added_on or now))

    def follow_rental(self, key: str, rental: Rental) -> None:
        """The gateway that keeps the account began or ended a rental."""
        self.ledger.follow(key, rental)
        self._without_messages = None

    def follow_paid_in(self, amount: int) -> None:
        """The gateway that keeps the account was paid: all that ever was, in hundred-thousandths of a dollar."""
        self._paid_in = amount
        self._without_messages = None

    def renew_silently(self) -> None:
        """Let the fees of renewals that fell due count; the gateway that keeps the account tells of them."""
        moment, now = self.ledger.next_renewal(), self._clock.now()
        if moment is not None and moment <= now:
            self.ledger.renewed(now)
            self._without_messages = None

    def fold(self, dead: Collection[str]) -> None:
        """Keep what gateways counted that are no more under nobody's name, so that a ledger does not grow with them."""
        grown, gone = self.usage.fold(dead)
        for each in grown:
            self._put("usage", key_of(each), each)
        for each in gone:
            self._store.delete("usage", key_of(each))

    def keep(self, number: PhoneNumber) -> PhoneNumber:
        """Write a changed number down."""
        self._put("number", number.number, number)
        return number

    def rent(self, number: str, *, application_id: str | None = None) -> PhoneNumber:
        """Buy a number that is for sale, or have one back that was given back within five days, at the same price."""
        wanted = self.numbers.shelved(number)
        asks = False
        if wanted is not None:
            self._afford(wanted)
            asks = requirement_of(wanted.country, wanted.type) is not None
        rented = self.numbers.rent(
            number,
            now=self._clock.now(),
            application_id=application_id,
            preview=self._settings.preview,
            activation=Activation.PENDING if asks else Activation.NONE,
        )
        self._store.delete("for_sale", number)
        self._store.delete("unrented", number)
        self._begin(rented)
        return rented

    def take_in(self, number: PhoneNumber) -> PhoneNumber:
        """Add a number that comes from an operator and not from the shop: a short code, a ported number."""
        added = self.numbers.add(replace(number, added_on=self._clock.now()))
        self._store.delete("for_sale", number.number)
        self._store.delete("unrented", number.number)
        self._begin(added)
        return added

    def give_back(self, number: str) -> None:
        """Unrent a number."""
        given_back = self.numbers.unrent(number, now=self._clock.now())
        self._put("unrented", number, given_back)
        self._end(number)
        self._journal.record("number.unrented", number=number, reclaimable_until=given_back.reclaimable_until)

    def get_back(self, number: str) -> PhoneNumber:
        """Support gets a number back that was given back within ten days; it is charged as a new one."""
        restored = self.numbers.restore(number, now=self._clock.now())
        self._store.delete("unrented", number)
        self._begin(restored)
        return restored

    def disconnect(self, number: str, reason: str) -> PhoneNumber:
        """Take a number away for good."""
        gone = self.numbers.disconnect(number)
        self._end(number)
        self._journal.record("number.disconnected", number=number, reason=reason)
        return gone

    def offer(self, number: PhoneNumber) -> PhoneNumber:
        """Write a changed number of the shop down."""
        self._put("for_sale", number.number, number)
        return number

    def next_upkeep(self) -> datetime | None:
        """When time itself changes something next: a renewal, or a number that lapses."""
        lapses = [each.reserved_until for each in self.numbers.reserved()]
        renewal = self.ledger.next_renewal()
        return min([*lapses, *([] if renewal is None else [renewal])], default=None)

    def upkeep(self) -> None:
        """Do what time has brought."""
        now = self._clock.now()
        self._without_messages = None
        for charge in self.ledger.renewed(now):
            self._journal.record("number.renewed", number=charge.number, amount=dollars(charge.amount), due=charge.at)
        for lapsed in self.numbers.lapse(now):
            self._store.delete("unrented", lapsed.number.number)
            self._journal.record("number.lapsed", number=lapsed.number.number)

    def _afford(self, wanted: PhoneNumber) -> None:
        rates = rates_of(wanted.type, wanted.country)
        price, credit = points(rates.setup) + points(rates.monthly), self.credit
        if price > credit:
            raise BadRequest(
                f"insufficient credit: number {wanted.number} costs {dollars(price)}, and {dollars(credit)} is left"
            )

    def _begin(self, number: PhoneNumber) -> None:
        self.keep(number)
        rental = self.ledger.begin(number, number.added_on or self._clock.now())
        self._keep_rental(rental)
        self._journal.record(
            "number.rented",
            number=number.number,
            setup=rental.setup,
            monthly=rental.monthly,
            since=rental.since.isoformat(),
        )

    def _end(self, number: str) -> None:
        self._store.delete("number", number)
        self._keep_rental(self.ledger.end(number, self._clock.now()))

    def _keep_rental(self, rental: Rental) -> None:
        self._without_messages = None
        self._put("rental", self.ledger.key_of(rental), rental)
        self._changed()

    def _put(self, kind: str, key: str, value: object) -> None:
        self._store.put(kind, key, msgspec.json.encode(value))
