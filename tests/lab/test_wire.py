"""The conditions of one direction: delay, jitter, cuts, bandwidth, stalls, resets. Order is kept by all of them."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.recorder import Recorder, Script, connected, the_connection
from powerpack_lab.virtual import VirtualLoop
from powerpack_lab.wire import SEGMENT_BYTES, Conditions


def test_latency_is_spent_per_direction_and_connecting_takes_a_round_trip(loop: VirtualLoop) -> None:
    loop.network.shape("localhost", 2775, to_server=Conditions(latency_s=0.030), to_client=Conditions(latency_s=0.050))

    client, server, _ = loop.run(connected(loop, 2775))
    assert loop.time() == pytest.approx(0.080)
    client.transport.write(b"ping")
    loop.advance(0.0299)
    assert server.received == b""
    loop.advance(0.0001)

    assert server.received == b"ping"


def test_jitter_never_changes_the_order_of_bytes(loop: VirtualLoop) -> None:
    client, server, _ = loop.run(connected(loop))
    the_connection(loop).shape(to_server=Conditions(latency_s=0.01, jitter_s=0.05))
    sent = bytearray()

    for number in range(200):
        piece = b"%d," % number
        sent += piece
        client.transport.write(piece)
        loop.advance(0.001)
    loop.advance(1.0)

    assert server.received == sent


def test_chunks_with_equal_times_of_arrival_keep_their_order(loop: VirtualLoop) -> None:
    client, server, _ = loop.run(connected(loop))
    the_connection(loop).shape(to_server=Conditions(latency_s=0.05, chunk=7))
    data = bytes(range(256)) * 16

    client.transport.write(data)
    loop.advance(0.05)

    assert server.received == data


def test_chunks_are_read_one_by_one(loop: VirtualLoop) -> None:
    sizes: list[int] = []

    class Sizes(Script):
        def data(self, end: Recorder, data: bytes) -> None:
            sizes.append(len(data))

    client, _, _ = loop.run(connected(loop, script=Sizes()))
    the_connection(loop).shape(to_server=Conditions(chunk=4))

    client.transport.write(b"0123456789")
    loop.settle()

    assert sizes == [4, 4, 2]


def test_without_a_cut_what_was_written_at_one_moment_is_read_at_once(loop: VirtualLoop) -> None:
    sizes: list[int] = []

    class Sizes(Script):
        def data(self, end: Recorder, data: bytes) -> None:
            sizes.append(len(data))

    client, _, _ = loop.run(connected(loop, script=Sizes()))
    the_connection(loop).shape(to_server=Conditions(latency_s=0.05))

    for _ in range(10):
        client.transport.write(b"0123456789")
    loop.advance(1.0)

    assert sizes == [100]


def test_bandwidth_is_bits_per_second_and_spreads_the_bytes(loop: VirtualLoop) -> None:
    client, server, _ = loop.run(connected(loop))
    the_connection(loop).shape(to_server=Conditions(bandwidth_bps=8 * SEGMENT_BYTES))

    client.transport.write(bytes(10 * SEGMENT_BYTES))
    loop.advance(4.0)
    halfway = len(server.received)
    loop.advance(6.0)

    assert halfway == 4 * SEGMENT_BYTES
    assert len(server.received) == 10 * SEGMENT_BYTES


def test_a_stall_holds_everything_and_loses_nothing(loop: VirtualLoop) -> None:
    client, server, _ = loop.run(connected(loop))
    connection = the_connection(loop)
    connection.shape(to_server=Conditions(latency_s=1.0))
    client.transport.write(b"under way, ")

    connection.shape(to_server=Conditions(stalled=True))
    client.transport.write(b"written during the stall")
    client.transport.write_eof()
    loop.advance(3600.0)
    during = bytes(server.received)
    connection.shape()
    loop.settle()

    assert during == b""
    assert server.received == b"under way, written during the stall"


def test_a_stalled_address_lets_connects_hang_until_it_is_not(loop: VirtualLoop) -> None:
    loop.network.shape("localhost", 2775, to_server=Conditions(stalled=True))

    with pytest.raises(TimeoutError):
        loop.run(asyncio.wait_for(connected(loop, 2775), 10.0))

    assert loop.time() == 10.0
    assert loop.network.connections == ()


def test_a_connect_given_up_during_the_answers_way_resets_the_server(loop: VirtualLoop) -> None:
    script = Script()
    loop.network.shape("localhost", 2775, to_client=Conditions(stalled=True))

    with pytest.raises(TimeoutError):
        loop.run(asyncio.wait_for(connected(loop, 2775, script), 10.0))
    loop.settle()

    assert script.ends["server"].lost.done()
    assert script.ends["server"].log[-1] == "server lost ConnectionResetError 0"


def test_a_reset_is_heard_by_both_ends_at_once_and_loses_what_was_under_way(loop: VirtualLoop) -> None:
    client, _, _ = loop.run(connected(loop))
    connection = the_connection(loop)
    connection.shape(to_server=Conditions(latency_s=1.0))
    client.transport.write(b"lost")

    connection.reset()
    loop.settle()
    loop.advance(2.0)

    assert client.log[-2:] == ["server lost ConnectionResetError 0", "client lost ConnectionResetError 0"]
    assert loop.network.connections == ()


def test_jitter_is_each_links_own_and_other_connections_do_not_shift_it() -> None:
    def arrivals(*, disturbed: bool) -> list[float]:
        loop = VirtualLoop(seed=3)
        seen: list[float] = []

        class Times(Script):
            def data(self, end: Recorder, data: bytes) -> None:
                seen.append(loop.time())

        async def main() -> None:
            jittery = Conditions(jitter_s=0.5)
            loop.network.shape("localhost", 2775, to_server=jittery)
            loop.network.shape("localhost", 2776, to_server=jittery)
            other = (await connected(loop, 2776))[0] if disturbed else None
            client, _, _ = await connected(loop, 2775, Times())
            started = loop.time()
            for _ in range(20):
                if other is not None:
                    other.transport.write(b"noise")
                client.transport.write(b"x")
                await asyncio.sleep(1.0)
            seen[:] = [round(moment - started, 9) for moment in seen]

        loop.run(main())
        loop.shutdown()
        return seen

    assert arrivals(disturbed=False) == arrivals(disturbed=True)


def test_a_reset_during_the_handshake_ends_the_connect(loop: VirtualLoop) -> None:
    loop.network.shape("localhost", 2775, to_server=Conditions(latency_s=1.0))
    connecting = loop.create_task(connected(loop, 2775))
    loop.settle()

    the_connection(loop).reset()
    loop.settle()

    assert isinstance(connecting.exception(), ConnectionResetError)
    assert loop.network.connections == ()


ACTS = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 100_000)),
    st.tuples(st.just("advance"), st.floats(0.0, 5.0)),
    st.tuples(st.just("pause"), st.none()),
    st.tuples(st.just("resume"), st.none()),
    st.tuples(
        st.just("shape"),
        st.builds(
            Conditions,
            latency_s=st.floats(0.0, 1.0),
            jitter_s=st.floats(0.0, 1.0),
            chunk=st.sampled_from([0, 0, 100, 1000]),
            bandwidth_bps=st.sampled_from([0.0, 0.0, 1e5, 1e7]),
            stalled=st.booleans(),
        ),
    ),
)


@given(acts=st.lists(ACTS, max_size=30))
def test_whatever_the_wire_goes_through_every_byte_arrives_once_in_order_and_then_the_end(
    acts: list[tuple[str, object]],
) -> None:
    loop = VirtualLoop()
    client, server, _ = loop.run(connected(loop))
    wire = the_connection(loop).to_server
    numbers = itertools.count()
    sent = bytearray()

    for act, value in acts:
        match act, value:
            case "write", int(size):
                data = b"".join(next(numbers).to_bytes(4, "big") for _ in range(size // 4))
                sent += data
                client.transport.write(data)
            case "advance", float(seconds):
                loop.advance(seconds)
            case "shape", Conditions() as conditions:
                wire.conditions = conditions
            case "pause", _:
                server.transport.pause_reading()
            case _:
                server.transport.resume_reading()
        assert sent.startswith(server.received)
    client.transport.close()
    server.transport.resume_reading()
    wire.conditions = Conditions()
    loop.advance(3600.0)

    assert server.received == sent
    assert server.last == f"lost NoneType {len(sent)}"
    assert client.log.count("client pause_writing") == client.log.count("client resume_writing")
    assert loop.network.connections == ()
    loop.shutdown()


@pytest.mark.parametrize("name", ["latency_s", "jitter_s", "chunk", "bandwidth_bps"])
def test_conditions_below_nothing_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be 0 or more"):
        Conditions(**{name: -1})  # type: ignore[arg-type]  # the names are Conditions' own
