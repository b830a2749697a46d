"""The fixtures in asynchronous tests, with each of the plugins that run such tests."""

from pathlib import Path

import pytest

from plugin_support import run_apart

APPLICATION = '''
"""An application that lives in the test's own loop: it sends through httpx and hears callbacks on a socket."""

import httpx


async def send(lab, text, **more):
    async with httpx.AsyncClient(auth=(lab.auth_id, lab.auth_token), verify=False) as client:
        body = {"powerpack_uuid": lab.powerpack_uuid, "dst": "+14155550123", "text": text, **more}
        answer = await client.post(f"{lab.api_url}/{lab.auth_id}/Message/", json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()["message_uuid"][0]
'''

ASYNCIO = """
import asyncio

import pytest_asyncio
from application import send


@pytest_asyncio.fixture
async def phone(powerpack_lab):
    await asyncio.sleep(0)
    return powerpack_lab.handset("+14155550123")


async def test_send_and_expect(powerpack_lab, phone):
    await send(powerpack_lab, "Your code is 4711")

    phone.expect("code is 4711")
    phone.reply("STOP")
    phone.expect("You have been unsubscribed")


async def test_an_application_in_this_loop_answers_while_the_lab_waits(powerpack_lab, phone):
    heard = []

    async def hear(reader, writer):
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        [length] = [line[16:] for line in head.lower().split(b"\\r\\n") if line.startswith(b"content-length: ")]
        heard.append((await reader.readexactly(int(length))).decode())
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await send(powerpack_lab, "Hello", url=f"http://127.0.0.1:{port}/status")
        await asyncio.to_thread(phone.expect, "Hello")
        arrived = await asyncio.to_thread(powerpack_lab.run_until, lambda: len(heard) == 3)

    assert arrived
    assert [each.split("Status=")[1].split("&")[0] for each in heard] == ["queued", "sent", "delivered"]


async def test_a_day_passes_while_this_loop_does_other_things(powerpack_lab, phone):
    await send(powerpack_lab, "Hello")
    before = powerpack_lab.clock.now()
    turns = 0

    async def count():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await asyncio.to_thread(powerpack_lab.advance, days=1)
    counting.cancel()

    assert (powerpack_lab.clock.now() - before).days == 1
    assert turns > 1
    assert phone.texts == ["Hello"]
"""

ANYIO = """
import functools

import anyio
import pytest
from application import send

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


@pytest.fixture
async def phone(powerpack_lab):
    await anyio.sleep(0)
    return powerpack_lab.handset("+14155550123")


async def test_send_and_expect(powerpack_lab, phone):
    await send(powerpack_lab, "Your code is 4711")

    phone.expect("code is 4711")


async def test_time_passes_in_another_thread(powerpack_lab, phone):
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, powerpack_lab, "Hello")
        await anyio.to_thread.run_sync(functools.partial(phone.expect, "Hello", within=600))

    await anyio.to_thread.run_sync(functools.partial(powerpack_lab.advance, hours=1))
    assert phone.texts == ["Hello"]
"""


ASYNCIO_PLUGIN = (
    "pytest_asyncio.plugin",
    "-o",
    "asyncio_mode=auto",
    "-o",
    "asyncio_default_fixture_loop_scope=function",
)


@pytest.mark.parametrize(
    ("text", "plugin", "passed"),
    [
        pytest.param(ASYNCIO, ASYNCIO_PLUGIN, 3, id="pytest-asyncio"),
        pytest.param(ANYIO, ("anyio.pytest_plugin",), 4, id="anyio"),
    ],
)
def test_the_fixtures_work_in_asynchronous_tests(
    tmp_path: Path, text: str, plugin: tuple[str, ...], passed: int
) -> None:
    (tmp_path / "application.py").write_text(APPLICATION, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(text, encoding="utf-8")

    result = run_apart(tmp_path, "-q", "-W", "error", "-p", *plugin)

    assert result.returncode == 0, result.stdout
    assert f"{passed} passed" in result.stdout
