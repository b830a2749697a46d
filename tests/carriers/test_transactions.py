"""data_sm in transaction mode."""

import pytest

from carriers.builders import HANDSET, SOURCE, a_profile
from carriers.esme import Esme
from carriers.loopback_carrier import SLOW
from carriers.virtual_carrier import World, pass_time, says_nothing_for, virtually
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, EsmClass, MessageState, TlvTag
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.tlvs import Tlv

FIELDS: dict[str, FieldValue] = {
    "source_addr": SOURCE,
    "destination_addr": HANDSET,
    "esm_class": EsmClass.MODE_TRANSACTION,
}
PAYLOAD = Tlv.of(TlvTag.message_payload, b"Hello")


def test_the_answer_waits_for_the_end_of_the_message() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=a_profile(receipt=SLOW)) as carrier, await Esme.bound(carrier) as esme:
            esme.send(CommandId.data_sm, tlvs=(PAYLOAD,), **FIELDS)
            await says_nothing_for(esme, 3_599)
            await pass_time(1.1)
            response = await esme.receive()

            assert (response.command_id, response.command_status) == (CommandId.data_sm_resp, 0)
            assert response.text("message_id") == carrier.received[0].message_id
            assert [text.text for text in carrier.handset(HANDSET).inbox] == ["Hello"]

    virtually(scenario)


# Magic numbers that end UNDELIVERABLE and EXPIRED.
@pytest.mark.parametrize(("number", "reason"), [("15005550100", 2), ("15005550101", 3)], ids=["permanent", "temporary"])
def test_a_message_that_fails_says_why_in_its_answer(number: str, reason: int) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            response = await esme.request(CommandId.data_sm, tlvs=(PAYLOAD,), **{**FIELDS, "destination_addr": number})

            assert response.command_status == CommandStatus.ESME_RDELIVERYFAILURE
            assert response.tlv(TlvTag.delivery_failure_reason) == reason
            assert response.tlv(TlvTag.network_error_code) == b"\3\0\1"

    virtually(scenario)


def test_a_message_that_is_refused_is_answered_at_once() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            response = await esme.request(CommandId.data_sm, tlvs=(PAYLOAD,), **{**FIELDS, "destination_addr": ""})

            assert response.command_status == CommandStatus.ESME_RINVDSTADR

    virtually(scenario)


def test_an_answer_that_a_fault_loses_does_not_come() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("lose_response")
            esme.send(CommandId.data_sm, tlvs=(PAYLOAD,), **FIELDS)
            await says_nothing_for(esme, 3_600)

            assert carrier.received[0].state == MessageState.DELIVERED

    virtually(scenario)
