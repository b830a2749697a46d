"""The fellows: the other gateways, to the part that accepts; what is theirs goes to them by way of the database."""

from powerpack_gateway.fleet.backlog import Backlog
from powerpack_gateway.fleet.board import FleetStore
from powerpack_gateway.fleet.spending import Spending
from powerpack_gateway.fleet.whereabouts import Whereabouts
from powerpack_gateway.messages import Message


class FleetFellows:
    """``Fellows`` over a database that all share."""

    def __init__(self, where: Whereabouts, backlog: Backlog, spending: Spending, store: FleetStore) -> None:
        self._where = where
        self._backlog = backlog
        self._spending = spending
        self._store = store

    def work_for(self, powerpack_uuid: str | None, number: str) -> bool:
        """Whether another gateway works for a Powerpack, or none yet; for a number if no Powerpack was asked for."""
        return self._where.lease_of_sender(powerpack_uuid, number) not in self._where.held

    def give(self, message: Message) -> None:
        """Keep a new message for whoever does."""
        message.lease = self._where.lease_of(message)
        self._backlog.given(message.lease)
        self._store.insert_unclaimed(message)

    def waiting_for(self, powerpack_uuid: str | None, number: str) -> int:
        """How many messages wait for the gateway that works for it, and are in nobody's memory yet."""
        return self._backlog.of(self._where.lease_of_sender(powerpack_uuid, number))

    def handed_on(self, message: Message) -> bool:
        """Keep a message for the gateway that works for its number, if that is another one by now."""
        message.lease = self._where.lease_of(message)
        if message.lease in self._where.held:
            return False
        self.give(message)
        return True

    def broke(self) -> None:
        """A message found no credit: none of them accepts any for a while."""
        self._spending.broke()
