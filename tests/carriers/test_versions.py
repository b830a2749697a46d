"""ESMEs of other versions than ours, over the wire."""

import pytest

from carriers.builders import a_profile
from carriers.esme import Esme
from carriers.virtual_carrier import World, virtually
from powerpack_carriers.profile import MessageIdForm, MessageIdHabit
from powerpack_carriers.smpp.constants import CommandId, TlvTag


@pytest.mark.parametrize("form", MessageIdForm, ids=lambda form: form.value)
@pytest.mark.parametrize(
    ("version", "is_old"), [(0x00, True), (0x33, True), (0x34, False), (0x50, False)], ids=["0.0", "3.3", "3.4", "5.0"]
)
def test_below_3_4_there_are_no_tlvs_and_short_message_ids(version: int, is_old: bool, form: MessageIdForm) -> None:
    async def scenario(world: World) -> None:
        profile = a_profile(message_id=MessageIdHabit(form=form, width=12))
        async with world.carrier(profile=profile) as carrier, await Esme.connect(carrier) as esme:
            bind_resp = await esme.request(
                CommandId.bind_transceiver, system_id="generic", password="secret", interface_version=version
            )
            message_id = (await esme.submitted(registered_delivery=1)).text("message_id")
            receipt = await esme.delivery()
            query = await esme.request(CommandId.query_sm, message_id=message_id)

            assert (bind_resp.tlv(TlvTag.sc_interface_version) is None) == is_old
            assert (receipt.tlvs == ()) == is_old
            assert (len(message_id) <= 8) == is_old
            assert receipt.octets("short_message").startswith(f"id:{message_id} ".encode())
            assert query.text("message_id") == message_id

    virtually(scenario)
