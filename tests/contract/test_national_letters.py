"""What phones write with the letters of Turkish, Spanish and Portuguese, as the gateway hears it."""

import pytest

from contract_support import Api
from powerpack_carriers.national_tables import Language, read_national
from powerpack_gateway.encoding import ESM_CLASS_UDHI
from powerpack_gateway.national_tables import as_told, read_shifted, tables_of
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_lab.lab import Lab

ANA = "14155550101"
TURKISH, SPANISH, PORTUGUESE = b"\x24\x01\x01\x25\x01\x01", b"\x24\x01\x02", b"\x24\x01\x03\x25\x01\x03"


@pytest.mark.parametrize("locking", [0, 1, 3])
@pytest.mark.parametrize("single", [0, 1, 2, 3])
@pytest.mark.parametrize("is_escaped", [False, True])
def test_gateway_and_phones_read_every_septet_alike(locking: int, single: int, *, is_escaped: bool) -> None:
    """Two tables that were written apart: each is checked by the other."""
    tables = tables_of(bytes((0x24, 1, single, 0x25, 1, locking)))
    if tables is None:
        assert (single, locking) == (0, 0)
        return
    differ = {}
    for septet in range(128):
        septets = bytes((0x1B, septet)) if is_escaped else bytes((septet,))
        shown = read_national(septets, Language(single=single, locking=locking))
        if septet != 0x1B and "\ufffd" not in shown and shown != read_shifted(septets, tables):
            differ[septet] = shown, read_shifted(septets, tables)

    assert differ == {}


@pytest.mark.parametrize("header", [b"\x25\x01\x0d", b"\x24\x02\x01\x01", b"\x24", b"\x00\x03\x01\x02\x01"])
def test_of_another_table_no_notice_is_taken(header: bytes) -> None:
    octets = bytes((len(header),)) + header + b"Hello \x04"

    assert as_told(ESM_CLASS_UDHI, octets, b"Hello \x04", 0) == (b"Hello \x04", 0)


@pytest.mark.parametrize("data_coding", [4, 8])
def test_tables_stand_in_for_gsm_03_38_only(data_coding: int) -> None:
    octets = bytes((len(TURKISH),)) + TURKISH + b"\0I"

    assert as_told(ESM_CLASS_UDHI, octets, b"\0I", data_coding) == (b"\0I", data_coding)


def _say(lab: Lab, number: str, *parts: bytes) -> None:
    for sequence, octets in enumerate(parts, start=1):
        delivery = Delivery(
            source=ANA, destination=number, short_message=octets, esm_class=ESM_CLASS_UDHI, data_coding=0, tlvs={},
            raw=octets, link="att", sequence=sequence, command_id=5,
        )  # fmt: skip

        async def arrive(delivery: Delivery = delivery) -> None:
            lab.stack.gateway.received("att", delivery)

        lab.call(arrive())


def _heard(lab: Lab) -> list[tuple[object, object]]:
    return [(each.fields["text"], each.fields["intent"]) for each in lab.journal.events(kind="message.received")]


@pytest.mark.parametrize(
    ("header", "septets", "text", "intent"),
    [
        (TURKISH, b"G\x0c\x1d\x07 \x40zmir", "Gğşı İzmir", ""),
        (SPANISH, b"\x1baqu\x1bi, ma\x7dana", "áquí, mañana", ""),
        (PORTUGUESE, b"ARR\x1eT", "ARRÊT", "optout"),
        (TURKISH, b"QU\x40T", "QUİT", "optout"),
        (TURKISH, b" stop. ", " stop. ", "optout"),
    ],
)
def test_a_text_in_national_letters_is_read_and_a_stop_heard(
    lab: Lab, api: Api, header: bytes, septets: bytes, text: str, intent: str
) -> None:
    number = api.send(ANA)["from_number"]
    _say(lab, number, bytes((len(header),)) + header + septets)

    assert _heard(lab) == [(text, intent)]
    assert (api.send(ANA, "more")["message_state"] == "failed") is (intent == "optout")


def test_parts_of_a_text_in_national_letters_come_together(lab: Lab, api: Api) -> None:
    number = api.send(ANA)["from_number"]
    headers = [TURKISH + bytes((0x00, 3, 7, 2, sequence)) for sequence in (1, 2)]
    texts = (b"\x1c\x1d\x40", b"zmir \x07")
    _say(lab, number, *(bytes((len(each),)) + each + text for each, text in zip(headers, texts, strict=True)))

    assert _heard(lab) == [("Şşİzmir ı", "")]
