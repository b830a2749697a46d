"""Acts out the behaviours of one carrier's phones."""

from collections.abc import Callable
from functools import partial

from powerpack_carriers.behaviour import Act, Behaviour
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.handsets import Handset, TextMessage
from powerpack_carriers.ports import Journal
from powerpack_carriers.spam import SPAM_NUMBER
from powerpack_carriers.timeline import Action


class Habits:
    """``plan`` has an action called at a moment of monotonic seconds."""

    def __init__(self, carrier: str, *, plan: Callable[[float, Action], None], journal: Journal) -> None:
        self._carrier = carrier
        self._plan = plan
        self._journal = journal
        self.waiting = 0
        """How many things phones are about to do."""

    def see(self, handset: Handset, now: float) -> None:
        """A phone with behaviours has got a text."""
        shown = handset.inbox[-1]
        for behaviour in handset.due_behaviours(shown.text):
            self._wait(now + behaviour.after_s, partial(self._act, handset, behaviour, shown))

    def _wait(self, until: float, action: Action) -> None:
        self.waiting += 1
        self._plan(until, action)

    def _act(self, handset: Handset, behaviour: Behaviour, shown: TextMessage, now: float) -> None:
        self.waiting -= 1
        try:
            match behaviour.act:
                case Act.REPLY:
                    handset.reply(behaviour.words(handset.dice), shown.from_number, parts=behaviour.parts)
                case Act.REPORT_SPAM:
                    handset.report(shown)
                case Act.FORWARD_SPAM:
                    handset.reply(shown.text, SPAM_NUMBER)
                    self._wait(now + behaviour.after_s, partial(self._name_sender, handset, shown))
        except HandsetError as error:
            self._failed(handset, behaviour.act, error)

    def _name_sender(self, handset: Handset, shown: TextMessage, now: float) -> None:
        self.waiting -= 1
        try:
            handset.reply(shown.from_number, SPAM_NUMBER)
        except HandsetError as error:
            self._failed(handset, Act.FORWARD_SPAM, error)

    def _failed(self, handset: Handset, act: Act, error: HandsetError) -> None:
        # It was switched off meanwhile, perhaps.
        self._journal.record(
            "handset.act_failed", number=handset.number, carrier=self._carrier, act=str(act), error=str(error)
        )
