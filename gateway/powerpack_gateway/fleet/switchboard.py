"""The switchboard: connects routes, desks and the keeper's line of this gateway with those of its peers."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from powerpack_gateway.fleet.fleet_route import FleetRoute
from powerpack_gateway.fleet.frames import (
    Acknowledged,
    Answered,
    Declined,
    Delivered,
    Frame,
    Hello,
    Proof,
    Request,
    Response,
    Returned,
    Room,
    Spent,
    Submit,
    Suspend,
    Unanswered,
    Unheard,
)
from powerpack_gateway.fleet.keeper_line import KeeperLine
from powerpack_gateway.fleet.peers import Peers
from powerpack_gateway.fleet.route_desk import RouteDesk
from powerpack_gateway.fleet.ways import OwnDesk, PeerClient, PeersDesk
from powerpack_gateway.ports import Journal


class Switchboard:
    """``keeper`` says who that is, ``suspended`` hears what peers ask the keeper to write, ``spent`` what their
    messages cost, ``lost`` that one ended."""

    def __init__(
        self,
        gateway_id: str,
        *,
        keeper: Callable[[], str | None],
        suspended: Callable[[str, str], None],
        spent: Callable[[str, Spent], None],
        lost: Callable[[], None],
        journal: Journal,
        rng: random.Random,
    ) -> None:
        self.peers = Peers(self, gateway_id=gateway_id, journal=journal, rng=rng)
        self.keeper_line = KeeperLine(gateway_id, keeper, self.peers.send, journal)
        self._gateway_id = gateway_id
        self._suspended = suspended
        self._spent = spent
        self._lost = lost
        self._routes: dict[str, FleetRoute] = {}
        self._desks: dict[str, RouteDesk] = {}

    @property
    def routes(self) -> Mapping[str, FleetRoute]:
        """Every carrier, whoever is bound to it."""
        return self._routes

    @property
    def desks(self) -> Mapping[str, RouteDesk]:
        """Those to which this gateway is bound."""
        return self._desks

    def add_route(self, route: FleetRoute) -> None:
        """A carrier of the settings."""
        self._routes[route.name] = route

    def open_desk(self, desk: RouteDesk) -> None:
        """From now on this gateway is bound to a carrier, for all of them."""
        name = desk.route.name
        self._desks[name] = desk
        self._routes[name].attach(self._gateway_id, OwnDesk(desk, self._gateway_id))
        desk.add(self._gateway_id, self._routes[name])
        for peer_id in sorted(self.peers.linked):
            desk.add(peer_id, PeerClient(self.peers, peer_id, name))
        desk.start()

    async def close_desk(self, name: str, drain_s: float) -> None:
        """Be bound to a carrier no more; another gateway will be."""
        await self._desks[name].stop(drain_s)
        del self._desks[name]
        self._routes[name].detach("another gateway is to be bound")

    def look_again(self) -> None:
        """It is certain again that this gateway lives: what waited for that goes on."""
        for desk in self._desks.values():
            desk.look_again()
        for route in self._routes.values():
            route.look_again()

    # Listener

    def peer_opened(self, peer_id: str) -> None:
        """A peer may submit through the desks here."""
        for name, desk in self._desks.items():
            desk.add(peer_id, PeerClient(self.peers, peer_id, name))
        self.keeper_line.moved()

    def peer_lost(self, peer_id: str, reason: str) -> None:
        """What was asked of a peer has no answer, and it hears none."""
        for desk in self._desks.values():
            desk.remove(peer_id)
        for route in self._routes.values():
            if route.holder == peer_id:
                route.detach(f"the gateway that was bound to {route.name} is out of reach: {reason}")
        self.keeper_line.lost(peer_id)
        self._lost()

    def peer_writable(self, peer_id: str) -> None:
        """A peer began or ceased to read."""
        for route in self._routes.values():
            if route.holder == peer_id:
                route.look_again()

    def peer_frames(self, peer_id: str, frames: Sequence[Frame]) -> None:
        """Pass each on to whom it is for; every route that heard something commits once."""
        heard: dict[str, FleetRoute] = {}
        for frame in frames:
            match frame:
                case Submit() | Acknowledged() | Declined():
                    self._to_desk(peer_id, frame)
                case Request():
                    self.keeper_line.answer(peer_id, frame)
                case Response():
                    self.keeper_line.heard(frame)
                case Suspend(number, reason):
                    self._suspended(number, reason)
                case Spent():
                    self._spent(peer_id, frame)
                case Hello() | Proof():
                    pass  # the link lets none of them through
                case _:
                    route = self._routes.get(frame.route)
                    if route is not None and self._to_route(peer_id, route, frame):
                        heard[frame.route] = route
        for route in heard.values():
            route.done()

    def _to_desk(self, peer_id: str, frame: Submit | Acknowledged | Declined) -> None:
        desk = self._desks.get(frame.route)
        match frame:
            case Submit(route, ref, submission, is_answer):
                if desk is not None:
                    desk.submit(peer_id, ref, submission, is_answer=is_answer)
                else:  # it was bound here, and no longer is
                    self.peers.send(peer_id, Room(route, 0))
                    self.peers.send(peer_id, Returned(route, ref, "", 0.0))
            case Acknowledged(_, number, status):
                if desk is not None:
                    desk.acknowledge(peer_id, number, status)
            case Declined(_, number):
                if desk is not None:
                    desk.decline(number)
            case _:
                assert_never(frame)

    def _to_route(
        self, peer_id: str, route: FleetRoute, frame: Answered | Unanswered | Returned | Room | Delivered | Unheard
    ) -> bool:
        """What a desk says; only the one to which the route is attached is heard."""
        if isinstance(frame, Room) and frame.window and route.holder != peer_id and route.name not in self._desks:
            route.attach(peer_id, PeersDesk(self.peers, peer_id, route.name))
        if route.holder != peer_id:
            return False
        match frame:
            case Answered(_, ref, status, message_id):
                route.answered(ref, status, message_id)
            case Unanswered(_, ref, reason):
                route.unanswered(ref, reason)
            case Returned(_, ref, key, wait_s):
                route.returned(ref, key, wait_s)
            case Room(_, window):
                route.room(window)
            case Delivered(_, number, delivery, is_offer):
                route.delivered(number, delivery, is_offer=is_offer)
            case Unheard(_, delivery):
                route.unheard(delivery)
            case _:
                assert_never(frame)
        return True
