"""A message as the carrier reads it: how many parts it is, and who sent it."""

import pytest

from carriers.builders import a_message, a_submit
from powerpack_carriers.numbering import NumberType
from powerpack_carriers.smpp.constants import EsmClass, TlvTag, Ton
from powerpack_carriers.smpp.tlvs import Tlv

PORTS = bytes((6, 0x05, 4, 0x0B, 0x84, 0x23, 0xF0))
SECOND_OF_THREE = bytes((5, 0, 3, 7, 3, 2))


@pytest.mark.parametrize(
    ("octets", "is_in_payload", "data_coding", "segments"),
    [
        (PORTS + bytes(9_993), True, 4, 79),
        (PORTS + bytes(133), True, 4, 1),
        (SECOND_OF_THREE + b"x" * 153, False, 0, 1),
        (SECOND_OF_THREE + b"x" * 154, False, 0, 2),
        (SECOND_OF_THREE + b"x" * 134, True, 8, 1),
        (bytes((200,)) + b"x" * 160, False, 0, 2),  # a header that lies is shown as text
    ],
)
def test_a_user_data_header_goes_with_every_part(
    octets: bytes, data_coding: int, segments: int, *, is_in_payload: bool
) -> None:
    tlvs = (Tlv.of(TlvTag.message_payload, octets),) if is_in_payload else ()
    submitted = a_submit(b"" if is_in_payload else octets, esm_class=EsmClass.UDHI, data_coding=data_coding, tlvs=tlvs)

    assert a_message(submitted).segments == segments


@pytest.mark.parametrize(
    ("source", "ton", "digits"),
    [
        ("4155550180", Ton.UNKNOWN, "14155550180"),
        ("4155550180", Ton.NATIONAL, "14155550180"),
        ("(415) 555-0180", Ton.NATIONAL, "14155550180"),
        ("14155550180", Ton.INTERNATIONAL, "14155550180"),
        # A number of ten digits with its country code, Danish for one.
        ("4526345678", Ton.INTERNATIONAL, "4526345678"),
        ("+4526345678", Ton.UNKNOWN, "4526345678"),
        # No area code begins with 1, no exchange either.
        ("1155550180", Ton.NATIONAL, "1155550180"),
        ("4151550180", Ton.NATIONAL, "4151550180"),
        ("72345", Ton.NETWORK_SPECIFIC, "72345"),
    ],
)
def test_a_sender_of_the_north_american_plan_is_one_with_its_1_or_without(source: str, ton: int, digits: str) -> None:
    message = a_message(a_submit(source=source)._replace(source=bytes((ton, 1))))

    assert message.source.digits == digits
    assert message.source_addr == source, "as submitted: query_sm names it so"


def test_a_toll_free_sender_without_its_1_is_toll_free() -> None:
    message = a_message(a_submit(source="8335550100")._replace(source=b"\2\1"))

    assert (message.source.digits, message.source.number_type) == ("18335550100", NumberType.TOLLFREE)
