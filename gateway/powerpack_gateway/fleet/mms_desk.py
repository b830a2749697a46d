"""The MMS desk: the gateway that works for a carrier sends MMS for all of them, and hands out what its MMSC posts.

It stands beside the carrier's `route_desk`, at the same gateway, and shares the limits with it that numbers share. The
MMSC may post to any gateway; whoever gets it passes it on to this one, so that what is posted twice counts once.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from powerpack_gateway.errors import StoreError
from powerpack_gateway.fleet.fair_queues import FairQueues
from powerpack_gateway.fleet.gates import Gates
from powerpack_gateway.fleet.mms import KEPT, NOT_OURS, FromHandset, Mms
from powerpack_gateway.fleet.route_desk import STOPPED_S, Surroundings
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.mm7.mms_route import MmsRoute
from powerpack_gateway.mm7.route import Mm7Route, MmsAnswer, MmsHandler
from powerpack_gateway.nanp import parse_source, without_prefix
from powerpack_gateway.numbers import Service
from powerpack_gateway.ports import Journal
from powerpack_gateway.receipts import Receipt
from powerpack_gateway.shared_limits import Limit

HEARD_S: Final = 10.0
"""How long a gateway may take to keep what an MMSC posted, before the MMSC is told to post it again."""

EARLY_MAX: Final = 1_000
"""Delivery reports that came before the answer that tells their id."""


class MmsClient(Protocol):
    """A gateway that sends MMS here, this one included. ``ref`` is the client's own, ``number`` the desk's."""

    def answered(self, ref: int, answer: MmsAnswer) -> None:
        """The MMSC answered; it may still do so after ``unanswered``."""

    def unanswered(self, ref: int, reason: str) -> None:
        """Whether the carrier has it is unknown."""

    def returned(self, ref: int, key: str, wait_s: float) -> None:
        """It was not submitted, as of a `route_desk.Client`."""

    def room(self, window: int) -> None:
        """How many submits may be unanswered from now on."""

    def reported(self, number: int, receipt: Receipt, *, is_offer: bool) -> None:
        """A delivery report, to be acknowledged, or declined if it is an offer."""

    def received(self, number: int, mms: FromHandset) -> None:
        """A handset's MMS, to be acknowledged."""


class _Asked(NamedTuple):
    client: str
    ref: int
    mms: Mms


class _Pending(NamedTuple):
    client: str
    heard: asyncio.Future[int | None]
    """What it is acknowledged with, None if it is declined, or if its gateway is gone."""


class MmsDesk:
    """The desk of one carrier's MMS. ``route`` is made by a function, since it needs its handler, which is the desk."""

    def __init__(
        self,
        make_route: Callable[[MmsHandler], Mm7Route],
        around: Surroundings,
        *,
        gates: Gates,
        limits_of: Callable[[str], Sequence[Limit]],
        journal: Journal,
    ) -> None:
        self._around = around
        self._gates = gates
        self._limits_of = limits_of
        self._journal = journal
        self._clients: dict[str, MmsClient] = {}
        self._asked: FairQueues[_Asked] = FairQueues(self._room, self._submit)
        self._pending: dict[int, _Pending] = {}
        self._early: OrderedDict[str, Receipt] = OrderedDict()
        self._numbers = 0
        self._is_open = False
        self.route = make_route(self)

    def __repr__(self) -> str:
        return f"<MmsDesk {self.route.name}: {len(self._clients)} gateways, {len(self._asked)} wait, {self.route!r}>"

    def start(self) -> None:
        """Take submits: HTTP has no sessions, so the carrier can be reached from now on."""
        self._is_open = True
        self.route.start()
        for client in self._clients.values():
            client.room(self.route.settings.window)

    async def stop(self, drain_s: float) -> None:
        """Give back what was not submitted, and wait for answers; what is unanswered then is told so."""
        self._is_open = False
        for client in self._clients.values():
            client.room(0)
        for asked in self._asked.taken_out():
            self._clients[asked.client].returned(asked.ref, "", 0.0)
        await self.route.stop(drain_s)
        for number in list(self._pending):
            self._settle(number, None)

    def add(self, name: str, client: MmsClient) -> None:
        """A gateway may submit from now on."""
        self._clients[name] = client
        self._asked.add(name)
        client.room(self.route.settings.window if self._is_open else 0)

    def remove(self, name: str) -> None:
        """A gateway is gone: what it asked for and was not submitted is forgotten, what it had to keep was not kept."""
        if self._clients.pop(name, None) is None:
            return
        self._asked.remove(name)
        for number in [number for number, pending in self._pending.items() if pending.client == name]:
            self._settle(number, None)

    def look_again(self) -> None:
        """This gateway may send again after a while in which it could not tell whether it lives."""
        self._asked.serve_soon()

    # What clients say.

    def submit(self, client: str, ref: int, mms: Mms) -> None:
        """Submit as soon as the window has room."""
        if not self._is_open:
            self._clients[client].returned(ref, "", 0.0)
            return
        self._asked.put(client, _Asked(client, ref, mms))

    def acknowledge(self, client: str, number: int, status: int) -> None:
        """What an MMSC posted is on disk, or could not be kept. A handset's words may be a STOP: what its gateway wrote
        is read here first, as at the desk of texts."""
        if status != KEPT or client == self._around.gateway_id:
            self._settle(number, status)
        else:
            self._around.caught_up(lambda is_known: self._settle(number, status if is_known else None))

    def decline(self, number: int) -> None:
        """The report that was offered speaks of no message there."""
        self._settle(number, None)

    # What the MMSC posts.

    async def mms_reported(self, receipt: Receipt) -> None:
        """Find the gateway that waits for a delivery report; raises StoreError if it could not keep it."""
        for name in list(self._clients):
            status = await self._tell(name, lambda client, number: client.reported(number, receipt, is_offer=True))
            if status == KEPT:
                return
            if status is not None:
                raise StoreError(f"{name} could not keep the delivery report")
        self._journal.record(
            "receipt.unmatched", carrier=self.route.name, id=receipt.message_id, state=receipt.state.name
        )
        self._early[receipt.message_id] = receipt
        if len(self._early) > EARLY_MAX:
            self._early.popitem(last=False)

    async def mms_received(self, mms: FromHandset) -> bool:
        """Give a handset's MMS to the gateway of its number; False when it is no number of ours. Raises StoreError."""
        destination = without_prefix(mms.destination)
        name = self._around.holder_of_number(parse_source(destination) or destination) or ""
        status = await self._tell(name, lambda client, number: client.received(number, mms))
        if status not in (KEPT, NOT_OURS):
            raise StoreError(f"the gateway that works for {mms.destination} could not keep it: post it again")
        return status == KEPT

    async def _tell(self, name: str, say: Callable[[MmsClient, int], None]) -> int | None:
        client = self._clients.get(name)
        if client is None:
            return None
        self._numbers += 1
        number = self._numbers
        heard: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._pending[number] = _Pending(name, heard)
        say(client, number)
        try:
            async with asyncio.timeout(HEARD_S):
                return await heard
        except TimeoutError:
            return None
        finally:
            self._pending.pop(number, None)

    def _settle(self, number: int, status: int | None) -> None:
        pending = self._pending.get(number)
        if pending is not None and not pending.heard.done():
            pending.heard.set_result(status)

    # MmsHandler: what the MMSC answers.

    def mms_answered(self, route: MmsRoute, token: object, answer: MmsAnswer) -> None:
        """Pass the answer on; nobody hears it if its gateway is gone."""
        assert isinstance(token, _Asked)
        early = self._early.pop(answer.message_id, None) if answer.message_id else None
        client = self._clients.get(token.client)
        if client is None:
            return
        client.answered(token.ref, answer)
        if early is not None:  # nobody waits for its acknowledgement: the MMSC had it when it came
            self._numbers += 1
            client.reported(self._numbers, early, is_offer=False)

    def submit_unknown(self, route: MmsRoute, token: object, reason: str) -> None:
        """Pass on that no answer will come."""
        assert isinstance(token, _Asked)
        client = self._clients.get(token.client)
        if client is not None:
            client.unanswered(token.ref, reason)

    def mms_ready(self, route: MmsRoute) -> None:
        """There is room again."""
        self._asked.serve_soon()

    # Out.

    def _room(self) -> int:
        """None while it is not certain that this gateway lives: what waits goes on then, or ends with it."""
        return self.route.window_free if self._around.is_alive() else 0

    def _submit(self, asked: _Asked) -> None:
        mms, client = asked.mms, self._clients[asked.client]
        if self._around.is_stopped(mms.source, mms.destination):
            client.returned(asked.ref, f"to/{mms.destination}", STOPPED_S)
            return
        closed = self._gates.closed(self._limits_of(mms.source))
        if closed is not None:
            limit, wait_s = closed
            self._journal.record("fleet.paced", route=self.route.name, limit=limit.words, wait_s=wait_s)
            client.returned(asked.ref, limit.key, wait_s)
            return
        self.route.submit(_message_of(mms), asked)


def _message_of(mms: Mms) -> Message:
    """As much of it as the MMSC is told."""
    return Message(
        id=0,
        uuid=mms.uuid,
        direction=Direction.OUTBOUND,
        service=Service.MMS,
        source=mms.source,
        destination=mms.destination,
        text=mms.text,
        created_at=0.0,
        media=mms.media,
        attempts=mms.attempts,
    )
