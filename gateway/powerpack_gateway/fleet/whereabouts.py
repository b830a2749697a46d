"""Whereabouts: which gateway works for what, as far as is known here."""

from powerpack_gateway.fleet.board import ACCOUNT, NUMBERS, Standing, powerpack_lease, route_lease
from powerpack_gateway.fleet.ownership import share, winner
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.nanp import parse_national


class Whereabouts:
    """``held`` is what this gateway works at: it has the lease, and has taken everything up. ``standing`` is the
    board's last word."""

    def __init__(self, gateway_id: str, holdings: Holdings) -> None:
        self.gateway_id = gateway_id
        self.standing = Standing()
        self.held: set[str] = set()
        self._holdings = holdings

    def holder_of(self, lease: str) -> str | None:
        """The gateway that works at it; None while nobody does, or takes it up."""
        if lease in self.held:
            return self.gateway_id
        found = self.standing.leases.get(lease)
        return None if found is None or found.holder == self.gateway_id else found.holder

    def holder_of_number(self, number: str) -> str | None:
        """The gateway that works for a number, which carriers may write without its country code; this one for a number
        of nobody's."""
        for written in (number, parse_national(number) or ""):
            if self._holdings.numbers.get(written) is not None:
                return self.holder_of(self.lease_of_number(written))
        return self.gateway_id

    def lease_of_number(self, number: str) -> str:
        """The lease of a number's Powerpack, or of the numbers in none."""
        powerpack = self._holdings.powerpacks.owner_of(number)
        return powerpack_lease(None if powerpack is None else powerpack.uuid)

    def lease_of_sender(self, powerpack_uuid: str | None, number: str) -> str:
        """The lease of a Powerpack, or of a number if no Powerpack was asked for."""
        return self.lease_of_number(number) if powerpack_uuid is None else powerpack_lease(powerpack_uuid)

    def lease_of(self, message: Message) -> str:
        """The lease under which a new message is worked at: who paces its number must be one."""
        if message.powerpack_uuid is not None:
            return powerpack_lease(message.powerpack_uuid)
        is_outbound = message.direction is Direction.OUTBOUND
        return self.lease_of_number(message.source if is_outbound else message.destination)

    def messages_leases(self) -> list[str]:
        """What this gateway works at that has messages: not the account, and no route."""
        return sorted(name for name in self.held if name != ACCOUNT and not name.startswith(route_lease("")))

    def unwanted(self) -> str | None:
        """Something that this gateway works at and another live one should, or None.

        The account stays where it is: to move it gains nothing.
        """
        for name in sorted(self.held - {ACCOUNT}):
            if winner(name, self.standing.members) != self.gateway_id:
                return name
        return None

    def wanted(self, routes: list[str]) -> list[str]:
        """What this gateway should acquire or take up now: its share of what nobody holds, and what it has and does not
        work at yet, as when the database failed in between."""
        leases, me = self.standing.leases, self.gateway_id
        names = {ACCOUNT, NUMBERS, *map(route_lease, routes)}
        names |= {powerpack_lease(each.uuid) for each in self._holdings.powerpacks}
        # Those of Powerpacks that are gone, too: their messages still have to end.
        names |= {name for name in (*self.standing.unheld, *leases) if name.startswith(powerpack_lease(""))}
        free = [name for name in share(names, self.standing.members, me) if name not in leases]
        begun = [name for name in sorted(names & leases.keys() - self.held) if leases[name].holder == me]
        return free + begun
