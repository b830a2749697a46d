"""The watch: tells the advisor what goes out and comes in, and the journal what it says."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from powerpack_gateway.advice import Advice, Advisor
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.messages import Message
from powerpack_gateway.numbers import Onboarding, PhoneNumber
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.throughput import PACIFIC, day_of, next_midnight

BETA_MESSAGES = 100
"""Messages after which a number in beta is generally available: a choice, since Plivo says "significant" only."""

_BETA: Final = Onboarding.BETA


class Watch:
    """One for a gateway."""

    def __init__(self, holdings: Holdings, *, clock: Clock, journal: Journal) -> None:
        self.advisor = Advisor()
        self._holdings = holdings
        self._clock = clock
        self._journal = journal
        self._day, self._day_ends = 0, 0.0
        self._of_beta: Counter[str] = Counter()

    def sends(self, messages: Iterable[Message]) -> None:
        """Messages are accepted and have their numbers; automatic answers are not the sender's words."""
        find, sent = self._holdings.numbers.get, self.advisor.sent
        segments: dict[tuple[str, str], tuple[PhoneNumber, int, float]] = {}
        for message in messages:
            number = find(message.source)
            if message.intent or number is None:
                continue
            if number.onboarding is _BETA:
                self._count_beta(number.number)
            said = sent(message.text, number, message.destination, message.created_at)
            if said:
                self._tell(said)
            line = message.powerpack_uuid or number.number, number.type._value_
            counted = segments.get(line)
            segments[line] = number, message.units + (0 if counted is None else counted[1]), message.created_at
        for (sender, _), (number, count, at) in segments.items():
            day = self._today(at)
            said = self.advisor.volume(sender, number=number.number, kind=number.type, segments=count, day=day, at=at)
            if said:
                self._tell(said)

    def hears(self, number: str, text: str) -> None:
        """A handset wrote to a number."""
        said = self.advisor.received(text, number=number, at=self._clock.now().timestamp())
        if said:
            self._tell(said)

    def _count_beta(self, number: str) -> None:
        """Enough traffic moves a number on (seed 002)."""
        self._of_beta[number] += 1
        if self._of_beta[number] >= BETA_MESSAGES and self._holdings.keeper is None:
            del self._of_beta[number]
            self._holdings.book.keep(self._holdings.numbers.graduate(number))
            self._journal.record("number.onboarded", number=number, status=Onboarding.GENERAL.value)

    def _today(self, at: float) -> int:
        if at >= self._day_ends:
            now = self._clock.now()
            self._day, self._day_ends = day_of(now, PACIFIC), next_midnight(now, PACIFIC).timestamp()
        return self._day

    def _tell(self, said: Sequence[Advice]) -> None:
        for each in said:
            self._journal.record(
                "sender.advised", rule=each.rule, found=each.found, advice=each.advice, number=each.number
            )
