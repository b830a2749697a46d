"""A carrier on loopback for tests, and scenarios that leave nothing behind."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from carriers.builders import a_profile
from powerpack_carriers.accounts import Account
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.profile import ReceiptHabit
from powerpack_carriers.smpp.constants import EsmClass, TlvTag
from powerpack_carriers.smpp.pdus import Pdu

OWN_NUMBER = "12065550142"
FAST = ReceiptHabit(delay_s_min=0, delay_s_max=0)
SLOW = ReceiptHabit(delay_s_min=3_600, delay_s_max=3_600)
BOUND_TWICE = (Account("one"), Account("two", numbers=frozenset({OWN_NUMBER})))


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario to its end, and see that it left no task behind."""

    async def whole() -> None:
        async with asyncio.timeout(30):
            await scenario()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left

    asyncio.run(whole())


def a_carrier(**settings: Any) -> Carrier:
    """A permissive carrier without delay."""
    return Carrier(**{"profile": a_profile(), **settings})


def receipt_state(pdu: Pdu) -> tuple[object, object]:
    """Id and state of a receipt."""
    assert pdu.integer("esm_class") & EsmClass.TYPE_MASK == EsmClass.DELIVERY_RECEIPT, pdu
    return pdu.tlv(TlvTag.receipted_message_id), pdu.tlv(TlvTag.message_state)
