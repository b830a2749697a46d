"""Phones that are off, abroad, ported away or deactivated, over the wire on a clock that jumps."""

import pytest

from carriers.builders import HANDSET, SOURCE, a_profile
from carriers.esme import Esme
from carriers.loopback_carrier import receipt_state
from carriers.virtual_carrier import World, delivery_after, pass_time, says_nothing_for, virtually
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.directory import Directory
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.profile import ReachHabit
from powerpack_carriers.reach import HELD_MAX
from powerpack_carriers.smpp.constants import CommandStatus, MessageState
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.verdict import Verdict

HOUR_S, DAY_S = 3_600, 86_400


def error_of(receipt: Pdu) -> str:
    """The ``err:`` of a receipt."""
    return receipt.octets("short_message").decode().split("err:")[1].split(" ")[0]


def texts_of(carrier: Carrier, number: str = HANDSET) -> list[str]:
    """What a phone shows."""
    return [text.text for text in carrier.handset(number).inbox]


def test_texts_wait_while_the_phone_is_off_and_come_in_order_when_it_is_on() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            phone.state = HandsetState.OFF
            for text in (b"one", b"two"):
                await esme.submitted(text, registered_delivery=1)
            await says_nothing_for(esme, 2 * DAY_S)
            before = texts_of(carrier)
            phone.state = HandsetState.ON
            first, second = await delivery_after(esme, 1), await esme.delivery()

            assert before == []
            assert texts_of(carrier) == ["one", "two"]
            assert [receipt_state(each)[1] for each in (first, second)] == [MessageState.DELIVERED] * 2
            assert [each["state"] for each in world.journal.of("handset.state")] == ["off", "on"]
            assert len(world.journal.of("carrier.held")) == 2

    virtually(scenario)


def test_a_text_that_waits_too_long_expires_with_the_carriers_code() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).state = HandsetState.OFF
            response = await esme.submitted(registered_delivery=1)
            await says_nothing_for(esme, 3 * DAY_S - 1)
            receipt = await delivery_after(esme, 2)
            carrier.handset(HANDSET).state = HandsetState.ON
            await says_nothing_for(esme, 1)

            assert receipt_state(receipt) == (response.text("message_id"), MessageState.EXPIRED)
            assert error_of(receipt) == "4701"
            assert texts_of(carrier) == []
            assert carrier.in_flight == 0

    virtually(scenario)


def test_the_senders_validity_is_what_counts() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).state = HandsetState.OFF
            await esme.submitted(registered_delivery=1, validity_period="000000010000000R")
            await says_nothing_for(esme, HOUR_S - 1)
            receipt = await delivery_after(esme, 2)

            assert receipt_state(receipt)[1] == MessageState.EXPIRED

    virtually(scenario)


def test_a_phone_that_is_off_has_a_queue_that_can_be_full() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).state = HandsetState.OFF
            for _ in range(HELD_MAX):
                await esme.submitted()
            await pass_time(1)
            full = await esme.submitted()
            other = await esme.submitted(destination_addr="14155550199")
            carrier.handset(HANDSET).state = HandsetState.ON
            await pass_time(1)
            again = await esme.submitted()

            statuses = [each.command_status for each in (full, other, again)]
            assert statuses == [CommandStatus.ESME_RMSGQFUL, 0, 0]
            assert len(texts_of(carrier)) == HELD_MAX + 1

    virtually(scenario)


def test_a_text_to_a_phone_abroad_comes_late() -> None:
    async def scenario(world: World) -> None:
        profile = a_profile(reach=ReachHabit(roaming_delay_s=30))
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).state = HandsetState.ROAMING
            await esme.submitted(registered_delivery=1)
            await says_nothing_for(esme, 29)
            receipt = await delivery_after(esme, 2)

            assert receipt_state(receipt)[1] == MessageState.DELIVERED
            assert texts_of(carrier) == ["Hello"]

    virtually(scenario)


@pytest.mark.parametrize(
    ("state", "error"), [(HandsetState.DEACTIVATED, "4721"), (HandsetState.PORTED, "4720")], ids=str
)
def test_a_number_that_is_gone_is_undeliverable(state: HandsetState, error: str) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).state = state
            await esme.submitted(registered_delivery=1)
            receipt = await delivery_after(esme, 1)

            assert (receipt_state(receipt)[1], error_of(receipt)) == (MessageState.UNDELIVERABLE, error)
            assert texts_of(carrier) == []

    virtually(scenario)


def test_a_profile_may_refuse_numbers_that_are_gone() -> None:
    refused = Verdict(status=CommandStatus.ESME_RINVDSTADR)

    async def scenario(world: World) -> None:
        profile = a_profile(reach=ReachHabit(deactivated=refused, ported=refused))
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            for state in (HandsetState.DEACTIVATED, HandsetState.PORTED):
                carrier.handset(HANDSET).state = state
                assert (await esme.submitted()).command_status == CommandStatus.ESME_RINVDSTADR

    virtually(scenario)


@pytest.mark.parametrize("state", [HandsetState.OFF, HandsetState.PORTED, HandsetState.DEACTIVATED], ids=str)
def test_a_phone_without_a_network_sends_nothing(state: HandsetState) -> None:
    phone = Carrier().handset(HANDSET)
    phone.state = state

    with pytest.raises(HandsetError, match=rf"handset {HANDSET} is {state}: it can not send"):
        phone.reply("Hello", SOURCE)
    assert repr(phone) == f"<Handset {HANDSET} at generic, {state}: 0 texts>"


def test_a_number_that_is_ported_while_its_phone_is_off_gets_its_texts_and_stays_opted_out() -> None:
    tollfree = "18335550199"

    async def scenario(world: World) -> None:
        directory = Directory()
        common = {"directory": directory, "clock": world.clock, "journal": world.journal}
        async with (
            Carrier("att", **common) as att,  # type: ignore[arg-type]  # three of its settings
            Carrier("tmobile", **common) as tmobile,  # type: ignore[arg-type]
            await Esme.bound(att) as old,
            await Esme.bound(tmobile) as new,
        ):
            directory.assign(HANDSET, "att")
            phone = directory.handset(HANDSET)
            await old.submitted(source_addr=tollfree)
            await pass_time(60)
            phone.reply("STOP")
            phone.state = HandsetState.OFF
            await old.delivery()
            await old.submitted(b"on its way")
            await pass_time(60)
            directory.assign(HANDSET, "tmobile")
            phone.state = HandsetState.ON
            blocked = await new.submitted(source_addr=tollfree, registered_delivery=1)
            receipt = await delivery_after(new, 60)

            assert phone.carrier == "tmobile"
            assert texts_of(att)[-1] == "on its way"
            assert blocked.command_status == 0
            assert (receipt_state(receipt)[1], error_of(receipt)) == (MessageState.REJECTED, "4775")

    virtually(scenario)
