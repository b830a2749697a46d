"""Faults between phones and ESMEs: texts that are lost, late, doubled, and messages that are dropped without a word."""

import pytest

from carriers.builders import HANDSET, SOURCE
from carriers.raw_esme import RawEsme, bound
from carriers.virtual_carrier import World
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.errors import FaultError
from powerpack_carriers.smpp.constants import CommandId

OTHER = "12065550199"


async def texts_within(esme: RawEsme, *moments: float) -> list[list[str]]:
    """The texts that come until each moment, in seconds from now, acknowledged."""
    found, now = [], 0.0
    for moment in moments:
        pdus = await esme.pdus(moment - now)
        now = moment
        for each in pdus:
            esme.answer(each)
        found.append([each.octets("short_message").decode() for each in pdus])
    return found


@pytest.mark.parametrize(
    ("word", "settings", "expected"),
    [
        ("lose_text", {}, [[], [], []]),
        ("delay_text", {"delay_s_min": 60, "delay_s_max": 60}, [[], ["Hello"], []]),
        ("duplicate_text", {"copies": 2, "again_after_s": 60}, [["Hello"], ["Hello"], ["Hello"]]),
    ],
)
def test_a_text_is_lost_late_or_there_again(word: str, settings: dict[str, object], expected: list[list[str]]) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add(word, **settings)
        carrier.handset(HANDSET).reply("Hello", SOURCE)

        assert await texts_within(esme, 1, 61, 121) == expected

    bound(scenario)


def test_copies_have_sequence_numbers_of_their_own() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("duplicate_text", again_after_s=0)
        carrier.handset(HANDSET).reply("Hello", SOURCE)
        first, second = await esme.pdus()

        assert (first.command_id, second.command_id) == (CommandId.deliver_sm, CommandId.deliver_sm)
        assert first.sequence_number != second.sequence_number

    bound(scenario)


def test_of_two_faults_that_double_texts_the_slower_says_when() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("duplicate_text", again_after_s=60)
        carrier.faults.add("duplicate_text", again_after_s=5)
        carrier.handset(HANDSET).reply("Hello", SOURCE)

        assert await texts_within(esme, 1, 58, 61, 118, 121) == [["Hello"], [], ["Hello"], [], ["Hello"]]

    bound(scenario)


def test_one_part_of_a_long_text_may_be_lost() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("lose_text", share=0.5)
        for _ in range(20):
            carrier.handset(HANDSET).reply("x" * 200, SOURCE)
        found = [len(each.octets("short_message")) for each in await esme.pdus()]

        assert 0 < found.count(159) < 20
        assert 0 < found.count(53) < 20

    bound(scenario)


def test_what_is_lost_late_and_doubled_adds_up() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("delay_text", delay_s_min=10, delay_s_max=10)
        carrier.faults.add("duplicate_text", again_after_s=10)
        carrier.handset(HANDSET).reply("Hello", SOURCE)
        assert await texts_within(esme, 9, 11, 21) == [[], ["Hello"], ["Hello"]]

        carrier.faults.add("lose_text")
        carrier.faults.add("duplicate_text")
        carrier.handset(HANDSET).reply("Hello", SOURCE)
        assert await texts_within(esme, 100) == [[]]

    bound(scenario)


def test_a_fault_of_texts_may_be_limited_to_a_phone_and_to_a_number() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("lose_text", source="+14155550199")
        carrier.faults.add("lose_text", destination=OTHER)
        carrier.handset(HANDSET).reply("to you", SOURCE)
        carrier.handset(HANDSET).reply("to another", OTHER)

        assert await texts_within(esme, 1) == [["to you"]]
        assert [fault.struck for fault in carrier.faults] == [0, 1]

    bound(scenario)


def test_receipts_are_no_texts() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("lose_text")
        esme.submit(registered_delivery=1)

        assert [each.command_id for each in await esme.pdus()] == [CommandId.submit_sm_resp, CommandId.deliver_sm]

    bound(scenario)


def test_a_message_is_dropped_without_a_word() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("fake_delivery")
        esme.submit(registered_delivery=1)
        _, receipt = await esme.pdus()

        assert b"dlvrd:001" in receipt.octets("short_message")
        assert b"stat:DELIVRD err:000" in receipt.octets("short_message")
        assert carrier.handset(HANDSET).inbox == []
        (event,) = world.journal.of("carrier.swallowed")
        assert (event["source"], event["number"]) == (SOURCE, HANDSET)

    bound(scenario)


def test_a_message_that_fails_anyhow_is_told_to_fail() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("undeliverable")
        carrier.faults.add("fake_delivery")
        esme.submit(registered_delivery=1)
        _, receipt = await esme.pdus()

        assert b"stat:UNDELIV" in receipt.octets("short_message")

    bound(scenario)


@pytest.mark.parametrize(
    ("word", "settings", "problem"),
    [
        ("delay_text", {"delay_s_min": 5, "delay_s_max": 4}, "delay_s_max: found 4.0, expected 5 to 86400"),
        ("duplicate_text", {"copies": 0}, "copies: found 0, expected 1 to 100"),
        ("duplicate_text", {"again_after_s": -1}, "again_after_s: found -1.0, expected 0 to 86400"),
        ("odd_submit_resp", {"form": "odd"}, "form: found 'odd', expected one of 'error_with_body'"),
        ("odd_addresses", {"side": "left"}, "side: found 'left', expected one of 'source', 'destination', 'both'"),
    ],
)
def test_a_mistake_is_named(word: str, settings: dict[str, object], problem: str) -> None:
    with pytest.raises(FaultError, match=problem):
        Carrier().faults.add(word, **settings)
