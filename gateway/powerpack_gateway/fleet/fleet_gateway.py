"""A gateway that shares its database, its account and its carriers with others.

Every Powerpack, every route and the account's documents are worked at by one of them (`board`). What this one does not
do itself it hands on: messages by way of the database, requests and what carriers say over peer links.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from powerpack_gateway.errors import ApiError, NotFound, StoreError, Unavailable
from powerpack_gateway.fleet.backlog import Backlog
from powerpack_gateway.fleet.board import (
    ACCOUNT,
    DOCUMENTS,
    Board,
    Change,
    FleetStore,
    Standing,
)
from powerpack_gateway.fleet.claims import Claims
from powerpack_gateway.fleet.configuration import Configuration
from powerpack_gateway.fleet.desk_surroundings import DeskSurroundings
from powerpack_gateway.fleet.desks import Desks
from powerpack_gateway.fleet.documents import Documents
from powerpack_gateway.fleet.feed import Feed
from powerpack_gateway.fleet.fellows import FleetFellows
from powerpack_gateway.fleet.first_account import known_account
from powerpack_gateway.fleet.fleet_mms_route import FleetMmsRoute
from powerpack_gateway.fleet.fleet_route import FleetRoute
from powerpack_gateway.fleet.frames import Suspend
from powerpack_gateway.fleet.handover import Handover
from powerpack_gateway.fleet.holder_line import HolderLine
from powerpack_gateway.fleet.id_blocks import RESERVE, IdBlocks
from powerpack_gateway.fleet.life import Life
from powerpack_gateway.fleet.message_work import MessageWork
from powerpack_gateway.fleet.mms import FromHandset
from powerpack_gateway.fleet.mms_reception import MmsReception
from powerpack_gateway.fleet.newcomers import Newcomers
from powerpack_gateway.fleet.rounds import Rounds
from powerpack_gateway.fleet.shift import Shift
from powerpack_gateway.fleet.spending import Spending
from powerpack_gateway.fleet.suspensions import Suspensions
from powerpack_gateway.fleet.sweep import Sweep
from powerpack_gateway.fleet.switchboard import Switchboard
from powerpack_gateway.fleet.tasks import Tasks
from powerpack_gateway.fleet.whereabouts import Whereabouts
from powerpack_gateway.gateway import Gateway
from powerpack_gateway.holdings import Provision
from powerpack_gateway.intake import Done
from powerpack_gateway.messages import Message
from powerpack_gateway.mm7.mime import Part
from powerpack_gateway.mm7.mms_route import MmsRoute
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.receipts import Receipt
from powerpack_gateway.sending import SendRequest, Sent
from powerpack_gateway.settings import Settings
from powerpack_gateway.smpp.carrier_route import CarrierRoute
from powerpack_gateway.smpp.settings import RouteSettings

LOOK_S: Final = 1.0
"""Time between looks for documents whose notification was lost."""


class FleetGateway(Gateway):
    """One of several. ``configuration`` is what it was made from, to be compared with the others'; it refuses to begin
    where an older one has another, unless it ``may_differ``.

    ``address`` is where peers reach its peer port, if that is not where it listens. ``buried`` is called when the
    others have taken it for dead: it has stopped, and only a new one can go on.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: FleetStore,
        board: Board,
        routes: Sequence[RouteSettings],
        mm7_routes: Sequence[Mm7Settings] = (),
        carrier_of: Callable[[str], str | None],
        clock: Clock,
        journal: Journal,
        rng: random.Random,
        provision: Provision,
        configuration: Mapping[str, object] | None = None,
        may_differ: bool = False,
        peer_host: str = "127.0.0.1",
        peer_port: int = 0,
        address: Callable[[int], str] | None = None,
        buried: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._board = board
        self._life = Life(clock, journal)
        self._switchboard = Switchboard(
            board.gateway_id,
            holder=lambda lease: self._where.holder_of(lease),
            suspended=self._asked_to_suspend,
            spent=lambda peer_id, spent: self._spending.heard(peer_id, spent),
            lost=self._life.poke,
            journal=journal,
            rng=rng,
        )
        super().__init__(
            settings,
            store=store,
            routes=routes,
            mm7_routes=mm7_routes,
            carrier_of=carrier_of,
            clock=clock,
            journal=journal,
            rng=rng,
            provision=provision,
        )
        self._shared_store = store
        self._peer_at = peer_host, peer_port
        self._address = address or (lambda port: f"{peer_host}:{port}")
        self._tell_buried = buried
        self._under_way_max = settings.under_way_max
        self._where = Whereabouts(board.gateway_id, self.holdings)
        self._suspensions = Suspensions(self.holdings, self._ask_keeper)
        self._ids = IdBlocks(board.next_ids)
        self._documents = Documents(self.holdings, self.registrar)
        self._configuration = Configuration(configuration or {}, board, store, journal, may_differ=may_differ)
        self._feed = Feed(board, self._apply, gone=self._be_buried, journal=journal)
        self._mms = MmsReception(self._switchboard.mms_desk, self._inbound, self.media)
        self._newcomers = Newcomers(self.holdings, self._feed, self.media)
        self._tasks = Tasks()
        self._work = MessageWork(
            board,
            self._where,
            self.holdings,
            dispatcher=self.dispatcher,
            underway=self._underway,
            outgoing=self._outgoing,
            long_messages=self._inbound.long_messages,
            resume=self._resume,
            commit=store.commit,
            clock=clock,
        )
        around = DeskSurroundings(self._where, self._life, self._feed, self.holdings, self.limits_of)
        self._handover = Handover(
            self._where,
            self._switchboard,
            Desks(around, self, board, attachments=self.media.attachments, clock=clock, journal=journal, rng=rng),
            self._work,
            become_keeper=self._become_keeper,
            took=self._took,
            commit=store.commit,
            journal=journal,
        )
        self._shift = Shift(
            board,
            self._where,
            take_up=self._handover.take_up,
            leave=self._handover.leave,
            catch_up=self._feed.catch_up,
            run=self._tasks.run,
            buried=self._be_buried,
            journal=journal,
        )
        self._claims = Claims(
            board,
            leases=self._where.messages_leases,
            room=lambda: self._under_way_max - len(self._underway),
            take=self._work.claimed,
            buried=self._be_buried,
            journal=journal,
        )
        self._sweep = Sweep(
            board,
            leases=self._where.messages_leases,
            has=self._work.has,
            take=self._work.go_on,
            journal=journal,
        )
        self._backlog = Backlog(board, journal)
        self._is_dead = False
        self._is_over = asyncio.Event()
        self.holdings.keeper = self._suspensions.add
        self._spending = Spending(
            self.holdings.book,
            board,
            tell=self._switchboard.peers.send_all,
            found_broke=self._outgoing.found_broke,
            clock=clock,
            journal=journal,
        )
        self._rounds = Rounds(self._spending, self._backlog, self._tasks.run)
        fellows = FleetFellows(self._where, self._backlog, self._spending, store)
        self._outgoing.fellows = fellows
        self._underway.next_id = self._ids.next
        self._underway.hand_on = fellows.handed_on

    def __repr__(self) -> str:
        held, under_way = len(self._where.held), len(self._underway)
        return f"<FleetGateway {self.gateway_id}: {held} leases, {under_way} messages under way>"

    def new_route(self, settings: RouteSettings, rng: random.Random) -> CarrierRoute:
        """Through whichever gateway is bound."""
        route = FleetRoute(settings, self.dispatcher.answers, self._life.is_alive, clock=self.clock)
        self._switchboard.add_route(route)
        return route

    def new_mms_route(self, settings: Mm7Settings, rng: random.Random) -> MmsRoute:
        """Through the gateway that keeps the route."""
        route = FleetMmsRoute(
            settings,
            self.dispatcher.answers,
            self._life.is_alive,
            received=lambda mms: self._mms.take_in(settings.name, mms),
            when_durable=self.when_durable,
            clock=self.clock,
        )
        self._switchboard.add_mms_route(route)
        return route

    # Its life.

    async def start(self) -> None:
        """Join the others and begin to work; raises StoreError, and OSError when the peer port can not be had."""
        snapshot = await self._shared_store.open()
        port = await self._switchboard.peers.listen(*self._peer_at, lambda: self._board.secret)
        try:
            await self._board.join(self._address(port), self._woken)
            await self._configuration.agree()
            await self._ids.fill()
            known = await known_account(self._board, snapshot, self._fill)
            self._documents.restore(known)
            self._feed.version = known.version
        except BaseException:
            await self._switchboard.peers.stop()
            raise
        self.journal.record("fleet.joined", gateway=self.gateway_id, address=self._address(port))
        self._life.start(self._board, follow=self._follow, resumed=self._resumed, buried=self._be_buried)
        self._tasks.run(self._claims.run())
        self._tasks.run(self._sweep.run())
        self._tasks.run(self._look_now_and_then())

    async def stop(self, drain_s: float = 5.0) -> None:
        """Give the work back: answers and callbacks get ``drain_s`` to come, everything is on disk, others go on."""
        if self._is_dead:
            await self._is_over.wait()
            return
        self._is_dead = True
        ends_at = self.clock.monotonic() + drain_s

        def left_s() -> float:
            return max(0.0, ends_at - self.clock.monotonic())

        await self._stop_work()
        async with asyncio.TaskGroup() as stopping:
            for each in (*self._switchboard.every_route, *self._switchboard.every_desk):
                stopping.create_task(each.stop(left_s()))
        await self._underway.stop(left_s())
        await self.announcements.stop(left_s())
        self._configuration.withdraw()
        self._be_silent()
        try:
            await self._store.close()
        finally:
            await self._life.stop()
            await self._board.leave()
            await self._switchboard.peers.stop()
            self._is_over.set()

    async def _stop_work(self) -> None:
        await self._tasks.stop()
        self._be_silent()
        await self._retention.stop()
        self._ids.close()
        self._spending.stop()
        await self.media.stop()
        await self._feed.stop()
        await self.line.stop()

    def _be_buried(self, why: str) -> None:
        """Others took this gateway for dead: it sends nothing more, and ends."""
        if self._is_dead:
            return
        self._is_dead = True
        self._life.end()
        self._where.held.clear()
        self.journal.record("fleet.buried", gateway=self.gateway_id, why=why)
        self._burial = asyncio.get_running_loop().create_task(self._end(why))

    async def _end(self, why: str) -> None:
        await self._stop_work()
        for each in (*self._switchboard.every_route, *self._switchboard.every_desk):
            await each.stop(0.0)
        await self._switchboard.peers.stop()
        await self._underway.stop(0.0)
        await self.announcements.stop(0.0)
        self._be_silent()
        try:
            await self._store.close()
        except StoreError as error:
            self.journal.record("store.failed", error=str(error), messages=0)
        await self._board.leave()
        self._is_over.set()
        self._tell_buried(why)

    async def _fill(self) -> None:
        """A new database gets its account."""
        self.holdings.provide(self._provision)
        await self._store.commit()

    # Who is who.

    @property
    def gateway_id(self) -> str:
        """This gateway, in this life of it."""
        return self._board.gateway_id

    @property
    def is_keeper(self) -> bool:
        """Whether this gateway writes the account's documents."""
        return ACCOUNT in self._where.held

    def keeper(self) -> str | None:
        """The gateway that does, or None while there is none."""
        return self._where.holder_of(ACCOUNT)

    def holds(self, lease: str) -> bool:
        """Whether this gateway works at it."""
        return lease in self._where.held

    @property
    def line(self) -> HolderLine:
        """The way to whoever holds a lease."""
        return self._switchboard.line

    @property
    def configuration_differs_from(self) -> Mapping[str, Sequence[str]]:
        """The gateways that live with another configuration, and the keys in which it differs."""
        return self._configuration.differs_from

    def is_alive(self) -> bool:
        """Whether nobody can have taken this gateway for dead."""
        return self._life.is_alive()

    def readiness(self) -> Mapping[str, object]:
        """What a load balancer and an operator want to know."""
        routes = {name: route.holder if route.is_bound else None for name, route in self._switchboard.routes.items()}
        is_ready = self.is_alive() and not self._is_dead  # what is accepted waits for a carrier that is not bound
        return {
            "ready": is_ready,
            "gateway": self.gateway_id,
            "is_keeper": self.is_keeper,
            "database": "reached" if self.is_alive() else "not reached",
            "gateways": [each.gateway_id for each in self._where.standing.members],
            "routes": routes,
            "leases": sorted(self._where.held),
            "leaving": self._shift.leaving,
            "configuration_differs_from": self.configuration_differs_from,
            "messages_under_way": self.messages_under_way + sum(map(self._backlog.of, self._where.held)),
            "messages_unclaimed": len(self._backlog),
            "callbacks_pending": self._underway.callbacks_pending,
        }

    # Messages, for the API.

    def send_soon(self, request: SendRequest, done: Done) -> None:
        """As a gateway alone does, when this one knows the files that the keeper took."""
        self._check(request)
        if self._newcomers.may_be_in(request):
            self._tasks.run(self._send_when_known(request, done))
        else:
            super().send_soon(request, done)

    async def send(self, request: SendRequest) -> Sent:
        """As a gateway alone does."""
        self._check(request)
        await self._newcomers.learn(request)
        return await super().send(request)

    async def _send_when_known(self, request: SendRequest, done: Done) -> None:
        try:
            await self._newcomers.learn(request)
            super().send_soon(request, done)
        except ApiError as error:
            done(error)

    async def lease_of_message(self, message_uuid: str) -> str | None:
        """What a message belongs to, whose gateway alone may change it; None for one that is not there, or can not be
        looked up: whoever answers says so."""
        try:
            message = await self.message(message_uuid)
        except (NotFound, StoreError):
            return None
        return message.lease or self._where.lease_of(message)

    async def forget_media(self, message: Message) -> None:
        """As a gateway alone does; raises Unavailable for a message that was not taken up yet."""
        if not message.is_final and self._underway.get(message.id) is None:
            raise Unavailable("the message waits for the gateway that works for its Powerpack: try again in a moment")
        await super().forget_media(message)

    # MmsReceiver, for what the MMSCs post

    async def mms_reported(self, carrier: str, receipt: Receipt) -> None:
        """Find the gateway that waits for it."""
        await self._mms.reported(carrier, receipt)

    async def mms_received(
        self, carrier: str, *, source: str, destination: str, text: str, media: Sequence[Part]
    ) -> bool:
        """Give it to the gateway of its number."""
        return await self._mms.received(carrier, FromHandset(source, destination, text, tuple(media)))

    def _check(self, request: SendRequest) -> None:
        if self._ids.left < RESERVE + len(request.destinations):
            raise Unavailable("the database gave no new message ids in time: send it again later")

    # What the board says.

    def _resumed(self) -> None:
        self._switchboard.look_again()

    def _follow(self, standing: Standing) -> None:
        had_keeper, had_members = self.keeper(), self._where.standing.members
        self._where.standing = standing
        if standing.members != had_members or self._configuration.is_behind:
            self._tasks.run(self._configuration.look([each.gateway_id for each in standing.members]))
        self._switchboard.peers.follow(standing.members)
        for limit in (self._shared_limits, self.request_limit, self.holdings.geo):
            limit.among(len(standing.members))
        if self.keeper() != had_keeper:
            self.line.moved()
        self._suspensions.repeat()
        if not self._is_dead:
            self._rounds.look([each.gateway_id for each in standing.members], is_keeper=self.is_keeper)
        self._take_what_is_ours()

    def _take_what_is_ours(self) -> None:
        if not self._is_dead:
            self._shift.look(list(self._switchboard.routes))

    def _took(self) -> None:
        self._claims.look()
        self.line.moved()

    async def _become_keeper(self) -> None:
        snapshot = self._documents.become_keeper()
        self.holdings.keeper = None
        self.holdings.complaints.restore(snapshot)
        self.announcements.restore(snapshot)
        self.registrar.restore(snapshot)
        self._suspensions.write()
        self._upkeep.look()
        self._retention.start()
        await self.media.restore()

    def settings_of(self, carrier: str) -> tuple[RouteSettings, Mm7Settings | None]:
        """How a carrier is reached by SMPP, and by MM7 if it takes MMS."""
        mms_route = self.dispatcher.mm7_routes.get(carrier)
        return self._switchboard.routes[carrier].settings, None if mms_route is None else mms_route.settings

    # Messages and documents of others.

    def _woken(self, topic: str) -> None:
        if topic == DOCUMENTS:
            if self._feed.version:  # until the start has read what is known, there is nothing to apply changes to
                self._feed.read()
        elif topic in self._where.held:
            self._claims.look()

    def _apply(self, changes: Sequence[Change]) -> None:
        """Take over what others changed; this gateway's own memory is ahead of what it wrote."""
        foreign = [each for each in changes if each.writer != self.gateway_id]
        self._documents.apply(foreign)
        self._suspensions.seen(each.key for each in foreign if each.kind == "number")
        self._take_what_is_ours()

    def _ask_keeper(self, number: str, reason: str) -> None:
        keeper = self.keeper()
        if keeper is not None:
            self._switchboard.peers.send(keeper, Suspend(number, reason))

    def _asked_to_suspend(self, number: str, reason: str) -> None:
        if self.is_keeper:
            self.holdings.suspend(number, reason)

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self._feed.read()
