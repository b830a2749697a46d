"""What the account holds: its numbers, Powerpacks, applications, STOPs and complaints, and how each change is kept.

What is done to numbers goes through ``orders``. A method that is awaited returns when the change is on disk. The others
are called while a carrier waits for its answer, which goes out after the commit. ``restore`` or ``provide`` fills a
fresh object.
"""

import random
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

import msgspec

from powerpack_gateway.applications import Application, Applications
from powerpack_gateway.complaint_desk import ComplaintDesk
from powerpack_gateway.compliance import Compliance, ComplianceSettings
from powerpack_gateway.errors import BadRequest
from powerpack_gateway.geo import GeoPermissions, GeoSettings
from powerpack_gateway.ids import random_uuid
from powerpack_gateway.lanes import Away
from powerpack_gateway.messages import Message
from powerpack_gateway.nanp import type_of
from powerpack_gateway.number_book import NumberBook
from powerpack_gateway.number_orders import NumberOrders
from powerpack_gateway.numbers import (
    Numbers,
    NumberType,
    PhoneNumber,
    Service,
)
from powerpack_gateway.opt_out_desk import OptOutDesk
from powerpack_gateway.phlos import Phlo
from powerpack_gateway.pools import Pools
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.powerpacks import (
    DEFAULT_PRIORITY,
    NumberPriority,
    PoolNumber,
    Powerpack,
    Powerpacks,
    merge_priority,
)
from powerpack_gateway.registry import Registry
from powerpack_gateway.settings import NumberSettings
from powerpack_gateway.store.base import Snapshot, Store
from powerpack_gateway.store.durable import until_kept
from powerpack_gateway.subaccounts import Subaccount
from powerpack_gateway.suppression import SuppressionList
from powerpack_gateway.throughput import Rates
from powerpack_gateway.tollfree_tiers import TollfreeTiers, Unverified

T = TypeVar("T")

_EVERYWHERE = GeoSettings()

_type_of = lru_cache(maxsize=65_536)(type_of)
"""Of the account's numbers, which send again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose gateway this is. ``auth_id`` has 20 characters and begins with MA, as every SDK checks.

    ``suspended`` is why nothing of the account may be sent, or None while it may (seed 002, account suspension).
    """

    auth_id: str
    auth_token: str
    name: str = "powerpack-lab sandbox"
    city: str = ""
    address: str = ""
    suspended: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """What a gateway starts with when its state is new."""

    account: Account
    numbers: Sequence[PhoneNumber] = ()
    for_sale: Sequence[PhoneNumber] = ()
    powerpack_name: str = "sandbox"
    pool: Sequence[tuple[str, Service]] = ()


class Holdings:
    """Everything but messages. The registries are there to be read; changes go through the methods."""

    def __init__(
        self,
        store: Store,
        *,
        account: Account,
        numbers: NumberSettings,
        compliance: ComplianceSettings,
        rates: Rates | None = None,
        geo: GeoSettings = _EVERYWHERE,
        unverified: Unverified = Unverified.BLOCKED,
        away: Callable[[str], Away] | None = None,
        clock: Clock,
        journal: Journal,
        rng: random.Random,
    ) -> None:
        self.account = account
        self.book = NumberBook(store, settings=numbers, clock=clock, journal=journal, changed=self._deadline)
        self.powerpacks = Powerpacks()
        self.applications = Applications()
        self.subaccounts: Registry[Subaccount] = Registry("subaccount", lambda each: each.auth_id)
        self.phlos: Registry[Phlo] = Registry("phlo", lambda each: each.phlo_id)
        self.suppression = SuppressionList()
        self.compliance = Compliance(compliance)
        self.opt_outs = OptOutDesk(
            store,
            self.suppression,
            self.compliance,
            clock=clock,
            journal=journal,
            powerpack_of=self._powerpack_of,
            suspend=self.suspend,
        )
        self.complaints = ComplaintDesk(
            store,
            self.compliance,
            settings=compliance,
            clock=clock,
            journal=journal,
            suspend=self.suspend,
            changed=self._deadline,
        )
        self.orders = NumberOrders(
            store,
            self.book,
            subaccounts=self.subaccounts,
            complaints=self.complaints,
            powerpacks=lambda: self.powerpacks,
            pools=lambda: self.pools,
            check_application=self._known_application,
            journal=journal,
        )
        self.deadline_changed: Callable[[], None] | None = None
        """Called when ``next_upkeep`` may be another moment; set by the gateway's upkeep."""
        self.keeper: Callable[[str, str], None] | None = None
        """Who writes a suspension down, called with number and reason, where that is another gateway; None here."""
        self._store = store
        self._clock = clock
        self._journal = journal
        self._rng = rng
        self._away = away
        self._rates = rates
        self.geo = GeoPermissions(geo)
        self.tiers = TollfreeTiers()
        self.unverified = unverified
        self.pools = self._new_pools()

    @property
    def numbers(self) -> Numbers:
        """The account's numbers."""
        return self.book.numbers

    def new_uuid(self) -> str:
        """A random uuid from the gateway's own stream."""
        return random_uuid(self._rng.getrandbits(128))

    # Powerpacks

    async def create_powerpack(
        self,
        *,
        name: str,
        sticky_sender: bool = True,
        local_connect: bool = True,
        application_type: str = "",
        application_id: str = "",
        number_priority: Sequence[NumberPriority] = (),
    ) -> Powerpack:
        """A new Powerpack with an empty pool."""
        self._known_application(application_id, application_type)
        powerpack = self.powerpacks.put(
            Powerpack(
                uuid=self.new_uuid(),
                number_pool_uuid=self.new_uuid(),
                name=name,
                sticky_sender=sticky_sender,
                local_connect=local_connect,
                application_type=application_type,
                application_id=application_id,
                number_priority=merge_priority(DEFAULT_PRIORITY, number_priority),
                created_on=self._clock.now(),
            )
        )
        self.pools.follow(powerpack)
        return await self._kept("powerpack", powerpack.uuid, powerpack)

    async def update_powerpack(self, powerpack_uuid: str, changes: Mapping[str, object]) -> Powerpack:
        """Change some fields; ``number_priority`` replaces by country and service."""
        powerpack = self.powerpacks[powerpack_uuid]
        values = dict(changes)
        given = values.pop("number_priority", None)
        if given is not None:
            values["number_priority"] = merge_priority(powerpack.number_priority, given)  # type: ignore[arg-type] # its field
        changed = replace(powerpack, **values)  # type: ignore[arg-type] # keys are field names
        self._known_application(changed.application_id, changed.application_type)
        powerpack = self.powerpacks.put(changed)
        self.pools.follow(powerpack)
        return await self._kept("powerpack", powerpack.uuid, powerpack)

    async def delete_powerpack(self, powerpack_uuid: str, *, unrent_numbers: bool) -> None:
        """Take a Powerpack away; its numbers stay rented unless told otherwise (short codes always do)."""
        freed = self.powerpacks.delete(powerpack_uuid)
        self.pools.forget(powerpack_uuid)
        self._store.delete("powerpack", powerpack_uuid)
        for member in freed:
            self._store.delete("pool_number", member.number)
            if unrent_numbers and member.type is not NumberType.SHORTCODE:
                self.book.give_back(member.number)
        await until_kept(self._store)

    async def add_to_pool(self, powerpack_uuid: str, number: str, *, service: Service, rent: bool) -> PoolNumber:
        """Put an own number into the pool, or rent it first."""
        powerpack = self.powerpacks[powerpack_uuid]
        if rent and number not in self.numbers:
            wanted = self.numbers.shelved(number)
            if wanted is not None:
                self.powerpacks.check_number(powerpack.uuid, wanted, service)
            self.book.rent(number)
        member = self.powerpacks.add_number(powerpack.uuid, self.numbers[number], service, now=self._clock.now())
        self.pools.add(member)
        return await self._kept("pool_number", number, member)

    async def remove_from_pool(self, powerpack_uuid: str, number: str, *, unrent: bool) -> None:
        """Take a number out of the pool, and give it back if asked to."""
        member = self.powerpacks.remove_number(powerpack_uuid, number)
        self.pools.remove(member)
        self._store.delete("pool_number", number)
        if unrent:
            self.book.give_back(number)
        await until_kept(self._store)

    # Account

    async def update_account(self, changes: Mapping[str, str]) -> Account:
        """Change name, city or address."""
        self.account = replace(self.account, **changes)
        return await self._kept("account", "account", self.account)

    async def allow_countries(self, countries: Sequence[str] | None) -> None:
        """Send to these countries from now on, None for all; what waits for another one fails when its turn comes."""
        self.geo.allow(countries)
        await self._kept("geo", "countries", self.geo.countries)

    async def pay_in(self, amount: int) -> None:
        """Add to the account's credit, in hundred-thousandths of a dollar."""
        self.book.pay_in(amount)
        await until_kept(self._store)

    # Subaccounts

    async def create_subaccount(self, name: str, *, enabled: bool) -> Subaccount:
        """New credentials."""
        subaccount = Subaccount(
            auth_id="SA" + self._drawn(string.ascii_uppercase + string.digits, 18),
            auth_token=self._drawn(string.ascii_letters + string.digits, 40),
            name=name,
            enabled=enabled,
            created=self._clock.now(),
        )
        return await self._kept("subaccount", subaccount.auth_id, self.subaccounts.put(subaccount))

    async def update_subaccount(self, auth_id: str, *, name: str, enabled: bool) -> Subaccount:
        """Change its name, and whether its credentials are taken."""
        changed = replace(self.subaccounts[auth_id], name=name, enabled=enabled, modified=self._clock.now())
        return await self._kept("subaccount", auth_id, self.subaccounts.put(changed))

    async def delete_subaccount(self, auth_id: str) -> None:
        """Take it away; its numbers are the account's alone."""
        self.subaccounts.delete(auth_id)
        self._store.delete("subaccount", auth_id)
        for number in [each.number for each in self.numbers if each.subaccount == auth_id]:
            self.book.keep(self.numbers.assign(number, None))
        await until_kept(self._store)

    def _drawn(self, alphabet: str, length: int) -> str:
        return "".join(self._rng.choice(alphabet) for _ in range(length))

    # Applications

    async def create_application(self, fields: Mapping[str, object]) -> Application:
        """A new application."""
        app_id = "".join(self._rng.choice(string.digits) for _ in range(16))
        values = {**fields, "app_id": f"1{app_id}"}
        application = self.applications.put(Application(**values))  # type: ignore[arg-type] # keys are field names
        return await self._kept("application", application.app_id, application)

    async def update_application(self, app_id: str, changes: Mapping[str, object]) -> Application:
        """Change some fields of an application."""
        application = self.applications.put(replace(self.applications[app_id], **changes))  # type: ignore[arg-type] # field names
        return await self._kept("application", app_id, application)

    async def delete_application(self, app_id: str) -> None:
        """Take an application away, also from the numbers and Powerpacks that use it."""
        self.applications.delete(app_id)
        self._store.delete("application", app_id)
        for powerpack in self.powerpacks.forget_application(app_id):
            self._put("powerpack", powerpack.uuid, powerpack)
        for number in [each for each in self.numbers if each.application_id == app_id]:
            edited = self.numbers.edit(number.number, cleared=True)
            self.book.keep(edited)
        await until_kept(self._store)

    # PHLOs

    async def put_phlo(self, phlo: Phlo) -> Phlo:
        """An operator says which webhook stands for a PHLO."""
        return await self._kept("phlo", phlo.phlo_id, self.phlos.put(phlo))

    async def delete_phlo(self, phlo_id: str) -> None:
        """Nobody stands for it any more."""
        self.phlos.delete(phlo_id)
        self._store.delete("phlo", phlo_id)
        await until_kept(self._store)

    # Account

    async def suspend_account(self, reason: str | None) -> None:
        """Let the account send nothing more, and say why; None lifts it. Its numbers cost the same (seed 002)."""
        self.account = replace(self.account, suspended=reason)
        if reason is None:
            self._journal.record("account.reinstated")
        else:
            self._journal.record("account.suspended", reason=reason)
        await self._kept("account", "account", self.account)

    async def close_account(self) -> None:
        """The owner closes the account: every number is released, none can be had back, nothing can be sent."""
        for number in [each.number for each in self.numbers]:
            self.orders.leave_pool(number)
            self.book.disconnect(number, "the account was closed")
        await self.suspend_account("closed by its owner")

    # Compliance

    def sent(self, messages: Sequence[Message]) -> None:
        """A carrier took messages at one moment: they are charged, and whom they went to counts, unless it is an
        automatic answer."""
        now = self._clock.now()
        messaged = self.compliance.messaged
        kinds: dict[str, NumberType] = {}
        units_of: dict[tuple[str, str], tuple[NumberType, Service, int]] = {}
        for message in messages:
            source, service = message.source, message.service
            kind = kinds.get(source)
            if kind is None:
                kind = kinds[source] = _type_of(source)
            line = kind._value_, service._value_
            counted = units_of.get(line)
            units_of[line] = kind, service, message.units + (0 if counted is None else counted[2])
            if not message.intent:
                messaged(source, message.destination, now)
        for kind, service, units in units_of.values():
            self.book.sent(kind, service, units, messages[0].updated_at)

    def suspend(self, number: str, reason: str) -> None:
        """Take a number's sending rights away; it leaves selection, and what waits for it is selected anew.

        Nothing happens to a number that is suspended already, or is not the account's any more.
        """
        had = self.numbers.get(number)
        if had is None or had.suspended is not None:
            return
        suspended = self.numbers.suspend(number, reason)
        if self.keeper is None:
            self.book.keep(suspended)
        else:
            self.keeper(number, reason)
        self.pools.suspend(number)
        self._journal.record("number.suspended", number=number, reason=reason)

    # Time

    def next_upkeep(self) -> datetime | None:
        """When time itself changes something next, or None."""
        moments = (self.book.next_upkeep(), self.complaints.next_due())
        return min((each for each in moments if each is not None), default=None)

    def upkeep(self) -> None:
        """Do what time has brought."""
        self.book.upkeep()
        self.complaints.upkeep()

    # State

    def provide(self, given: Provision) -> None:
        """A new state: the account, its numbers, and one Powerpack that is ready to use."""
        now = self._clock.now()
        self._put("account", "account", given.account)
        self.book.provide(given.numbers, given.for_sale)
        powerpack = self.powerpacks.put(
            Powerpack(uuid=self.new_uuid(), number_pool_uuid=self.new_uuid(), name=given.powerpack_name, created_on=now)
        )
        self._put("powerpack", powerpack.uuid, powerpack)
        for name, service in given.pool:
            member = self.powerpacks.add_number(powerpack.uuid, self.numbers[name], service, now=now)
            self._put("pool_number", name, member)
        self.pools = self._new_pools()

    def restore(self, snapshot: Snapshot, sent: Sequence[tuple[str, str, float]]) -> None:
        """Go on where an earlier process was; ``sent`` is (source, destination, Unix time) of the last day."""
        of = snapshot.each
        self.account = of("account", Account)[0]
        self.book.restore(snapshot)
        self.powerpacks = Powerpacks(of("powerpack", Powerpack), of("pool_number", PoolNumber))
        self.applications = Applications(of("application", Application))
        for subaccount in of("subaccount", Subaccount):
            self.subaccounts.put(subaccount)
        for (kind, _), raw in snapshot.documents.items():
            if kind == "geo":
                self.geo.allow(msgspec.json.decode(raw, type=list[str] | None))
        for phlo in of("phlo", Phlo):
            self.phlos.put(phlo)
        self.pools = self._new_pools()
        self.pools.restore(snapshot.sticky, sent, self._clock)
        for source, destination, sent_at in sent:
            self.compliance.messaged(source, destination, datetime.fromtimestamp(sent_at, UTC))
        self.opt_outs.restore(snapshot)
        self.complaints.restore(snapshot)

    def _new_pools(self) -> Pools:
        return Pools(
            self.numbers,
            self.powerpacks,
            self._rng,
            rates=self._rates,
            unverified_sends=self.unverified is Unverified.CAPPED,
            away=self._away,
        )

    def _known_application(self, application_id: str, application_type: str = "xml") -> None:
        if application_type.lower() == "phlo":
            return  # a PHLO lives elsewhere: any id may be one (plivo_api.md 2.2)
        if application_id and self.applications.get(application_id) is None and application_id not in self.phlos:
            raise BadRequest(f"application {application_id} not found in this account")

    async def _kept(self, kind: str, key: str, value: T) -> T:
        self._put(kind, key, value)
        await until_kept(self._store)
        return value

    def _put(self, kind: str, key: str, value: object) -> None:
        self._store.put(kind, key, msgspec.json.encode(value))

    def _deadline(self) -> None:
        if self.deadline_changed is not None:
            self.deadline_changed()

    def _powerpack_of(self, number: str) -> str | None:
        owner = self.powerpacks.owner_of(number)
        return None if owner is None else owner.uuid
