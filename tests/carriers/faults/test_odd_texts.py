"""Faults that write a phone's text in another way than most carriers: the octets that an ESME sees."""

import pytest

from carriers.builders import HANDSET, SOURCE
from carriers.raw_esme import RawEsme, bound
from carriers.virtual_carrier import World
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.smpp.buffer import split_pdus
from powerpack_carriers.smpp.codec import decode
from powerpack_carriers.smpp.constants import TlvTag
from powerpack_carriers.smpp.pdus import Pdu

SHORT_CODE = "72345"


async def said(carrier: Carrier, esme: RawEsme, text: str, to: str = SOURCE) -> list[Pdu]:
    """What comes of a phone's text."""
    carrier.handset(HANDSET).reply(text, to)
    return [decode(each) for each in split_pdus(await esme.octets())]


@pytest.mark.parametrize(
    ("form", "to", "source", "destination", "types"),
    [
        ("plus", SOURCE, f"+{HANDSET}", f"+{SOURCE}", (1, 1, 1, 1)),
        ("plus", SHORT_CODE, f"+{HANDSET}", f"+{SHORT_CODE}", (1, 1, 3, 0)),
        ("double_zero", SOURCE, f"00{HANDSET}", f"00{SOURCE}", (1, 1, 1, 1)),
        ("double_zero", SHORT_CODE, f"00{HANDSET}", SHORT_CODE, (1, 1, 3, 0)),
        ("national", SOURCE, HANDSET[1:], SOURCE[1:], (2, 1, 2, 1)),
        ("national", SHORT_CODE, HANDSET[1:], SHORT_CODE, (2, 1, 3, 0)),
        ("unknown_type", SOURCE, HANDSET, SOURCE, (0, 0, 0, 0)),
        ("blank", SOURCE, f" {HANDSET}", f" {SOURCE}", (1, 1, 1, 1)),
    ],
)
def test_numbers_are_written_in_many_ways(
    form: str, to: str, source: str, destination: str, types: tuple[int, ...]
) -> None:
    """``types``: TON and NPI of the source, then of the destination."""

    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("odd_addresses", form=form)
        (found,) = await said(carrier, esme, "Hello", to)

        assert (found.text("source_addr"), found.text("destination_addr")) == (source, destination)
        names = ("source_addr_ton", "source_addr_npi", "dest_addr_ton", "dest_addr_npi")
        assert tuple(found.integer(name) for name in names) == types

    bound(scenario)


@pytest.mark.parametrize(
    ("side", "source", "destination"), [("source", f"+{HANDSET}", SOURCE), ("destination", HANDSET, f"+{SOURCE}")]
)
def test_one_of_the_numbers_is_odd(side: str, source: str, destination: str) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("odd_addresses", form="plus", side=side)
        (found,) = await said(carrier, esme, "Hello")

        assert (found.text("source_addr"), found.text("destination_addr")) == (source, destination)

    bound(scenario)


def test_numbers_are_odd_in_a_way_that_is_drawn() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("odd_addresses")

        assert len({(await said(carrier, esme, "Hello"))[0].text("source_addr") for _ in range(40)}) == 5

    bound(scenario)


@pytest.mark.parametrize(
    ("form", "first_octets"), [("unflagged", b"\x05\x00\x03\x01\x02\x01xxx"), ("stripped", b"xxx")]
)
def test_parts_do_not_say_that_they_are_parts(form: str, first_octets: bytes) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("lost_header", form=form)
        first, second = await said(carrier, esme, "x" * 200)

        assert (first.integer("esm_class"), second.integer("esm_class")) == (0, 0)
        assert first.octets("short_message").startswith(first_octets)
        assert (await said(carrier, esme, "Hi"))[0].octets("short_message") == b"Hi"
        assert next(iter(carrier.faults)).struck == 2, "a short text has no header to lose"

    bound(scenario)


def test_a_text_is_in_message_payload() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("payload_texts")
        (short,) = await said(carrier, esme, "Hello")
        first, _ = await said(carrier, esme, "x" * 200)

        assert (short.octets("short_message"), short.tlv(TlvTag.message_payload)) == (b"", b"Hello")
        assert first.integer("esm_class") == 0x40
        assert first.tlv(TlvTag.message_payload) == b"\x05\x00\x03\x02\x02\x01" + b"x" * 153

    bound(scenario)


def test_receipts_are_left_alone() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        for word in ("odd_addresses", "lost_header", "payload_texts"):
            carrier.faults.add(word)
        esme.submit(registered_delivery=1)
        await esme.octets()

        assert [fault.struck for fault in carrier.faults] == [0, 0, 0]

    bound(scenario)


# Answers to submits


@pytest.mark.parametrize(
    ("form", "behind_the_id"),
    [
        ("no_nul", b""),
        ("two_nuls", b"\0\0"),
        ("blank", b" \0"),
        ("tlvs", b"\0" + bytes.fromhex("1400 0008") + b"carrier\0" + bytes.fromhex("0428 0001 00")),
    ],
)
def test_a_submit_is_answered_oddly(form: str, behind_the_id: bytes) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("odd_submit_resp", form=form)
        number = esme.submit()
        octets = await esme.octets()

        (message,) = carrier.received
        assert octets[:16].hex(" ", 4) == f"{len(octets):08x} 80000004 00000000 {number:08x}"
        assert octets[16:] == message.id_octets + behind_the_id

    bound(scenario)


def test_a_refusal_has_a_message_id() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("odd_submit_resp", form="error_with_body")
        esme.submit()
        accepted = await esme.octets()
        carrier.faults.add("throttle", status="ESME_RINVDSTADR")
        esme.submit()
        refused = await esme.octets()

        assert decode(accepted).command_status == 0
        assert refused[8:12] + refused[16:] == bytes.fromhex("0000000b") + b"0A000000A3D323A1\0"

    bound(scenario)


def test_an_odd_answer_is_drawn() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("odd_submit_resp")
        lengths = set()
        for _ in range(30):
            esme.submit()
            lengths.add(len(await esme.octets()))

        assert len(lengths) == 3, "no_nul, two_nuls and blank alike, tlvs"

    bound(scenario)
