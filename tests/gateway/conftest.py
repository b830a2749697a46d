"""What runs a coroutine: real loops and the virtual one."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from gateway.receivers import Run, virtually


@pytest.fixture(params=["real", "uvloop", "virtual"])
def run(request: pytest.FixtureRequest) -> Run[None]:
    """Runs a coroutine on each kind of loop."""
    if request.param == "uvloop":
        uvloop = pytest.importorskip("uvloop", reason="the extra `fast` is not installed")

        def on_uvloop(main: Coroutine[Any, Any, None]) -> None:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(main)

        return on_uvloop
    return asyncio.run if request.param == "real" else virtually
