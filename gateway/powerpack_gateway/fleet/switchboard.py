"""The switchboard: connects routes, desks and the line to other holders of this gateway with those of its peers."""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, assert_never

from powerpack_gateway.fleet.fleet_mms_route import FleetMmsRoute
from powerpack_gateway.fleet.fleet_route import FleetRoute
from powerpack_gateway.fleet.frames import (
    Acknowledged,
    Answered,
    Declined,
    Delivered,
    Frame,
    Hello,
    MmsAnswered,
    MmsReceived,
    MmsReported,
    Proof,
    Request,
    Response,
    Returned,
    Room,
    Spent,
    Submit,
    SubmitMms,
    Suspend,
    Unanswered,
    Unheard,
)
from powerpack_gateway.fleet.holder_line import HolderLine
from powerpack_gateway.fleet.mms_desk import MmsDesk
from powerpack_gateway.fleet.peers import Peers
from powerpack_gateway.fleet.route_desk import RouteDesk
from powerpack_gateway.fleet.ways import OwnDesk, OwnMmsDesk, PeerClient, PeerMmsClient, PeersDesk, PeersMmsDesk
from powerpack_gateway.ids import random_uuid
from powerpack_gateway.numbers import Service
from powerpack_gateway.ports import Journal
from powerpack_gateway.route_names import route_name

_FromDesk: TypeAlias = (
    Answered | Unanswered | Returned | Room | Delivered | Unheard | MmsAnswered | MmsReported | MmsReceived
)


class Switchboard:
    """``holder`` says who holds a lease, ``suspended`` hears what peers ask the keeper to write, ``spent`` what their
    messages cost, ``lost`` that one ended."""

    def __init__(
        self,
        gateway_id: str,
        *,
        holder: Callable[[str], str | None],
        suspended: Callable[[str, str], None],
        spent: Callable[[str, Spent], None],
        lost: Callable[[], None],
        journal: Journal,
        rng: random.Random,
    ) -> None:
        self.peers = Peers(self, gateway_id=gateway_id, journal=journal, rng=rng)
        self.line = HolderLine(
            gateway_id, holder, self.peers.send, journal, new_uuid=lambda: random_uuid(rng.getrandbits(128))
        )
        self._gateway_id = gateway_id
        self._suspended = suspended
        self._spent = spent
        self._lost = lost
        self._routes: dict[str, FleetRoute] = {}
        self._mms_routes: dict[str, FleetMmsRoute] = {}
        self._desks: dict[str, RouteDesk] = {}
        self._mms_desks: dict[str, MmsDesk] = {}

    @property
    def routes(self) -> Mapping[str, FleetRoute]:
        """Every carrier, whoever is bound to it."""
        return self._routes

    @property
    def desks(self) -> Mapping[str, RouteDesk]:
        """Those of texts, by carrier."""
        return self._desks

    @property
    def every_route(self) -> Sequence[FleetRoute | FleetMmsRoute]:
        """Those of texts and those of MMS."""
        return [*self._routes.values(), *self._mms_routes.values()]

    @property
    def every_desk(self) -> Sequence[RouteDesk | MmsDesk]:
        """Those of the carriers for which this gateway works."""
        return [*self._desks.values(), *self._mms_desks.values()]

    def mms_desk(self, carrier: str) -> MmsDesk | None:
        """The desk of a carrier's MMS, if this gateway works for the carrier."""
        return self._mms_desks.get(route_name(carrier, Service.MMS))

    def add_route(self, route: FleetRoute) -> None:
        """A carrier of the settings."""
        self._routes[route.name] = route

    def add_mms_route(self, route: FleetMmsRoute) -> None:
        """A carrier of the settings that takes MMS."""
        self._mms_routes[route.name] = route

    def open_desk(self, desk: RouteDesk, mms_desk: MmsDesk | None) -> None:
        """From now on this gateway is bound to a carrier, for all of them."""
        name = desk.route.name
        self._desks[name] = desk
        self._routes[name].attach(self._gateway_id, OwnDesk(desk, self._gateway_id))
        desk.add(self._gateway_id, self._routes[name])
        if mms_desk is not None:
            self._open_mms_desk(mms_desk)
        for peer_id in sorted(self.peers.linked):
            self._introduce(peer_id, [name])
        desk.start()

    def _open_mms_desk(self, desk: MmsDesk) -> None:
        name = desk.route.name
        self._mms_desks[name] = desk
        self._mms_routes[name].attach(self._gateway_id, OwnMmsDesk(desk, self._gateway_id))
        desk.add(self._gateway_id, self._mms_routes[name])
        desk.start()

    async def close_desk(self, name: str, drain_s: float) -> None:
        """Be bound to a carrier no more; another gateway will be."""
        mms_name = route_name(name, Service.MMS)
        async with asyncio.TaskGroup() as closing:
            closing.create_task(self._desks[name].stop(drain_s))
            if mms_name in self._mms_desks:
                closing.create_task(self._mms_desks[mms_name].stop(drain_s))
        del self._desks[name]
        self._routes[name].detach("another gateway is to be bound")
        if self._mms_desks.pop(mms_name, None) is not None:
            self._mms_routes[mms_name].detach("another gateway is to work for the carrier")

    def _introduce(self, peer_id: str, carriers: Iterable[str]) -> None:
        """A peer may submit through desks of these carriers."""
        for carrier in carriers:
            self._desks[carrier].add(peer_id, PeerClient(self.peers, peer_id, carrier))
            mms_desk = self.mms_desk(carrier)
            if mms_desk is not None:
                mms_desk.add(peer_id, PeerMmsClient(self.peers, peer_id, mms_desk.route.name))

    def look_again(self) -> None:
        """It is certain again that this gateway lives: what waited for that goes on."""
        for each in (*self.every_desk, *self.every_route):
            each.look_again()

    # Listener

    def peer_opened(self, peer_id: str) -> None:
        """A peer may submit through the desks here."""
        self._introduce(peer_id, self._desks)
        self.line.moved()

    def peer_lost(self, peer_id: str, reason: str) -> None:
        """What was asked of a peer has no answer, and it hears none."""
        for desk in self.every_desk:
            desk.remove(peer_id)
        for route in self.every_route:
            if route.holder == peer_id:
                route.detach(f"the gateway that was bound to {route.name} is out of reach: {reason}")
        self.line.lost(peer_id)
        self._lost()

    def peer_writable(self, peer_id: str) -> None:
        """A peer began or ceased to read."""
        for route in self.every_route:
            if route.holder == peer_id:
                route.look_again()

    def peer_frames(self, peer_id: str, frames: Sequence[Frame]) -> None:
        """Pass each on to whom it is for; every route that heard something commits once."""
        heard: dict[str, FleetRoute | FleetMmsRoute] = {}
        for frame in frames:
            match frame:
                case Submit() | SubmitMms() | Acknowledged() | Declined():
                    self._to_desk(peer_id, frame)
                case Request():
                    self.line.answer(peer_id, frame)
                case Response():
                    self.line.heard(frame)
                case Suspend(number, reason):
                    self._suspended(number, reason)
                case Spent():
                    self._spent(peer_id, frame)
                case Hello() | Proof():
                    pass  # the link lets none of them through
                case _:
                    route = self._to_route(peer_id, frame)
                    if route is not None:
                        heard[frame.route] = route
        for route in heard.values():
            route.done()

    def _to_desk(self, peer_id: str, frame: Submit | SubmitMms | Acknowledged | Declined) -> None:
        desk, mms_desk = self._desks.get(frame.route), self._mms_desks.get(frame.route)
        match frame:
            case Submit(_, ref, submission, is_answer) if desk is not None:
                desk.submit(peer_id, ref, submission, is_answer=is_answer)
            case SubmitMms(_, ref, mms) if mms_desk is not None:
                mms_desk.submit(peer_id, ref, mms)
            case Submit(route, ref) | SubmitMms(route, ref):  # it was bound here, and no longer is
                self.peers.send(peer_id, Room(route, 0))
                self.peers.send(peer_id, Returned(route, ref, "", 0.0))
            case Acknowledged(_, number, status):
                if (asked := desk or mms_desk) is not None:
                    asked.acknowledge(peer_id, number, status)
            case Declined(_, number):
                if (asked := desk or mms_desk) is not None:
                    asked.decline(number)
            case _:
                assert_never(frame)

    def _to_route(self, peer_id: str, frame: _FromDesk) -> FleetRoute | FleetMmsRoute | None:
        """What a desk says; only the one to which a route is attached is heard. Returns the route that heard it."""
        route, mms_route = self._routes.get(frame.route), self._mms_routes.get(frame.route)
        if route is not None:
            if _begins(frame) and route.holder != peer_id and route.name not in self._desks:
                route.attach(peer_id, PeersDesk(self.peers, peer_id, route.name))
            if route.holder == peer_id and _heard(route, frame):
                return route
        elif mms_route is not None:
            if _begins(frame) and mms_route.holder != peer_id and mms_route.name not in self._mms_desks:
                mms_route.attach(peer_id, PeersMmsDesk(self.peers, peer_id, mms_route.name))
            if mms_route.holder == peer_id and _mms_heard(mms_route, frame):
                return mms_route
        return None


def _begins(frame: _FromDesk) -> bool:
    """Whether a desk says that it may be submitted to."""
    return isinstance(frame, Room) and frame.window > 0


def _heard(route: FleetRoute, frame: _FromDesk) -> bool:
    """Tell a route what its desk says; False for what no desk of texts says."""
    match frame:
        case Answered(_, ref, status, message_id):
            route.answered(ref, status, message_id)
        case Delivered(_, number, delivery, is_offer):
            route.delivered(number, delivery, is_offer=is_offer)
        case Unheard(_, delivery):
            route.unheard(delivery)
        case Unanswered() | Returned() | Room():
            _said_by_both(route, frame)
        case _:
            return False
    return True


def _mms_heard(route: FleetMmsRoute, frame: _FromDesk) -> bool:
    """The same for a route of MMS."""
    match frame:
        case MmsAnswered(_, ref, answer):
            route.answered(ref, answer)
        case MmsReported(_, number, receipt, is_offer):
            route.reported(number, receipt, is_offer=is_offer)
        case MmsReceived(_, number, mms):
            route.received(number, mms)
        case Unanswered() | Returned() | Room():
            _said_by_both(route, frame)
        case _:
            return False
    return True


def _said_by_both(route: FleetRoute | FleetMmsRoute, frame: Unanswered | Returned | Room) -> None:
    match frame:
        case Unanswered(_, ref, reason):
            route.unanswered(ref, reason)
        case Returned(_, ref, key, wait_s):
            route.returned(ref, key, wait_s)
        case Room(_, window):
            route.room(window)
        case _:
            assert_never(frame)
