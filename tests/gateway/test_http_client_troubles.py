"""Receivers that are silent, slow, gone, or not who they say they are; and the end of a sender."""

import asyncio
import ssl
from pathlib import Path

import pytest

from gateway.receivers import EPOCH, OK, Events, Receiver, Run, a_sender, answer_to, ask, failure_of, virtually
from powerpack_gateway.http_client import (
    FailureKind,
    HttpFailure,
    HttpRequest,
    HttpResponse,
    HttpSender,
)
from powerpack_lab.clock import LoopClock
from powerpack_lab.virtual import VirtualLoop


def test_nobody_listening_is_a_failure_that_names_the_origin(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver() as receiver:
            port = receiver.port
        sender = a_sender()
        failure = await failure_of(sender, f"http://127.0.0.1:{port}/")
        await sender.close()

        assert failure.kind is FailureKind.UNREACHABLE
        assert failure.detail.startswith(f"http://127.0.0.1:{port}: ")

    run(main())


def test_an_unusable_request_fails_after_send_has_returned(run: Run[None]) -> None:
    async def main() -> None:
        sender = a_sender()
        asked = ask(sender, "http://a/\r\nX-Evil: 1")
        was_done = asked.done()
        failure = await asked
        await sender.close()

        assert not was_done
        assert isinstance(failure, HttpFailure)
        assert failure.kind is FailureKind.UNUSABLE

    run(main())


def test_a_silent_receiver_times_out_and_the_connection_is_gone(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(None) as receiver:
            sender = a_sender(timeout_s=0.05)
            failure = await failure_of(sender, receiver.url())
            await receiver.links[0].gone
            await sender.close()

            assert failure.kind is FailureKind.TIMEOUT
            assert "0 bytes had come" in failure.detail

    run(main())


def test_the_time_in_line_counts() -> None:
    # In virtual time, where the three are asked for at the same moment: elsewhere a microsecond lies between them, and
    # the second may be sent in it.
    async def main() -> None:
        async with Receiver(None) as receiver:
            sender = a_sender(timeout_s=0.05, connections_per_origin=1)
            outcomes = await asyncio.gather(*[ask(sender, receiver.url()) for _ in range(3)])
            await sender.close()

            assert [outcome.kind for outcome in outcomes if isinstance(outcome, HttpFailure)] == [
                FailureKind.TIMEOUT
            ] * 3
            assert len(receiver.requests) == 1

    virtually(main())


def test_an_answer_that_trickles_times_out() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with Receiver(b"HTTP/1.1 200 OK\r\n") as receiver:
            sender = a_sender(timeout_s=15.0)

            def trickle() -> None:
                if receiver.links and not receiver.links[0].gone.done():
                    receiver.links[0].transport.write(b"X-A: b\r\n")
                if not asked.done():
                    loop.call_later(1.0, trickle)

            asked = ask(sender, receiver.url())
            loop.call_later(1.0, trickle)
            failure = await asked
            took_s = loop.time()
            await sender.close()

            assert isinstance(failure, HttpFailure)
            assert failure.kind is FailureKind.TIMEOUT
            assert took_s == 15.0

    virtually(main())


def test_an_idle_connection_is_closed_after_its_time_and_no_timer_is_left() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with Receiver() as receiver:
            sender = a_sender(idle_s=4.0)
            await answer_to(sender, receiver.url())
            await receiver.links[0].gone

            assert 4.0 <= loop.time() <= 4.1
            assert isinstance(loop, VirtualLoop)
            await asyncio.sleep(3600)
            assert loop.jumps < 10

            await sender.close()

    virtually(main())


def test_a_receiver_that_never_answers_delays_no_other(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(None) as silent, Receiver() as lively:
            sender = a_sender(connections_per_origin=1)
            stuck = [ask(sender, silent.url()) for _ in range(10)]
            await asyncio.gather(*[answer_to(sender, lively.url()) for _ in range(10)])

            assert not any(future.done() for future in stuck)

            await sender.close()

    run(main())


def test_a_connect_that_hangs_times_out() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        hung: asyncio.Future[None] = loop.create_future()

        async def hang(*_: object, **__: object) -> None:
            await hung

        loop.create_connection = hang  # type: ignore[method-assign,assignment]
        sender = a_sender()
        failure = await failure_of(sender, "http://10.255.255.1/")
        await sender.close()

        assert failure.kind is FailureKind.TIMEOUT
        assert "no connection in time" in failure.detail

    virtually(main())


def test_close_fails_everything_and_leaves_nothing(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(OK, None) as receiver:
            sender = a_sender(connections_per_origin=2)
            await answer_to(sender, receiver.url())
            asked = [ask(sender, receiver.url()) for _ in range(4)]
            await receiver.has(2)
            await sender.close()

            outcomes = [future.result() for future in asked]
            kinds = [outcome.kind for outcome in outcomes if isinstance(outcome, HttpFailure)]
            assert kinds == [FailureKind.STOPPED] * 4
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert (sender.in_flight, sender.waiting) == (0, 0)

    run(main())


def test_a_closed_sender_refuses(run: Run[None]) -> None:
    async def main() -> None:
        sender = a_sender()
        await sender.close()
        failure = await failure_of(sender, "http://127.0.0.1:9/")

        assert failure.kind is FailureKind.STOPPED

    run(main())


def test_a_callback_that_raises_harms_no_other_request(run: Run[None]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        raised: list[object] = []
        loop.set_exception_handler(lambda _, context: raised.append(context["exception"]))
        async with Receiver() as receiver:
            sender = a_sender(connections_per_origin=1)

            def fails(_: HttpResponse | HttpFailure) -> None:
                raise LookupError("mine")

            sender.send(HttpRequest(method="GET", url=receiver.url()), fails)
            others = [ask(sender, receiver.url()) for _ in range(3)]
            outcomes = await asyncio.gather(*others)
            await sender.close()

            assert [type(error) for error in raised] == [LookupError]
            assert all(isinstance(outcome, HttpResponse) for outcome in outcomes)

    run(main())


def test_an_unknown_host_is_unreachable() -> None:
    async def main() -> None:
        sender = a_sender()
        failure = await failure_of(sender, "http://nowhere.test/")
        await sender.close()

        assert failure.kind is FailureKind.UNREACHABLE

    virtually(main())


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".test"])
def test_a_name_that_is_none_is_unreachable_at_once(run: Run[None], host: str) -> None:
    """Python refuses to look such names up, with an error that is no OSError."""

    async def main() -> None:
        sender = a_sender()
        failure = await failure_of(sender, f"http://{host}/")
        await sender.close()

        assert failure.kind is FailureKind.UNREACHABLE

    run(main())


CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUbAUOQuS/oWUjbEc6YekKE/Yej/cwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjAyMDIyM1oYDzIxMjYxMDI5
MDIwMjIzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAToAHQ+WHooavDTQMMjq+MkNyLlIWEQMmJWxTCrdzShxJlHAPkv2fD6
n3tssQQMpLc6nVMWkr6oVL1YF5o1ozSlo28wbTAdBgNVHQ4EFgQUSuEhPcfUlcZZ
O0zvtdpCEDitrRMwHwYDVR0jBBgwFoAUSuEhPcfUlcZZO0zvtdpCEDitrRMwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgC55cT46IdoOABzSJXNowjCyvuG/baPyZEnZp4LHQSiECIHSC
qnHmBacpL9cOXpzootd2RG+A/7SfOtktSRGtkIoP
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSK2ZgzTkznm1HJLD
hCrX6McFqnbN6wO2jainjEa6BLahRANCAAToAHQ+WHooavDTQMMjq+MkNyLlIWEQ
MmJWxTCrdzShxJlHAPkv2fD6n3tssQQMpLc6nVMWkr6oVL1YF5o1ozSl
-----END PRIVATE KEY-----
"""  # for localhost and 127.0.0.1, signed by itself, until 2126; made for this file, used nowhere else


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context, and that of a client which trusts it."""
    pem = folder / "localhost.pem"
    pem.write_text(CERTIFICATE)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


def test_https_is_spoken_with_the_context_given_and_kept_alive(run: Run[None], tmp_path: Path) -> None:
    server_context, client_context = contexts(tmp_path)

    async def main() -> None:
        async with Receiver(context=server_context) as receiver:
            clock = LoopClock(asyncio.get_running_loop(), EPOCH)
            sender = HttpSender(clock=clock, journal=Events(), ssl=client_context)
            for _ in range(2):
                await answer_to(sender, f"https://127.0.0.1:{receiver.port}/")
            await sender.close()

            assert [number for number, _ in receiver.requests] == [0, 0]

    run(main())


def test_a_certificate_that_nobody_vouches_for_is_unreachable(tmp_path: Path) -> None:
    server_context, _ = contexts(tmp_path)

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the server's side of the failed handshake
        async with Receiver(context=server_context) as receiver:
            sender = a_sender()
            failure = await failure_of(sender, f"https://127.0.0.1:{receiver.port}/")
            await sender.close()

            assert failure.kind is FailureKind.UNREACHABLE
            assert "CERTIFICATE_VERIFY_FAILED" in failure.detail
            assert receiver.requests == []

    asyncio.run(main())
