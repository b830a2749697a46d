"""A route from bind to delivery: links, submits, what comes back."""

import asyncio

import pytest

from gateway.smpp.smsc import (
    DELIVER,
    DELIVER_BODY,
    HELLO,
    RESP,
    SUBMIT,
    NarrowLoop,
    Setup,
    closed_port,
    pdu,
    polite_except,
    refuses_binds,
    run,
    run_virtually,
    setup,
)
from gateway.smpp.timers import next_timer_s
from powerpack_gateway.smpp.errors import InvalidSubmission, WindowFull
from powerpack_gateway.smpp.settings import BindKind

# Binding.


def test_a_route_binds_and_says_that_it_is_ready() -> None:
    async def scenario() -> None:
        async with setup(window=7) as made:
            assert (made.route.is_bound, made.route.window_free) == (False, 0)

            await made.bound()

            assert (made.handler.ready, made.route.window_free) == (1, 7)
            assert repr(made.route) == "<Route acme: 1 of 1 bound, 0 in flight>"
            (connected,) = made.journal.of("gateway.connected")
            assert connected == {
                "route": "acme",
                "link": "acme#1",
                "host": "127.0.0.1",
                "port": made.smsc.port,
                "address": "127.0.0.1",
            }
            (bound,) = made.journal.of("gateway.bound")
            assert bound == {"route": "acme", "link": "acme#1", "system_id": "smsc", "sc_interface_version": None}

    run(scenario)


def test_every_pdu_is_journalled() -> None:
    async def scenario() -> None:
        async with setup() as made:
            await made.bound()

            first, second = made.journal.of("pdu")
            assert first.pop("raw") == pdu(0x09, 1, body=b"esme1\0secret\0\0\x34\0\0\0")
            assert first == {"side": "gateway", "link": "acme#1", "direction": ">"}
            assert second == {
                "side": "gateway",
                "link": "acme#1",
                "direction": "<",
                "raw": pdu(0x80000009, 1, body=b"smsc\0"),
            }

    run(scenario)


def test_several_binds_share_the_submits() -> None:
    async def scenario() -> None:
        async with setup(polite_except(SUBMIT), binds=3, window=2) as made:
            made.route.start()
            await made.until(lambda: made.route.window_free == 6)

            for token in range(6):
                made.route.submit(HELLO, token)

            await made.until(lambda: sum(len(peer.sequences(SUBMIT)) for peer in made.smsc.peers) == 6)
            assert [len(peer.sequences(SUBMIT)) for peer in made.smsc.peers] == [2, 2, 2]

    run(scenario)


def test_a_carrier_without_transceivers_gets_two_links() -> None:
    async def scenario() -> None:
        kinds = (BindKind.TRANSMITTER, BindKind.RECEIVER)
        async with setup(bind_kinds=kinds, window=2) as made:
            made.route.start()
            await made.until(lambda: len(made.journal.of("gateway.bound")) == 2)

            for token in range(2):
                made.route.submit(HELLO, token)
            await made.until(lambda: len(made.handler.calls) >= 4)

            by_bind = {peer.pdus[0][0]: peer for peer in made.smsc.peers}
            assert len(by_bind[0x02].sequences(SUBMIT)) == 2
            assert by_bind[0x01].sequences(SUBMIT) == []

    run(scenario)


def test_hosts_are_tried_in_turn() -> None:
    async def scenario() -> None:
        held, port = closed_port()
        with held:
            async with setup() as made:
                hosts = (("127.0.0.1", port), ("127.0.0.1", made.smsc.port))
                made = Setup(made.smsc, {"hosts": hosts})

                await made.bound()

                (failed,) = made.journal.of("gateway.connect_failed")
                assert (failed["port"], failed["route"]) == (port, "acme")
                assert "Connect call failed" in str(failed["reason"])
                await made.route.stop()

    run(scenario)


@pytest.mark.parametrize(("status", "name"), [(0x0D, "RBINDFAIL"), (0x0E, "RINVPASWD"), (0x0F, "RINVSYSID")])
def test_refused_credentials_raise_an_alarm_and_wait_as_long_as_may_be(status: int, name: str) -> None:
    async def scenario() -> None:
        async with setup(refuses_binds(status), reconnect_s_max=3600.0) as made:
            made.route.start()
            await made.until(lambda: bool(made.journal.of("gateway.disconnected")))

            (refused,) = made.journal.of("gateway.bind_refused")
            assert refused == {
                "route": "acme",
                "link": "acme#1",
                "status": status,
                "status_name": f"ESME_{name}",
                "alarm": True,
            }
            assert 3590 < next_timer_s() <= 3600

    run(scenario)


@pytest.mark.parametrize("status", [0x05, 0x08, 0x264A])
def test_another_refusal_is_tried_again_soon_and_without_an_alarm(status: int) -> None:
    async def scenario() -> None:
        async with setup(refuses_binds(status)) as made:
            made.route.start()

            await made.until(lambda: len(made.journal.of("gateway.bind_refused")) == 3)

            assert [refused["alarm"] for refused in made.journal.of("gateway.bind_refused")] == [False] * 3
            assert made.handler.ready == 0

    run(scenario)


# Submitting.


def test_a_submit_is_answered_with_its_token() -> None:
    async def scenario() -> None:
        async with setup() as made:
            await made.bound()
            made.handler.calls.clear()

            made.route.submit(HELLO, "a")
            made.route.submit(HELLO, "b")
            await made.until(lambda: len(made.handler.calls) >= 3)

            assert made.handler.calls == [("answered", "a", 0, "2"), ("answered", "b", 0, "3"), ("batch done",)]

    run(scenario)


def test_a_full_window_says_when_there_is_room_again() -> None:
    async def scenario() -> None:
        async with setup(polite_except(SUBMIT), window=2) as made:
            await made.bound()
            made.route.submit(HELLO, "a")
            assert made.handler.ready == 1
            made.route.submit(HELLO, "b")
            with pytest.raises(WindowFull):
                made.route.submit(HELLO, "c")
            await made.until(lambda: made.peer.sequences(SUBMIT) == [2, 3])

            made.peer.send(pdu(SUBMIT | RESP, 2, body=b"1\0"))
            await made.until(lambda: made.handler.ready == 2)

            assert made.route.window_free == 1

    run(scenario)


def test_answers_with_room_left_do_not_say_ready_again() -> None:
    async def scenario() -> None:
        async with setup(window=2) as made:
            await made.bound()

            made.route.submit(HELLO, "a")
            await made.until(lambda: ("answered", "a", 0, "2") in made.handler.calls)

            assert made.handler.ready == 1

    run(scenario)


def test_a_carrier_that_does_not_read_gets_no_more_submits() -> None:
    async def scenario() -> None:
        async with setup(polite_except(SUBMIT), window=1_000_000, enquire_link_s=None) as made:
            await made.bound()
            made.peer.pause()
            submitted = 0
            while made.route.window_free:
                for _ in range(200):
                    made.route.submit(HELLO._replace(short_message=bytes(254)), submitted)
                    submitted += 1
                await asyncio.sleep(0)
            assert made.route.is_bound

            made.peer.resume()
            await made.until(lambda: made.handler.ready == 2)
            await made.until(lambda: len(made.peer.sequences(SUBMIT)) == submitted)

    run(scenario, NarrowLoop)


def test_a_submission_that_does_not_fit_is_refused_at_once() -> None:
    async def scenario() -> None:
        async with setup() as made:
            await made.bound()

            with pytest.raises(InvalidSubmission):
                made.route.submit(HELLO._replace(destination=""), "a")

    run(scenario)


def test_a_submit_before_the_bind_is_refused() -> None:
    async def scenario() -> None:
        async with setup() as made:
            with pytest.raises(WindowFull, match=r"^no link of route acme has room"):
                made.route.submit(HELLO, "a")

    run(scenario)


def test_an_answer_that_never_comes_is_unknown_after_its_time() -> None:
    async def scenario() -> None:
        async with setup(polite_except(SUBMIT), response_timeout_s=0.01, window=1) as made:
            await made.bound()

            made.route.submit(HELLO, "a")
            await made.until(lambda: ("unknown", "a", "no submit_sm_resp within 0.01 s") in made.handler.calls)

            assert (made.route.window_free, made.handler.ready) == (1, 2)
            made.peer.send(pdu(SUBMIT | RESP, 2, body=b"late\0"))
            await made.until(lambda: ("answered", "a", 0, "late") in made.handler.calls)

    run_virtually(scenario)


def test_an_unexpected_response_is_counted_and_journalled() -> None:
    async def scenario() -> None:
        async with setup() as made:
            await made.bound()

            made.peer.send(pdu(SUBMIT | RESP, 77, body=b"1\0"))
            await made.until(lambda: made.route.unexpected_responses == 1)

            (unexpected,) = made.journal.of("gateway.unexpected_response")
            assert unexpected == {
                "route": "acme",
                "link": "acme#1",
                "command_id": 0x80000004,
                "sequence": 77,
                "status": 0,
                "reason": "no request of ours with sequence_number 77 waits for a submit_sm_resp",
            }

    run(scenario)


# Deliveries.


def test_a_delivery_is_acknowledged_when_the_gateway_says_so() -> None:
    async def scenario() -> None:
        async with setup() as made:
            await made.bound()
            made.peer.send(pdu(DELIVER, 70, body=DELIVER_BODY) + pdu(DELIVER, 71, body=DELIVER_BODY))
            await made.until(lambda: len(made.handler.deliveries) == 2)
            assert made.peer.sequences(DELIVER | RESP) == []

            made.route.acknowledge(made.handler.deliveries[1])
            made.route.acknowledge(made.handler.deliveries[0], 0x64)
            await made.until(lambda: len(made.peer.sequences(DELIVER | RESP)) == 2)

            assert made.peer.pdus[-2:] == [(DELIVER | RESP, 0, 71), (DELIVER | RESP, 0x64, 70)]
            assert made.handler.deliveries[0].link == "acme#1"

    run(scenario)


def test_an_acknowledgement_never_reaches_another_connection() -> None:
    async def scenario() -> None:
        async with setup() as made:
            await made.bound()
            made.peer.send(pdu(DELIVER, 70, body=DELIVER_BODY))
            await made.until(lambda: len(made.handler.deliveries) == 1)
            made.peer.close()
            await made.until(lambda: made.handler.ready == 2)

            made.route.acknowledge(made.handler.deliveries[0])
            made.route.submit(HELLO, "a")
            await made.until(lambda: ("answered", "a", 0, "2") in made.handler.calls)

            assert made.peer.sequences(DELIVER | RESP) == []

    run(scenario)


def test_a_damaged_delivery_is_refused_and_journalled() -> None:
    async def scenario() -> None:
        async with setup() as made:
            await made.bound()

            made.peer.send(pdu(DELIVER, 70, body=DELIVER_BODY[:20]))
            await made.until(lambda: made.peer.sequences(DELIVER | RESP) == [70])

            (bad,) = made.journal.of("gateway.bad_pdu")
            assert bad["reason"] == "destination_addr of deliver_sm has no NUL; answered ESME_RINVDSTADR"
            assert made.peer.pdus[-1] == (DELIVER | RESP, 0x0B, 70)
            assert made.route.is_bound

    run(scenario)
