"""The octet that names an alphabet means the same to phones and gateway, which were written apart."""

import pytest

from contract_support import Api
from powerpack_carriers.text import decode_text as shown
from powerpack_gateway.encoding import DataCoding, alphabet_of
from powerpack_gateway.encoding import decode_text as read
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_lab.lab import Lab

ANA = "14155550123"
GSM, EIGHT_BITS, UCS2 = DataCoding.DEFAULT, DataCoding.LATIN_1, DataCoding.UCS2


@pytest.mark.parametrize("data_coding", range(0x10, 0x100), ids=hex)
def test_phone_and_gateway_read_the_same(data_coding: int) -> None:
    assert read(b"\x00a", data_coding) == shown(b"\x00a", data_coding)


@pytest.mark.parametrize(
    ("codings", "alphabet"),
    [
        (range(0x10, 0x14), GSM),
        (range(0x14, 0x18), EIGHT_BITS),
        (range(0x18, 0x1C), UCS2),
        (range(0x20, 0x40), EIGHT_BITS),
        (range(0x48, 0x4C), UCS2),
        (range(0x60, 0x80), EIGHT_BITS),
        (range(0xC0, 0xE0), GSM),
        (range(0xE0, 0xF0), UCS2),
        (range(0xF0, 0xF4), GSM),
        (range(0xF4, 0xF8), EIGHT_BITS),
    ],
    ids=["class", "class, octets", "class, UCS-2", "compressed", "deleted when read", "compressed and deleted",
         "waiting", "waiting, UCS-2", "class again", "class again, octets"],
)  # fmt: skip
def test_alphabets_are_those_of_3gpp_ts_23_038(codings: range, alphabet: DataCoding) -> None:
    assert {alphabet_of(each) for each in codings} == {alphabet}


@pytest.mark.parametrize("data_coding", [0x10, 0x11, 0xF0, 0xF1, 0xC8], ids=hex)
def test_a_stop_of_a_message_class_is_a_stop(lab: Lab, api: Api, data_coding: int) -> None:
    number = api.send(ANA)["from_number"]
    stop = Delivery(ANA, number, b"STOP", 0, data_coding, {}, b"", "att#1", 1, 5)

    async def deliver() -> None:
        lab.stack.gateway.received("att", stop)

    lab.call(deliver())

    assert api.send(ANA, "Still there?")["error_code"] == "200"
