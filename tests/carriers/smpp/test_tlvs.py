"""TLVs: values, widths, the chain, and what is said when one is wrong."""

import pytest

from powerpack_carriers.smpp.constants import CommandStatus, TlvTag
from powerpack_carriers.smpp.errors import RecoverableError, ValueNotEncodable
from powerpack_carriers.smpp.tlvs import TLV_TYPES, Tlv, read_tlvs

VALUES: dict[str, tuple[int, int | str | bytes, str]] = {
    "one octet": (TlvTag.message_state, 2, "0427 0001 02"),
    "two octets": (TlvTag.user_message_reference, 258, "0204 0002 0102"),
    "four octets": (TlvTag.qos_time_to_live, 1, "0017 0004 00000001"),
    "text": (TlvTag.receipted_message_id, "7f", "001E 0003 376600"),
    "octets": (TlvTag.network_error_code, b"\3\0\5", "0423 0003 030005"),
    "nothing": (TlvTag.alert_on_message_delivery, b"", "130C 0000"),
    "unknown": (0x1401, b"\xaa", "1401 0001 AA"),
}


@pytest.mark.parametrize(("tag", "value", "octets"), VALUES.values(), ids=VALUES)
def test_a_value_is_written_in_the_width_of_its_tag_and_read_again(
    tag: int, value: int | str | bytes, octets: str
) -> None:
    tlv = Tlv.of(tag, value)

    assert tlv.encode() == bytes.fromhex(octets)
    assert read_tlvs(tlv.encode(), 0, "pdu") == (tlv,)
    assert tlv.value == value


def test_text_without_its_nul_is_read_all_the_same() -> None:
    assert Tlv(TlvTag.receipted_message_id, b"7f").value == "7f"


def test_repeated_and_unknown_tlvs_are_kept_in_their_order() -> None:
    raw = bytes.fromhex("0381 0004 00000031  1401 0000  0381 0004 00000032")

    assert [tlv.tag for tlv in read_tlvs(raw, 0, "pdu")] == [0x0381, 0x1401, 0x0381]


def test_every_tag_has_a_type() -> None:
    assert set(TLV_TYPES) == set(TlvTag)


BAD_CHAINS = {
    "one octet": (
        "00",
        CommandStatus.ESME_RINVOPTPARSTREAM,
        "pdu: found 1 stray octets after the last field, expected TLVs of 4 or more",
    ),
    "cut header": (
        "021000",
        CommandStatus.ESME_RINVOPTPARSTREAM,
        "pdu: found 3 stray octets after the last field, expected TLVs of 4 or more",
    ),
    "past the end": (
        "001E0041303300",
        CommandStatus.ESME_RINVOPTPARSTREAM,
        "pdu.receipted_message_id: found length 65, but 3 octets are left",
    ),
    "unknown past the end": (
        "1401000200",
        CommandStatus.ESME_RINVOPTPARSTREAM,
        "pdu.TLV 0x1401: found length 2, but 1 octets are left",
    ),
    "wrong width": ("042700020002", CommandStatus.ESME_RINVPARLEN, "pdu.message_state: found 2 octets, expected 1"),
    "too short": ("0381000100", CommandStatus.ESME_RINVPARLEN, "pdu.callback_num: found 1 octets, expected 4 to 19"),
}


@pytest.mark.parametrize(("octets", "status", "message"), BAD_CHAINS.values(), ids=BAD_CHAINS)
def test_a_bad_chain_says_what_is_wrong(octets: str, status: int, message: str) -> None:
    with pytest.raises(RecoverableError) as raised:
        read_tlvs(bytes.fromhex(octets), 0, "pdu")

    assert str(raised.value) == message
    assert raised.value.command_status == status


BAD_VALUES: dict[str, tuple[int, int | str | bytes, str]] = {
    "too large": (TlvTag.message_state, 256, "message_state: 256 does not fit 1 octets"),
    "negative": (TlvTag.message_state, -1, "message_state: -1 does not fit 1 octets"),
    "number for octets": (
        TlvTag.network_error_code,
        5,
        "network_error_code: found 5, expected octets or text, as it is no number",
    ),
    "number for an unknown tag": (0x1401, 5, "TLV 0x1401: found 5, expected octets or text, as it is no number"),
    "not Latin-1": (TlvTag.receipted_message_id, "€", "receipted_message_id: '€' is not in Latin-1"),
    "wrong width": (TlvTag.message_state, b"\0\1", "message_state: found 2 octets, expected 1"),
    "too long": (TlvTag.receipted_message_id, "x" * 65, "receipted_message_id: found 66 octets, expected 0 to 65"),
}


@pytest.mark.parametrize(("tag", "value", "message"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_a_value_that_does_not_fit_is_refused(tag: int, value: int | str | bytes, message: str) -> None:
    with pytest.raises(ValueNotEncodable) as raised:
        Tlv.of(tag, value)

    assert str(raised.value) == message


def test_more_octets_than_a_length_can_say_are_refused() -> None:
    with pytest.raises(ValueNotEncodable, match="TLV 0x1401: found 65536 octets, expected at most 65535"):
        Tlv(0x1401, bytes(0x10000)).encode()


def test_it_reads_as_name_and_value() -> None:
    assert str(Tlv.of(TlvTag.receipted_message_id, "7f")) == "receipted_message_id='7f'"
    assert str(Tlv.of(TlvTag.network_error_code, b"\3\0\5")) == "network_error_code=030005"
    assert str(Tlv(0x1401, b"\1")) == "TLV 0x1401=01"
