"""PDUs from other people's test suites and from live routes, where the collection is at hand."""

import json
from pathlib import Path
from typing import TypedDict

import pytest

from powerpack_carriers.smpp.buffer import PduBuffer
from powerpack_carriers.smpp.codec import decode, encode, encode_raw
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.errors import RecoverableError, SmppError, UnrecoverableError
from powerpack_carriers.smpp.fields import UnsuccessSme
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import tlv_name

COLLECTION = Path(__file__).parents[4] / "shared" / "facts" / "pdu_vectors.json"


class Vector(TypedDict):
    id: str
    hex: str
    kind: str
    expected: dict[str, object]


def vectors(*kinds: str) -> list[Vector]:
    if not COLLECTION.exists():
        return []
    collection: list[Vector] = json.loads(COLLECTION.read_text(encoding="utf-8"))["vectors"]
    return [vector for vector in collection if vector["kind"] in kinds]


# The expected fields of a vector that its source made up: Java's defaults for fields that data_sm does not have, and
# the counts that we keep as the length of what is counted.
NOT_OURS = {"command_length", "result", "no_unsuccess"}
NOT_IN_DATA_SM = {"protocol_id", "priority_flag", "replace_if_present_flag", "sm_default_msg_id"}

REFUSED = {"v101": "outbind.password: found 9 octets, expected at most 8 before the NUL"}
WITHOUT_BODY = {"v013"}


def found_in(pdu: Pdu, name: str) -> object:
    if name in ("command_id", "command_status", "sequence_number"):
        return getattr(pdu, name)
    if name.startswith("tlv:"):
        return next((tlv.octets.hex() for tlv in pdu.tlvs if tlv_name(tlv.tag) == name[4:]), None)
    if name == "short_message_hex":
        return pdu.octets("short_message").hex()
    if name == "sm_length":
        return len(pdu.octets("short_message"))
    value = pdu.fields.get(name)
    if isinstance(value, tuple):
        return [
            {name: getattr(item, name) for name in UnsuccessSme.__slots__}
            for item in value
            if isinstance(item, UnsuccessSme)
        ]
    return value


@pytest.mark.parametrize("vector", vectors("valid"), ids=lambda vector: vector["id"])
def test_a_valid_vector_decodes_as_its_source_says(vector: Vector) -> None:
    raw = bytes.fromhex(vector["hex"])
    if vector["id"] in REFUSED:
        with pytest.raises(RecoverableError, match=REFUSED[vector["id"]]):
            decode(raw)
        return

    pdu = decode(raw)

    skipped = NOT_OURS | (NOT_IN_DATA_SM if pdu.name == "data_sm" else set())
    expected = {name: value for name, value in vector["expected"].items() if name not in skipped}
    assert {name: found_in(pdu, name) for name in expected} == expected
    if vector["id"] not in WITHOUT_BODY:
        assert encode(pdu) == raw


@pytest.mark.parametrize("vector", vectors("malformed"), ids=lambda vector: vector["id"])
def test_a_malformed_vector_is_refused_and_the_stream_goes_on(vector: Vector) -> None:
    raw = bytes.fromhex(vector["hex"])
    enquire_link = bytes.fromhex("00000010000000150000000000000001")

    bad, good = PduBuffer().feed(raw + enquire_link)

    with pytest.raises(RecoverableError):
        bad.decode()
    assert good.raw == enquire_link


@pytest.mark.parametrize("vector", vectors("protocol_error"), ids=lambda vector: vector["id"])
def test_a_protocol_error_is_one_of_ours_or_an_unknown_command(vector: Vector) -> None:
    raw = bytes.fromhex(vector["hex"])
    try:
        pdu = decode(raw)
    except SmppError as error:
        assert isinstance(error, UnrecoverableError)  # noqa: PT017  both ways are right
    else:
        assert pdu.name.startswith("command 0x")


@pytest.mark.parametrize("vector", vectors("stream"), ids=lambda vector: vector["id"])
def test_an_incomplete_vector_is_kept_for_later(vector: Vector) -> None:
    buffer = PduBuffer()

    assert buffer.feed(bytes.fromhex(vector["hex"])) == []
    assert len(buffer) == len(vector["hex"]) // 2


@pytest.mark.parametrize("vector", vectors("body"), ids=lambda vector: vector["id"])
def test_a_body_without_its_header_is_read_behind_one_of_ours(vector: Vector) -> None:
    pdu = decode(encode_raw(CommandId.deliver_sm, 0, 1, bytes.fromhex(vector["hex"])))

    # What its source says of it, in words.
    assert (pdu["source_addr"], pdu["destination_addr"], pdu["esm_class"]) == ("917013103030", "AMARVT", 4)
    assert b" err:0000 " in pdu.octets("short_message")
    assert [tlv.tag for tlv in pdu.tlvs] == [0x0423, 0x1454, 0x1418]


@pytest.mark.skipif(not COLLECTION.exists(), reason="the collection of vectors is not beside this checkout")
def test_the_collection_is_not_empty() -> None:
    assert len(vectors("valid")) > 40
