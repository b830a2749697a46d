"""Carriers that call: a carrier connects to an ESME that listens, and asks it to bind (SMPP 3.4, 2.7.1, 4.1.7)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from powerpack_carriers.accounts import Account
from powerpack_carriers.mailbox import Mailbox
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.smsc import Smsc
from powerpack_carriers.timeline import Action

CALL_WITHIN_S: Final = 10.0
"""So long a connection may take to stand; loopback needs a millisecond, a far host some hundred."""

CALL_AGAIN_S: Final = 30.0
"""The pause between two calls while something waits; ours, as long as the usual enquire_link."""


class Outbinds:
    """Calls the ESMEs of accounts with an ``outbind`` address while something waits for them and nobody is bound."""

    def __init__(
        self, carrier: str, smsc: Smsc, *, plan: Callable[[float, Action], None], clock: Clock, journal: Journal
    ) -> None:
        self._carrier = carrier
        self._smsc = smsc
        self._plan = plan
        self._clock = clock
        self._journal = journal
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._planned: set[str] = set()

    async def call(self, account: Account, host: str, port: int) -> None:
        """Connect and send outbind; returns when it is sent. Raises OSError where nobody answers."""
        self._journal.record(
            "carrier.outbind", carrier=self._carrier, system_id=account.system_id, host=host, port=port
        )
        try:
            async with asyncio.timeout(CALL_WITHIN_S):
                await self._smsc.call(host, port, password=account.password)
        except OSError as error:
            self._journal.record(
                "carrier.outbind_failed",
                carrier=self._carrier,
                system_id=account.system_id,
                host=host,
                port=port,
                reason=str(error) or f"no connection within {CALL_WITHIN_S:g} s",
            )
            raise

    def wake(self, mailbox: Mailbox) -> None:
        """Something waits for an account, and no bind is there to take it: call, now and again until one is."""
        account = mailbox.account
        if account.outbind is None or account.system_id in self._planned:
            return
        self._planned.add(account.system_id)
        self._plan(self._clock.monotonic(), lambda now: self._call_and_look_again(mailbox, now))

    async def stop(self) -> None:
        """Give up the calls that are under way."""
        calls, self._calls = self._calls, {}
        for task in calls.values():
            task.cancel()
        await asyncio.gather(*calls.values(), return_exceptions=True)

    def _call_and_look_again(self, mailbox: Mailbox, now: float) -> None:
        system_id = mailbox.account.system_id
        if mailbox.has_receiver or not mailbox.waiting:
            self._planned.discard(system_id)
            return
        if system_id not in self._calls:
            task = self._calls[system_id] = asyncio.get_running_loop().create_task(self._call(mailbox.account))
            task.add_done_callback(lambda _: self._calls.pop(system_id, None))
        self._plan(now + CALL_AGAIN_S, lambda later: self._call_and_look_again(mailbox, later))

    async def _call(self, account: Account) -> None:
        assert account.outbind is not None, "only accounts with an address are called"
        with suppress(OSError):  # which the journal has; the next call is planned
            await self.call(account, *account.outbind)
