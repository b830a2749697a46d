"""Faults of a carrier's ports: one of its hosts goes down, or takes connections and says nothing."""

import asyncio
import ssl
from contextlib import closing

import pytest
import trustme

from carriers.builders import ListJournal
from carriers.esme import Esme
from carriers.virtual_carrier import World, pass_time, virtually
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.door import DoorState
from powerpack_carriers.listener import Listener
from powerpack_carriers.smpp.constants import CommandStatus

TWO_HOSTS = {"listeners": (Listener(),)}


async def outcome(carrier: Carrier, listener: int) -> str:
    """What an ESME finds at a port: the status of its bind, or how far it comes."""
    try:
        esme = Esme(*await asyncio.open_connection(carrier.host, carrier.listeners[listener - 1].port))
    except ConnectionRefusedError:
        return "refused"
    async with esme:
        try:
            response = await esme.bind("trx", carrier.system_id, carrier.password)
        except TimeoutError:
            return "silent"
        except ConnectionError:
            return "reset"
        return CommandStatus(response.command_status).name


@pytest.mark.parametrize(
    ("how", "found"), [("refuse", "refused"), ("reset", "reset"), ("silent", "silent"), ("bind", "ESME_RSYSERR")]
)
def test_a_host_goes_down_and_comes_back_while_the_other_serves(how: str, found: str) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(**TWO_HOSTS) as carrier, await Esme.bound(carrier) as esme:
            ports = [listener.port for listener in carrier.listeners]
            carrier.faults.add("fail_over", how=how, from_s=10, lasts_s=60)
            await pass_time(9)
            assert carrier.bind_count == 1
            await pass_time(2)
            with pytest.raises(ConnectionError):
                await esme.receive()

            assert await outcome(carrier, 1) == found
            assert await outcome(carrier, 2) == "ESME_ROK"
            await pass_time(60)
            assert await outcome(carrier, 1) == "ESME_ROK"
            assert [listener.port for listener in carrier.listeners] == ports
            assert len(world.journal.of("fault.struck")) == (2 if how == "bind" else 1)

    virtually(scenario)


def test_sessions_at_the_other_host_go_on() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(**TWO_HOSTS) as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("fail_over", listener=2)
            await pass_time(1)

            assert (await esme.submitted()).command_status == 0
            assert await outcome(carrier, 2) == "refused"

    virtually(scenario)


@pytest.mark.parametrize("settings", [{}, {"until_s": 20}], ids=["removed", "its time is over"])
def test_a_host_is_back_when_the_fault_ends(settings: dict[str, object]) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(**TWO_HOSTS) as carrier:
            fault = carrier.faults.add("fail_over", how="silent", lasts_s=1_000, **settings)
            await pass_time(10)
            assert await outcome(carrier, 1) == "silent"
            if settings:
                await pass_time(11)
            else:
                carrier.faults.remove(fault)
                await pass_time(0.1)

            assert await outcome(carrier, 1) == "ESME_ROK"

    virtually(scenario)


def test_a_carrier_that_is_down_stops_and_starts_again_at_the_same_port() -> None:
    async def scenario(world: World) -> None:
        carrier = world.carrier()
        fault = carrier.faults.add("fail_over", from_s=5)
        async with carrier:
            port = carrier.port
            await pass_time(6)
            assert await outcome(carrier, 1) == "refused"
        carrier.faults.remove(fault)
        async with carrier:
            assert carrier.port == port
            assert await outcome(carrier, 1) == "ESME_ROK"

    virtually(scenario)


def test_a_port_that_is_silent_leaves_the_sessions_that_stand_alone() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(**TWO_HOSTS) as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("silent_port")
            await pass_time(1)

            assert [await outcome(carrier, 1), await outcome(carrier, 2)] == ["silent", "silent"]
            assert (await esme.submitted()).command_status == 0

    virtually(scenario)


def test_who_was_kept_in_silence_is_hung_up_on_when_that_ends() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier:
            fault = carrier.faults.add("silent_port")
            await pass_time(1)
            reader, writer = await asyncio.open_connection(carrier.host, carrier.port)
            writer.write(b"is anybody there?")
            await pass_time(1)
            carrier.faults.remove(fault)

            assert await asyncio.wait_for(reader.read(), 1) == b""
            writer.close()

    virtually(scenario)


@pytest.mark.parametrize("how", ["refuse", "reset", "silent"])
def test_real_sockets_do_the_same(how: str) -> None:
    """Without a clock that jumps: what the kernel says to who connects. A silent port is left after a moment."""

    async def scenario() -> None:
        async with Carrier("generic", listeners=(Listener(),)) as carrier:
            carrier.faults.add("fail_over", how=how)
            await until_found(carrier, how)
            assert await outcome(carrier, 2) == "ESME_ROK"
            carrier.faults.clear()
            await until_found(carrier, "open")

    asyncio.run(asyncio.wait_for(scenario(), 60))


async def until_found(carrier: Carrier, wanted: str) -> None:
    """Connect until the first port is as it shall be; who waits gives up."""
    while await first_found(carrier) != wanted:
        pass


async def first_found(carrier: Carrier) -> str:
    """What the first port is, by one that connects and asks nothing."""
    try:
        reader, writer = await asyncio.open_connection(carrier.host, carrier.port)
        with closing(writer):
            # An SMSC that serves says at once that this is no SMPP.
            writer.write(bytes(16))
            return "open" if await asyncio.wait_for(reader.read(100), 0.5) else "closed"
    except ConnectionRefusedError:
        return "refuse"
    except ConnectionResetError:
        return "reset"
    except TimeoutError:
        return "silent"


def test_a_share_is_drawn_by_the_clock_and_not_at_each_bind() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier:
            carrier.faults.add("fail_over", how="bind", share=0.5, every_s=20, lasts_s=10)
            found = []
            for _ in range(20):
                await pass_time(5)
                found.append({await outcome(carrier, 1) for _ in range(5)})
                await pass_time(15)

            assert {frozenset(each) for each in found} == {frozenset({"ESME_ROK"}), frozenset({"ESME_RSYSERR"})}

    virtually(scenario)


def test_a_tls_handshake_stalls() -> None:
    authority = trustme.CA()
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)

    async def scenario(world: World) -> None:
        async with world.carrier(listeners=(Listener(tls=server),)) as carrier:
            port = carrier.listeners[1].port
            fault = carrier.faults.add("silent_port", listener=2)
            await pass_time(1)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(30):
                    await asyncio.open_connection("127.0.0.1", port, ssl=client)
            carrier.faults.remove(fault)
            await pass_time(1)
            async with Esme(*await asyncio.open_connection("127.0.0.1", port, ssl=client)) as esme:
                assert (await esme.bind("trx", carrier.system_id, carrier.password)).command_status == 0

    virtually(scenario)


def test_more_than_a_silent_port_keeps_are_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powerpack_carriers.door.SILENT_MAX", 2)

    async def scenario(world: World) -> None:
        async with world.carrier() as carrier:
            carrier.faults.add("silent_port")
            await pass_time(1)
            kept = [await asyncio.open_connection(carrier.host, carrier.port) for _ in range(2)]

            assert await outcome(carrier, 1) == "reset"
            assert [reader.at_eof() for reader, _ in kept] == [False, False]
            for _, writer in kept:
                writer.close()

    virtually(scenario)


def test_of_two_faults_at_one_port_the_last_decides_and_the_first_goes_on_when_it_is_over() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier:
            carrier.faults.add("fail_over", lasts_s=300)
            carrier.faults.add("silent_port", from_s=100, until_s=200)
            found = []
            for wait_s in (10, 100, 100, 100):
                await pass_time(wait_s)
                found.append((carrier.doors[0].state, await outcome(carrier, 1)))

            assert [state.value for state, _ in found] == ["shut", "silent", "shut", "open"]
            assert [how for _, how in found] == ["refused", "silent", "refused", "ESME_ROK"]

    virtually(scenario)


@pytest.mark.parametrize("turns", range(8))
def test_a_door_that_changes_again_at_any_moment_is_what_it_was_told_last(turns: int) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier:
            (door,) = carrier.doors
            for state in (DoorState.SHUT, DoorState.SILENT, DoorState.RESETS, DoorState.OPEN, DoorState.SHUT):
                door.hold("the test", state)
                for _ in range(turns):
                    await asyncio.sleep(0)
            await pass_time(1)
            assert await outcome(carrier, 1) == "refused"
            door.let_go("the test")
            await pass_time(1)
            assert await outcome(carrier, 1) == "ESME_ROK"

    virtually(scenario)


def test_a_door_whose_port_was_lost_is_opened_again_when_that_is_free() -> None:
    errors: list[object] = []

    async def scenario(world: World) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: errors.append(context["message"]))
        async with world.carrier() as carrier:
            (door,) = carrier.doors
            port, create_server = carrier.port, loop.create_server

            async def taken(*given: object, **named: object) -> asyncio.Server:
                raise OSError("address already in use")

            loop.create_server = taken  # type: ignore[method-assign]  # somebody was faster
            door.hold("the test", DoorState.SILENT)
            await pass_time(1)
            loop.create_server = create_server  # type: ignore[method-assign]
            door.let_go("the test")
            await pass_time(1)

            assert carrier.port == port
            assert await outcome(carrier, 1) == "ESME_ROK"

    virtually(scenario)

    assert errors == ["<Door 1 127.0.0.1:20000 silent> is closed"]


def test_the_journal_is_told() -> None:
    journal = ListJournal()
    carrier = Carrier("generic", journal=journal)
    carrier.faults.add("silent_port", lasts_s=5)

    assert "'lasts_s': 5" in str(journal.of("fault.added")[0]["config"])


def test_a_port_is_open_when_a_carrier_starts_again_and_its_faults_begin_anew() -> None:
    async def scenario(world: World) -> None:
        carrier = world.carrier()
        carrier.faults.add("fail_over", from_s=30, every_s=1_000, lasts_s=100)
        async with carrier:
            await pass_time(40)
            before = carrier.doors[0].state
        async with carrier:
            again = await outcome(carrier, 1)
            await pass_time(40)

            assert (before, again) == (DoorState.SHUT, "ESME_ROK")
            assert await outcome(carrier, 1) == "refused"

    virtually(scenario)
