"""The requests besides submit_sm, over loopback."""

import pytest

from carriers.builders import HANDSET, SOURCE, a_profile
from carriers.esme import Esme
from carriers.loopback_carrier import SLOW, a_carrier, receipt_state, run
from carriers.virtual_carrier import World, virtually
from powerpack_carriers.accounts import Account
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.content import ContentRules
from powerpack_carriers.profile import ReceiptHabit, ResponseHabit, SessionHabit
from powerpack_carriers.registration import RegistrationRules, Registry
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, MessageState, TlvTag
from powerpack_carriers.smpp.fields import DistributionList, SmeAddress, UnsuccessSme
from powerpack_carriers.smpp.tlvs import Tlv
from powerpack_carriers.verdict import Verdict

OTHER = "14155550199"


def a_slow_carrier() -> Carrier:
    """A carrier whose messages are on their way for an hour."""
    return a_carrier(profile=a_profile(receipt=SLOW), accounts=(Account("one"), Account("two")))


# query_sm


def test_a_message_on_its_way_is_enroute() -> None:
    async def scenario() -> None:
        async with a_slow_carrier() as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted()).text("message_id")
            found = await esme.request(CommandId.query_sm, message_id=message_id, source_addr=SOURCE)

            assert found.text("message_id") == message_id
            assert (found["message_state"], found["final_date"]) == (MessageState.ENROUTE, "")

    run(scenario)


@pytest.mark.parametrize(("error", "error_code"), [("069", 69), ("9802", 0), ("21b", 0)])
def test_a_message_at_its_end_has_state_date_and_error(error: str, error_code: int) -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("undeliverable", error=error)
            message_id = (await esme.submitted(registered_delivery=1)).text("message_id")
            await esme.delivery()
            found = await esme.request(CommandId.query_sm, message_id=message_id)

            assert (found["message_state"], found["error_code"]) == (MessageState.UNDELIVERABLE, error_code)
            assert len(found.text("final_date")) == 16
            assert found.text("final_date").endswith("000+")

    run(scenario)


def test_a_message_that_is_not_one_s_own_is_not_known() -> None:
    async def scenario() -> None:
        async with (
            a_slow_carrier() as carrier,
            await Esme.bound(carrier, account=0) as one,
            await Esme.bound(carrier, account=1) as two,
        ):
            message_id = (await one.submitted()).text("message_id")
            statuses = [
                (await esme.request(command, message_id=known, source_addr=source)).command_status
                for command in (CommandId.query_sm, CommandId.cancel_sm, CommandId.replace_sm)
                for esme, known, source in (
                    (two, message_id, SOURCE),
                    (one, "nonsense", SOURCE),
                    (one, message_id, OTHER),
                )
            ]

            assert statuses == [CommandStatus.ESME_RINVMSGID] * 9

    run(scenario)


# cancel_sm


def test_a_message_on_its_way_can_be_cancelled_once() -> None:
    async def scenario() -> None:
        async with a_slow_carrier() as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(registered_delivery=1)).text("message_id")
            esme.send(CommandId.cancel_sm, message_id=message_id, source_addr=SOURCE, destination_addr=HANDSET)
            cancelled, receipt = await esme.receive(), await esme.delivery()
            again = await esme.request(CommandId.cancel_sm, message_id=message_id, source_addr=SOURCE)

            assert (cancelled.command_id, cancelled.command_status) == (CommandId.cancel_sm_resp, 0)
            assert receipt_state(receipt) == (message_id, MessageState.DELETED)
            assert again.command_status == CommandStatus.ESME_RCANCELFAIL
            assert carrier.in_flight == 0

    run(scenario)


def test_all_messages_between_two_parties_can_be_cancelled() -> None:
    async def scenario() -> None:
        async with a_slow_carrier() as carrier, await Esme.bound(carrier) as esme:
            for destination in (HANDSET, HANDSET, OTHER):
                await esme.submitted(destination_addr=destination)
            cancelled, again = [
                await esme.request(CommandId.cancel_sm, source_addr=SOURCE, destination_addr=HANDSET) for _ in range(2)
            ]

            assert (cancelled.command_status, again.command_status) == (0, CommandStatus.ESME_RCANCELFAIL)
            states = [MessageState(message.state) for message in carrier.received]
            assert states == [MessageState.DELETED, MessageState.DELETED, MessageState.ENROUTE]

    run(scenario)


# replace_sm


def test_a_message_on_its_way_can_be_replaced() -> None:
    async def scenario() -> None:
        async with a_slow_carrier() as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(b"old")).text("message_id")
            response = await esme.request(
                CommandId.replace_sm, message_id=message_id, source_addr=SOURCE, short_message=b"new"
            )

            assert response.command_status == 0
            assert carrier.received[0].text == "new"

    run(scenario)


def test_the_new_text_is_read_as_the_first_one_was() -> None:
    """What a filter refuses or blocks does not get through by way of replace_sm, and the text of before stays."""

    async def scenario() -> None:
        rules = ContentRules(shaft=Verdict(status=104), shortener=Verdict(error="4771"))
        profile = a_profile(receipt=ReceiptHabit(delay_s_min=0.2, delay_s_max=0.2), content=rules)
        async with a_carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            kept, blocked = [
                (await esme.submitted(registered_delivery=1)).text("message_id"),
                (await esme.submitted(registered_delivery=1)).text("message_id"),
            ]
            refused = await esme.request(
                CommandId.replace_sm, message_id=kept, source_addr=SOURCE, short_message=b"vodka", registered_delivery=1
            )
            taken = await esme.request(
                CommandId.replace_sm,
                message_id=blocked,
                source_addr=SOURCE,
                short_message=b"see bit.ly/x1",
                registered_delivery=1,
            )
            receipts = [await esme.delivery(), await esme.delivery()]
            told = dict(receipt_state(each) for each in receipts)

            assert (refused.command_status, taken.command_status) == (104, 0)
            assert told == {kept: MessageState.DELIVERED, blocked: MessageState.REJECTED}
            assert [each.text for each in carrier.handset(HANDSET).inbox] == ["Hello"]

    run(scenario)


def test_a_message_that_was_blocked_for_its_text_is_delivered_with_a_good_one() -> None:
    async def scenario(world: World) -> None:
        rules = ContentRules(shortener=Verdict(error="4771"))
        profile = a_profile(receipt=ReceiptHabit(delay_s_min=5, delay_s_max=5), content=rules)
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(b"see bit.ly/x1", registered_delivery=1)).text("message_id")
            for text, schedule, status in (
                (b"see bit.ly/x2", "", 0),
                (b"good, but too late", "000000000100000R", CommandStatus.ESME_RREPLACEFAIL),
                (b"good", "", 0),
            ):
                response = await esme.request(
                    CommandId.replace_sm,
                    message_id=message_id,
                    source_addr=SOURCE,
                    schedule_delivery_time=schedule,
                    short_message=text,
                    registered_delivery=1,
                )
                assert response.command_status == status
                is_good = not schedule and text == b"good"
                assert carrier.received[0].fate == (MessageState.DELIVERED if is_good else MessageState.REJECTED)

            assert receipt_state(await esme.delivery()) == (message_id, MessageState.DELIVERED)
            assert [each.text for each in carrier.handset(HANDSET).inbox] == ["good"]

    virtually(scenario)


def test_a_message_that_was_blocked_for_its_sender_stays_so_whatever_it_says() -> None:
    async def scenario(world: World) -> None:
        rules = RegistrationRules(unregistered=Verdict(error="4774"))
        profile = a_profile(receipt=ReceiptHabit(delay_s_min=5, delay_s_max=5), registration=rules)
        async with world.carrier(profile=profile, registry=Registry()) as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(registered_delivery=1)).text("message_id")
            await esme.request(
                CommandId.replace_sm,
                message_id=message_id,
                source_addr=SOURCE,
                short_message=b"good",
                registered_delivery=1,
            )

            assert receipt_state(await esme.delivery()) == (message_id, MessageState.REJECTED)

    virtually(scenario)


def test_a_message_at_its_end_can_not_be_replaced() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(registered_delivery=1)).text("message_id")
            await esme.delivery()
            response = await esme.request(CommandId.replace_sm, message_id=message_id, short_message=b"new")

            assert response.command_status == CommandStatus.ESME_RREPLACEFAIL

    run(scenario)


# data_sm, submit_multi


def test_data_sm_is_a_message_too() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            response = await esme.request(
                CommandId.data_sm,
                source_addr=SOURCE,
                destination_addr=HANDSET,
                registered_delivery=1,
                tlvs=(Tlv.of(TlvTag.message_payload, b"Hello"),),
            )
            receipt = await esme.delivery()

            assert receipt_state(receipt) == (response.text("message_id"), MessageState.DELIVERED)
            assert [text.text for text in carrier.handset(HANDSET).inbox] == ["Hello"]

    run(scenario)


def test_data_sm_is_refused_like_any_message() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            response = await esme.request(
                CommandId.data_sm,
                source_addr=SOURCE,
                destination_addr="x" * 40,
                tlvs=(Tlv.of(TlvTag.message_payload, b"Hello"),),
            )

            assert response.command_status == CommandStatus.ESME_RINVDSTADR

    run(scenario)


def test_submit_multi_reaches_whom_it_can_and_names_the_others() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            response = await esme.request(
                CommandId.submit_multi,
                source_addr=SOURCE,
                short_message=b"Hello",
                dest_address=(
                    SmeAddress(destination_addr=HANDSET),
                    SmeAddress(dest_addr_ton=5, destination_addr=""),
                    DistributionList(dl_name="friends"),
                    SmeAddress(destination_addr=OTHER),
                ),
            )

            assert response.command_status == 0
            assert response["unsuccess_sme"] == (
                UnsuccessSme(dest_addr_ton=5, destination_addr="", error_status_code=CommandStatus.ESME_RINVDSTADR),
                UnsuccessSme(destination_addr="friends", error_status_code=CommandStatus.ESME_RINVDLNAME),
            )
            accepted = [message for message in carrier.received if not message.status]
            assert [message.destination_addr for message in accepted] == [HANDSET, OTHER]
            assert {message.message_id for message in accepted} == {response.text("message_id")}

    run(scenario)


def test_submit_multi_that_reaches_nobody_is_refused() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            response = await esme.request(
                CommandId.submit_multi, source_addr=SOURCE, dest_address=(DistributionList(dl_name="friends"),)
            )

            assert response.command_status == CommandStatus.ESME_RINVDLNAME

    run(scenario)


def test_submit_multi_whose_response_is_lost_is_delivered_nevertheless() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("lose_response", destination=OTHER)
            esme.send(CommandId.submit_multi, source_addr=SOURCE, dest_address=(SmeAddress(destination_addr=OTHER),))
            # The next response is that of the next request.
            await esme.submitted(registered_delivery=1)
            await esme.delivery()

            assert carrier.handset(OTHER).text_count == 1

    run(scenario)


async def send_to_one(esme: Esme, command: CommandId) -> int:
    """A data_sm or submit_multi to HANDSET; its sequence_number."""
    if command is CommandId.data_sm:
        payload = Tlv.of(TlvTag.message_payload, b"Hello")
        return esme.send(command, source_addr=SOURCE, destination_addr=HANDSET, tlvs=(payload,))
    return esme.send(command, source_addr=SOURCE, dest_address=(SmeAddress(destination_addr=HANDSET),))


@pytest.mark.parametrize("command", [CommandId.data_sm, CommandId.submit_multi])
@pytest.mark.parametrize("is_fault", [True, False])
def test_an_answer_is_late_whatever_brought_the_message(command: CommandId, *, is_fault: bool) -> None:
    async def scenario(world: World) -> None:
        delay = {"delay_s_min": 5.0, "delay_s_max": 5.0}
        profile = a_profile() if is_fault else a_profile(response=ResponseHabit(**delay))
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            if is_fault:
                carrier.faults.add("late_response", **delay)
            begin_s = world.elapsed_s
            sequence_number = await send_to_one(esme, command)
            response = await esme.receive()

            assert (response.sequence_number, response.command_status) == (sequence_number, 0)
            assert world.elapsed_s - begin_s == pytest.approx(5.0, abs=0.1)

    virtually(scenario)


@pytest.mark.parametrize("command", [CommandId.data_sm, CommandId.submit_multi])
def test_a_disconnect_drops_the_link_whatever_brought_the_message(command: CommandId) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("disconnect")
            await send_to_one(esme, command)
            with pytest.raises(ConnectionError):
                await esme.receive()

            assert len(carrier.received) == 1

    virtually(scenario)


def test_a_submit_multi_that_waits_for_its_answer_counts_in_the_window() -> None:
    async def scenario(world: World) -> None:
        profile = a_profile(sessions=SessionHabit(submits_max=1))
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("late_response", delay_s_min=5, delay_s_max=5, destination=HANDSET)
            await send_to_one(esme, CommandId.submit_multi)
            refused = await esme.submitted(destination_addr=OTHER)
            await esme.receive()
            taken = await esme.submitted(destination_addr=OTHER)

            assert (refused.command_status, taken.command_status) == (CommandStatus.ESME_RTHROTTLED, 0)

    virtually(scenario)


@pytest.mark.parametrize(("destination", "left"), [("", []), (OTHER, [HANDSET]), (HANDSET, [OTHER]), (SOURCE, None)])
def test_a_submit_multi_is_cancelled_by_its_one_id_for_all_or_for_one(destination: str, left: list[str] | None) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=a_profile(receipt=SLOW)) as carrier, await Esme.bound(carrier) as esme:
            both = (SmeAddress(destination_addr=HANDSET), SmeAddress(destination_addr=OTHER))
            sent = await esme.request(CommandId.submit_multi, source_addr=SOURCE, dest_address=both)
            cancelled = await esme.request(
                CommandId.cancel_sm,
                message_id=sent.text("message_id"),
                source_addr=SOURCE,
                destination_addr=destination,
            )
            enroute = [each.destination_addr for each in carrier.received if each.state == MessageState.ENROUTE]

            assert cancelled.command_status == (CommandStatus.ESME_RCANCELFAIL if left is None else 0)
            assert enroute == ([HANDSET, OTHER] if left is None else left)

    virtually(scenario)


def _two_destinations() -> tuple[SmeAddress, ...]:
    return (SmeAddress(destination_addr=HANDSET), SmeAddress(destination_addr=OTHER))


def test_a_submit_multi_is_on_its_way_as_long_as_any_of_it_is() -> None:
    async def scenario() -> None:
        async with a_slow_carrier() as carrier, await Esme.bound(carrier) as esme:
            sent = await esme.request(CommandId.submit_multi, source_addr=SOURCE, dest_address=_two_destinations())
            message_id = sent.text("message_id")
            states = []
            for destination in (HANDSET, OTHER):
                await esme.request(
                    CommandId.cancel_sm, message_id=message_id, source_addr=SOURCE, destination_addr=destination
                )
                states.append((await esme.request(CommandId.query_sm, message_id=message_id))["message_state"])

            assert states == [MessageState.ENROUTE, MessageState.DELETED]

    run(scenario)


def test_a_submit_multi_that_arrived_in_part_has_not_arrived() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("undeliverable", destination=OTHER, error="069")
            sent = await esme.request(
                CommandId.submit_multi, source_addr=SOURCE, dest_address=_two_destinations(), registered_delivery=1
            )
            await esme.delivery()
            await esme.delivery()
            found = await esme.request(CommandId.query_sm, message_id=sent.text("message_id"))

            assert (found["message_state"], found["error_code"]) == (MessageState.UNDELIVERABLE, 69)

    run(scenario)


def test_a_submit_multi_is_replaced_for_all_that_are_on_their_way() -> None:
    async def scenario() -> None:
        async with a_slow_carrier() as carrier, await Esme.bound(carrier) as esme:
            sent = await esme.request(
                CommandId.submit_multi, source_addr=SOURCE, dest_address=_two_destinations(), short_message=b"old"
            )
            message_id = sent.text("message_id")

            async def replaced() -> int:
                said = await esme.request(
                    CommandId.replace_sm, message_id=message_id, source_addr=SOURCE, short_message=b"new"
                )
                return said.command_status

            statuses = [await replaced()]
            assert [each.text for each in carrier.received] == ["new", "new"]
            await esme.request(CommandId.cancel_sm, message_id=message_id, source_addr=SOURCE)
            statuses.append(await replaced())

            assert statuses == [0, CommandStatus.ESME_RREPLACEFAIL]

    run(scenario)
