"""What the journal shows to people and programs: readable, decoded, and without secrets."""

import json
from datetime import timedelta
from enum import Enum, StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.filled_journals import EPOCH, SUBMIT_SM, journal


class Color(Enum):
    RED = 1


class Word(StrEnum):
    SENT = "sent"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (float("inf"), "inf"),
        (b"\x00\xff", "00ff"),
        (bytearray(b"\x01"), "01"),
        (memoryview(b"\x02"), "02"),
        (EPOCH, "2026-11-22T12:00:00+00:00"),
        (("a", 1, b"\x01"), ["a", 1, "01"]),
        ({"k": (1,), 2: None}, {"k": [1], "2": None}),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({3, 1}), [1, 3]),
        (Color.RED, "Color.RED"),
        (Word.SENT, "sent"),
        (timedelta(seconds=90), "0:01:30"),
    ],
    ids=lambda value: type(value).__name__,  # a repr may hold an address or a set's chance order
)
def test_a_value_is_shown_as_json_can_hold_it(value: object, shown: object) -> None:
    made = journal()

    made.record("x", value=value)

    event = next(made.events())
    assert event.fields == {"value": shown}
    assert json.loads(json.dumps(event.as_json(), allow_nan=False))["value"] == shown


def test_a_raw_pdu_is_shown_decoded_beside_its_octets() -> None:
    made = journal()

    made.record("pdu", side="carrier", direction="<", raw=SUBMIT_SM)

    fields = next(made.events()).fields
    assert list(fields) == ["side", "direction", "pdu", "hex"]
    assert all(word in str(fields["pdu"]) for word in ("submit_sm", "14155550180", "12065550100"))
    assert fields["hex"] == SUBMIT_SM.hex()


def test_octets_that_are_no_pdu_say_what_is_wrong_with_them() -> None:
    made = journal()

    made.record("pdu", raw=b"\x00\x00\x00\x10\x00")

    fields = next(made.events()).fields
    assert str(fields["pdu"]).startswith("undecodable: found 5 octets")
    assert fields["hex"] == "0000001000"


@given(st.binary(max_size=80))
def test_no_octets_can_make_reading_fail(raw: bytes) -> None:
    made = journal()

    made.record("pdu", raw=raw)

    assert len(str(next(made.events()).fields["hex"])) == 2 * len(raw)


@given(st.integers(min_value=16, max_value=62), st.binary(min_size=1, max_size=4))
def test_no_damage_to_a_pdu_can_make_reading_fail(place: int, junk: bytes) -> None:
    made = journal()
    made.record("pdu", raw=SUBMIT_SM[:place] + junk + SUBMIT_SM[place + len(junk) :])

    assert isinstance(next(made.events()).fields["pdu"], str)


def a_bind(command_id: int, *, end: bytes = b"\0") -> bytes:
    """A PDU with system_id ``powerpack`` and password ``hunter2``."""
    body = b"powerpack\0hunter2" + end
    return (16 + len(body)).to_bytes(4, "big") + command_id.to_bytes(4, "big") + bytes(4) + b"\0\0\0\1" + body


@pytest.mark.parametrize(
    "raw",
    [
        *(a_bind(command_id, end=b"\0\0\x34\0\0\0") for command_id in (1, 2, 9)),
        a_bind(0x0B),
        a_bind(9, end=b""),
        a_bind(9, end=b"\0")[:-3],
    ],
    ids=["bind_receiver", "bind_transmitter", "bind_transceiver", "outbind", "without its end", "cut short"],
)
def test_no_password_can_be_read(raw: bytes, tmp_path: Path) -> None:
    made = journal(tmp_path / "events.jsonl")

    made.record("pdu", side="gateway", link="att#1", direction=">", raw=raw)
    made.close()

    event = next(made.events())
    everything = f"{event} {event.as_json()} {(tmp_path / 'events.jsonl').read_text(encoding='utf-8')}"
    assert "hunt" not in everything
    assert b"hunt".hex() not in everything
    assert b"powerpack".hex() + "00" + "2a" * 5 in str(event.fields["hex"])


def test_a_field_called_raw_that_holds_no_octets_is_shown_as_it_is() -> None:
    made = journal()

    made.record("x", raw="text")

    assert next(made.events()).fields == {"raw": "text"}


def test_an_event_is_one_flat_object_and_no_field_hides_its_own() -> None:
    made = journal()

    made.record("x", a=1, n="mine", at="mine", kind="mine")

    assert next(made.events()).as_json() == {"n": 1, "at": "2026-11-22T12:00:00.000000+00:00", "kind": "x", "a": 1}


def test_an_event_is_one_line_for_people() -> None:
    made = journal(moment=61.0625)

    made.record("message.sent", uuid="u", text="x" * 200)

    assert str(next(made.events())) == f"12:01:01.062 message.sent           uuid=u text={'x' * 119}…"


def test_a_pdu_is_one_line_without_its_octets() -> None:
    made = journal()

    made.record("pdu", side="carrier", link="att#1", direction="<", raw=SUBMIT_SM)

    said = "submit_sm seq=7 14155550180 -> 12065550100 'hi there' registered_delivery=1"
    assert str(next(made.events())) == f"12:00:00.000 pdu                    carrier att#1 < {said}"
