"""Serving an ASGI app on each of our loops: answers, keep-alive, and an end that leaves nothing behind."""

import asyncio
import logging
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from powerpack_lab.serving import KEEP_ALIVE_S, Serving, loopback, serve_asgi
from powerpack_lab.steered import SteeredThread
from powerpack_lab.virtual import VirtualLoop

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop(seed=7)
    yield loop
    loop.settle()
    assert loop.network.connections == ()
    assert loop.network.listening == ()
    assert loop.tasks() == []
    loop.shutdown()


async def answer(send: Send, body: bytes, *, status: int = 200) -> None:
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def echo(scope: Any, receive: Receive, send: Send) -> None:
    """Answers with what was asked; /slow takes 30 seconds, /stream has no end, /broken raises."""
    message = await receive()
    match scope["path"]:
        case "/slow":
            await asyncio.sleep(30.0)
            await answer(send, b"slowly")
        case "/stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"first", "more_body": True})
            while (await receive())["type"] != "http.disconnect":
                pass
        case "/broken":
            raise KeyError("broken")
        case "/deaf":
            try:
                await asyncio.Event().wait()
            finally:
                deaf_ended.append("ended")
        case path:
            await answer(send, f"{scope['method']} {path} ".encode() + message["body"])


deaf_ended: list[str] = []


async def served(loop: asyncio.AbstractEventLoop) -> Serving:
    return await serve_asgi(loop, echo, "127.0.0.1", 0)


async def ask_and_close(loop: asyncio.AbstractEventLoop) -> list[str]:
    serving = await served(loop)
    async with httpx.AsyncClient(base_url=serving.url) as client:
        answers = [(await client.post("/a", content=b"1")).text, (await client.get("/b?c=d")).text]
        await serving.close(1.0)
    return answers


def test_an_app_answers_in_virtual_time(loop: VirtualLoop) -> None:
    assert loop.run(ask_and_close(loop)) == ["POST /a 1", "GET /b "]
    assert loop.time() == 0.0


def test_an_app_answers_over_loopback() -> None:
    async def main() -> list[str]:
        return await ask_and_close(asyncio.get_running_loop())

    assert asyncio.run(main()) == ["POST /a 1", "GET /b "]


def test_an_app_answers_blocking_clients_of_a_steered_thread() -> None:
    thread = SteeredThread(epoch=datetime(2026, 1, 31, tzinfo=UTC))
    thread.start()
    serving = thread.call(served(thread.loop), 10)

    with urllib.request.urlopen(f"{serving.url}/x", data=b"y", timeout=10) as response:
        body = response.read()
    thread.call(serving.close(1.0), 10)
    thread.stop()

    assert body == b"POST /x y"


def test_the_url_is_one_that_can_be_reached(loop: VirtualLoop) -> None:
    async def urls() -> list[str]:
        found = []
        for host in ("127.0.0.1", "0.0.0.0", "localhost"):
            serving = await serve_asgi(loop, echo, host, 0)
            found.append(serving.url.replace(str(serving.port), "PORT"))
            await serving.close(0.0)
        return found

    assert loop.run(urls()) == ["http://127.0.0.1:PORT", "http://127.0.0.1:PORT", "http://localhost:PORT"]


def test_a_server_at_rest_does_nothing_at_all(loop: VirtualLoop) -> None:
    serving = loop.run(served(loop))
    before = loop.jumps

    loop.advance(86_400.0)

    assert loop.jumps - before == 1  # the advance itself
    loop.run(serving.close(0.0))


def test_connections_are_kept_for_the_keep_alive_time_and_no_longer(loop: VirtualLoop) -> None:
    async def main() -> list[float]:
        serving = await served(loop)
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        times = []
        for _ in range(2):  # the second just before the server would close
            writer.write(b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n")
            await reader.readuntil(b"GET /a ")
            times.append(loop.time())
            await asyncio.sleep(KEEP_ALIVE_S - 1)
        await reader.read()
        times.append(loop.time())
        writer.close()
        await serving.close(0.0)
        return times

    assert loop.run(main()) == [0.0, KEEP_ALIVE_S - 1, 2 * KEEP_ALIVE_S - 1]


def test_closing_ends_idle_connections_at_once(loop: VirtualLoop) -> None:
    async def main() -> float:
        serving = await served(loop)
        _, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        await serving.close(3600.0)
        writer.close()
        return loop.time()

    assert loop.run(main()) == 0.0


def test_closing_lets_a_running_request_end(loop: VirtualLoop) -> None:
    async def main() -> tuple[str, float]:
        serving = await served(loop)
        async with httpx.AsyncClient(base_url=serving.url, timeout=60.0) as client:
            request = asyncio.create_task(client.get("/slow"))
            await asyncio.sleep(1.0)
            await serving.close(60.0)
            return (await request).text, loop.time()

    assert loop.run(main()) == ("slowly", 30.0)


def test_closing_cuts_off_what_does_not_end_in_time_without_an_error_in_the_log(
    loop: VirtualLoop, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> float:
        serving = await served(loop)
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readuntil(b"first")
        await serving.close(5.0)
        writer.close()
        return loop.time()

    ended = loop.run(main())

    assert ended == 5.0
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_a_request_that_does_not_notice_its_lost_connection_is_cancelled(loop: VirtualLoop) -> None:
    deaf_ended.clear()

    async def main() -> None:
        serving = await served(loop)
        _, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(b"GET /deaf HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.sleep(1.0)
        await serving.close(0.0)
        writer.close()

    loop.run(main())

    assert deaf_ended == ["ended"]


def test_an_app_that_raises_is_a_500_and_in_the_log(loop: VirtualLoop, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> int:
        serving = await served(loop)
        async with httpx.AsyncClient(base_url=serving.url) as client:
            status = (await client.get("/broken")).status_code
            await serving.close(0.0)
        return status

    assert loop.run(main()) == 500
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None


def test_nothing_is_logged_about_ordinary_requests_and_no_logger_is_changed(
    loop: VirtualLoop, caplog: pytest.LogCaptureFixture
) -> None:
    access = logging.getLogger("uvicorn.access")
    before = list(access.handlers), access.propagate, access.level

    with caplog.at_level(logging.INFO, logger="uvicorn.access"):
        loop.run(ask_and_close(loop))

    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
    assert (list(access.handlers), access.propagate, access.level) == before


def test_an_app_is_not_called_to_find_out_what_it_is(loop: VirtualLoop) -> None:
    calls: list[object] = []

    async def app(scope: Any = None, receive: Any = None, send: Any = None) -> None:
        calls.append(scope)

    serving = loop.run(serve_asgi(loop, app, "127.0.0.1", 0))
    loop.run(serving.close(0.0))

    assert calls == []


def test_what_a_closed_server_says(loop: VirtualLoop) -> None:
    serving = loop.run(served(loop))
    shown = repr(serving)
    loop.run(serving.close(0.0))

    assert shown == f"<Serving http://127.0.0.1:{20000}: 0 connections, 0 requests>"
    assert repr(serving) == "<Serving closed: 0 connections, 0 requests>"
    with pytest.raises(RuntimeError, match="no port"):
        _ = serving.port


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.2", "127.0.0.2"),
        ("::1", "::1"),
        ("localhost", "localhost"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("192.168.1.5", "127.0.0.1"),
        ("sandbox.example.com", "127.0.0.1"),
    ],
)
def test_what_asks_for_no_password_is_on_loopback(host: str, expected: str) -> None:
    assert loopback(host) == expected
