"""Which values the fields of an ESME's requests may have, and which status answers the others (SMPP 3.4, chapter 5).

The codec reads whatever the octets say, as it serves both sides; what an SMSC does not let in is said here. What
depends on a carrier or on the time of day (addresses, dates) is not: that is admission's business.
"""

from collections.abc import Iterable
from itertools import product
from typing import Final

from powerpack_carriers.smpp.constants import (
    CommandId,
    CommandStatus,
    EsmClass,
    Npi,
    RegisteredDelivery,
    TlvTag,
    Ton,
)
from powerpack_carriers.smpp.errors import RecoverableError
from powerpack_carriers.smpp.pdus import Pdu, body_of
from powerpack_carriers.smpp.tlvs import Tlv, tlv_name

PRIORITY_MAX: Final = 3
"""SMPP 3.4, 5.2.14."""

TONS: Final = frozenset(int(ton) for ton in Ton)
NPIS: Final = frozenset(int(npi) for npi in Npi)


def _sums(*parts: Iterable[int]) -> frozenset[int]:
    """Every octet that has one value of each part."""
    return frozenset(map(sum, product(*parts)))


_TYPES: Final = (0, EsmClass.DELIVERY_ACKNOWLEDGEMENT, EsmClass.USER_ACKNOWLEDGEMENT)
_FEATURES: Final = (0, EsmClass.UDHI, EsmClass.REPLY_PATH, EsmClass.UDHI | EsmClass.REPLY_PATH)

ESM_CLASSES: Final = _sums((0, EsmClass.MODE_DATAGRAM, EsmClass.MODE_STORE_AND_FORWARD), _TYPES, _FEATURES)
"""What an ESME may send; the transaction mode is data_sm's alone (SMPP 3.4, 4.4, 5.2.12)."""

DATA_SM_ESM_CLASSES: Final = ESM_CLASSES | _sums((EsmClass.MODE_TRANSACTION,), _TYPES, _FEATURES)

REGISTERED_DELIVERIES: Final = _sums(
    (0, RegisteredDelivery.RECEIPT_ALWAYS, RegisteredDelivery.RECEIPT_ON_FAILURE),
    (0, RegisteredDelivery.SME_DELIVERY_ACK),
    (0, RegisteredDelivery.SME_USER_ACK),
    (0, RegisteredDelivery.INTERMEDIATE_NOTIFICATION),
)
"""All but the receipt value 11 and the bits 5 to 7, which are reserved (SMPP 3.4, 5.2.17)."""

ALLOWED: Final[dict[str, frozenset[int]]] = {
    "source_addr_ton": TONS,
    "source_addr_npi": NPIS,
    "dest_addr_ton": TONS,
    "dest_addr_npi": NPIS,
    "esm_class": ESM_CLASSES,
    "priority_flag": frozenset(range(PRIORITY_MAX + 1)),
    "registered_delivery": REGISTERED_DELIVERIES,
    "replace_if_present_flag": frozenset((0, 1)),
    # No message is kept at this SMSC that a number could stand for.
    "sm_default_msg_id": frozenset((0,)),
}
"""Values by field; a field that is not here takes whatever fits it."""

_OWN: Final[dict[tuple[int, str], frozenset[int]]] = {
    (CommandId.data_sm, "esm_class"): DATA_SM_ESM_CLASSES,
    # "Reserved, must be set to 0" (SMPP 3.4, 4.5.1).
    (CommandId.submit_multi, "replace_if_present_flag"): frozenset((0,)),
}
"""Where a PDU differs."""

RULES: Final[dict[int, tuple[tuple[str, frozenset[int], int], ...]]] = {
    command: tuple(
        (field.name, _OWN.get((command, field.name), ALLOWED[field.name]), field.status)
        for field in body_of(command)
        if field.name in ALLOWED
    )
    for command in (
        CommandId.submit_sm,
        CommandId.submit_multi,
        CommandId.data_sm,
        CommandId.query_sm,
        CommandId.cancel_sm,
        CommandId.replace_sm,
    )
}
"""By command: field, its values, and the status of any other."""

TLV_VALUES_MAX: Final[dict[int, int]] = {
    TlvTag.dest_addr_subunit: 4,
    TlvTag.dest_network_type: 8,
    TlvTag.dest_bearer_type: 8,
    TlvTag.source_addr_subunit: 4,
    TlvTag.source_network_type: 8,
    TlvTag.source_bearer_type: 8,
    TlvTag.payload_type: 1,
    TlvTag.privacy_indicator: 3,
    TlvTag.number_of_messages: 99,
    TlvTag.set_dpf: 1,
    TlvTag.more_messages_to_send: 1,
    TlvTag.display_time: 2,
    TlvTag.its_reply_type: 8,
}
"""The largest value of TLVs whose higher ones are reserved (SMPP 3.4, 5.3.2)."""

_WITH_MESSAGE: Final = (CommandId.submit_sm, CommandId.submit_multi, CommandId.data_sm)


def check(pdu: Pdu) -> None:
    """Raise RecoverableError with the status for the first thing that is not allowed in an ESME's request."""
    for name, allowed, status in RULES.get(pdu.command_id, ()):
        if (value := pdu.integer(name)) not in allowed:
            problem = f"{pdu.name}.{name}: found {value}, expected one of {_listed(allowed)}"
            raise RecoverableError(problem, command_status=status)
    if pdu.command_id in _WITH_MESSAGE:
        check_tlv_values(pdu.tlvs, pdu.name)
        _check_message(pdu)


def check_tlv_values(tlvs: tuple[Tlv, ...], where: str) -> None:
    """Raise RecoverableError for a reserved value; a TLV that is nobody's is none (SMPP 3.4, 3.3)."""
    for tlv in tlvs:
        most = TLV_VALUES_MAX.get(tlv.tag)
        if most is not None and (value := int.from_bytes(tlv.octets, "big")) > most:
            raise RecoverableError(
                f"{where}.{tlv_name(tlv.tag)}: found {value}, expected at most {most}",
                command_status=CommandStatus.ESME_RINVOPTPARAMVAL,
            )


def header_fits(user_data: bytes) -> bool:
    """Whether octets that are said to begin with a user data header have room for the length that it claims."""
    return bool(user_data) and user_data[0] < len(user_data)


def _check_message(pdu: Pdu) -> None:
    """The text is in one place, and its header is no longer than it (SMPP 3.4, 4.7.1, 5.2.12, 5.3.2.32)."""
    payload = pdu.tlv(TlvTag.message_payload)
    text = pdu.octets("short_message")
    if payload is not None and text:
        raise RecoverableError(
            f"{pdu.name}: found {len(text)} octets of short_message beside message_payload, expected one of the two",
            command_status=CommandStatus.ESME_ROPTPARNOTALLWD,
        )
    if payload is None and pdu.command_id == CommandId.data_sm:
        raise RecoverableError(
            "data_sm: found no message_payload, expected the text there",
            command_status=CommandStatus.ESME_RMISSINGOPTPARAM,
        )
    user_data = payload if isinstance(payload, bytes) else text
    if pdu.integer("esm_class") & EsmClass.UDHI and not header_fits(user_data):
        found = f"a header of {user_data[0] + 1} octets in {len(user_data)}" if user_data else "no octets"
        raise RecoverableError(
            f"{pdu.name}.esm_class: found UDHI and {found}, expected a user data header that fits",
            command_status=CommandStatus.ESME_RINVESMCLASS,
        )


def _listed(allowed: frozenset[int]) -> str:
    """The values in order, many of them as hex."""
    shown = sorted(allowed)
    return ", ".join(map(str, shown)) if len(shown) <= len(NPIS) else ", ".join(f"0x{value:02X}" for value in shown)
