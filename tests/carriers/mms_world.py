"""An MMSC in memory, with a VASP that posts MM7 to it and hears what became of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from carriers.builders import ListJournal, a_profile
from carriers.vasp import Answer, FakeVasp, submit_req
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.profile import ReceiptHabit
from powerpack_lab.virtual import VirtualLoop

SLOW = ReceiptHabit(delay_s_min=3_600, delay_s_max=3_600)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario where time jumps, and see that it left no task behind."""
    loop = VirtualLoop()
    try:
        loop.run(scenario())
        loop.settle()
        assert loop.tasks() == []
    finally:
        loop.shutdown()


class World:
    """A carrier and a VASP that is connected to it."""

    def __init__(self, journal: ListJournal | None = None, **settings: Any) -> None:
        self.journal = journal or ListJournal()
        self.carrier = Carrier(**{"profile": a_profile(), "journal": self.journal, **settings})
        self.vasp = FakeVasp()

    async def __aenter__(self) -> "World":
        await self.carrier.start()
        self.carrier.connect_vasp("generic", await self.vasp.start())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.carrier.stop()
        await self.vasp.stop()

    async def heard(self, count: int = 1) -> list[bytes]:
        """What the VASP was told, once it is so much."""
        for _ in range(100_000):
            if len(self.vasp.bodies) >= count:
                break
            await asyncio.sleep(1)
        return self.vasp.bodies

    async def heard_nothing_more(self) -> None:
        """A day passes."""
        await asyncio.sleep(86_400)


def status_of(answer: Answer) -> str:
    """The StatusCode in an answer."""
    return answer.body.partition("StatusCode>")[2][:4]


# Cancel and replace


def operation(name: str, message_id: str) -> bytes:
    """A CancelReq or ReplaceReq."""
    soap = submit_req().replace(b"SubmitReq", name.encode())
    return soap.replace(b"<Recipients>", f"<MessageID>{message_id}</MessageID><Recipients>".encode())


# Faults


OTHER = "14155550124"


def id_in(answer: Answer) -> str:
    """The MessageID of a SubmitRsp."""
    return answer.body.partition("MessageID>")[2].partition("<")[0]
