"""Phone numbers: what kinds there are, what each can do, which are rented and which are for sale."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from powerpack_gateway.errors import BadRequest, NotFound


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """One number, rented or for sale.

    ``number`` is digits only: E.164 without the plus, or a short code's five or six digits.
    ``region`` is the state or province code ("CA"), empty for numbers that belong to no place.
    ``suspended`` is the reason why the number may not send, or None while it may.
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
    application_id: str | None = None
    campaign_id: str | None = None
    registration: Registration = Registration.UNREGISTERED
    verification: Verification | None = None
    suspended: str | None = None
    added_on: datetime | None = None

    @property
    def area_code(self) -> str | None:
        """The three digits of the numbering plan area, or None for a short code."""
        return self.number[1:4] if self.type is not NumberType.SHORTCODE else None

    @property
    def can_send(self) -> bool:
        """Whether carriers take messages from it at all: not suspended, and a toll-free number is verified.

        Unverified toll-free traffic is blocked since 2023-11-08 (facts/carriers.md 4.2).
        """
        return self.suspended is None and self.verification in (None, Verification.VERIFIED)


class Numbers:
    """The account's rented numbers, and those it could rent. Every method that changes one returns it, to be stored."""

    def __init__(self, rented: Iterable[PhoneNumber] = (), for_sale: Iterable[PhoneNumber] = ()) -> None:
        self._rented = {number.number: number for number in rented}
        self._for_sale = {number.number: number for number in for_sale}

    def __iter__(self) -> Iterator[PhoneNumber]:
        return iter(self._rented.values())

    def __len__(self) -> int:
        return len(self._rented)

    def __contains__(self, number: str) -> bool:
        return number in self._rented

    def for_sale(self) -> Iterator[PhoneNumber]:
        """The numbers that a search can find."""
        return iter(self._for_sale.values())

    def get(self, number: str) -> PhoneNumber | None:
        """The rented number, or None when the account does not have it."""
        return self._rented.get(number)

    def __getitem__(self, number: str) -> PhoneNumber:
        try:
            return self._rented[number]
        except KeyError:
            raise NotFound(f"number {number} not found in this account") from None

    def rent(self, number: str, *, now: datetime, application_id: str | None = None) -> PhoneNumber:
        """Move a number from sale into the account."""
        if number in self._rented:
            raise BadRequest(f"number {number} is already rented by this account")
        try:
            offer = self._for_sale.pop(number)
        except KeyError:
            raise NotFound(f"number {number} is not available for rent") from None
        return self._keep(replace(offer, added_on=now, application_id=application_id))

    def unrent(self, number: str) -> PhoneNumber:
        """Give a number back; it is for sale again, without alias and application.

        A suspension stays: it is the carriers' view of the number, and is not lifted by renting it anew.
        """
        had = self[number]
        if had.type is NumberType.SHORTCODE:
            raise BadRequest(f"short code {number} can only be given back through support")
        del self._rented[number]
        offer = replace(had, alias=None, application_id=None, campaign_id=None, added_on=None)
        self._for_sale[number] = offer
        return offer

    def add(self, number: PhoneNumber) -> PhoneNumber:
        """Take a number in that did not come from the shop: a ported one, or an operator's short code."""
        if number.number in self._rented:
            raise BadRequest(f"number {number.number} is already in this account")
        self._for_sale.pop(number.number, None)
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

    def _keep(self, number: PhoneNumber) -> PhoneNumber:
        self._rented[number.number] = number
        return number
