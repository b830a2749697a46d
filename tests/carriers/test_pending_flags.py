"""Who hears that a phone is back, over the wire on a clock that jumps."""

import pytest

from carriers.builders import HANDSET, SOURCE
from carriers.esme import Esme
from carriers.virtual_carrier import World, pass_time, says_nothing_for, virtually
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, EsmClass, TlvTag
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv

PAYLOAD = Tlv.of(TlvTag.message_payload, b"Hello")
SET_DPF = Tlv.of(TlvTag.set_dpf, 1)
HOUR_S, DAY_S = 3_600, 86_400


async def send(esme: Esme, *tlvs: Tlv, esm_class: int = 0) -> Pdu:
    """The answer to a data_sm."""
    return await esme.request(
        CommandId.data_sm,
        tlvs=(PAYLOAD, *tlvs),
        source_addr_ton=3,
        source_addr=SOURCE,
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr=HANDSET,
        esm_class=esm_class,
    )


@pytest.mark.parametrize("back", [HandsetState.ON, HandsetState.ROAMING])
@pytest.mark.parametrize("after_s", [HOUR_S, 4 * DAY_S], ids=["while it waits", "after it expired"])
def test_who_set_the_flag_is_told_once_that_the_phone_is_back(after_s: float, back: HandsetState) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            phone.state = HandsetState.OFF
            for _ in range(2):
                assert (await send(esme, SET_DPF)).command_status == 0
            await says_nothing_for(esme, after_s)
            phone.state = back
            alert = await esme.receive()

            assert alert.command_id == CommandId.alert_notification
            assert (alert["source_addr"], alert["source_addr_ton"], alert["source_addr_npi"]) == (HANDSET, 1, 1)
            assert (alert["esme_addr"], alert["esme_addr_ton"], alert["esme_addr_npi"]) == (SOURCE, 3, 0)
            assert alert.tlv(TlvTag.ms_availability_status) == 0
            phone.state = HandsetState.OFF
            phone.state = HandsetState.ON
            await says_nothing_for(esme, DAY_S)

    virtually(scenario)


def test_nobody_is_told_who_did_not_ask() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            phone.state = HandsetState.OFF
            await send(esme)
            await send(esme, Tlv.of(TlvTag.set_dpf, 0))
            await esme.submitted(tlvs=(SET_DPF,))
            phone.state = HandsetState.ON
            await says_nothing_for(esme, DAY_S)

    virtually(scenario)


def test_a_transaction_to_a_phone_that_is_off_fails_at_once_and_sets_the_flag() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            phone.state = HandsetState.OFF
            response = await send(esme, SET_DPF, esm_class=EsmClass.MODE_TRANSACTION)
            phone.state = HandsetState.ON
            alert = await esme.receive()
            await pass_time(DAY_S)

            assert response.command_status == CommandStatus.ESME_RDELIVERYFAILURE
            assert response.tlv(TlvTag.delivery_failure_reason) == 0
            assert response.tlv(TlvTag.dpf_result) == 1
            assert alert.command_id == CommandId.alert_notification
            assert phone.inbox == []

    virtually(scenario)


def test_a_flag_that_was_not_set_is_said_to_be_so() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            response = await esme.request(
                CommandId.data_sm,
                tlvs=(PAYLOAD, SET_DPF),
                destination_addr="15005550100",  # a magic number: UNDELIV
                esm_class=EsmClass.MODE_TRANSACTION,
            )

            assert response.tlv(TlvTag.dpf_result) == 0

    virtually(scenario)
