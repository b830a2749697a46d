"""smpp34, unmodified, against a carrier: a client in Rust with a codec of its own."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerpack_carriers import Carrier
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import CommandId, CommandStatus

smpp34 = pytest.importorskip("smpp34", reason="smpp34 has no wheel for this platform")

SOURCE, ANA = "12065550199", "14155550101"
PATIENCE_S = 120.0


def test_it_binds_sends_and_hears_of_receipt_and_reply() -> None:
    async def scenario() -> None:
        async with asyncio.timeout(PATIENCE_S), Carrier("generic") as carrier:
            client = smpp34.Client(
                host=carrier.host, port=carrier.port, system_id="generic", password="secret", bind_type="TRX"
            )
            smsc = await client.connect()
            answer = await smsc.submit_sm(
                destination_addr=ANA, source_addr=SOURCE, short_message=b"Hello", registered_delivery=1
            )
            receipt = await smsc.next()
            carrier.handset(ANA).reply("Hello back", to=SOURCE)
            reply = await smsc.next()
            refused = await smsc.submit_sm(destination_addr="", source_addr=SOURCE, short_message=b"Hello")
            await smsc.unbind()

            assert answer.is_success
            assert [text.text for text in carrier.handset(ANA).inbox] == ["Hello"]
            assert bytes(receipt.short_message).startswith(f"id:{answer.message_id} ".encode())
            assert (reply.source_addr, bytes(reply.short_message)) == (ANA, b"Hello back")
            assert refused.command_status == CommandStatus.ESME_RINVDSTADR

    asyncio.run(scenario())


addresses = st.text("0123456789", max_size=20)
octet = st.integers(0, 6)


@settings(max_examples=50)
@given(addresses, addresses, st.binary(max_size=254), octet, octet)
def test_its_codec_writes_what_ours_reads_and_reads_what_ours_writes(
    source: str, destination: str, text: bytes, ton: int, npi: int
) -> None:
    theirs = smpp34.SubmitSm(
        source_addr=source,
        destination_addr=destination,
        short_message=text,
        source_addr_ton=ton,
        source_addr_npi=npi,
        dest_addr_ton=npi,
        dest_addr_npi=ton,
    )

    ours = decode(bytes(theirs.encode()))
    back = smpp34.decode(encode(ours))

    assert (ours.command_id, ours["source_addr"], ours["destination_addr"]) == (
        CommandId.submit_sm,
        source,
        destination,
    )
    assert (ours["source_addr_ton"], ours["dest_addr_npi"], ours["short_message"]) == (ton, ton, text)
    assert (back.source_addr, back.destination_addr, bytes(back.short_message)) == (source, destination, text)
