"""The gateway: the one place that knows all its parts, and the face that the HTTP API talks to."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from powerpack_gateway.advice import Advisor
from powerpack_gateway.announcements import Announcements
from powerpack_gateway.dispatcher import Dispatcher
from powerpack_gateway.errors import ApiError, NotFound, StoreError
from powerpack_gateway.history import note
from powerpack_gateway.holdings import Account, Holdings, Provision
from powerpack_gateway.inbound import Inbound
from powerpack_gateway.intake import Done, Intake
from powerpack_gateway.long_messages import KIND as PART
from powerpack_gateway.media_library import MediaLibrary
from powerpack_gateway.message_xml import replies
from powerpack_gateway.messages import Direction, ErrorCode, Message, Stage
from powerpack_gateway.mm7.mime import Part
from powerpack_gateway.mm7.mms_route import MmsRoute
from powerpack_gateway.mm7.route import Mm7Route
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_gateway.network_rules import NetworkRules
from powerpack_gateway.outgoing import Outgoing
from powerpack_gateway.permits import Permits
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.receipts import Receipt
from powerpack_gateway.registration.desk import Desk
from powerpack_gateway.registration.registrar import Registrar
from powerpack_gateway.request_limit import RequestLimit
from powerpack_gateway.retention import Retention
from powerpack_gateway.sending import SendRequest, Sent
from powerpack_gateway.settings import Settings
from powerpack_gateway.shared_limits import CampaignFacts, Limit, SharedLimits
from powerpack_gateway.smpp.carrier_route import CarrierRoute
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.store.base import Durable, MessageFilter, Page, Store
from powerpack_gateway.store.durable import until_kept
from powerpack_gateway.throughput import PACIFIC, Rate, Rates, Turn, counted_since, last_midnight
from powerpack_gateway.tollfree_tiers import Unverified, month_of
from powerpack_gateway.underway import Underway
from powerpack_gateway.upkeep import Upkeep
from powerpack_gateway.watch import Watch


class Gateway:
    """A Powerpack gateway. ``start`` before anything else; ``stop`` leaves no task, timer, socket or file behind.

    ``carrier_of`` is the outside service that says which carrier serves a number (as NPAC does); ``routes`` say how to
    reach each of those carriers; ``provision`` fills a state that is new.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        routes: Sequence[RouteSettings],
        mm7_routes: Sequence[Mm7Settings] = (),
        carrier_of: Callable[[str], str | None],
        clock: Clock,
        journal: Journal,
        rng: random.Random,
        provision: Provision,
    ) -> None:
        self.carrier_of = carrier_of
        self.request_limit = RequestLimit(settings.api, clock)
        self.clock = clock
        self.journal = journal
        self._store = store
        self._provision = provision
        self.holdings = Holdings(
            store,
            account=provision.account,
            numbers=settings.numbers,
            compliance=settings.compliance,
            rates=Rates(settings.throughput.rates),
            geo=settings.geo,
            unverified=settings.throughput.unverified_tollfree,
            away=NetworkRules(settings.network_rules, carrier_of).away if settings.network_rules else None,
            clock=clock,
            journal=journal,
            rng=rng,
        )
        self._upkeep = Upkeep(self.holdings, clock=clock)
        self._retention = Retention(store, settings=settings.retention, clock=clock, journal=journal)
        self._underway = Underway(
            store, self.holdings, settings=settings.callbacks, clock=clock, journal=journal, rng=rng
        )
        self._watch = Watch(self.holdings, clock=clock, journal=journal)
        self.media = MediaLibrary(store, clock=clock, journal=journal, rng=branch_of(rng, "media"))
        self._underway.media_url_of = self.media.url_of
        self._outgoing = Outgoing(
            store,
            self.holdings,
            self._underway,
            self._watch,
            media=self.media,
            clock=clock,
            journal=journal,
        )
        self._intake = Intake(
            store,
            self.holdings,
            self._underway,
            self._outgoing,
            media=self.media,
            contact=settings.contact,
            under_way_max=settings.under_way_max,
            clock=clock,
            journal=journal,
        )
        self._inbound = Inbound(
            store,
            self.holdings,
            self._underway,
            self._outgoing.answer,
            self._watch.hears,
            settings=settings,
            clock=clock,
            journal=journal,
        )
        self.announcements = Announcements(
            store,
            token=lambda: self.account.auth_token,
            settings=settings.callbacks,
            clock=clock,
            journal=journal,
            rng=rng,
        )
        desk = Desk(store, self.announcements, settings=settings.registration, clock=clock, journal=journal, rng=rng)
        self.registrar = Registrar(desk, self.holdings)
        self._shared_limits = SharedLimits(settings.throughput, self._campaign_of)
        self.dispatcher = Dispatcher(
            self, store, carrier_of=carrier_of, settings=settings.delivery, clock=clock, journal=journal
        )
        self._outgoing.motor = self.dispatcher
        self._underway.answered = self._answered
        for each in routes:
            self.dispatcher.add_route(each.name, self.new_route(each, rng))
        for mmsc in mm7_routes:
            self.dispatcher.add_mm7_route(self.new_mms_route(mmsc, rng))

    def __repr__(self) -> str:
        bound = sum(route.is_bound for route in self.dispatcher.routes.values())
        return (
            f"<Gateway {self.account.auth_id}: {bound} of {len(self.dispatcher.routes)} routes bound, "
            f"{len(self._underway)} messages under way>"
        )

    def new_route(self, settings: RouteSettings, rng: random.Random) -> CarrierRoute:
        """How a carrier is reached; gateways that share a database do it through the one that is bound."""
        return Route(settings, self.dispatcher.answers, clock=self.clock, journal=self.journal, rng=rng)

    def new_mms_route(self, settings: Mm7Settings, rng: random.Random) -> MmsRoute:
        """How a carrier's MMSC is reached."""
        return Mm7Route(
            settings,
            self.dispatcher.answers,
            attachments=self.media.attachments,
            clock=self.clock,
            journal=self.journal,
            rng=branch_of(rng, f"mm7 {settings.name}"),
        )

    async def start(self) -> None:
        """Open the state, take up what it holds, and bind to the carriers; raises StoreError."""
        snapshot = await self._store.open()
        if ("account", "account") in snapshot.documents:
            sent = await self._store.sent_since(counted_since(self.clock.now()))
            self.holdings.restore(snapshot, sent)
            if self.holdings.unverified is Unverified.CAPPED:
                since = month_of(self.clock.now()).timestamp()
                self.holdings.tiers.restore(await self._store.sent_since(since))
            self._underway.restore(snapshot.open_messages, snapshot.last_message_id)
            self.announcements.restore(snapshot)
            self.registrar.restore(snapshot)
            self._inbound.long_messages.restore(snapshot.raw(PART))
            today = last_midnight(self.clock.now(), PACIFIC).timestamp()
            self.dispatcher.sent_before((source, to) for source, to, moment in sent if moment >= today)
        else:
            self.holdings.provide(self._provision)
        self._upkeep.look()
        self._retention.start()
        await self._store.commit()
        await self.media.restore()
        for message in snapshot.open_messages:
            self._resume(message)
        if snapshot.open_messages:
            self.journal.record("gateway.resumed", messages=len(snapshot.open_messages))
        for route in self.dispatcher.routes.values():
            route.start()
        for mm7_route in self.dispatcher.mm7_routes.values():
            mm7_route.start()

    async def stop(self, drain_s: float = 5.0) -> None:
        """Unbind, give answers and then callbacks ``drain_s`` to come, all of them together, and write the rest.

        What is unfinished goes on at the next start, however much it is: it is on disk already, so the end takes
        ``drain_s`` and one commit.
        """
        ends_at = self.clock.monotonic() + drain_s

        def left_s() -> float:
            return max(0.0, ends_at - self.clock.monotonic())

        self._be_silent()
        await self._retention.stop()
        await self.media.stop()
        async with asyncio.TaskGroup() as stopping:  # together: a carrier that does not answer costs the time once
            for route in self.dispatcher.routes.values():
                stopping.create_task(route.stop(drain_s))
            for mm7_route in self.dispatcher.mm7_routes.values():
                stopping.create_task(mm7_route.stop(drain_s))
        await self._underway.stop(left_s())
        await self.announcements.stop(left_s())
        self._be_silent()
        await self._store.close()

    def _be_silent(self) -> None:
        """Do nothing more by oneself. Said once more at the end: an answer that came meanwhile has set timers again."""
        self.dispatcher.close()
        self._inbound.close()
        self.registrar.close()
        self._upkeep.stop()

    @property
    def account(self) -> Account:
        """Whose gateway this is."""
        return self.holdings.account

    @property
    def store(self) -> Store:
        """What it keeps its state in."""
        return self._store

    @property
    def owed(self) -> StoreError | None:
        """Why documents that were changed are not on disk yet; None while none waits for another try."""
        return self._store.owed

    def readiness(self) -> Mapping[str, object]:
        """What a load balancer and an operator want to know; ``ready``: what it accepts is stored, and can go out."""
        routes = {name: route.is_bound for name, route in self.dispatcher.routes.items()}
        return {
            "ready": self._store.trouble is None and (not routes or any(routes.values())),
            "database": "reached" if self._store.trouble is None else "not reached",
            "routes": routes,
            "messages_under_way": self.messages_under_way,
            "callbacks_pending": self._underway.callbacks_pending,
        }

    @property
    def is_busy(self) -> bool:
        """Whether a callback, a fetch of media or a commit is on its way to somebody who lives in real time."""
        asked = self._underway.callbacks_in_flight + self.announcements.in_flight + self.media.in_flight
        return asked > 0 or self._store.is_busy

    @property
    def advisor(self) -> Advisor:
        """What there is to say about what the account sends."""
        return self._watch.advisor

    def new_uuid(self) -> str:
        """A random uuid from this gateway's own stream."""
        return self.holdings.new_uuid()

    # Messages, for the API

    async def send(self, request: SendRequest) -> Sent:
        """Accept a message for each destination; they are on disk when this returns. Raises ApiError."""
        done: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()

        def settle(outcome: Sent | Exception) -> None:
            if done.done():
                return  # nobody waits any more
            if isinstance(outcome, Sent):
                done.set_result(outcome)
            else:
                done.set_exception(outcome)

        self._intake.send_soon(request, settle)
        return await done

    def send_soon(self, request: SendRequest, done: Done) -> None:
        """The same with a callback, which is never called before this returns where requests are taken together."""
        self._intake.send_soon(request, done)

    async def message(self, message_uuid: str) -> Message:
        """One message, finished or not; raises NotFound."""
        row = self._store.ids.row(message_uuid)
        found = None if row is None else self._underway.get(row) or await self._store.message(row)
        if found is None:
            raise NotFound(f"message {message_uuid} not found")
        return found

    async def messages(self, wanted: MessageFilter, *, limit: int, offset: int) -> Page:
        """A page of messages, newest first."""
        return await self._store.messages(wanted, limit=limit, offset=offset)

    async def forget_media(self, message: Message) -> None:
        """Take the files from a message; one that waits for its turn ends, since it is not what was accepted."""
        if message.media and message.direction is Direction.OUTBOUND and self._underway.get(message.id) is message:
            self.dispatcher.block(message, ErrorCode.MEDIA_FAILED, "its media were deleted before it was sent")
        await self.media.forget(message)

    # Owner, for the dispatcher

    def may_send(self, message: Message) -> ErrorCode | None:
        """What forbids a message at the moment it would go out."""
        return self._outgoing.may_send(message)

    def why_forbidden(self, message: Message, code: ErrorCode) -> str:
        """The same in words."""
        return self._outgoing.why_forbidden(message, code)

    def permits(self) -> Permits:
        """What forbids messages in this turn of the loop."""
        return Permits(self.holdings)

    def shares_limits(self, carrier: str) -> bool:
        """Whether numbers may share limits on the way to a carrier."""
        return self._shared_limits.any_for(carrier)

    def choose_again(self, message: Message) -> Turn | None:
        """Select anew for a message whose number left the pool or was suspended."""
        return self._outgoing.choose_again(message)

    def changed(self, messages: Sequence[Message]) -> None:
        """Keep messages whose stage changed to the same at the same moment, and tell their callbacks."""
        if messages[0].stage is Stage.SENT:
            self.holdings.sent(messages)
        self._underway.changed(messages)

    def received(self, carrier: str, delivery: Delivery) -> None:
        """A carrier handed over a handset's message, or a spam report."""
        self._inbound.receive(carrier, delivery)

    # MmsReceiver, for what the MMSCs post

    async def commit(self) -> None:
        """Return when every document that was changed up to now is on disk; raises StoreError."""
        await until_kept(self._store)

    async def mms_reported(self, carrier: str, receipt: Receipt) -> None:
        """A delivery report of an MMS came; what it changed is on disk when this returns. Raises StoreError."""
        self.dispatcher.answers.mms_reported(carrier, receipt)
        await self._store.commit()

    async def mms_received(
        self, carrier: str, *, source: str, destination: str, text: str, media: Sequence[Part]
    ) -> bool:
        """A handset's MMS came, and is on disk when this returns; False when its number is not ours. Raises
        StoreError."""
        is_ours = self._inbound.receive_mms(
            carrier, source=source, destination=destination, text=text, keep=lambda: self.media.keep_received(media)
        )
        await self._store.commit()
        return is_ours

    def when_durable(self, call: Durable) -> None:
        """Call back when everything up to now is on disk."""
        self._store.when_durable(call)

    def rate_of(self, number: str) -> Rate:
        """How fast a number may go, with the margin that jitter needs."""
        return self.holdings.pools.rate_of(number)

    @property
    def messages_under_way(self) -> int:
        """How many messages are not finished, or owe a callback."""
        return len(self._underway)

    def limits_of(self, number: str, carrier: str) -> Sequence[Limit]:
        """What a number shares with others on the way to a carrier: its campaign's, its brand's, the account's rate."""
        return self._shared_limits.of(number, carrier)

    def under_way(self) -> list[Message]:
        """Every message that is not finished."""
        return self._underway.all()

    def _campaign_of(self, number: str) -> CampaignFacts | None:
        found = self.holdings.numbers.get(number)
        if found is None or found.campaign_id is None:
            return None
        campaign = self.registrar.campaigns.get(found.campaign_id)
        if campaign is None:
            return None
        return CampaignFacts(campaign.campaign_id, campaign.form.brand_id, campaign.tpm, campaign.tier)

    def _answered(self, message: Message, body: bytes) -> None:
        """An application answered an incoming message: send what its Message XML asks for."""
        try:
            for request in replies(body):
                self._intake.send(request, partial(self._replied, message))
        except ApiError as error:
            self._replied(message, error)

    def _replied(self, message: Message, outcome: Sent | Exception) -> None:
        if isinstance(outcome, Sent):
            self.journal.record("reply.accepted", uuid=message.uuid, replies=outcome.message_uuids)
        elif isinstance(outcome, ApiError):
            self.journal.record("reply.refused", uuid=message.uuid, error=str(outcome))
        else:
            raise outcome

    def _resume(self, message: Message) -> None:
        """Go on with a message that an earlier process left: on its way, or with callbacks that are owed."""
        is_to_submit = self.dispatcher.adopt(message)
        if is_to_submit:
            message.stage = Stage.QUEUED
        note(message, self.clock.now().timestamp(), "restarted")
        if is_to_submit:
            self._outgoing.resume(message)
        else:
            self._underway.tell(message)


def branch_of(rng: random.Random, name: str) -> random.Random:
    """A stream of its own, from the same seed, that leaves the others where they are; the system's has no seed."""
    if isinstance(rng, random.SystemRandom):
        return rng
    before = rng.getstate()
    own = rng.getrandbits(128)
    rng.setstate(before)
    return random.Random(f"{own}:{name}")
