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
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, MessageState
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
    ("state", "error"),
    [(HandsetState.DEACTIVATED, "4721"), (HandsetState.PORTED, "4720"), (HandsetState.LANDLINE, "4700")],
    ids=str,
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
        profile = a_profile(reach=ReachHabit(deactivated=refused, ported=refused, landline=refused))
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            for state in (HandsetState.DEACTIVATED, HandsetState.PORTED, HandsetState.LANDLINE):
                carrier.handset(HANDSET).state = state
                assert (await esme.submitted()).command_status == CommandStatus.ESME_RINVDSTADR

    virtually(scenario)


@pytest.mark.parametrize(
    "state", [HandsetState.OFF, HandsetState.PORTED, HandsetState.DEACTIVATED, HandsetState.LANDLINE], ids=str
)
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


@pytest.mark.parametrize("how", [CommandId.cancel_sm, CommandId.submit_sm])
def test_what_was_cancelled_or_replaced_leaves_the_phones_queue(how: CommandId) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).state = HandsetState.OFF
            response = await esme.submitted()
            await says_nothing_for(esme, HOUR_S)
            held_before = carrier.held_for(HANDSET)
            if how is CommandId.cancel_sm:
                await esme.request(how, message_id=response.text("message_id"), source_addr=SOURCE)
            else:
                await esme.submitted(b"Instead", replace_if_present_flag=1, schedule_delivery_time="000000010000000R")

            assert held_before == 1
            assert carrier.held_for(HANDSET) == 0

    virtually(scenario)


async def replaced(esme: Esme, message_id: str, validity_period: str) -> int:
    """The status of a replace_sm that says "new"."""
    response = await esme.request(
        CommandId.replace_sm,
        message_id=message_id,
        source_addr=SOURCE,
        validity_period=validity_period,
        registered_delivery=1,
        short_message=b"new",
    )
    return response.command_status


def test_a_text_that_waits_and_is_given_more_time_waits_longer() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).state = HandsetState.OFF
            response = await esme.submitted(validity_period="000000010000000R")
            await says_nothing_for(esme, HOUR_S / 2)
            status = await replaced(esme, response.text("message_id"), "000000050000000R")
            await says_nothing_for(esme, 2 * HOUR_S)
            carrier.handset(HANDSET).state = HandsetState.ON
            receipt = await delivery_after(esme, 1)

            assert status == CommandStatus.ESME_ROK
            assert receipt_state(receipt)[1] == MessageState.DELIVERED
            assert texts_of(carrier) == ["new"]

    virtually(scenario)


def test_a_text_that_waits_and_is_given_more_time_expires_all_the_same() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).state = HandsetState.OFF
            response = await esme.submitted(validity_period="000000010000000R")
            await says_nothing_for(esme, HOUR_S / 2)
            await replaced(esme, response.text("message_id"), "000000050000000R")
            await says_nothing_for(esme, 5 * HOUR_S - 1)
            receipt = await delivery_after(esme, 2)

            assert receipt_state(receipt)[1] == MessageState.EXPIRED
            assert error_of(receipt) == "4701"

    virtually(scenario)


def test_a_text_that_waits_and_is_given_less_time_expires_with_the_phones_code() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).state = HandsetState.OFF
            response = await esme.submitted()
            await says_nothing_for(esme, HOUR_S)
            await replaced(esme, response.text("message_id"), "000000010000000R")
            await says_nothing_for(esme, HOUR_S - 1)
            receipt = await delivery_after(esme, 2)

            assert receipt_state(receipt)[1] == MessageState.EXPIRED
            assert error_of(receipt) == "4701"
            assert carrier.held_for(HANDSET) == 0

    virtually(scenario)


@pytest.mark.parametrize("then", [HandsetState.ON, HandsetState.OFF])
def test_texts_stay_in_order_when_a_phone_is_no_longer_abroad(then: HandsetState) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            phone.state = HandsetState.ROAMING
            await esme.submitted(b"one")
            await says_nothing_for(esme, 1)
            phone.state = then
            await esme.submitted(b"two")
            await says_nothing_for(esme, HOUR_S)
            phone.state = HandsetState.ON
            await says_nothing_for(esme, 1)

            assert texts_of(carrier) == ["one", "two"]

    virtually(scenario)


def test_a_text_takes_the_whole_way_again_to_a_phone_that_was_off_abroad() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            phone.state = HandsetState.ROAMING
            await esme.submitted()
            for state, seconds in ((HandsetState.OFF, 1), (HandsetState.ROAMING, 1)):
                await says_nothing_for(esme, seconds)
                phone.state = state
            await says_nothing_for(esme, 4.5)
            on_its_way = texts_of(carrier)
            await says_nothing_for(esme, 1)

            assert on_its_way == []
            assert texts_of(carrier) == ["Hello"]

    virtually(scenario)


def test_a_text_whose_validity_ends_on_its_way_abroad_expires() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).state = HandsetState.ROAMING
            await esme.submitted(registered_delivery=1, validity_period="000000000003000R")
            await says_nothing_for(esme, 2.5)
            receipt = await delivery_after(esme, 1)
            await says_nothing_for(esme, HOUR_S)

            assert receipt_state(receipt)[1] == MessageState.EXPIRED
            assert texts_of(carrier) == []

    virtually(scenario)
