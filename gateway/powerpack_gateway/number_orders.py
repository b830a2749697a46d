"""Orders about the account's numbers: they are rented, edited, registered, suspended no more, and given back.

A method that is awaited returns when the change is on disk; the others are on disk with the next commit.
"""

from collections.abc import Callable, Sequence

from powerpack_gateway.complaint_desk import ComplaintDesk
from powerpack_gateway.errors import BadRequest
from powerpack_gateway.number_book import NumberBook
from powerpack_gateway.numbers import Onboarding, PhoneNumber, Registration, Verification
from powerpack_gateway.pools import Pools
from powerpack_gateway.ports import Journal
from powerpack_gateway.powerpacks import Powerpacks
from powerpack_gateway.registry import Registry
from powerpack_gateway.store.base import Store
from powerpack_gateway.store.durable import until_kept
from powerpack_gateway.subaccounts import Subaccount


class NumberOrders:
    """``powerpacks`` and ``pools`` say which ones there are, as a restore makes others; ``check_application`` raises
    BadRequest for an application that is not the account's."""

    def __init__(
        self,
        store: Store,
        book: NumberBook,
        *,
        subaccounts: Registry[Subaccount],
        complaints: ComplaintDesk,
        powerpacks: Callable[[], Powerpacks],
        pools: Callable[[], Pools],
        check_application: Callable[[str], None],
        journal: Journal,
    ) -> None:
        self._store = store
        self._book = book
        self._subaccounts = subaccounts
        self._complaints = complaints
        self._powerpacks = powerpacks
        self._pools = pools
        self._check_application = check_application
        self._journal = journal

    async def add(self, numbers: Sequence[PhoneNumber]) -> None:
        """Take numbers in that another carrier serves; all of them or none. Raises BadRequest for one that is here.

        They cost what a rented number costs, as the ledger would say after the next start.
        """
        for number in numbers:
            if number.number in self._book.numbers:
                raise BadRequest(f"number {number.number} is already in this account")
            self._check_application(number.application_id or "")
        for number in numbers:
            self._book.take_in(number)
        await until_kept(self._store)

    async def rent(self, number: str, *, application_id: str | None) -> PhoneNumber:
        """Buy a number that is for sale, or reclaim one that was given back within five days."""
        self._check_application(application_id or "")
        rented = self._book.rent(number, application_id=application_id)
        await until_kept(self._store)
        return rented

    async def edit(
        self, number: str, *, alias: str | None, application_id: str | None, clear_application: bool
    ) -> PhoneNumber:
        """Change alias or application."""
        self._check_application(application_id or "")
        edited = self._book.numbers.edit(number, alias=alias, application_id=application_id, cleared=clear_application)
        return await self._kept(edited)

    async def unrent(self, number: str) -> None:
        """Give a number back; it leaves its Powerpack, whose other numbers go on (seed 000)."""
        self._book.numbers[number]
        self.leave_pool(number)
        self._book.give_back(number)
        await until_kept(self._store)

    async def get_back(self, number: str) -> PhoneNumber:
        """Support gets a number back that was given back within ten days."""
        restored = self._book.get_back(number)
        await until_kept(self._store)
        return restored

    async def take_in(self, number: PhoneNumber) -> PhoneNumber:
        """An operator adds a number that is not from the shop, such as a short code."""
        added = self._book.take_in(number)
        await until_kept(self._store)
        return added

    async def disconnect(self, number: str, reason: str) -> None:
        """Take a number away for good; it leaves its Powerpack, and can not be had back."""
        self._book.numbers[number]
        self.leave_pool(number)
        self._book.disconnect(number, reason)
        await until_kept(self._store)

    async def submit_documents(self, number: str, documents: str) -> PhoneNumber:
        """Hand in what the number's country asks for before it may be used."""
        return await self._kept(self._book.numbers.submit(number, documents))

    async def activate(self, number: str) -> PhoneNumber:
        """Its documents were accepted: it may send."""
        activated = self._book.numbers.activate(number)
        self._pools().refresh(number)
        self._journal.record("number.activated", number=number)
        return await self._kept(activated)

    async def onboard(self, number: str, onboarding: Onboarding) -> PhoneNumber:
        """A number of the shop goes on from preview to beta to general availability."""
        offer = self._book.offer(self._book.numbers.onboard(number, onboarding))
        await until_kept(self._store)
        return offer

    def register(self, number: str, registration: Registration, *, campaign_id: str | None) -> PhoneNumber:
        """A long code's 10DLC registration went on; ``campaign_id`` is None for one that is in no campaign.

        On disk with the next commit: whoever decides about numbers has no caller that waits.
        """
        registered = self._book.numbers.register(number, registration, campaign_id)
        self._pools().refresh(number)
        self._journal.record(
            "number.registered", number=number, registration=registration.value, campaign_id=campaign_id
        )
        return self._book.keep(registered)

    def verify(self, number: str, verification: Verification) -> PhoneNumber:
        """A toll-free number's verification went on; only a verified one may send. On disk with the next commit."""
        verified = self._book.numbers.verify(number, verification)
        self._pools().refresh(number)
        self._journal.record("number.verified", number=number, verification=verification.value)
        return self._book.keep(verified)

    async def reinstate(self, number: str) -> PhoneNumber:
        """Give a suspended number its sending rights back, as an operator does after the review."""
        reinstated = self._book.numbers.reinstate(number)
        self._complaints.forget(number)
        self._pools().reinstate(number)
        self._journal.record("number.reinstated", number=number)
        return await self._kept(reinstated)

    async def assign(self, number: str, subaccount: str | None) -> PhoneNumber:
        """Let a subaccount use a number, or none; raises NotFound for one that does not exist."""
        if subaccount is not None:
            self._subaccounts[subaccount]
        return await self._kept(self._book.numbers.assign(number, subaccount))

    def leave_pool(self, number: str) -> None:
        """Take a number out of its Powerpack, if it is in one. On disk with the next commit."""
        owner = self._powerpacks().owner_of(number)
        if owner is not None:
            self._pools().remove(self._powerpacks().remove_number(owner.uuid, number))
            self._store.delete("pool_number", number)

    async def _kept(self, number: PhoneNumber) -> PhoneNumber:
        self._book.keep(number)
        await until_kept(self._store)
        return number
