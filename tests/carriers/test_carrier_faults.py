"""A carrier on loopback with faults."""

import pytest

from carriers.builders import HANDSET
from carriers.esme import Esme
from carriers.loopback_carrier import a_carrier, receipt_state, run
from powerpack_carriers.smpp.constants import MessageState


def test_a_lost_response_is_not_sent_but_the_message_arrives() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("lose_response")
            esme.submit(registered_delivery=1)
            receipt = await esme.delivery()

            assert receipt_state(receipt)[1] == MessageState.DELIVERED
            assert len(carrier.handset(HANDSET).inbox) == 1

    run(scenario)


def test_a_late_response_may_come_after_the_receipt() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("late_response", delay_s_min=0.1, delay_s_max=0.1)
            sequence_number = esme.submit(registered_delivery=1)
            receipt, response = await esme.delivery(), await esme.receive()

            assert (response.sequence_number, response.command_status) == (sequence_number, 0)
            assert receipt_state(receipt)[0] == response.text("message_id")

    run(scenario)


def test_a_throttled_message_reaches_nobody() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("throttle", status=9802)
            response = await esme.submitted(registered_delivery=1)

            assert response.command_status == 9802
            assert carrier.in_flight == 0

    run(scenario)


def test_a_disconnect_takes_the_message_and_drops_the_link() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("disconnect", after=2)
            await esme.submitted(b"first")
            esme.submit(b"second")
            with pytest.raises(ConnectionError):
                await esme.receive()

            assert [message.text for message in carrier.received] == ["first", "second"]
            assert carrier.received[-1].message_id

    run(scenario)


def test_receipts_come_twice_late_or_not_at_all() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("duplicate_receipt", destination="14155550101")
            carrier.faults.add("lose_receipt", destination="14155550102")
            carrier.faults.add("delay_receipt", destination="14155550103", delay_s_min=0.1, delay_s_max=0.1)
            for last in (3, 2, 1):
                esme.submit(destination_addr=f"1415555010{last}", registered_delivery=1)
            pdus = [await esme.receive() for _ in range(6)]
            receipts = [pdu.text("source_addr") for pdu in pdus if not pdu.is_response]

            assert receipts == ["14155550101", "14155550101", "14155550103"]

    run(scenario)
