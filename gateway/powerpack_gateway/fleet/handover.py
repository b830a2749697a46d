"""The handover of one piece of work: it is taken up where whoever did it before was, and left so that another can."""

from collections.abc import Awaitable, Callable

from powerpack_gateway.fleet.board import ACCOUNT, route_lease
from powerpack_gateway.fleet.desks import Desks
from powerpack_gateway.fleet.message_work import PARK_S, MessageWork
from powerpack_gateway.fleet.switchboard import Switchboard
from powerpack_gateway.fleet.whereabouts import Whereabouts
from powerpack_gateway.ports import Journal

_A_ROUTE = route_lease("")


class Handover:
    """``become_keeper`` takes the account's documents up; ``took`` is called when something is worked at here."""

    def __init__(
        self,
        where: Whereabouts,
        switchboard: Switchboard,
        desks: Desks,
        work: MessageWork,
        *,
        become_keeper: Callable[[], Awaitable[None]],
        took: Callable[[], None],
        commit: Callable[[], Awaitable[None]],
        journal: Journal,
    ) -> None:
        self._where = where
        self._switchboard = switchboard
        self._desks = desks
        self._work = work
        self._become_keeper = become_keeper
        self._took = took
        self._commit = commit
        self._journal = journal

    async def take_up(self, name: str) -> None:
        """Go on with it. Raises StoreError."""
        messages = 0
        if name == ACCOUNT:
            await self._become_keeper()
        elif name.startswith(_A_ROUTE):
            self._switchboard.open_desk(*await self._desks.of(name.removeprefix(_A_ROUTE)))
        else:
            messages = await self._work.take_over(name)
        self._where.held.add(name)
        self._journal.record("fleet.took", lease=name, messages=messages)
        self._took()

    async def leave(self, name: str) -> None:
        """Nothing of it stays in memory here, and everything of it is on disk. Raises StoreError: then once more."""
        if name.startswith(_A_ROUTE):
            if (carrier := name.removeprefix(_A_ROUTE)) in self._switchboard.desks:  # not closed by an earlier try
                await self._switchboard.close_desk(carrier, PARK_S)
        else:
            await self._work.leave(name, self._is_in_flight)
        await self._commit()

    def _is_in_flight(self, lease: str) -> bool:
        return any(route.in_flight_of(lease) for route in self._switchboard.every_route)
