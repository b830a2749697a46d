"""Faults that spoil what is delivered, and answers to binds: the octets that an ESME sees."""

import pytest

from carriers.builders import HANDSET, SOURCE
from carriers.raw_esme import RawEsme, bound
from carriers.virtual_carrier import World
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.errors import FaultError
from powerpack_carriers.smpp.buffer import split_pdus
from powerpack_carriers.smpp.codec import decode
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, TlvTag
from powerpack_carriers.smpp.errors import RecoverableError

TEXT = "Hellö €"


async def text_of(carrier: Carrier, esme: RawEsme, text: str = TEXT) -> bytes:
    """The deliver_sm of a phone's text, as it comes."""
    carrier.handset(HANDSET).reply(text, SOURCE)
    (octets,) = split_pdus(await esme.octets())
    return octets


def status_of(octets: bytes) -> int:
    """What a deliver_sm is to be answered with."""
    try:
        decode(octets)
    except RecoverableError as error:
        return error.command_status
    return CommandStatus.ESME_ROK


# Fields


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("short_sm_length", CommandStatus.ESME_RINVOPTPARSTREAM),
        ("long_sm_length", CommandStatus.ESME_RINVMSGLEN),
        ("no_nul", CommandStatus.ESME_RINVSRCADR),
        ("cut_field", CommandStatus.ESME_RINVDSTADR),
        ("stray_octets", CommandStatus.ESME_RINVOPTPARSTREAM),
        ("tlv_past_end", CommandStatus.ESME_RINVOPTPARSTREAM),
    ],
)
def test_a_text_is_damaged_and_the_stream_stays_in_step(form: str, status: int) -> None:
    """``status`` is what our own codec finds."""

    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        whole = await text_of(carrier, esme)
        fault = carrier.faults.add("malformed_delivery", form=form)
        octets = await text_of(carrier, esme)
        carrier.faults.remove(fault)

        assert int.from_bytes(octets[:4], "big") == len(octets)
        assert octets[16:] != whole[16:]
        assert status_of(octets) == status
        assert decode(await text_of(carrier, esme)).text("source_addr") == HANDSET

    bound(scenario)


@pytest.mark.parametrize(
    ("form", "end"),
    [
        # sm_length, the text, what is behind it
        ("short_sm_length", b"Hello"),
        ("tlv_past_end", b"\x05Hello" + bytes.fromhex("001e 0041 6964 00")),
        ("cut_field", HANDSET.encode() + b"\0\x01\x01"),
    ],
)
def test_the_octets_of_damage(form: str, end: bytes) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("malformed_delivery", form=form)
        octets = await text_of(carrier, esme, "Hello")

        if form == "cut_field":
            assert end in octets
            assert len(octets.partition(end)[2]) in range(1, 5)
        else:
            assert octets.endswith(end)
        if form == "short_sm_length":
            assert octets[-6] in (2, 3, 4)

    bound(scenario)


def test_damage_without_a_form_is_drawn_from_the_fault_s_own_stream() -> None:
    found: list[list[bytes]] = []

    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("malformed_delivery")
        found.append([(await text_of(carrier, esme))[16:] for _ in range(20)])

    bound(scenario)
    bound(scenario)

    assert found[0] == found[1]
    assert len(set(found[0])) > 6


def test_receipts_and_texts_are_told_apart_and_so_are_numbers() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("malformed_delivery", kind="receipt", form="cut_field")
        carrier.faults.add("malformed_delivery", source="+14155550199", form="cut_field")
        carrier.faults.add("malformed_delivery", destination="12065550199", form="cut_field")
        esme.submit(registered_delivery=1)
        _, receipt = split_pdus(await esme.octets())

        assert decode(await text_of(carrier, esme, "Hello")).octets("short_message") == b"Hello"
        with pytest.raises(RecoverableError):
            decode(receipt)
        assert [active.struck for active in carrier.faults] == [1, 0, 0]

    bound(scenario)


# Alphabets


@pytest.mark.parametrize(
    ("form", "text", "esm_class", "data_coding", "octets"),
    [
        ("latin_1", "Olé", 0, 0, b"Ol\xe9"),
        ("utf_8", "Olé", 0, 0, b"Ol\xc3\xa9"),
        ("odd_ucs2", "Hi 😀", 0, 8, bytes.fromhex("0048 0069 0020 d83d de")),
        ("little_endian", "Hi", 0, 8, bytes.fromhex("fffe 4800 6900")),
        ("udhi_without_header", "STOP", 0x40, 0, b"STOP"),
        ("header_past_end", "STOP", 0x40, 0, b"\xffSTOP"),
        ("reserved_coding", "Olé", 0, 0x0B, b"Ol\xe9"),
    ],
)
def test_a_text_is_not_what_it_says(form: str, text: str, esm_class: int, data_coding: int, octets: bytes) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("encoding_lie", form=form)
        found = decode(await text_of(carrier, esme, text))

        assert (found.integer("esm_class"), found.integer("data_coding")) == (esm_class, data_coding)
        assert found.octets("short_message") == octets

    bound(scenario)


def test_a_part_keeps_its_header_when_its_text_lies() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("encoding_lie", form="utf_8")
        carrier.handset(HANDSET).reply("é" * 200, SOURCE)
        first, second = (decode(each).octets("short_message") for each in split_pdus(await esme.octets()))

        assert (first[:3], first[4:6], second[4:6]) == (b"\x05\x00\x03", b"\x02\x01", b"\x02\x02")
        assert first[6:].startswith("éé".encode())
        assert len(first) == 254

    bound(scenario)


def test_parts_are_cut_within_a_character() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("encoding_lie", form="cut_characters")
        carrier.handset(HANDSET).reply("😀" * 60, SOURCE)
        parts = [decode(each).octets("short_message") for each in split_pdus(await esme.octets())]

        assert [len(each) - 6 for each in parts] == [131, 109]
        assert b"".join(each[6:] for each in parts).decode("utf-16-be") == "😀" * 60
        assert decode(await text_of(carrier, esme, "Hi")).octets("short_message") == b"Hi"

    bound(scenario)


def test_tlvs_tell_which_part_it_is() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("sar_parts")
        carrier.handset(HANDSET).reply("x" * 200, SOURCE)
        first, second = (decode(each) for each in split_pdus(await esme.octets()))

        assert (first.integer("esm_class"), first.octets("short_message")) == (0, b"x" * 153)
        assert second.octets("short_message") == b"x" * 47
        tags = (TlvTag.sar_msg_ref_num, TlvTag.sar_total_segments, TlvTag.sar_segment_seqnum)
        assert [[each.tlv(tag) for tag in tags] for each in (first, second)] == [[1, 2, 1], [1, 2, 2]]
        assert decode(await text_of(carrier, esme, "Hi")).tlvs == ()

    bound(scenario)


def test_receipts_tell_no_lies_of_this_kind() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("encoding_lie")
        esme.submit(registered_delivery=1)
        await esme.octets()

        assert next(iter(carrier.faults)).struck == 0

    bound(scenario)


# Binds

VERSION = bytes.fromhex("0210 0001 34")


@pytest.mark.parametrize(
    ("form", "command_id", "body"),
    [
        ("empty_system_id", 0x80000009, b"\0" + VERSION),
        ("no_nul", 0x80000009, b"generic"),
        ("no_body", 0x80000009, b""),
        ("no_version", 0x80000009, b"generic\0"),
        ("long_system_id", 0x80000009, b"generic".ljust(64, b"x") + b"\0" + VERSION),
        ("cut_tlv", 0x80000009, b"generic\0" + bytes.fromhex("0210 0004 34")),
        ("wrong_command", 0x80000001, b"generic\0" + VERSION),
    ],
)
def test_a_bind_is_answered_oddly(form: str, command_id: int, body: bytes) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        octets = await esme.octets()

        assert octets[:16].hex(" ", 4) == f"{len(octets):08x} {command_id:08x} 00000000 00000001"
        assert octets[16:] == body
        assert carrier.bind_count == 1

    bound(scenario, before=lambda carrier: add_odd_bind_resp(carrier, form))


def test_a_bind_is_answered_with_tlvs_that_nobody_knows() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        answer = decode(await esme.octets())

        vendor, congestion, misplaced, version = (each.tag for each in answer.tlvs)
        assert vendor in range(0x1400, 0x1500)
        assert (congestion, misplaced, version) == (0x0428, 0x001E, 0x0210)

    bound(scenario, before=lambda carrier: add_odd_bind_resp(carrier, "unknown_tlvs"))


def test_a_refused_bind_has_a_body() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        octets = await esme.octets()

        assert octets == bytes.fromhex("00000018 80000009 0000000d 00000001") + b"refused\0"

    def before(carrier: Carrier) -> None:
        carrier.faults.add("refuse_bind")
        add_odd_bind_resp(carrier, "error_with_body")

    bound(scenario, before=before)


def test_an_odd_answer_to_binds_leaves_all_other_answers_alone() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        await esme.octets()
        esme.send(CommandId.enquire_link)
        esme.submit()

        assert {each.command_status for each in await esme.pdus()} == {0}
        assert next(iter(carrier.faults)).struck == 1

    bound(scenario, before=lambda carrier: add_odd_bind_resp(carrier, None))


def add_odd_bind_resp(carrier: Carrier, form: str | None) -> None:
    """The fault with one of its forms, or any."""
    carrier.faults.add("odd_bind_resp", **({} if form is None else {"form": form}))


# Another service


@pytest.mark.parametrize(("service", "octets"), [("http", b"HTTP/1.1 400"), ("amqp", b"AMQP\0"), ("ssh", b"SSH-2.0")])
def test_another_service_listens_there(service: str, octets: bytes) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("wrong_service", service=service)
        esme.send(CommandId.enquire_link)

        assert (await esme.octets()).startswith(octets)

    bound(scenario)


@pytest.mark.parametrize(
    ("word", "settings", "problem"),
    [
        ("malformed_delivery", {"form": "odd"}, "form: found 'odd', expected one of 'short_sm_length'"),
        ("malformed_delivery", {"command": "deliver_sm"}, "command: it strikes deliver_sm; expected none"),
        ("encoding_lie", {"kind": "receipt"}, "kind: a receipt's own lies are in docs/receipt-quirks.md"),
        ("odd_bind_resp", {"source": SOURCE}, "source and destination: octets have neither"),
        ("wrong_service", {"service": "ftp"}, "service: found 'ftp', expected one of 'http', 'amqp', 'ssh'"),
    ],
)
def test_a_mistake_is_named(word: str, settings: dict[str, object], problem: str) -> None:
    with pytest.raises(FaultError, match=problem):
        Carrier().faults.add(word, **settings)
