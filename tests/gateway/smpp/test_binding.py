"""A binding connects, waits and connects again, whatever becomes of the attempt."""

import asyncio
import datetime
import random
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from typing import Any, TypeVarTuple

import pytest

from powerpack_gateway.smpp.binding import Binding
from powerpack_gateway.smpp.events import Event
from powerpack_gateway.smpp.link import Link
from powerpack_gateway.smpp.session import Session
from powerpack_gateway.smpp.settings import BindKind, RouteSettings

Arguments = TypeVarTuple("Arguments")


class ScriptedLoop(asyncio.SelectorEventLoop):
    """A loop whose connections end as the test says, and which remembers where they went and how long it waited."""

    def __init__(self, outcome: Callable[[], Coroutine[Any, Any, None]]) -> None:
        super().__init__()
        self.outcome = outcome
        self.endpoints: list[tuple[str, int]] = []
        self.delays_s: list[float] = []
        self.attempts_wanted = 1
        self.reached = asyncio.Event()

    async def getaddrinfo(self, host: str, port: int, **_: object) -> list[object]:  # type: ignore[override]  # as below
        return [(0, 0, 0, "", (host, port))]

    async def create_connection(  # type: ignore[override]  # only what the binding passes
        self, factory: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> None:
        self.endpoints.append((host, port))
        if len(self.endpoints) == self.attempts_wanted:
            self.reached.set()
        await self.outcome()

    def call_later(
        self, delay: float, callback: Callable[[*Arguments], object], *args: *Arguments, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Note the delay, but do not wait."""
        self.delays_s.append(delay)
        return super().call_later(0, callback, *args, context=context)


class Journal:
    def __init__(self) -> None:
        self.reasons: list[object] = []

    def record(self, kind: str, /, **fields: object) -> None:
        assert kind == "gateway.connect_failed"
        self.reasons.append(fields["reason"])


class Nobody:
    """Owns links that never come up; also their clock."""

    def link_connected(self, link: Link) -> None:
        raise AssertionError("never connected")

    def link_events(self, link: Link, events: Sequence[Event]) -> None:
        raise AssertionError("never connected")

    def link_writable(self, link: Link) -> None:
        raise AssertionError("never connected")

    def link_lost(self, link: Link, reason: str) -> None:
        raise AssertionError("never connected")

    def now(self) -> datetime.datetime:
        raise AssertionError("never connected")

    def monotonic(self) -> float:
        raise AssertionError("never connected")


HOSTS = (("one", 1), ("two", 2))


def new(journal: Journal) -> Binding:
    settings = RouteSettings(
        name="acme", hosts=HOSTS, system_id="a", password="b", bind_timeout_s=0.01, reconnect_s_min=1, reconnect_s_max=8
    )

    def make_link() -> Link:
        session = Session(settings, kind=BindKind.TRANSCEIVER, link="acme#1", trace=trace)
        return Link(session, Nobody(), name="acme#1", close_timeout_s=1, clock=Nobody())

    return Binding(settings, make_link, journal=journal, rng=random.Random(1))


def trace(direction: str, pdus: Sequence[bytes]) -> None:
    pass


async def refused() -> None:
    raise ConnectionRefusedError(111, "refused")


async def hangs() -> None:
    await asyncio.get_running_loop().create_future()


async def breaks() -> None:
    raise ZeroDivisionError("a mistake of ours")


def run(
    outcome: Callable[[], Coroutine[Any, Any, None]],
    scenario: Callable[[ScriptedLoop, Binding, Journal], Coroutine[Any, Any, None]],
) -> None:
    loop = ScriptedLoop(outcome)
    journal = Journal()

    async def main() -> None:
        binding = new(journal)
        await scenario(loop, binding, journal)
        await binding.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main())


def test_attempts_go_to_the_hosts_in_turn_with_growing_delays() -> None:
    async def scenario(loop: ScriptedLoop, binding: Binding, journal: Journal) -> None:
        loop.attempts_wanted = 5

        binding.start()
        await loop.reached.wait()

        assert loop.endpoints[:5] == [("one", 1), ("two", 2), ("one", 1), ("two", 2), ("one", 1)]
        limits = [(1, 2), (2, 4), (4, 8), (4, 8)]
        assert all(low <= delay <= high for delay, (low, high) in zip(loop.delays_s[:4], limits, strict=True))
        assert journal.reasons[:4] == ["[Errno 111] refused"] * 4

    run(refused, scenario)


def test_a_host_that_swallows_the_connection_is_given_up() -> None:
    async def scenario(loop: ScriptedLoop, binding: Binding, journal: Journal) -> None:
        loop.attempts_wanted = 2

        binding.start()
        await loop.reached.wait()

        assert journal.reasons == ["no connection within 0.01 s"]

    run(hangs, scenario)


def test_an_attempt_under_way_is_broken_off_by_a_stop() -> None:
    async def scenario(loop: ScriptedLoop, binding: Binding, journal: Journal) -> None:
        binding.start()
        await loop.reached.wait()

        await binding.stop()

        assert (journal.reasons, loop.delays_s) == ([], [])

    run(hangs, scenario)


def test_a_stopped_binding_does_not_connect_again() -> None:
    async def scenario(loop: ScriptedLoop, binding: Binding, journal: Journal) -> None:
        await binding.stop()

        binding.lost()
        await asyncio.sleep(0)

        assert loop.endpoints == []

    run(refused, scenario)


def test_two_losses_make_one_attempt() -> None:
    async def scenario(loop: ScriptedLoop, binding: Binding, journal: Journal) -> None:
        binding.lost()
        binding.lost()

        assert len(loop.delays_s) == 1

    run(refused, scenario)


def test_refused_credentials_wait_longest_and_a_bind_makes_up_for_it() -> None:
    async def scenario(loop: ScriptedLoop, binding: Binding, journal: Journal) -> None:
        loop.attempts_wanted = 1
        binding.refused()
        binding.lost()
        await loop.reached.wait()
        assert loop.delays_s == [8]

        binding.bound()
        binding.lost()

        assert 1 <= loop.delays_s[-1] <= 2

    run(hangs, scenario)


def test_a_mistake_of_ours_is_reported_to_the_loop() -> None:
    async def scenario(loop: ScriptedLoop, binding: Binding, journal: Journal) -> None:
        reported: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _loop, context: reported.append(context))

        binding.start()
        await loop.reached.wait()
        for _ in range(3):
            await asyncio.sleep(0)

        assert [type(context["exception"]) for context in reported] == [ZeroDivisionError]

    run(breaks, scenario)


@pytest.mark.parametrize("attempts", [1, 3])
def test_the_binding_names_the_host_it_tries(attempts: int) -> None:
    async def scenario(loop: ScriptedLoop, binding: Binding, journal: Journal) -> None:
        loop.attempts_wanted = attempts

        binding.start()
        await loop.reached.wait()

        assert (binding.host, binding.port) == HOSTS[(attempts - 1) % 2]

    run(refused, scenario)
