"""Scheduled messages, validity, and messages that replace others, over the wire on a clock that jumps."""

import pytest

from carriers.builders import HANDSET, SOURCE, a_profile
from carriers.esme import Esme
from carriers.loopback_carrier import SLOW, receipt_state
from carriers.virtual_carrier import World, delivery_after, pass_time, says_nothing_for, virtually
from powerpack_carriers.accounts import Account
from powerpack_carriers.profile import StoreHabit
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, EsmClass, MessageState, TlvTag
from powerpack_carriers.smpp.fields import FieldValue, SmeAddress
from powerpack_carriers.smpp.tlvs import Tlv

OTHER = "14155550199"
IN_AN_HOUR = "000000010000000R"
HALF_AN_HOUR = "000000003000000R"


def texts_of(carrier: object, number: str = HANDSET) -> list[str]:
    return [text.text for text in carrier.handset(number).inbox]  # type: ignore[attr-defined]  # a Carrier


# schedule_delivery_time


@pytest.mark.parametrize("is_absolute", [True, False], ids=["absolute", "relative"])
def test_a_scheduled_message_comes_when_it_should(is_absolute: bool) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            time = world.in_(hours=1) if is_absolute else IN_AN_HOUR
            response = await esme.submitted(schedule_delivery_time=time, registered_delivery=1)
            query = await esme.request(CommandId.query_sm, message_id=response.text("message_id"))
            await says_nothing_for(esme, 3_599)
            before = texts_of(carrier)
            receipt = await delivery_after(esme, 1.1)

            assert (query["message_state"], query["final_date"]) == (MessageState.ENROUTE, "")
            assert before == []
            assert texts_of(carrier) == ["Hello"]
            assert receipt_state(receipt) == (response.text("message_id"), MessageState.DELIVERED)
            assert world.journal.of("carrier.scheduled")[0]["in_s"] == 3_600.0

    virtually(scenario)


def test_a_scheduled_message_is_not_in_the_way_of_those_for_now() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            await esme.submitted(b"later", schedule_delivery_time=IN_AN_HOUR)
            await esme.submitted(b"now")
            await pass_time(1)

            assert texts_of(carrier) == ["now"]
            await pass_time(3_600)
            assert texts_of(carrier) == ["now", "later"]

    virtually(scenario)


def test_a_schedule_that_has_just_passed_means_now() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            assert (await esme.submitted(schedule_delivery_time=world.in_(seconds=-59))).command_status == 0
            await pass_time(1)

            assert texts_of(carrier) == ["Hello"]

    virtually(scenario)


SCHED, EXPIRY = CommandStatus.ESME_RINVSCHED, CommandStatus.ESME_RINVEXPIRY


@pytest.mark.parametrize(
    ("schedule", "validity", "status", "problem"),
    [
        ("tomorrow morning", "", SCHED, "schedule_delivery_time: found 'tomorrow morning', expected YYMMDDhhmmsstnnp"),
        ("261322000000000+", "", SCHED, "which is no date"),
        ("261122000000000+", "", SCHED, "which has passed"),
        ("000015000000000R", "", SCHED, "expected 1.2096e+06 s from now at most"),
        ("", "tomorrow morning", EXPIRY, "validity_period: found 'tomorrow morning', expected YYMMDDhhmmsstnnp"),
        ("", "261122000000000+", EXPIRY, "which ends before the delivery begins"),
        ("", "000000000000000R", EXPIRY, "which ends before the delivery begins"),
        (IN_AN_HOUR, HALF_AN_HOUR, EXPIRY, "which ends before the delivery begins"),
    ],
)
@pytest.mark.parametrize("command", [CommandId.submit_sm, CommandId.submit_multi], ids=lambda command: command.name)
def test_times_that_can_not_be_are_refused(
    command: CommandId, schedule: str, validity: str, status: int, problem: str
) -> None:
    fields: dict[str, FieldValue] = {"destination_addr": HANDSET}
    if command == CommandId.submit_multi:
        fields = {"dest_address": (SmeAddress(destination_addr=HANDSET),)}

    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            response = await esme.request(
                command,
                tlvs=(),
                source_addr=SOURCE,
                schedule_delivery_time=schedule,
                validity_period=validity,
                **fields,
            )

            assert response.command_status == status
            (refused,) = world.journal.of("carrier.refused")
            assert problem in str(refused["reason"])
            assert carrier.in_flight == 0

    virtually(scenario)


def test_a_scheduled_message_can_be_cancelled_by_its_parties() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            for service_type in ("CMT", "CPT"):
                await esme.submitted(service_type=service_type, schedule_delivery_time=IN_AN_HOUR)
            response = await esme.request(
                CommandId.cancel_sm, service_type="CMT", source_addr=SOURCE, destination_addr=HANDSET
            )
            await pass_time(3_601)

            assert response.command_status == 0
            states = [message.state for message in carrier.received]
            assert states == [MessageState.DELETED, MessageState.DELIVERED]

    virtually(scenario)


def test_a_message_is_not_cancelled_for_another_destination() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(schedule_delivery_time=IN_AN_HOUR)).text("message_id")
            response = await esme.request(
                CommandId.cancel_sm, message_id=message_id, source_addr=SOURCE, destination_addr=OTHER
            )

            assert response.command_status == CommandStatus.ESME_RCANCELFAIL
            assert carrier.in_flight == 1

    virtually(scenario)


# replace_sm


def test_a_scheduled_message_can_be_given_another_time() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(schedule_delivery_time=IN_AN_HOUR)).text("message_id")
            response = await esme.request(
                CommandId.replace_sm,
                message_id=message_id,
                source_addr=SOURCE,
                schedule_delivery_time=HALF_AN_HOUR,
                registered_delivery=1,
                short_message=b"sooner",
            )
            receipt = await delivery_after(esme, 1_801)
            await says_nothing_for(esme, 3_600)

            assert response.command_status == 0
            assert texts_of(carrier) == ["sooner"]
            assert receipt_state(receipt) == (message_id, MessageState.DELIVERED)

    virtually(scenario)


def test_a_scheduled_message_that_was_sent_at_once_is_not_scheduled_again() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=a_profile(receipt=SLOW)) as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(schedule_delivery_time=IN_AN_HOUR)).text("message_id")
            await pass_time(60)
            statuses = [
                (
                    await esme.request(
                        CommandId.replace_sm,
                        message_id=message_id,
                        source_addr=SOURCE,
                        schedule_delivery_time=when,
                        short_message=b"new",
                    )
                ).command_status
                for when in (world.in_(seconds=-5), IN_AN_HOUR)
            ]

            assert statuses == [CommandStatus.ESME_ROK, CommandStatus.ESME_RREPLACEFAIL]

    virtually(scenario)


def test_a_new_text_alone_leaves_the_times_as_they_are() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(schedule_delivery_time=IN_AN_HOUR)).text("message_id")
            await esme.request(CommandId.replace_sm, message_id=message_id, short_message=b"new")
            await pass_time(3_599)
            before = texts_of(carrier)
            await pass_time(2)

            assert (before, texts_of(carrier)) == ([], ["new"])

    virtually(scenario)


def test_a_new_text_takes_the_place_of_a_message_payload() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            payload = Tlv.of(TlvTag.message_payload, b"old")
            response = await esme.submitted(b"", tlvs=(payload,), schedule_delivery_time=IN_AN_HOUR)
            await esme.request(CommandId.replace_sm, message_id=response.text("message_id"), short_message=b"")
            await pass_time(3_601)

            assert texts_of(carrier) == [""]

    virtually(scenario)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"schedule_delivery_time": "x" * 16}, CommandStatus.ESME_RINVSCHED),
        ({"validity_period": "x" * 16}, CommandStatus.ESME_RINVEXPIRY),
        # It is with the network already.
        ({"schedule_delivery_time": IN_AN_HOUR}, CommandStatus.ESME_RREPLACEFAIL),
    ],
)
def test_a_message_on_its_way_keeps_what_can_not_be_replaced(fields: dict[str, FieldValue], status: int) -> None:
    async def scenario(world: World) -> None:
        profile = a_profile(receipt=SLOW)
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(b"old")).text("message_id")
            response = await esme.request(
                CommandId.replace_sm, tlvs=(), message_id=message_id, short_message=b"new", **fields
            )

            assert response.command_status == status
            assert carrier.received[0].text == "old"

    virtually(scenario)


def test_a_text_with_a_header_is_not_replaced_by_one_without() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            part = b"\5\0\3\1\2\1Hello"
            response = await esme.submitted(part, esm_class=EsmClass.UDHI, schedule_delivery_time=IN_AN_HOUR)
            replaced = await esme.request(
                CommandId.replace_sm, message_id=response.text("message_id"), short_message=b"Hi"
            )

            assert replaced.command_status == CommandStatus.ESME_RREPLACEFAIL

    virtually(scenario)


# validity_period


@pytest.mark.parametrize("is_scheduled", [True, False])
def test_a_message_that_is_not_delivered_in_time_expires(is_scheduled: bool) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=a_profile(receipt=SLOW)) as carrier, await Esme.bound(carrier) as esme:
            schedule = "000000002900000R" if is_scheduled else ""
            response = await esme.submitted(
                schedule_delivery_time=schedule, validity_period=HALF_AN_HOUR, registered_delivery=1
            )
            await says_nothing_for(esme, 1_799)
            receipt = await delivery_after(esme, 1.1)
            query = await esme.request(CommandId.query_sm, message_id=response.text("message_id"))
            await pass_time(7_200)

            assert receipt_state(receipt) == (response.text("message_id"), MessageState.EXPIRED)
            assert b"stat:EXPIRED err:001" in receipt.octets("short_message")
            assert query["message_state"] == MessageState.EXPIRED
            assert query["final_date"] == "261122020000000+"
            assert texts_of(carrier) == []

    virtually(scenario)


def test_a_message_that_is_delivered_in_time_does_not_expire() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            await esme.submitted(validity_period=HALF_AN_HOUR)
            await pass_time(3_600)

            assert carrier.received[0].state == MessageState.DELIVERED

    virtually(scenario)


def test_a_validity_beyond_the_carriers_longest_is_cut() -> None:
    async def scenario(world: World) -> None:
        profile = a_profile(receipt=SLOW, store=StoreHabit(validity_s=60, validity_s_max=60))
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            await esme.submitted(validity_period=HALF_AN_HOUR)
            await pass_time(61)

            assert carrier.received[0].state == MessageState.EXPIRED

    virtually(scenario)


def test_data_sm_has_a_time_to_live() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=a_profile(receipt=SLOW)) as carrier, await Esme.bound(carrier) as esme:
            await esme.request(
                CommandId.data_sm,
                source_addr=SOURCE,
                destination_addr=HANDSET,
                tlvs=(Tlv.of(TlvTag.qos_time_to_live, 90), Tlv.of(TlvTag.message_payload, b"Hello")),
            )
            await pass_time(89)
            before = carrier.received[0].state
            await pass_time(2)

            assert (before, carrier.received[0].state) == (MessageState.ENROUTE, MessageState.EXPIRED)

    virtually(scenario)


def test_a_message_on_its_way_can_be_given_another_validity() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=a_profile(receipt=SLOW)) as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted()).text("message_id")
            await esme.request(CommandId.replace_sm, message_id=message_id, validity_period=HALF_AN_HOUR)
            await pass_time(1_801)

            assert carrier.received[0].state == MessageState.EXPIRED

    virtually(scenario)


# replace_if_present_flag

LIKES = ((b"one", HANDSET, ""), (b"two", HANDSET, ""), (b"other", OTHER, ""), (b"type", HANDSET, "CMT"))


def test_a_message_that_replaces_takes_the_place_of_the_newest_that_is_like_it() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            for text, destination, service_type in LIKES:
                await esme.submitted(
                    text,
                    destination_addr=destination,
                    service_type=service_type,
                    schedule_delivery_time=IN_AN_HOUR,
                )
            await esme.submitted(b"new", schedule_delivery_time=IN_AN_HOUR, replace_if_present_flag=1)
            await pass_time(3_601)

            states = {message.text: MessageState(message.state) for message in carrier.received}
            assert states.pop("two") is MessageState.DELETED
            assert set(states.values()) == {MessageState.DELIVERED}
            assert len(world.journal.of("carrier.replaced")) == 1

    virtually(scenario)


def test_a_message_that_replaces_nothing_is_a_message() -> None:
    async def scenario(world: World) -> None:
        accounts = (Account("one"), Account("two"))
        async with (
            world.carrier(accounts=accounts) as carrier,
            await Esme.bound(carrier, account=0) as one,
            await Esme.bound(carrier, account=1) as two,
        ):
            await one.submitted(b"one", schedule_delivery_time=IN_AN_HOUR)
            response = await two.submitted(b"two", replace_if_present_flag=1)
            await pass_time(3_601)

            assert response.command_status == 0
            assert texts_of(carrier) == ["two", "one"]

    virtually(scenario)


def test_what_was_replaced_is_told_to_whoever_asked() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            old = await esme.submitted(schedule_delivery_time=IN_AN_HOUR, registered_delivery=1)
            esme.submit(b"new", replace_if_present_flag=1)
            pdus = {pdu.command_id: pdu for pdu in (await esme.receive(), await esme.receive())}

            assert receipt_state(pdus[CommandId.deliver_sm]) == (old.text("message_id"), MessageState.DELETED)

    virtually(scenario)
