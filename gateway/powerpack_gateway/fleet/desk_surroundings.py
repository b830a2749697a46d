"""What the desks of carriers ask of the gateway around them: who lives, who does what, and who said STOP."""

from collections.abc import Callable, Sequence

from powerpack_gateway.fleet.board import ACCOUNT
from powerpack_gateway.fleet.feed import Feed
from powerpack_gateway.fleet.life import Life
from powerpack_gateway.fleet.whereabouts import Whereabouts
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.shared_limits import Limit


class DeskSurroundings:
    """``Surroundings`` of a gateway; ``limits_of`` says what a number shares with others on the way to a carrier."""

    def __init__(
        self,
        where: Whereabouts,
        life: Life,
        feed: Feed,
        holdings: Holdings,
        limits_of: Callable[[str, str], Sequence[Limit]],
    ) -> None:
        self._where = where
        self._life = life
        self._feed = feed
        self._holdings = holdings
        self.limits_of = limits_of

    @property
    def gateway_id(self) -> str:
        """This gateway."""
        return self._where.gateway_id

    def is_alive(self) -> bool:
        """Whether nobody can have taken this gateway for dead."""
        return self._life.is_alive()

    def is_stopped(self, source: str, destination: str) -> bool:
        """Whether a STOP forbids this pair."""
        number, powerpack = self._holdings.numbers.get(source), self._holdings.powerpacks.owner_of(source)
        campaign_id = None if number is None else number.campaign_id
        powerpack_uuid = None if powerpack is None else powerpack.uuid
        return self._holdings.suppression.is_suppressed(source, campaign_id, powerpack_uuid, destination) is not None

    def holder_of_number(self, number: str) -> str | None:
        """The gateway that works for a number; this one for a number of nobody's."""
        return self._where.holder_of_number(number)

    def keeper(self) -> str | None:
        """The gateway that keeps the documents, or None while there is none."""
        return self._where.holder_of(ACCOUNT)

    def caught_up(self, then: Callable[[bool], None]) -> None:
        """Call when everything that is committed now is known here."""
        self._feed.caught_up(then)
