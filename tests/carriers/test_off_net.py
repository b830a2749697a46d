"""Texts to numbers that another carrier serves."""

from dataclasses import replace

import pytest

from carriers.builders import HANDSET, a_profile
from carriers.esme import Esme
from carriers.loopback_carrier import receipt_state
from carriers.virtual_carrier import World, virtually
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.directory import Directory
from powerpack_carriers.profile import ReachHabit
from powerpack_carriers.smpp.constants import CommandStatus, MessageState
from powerpack_carriers.verdict import Verdict

OTHERS = "14155550199"


def two_carriers(world: World, off_net: Verdict | None) -> tuple[Carrier, Carrier]:
    """``mine``, which serves HANDSET, and ``other``, which serves OTHERS."""
    directory = Directory()
    profile = replace(a_profile(), reach=ReachHabit(off_net=off_net))
    mine, other = (
        Carrier(profile, name=name, clock=world.clock, journal=world.journal, directory=directory)
        for name in ("mine", "other")
    )
    directory.assign(HANDSET, "mine")
    directory.assign(OTHERS, "other")
    return mine, other


def test_they_are_carried_over_unless_the_profile_says_otherwise() -> None:
    async def scenario(world: World) -> None:
        mine, other = two_carriers(world, None)
        async with mine, other, await Esme.bound(mine) as esme:
            await esme.submitted(destination_addr=OTHERS, registered_delivery=1)
            receipt = await esme.delivery()

            assert receipt_state(receipt)[1] == MessageState.DELIVERED
            assert mine.handset(OTHERS).text_count == 1
            assert len(world.journal.of("carrier.interconnect")) == 1

    virtually(scenario)


@pytest.mark.parametrize("number", [HANDSET, "14155550177"], ids=["its own", "nobody's in particular"])
def test_those_to_its_own_numbers_are_carried_whatever_the_profile_says(number: str) -> None:
    async def scenario(world: World) -> None:
        mine, _ = two_carriers(world, Verdict(status=CommandStatus.ESME_RINVDSTADR))
        mine.directory.assign(number, "mine")
        async with mine, await Esme.bound(mine) as esme:
            assert (await esme.submitted(destination_addr=number)).command_status == 0

    virtually(scenario)


def test_they_can_be_refused() -> None:
    async def scenario(world: World) -> None:
        mine, _ = two_carriers(world, Verdict(status=CommandStatus.ESME_RINVDSTADR))
        async with mine, await Esme.bound(mine) as esme:
            response = await esme.submitted(destination_addr=OTHERS)

            assert response.command_status == CommandStatus.ESME_RINVDSTADR

    virtually(scenario)


def test_they_can_be_let_in_and_end_undelivered() -> None:
    async def scenario(world: World) -> None:
        mine, _ = two_carriers(world, Verdict(error="4720"))
        async with mine, await Esme.bound(mine) as esme:
            response = await esme.submitted(destination_addr=OTHERS, registered_delivery=1)
            receipt = await esme.delivery()

            assert receipt_state(receipt) == (response.text("message_id"), MessageState.UNDELIVERABLE)
            assert b"err:4720" in receipt.octets("short_message")
            assert mine.handset(OTHERS).text_count == 0

    virtually(scenario)
