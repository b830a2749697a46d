"""A carrier whose data_coding 0 is not GSM 03.38: what a phone shows, and the octets that an ESME sees."""

import pytest

from carriers.builders import HANDSET, SOURCE
from carriers.raw_esme import RawEsme, bound
from carriers.virtual_carrier import World
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.errors import FaultError
from powerpack_carriers.smpp.codec import decode
from powerpack_carriers.smpp.constants import CommandId


@pytest.mark.parametrize(
    ("alphabet", "octets", "data_coding", "shown"),
    [
        ("latin_1", b"\x00\x02\x11", 0, "\x00\x02\x11"),  # @$_ in GSM 03.38
        ("latin_1", b"a@b\xe9", 0, "a@bé"),
        ("ascii", b"a@b", 0, "a@b"),
        ("latin_1", "é😀".encode("utf-16-be"), 8, "é😀"),
        ("latin_1", b"\xe9", 3, "é"),
    ],
)
def test_a_submit_is_read_in_the_carriers_alphabet(alphabet: str, octets: bytes, data_coding: int, shown: str) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("default_alphabet", alphabet=alphabet)
        esme.submit(short_message=octets, data_coding=data_coding, registered_delivery=1)
        answers = await esme.pdus()

        assert [each.command_id for each in answers] == [CommandId.submit_sm_resp, CommandId.deliver_sm]
        assert [each.text for each in carrier.handset(HANDSET).inbox] == [shown]

    bound(scenario)


@pytest.mark.parametrize(
    ("alphabet", "text", "octets", "data_coding"),
    [
        ("latin_1", "a@b é", b"a@b \xe9", 0),
        ("ascii", "a@b é", b"a@b ?", 0),
        ("latin_1", "😀", "😀".encode("utf-16-be"), 8),
    ],
)
def test_a_phones_text_comes_in_the_carriers_alphabet(
    alphabet: str, text: str, octets: bytes, data_coding: int
) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("default_alphabet", alphabet=alphabet)
        carrier.handset(HANDSET).reply(text, SOURCE)
        found = decode(await esme.octets())

        assert (found.octets("short_message"), found.integer("data_coding")) == (octets, data_coding)

    bound(scenario)


def test_a_part_keeps_its_header() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("default_alphabet")
        carrier.handset(HANDSET).reply("@" * 200, SOURCE)
        first, _ = await esme.pdus()

        assert first.octets("short_message") == b"\x05\x00\x03\x01\x02\x01" + b"@" * 153

    bound(scenario)


def test_what_another_fault_has_spoilt_stays_as_it_is() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("malformed_delivery", form="cut_field")
        carrier.faults.add("default_alphabet")
        carrier.handset(HANDSET).reply("a@b", SOURCE)

        assert await esme.octets() != b""
        assert [fault.struck for fault in carrier.faults] == [1, 0]

    bound(scenario)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"command": "deliver_sm"}, "command: it strikes submits and the texts of phones; expected none"),
        ({"system_id": "mine"}, "system_id, listener and session: the alphabet is the SMSC's; expected none of them"),
        ({"session": 1}, "system_id, listener and session: the alphabet is the SMSC's; expected none of them"),
    ],
)
def test_a_mistake_is_named(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(FaultError, match=problem):
        Carrier().faults.add("default_alphabet", **settings)
