"""Several hosts of one carrier: the route goes on at the next one, and comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.smpp.smsc import HELLO, SUBMIT, Peer, Setup, Smsc, polite, polite_except, refuses_binds, run


class Host:
    """One of the carrier's hosts; it can die, and come back on the same port."""

    def __init__(self, smsc: Smsc) -> None:
        self.smsc = smsc
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, on the same port as before."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Peer(self.smsc), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def die(self) -> None:
        """Every connection ends, and nobody answers any more."""
        if self._server is not None:
            self._server.close()
            for peer in self.smsc.peers:
                if peer.is_open:
                    peer.close()
            await self._server.wait_closed()
            self._server = None

    @property
    def has_link(self) -> bool:
        """Whether a link is there now."""
        return any(peer.is_open for peer in self.smsc.peers)


@asynccontextmanager
async def two_hosts(**changes: object) -> AsyncIterator[tuple[Host, Host, Setup]]:
    """Both are up."""
    changed = Smsc(polite)
    first, second = Host(changed), Host(Smsc(polite))
    second.smsc.changed = changed.changed
    await first.start()
    await second.start()
    made = Setup(changed, {"hosts": (("127.0.0.1", first.port), ("127.0.0.1", second.port)), **changes})
    try:
        yield first, second, made
    finally:
        await made.route.stop(0.05)
        await first.die()
        await second.die()


def test_the_first_host_is_used_while_it_is_there() -> None:
    async def scenario() -> None:
        async with two_hosts() as (first, second, made):
            await made.bound()

            assert (first.has_link, second.smsc.peers) == (True, [])

    run(scenario)


def test_a_first_host_that_is_dead_from_the_start_is_passed_over() -> None:
    async def scenario() -> None:
        async with two_hosts() as (first, second, made):
            await first.die()

            await made.bound()

            assert second.has_link
            assert [each["port"] for each in made.journal.of("gateway.connect_failed")] == [first.port]

    run(scenario)


def test_when_the_first_host_dies_the_second_takes_over_and_what_was_unanswered_is_unknown() -> None:
    async def scenario() -> None:
        async with two_hosts() as (first, second, made):
            first.smsc.script = polite_except(SUBMIT)
            await made.bound()
            made.route.submit(HELLO, "a")
            await made.until(lambda: first.smsc.peers[0].sequences(SUBMIT) == [2])

            await first.die()
            await made.until(lambda: made.route.is_bound and second.has_link)
            made.route.submit(HELLO, "a")
            await made.until(lambda: ("answered", "a", 0, "2") in made.handler.calls)

            assert [call[:2] for call in made.handler.calls if call[0] == "unknown"] == [("unknown", "a")]
            assert [each["port"] for each in made.journal.of("gateway.connected")] == [first.port, second.port]

    run(scenario)


def test_a_host_that_came_back_is_used_again_when_the_other_dies() -> None:
    async def scenario() -> None:
        async with two_hosts() as (first, second, made):
            await made.bound()
            await first.die()
            await made.until(lambda: made.route.is_bound and second.has_link)
            await first.start()

            await second.die()
            await made.until(lambda: made.route.is_bound and first.has_link)

            ports = [each["port"] for each in made.journal.of("gateway.connected")]
            assert ports == [first.port, second.port, first.port]

    run(scenario)


def test_no_host_at_all_is_tried_ever_more_rarely_in_turn() -> None:
    async def scenario() -> None:
        async with two_hosts() as (first, second, made):
            await first.die()
            await second.die()
            made.route.start()
            await made.until(lambda: len(made.journal.of("gateway.connect_failed")) == 6)

            tried = [each["port"] for each in made.journal.of("gateway.connect_failed")]
            assert tried[:6] == [first.port, second.port] * 3

    run(scenario)


@pytest.mark.parametrize("binds", [1, 3])
def test_wrong_credentials_are_one_alarm_however_often_and_on_however_many_links(binds: int) -> None:
    async def scenario() -> None:
        async with two_hosts(binds=binds) as (first, second, made):
            first.smsc.script = second.smsc.script = refuses_binds(0x0E)
            made.route.start()
            await made.until(lambda: len(made.journal.of("gateway.bind_refused")) >= 3 * binds)

            alarms = [each["alarm"] for each in made.journal.of("gateway.bind_refused")]
            assert alarms[0] is True
            assert not any(alarms[1:])

            first.smsc.script = second.smsc.script = polite
            await made.until(lambda: made.route.is_bound)
            first.smsc.script = second.smsc.script = refuses_binds(0x0E)
            await first.die()
            await first.start()
            await second.die()
            await second.start()
            await made.until(lambda: sum(bool(each["alarm"]) for each in made.journal.of("gateway.bind_refused")) == 2)

    run(scenario)
