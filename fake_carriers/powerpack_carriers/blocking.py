"""A carrier in a thread of its own, for tests and scripts that do not await."""

import asyncio
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakKeyDictionary

from powerpack_carriers.behaviour import Behaviour
from powerpack_carriers.directory import Directory
from powerpack_carriers.errors import CarrierError
from powerpack_carriers.expectations import WITHIN_S
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.handsets import Handset, TextMessage
from powerpack_carriers.in_parts import WHOLE, InParts
from powerpack_carriers.listener import Listener
from powerpack_carriers.messages import Message
from powerpack_carriers.spam import SpamReport

if TYPE_CHECKING:
    from powerpack_carriers.carrier import Carrier
    from powerpack_carriers.faults.fault import FaultConfig
    from powerpack_carriers.faults.pipeline import ActiveFault

T = TypeVar("T")

CALL_S_MAX: Final = 60.0
"""Real seconds that a call may take beyond what it waits for: milliseconds, unless the machine is drowning."""


class _Thread:
    """A loop in a thread of its own, which lives while somebody uses it."""

    def __init__(self, name: str) -> None:
        self.users = 0
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Nobody uses it any more."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(CALL_S_MAX)
        self.loop.close()


_THREADS: Final[WeakKeyDictionary[Directory, _Thread]] = WeakKeyDictionary()
"""Carriers that share phones are in one thread: what one does to a phone the others must hear of in theirs."""

_THREADS_LOCK: Final = threading.Lock()


class BlockingCarrier:
    """What ``with Carrier(...) as carrier`` gives::

        with Carrier("tmobile") as carrier:
            client.connect(carrier.host, carrier.port, carrier.system_id, carrier.password)
            assert carrier.expect("Hello").source_addr == "12065550100"
            carrier.handset("14155550123").reply("STOP")

    All of a carrier runs in its own thread, or in that of those which it shares its ``directory`` with; ``run`` calls
    any function there, for what has no method here. What it saw, and what its phones show, can be read behind the
    ``with`` too; there is nothing to be done with it any more, which is a CarrierError.
    """

    def __init__(self, carrier: "Carrier") -> None:
        self._carrier = carrier
        self._thread: _Thread | None = None

    def __repr__(self) -> str:
        return repr(self._carrier)

    # Its life

    def start(self) -> None:
        """Listen; raises OSError where that is not possible."""
        with _THREADS_LOCK:
            thread = _THREADS.get(self._carrier.directory)
            if thread is None:
                thread = _THREADS[self._carrier.directory] = _Thread(f"carrier {self._carrier.name}")
            thread.users += 1
            self._thread = thread
        try:
            self._await(self._carrier.start())
        except BaseException:
            self._end()
            raise

    def stop(self) -> None:
        """Unbind all ESMEs, close the port, end the thread."""
        try:
            self._await(self._carrier.stop())
        finally:
            self._end()

    def run(self, function: Callable[["Carrier"], T]) -> T:
        """Call a function with the carrier, in its thread, and give what it gives. Raises CarrierError at its end."""

        async def call() -> T:
            return function(self._carrier)

        if self._has_ended:
            raise CarrierError(f"{self!r} has ended: what it saw can be read, and nothing more can happen to it")
        return self._await(call())

    def read(self, function: Callable[["Carrier"], T]) -> T:
        """The same for a function that only looks, which a carrier that has ended suffers too."""
        # Its thread is gone by then, so nobody changes what is looked at.
        return function(self._carrier) if self._has_ended else self.run(function)

    # What it is, and what it saw

    @property
    def name(self) -> str:
        """Its name."""
        return self._carrier.name

    @property
    def host(self) -> str:
        """Where it listens."""
        return self._carrier.host

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._carrier.port

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """All its ports, the first one first."""
        return self._carrier.listeners

    @property
    def system_id(self) -> str:
        """Who may bind: the first account."""
        return self._carrier.system_id

    @property
    def password(self) -> str:
        """What the first account is opened with."""
        return self._carrier.password

    @property
    def bind_count(self) -> int:
        """How many sessions are bound."""
        return self.read(lambda carrier: carrier.bind_count)

    @property
    def received(self) -> list[Message]:
        """The messages that were submitted, refused ones too, oldest first."""
        return self.read(lambda carrier: list(carrier.received))

    @property
    def texts(self) -> list[str]:
        """Their texts, parts of long ones one by one."""
        return self.read(lambda carrier: carrier.texts)

    @property
    def spam_reports(self) -> list[SpamReport]:
        """What subscribers reported."""
        return self.read(lambda carrier: list(carrier.spam_reports))

    def expect(
        self, text: str = "", *, source: str | None = None, destination: str | None = None, within: float = WITHIN_S
    ) -> Message:
        """The first message that holds ``text``, waiting for it ``within`` real seconds, refused or not.

        ``source`` and ``destination`` are its numbers, with or without plus; AssertionError says what came instead.
        """
        __tracebackhide__ = True
        if self._has_ended:
            return self._carrier.expect_at_once(text, source=source, destination=destination)
        wanted = self._carrier.expect(text, source=source, destination=destination, within=within)
        return self._await(wanted, within)

    # What it does

    def handset(self, number: str) -> "BlockingHandset":
        """The phone behind a number."""
        return BlockingHandset(self, self.read(lambda carrier: carrier.handset(number)))

    @property
    def faults(self) -> "BlockingFaults":
        """What goes wrong on purpose: ``faults.add("throttle", share=0.5)``, ``faults.clear()``, ``list()``."""
        return BlockingFaults(self)

    def add_fault(self, word: str, **settings: object) -> str:
        """Deprecated: ``faults.add``, as everywhere else."""
        _warn("add_fault", "faults.add")
        return self.faults.add(word, **settings)

    def remove_fault(self, fault_id: str) -> None:
        """Deprecated: ``faults.remove``, as everywhere else."""
        _warn("remove_fault", "faults.remove")
        self.faults.remove(fault_id)

    # Inside

    @property
    def _has_ended(self) -> bool:
        return self._thread is None

    def _await(self, work: Coroutine[Any, Any, T], within: float = 0.0) -> T:
        __tracebackhide__ = True
        assert self._thread is not None, "whoever calls has asked whether it has ended"
        return asyncio.run_coroutine_threadsafe(work, self._thread.loop).result(within + CALL_S_MAX)

    def _end(self) -> None:
        with _THREADS_LOCK:
            thread, self._thread = self._thread, None
            if thread is not None:
                thread.users -= 1
                if not thread.users:
                    del _THREADS[self._carrier.directory]
                    thread.end()


class BlockingFaults:
    """The faults of a carrier in its thread."""

    def __init__(self, carrier: BlockingCarrier) -> None:
        self._carrier = carrier

    def __repr__(self) -> str:
        return self._carrier.read(lambda carrier: repr(carrier.faults))

    def add(self, fault: "str | FaultConfig", /, **settings: object) -> str:
        """Let a fault strike from now on: its word and settings, or a config; its id. Raises FaultError."""
        return self._carrier.run(lambda carrier: carrier.faults.add(fault, **settings))

    def remove(self, fault_id: str) -> None:
        """Stop a fault. Raises FaultError for an id that is not at work."""
        self._carrier.run(lambda carrier: carrier.faults.remove(fault_id))

    def clear(self) -> None:
        """Stop all faults."""
        self._carrier.run(lambda carrier: carrier.faults.clear())

    def list(self) -> "tuple[ActiveFault, ...]":
        """Those at work, in their order; each says how often it struck."""
        return self._carrier.read(lambda carrier: carrier.faults.list())

    def __iter__(self) -> "Iterator[ActiveFault]":
        return iter(self.list())

    def __len__(self) -> int:
        return len(self.list())


class BlockingHandset:
    """A phone of a carrier in its thread."""

    def __init__(self, carrier: BlockingCarrier, handset: Handset) -> None:
        self._carrier = carrier
        self._handset = handset

    def __repr__(self) -> str:
        return repr(self._handset)

    @property
    def number(self) -> str:
        """Its digits."""
        return self._handset.number

    @property
    def inbox(self) -> list[TextMessage]:
        """The whole texts it got, oldest first."""
        return self._carrier.read(lambda _: list(self._handset.inbox))

    @property
    def texts(self) -> list[str]:
        """What they say."""
        return [each.text for each in self.inbox]

    @property
    def state(self) -> HandsetState:
        """It is ``off``, ``roaming``, ``ported`` (away), ``deactivated``, ``landline`` or ``on`` again; set it."""
        return self._handset.state

    @state.setter
    def state(self, state: HandsetState | str) -> None:
        wanted = HandsetState(state)
        self.run(lambda handset: setattr(handset, "state", wanted))

    def behave(self, *behaviours: Behaviour, ignored: Iterable[str] = ()) -> None:
        """Answer texts by itself from now on; without any: no more."""
        self.run(lambda handset: handset.behave(*behaviours, ignored=ignored))

    def reply(self, text: str, to: str | None = None, *, parts: InParts = WHOLE) -> None:
        """Send a text to ``to``, or else to whom the last text came from, in ``parts`` if told so.

        Raises HandsetError when there is nobody to answer, and where the phone has no network.
        """
        self.run(lambda handset: handset.reply(text, to, parts=parts))

    def report_spam(self, index: int = -1) -> SpamReport:
        """Report a text of the inbox as junk, the last one unless told otherwise."""
        return self.run(lambda handset: handset.report_spam(index))

    def run(self, function: Callable[[Handset], T]) -> T:
        """Call a function with the phone, in the carrier's thread."""
        return self._carrier.run(lambda _: function(self._handset))


def _warn(old: str, new: str) -> None:
    """Of a name that goes with version 1.0, at the line that has it."""
    warnings.warn(f"carrier.{old}(...) is now carrier.{new}(...)", DeprecationWarning, stacklevel=3)
