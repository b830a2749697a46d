"""A carrier and its ESMEs on a clock that jumps: an hour costs nothing, and all comes when it should."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from carriers.builders import EPOCH, ListJournal, a_profile
from carriers.esme import Esme
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.times import write_time
from powerpack_lab.clock import LoopClock
from powerpack_lab.virtual import VirtualLoop

T = TypeVar("T")


class World:
    """What a scenario has: the clock, which begins at EPOCH, and a journal."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.clock = LoopClock(loop, EPOCH)
        self.journal = ListJournal()

    def carrier(self, **settings: Any) -> Carrier:
        """A permissive carrier without delay."""
        return Carrier(**{"profile": a_profile(), "clock": self.clock, "journal": self.journal, **settings})

    def in_(self, **later: float) -> str:
        """The absolute SMPP time so much later."""
        return write_time(self.clock.now() + timedelta(**later))

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning, to a tenth."""
        return round((self.clock.now() - EPOCH) / timedelta(seconds=1), 1)


async def pass_time(seconds: float) -> None:
    """Let the clock jump."""
    await asyncio.sleep(seconds)


async def delivery_after(esme: Esme, seconds: float) -> Pdu:
    """The deliver_sm that comes within so long, answered."""
    await pass_time(seconds)
    return await esme.delivery()


async def says_nothing_for(esme: Esme, seconds: float) -> None:
    """Nothing comes but the answer to an enquire_link."""
    await pass_time(seconds)
    assert (await esme.request(CommandId.enquire_link)).command_status == 0


def virtually(scenario: Callable[[World], Coroutine[Any, Any, T]]) -> T:
    """Run a scenario to its end."""
    loop = VirtualLoop(seed=1)
    try:
        return loop.run(scenario(World(loop)))
    finally:
        loop.shutdown()
