"""Phone numbers: what kinds there are, what each can do, which are rented, given back, or for sale."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from powerpack_gateway.errors import BadRequest, NotFound
from powerpack_gateway.rate_centers import rate_center_of

RECLAIMABLE = timedelta(days=5)
"""How long a number that was given back is listed, and can be had back by whoever had it (seed 002)."""

RESERVED = timedelta(days=10)
"""How long it is kept from others; then it is returned to its carrier, and lost (seed 002)."""


class NumberType(StrEnum):
    """The three types of ``number_priority``, in Plivo's spelling."""

    SHORTCODE = "shortcode"
    TOLLFREE = "tollfree"
    LONGCODE = "longcode"


class Service(StrEnum):
    """What a message asks of a number; the values are the API's ``type`` and ``service``."""

    SMS = "sms"
    MMS = "mms"


class Registration(StrEnum):
    """How far a long code's 10DLC registration has come (seed 002, Filtering long codes)."""

    UNREGISTERED = "UNREGISTERED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"


class Verification(StrEnum):
    """How far a toll-free number's verification has come (seed 002, Filtering toll-free numbers)."""

    UNVERIFIED = "unverified"
    PENDING = "pending_verification"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What a number of one type costs, in US dollars; Plivo prints five decimals and so do we."""

    setup: str = "0.00000"
    monthly: str
    sms: str
    mms: str = "0.01600"
    voice: str = "0.00850"


RATES: dict[NumberType, Rates] = {
    NumberType.LONGCODE: Rates(monthly="0.50000", sms="0.00550"),
    NumberType.TOLLFREE: Rates(monthly="1.00000", sms="0.00570"),
    NumberType.SHORTCODE: Rates(setup="1500.00000", monthly="500.00000", sms="0.00700"),
}


RATES_ABROAD: dict[tuple[NumberType, str], Rates] = {
    (NumberType.LONGCODE, "CA"): Rates(monthly="0.80000", sms="0.00550"),
    (NumberType.SHORTCODE, "CA"): Rates(setup="3000.00000", monthly="1000.00000", sms="0.00700"),
}
"""Where a country's fees differ from those of the US."""


def rates_of(kind: NumberType, country: str) -> Rates:
    """What a number costs: by country and type (seed 002, Phone Number Charges)."""
    return RATES_ABROAD.get((kind, country)) or RATES[kind]


class Activation(StrEnum):
    """Whether a number waits for the documents that its country asks for (seed 002, Number Activation)."""

    NONE = ""  # none are asked for
    PENDING = "pending"
    SUBMITTED = "submitted"  # the documents are being looked at
    ACTIVE = "active"


# By names of their own, as these are asked for with every message: an enum takes as long as a call to find a member.
_VERIFIED = Verification.VERIFIED
_PENDING, _SUBMITTED = Activation.PENDING, Activation.SUBMITTED


class Onboarding(StrEnum):
    """How far a new number has come on its way into the shop (seed 002, statuses of a phone number)."""

    TESTING = "testing"  # internal tests: nobody can buy it
    PREVIEW = "preview"  # limited customers, on demand
    BETA = "beta"  # most customers; not yet tested by the world
    GENERAL = "general availability"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """One number, rented or for sale.

    ``number`` is digits only: E.164 without the plus, or a short code's five or six digits.
    ``region`` is the state or province code ("CA"), empty for numbers that belong to no place.
    ``suspended`` is the reason why the number may not send, or None while it may. ``activation`` is how far its
    documents are, where its country asks for some; ``documents`` is what the account handed in.
    """

    number: str
    type: NumberType
    country: str
    region: str = ""
    city: str = ""
    rate_center: str = ""
    mms_enabled: bool = False
    voice_enabled: bool = True
    alias: str | None = None
    subaccount: str | None = None
    application_id: str | None = None
    campaign_id: str | None = None
    registration: Registration = Registration.UNREGISTERED
    verification: Verification | None = None
    suspended: str | None = None
    added_on: datetime | None = None
    onboarding: Onboarding = Onboarding.GENERAL
    activation: Activation = Activation.NONE
    documents: str | None = None

    @property
    def rate_center_name(self) -> str:
        """Where it is a local call to: its own word, else what its exchange says; empty where nobody knows."""
        if self.rate_center or self.type is not NumberType.LONGCODE:
            return self.rate_center
        return rate_center_of(self.number[1:7]) if self.number.startswith("1") else ""

    @property
    def area_code(self) -> str | None:
        """The three digits of the numbering plan area, or None for a short code."""
        return self.number[1:4] if self.type is not NumberType.SHORTCODE else None

    @property
    def can_send(self) -> bool:
        """Whether carriers take messages from it at all: not suspended, active, and a toll-free number is verified.

        Unverified toll-free traffic is blocked since 2023-11-08 (facts/carriers.md 4.2).
        """
        verification, activation = self.verification, self.activation
        return (  # ``has_rights``, without a call
            (verification is None or verification is _VERIFIED)
            and self.suspended is None
            and activation is not _PENDING
            and activation is not _SUBMITTED
        )

    @property
    def has_rights(self) -> bool:
        """Whether it may send as far as the account is concerned: not suspended, and active."""
        activation = self.activation  # compared by identity, since an enum's == costs more and this is asked for always
        return self.suspended is None and activation is not _PENDING and activation is not _SUBMITTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrented:
    """A number that was given back at ``since``: for some days the account can have it again (seed 002)."""

    number: PhoneNumber
    since: datetime

    @property
    def reclaimable_until(self) -> datetime:
        """From then on it is no longer listed, and only support can get it back."""
        return self.since + RECLAIMABLE

    @property
    def reserved_until(self) -> datetime:
        """From then on it is the carrier's again, and lost."""
        return self.since + RESERVED


class Numbers:
    """The account's rented numbers, those it gave back, and those it could rent.

    Every method that changes one returns it, to be stored.
    """

    def __init__(
        self,
        rented: Iterable[PhoneNumber] = (),
        for_sale: Iterable[PhoneNumber] = (),
        unrented: Iterable[Unrented] = (),
    ) -> None:
        self._rented = {number.number: number for number in rented}
        self.get: Callable[[str], PhoneNumber | None] = self._rented.get
        """The rented number, or None when the account does not have it. No method: every message asks three times."""
        self._for_sale = {number.number: number for number in for_sale}
        self._unrented = {each.number.number: each for each in unrented}

    def __iter__(self) -> Iterator[PhoneNumber]:
        return iter(self._rented.values())

    def __len__(self) -> int:
        return len(self._rented)

    def __contains__(self, number: str) -> bool:
        return number in self._rented

    def for_sale(self) -> Iterator[PhoneNumber]:
        """The shop's numbers, those that are not offered yet included."""
        return iter(self._for_sale.values())

    def offers(self, *, preview: bool = False) -> Iterator[PhoneNumber]:
        """The numbers that can be bought; ``preview`` adds those that only some customers get."""
        return (each for each in self._for_sale.values() if each.onboarding in _offered(preview=preview))

    def reclaimable(self, now: datetime) -> list[Unrented]:
        """What the account gave back within five days, the latest first."""
        found = [each for each in self._unrented.values() if now < each.reclaimable_until]
        return sorted(found, key=lambda each: each.since, reverse=True)

    def shelved(self, number: str) -> PhoneNumber | None:
        """A number that is not rented but known: one of the shop, or one that was given back."""
        given_back = self._unrented.get(number)
        return self._for_sale.get(number) if given_back is None else given_back.number

    def reserved(self) -> Iterator[Unrented]:
        """Everything that was given back and has not lapsed."""
        return iter(self._unrented.values())

    def __getitem__(self, number: str) -> PhoneNumber:
        try:
            return self._rented[number]
        except KeyError:
            raise NotFound(f"number {number} not found in this account") from None

    def rent(
        self,
        number: str,
        *,
        now: datetime,
        application_id: str | None = None,
        preview: bool = False,
        activation: Activation = Activation.NONE,
    ) -> PhoneNumber:
        """Move a number into the account: one that is for sale, or one that it gave back within five days."""
        if number in self._rented:
            raise BadRequest(f"number {number} is already rented by this account")
        had = self._unrented.get(number)
        if had is not None:
            return self._reclaim(had, now, application_id)
        offer = self._for_sale.get(number)
        if offer is None or offer.onboarding not in _offered(preview=preview):
            raise NotFound(f"number {number} is not available for rent")
        del self._for_sale[number]
        return self._keep(replace(offer, added_on=now, application_id=application_id, activation=activation))

    def unrent(self, number: str, *, now: datetime) -> Unrented:
        """Give a number back, without alias, application and campaign.

        A suspension stays: it is the carriers' view of the number, and is not lifted by renting it anew.
        """
        had = self[number]
        if had.type is NumberType.SHORTCODE:
            raise BadRequest(f"short code {number} can only be given back through support")
        del self._rented[number]
        bare = replace(
            had,
            alias=None,
            subaccount=None,
            application_id=None,
            documents=None,
            activation=Activation.NONE if had.activation is Activation.NONE else Activation.PENDING,
            campaign_id=None,
            registration=Registration.UNREGISTERED if had.campaign_id is not None else had.registration,
        )
        given_back = self._unrented[number] = Unrented(number=bare, since=now)
        return given_back

    def restore(self, number: str, *, now: datetime) -> PhoneNumber:
        """Support gets a number back within ten days, also when it is no longer listed."""
        had = self._unrented.get(number)
        if had is None or now >= had.reserved_until:
            raise NotFound(f"number {number} was not given back within {RESERVED.days} days: it can not be had back")
        del self._unrented[number]
        return self._keep(replace(had.number, added_on=now))

    def lapse(self, now: datetime) -> list[Unrented]:
        """Let go of what has been reserved for ten days: it is the carrier's again."""
        lapsed = [each for each in self._unrented.values() if now >= each.reserved_until]
        for each in lapsed:
            del self._unrented[each.number.number]
        return lapsed

    def disconnect(self, number: str) -> PhoneNumber:
        """Take a number away for good, as after a grave violation, or a short code at its owner's wish."""
        had = self[number]
        del self._rented[number]
        return had

    def onboard(self, number: str, onboarding: Onboarding) -> PhoneNumber:
        """A number of the shop goes on to another status."""
        try:
            offer = replace(self._for_sale[number], onboarding=onboarding)
        except KeyError:
            raise NotFound(f"number {number} is not in the shop") from None
        self._for_sale[number] = offer
        return offer

    def submit(self, number: str, documents: str) -> PhoneNumber:
        """Hand in the documents that its country asks for, named by an id of the account's choice."""
        had = self[number]
        if had.activation is Activation.NONE:
            raise BadRequest(f"number {number} needs no documents: its country asks for none")
        return self._keep(replace(had, activation=Activation.SUBMITTED, documents=documents))

    def graduate(self, number: str) -> PhoneNumber:
        """A rented number in beta has had its traffic: it is generally available from now on."""
        return self._keep(replace(self[number], onboarding=Onboarding.GENERAL))

    def activate(self, number: str) -> PhoneNumber:
        """Its documents were accepted."""
        had = self[number]
        if had.activation is not Activation.SUBMITTED:
            found = had.activation.value or "needs no documents"
            raise BadRequest(f"number {number}: activation is '{found}', expected 'submitted'")
        return self._keep(replace(had, activation=Activation.ACTIVE))

    def add(self, number: PhoneNumber) -> PhoneNumber:
        """Take a number in that did not come from the shop: a ported one, or an operator's short code."""
        if number.number in self._rented:
            raise BadRequest(f"number {number.number} is already in this account")
        self._for_sale.pop(number.number, None)
        self._unrented.pop(number.number, None)
        return self._keep(number)

    def edit(
        self, number: str, *, alias: str | None = None, application_id: str | None = None, cleared: bool = False
    ) -> PhoneNumber:
        """Change alias or application; ``cleared`` takes the application away."""
        had = self[number]
        return self._keep(
            replace(
                had,
                alias=had.alias if alias is None else alias,
                application_id=None if cleared else application_id or had.application_id,
            )
        )

    def assign(self, number: str, subaccount: str | None) -> PhoneNumber:
        """Let a subaccount use it, or none."""
        return self._keep(replace(self[number], subaccount=subaccount))

    def suspend(self, number: str, reason: str) -> PhoneNumber:
        """Take its sending rights away, and say why."""
        return self._keep(replace(self[number], suspended=reason))

    def reinstate(self, number: str) -> PhoneNumber:
        """Give the sending rights back."""
        return self._keep(replace(self[number], suspended=None))

    def register(self, number: str, registration: Registration, campaign_id: str | None) -> PhoneNumber:
        """Say how far a long code is with 10DLC; it is in a campaign while that is processed, and after (seed 002)."""
        had = self[number]
        if had.type is not NumberType.LONGCODE:
            raise BadRequest(f"number {number} is a {had.type.value}, expected a longcode: 10DLC registers no others")
        if (campaign_id is None) is not (registration is Registration.UNREGISTERED):
            raise BadRequest(f"number {number}: {registration.value} and campaign {campaign_id} do not go together")
        return self._keep(replace(had, registration=registration, campaign_id=campaign_id))

    def verify(self, number: str, verification: Verification) -> PhoneNumber:
        """Say how far a toll-free number is with its verification."""
        had = self[number]
        if had.type is not NumberType.TOLLFREE:
            raise BadRequest(
                f"number {number} is a {had.type.value}, expected a tollfree number: no others are verified"
            )
        return self._keep(replace(had, verification=verification))

    def follow(self, number: str, found: PhoneNumber | None) -> None:
        """Another gateway rented a number, changed it, or gave it back (None)."""
        if found is None:
            self._rented.pop(number, None)
        else:
            self._rented[number] = found

    def follow_shop(self, number: str, found: PhoneNumber | None) -> None:
        """Another gateway put a number into the shop, or took it out (None)."""
        if found is None:
            self._for_sale.pop(number, None)
        else:
            self._for_sale[number] = found

    def follow_unrented(self, number: str, found: Unrented | None) -> None:
        """Another gateway keeps a number that was given back, or no longer does (None)."""
        if found is None:
            self._unrented.pop(number, None)
        else:
            self._unrented[number] = found

    def _reclaim(self, had: Unrented, now: datetime, application_id: str | None) -> PhoneNumber:
        number = had.number.number
        if now >= had.reclaimable_until:
            raise NotFound(
                f"number {number} was given back more than {RECLAIMABLE.days} days ago: write to support, which may"
                f" get it back until {had.reserved_until:%Y-%m-%d %H:%M} UTC"
            )
        del self._unrented[number]
        return self._keep(replace(had.number, added_on=now, application_id=application_id))

    def _keep(self, number: PhoneNumber) -> PhoneNumber:
        self._rented[number.number] = number
        return number


def _offered(*, preview: bool) -> tuple[Onboarding, ...]:
    common = (Onboarding.BETA, Onboarding.GENERAL)
    return (*common, Onboarding.PREVIEW) if preview else common
