"""The faults of one carrier, applied in the order in which they were added."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from powerpack_carriers.errors import FaultError
from powerpack_carriers.faults.fault import (
    BindFault,
    Fault,
    FaultConfig,
    MmsAnswerFault,
    MmsAnswerPlan,
    ReceiptFault,
    ReceiptPlan,
    SubmitFault,
    TextFault,
    TextPlan,
)
from powerpack_carriers.faults.places import EndingFault, Hands, Wire
from powerpack_carriers.faults.timed import Clockwork, TimedFaultConfig
from powerpack_carriers.faults.wire import WireFilter
from powerpack_carriers.messages import Message
from powerpack_carriers.ports import Journal
from powerpack_carriers.settings import plain_settings
from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.smpp.events import Bind
from powerpack_carriers.timeline import Action

if TYPE_CHECKING:
    from powerpack_carriers.smsc_handler import LinkFilter

FAULTS_MAX: Final = 100
"""Each one costs time on every message; a scenario has a handful."""

_ONE_NOW: Final = ReceiptPlan()
_TEXT_NOW: Final = TextPlan()


@dataclass(slots=True, kw_only=True)
class ActiveFault:
    """A fault at work: ``fault_id`` removes it, ``struck`` counts the cases that it met."""

    fault_id: str
    config: FaultConfig
    fault: Fault
    dice: Random
    added_at: float
    struck: int = 0
    winding: int = 0
    """How often its schedule began."""

    def is_on(self, now: float) -> bool:
        """Whether its time is now."""
        return self.config.from_s <= now - self.added_at < self.config.until_s

    def is_due(self, now: float) -> bool:
        """Whether its time is now and its share of the cases includes this one."""
        share = self.config.share
        if not self.is_on(now) or (share < 1.0 and self.dice.random() >= share):
            return False
        self.struck += 1
        return True

    def __repr__(self) -> str:
        return f"<{self.fault_id} struck {self.struck}: {self.config}>"


class Faults:
    """Add and remove faults while the carrier runs; iterate over those at work.

    Each draws from a stream of its own, named by its id, so that one more does not shift the others.
    """

    def __init__(self, carrier: str, *, seed: int, journal: Journal, now: Callable[[], float]) -> None:
        self._carrier = carrier
        self._seed = seed
        self._journal = journal
        self._now = now
        self._counts: dict[str, int] = {}
        self._active: dict[str, ActiveFault] = {}
        self.by_id: Mapping[str, ActiveFault] = self._active
        """Those at work; to look at whether it is empty costs less than to ask for a length."""
        self._on_bind: tuple[tuple[ActiveFault, BindFault], ...] = ()
        self._on_submit: tuple[tuple[ActiveFault, SubmitFault], ...] = ()
        self._on_receipt: tuple[tuple[ActiveFault, ReceiptFault], ...] = ()
        self._on_text: tuple[tuple[ActiveFault, TextFault], ...] = ()
        self._on_mms_answer: tuple[tuple[ActiveFault, MmsAnswerFault], ...] = ()
        self._wire = WireFilter(now=now, struck=lambda active, link: self._struck(active, link=link))
        self._filters: list[LinkFilter] = []
        self._hands: Hands | None = None
        self._clockwork: Clockwork | None = None
        self._is_started = False

    def attach(self, *, filters: "list[LinkFilter]", hands: Hands, plan: Callable[[float, Action], None]) -> None:
        """Give faults a carrier to strike: filters of its connections, hands, and a plan of actions by the clock."""
        self._filters, self._hands = filters, hands
        self._clockwork = Clockwork(
            hands=hands,
            plan=plan,
            struck=self._struck,
            is_at_work=lambda active: self._active.get(active.fault_id) is active,
        )

    def add(self, fault: str | FaultConfig, /, **settings: object) -> str:
        """Let a fault strike from now on; its id, such as ``throttle-1``.

        Give its word and its settings, or a config, which may be of your own making. Raises FaultError.
        """
        if isinstance(fault, str):
            # All thirty of them at once, and most tests of users want none: imported with the first.
            from powerpack_carriers.faults.registry import fault_config

            config = fault_config(fault, settings)
        else:
            config = fault
        if len(self._active) >= FAULTS_MAX:
            raise FaultError(f"{self._carrier} has {FAULTS_MAX} faults, which is the most; remove one first")
        if self._hands is not None and (problem := config.misfit(len(self._hands.doors))):
            raise FaultError(f"fault {config.word!r}: {problem}")
        number = self._counts[config.word] = self._counts.get(config.word, 0) + 1
        fault_id = f"{config.word}-{number}"
        stream = f"{self._seed}:{self._carrier}:fault:{fault_id}"
        active = self._active[fault_id] = ActiveFault(
            fault_id=fault_id,
            config=config,
            fault=config.build(Random(f"{stream}:own")),
            dice=Random(stream),
            added_at=self._now(),
        )
        self._sort()
        self._journal.record("fault.added", carrier=self._carrier, fault=fault_id, config=plain_settings(config))
        if self._is_started and self._clockwork is not None:
            self._clockwork.wind(active)
        return fault_id

    def remove(self, fault_id: str) -> None:
        """Stop a fault. Raises FaultError for an id that is not at work."""
        if fault_id not in self._active:
            raise FaultError(f"{self._carrier} has no fault {fault_id!r}; it has {', '.join(self._active) or 'none'}")
        active = self._active.pop(fault_id)
        self._sort()
        if isinstance(active.fault, EndingFault):
            active.fault.on_end()
        self._journal.record("fault.removed", carrier=self._carrier, fault=fault_id)

    def clear(self) -> None:
        """Stop all of them."""
        for fault_id in list(self._active):
            self.remove(fault_id)

    def list(self) -> tuple[ActiveFault, ...]:
        """Those at work, in their order."""
        return tuple(self._active.values())

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(self.list())

    def __len__(self) -> int:
        return len(self._active)

    def started(self, now: float) -> None:
        """The carrier starts: the schedules of faults that were added before begin now."""
        self._is_started = True
        for active in self._active.values():
            active.added_at = now
            if self._clockwork is not None:
                self._clockwork.wind(active)

    def stopped(self) -> None:
        """The carrier has stopped: what they hold is let go, as their schedules begin anew with the next start."""
        self._is_started = False
        for active in self._active.values():
            if isinstance(active.fault, EndingFault):
                active.fault.on_end()

    # For the carrier

    def on_bind(self, bind: Bind, wire: Wire, now: float) -> int:
        """The status of the first fault that refuses; ESME_ROK when none does."""
        for active, fault in self._on_bind:
            # What strikes by the clock has drawn its share there.
            is_due = active.is_on(now) if isinstance(active.config, TimedFaultConfig) else active.is_due(now)
            if is_due and (status := fault.on_bind(bind, wire)) != CommandStatus.ESME_ROK:
                self._struck(active, system_id=bind.system_id)
                return status
        return CommandStatus.ESME_ROK

    def on_submit(self, message: Message, now: float) -> None:
        """Let faults change how a message is answered and how it ends."""
        for active, fault in self._on_submit:
            if active.config.concerns(message) and active.is_due(now):
                fault.on_submit(message)
                self._struck(active, source=message.source_addr, destination=message.destination_addr)

    def on_receipt(self, message: Message, now: float) -> ReceiptPlan:
        """How often and how late a receipt is sent."""
        if not self._on_receipt:
            return _ONE_NOW
        plan = ReceiptPlan()
        for active, fault in self._on_receipt:
            if active.config.concerns(message) and active.is_due(now):
                fault.on_receipt(message, plan)
                self._struck(active, message_id=message.message_id)
        return plan

    def on_text(self, source: str, destination: str, now: float) -> TextPlan:
        """How often and how late a text from a phone is sent, or one part of it; numbers in digits."""
        if not self._on_text:
            return _TEXT_NOW
        plan = TextPlan()
        for active, fault in self._on_text:
            if active.config.concerns_parties(source, destination) and active.is_due(now):
                fault.on_text(plan)
                self._struck(active, source=source, destination=destination)
        return plan

    def on_mms_answer(self, message: Message, plan: MmsAnswerPlan, now: float) -> None:
        """Let faults change how the SubmitReq of an MMS is answered."""
        for active, fault in self._on_mms_answer:
            if active.config.concerns(message) and active.is_due(now):
                fault.on_mms_answer(message, plan)
                self._struck(active, source=message.source_addr, destination=message.destination_addr)

    def _struck(self, active: ActiveFault, **what: object) -> None:
        self._journal.record("fault.struck", carrier=self._carrier, fault=active.fault_id, **what)

    def _sort(self) -> None:
        """Keep for each place the faults that have its method."""
        faults = [(active, active.fault) for active in self._active.values()]
        self._on_bind = tuple([(active, fault) for active, fault in faults if isinstance(fault, BindFault)])
        self._on_submit = tuple([(active, fault) for active, fault in faults if isinstance(fault, SubmitFault)])
        self._on_receipt = tuple([(active, fault) for active, fault in faults if isinstance(fault, ReceiptFault)])
        self._on_text = tuple([(active, fault) for active, fault in faults if isinstance(fault, TextFault)])
        self._on_mms_answer = tuple([(active, fault) for active, fault in faults if isinstance(fault, MmsAnswerFault)])
        self._wire.sort(self._active.values())
        is_there = self._wire in self._filters
        if self._wire.is_idle is is_there:
            # It costs each read and each write something, so it stands there only while it has work.
            (self._filters.remove if is_there else self._filters.append)(self._wire)

    def __repr__(self) -> str:
        return f"<Faults {', '.join(self._active) or 'none'}>"
