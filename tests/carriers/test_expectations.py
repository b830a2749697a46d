"""Waiting for what an ESME sends, in code that awaits."""

import asyncio

import pytest

from carriers.esme import Esme
from powerpack_carriers.carrier import Carrier

ANA, SHOP = "14155550123", "12065550100"


def test_a_message_that_came_or_comes_is_found_by_text_and_parties() -> None:
    async def scenario() -> tuple[str, list[str], list[str]]:
        async with Carrier() as carrier, await Esme.bound(carrier) as esme:
            esme.submit(b"first", source_addr=SHOP, destination_addr=ANA)
            waited = await carrier.expect("first")
            esme.submit(b"second", source_addr=SHOP, destination_addr="14155550199")
            await carrier.expect("second")
            found = carrier.messages("s", destination="+14155550199")
            return waited.text, carrier.texts, [each.text for each in found]

    assert asyncio.run(scenario()) == ("first", ["first", "second"], ["second"])


def test_nothing_at_all_is_said_too() -> None:
    async def scenario() -> None:
        async with Carrier(name="acme") as carrier:
            await carrier.expect(source=SHOP, within=0)

    with pytest.raises(AssertionError, match=rf"<Carrier acme .*> got no message at all from {SHOP}; it got 0:"):
        asyncio.run(scenario())


def test_a_carrier_without_accounts_says_so() -> None:
    with pytest.raises(ValueError, match="carrier generic has no account"):
        _ = Carrier(accounts=[]).system_id
