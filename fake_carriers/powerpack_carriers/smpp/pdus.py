"""The PDUs of SMPP 3.4: the body of each as an ordered list of fields, and the value that holds any of them."""

from dataclasses import dataclass, field
from typing import Final

from powerpack_carriers.smpp.constants import RESPONSE_BIT, command_name, status_name
from powerpack_carriers.smpp.constants import CommandId as C
from powerpack_carriers.smpp.constants import CommandStatus as S
from powerpack_carriers.smpp.fields import (
    ADDRESS_OCTETS_MAX,
    Body,
    CString,
    DestAddresses,
    Field,
    FieldValue,
    Integer,
    ShortMessage,
    TimeString,
    UnsuccessSmes,
)
from powerpack_carriers.smpp.tlvs import Tlv

LONG_ADDRESS_OCTETS_MAX: Final = 65
"""Addresses of data_sm and alert_notification may be IP addresses or names (SMPP 3.4, 4.7.1, 4.12.1)."""

TEXT_SHOWN_MAX: Final = 60
"""So much of a text is shown in a line made for reading."""


def _address(name: str, octets_max: int = ADDRESS_OCTETS_MAX) -> tuple[Field, ...]:
    """TON, NPI and address of one party; ``name`` is as the specification spells the address."""
    status_ton, status_npi, status = (
        (S.ESME_RINVDSTTON, S.ESME_RINVDSTNPI, S.ESME_RINVDSTADR)
        if name == "destination_addr"
        else (S.ESME_RINVSRCTON, S.ESME_RINVSRCNPI, S.ESME_RINVSRCADR)
    )
    stem = name.replace("destination", "dest")
    return (
        Integer(name=f"{stem}_ton", status=status_ton),
        Integer(name=f"{stem}_npi", status=status_npi),
        CString(name=name, octets_max=octets_max, status=status),
    )


_SERVICE_TYPE: Final = CString(name="service_type", octets_max=6, status=S.ESME_RINVSERTYP)
_MESSAGE_ID: Final = CString(name="message_id", octets_max=65, status=S.ESME_RINVMSGID)
_SYSTEM_ID: Final = CString(name="system_id", octets_max=16, status=S.ESME_RINVSYSID)
_PASSWORD: Final = CString(name="password", octets_max=9, status=S.ESME_RINVPASWD)
_SCHEDULE: Final = TimeString(name="schedule_delivery_time", status=S.ESME_RINVSCHED)
_VALIDITY: Final = TimeString(name="validity_period", status=S.ESME_RINVEXPIRY)
_REGISTERED: Final = Integer(name="registered_delivery", status=S.ESME_RINVREGDLVFLG)
_DEFAULT_MESSAGE: Final = Integer(name="sm_default_msg_id", status=S.ESME_RINVDFTMSGID)

_BIND: Final[tuple[Field, ...]] = (
    _SYSTEM_ID,
    _PASSWORD,
    CString(name="system_type", octets_max=13, status=S.ESME_RINVSYSTYP),
    Integer(name="interface_version"),
    Integer(name="addr_ton"),
    Integer(name="addr_npi"),
    CString(name="address_range", octets_max=41, status=S.ESME_RBINDFAIL),
)
_BIND_RESP: Final[tuple[Field, ...]] = (_SYSTEM_ID,)
_MESSAGE_TAIL: Final[tuple[Field, ...]] = (
    Integer(name="esm_class", status=S.ESME_RINVESMCLASS),
    Integer(name="protocol_id"),
    Integer(name="priority_flag", status=S.ESME_RINVPRTFLG),
    _SCHEDULE,
    _VALIDITY,
    _REGISTERED,
    Integer(name="replace_if_present_flag", status=S.ESME_RINVREPFLAG),
    Integer(name="data_coding"),
    _DEFAULT_MESSAGE,
    ShortMessage(),
)
_MESSAGE: Final[tuple[Field, ...]] = (
    _SERVICE_TYPE,
    *_address("source_addr"),
    *_address("destination_addr"),
    *_MESSAGE_TAIL,
)

BODIES: Final[dict[int, tuple[Field, ...]]] = {
    C.generic_nack: (),
    C.bind_receiver: _BIND,
    C.bind_receiver_resp: _BIND_RESP,
    C.bind_transmitter: _BIND,
    C.bind_transmitter_resp: _BIND_RESP,
    C.bind_transceiver: _BIND,
    C.bind_transceiver_resp: _BIND_RESP,
    C.outbind: (_SYSTEM_ID, _PASSWORD),
    C.unbind: (),
    C.unbind_resp: (),
    C.enquire_link: (),
    C.enquire_link_resp: (),
    C.submit_sm: _MESSAGE,
    C.submit_sm_resp: (_MESSAGE_ID,),
    C.deliver_sm: _MESSAGE,
    C.deliver_sm_resp: (_MESSAGE_ID,),
    C.submit_multi: (_SERVICE_TYPE, *_address("source_addr"), DestAddresses(), *_MESSAGE_TAIL),
    C.submit_multi_resp: (_MESSAGE_ID, UnsuccessSmes()),
    C.data_sm: (
        _SERVICE_TYPE,
        *_address("source_addr", LONG_ADDRESS_OCTETS_MAX),
        *_address("destination_addr", LONG_ADDRESS_OCTETS_MAX),
        Integer(name="esm_class", status=S.ESME_RINVESMCLASS),
        _REGISTERED,
        Integer(name="data_coding"),
    ),
    C.data_sm_resp: (_MESSAGE_ID,),
    C.query_sm: (_MESSAGE_ID, *_address("source_addr")),
    C.query_sm_resp: (
        _MESSAGE_ID,
        TimeString(name="final_date"),
        Integer(name="message_state"),
        Integer(name="error_code"),
    ),
    C.cancel_sm: (_SERVICE_TYPE, _MESSAGE_ID, *_address("source_addr"), *_address("destination_addr")),
    C.cancel_sm_resp: (),
    C.replace_sm: (
        _MESSAGE_ID,
        *_address("source_addr"),
        _SCHEDULE,
        _VALIDITY,
        _REGISTERED,
        _DEFAULT_MESSAGE,
        ShortMessage(),
    ),
    C.replace_sm_resp: (),
    C.alert_notification: (
        *_address("source_addr", LONG_ADDRESS_OCTETS_MAX),
        *_address("esme_addr", LONG_ADDRESS_OCTETS_MAX),
    ),
}
"""The mandatory fields of each PDU in wire order (SMPP 3.4, chapter 4); TLVs come after them."""

UNKNOWN_BODY: Final[tuple[Field, ...]] = (Body(),)
"""What a PDU with a command_id of nobody's is read as."""


def body_of(command_id: int) -> tuple[Field, ...]:
    """The fields of a PDU, one octet string for a command_id that 3.4 does not define."""
    return BODIES.get(command_id, UNKNOWN_BODY)


@dataclass(slots=True, kw_only=True)
class Pdu:
    """Any PDU: its header, its mandatory fields by the specification's names, its TLVs in their order.

    Fields that are absent from ``fields`` are sent as zero or empty. A response that came without its body has none.
    """

    command_id: int
    command_status: int = S.ESME_ROK
    sequence_number: int = 0
    fields: dict[str, FieldValue] = field(default_factory=dict)
    tlvs: tuple[Tlv, ...] = ()

    def __getitem__(self, name: str) -> FieldValue:
        return self.fields[name]

    def text(self, name: str) -> str:
        """A C-Octet String, empty where the PDU has none."""
        value = self.fields.get(name, "")
        if not isinstance(value, str):
            raise TypeError(f"{self.name}.{name} is {type(value).__name__}, not text")
        return value

    def integer(self, name: str) -> int:
        """A number, 0 where the PDU has none."""
        value = self.fields.get(name, 0)
        if not isinstance(value, int):
            raise TypeError(f"{self.name}.{name} is {type(value).__name__}, not an integer")
        return value

    def octets(self, name: str) -> bytes:
        """An octet string, empty where the PDU has none."""
        value = self.fields.get(name, b"")
        if not isinstance(value, bytes):
            raise TypeError(f"{self.name}.{name} is {type(value).__name__}, not octets")
        return value

    def tlv(self, tag: int) -> int | str | bytes | None:
        """The value of the first TLV with this tag, None where there is none."""
        return next((tlv.value for tlv in self.tlvs if tlv.tag == tag), None)

    @property
    def name(self) -> str:
        """What the specification calls it."""
        return command_name(self.command_id)

    @property
    def is_response(self) -> bool:
        """Whether it answers a request."""
        return bool(self.command_id & RESPONSE_BIT)

    def __str__(self) -> str:
        words = [f"{self.name} seq={self.sequence_number}"]
        if self.is_response or self.command_status:
            words.append(status_name(self.command_status))
        words += _readable_fields(self.fields)
        words += map(str, self.tlvs)
        return " ".join(words)

    __repr__ = __str__


def _readable_fields(fields: dict[str, FieldValue]) -> list[str]:
    """The parties and the text first and bare, then what else is neither empty nor secret."""
    words: list[str] = []
    rest = dict(fields)
    if "source_addr" in rest and "destination_addr" in rest:
        words += (str(rest.pop("source_addr")), "->", str(rest.pop("destination_addr")))
    short_message = rest.pop("short_message", b"")
    if isinstance(short_message, bytes) and short_message:
        text = short_message.decode("latin-1")
        words.append(repr(text if len(text) <= TEXT_SHOWN_MAX else text[: TEXT_SHOWN_MAX - 3] + "..."))
    for name, value in rest.items():
        if not value or name.endswith(("_ton", "_npi")):
            continue
        shown = value.hex() if isinstance(value, bytes) else str(value)
        words.append(f"{name}=***" if name == "password" else f"{name}={shown}")
    return words
