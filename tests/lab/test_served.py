"""A user's application is started before it is served, and ended when the lab ends."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab


def lab() -> Lab:
    return Lab(seed=7, clock="virtual", config=LabConfig(carriers=(CarrierConfig(name="acme"),)))


async def hello(request: Request) -> Response:
    return PlainTextResponse(f"hello from {request.state.database}")


async def get(url: str) -> str:
    async with httpx.AsyncClient(verify=False) as client:
        return (await client.get(url)).text


def test_the_lifespan_runs_around_the_requests_and_its_state_is_theirs() -> None:
    told = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        told.append("started")
        yield {"database": "memory"}
        told.append("ended")

    with lab() as running:
        url = running.serve(Starlette(routes=[Route("/", hello)], lifespan=lifespan))
        answer = running.call(get(f"{url}/"))
        told.append("asked")

    assert answer == "hello from memory"
    assert told == ["started", "asked", "ended"]


def test_an_application_without_a_lifespan_is_served() -> None:
    async def bare(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http", "this application knows no lifespan"
        await PlainTextResponse("bare")(scope, receive, send)

    with lab() as running:
        assert running.call(get(f"{running.serve(bare)}/")) == "bare"


def test_a_lifespan_that_fails_at_startup_is_an_error_and_nothing_listens(caplog: pytest.LogCaptureFixture) -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield os.environ["NO_SUCH_DATABASE"]  # type: ignore[misc] # it does not come so far

    with lab() as running, pytest.raises(RuntimeError, match="lifespan failed at startup"):
        running.serve(Starlette(lifespan=lifespan))

    assert "KeyError: 'NO_SUCH_DATABASE'" in caplog.text


def test_a_lifespan_that_fails_at_shutdown_is_an_error_and_the_lab_ends_all_the_same() -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        raise LookupError("database went away")

    running = lab()
    running.start()
    running.serve(Starlette(lifespan=lifespan))
    with pytest.raises(RuntimeError, match="lifespan failed at shutdown"):
        running.stop()

    with pytest.raises(RuntimeError, match="not running"):
        running.advance(1)


@pytest.mark.parametrize(("when", "limit"), [("start", "20 s"), ("end", "5 s")])
def test_a_lifespan_that_hangs_is_an_error(when: str, limit: str) -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if when == "start":
            await asyncio.Event().wait()
        yield
        await asyncio.Event().wait()

    def serve_and_end() -> None:
        with lab() as running:
            running.serve(Starlette(lifespan=lifespan))

    with pytest.raises(RuntimeError, match=f"did not {when} within {limit}"):
        serve_and_end()
