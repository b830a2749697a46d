"""Letters of Turkish, Spanish and Portuguese in GSM 03.38's septets, as a phone shows them."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gsm0338 import SINGLE_SHIFT_CHARACTER_SET_SPANISH, Codec
from gsm0338.charset import BASIC_CHARACTER_SET
from hypothesis import given
from hypothesis import strategies as st

from carriers.builders import HANDSET, a_message, a_submit
from node_packages import node_with
from powerpack_carriers.directory import Directory
from powerpack_carriers.national_tables import (
    DEFAULT,
    PORTUGUESE,
    SPANISH,
    TURKISH,
    Language,
    language_of,
    read_national,
)
from powerpack_carriers.smpp.constants import DataCoding, EsmClass
from powerpack_carriers.text import decode_text

NODE = Path(__file__).parents[1] / "interop" / "node"
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ESCAPED = bytes(octet for each in range(128) if each != 0x1B for octet in (0x1B, each))


def a_text(header: bytes, septets: bytes) -> str:
    """What a message with these elements in its header shows."""
    octets = bytes((len(header),)) + header + septets
    return a_message(a_submit(octets, esm_class=EsmClass.UDHI)).text


@pytest.mark.parametrize(
    ("header", "septets", "shown"),
    [
        ("24 01 01", b"\x1bSi\x1bsli \x1bIzmir \x1be5", "Şişli İzmir €5"),
        ("25 01 01", b"I\x07\x1c\x1d\x0b\x0c\x40\x60\x04", "IıŞşĞğİç€"),
        ("24 01 02", b"Ma\x7eana, ma\x7dana: \x1baqu\x1bi", "Maüana, mañana: áquí"),
        ("25 01 03 24 01 03", b"\x5e \x7b\x7co \x1b\x12 \x05", "Ü ãõo Φ é"),
        # Urdu is not here: the phone takes no notice. Nor of a table number that is two octets long.
        ("25 01 0D", b"Hello \0", "Hello @"),
        ("24 02 01 01", b"\x1be", "€"),
        # The last of two counts.
        ("25 01 01 25 01 03", b"\x04", "ê"),
    ],
)
def test_a_phone_reads_the_tables_that_the_header_names(header: str, septets: bytes, shown: str) -> None:
    assert a_text(bytes.fromhex(header), septets) == shown


def test_parts_of_one_language_come_together() -> None:
    handset = Directory().visited(HANDSET, by="acme")
    for number, text in enumerate((b"\x1bSi\x1b", b"sli"), start=1):  # cut within a character
        octets = bytes((8, 0, 3, 7, 2, number, 0x24, 1, TURKISH)) + text
        message = a_message(a_submit(octets, esm_class=EsmClass.UDHI), message_id=b"%d" % number)
        handset.receive(message, NOW)

    assert [each.text for each in handset.inbox] == ["Şişli"]


def test_a_header_makes_room_for_less() -> None:
    header = bytes((3, 0x24, 1, SPANISH))

    # 155 septets alone, 149 in each of several (3GPP TS 23.040, 9.2.3.24.15).
    assert a_message(a_submit(header + b"x" * 155, esm_class=EsmClass.UDHI)).segments == 1
    assert a_message(a_submit(header + b"x" * 156, esm_class=EsmClass.UDHI)).segments == 2


def test_the_spanish_table_is_the_library_s() -> None:
    codec = Codec(BASIC_CHARACTER_SET, SINGLE_SHIFT_CHARACTER_SET_SPANISH)

    assert read_national(ESCAPED, Language(single=SPANISH)) == codec.decode(ESCAPED, "replace")[0]


@pytest.mark.parametrize(("language", "name"), [(TURKISH, "GSM_TR"), (PORTUGUESE, "GSM_PT")])
def test_the_tables_are_those_that_npm_s_smpp_has(language: int, name: str) -> None:
    node = node_with(NODE, "smpp")
    script = f"const c = require('smpp').gsmCoder.{name}; console.log(JSON.stringify([c.chars, c.extCharsDec]))"
    chars, extension = json.loads(
        subprocess.run([node, "-e", script], cwd=NODE, check=True, capture_output=True).stdout
    )

    unescaped = bytes(each for each in range(128) if each != 0x1B)
    assert read_national(unescaped, Language(0, language)) == chars.replace("\x1b", "")
    assert set(read_national(ESCAPED, Language(language, 0))) - {"\ufffd"} == set(extension) - {" "}


@given(st.binary(max_size=40))
def test_no_octets_make_looking_for_a_language_fail(octets: bytes) -> None:
    language = language_of(octets)

    assert decode_text(octets, DataCoding.SMSC_DEFAULT, language).isprintable() or True
    assert language == DEFAULT or octets
