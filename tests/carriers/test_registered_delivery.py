"""Every bit of registered_delivery, over the wire (SMPP 3.4, 5.2.17)."""

import pytest

from carriers.builders import HANDSET, SOURCE, a_profile
from carriers.esme import Esme
from carriers.virtual_carrier import World, pass_time, says_nothing_for, virtually
from powerpack_carriers.profile import ReceiptHabit
from powerpack_carriers.smpp.constants import EsmClass, MessageState, TlvTag
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.rules import REGISTERED_DELIVERIES
from powerpack_carriers.smpp.tlvs import Tlv

RECEIPT, DELIVERY_ACK, USER_ACK, NOTIFICATION = (
    int(EsmClass.DELIVERY_RECEIPT),
    int(EsmClass.DELIVERY_ACKNOWLEDGEMENT),
    int(EsmClass.USER_ACKNOWLEDGEMENT),
    int(EsmClass.INTERMEDIATE_NOTIFICATION),
)


def expected(registered_delivery: int, *, fails: bool) -> list[int]:
    """The esm_class of what comes, in its order."""
    receipt = registered_delivery & 3
    acks = [] if fails else [DELIVERY_ACK] * bool(registered_delivery & 4) + [USER_ACK] * bool(registered_delivery & 8)
    has_receipt = receipt == 1 or (receipt == 2 and fails)
    return [NOTIFICATION] * bool(registered_delivery & 0x10) + acks + [RECEIPT] * has_receipt


@pytest.mark.parametrize("fails", [False, True], ids=["delivered", "failed"])
@pytest.mark.parametrize("registered_delivery", sorted(REGISTERED_DELIVERIES))
def test_what_was_asked_for_comes_and_nothing_else(registered_delivery: int, fails: bool) -> None:
    async def scenario(world: World) -> list[Pdu]:
        profile = a_profile(receipt=ReceiptHabit(delay_s_min=10, delay_s_max=10))
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            if fails:
                carrier.faults.add("undeliverable")
            await esme.submitted(registered_delivery=registered_delivery, tlvs=(Tlv.of(0x0204, 7),))
            await pass_time(20)
            found = [await esme.delivery() for _ in expected(registered_delivery, fails=fails)]
            await says_nothing_for(esme, 3_600)
            return found

    found = virtually(scenario)

    assert [pdu.integer("esm_class") for pdu in found] == expected(registered_delivery, fails=fails)
    for pdu in found:
        assert (pdu["source_addr"], pdu["destination_addr"]) == (HANDSET, SOURCE)
        assert pdu.tlv(TlvTag.user_message_reference) == 7


def test_an_intermediate_notification_says_that_the_message_is_on_its_way() -> None:
    async def scenario(world: World) -> None:
        profile = a_profile(receipt=ReceiptHabit(delay_s_min=10, delay_s_max=10))
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(registered_delivery=0x10)).text("message_id")
            await pass_time(5.1)
            notification = await esme.delivery()

            assert notification.tlv(TlvTag.receipted_message_id) == message_id
            assert notification.tlv(TlvTag.message_state) == MessageState.ENROUTE
            assert b"stat:ENROUTE" in notification.octets("short_message")

    virtually(scenario)


def test_a_phone_acknowledges_without_a_text() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(registered_delivery=0x0C)).text("message_id")
            delivered, seen = await esme.delivery(), await esme.delivery()

            for ack in (delivered, seen):
                assert ack.octets("short_message") == b""
                assert ack.tlv(TlvTag.receipted_message_id) == message_id
            assert (delivered.tlv(TlvTag.user_response_code), seen.tlv(TlvTag.user_response_code)) == (None, 0)

    virtually(scenario)
