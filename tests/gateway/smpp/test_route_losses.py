"""A route that loses a link, and how it stops."""

import asyncio

import pytest

from gateway.smpp.smsc import (
    BINDS,
    ENQUIRE,
    HELLO,
    RESP,
    SUBMIT,
    UNBIND,
    closed_port,
    pdu,
    polite_except,
    run,
    run_virtually,
    setup,
)
from gateway.smpp.timers import next_timer_s
from powerpack_gateway.smpp.errors import WindowFull

# Losing a link.


def test_a_closed_connection_is_made_again() -> None:
    async def scenario() -> None:
        async with setup(polite_except(SUBMIT)) as made:
            await made.bound()
            made.route.submit(HELLO, "a")
            await made.until(lambda: made.peer.sequences(SUBMIT) == [2])

            made.peer.close()
            await made.until(lambda: made.handler.ready == 2)

            assert ("unknown", "a", "the carrier closed the connection") in made.handler.calls
            (disconnected,) = made.journal.of("gateway.disconnected")
            assert disconnected == {"route": "acme", "link": "acme#1", "reason": "the carrier closed the connection"}
            assert [bound["link"] for bound in made.journal.of("gateway.bound")] == ["acme#1", "acme#2"]

    run_virtually(scenario)


def test_the_carriers_unbind_with_a_full_window() -> None:
    async def scenario() -> None:
        async with setup(polite_except(SUBMIT), window=3, unbind_timeout_s=5.0) as made:
            await made.bound()
            for token in "abc":
                made.route.submit(HELLO, token)
            await made.until(lambda: made.peer.sequences(SUBMIT) == [2, 3, 4])
            made.handler.calls.clear()

            first = made.peer
            first.send(pdu(UNBIND, 9) + pdu(SUBMIT | RESP, 3, body=b"x\0"))
            await made.until(lambda: first.sequences(UNBIND | RESP) == [9])
            await made.until(lambda: len(made.handler.calls) == 2)
            assert (made.route.is_bound, made.route.window_free) == (False, 0)
            first.close()
            await made.until(lambda: made.handler.ready == 2)

            assert made.handler.calls[:5] == [
                ("answered", "b", 0, "x"),
                ("batch done",),
                ("unknown", "a", "the carrier unbound"),
                ("unknown", "c", "the carrier unbound"),
                ("batch done",),
            ]

    run_virtually(scenario)


def test_a_carrier_that_unbinds_but_never_closes_is_left() -> None:
    async def scenario() -> None:
        async with setup(unbind_timeout_s=0.01) as made:
            await made.bound()

            made.peer.send(pdu(UNBIND, 9))
            await made.until(lambda: made.handler.ready == 2)

            (disconnected,) = made.journal.of("gateway.disconnected")
            assert disconnected["reason"] == "the carrier unbound and did not close within 0.01 s"

    run_virtually(scenario)


def test_a_carrier_that_never_answers_the_bind_is_tried_again() -> None:
    async def scenario() -> None:
        async with setup(polite_except(*BINDS), bind_timeout_s=0.05) as made:
            made.route.start()

            await made.until(lambda: len(made.smsc.peers) == 3)

            reasons = {disconnected["reason"] for disconnected in made.journal.of("gateway.disconnected")}
            assert reasons == {"no answer to the bind within 0.05 s"}

    run_virtually(scenario)


def test_a_carrier_that_falls_silent_is_left_and_tried_again() -> None:
    async def scenario() -> None:
        async with setup(polite_except(ENQUIRE, SUBMIT), enquire_link_s=0.005, inactivity_s=0.01) as made:
            await made.bound()
            made.route.submit(HELLO, "a")

            await made.until(lambda: made.handler.ready == 2)

            assert made.smsc.peers[0].sequences(ENQUIRE)
            assert any(call[:2] == ("unknown", "a") for call in made.handler.calls)

    run_virtually(scenario)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "looks like HTTP"),
        (bytes(16), "command_length is 0"),
        (b"\xff" * 64, "command_length is 4294967295"),
    ],
)
def test_garbage_ends_the_connection_and_another_is_made(octets: bytes, reason: str) -> None:
    async def scenario() -> None:
        async with setup() as made:
            await made.bound()
            first = made.peer

            first.send(octets)
            await made.until(lambda: made.handler.ready == 2)

            assert first.pdus[-1] == (0x80000000, 0x02, 0)
            (disconnected,) = made.journal.of("gateway.disconnected")
            assert reason in str(disconnected["reason"])

    run_virtually(scenario)


# Stopping.


def test_a_stop_waits_for_answers_then_unbinds() -> None:
    async def scenario() -> None:
        async with setup(polite_except(SUBMIT)) as made:
            await made.bound()
            made.route.submit(HELLO, "a")
            await made.until(lambda: made.peer.sequences(SUBMIT) == [2])

            stopping = asyncio.ensure_future(made.route.stop(5.0))
            await asyncio.sleep(0)
            assert made.route.window_free == 0
            assert made.peer.sequences(UNBIND) == []
            made.peer.send(pdu(SUBMIT | RESP, 2, body=b"1\0"))
            await stopping

            assert ("answered", "a", 0, "1") in made.handler.calls
            assert made.peer.sequences(UNBIND) == [3]
            (disconnected,) = made.journal.of("gateway.disconnected")
            assert disconnected["reason"] == "unbound"

    run_virtually(scenario)


def test_a_stop_of_a_silent_carrier_is_cut_short() -> None:
    async def scenario() -> None:
        async with setup(polite_except(SUBMIT, UNBIND)) as made:
            await made.bound()
            made.route.submit(HELLO, "a")
            await made.until(lambda: made.peer.sequences(SUBMIT) == [2])

            await made.route.stop(0.01)

            assert any(call[:2] == ("unknown", "a") for call in made.handler.calls)
            await made.until(lambda: not made.peer.is_open)
            assert made.peer.sequences(UNBIND) == [3]

    run_virtually(scenario)


def test_a_stop_before_the_bind_stands_closes() -> None:
    async def scenario() -> None:
        async with setup(polite_except(*BINDS)) as made:
            made.route.start()
            await made.until(lambda: len(made.smsc.peers) == 1)

            await made.route.stop()

            await made.until(lambda: not made.peer.is_open)
            assert made.handler.ready == 0

    run_virtually(scenario)


def test_a_stop_while_it_waits_to_connect_leaves_no_timer() -> None:
    async def scenario() -> None:
        held, port = closed_port()
        with held:
            async with setup(hosts=(("127.0.0.1", port),), reconnect_s_min=3600.0, reconnect_s_max=7200.0) as made:
                made.route.start()
                await made.until(lambda: bool(made.journal.of("gateway.connect_failed")))

                await made.route.stop()

                with pytest.raises(ValueError, match="empty"):
                    next_timer_s()

    run(scenario)


def test_a_stop_right_after_the_start_leaves_nothing() -> None:
    async def scenario() -> None:
        async with setup() as made:
            made.route.start()

            await made.route.stop()

            assert not made.route.is_bound

    run_virtually(scenario)


def test_a_stopped_route_takes_no_submit() -> None:
    async def scenario() -> None:
        async with setup() as made:
            await made.bound()
            await made.route.stop()

            with pytest.raises(WindowFull):
                made.route.submit(HELLO, "a")

    run_virtually(scenario)
