"""The gateway: the one place that knows all its parts, and the face that the HTTP API talks to."""

import random
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from powerpack_gateway.applications import Application, Applications
from powerpack_gateway.callbacks import Callbacks, Notice
from powerpack_gateway.compliance import Compliance
from powerpack_gateway.dispatcher import Dispatcher
from powerpack_gateway.encoding import encode_text
from powerpack_gateway.errors import BadRequest, NotFound, StoreError, Unavailable, Unprocessable
from powerpack_gateway.http_client import HttpSender
from powerpack_gateway.http_connection import SenderLimits
from powerpack_gateway.inbound import Inbound
from powerpack_gateway.messages import Direction, ErrorCode, Message, Stage
from powerpack_gateway.nanp import country_of, parse_number, parse_source
from powerpack_gateway.notices import inbound_params, rate_of, status_params
from powerpack_gateway.numbers import Numbers, NumberType, PhoneNumber, Service
from powerpack_gateway.pools import Choice, Pools
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.powerpacks import (
    DEFAULT_PRIORITY,
    NumberPriority,
    PoolNumber,
    Powerpack,
    Powerpacks,
    merge_priority,
)
from powerpack_gateway.sending import SendRequest, Sent
from powerpack_gateway.settings import Settings
from powerpack_gateway.signatures import signature_headers
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.store.base import MessageFilter, Page, Snapshot, Store
from powerpack_gateway.suppression import Scope, SuppressionEntry, SuppressionList
from powerpack_gateway.throughput import Turn

DAY_S = 86_400.0

NOT_QUEUED = "Your message could not be queued at this time. If the problem persists, please contact"
"""Seed 001's words, which end there in print; whom to contact is a setting."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose gateway this is. ``auth_id`` has 20 characters and begins with MA, as every SDK checks."""

    auth_id: str
    auth_token: str
    name: str = "powerpack-lab sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """What a gateway starts with when its state is new."""

    account: Account
    numbers: Sequence[PhoneNumber] = ()
    for_sale: Sequence[PhoneNumber] = ()
    powerpack_name: str = "sandbox"
    pool: Sequence[tuple[str, Service]] = ()


class Gateway:
    """A Powerpack gateway. ``start`` before anything else; ``stop`` leaves no task, timer, socket or file behind.

    ``carrier_of`` is the outside service that says which carrier serves a number (as NPAC does); ``routes`` say how to
    reach each of those carriers.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        routes: Sequence[RouteSettings],
        carrier_of: Callable[[str], str | None],
        clock: Clock,
        journal: Journal,
        rng: random.Random,
        provision: Provision,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.journal = journal
        self.account = provision.account
        self.numbers = Numbers()
        self.powerpacks = Powerpacks()
        self.applications = Applications()
        self.suppression = SuppressionList()
        self.compliance = Compliance(settings.compliance)
        self._store = store
        self._rng = rng
        self._provision = provision
        self._live: dict[int, Message] = {}
        self._last_id = 0
        self._sender = HttpSender(clock=clock, journal=journal, limits=SenderLimits())
        self._callbacks = Callbacks(
            sender=self._sender,
            clock=clock,
            journal=journal,
            sign=self._sign,
            settled=self._settled,
            settings=settings.callbacks,
        )
        self.dispatcher = Dispatcher(
            self, store, carrier_of=carrier_of, settings=settings.delivery, clock=clock, journal=journal
        )
        self._inbound = Inbound(self)
        for each in routes:
            route = Route(each, self.dispatcher, clock=clock, journal=journal, rng=rng)
            self.dispatcher.add_route(each.name, route)
        self.pools = Pools(self.numbers, self.powerpacks, rng)

    def __repr__(self) -> str:
        bound = sum(route.is_bound for route in self.dispatcher.routes.values())
        return (
            f"<Gateway {self.account.auth_id}: {bound} of {len(self.dispatcher.routes)} routes bound, "
            f"{len(self._live)} messages under way>"
        )

    # Life

    async def start(self) -> None:
        """Open the state, take up what it holds, and bind to the carriers; raises StoreError."""
        snapshot = self._store.open()
        if ("account", "account") in snapshot.documents:
            self._restore(snapshot)
        else:
            self._provide()
        await self._store.commit()
        await self._resume(snapshot, self.clock.now().timestamp() - DAY_S)
        for route in self.dispatcher.routes.values():
            route.start()

    async def stop(self, drain_s: float = 5.0) -> None:
        """Unbind, give callbacks a moment, and write the rest; what is unfinished goes on at the next start."""
        self.dispatcher.close()
        for route in self.dispatcher.routes.values():
            await route.stop(drain_s)
        await self._callbacks.drain(drain_s)
        await self._callbacks.stop()
        await self._sender.close()
        await self._store.close()

    @property
    def is_busy(self) -> bool:
        """Whether a callback is on its way to a receiver that lives in real time."""
        return self._callbacks.in_flight > 0

    def new_uuid(self) -> str:
        """A random uuid from this gateway's own stream."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    # Messages

    async def send(self, request: SendRequest) -> Sent:
        """Accept a message for each destination; they are on disk when this returns. Raises ApiError."""
        powerpack, source = self._sender_of(request)
        destinations, invalid = self._destinations(request)
        if source is not None and source.number in destinations:
            raise Unprocessable("src is identical to src in dst")
        units = encode_text(request.text).units
        accepted: list[tuple[Message, Choice | None]] = []
        refusals: list[str] = []
        for destination in destinations:
            message = self._new_message(request, destination, units)
            message.powerpack_uuid = None if powerpack is None else powerpack.uuid
            accepted.append((message, self._choose(message, powerpack, source, refusals)))
        if len(refusals) == len(accepted):
            raise self._not_queued("; ".join(refusals))
        for message, _ in accepted:
            self._live[message.id] = message
            self._store.insert(message)
        await self._durable([message for message, _ in accepted])
        for message, choice in accepted:
            self._launch(message, choice)
        return Sent(message_uuids=tuple(message.uuid for message, _ in accepted), invalid_numbers=tuple(invalid))

    async def message(self, message_uuid: str) -> Message:
        """One message, finished or not; raises NotFound."""
        row = self._store.ids.row(message_uuid)
        found = None if row is None else self._live.get(row) or await self._store.message(row)
        if found is None:
            raise NotFound(f"message {message_uuid} not found")
        return found

    async def messages(self, wanted: MessageFilter, *, limit: int, offset: int) -> Page:
        """A page of messages, newest first."""
        return await self._store.messages(wanted, limit=limit, offset=offset)

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
                created_on=self.clock.now(),
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
                self._give_back(member.number)
        await self._store.commit()

    async def add_to_pool(self, powerpack_uuid: str, number: str, *, service: Service, rent: bool) -> PoolNumber:
        """Put an own number into the pool, or rent it first."""
        powerpack = self.powerpacks[powerpack_uuid]
        if rent and number not in self.numbers:
            rented = self.numbers.rent(number, now=self.clock.now())
            self._put("number", number, rented)
            self._store.delete("for_sale", number)
        member = self.powerpacks.add_number(powerpack.uuid, self.numbers[number], service, now=self.clock.now())
        self.pools.add(member)
        return await self._kept("pool_number", number, member)

    async def remove_from_pool(self, powerpack_uuid: str, number: str, *, unrent: bool) -> None:
        """Take a number out of the pool, and give it back if asked to."""
        member = self.powerpacks.remove_number(powerpack_uuid, number)
        self.pools.remove(member)
        self._store.delete("pool_number", number)
        if unrent:
            self._give_back(number)
        await self._store.commit()

    # Numbers

    async def rent_number(self, number: str, *, application_id: str | None) -> PhoneNumber:
        """Buy a number that is for sale."""
        self._known_application(application_id or "")
        rented = self.numbers.rent(number, now=self.clock.now(), application_id=application_id)
        self._store.delete("for_sale", number)
        return await self._kept("number", number, rented)

    async def edit_number(
        self, number: str, *, alias: str | None, application_id: str | None, clear_application: bool
    ) -> PhoneNumber:
        """Change alias or application."""
        self._known_application(application_id or "")
        edited = self.numbers.edit(number, alias=alias, application_id=application_id, cleared=clear_application)
        return await self._kept("number", number, edited)

    async def unrent_number(self, number: str) -> None:
        """Give a number back; it leaves its Powerpack, whose other numbers go on (seed 000)."""
        self.numbers[number]
        owner = self.powerpacks.owner_of(number)
        if owner is not None:
            self.pools.remove(self.powerpacks.remove_number(owner.uuid, number))
            self._store.delete("pool_number", number)
        self._give_back(number)
        await self._store.commit()

    async def reinstate_number(self, number: str) -> PhoneNumber:
        """Give a suspended number its sending rights back, as an operator does after the review."""
        reinstated = self.numbers.reinstate(number)
        self.compliance.forget(number)
        self.pools.reinstate(number)
        self.journal.record("number.reinstated", number=number)
        return await self._kept("number", number, reinstated)

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
            self._put("number", edited.number, edited)
        await self._store.commit()

    # Owner, for the dispatcher

    def may_send(self, message: Message) -> ErrorCode | None:
        """What forbids a message at the moment it would go out; a STOP does not forbid its own automatic answer."""
        number = self.numbers.get(message.source)
        if number is None or not number.can_send or not self._is_in_its_pool(message):
            return ErrorCode.INVALID_SOURCE
        if message.intent:
            return None
        entry = self.suppression.is_suppressed(
            message.source, number.campaign_id, message.powerpack_uuid, message.destination
        )
        return None if entry is None else ErrorCode.STOPPED

    def choose_again(self, message: Message) -> Turn | None:
        """Select anew for a message whose number left the pool or was suspended."""
        powerpack = self.powerpacks.get(message.powerpack_uuid or "")
        if powerpack is None:
            return None
        refusals: list[str] = []
        choice = self._choose(message, powerpack, None, refusals)
        if choice is None:
            return None
        self._store.update(message)
        return choice.turn

    def changed(self, message: Message) -> None:
        """Keep a message whose stage changed, and tell its callback."""
        if message.stage is Stage.SENT and not message.intent:
            self.compliance.messaged(message.source, message.destination, self.clock.now())
        self._store.update(message)
        self._tell(message)
        self._forget_if_done(message)

    def received(self, carrier: str, delivery: Delivery) -> None:
        """A carrier handed over a handset's message, or a spam report."""
        self._inbound.receive(carrier, delivery)

    # For Inbound

    def keep_inbound(self, message: Message) -> None:
        """Store a handset's message; its webhook goes out once it is on disk."""
        self._live[message.id] = message
        self._store.insert(message)

        def told(error: StoreError | None) -> None:
            if error is None:
                self._tell(message)
                self._forget_if_done(message)
            else:
                del self._live[message.id]  # the carrier is answered with a temporary error and sends it again

        self._store.when_durable(told)

    def keep_suppression(self, entry: SuppressionEntry, *, lifted: bool = False) -> None:
        """Store a STOP, or forget one that START lifted."""
        key = f"{entry.scope}/{entry.key}/{entry.handset}"
        if lifted:
            self._store.delete("suppression", key)
        else:
            self._put("suppression", key, entry)

    def answer(self, number: PhoneNumber, handset: str, text: str, intent: str) -> None:
        """Send an automatic reply from the number that was written to."""
        powerpack = self.powerpacks.owner_of(number.number)
        message = self._message(destination=handset, text=text, units=encode_text(text).units)
        message.source = number.number
        message.intent = intent
        message.powerpack_uuid = None if powerpack is None else powerpack.uuid
        message.reasons = (f"automatic reply to {intent}",)
        choice = self.pools.reserve(number, message.units, self.clock.now(), self.clock.monotonic())
        self._live[message.id] = message
        self._store.insert(message)

        def stored(error: StoreError | None) -> None:
            if error is None:
                self._launch(message, choice)
            else:
                del self._live[message.id]
                self.journal.record("store.failed", error=str(error), messages=1)

        self._store.when_durable(stored)

    def new_inbound(self, *, source: str, destination: str, text: str, units: int) -> Message:
        """A handset's message, not stored yet."""
        message = self._message(destination=destination, text=text, units=units)
        message.direction = Direction.INBOUND
        message.stage = Stage.RECEIVED
        message.source = source
        return message

    def suspend(self, number: str, reason: str) -> None:
        """Take a number's sending rights away; it leaves selection, and what waits for it is selected anew."""
        self._put("number", number, self.numbers.suspend(number, reason))
        self.pools.suspend(number)
        self.journal.record("number.suspended", number=number, reason=reason)

    def keep_document(self, kind: str, key: str, value: object) -> None:
        """Store one of Inbound's records."""
        self._put(kind, key, value)

    # Parts of send

    def _sender_of(self, request: SendRequest) -> tuple[Powerpack | None, PhoneNumber | None]:
        """The Powerpack or the number that shall send; raises what the documents say (plivo_api.md 1.5)."""
        if request.powerpack_uuid is not None:
            powerpack = self.powerpacks.get(request.powerpack_uuid)
            if powerpack is None:
                raise self._not_queued(f"powerpack {request.powerpack_uuid} is unknown")
            if request.service is Service.MMS and not self.pools.can_mms(powerpack.uuid):
                raise self._not_queued(f"powerpack {powerpack.name} has no MMS number")
            return powerpack, None
        given = request.src or ""
        source = self.numbers.get(parse_source(given) or "")
        if source is None:
            raise BadRequest(
                f"this caller ID is not allowed for outbound message: '{given}' is no number of this account"
            )
        if request.service is Service.MMS and not source.mms_enabled:
            raise BadRequest(f"source number {source.number} is not MMS enabled")
        return None, source

    def _destinations(self, request: SendRequest) -> tuple[list[str], list[str]]:
        """The unique valid destinations in order, and the texts that are none."""
        valid: dict[str, None] = {}
        invalid: list[str] = []
        for text in request.destinations:
            number = parse_number(text)
            if number is None:
                invalid.append(text.strip().removeprefix("+"))
            else:
                valid[number] = None
        if not valid:
            raise BadRequest(f"'{invalid[0] if invalid else ''}' is not a valid phone number.")
        return list(valid), invalid

    def _choose(
        self, message: Message, powerpack: Powerpack | None, source: PhoneNumber | None, refusals: list[str]
    ) -> Choice | None:
        """Give the message its number; None when it will fail (STOP), or has none (then ``refusals`` says why)."""
        now, moment = self.clock.now(), self.clock.monotonic()
        if source is not None:
            message.source = source.number
            choice = self.pools.reserve(source, message.units, now, moment)
            message.reasons = choice.reasons
            return choice
        assert powerpack is not None
        stop = self.suppression.is_suppressed(None, None, powerpack.uuid, message.destination)
        if stop is not None:
            message.source = stop.source_number
            message.reasons = (
                f"{message.destination} said STOP to {stop.source_number} at {stop.since:%Y-%m-%d %H:%M:%S}",
            )
            return None
        selected = self.pools.choose(powerpack, message, now, moment)
        message.reasons = selected.reasons
        if selected.number is None:
            refusals.append("; ".join(selected.reasons))
            return None
        message.source = selected.number
        if selected.is_new_pair:
            self._store.put_sticky(powerpack.uuid, message.service, message.destination, selected.number)
        self.journal.record(
            "number.selected",
            uuid=message.uuid,
            number=message.source,
            destination=message.destination,
            wait_s=selected.turn.wait_s,
            reasons=message.reasons,
        )
        return selected

    async def _durable(self, messages: Sequence[Message]) -> None:
        try:
            await self._store.commit()
        except StoreError as error:
            for message in messages:
                del self._live[message.id]
            self.journal.record("store.failed", error=str(error), messages=len(messages))
            raise Unavailable(f"the message was not accepted: {error}") from error
        for message in messages:
            self.journal.record(
                "message.accepted",
                uuid=message.uuid,
                source=message.source,
                destination=message.destination,
                units=message.units,
            )

    def _launch(self, message: Message, choice: Choice | None) -> None:
        """A stored message starts on its way; its first notice is that it is queued."""
        self._tell(message)
        if message.service is Service.MMS:
            self.dispatcher.block(message, ErrorCode.NOT_DISPATCHED, "there is no MM7 route to carry MMS")
        elif choice is not None:
            self.dispatcher.schedule(message, choice.turn)
        else:
            stopped = message.source != ""
            code = ErrorCode.STOPPED if stopped else ErrorCode.NO_ROUTE
            self.dispatcher.block(message, code, "; ".join(message.reasons))

    def _new_message(self, request: SendRequest, destination: str, units: int) -> Message:
        message = self._message(destination=destination, text=request.text, units=units)
        message.service = request.service
        message.callback_url = request.url
        message.callback_method = request.method
        message.log = request.log
        message.expires_at = message.created_at + request.message_expiry_s
        return message

    def _message(self, *, destination: str, text: str, units: int) -> Message:
        self._last_id += 1
        now = self.clock.now().timestamp()
        return Message(
            id=self._last_id,
            uuid=self._store.ids.uuid(self._last_id),
            direction=Direction.OUTBOUND,
            service=Service.SMS,
            destination=destination,
            text=text,
            units=units,
            country=country_of(destination) or "",
            created_at=now,
            updated_at=now,
        )

    def _not_queued(self, why: str) -> BadRequest:
        """Seed 001's answer; why goes to the journal, since the documented text does not say."""
        self.journal.record("message.refused", why=why)
        return BadRequest(f"{NOT_QUEUED} {self.settings.contact}")

    def _is_in_its_pool(self, message: Message) -> bool:
        if message.powerpack_uuid is None or message.intent:
            return True
        owner = self.powerpacks.owner_of(message.source)
        return owner is not None and owner.uuid == message.powerpack_uuid

    # Callbacks

    def _tell(self, message: Message) -> None:
        """Hand every notice that is owed and not yet handed over to the callbacks."""
        if message.callback_url is None:
            return
        owed = len(message.notices())
        for index in range(max(message.announced, message.told), owed):
            self._callbacks.tell(self._notice(message, index))
        message.announced = owed

    def _notice(self, message: Message, index: int) -> Notice:
        assert message.callback_url is not None
        is_inbound = message.direction is Direction.INBOUND
        if is_inbound:
            params = inbound_params(message)
        else:
            number = self.numbers.get(message.source)
            kind = NumberType.LONGCODE if number is None else number.type
            params = status_params(message, index, rate_of(kind, message.service))
        return Notice(
            key=message.id,
            index=index,
            url=message.callback_url,
            method="GET" if message.callback_method == "GET" else "POST",
            params=params,
            what="inbound" if is_inbound else "status",
        )

    def _settled(self, notice: Notice, acknowledged: bool, body: bytes) -> None:  # Callbacks' signature
        message = self._live.get(notice.key)
        if message is None:
            return
        message.told = notice.index + 1
        self._store.update(message)
        self._forget_if_done(message)

    def _forget_if_done(self, message: Message) -> None:
        """A finished message that owes nothing is the store's; memory holds only what is under way."""
        if message.is_final and (message.callback_url is None or message.told >= len(message.notices())):
            self._live.pop(message.id, None)

    def _sign(self, method: str, url: str, params: Mapping[str, str]) -> Mapping[str, str]:
        nonce = str(self._rng.randrange(10**19, 10**20))
        return signature_headers(token=self.account.auth_token, method=method, url=url, params=params, nonce=nonce)

    # State

    async def _kept(self, kind: str, key: str, value: T) -> T:
        self._put(kind, key, value)
        await self._store.commit()
        return value

    def _put(self, kind: str, key: str, value: object) -> None:
        self._store.put(kind, key, msgspec.json.encode(value))

    def _give_back(self, number: str) -> None:
        offer = self.numbers.unrent(number)
        self._store.delete("number", number)
        self._put("for_sale", number, offer)

    def _known_application(self, application_id: str, application_type: str = "xml") -> None:
        if application_type.lower() == "phlo":
            return  # a PHLO lives elsewhere: any id may be one (plivo_api.md 2.2)
        if application_id and self.applications.get(application_id) is None:
            raise BadRequest(f"application {application_id} not found in this account")

    def _provide(self) -> None:
        """A new state: the account, its numbers, and one Powerpack that is ready to use."""
        given, now = self._provision, self.clock.now()
        self._put("account", "account", given.account)
        self.numbers = Numbers((replace(each, added_on=now) for each in given.numbers), given.for_sale)
        powerpack = self.powerpacks.put(
            Powerpack(uuid=self.new_uuid(), number_pool_uuid=self.new_uuid(), name=given.powerpack_name, created_on=now)
        )
        self._put("powerpack", powerpack.uuid, powerpack)
        for number in self.numbers:
            self._put("number", number.number, number)
        for offer in self.numbers.for_sale():
            self._put("for_sale", offer.number, offer)
        for name, service in given.pool:
            member = self.powerpacks.add_number(powerpack.uuid, self.numbers[name], service, now=now)
            self._put("pool_number", name, member)

    def _restore(self, snapshot: Snapshot) -> None:
        documents = snapshot.documents

        def of(kind: str, shape: type[T]) -> list[T]:
            return [msgspec.json.decode(raw, type=shape) for (found, _), raw in documents.items() if found == kind]

        self.account = of("account", Account)[0]
        self.numbers = Numbers(of("number", PhoneNumber), of("for_sale", PhoneNumber))
        self.powerpacks = Powerpacks(of("powerpack", Powerpack), of("pool_number", PoolNumber))
        self.applications = Applications(of("application", Application))
        self.suppression = SuppressionList(of("suppression", SuppressionEntry))
        self._inbound.restore(documents)
        self._last_id = snapshot.last_message_id

    async def _resume(self, snapshot: Snapshot, since: float) -> None:
        """Go on where the last process was: rates and caps, sticky pairs, open messages, callbacks that are owed."""
        self.pools = Pools(self.numbers, self.powerpacks, self._rng)
        sent = await self._store.sent_since(since)
        self.pools.restore(snapshot.sticky, sent, self.clock)
        for source, destination, sent_at in sent:
            self.compliance.messaged(source, destination, datetime.fromtimestamp(sent_at, UTC))
        for entry in self.suppression:
            if entry.scope is Scope.NUMBER:
                self.compliance.opted_out(entry.source_number, entry.handset, entry.since)
        for message in snapshot.open_messages:
            self._live[message.id] = message
            self.dispatcher.adopt(message)
            if message.stage in (Stage.QUEUED, Stage.SUBMITTED, Stage.UNKNOWN):
                self._send_again(message)
            else:
                self._tell(message)
        if snapshot.open_messages:
            self.journal.record("gateway.resumed", messages=len(snapshot.open_messages))

    def _send_again(self, message: Message) -> None:
        """A message that was on its way to a carrier when the last process ended: its answer can not come any more."""
        message.stage = Stage.QUEUED
        number = self.numbers.get(message.source)
        if number is None:
            self._launch(message, None)
            return
        self._launch(message, self.pools.reserve(number, message.units, self.clock.now(), self.clock.monotonic()))
