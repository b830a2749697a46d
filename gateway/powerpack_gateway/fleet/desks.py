"""The desks of a carrier, made when this gateway begins to work for it: one of texts, one of MMS if it has an MMSC."""

import random
from typing import Protocol

from powerpack_gateway.fleet.board import Board
from powerpack_gateway.fleet.mms_desk import MmsDesk
from powerpack_gateway.fleet.route_desk import RouteDesk, Surroundings, WatchedRoute
from powerpack_gateway.gateway import branch_of
from powerpack_gateway.mm7.route import Attachments, Mm7Route
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.throughput import PACIFIC, last_midnight


class Ways(Protocol):
    """How a carrier is reached."""

    def settings_of(self, carrier: str) -> tuple[RouteSettings, Mm7Settings | None]:
        """By SMPP, and by MM7 if it takes MMS."""
        ...


class Desks:
    """Makes them. ``around`` is the gateway."""

    def __init__(
        self,
        around: Surroundings,
        ways: Ways,
        board: Board,
        *,
        attachments: Attachments,
        clock: Clock,
        journal: Journal,
        rng: random.Random,
    ) -> None:
        self._around = around
        self._ways = ways
        self._board = board
        self._attachments = attachments
        self._clock = clock
        self._journal = journal
        self._rng = rng

    async def of(self, carrier: str) -> tuple[RouteDesk, MmsDesk | None]:
        """Those of a carrier, whose limits by the day go on; raises StoreError."""
        settings, mm7 = self._ways.settings_of(carrier)
        clock, journal, rng = self._clock, self._journal, self._rng
        desk = RouteDesk(
            lambda handler: WatchedRoute(settings, handler, clock=clock, journal=journal, rng=rng),
            self._around,
            clock=clock,
            journal=journal,
        )
        for source, _, _ in await self._board.sent_by_route(
            carrier, since=last_midnight(clock.now(), PACIFIC).timestamp()
        ):
            desk.gates.count([each for each in desk.limits_of(source) if each.rate.per_day is not None])
        return desk, None if mm7 is None else self._of_mms(mm7, desk)

    def _of_mms(self, settings: Mm7Settings, desk: RouteDesk) -> MmsDesk:
        rng = branch_of(self._rng, f"mm7 {settings.name}")
        return MmsDesk(
            lambda handler: Mm7Route(
                settings, handler, attachments=self._attachments, clock=self._clock, journal=self._journal, rng=rng
            ),
            self._around,
            gates=desk.gates,
            limits_of=desk.limits_of,
            journal=self._journal,
        )
