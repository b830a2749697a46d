"""The processes of a benchmark: each plays a role of a script, on one core, and is spoken to in lines."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from powerpack_lab.clock import LoopClock, real_clock
from powerpack_lab.journal import Journal

Process = subprocess.Popen[str]


@contextmanager
def child(script: str, role: str, core: int, *options: str) -> Iterator[Process]:
    """A process that runs ``script --role ROLE`` on one core; with the block its lines end, and so it does."""
    with subprocess.Popen(
        [sys.executable, script, "--role", role, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        os.sched_setaffinity(process.pid, {core})
        assert process.stdin is not None
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            process.stdin.close()


def heard(process: Process) -> str:
    """The next line that it says."""
    assert process.stdout is not None
    return process.stdout.readline()


def tell(process: Process, line: str, *, answers: bool = False) -> str:
    """Say a line to it, and hear what it answers, if it answers."""
    assert process.stdin is not None
    print(line, file=process.stdin, flush=True)
    return heard(process) if answers else ""


async def lines_until_the_end(act: Callable[[str], None]) -> None:
    """Act on each line of stdin until it is closed; a thread that only sleeps reads it."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def read(lines: IO[str]) -> None:
        for line in lines:
            loop.call_soon_threadsafe(act, line)
        loop.call_soon_threadsafe(ended.set_result, None)

    threading.Thread(target=read, args=(sys.stdin,)).start()
    await ended


def clock_and_journal(loop: asyncio.AbstractEventLoop) -> tuple[LoopClock, Journal]:
    """As the lab has them."""
    clock = real_clock(loop)
    return clock, Journal(moment=clock.monotonic, at=clock.at)
