"""Faults that strike by the clock, at many messages, or at sessions as a whole."""

from carriers.builders import HANDSET, SOURCE
from carriers.esme import Esme
from carriers.loopback_carrier import receipt_state
from carriers.virtual_carrier import World, pass_time, says_nothing_for, virtually
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, TlvTag
from powerpack_carriers.smpp.pdus import Pdu


def test_phones_flood_the_numbers_that_were_sent_from() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            await esme.submitted()
            fault = carrier.faults.add("mo_flood", texts=5, every_s=10, stop_share=0.5, from_s=5)
            await says_nothing_for(esme, 4)
            await pass_time(2)
            first = [await esme.delivery() for _ in range(5)]
            await pass_time(10)
            second = [await esme.delivery() for _ in range(5)]
            carrier.faults.remove(fault)
            await says_nothing_for(esme, 60)

            said = {each.octets("short_message") for each in first + second}
            assert {each.text("destination_addr") for each in first} == {SOURCE}
            assert [each.text("source_addr") for each in first] == [str(19175550000 + index) for index in range(5)]
            assert said == {b"STOP", b"Hello"}
            assert len(world.journal.of("fault.struck")) == 2

    virtually(scenario)


def test_nobody_is_flooded_before_somebody_sent() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("mo_flood", until_s=5)
            await says_nothing_for(esme, 10)
            await esme.submitted()
            await says_nothing_for(esme, 60)

    virtually(scenario)


def test_a_fault_that_was_added_before_the_start_counts_from_the_start() -> None:
    async def scenario(world: World) -> None:
        carrier = world.carrier()
        carrier.faults.add("mo_flood", texts=1, to=SOURCE, every_s=1_000, from_s=10)
        await pass_time(60)
        async with carrier, await Esme.bound(carrier) as esme:
            await says_nothing_for(esme, 9)
            await pass_time(2)
            assert (await esme.delivery()).text("destination_addr") == SOURCE

    virtually(scenario)


def test_the_carrier_unbinds_with_a_full_window_and_answers_what_it_owes() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("unbind", after=3)
            numbers = [esme.submit() for _ in range(3)]
            unbind = await esme.receive()
            answers = [await esme.receive() for _ in range(3)]
            esme.answer(unbind)
            await pass_time(1)

            assert unbind.command_id == CommandId.unbind
            assert [each.sequence_number for each in answers] == numbers
            assert {each.command_status for each in answers} == {0}
            assert carrier.bind_count == 0

    virtually(scenario)


def test_receipts_come_all_at_once() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("receipt_storm", every_s=100, copies=1)
            await pass_time(10)
            for _ in range(3):
                await esme.submitted(registered_delivery=1)
                await pass_time(20)
            await says_nothing_for(esme, 29)
            await pass_time(2)
            receipts = [await esme.delivery() for _ in range(6)]

            assert len({receipt_state(each)[0] for each in receipts}) == 3
            assert world.elapsed_s == 101.0

    virtually(scenario)


def test_message_ids_come_again() -> None:
    async def scenario(world: World) -> list[str]:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("id_reuse", distance=2)
            return [(await esme.submitted()).text("message_id") for _ in range(5)]

    ids = virtually(scenario)

    assert ids[2:4] == ids[:2]
    assert ids[4] == ids[0]
    assert ids[0] != ids[1]


def test_ids_that_another_carrier_gives_too() -> None:
    async def scenario(world: World) -> list[str]:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("common_ids", first=9)
            return [(await esme.submitted()).text("message_id") for _ in range(3)]

    assert virtually(scenario) == ["0000000009", "0000000010", "0000000011"]


def test_a_receipt_of_a_reused_id_is_the_new_message_s() -> None:
    async def scenario(world: World) -> list[Pdu]:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("id_reuse", distance=1)
            found = []
            for _ in range(2):
                await esme.submitted(registered_delivery=1)
                await pass_time(1)
                found.append(await esme.delivery())
            return found

    first, second = virtually(scenario)

    assert first.tlv(TlvTag.receipted_message_id) == second.tlv(TlvTag.receipted_message_id)


def test_a_queue_is_full_and_a_session_is_taken_for_alive() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("queue_full", destination=HANDSET)
            carrier.faults.add("already_bound", until_s=120)
            refused = await esme.submitted()
            async with await Esme.connect(carrier) as again:
                early = await again.bind("trx", carrier.system_id, carrier.password)
            other = await esme.submitted(destination_addr="14155550199")
            await pass_time(120)
            async with await Esme.connect(carrier) as late:
                bound = await late.bind("trx", carrier.system_id, carrier.password)

            assert refused.command_status == CommandStatus.ESME_RMSGQFUL
            assert other.command_status == 0
            assert (early.command_status, bound.command_status) == (CommandStatus.ESME_RALYBND, 0)

    virtually(scenario)
