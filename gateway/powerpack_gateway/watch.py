"""The watch: tells the advisor what goes out and comes in, and the journal what it says."""

from powerpack_gateway.advice import Advice, Advisor
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.messages import Message
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.throughput import PACIFIC, day_of, next_midnight


class Watch:
    """One for a gateway."""

    def __init__(self, holdings: Holdings, *, clock: Clock, journal: Journal) -> None:
        self.advisor = Advisor()
        self._holdings = holdings
        self._clock = clock
        self._journal = journal
        self._day, self._day_ends = 0, 0.0

    def sends(self, message: Message) -> None:
        """A message is accepted and has its number; automatic answers are not the sender's words."""
        number = self._holdings.numbers.get(message.source)
        if message.intent or number is None:
            return
        at = message.created_at
        said = self.advisor.sent(
            message.text,
            number=number.number,
            handset=message.destination,
            kind=number.type,
            campaign_id=number.campaign_id,
            at=at,
        )
        said += self.advisor.volume(
            message.powerpack_uuid or number.number,
            number=number.number,
            kind=number.type,
            segments=message.units,
            day=self._today(at),
            at=at,
        )
        if said:
            self._tell(said)

    def hears(self, number: str, text: str) -> None:
        """A handset wrote to a number."""
        said = self.advisor.received(text, number=number, at=self._clock.now().timestamp())
        if said:
            self._tell(said)

    def _today(self, at: float) -> int:
        if at >= self._day_ends:
            now = self._clock.now()
            self._day, self._day_ends = day_of(now, PACIFIC), next_midnight(now, PACIFIC).timestamp()
        return self._day

    def _tell(self, said: list[Advice]) -> None:
        for each in said:
            self._journal.record(
                "sender.advised", rule=each.rule, found=each.found, advice=each.advice, number=each.number
            )
