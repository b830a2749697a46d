"""The field types that SMPP's PDUs are made of: each reads itself from a body and writes itself into one.

Strings are ``str`` in Latin-1, which gives every octet a character, so that odd text never breaks a session;
short_message and other octet strings are ``bytes``.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.smpp.errors import RecoverableError, ValueNotEncodable

SHORT_MESSAGE_OCTETS_MAX = 254
"""The longest short_message; longer texts travel in the TLV message_payload (SMPP 3.4, 4.4.1)."""

DESTINATIONS_MAX = 254
"""The most destinations of one submit_multi (SMPP 3.4, 4.5.1)."""

ADDRESS_OCTETS_MAX = 21
"""source_addr and destination_addr, with their NUL (SMPP 3.4, 5.2.8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmeAddress:
    """A destination of submit_multi: one handset (dest_flag 1)."""

    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionList:
    """A destination of submit_multi: a list kept at the SMSC (dest_flag 2)."""

    dl_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsuccessSme:
    """A destination that a submit_multi did not reach, and why."""

    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str
    error_status_code: int


FieldValue = int | str | bytes | tuple[SmeAddress | DistributionList, ...] | tuple[UnsuccessSme, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(ABC):
    """One place in a body; ``status`` is what to answer when its content is wrong."""

    name: str
    status: int = CommandStatus.ESME_RINVCMDLEN

    @property
    @abstractmethod
    def default(self) -> FieldValue:
        """What a field that nobody set is sent as."""

    @abstractmethod
    def read(self, raw: bytes, position: int, where: str) -> tuple[FieldValue, int]:
        """The value at ``position`` and the position after it; raises RecoverableError, which names ``where``."""

    @abstractmethod
    def write(self, value: FieldValue, where: str) -> bytes:
        """The value's octets; raises ValueNotEncodable."""

    def bad(self, where: str, problem: str, status: int | None = None) -> RecoverableError:
        """What the peer did wrong in this field."""
        return RecoverableError(
            f"{where}.{self.name}: {problem}", command_status=self.status if status is None else status
        )

    def unfit(self, where: str, problem: str) -> ValueNotEncodable:
        """What we did wrong in this field."""
        return ValueNotEncodable(f"{where}.{self.name}: {problem}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer(Field):
    """An unsigned number of a fixed width."""

    octets: int = 1

    @property
    def default(self) -> int:
        return 0

    def read(self, raw: bytes, position: int, where: str) -> tuple[int, int]:
        after = position + self.octets
        if after > len(raw):
            raise self.bad(
                where,
                f"the PDU ends after {len(raw) - position} of {self.octets} octets",
                CommandStatus.ESME_RINVCMDLEN,
            )
        return int.from_bytes(raw[position:after], "big"), after

    def write(self, value: FieldValue, where: str) -> bytes:
        largest = (1 << 8 * self.octets) - 1
        if not isinstance(value, int) or not 0 <= value <= largest:
            raise self.unfit(where, f"found {value!r}, expected an integer from 0 to {largest}")
        return value.to_bytes(self.octets, "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class CString(Field):
    """A C-Octet String: text and a NUL, together ``octets_max`` at most."""

    octets_max: int

    @property
    def default(self) -> str:
        return ""

    def read(self, raw: bytes, position: int, where: str) -> tuple[str, int]:
        end = raw.find(0, position)
        if end < 0:
            raise self.bad(where, f"no NUL in the {len(raw) - position} octets that are left")
        problem = self._misfit(end - position)
        if problem:
            raise self.bad(where, problem)
        return raw[position:end].decode("latin-1"), end + 1

    def write(self, value: FieldValue, where: str) -> bytes:
        if not isinstance(value, str):
            raise self.unfit(where, f"found {value!r}, expected a str")
        try:
            octets = value.encode("latin-1")
        except UnicodeEncodeError as error:
            raise self.unfit(where, f"{value[error.start]!r} is not in Latin-1") from error
        if b"\0" in octets:
            raise self.unfit(where, f"found a NUL inside {value!r}")
        problem = self._misfit(len(octets))
        if problem:
            raise self.unfit(where, problem)
        return octets + b"\0"

    def _misfit(self, octets: int) -> str:
        if octets < self.octets_max:
            return ""
        return f"found {octets} octets, expected at most {self.octets_max - 1} before the NUL"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeString(CString):
    """A time: a lone NUL, or sixteen characters and a NUL (SMPP 3.4, 7.1.1)."""

    octets_max: int = 17

    def _misfit(self, octets: int) -> str:
        if octets in (0, 16):
            return ""
        return f"found {octets} octets, expected none or 16 before the NUL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortMessage(Field):
    """sm_length and short_message, which are one thing; the length is never stored beside the octets."""

    name: str = "short_message"
    status: int = CommandStatus.ESME_RINVMSGLEN

    @property
    def default(self) -> bytes:
        return b""

    def read(self, raw: bytes, position: int, where: str) -> tuple[bytes, int]:
        if position >= len(raw):
            raise self.bad(where, "the PDU ends before sm_length", CommandStatus.ESME_RINVCMDLEN)
        length = raw[position]
        if length > SHORT_MESSAGE_OCTETS_MAX:
            raise self.bad(where, f"found sm_length {length}, expected at most {SHORT_MESSAGE_OCTETS_MAX}")
        after = position + 1 + length
        if after > len(raw):
            raise self.bad(where, f"found sm_length {length}, but {len(raw) - position - 1} octets are left")
        return raw[position + 1 : after], after

    def write(self, value: FieldValue, where: str) -> bytes:
        if not isinstance(value, bytes):
            raise self.unfit(where, f"found {value!r}, expected bytes")
        if len(value) > SHORT_MESSAGE_OCTETS_MAX:
            raise self.unfit(where, f"found {len(value)} octets, expected at most {SHORT_MESSAGE_OCTETS_MAX}")
        return bytes((len(value),)) + value


@dataclass(frozen=True, slots=True, kw_only=True)
class Body(Field):
    """All the octets of a PDU that the specification does not define."""

    name: str = "body"

    @property
    def default(self) -> bytes:
        return b""

    def read(self, raw: bytes, position: int, where: str) -> tuple[bytes, int]:
        return raw[position:], len(raw)

    def write(self, value: FieldValue, where: str) -> bytes:
        if not isinstance(value, bytes):
            raise self.unfit(where, f"found {value!r}, expected bytes")
        return value


_TON = Integer(name="dest_addr_ton")
_NPI = Integer(name="dest_addr_npi")
_ADDRESS = CString(name="destination_addr", octets_max=ADDRESS_OCTETS_MAX, status=CommandStatus.ESME_RINVDSTADR)
_DL_NAME = CString(name="dl_name", octets_max=ADDRESS_OCTETS_MAX, status=CommandStatus.ESME_RINVDLNAME)
_ERROR = Integer(name="error_status_code", octets=4)
_SME_FLAG = 1
_LIST_FLAG = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DestAddresses(Field):
    """number_of_dests and the destinations of submit_multi (SMPP 3.4, 4.5.1.1)."""

    name: str = "dest_address"
    status: int = CommandStatus.ESME_RINVNUMDESTS

    @property
    def default(self) -> tuple[SmeAddress | DistributionList, ...]:
        return ()

    def read(self, raw: bytes, position: int, where: str) -> tuple[tuple[SmeAddress | DistributionList, ...], int]:
        count, position = Integer(name="number_of_dests").read(raw, position, where)
        if not 1 <= count <= DESTINATIONS_MAX:
            raise self.bad(where, f"found number_of_dests {count}, expected 1 to {DESTINATIONS_MAX}")
        found: list[SmeAddress | DistributionList] = []
        for index in range(count):
            inside = f"{where}.{self.name}[{index}]"
            flag, position = Integer(name="dest_flag").read(raw, position, inside)
            if flag == _SME_FLAG:
                ton, position = _TON.read(raw, position, inside)
                npi, position = _NPI.read(raw, position, inside)
                address, position = _ADDRESS.read(raw, position, inside)
                found.append(SmeAddress(dest_addr_ton=ton, dest_addr_npi=npi, destination_addr=address))
            elif flag == _LIST_FLAG:
                name, position = _DL_NAME.read(raw, position, inside)
                found.append(DistributionList(dl_name=name))
            else:
                problem = f"found dest_flag {flag}, expected {_SME_FLAG} or {_LIST_FLAG}"
                raise self.bad(where, problem, CommandStatus.ESME_RINVDESTFLAG)
        return tuple(found), position

    def write(self, value: FieldValue, where: str) -> bytes:
        if not isinstance(value, tuple) or not 1 <= len(value) <= DESTINATIONS_MAX:
            raise self.unfit(where, f"found {value!r}, expected a tuple of 1 to {DESTINATIONS_MAX} destinations")
        parts = [bytes((len(value),))]
        for index, destination in enumerate(value):
            inside = f"{where}.{self.name}[{index}]"
            match destination:
                case SmeAddress():
                    parts += (
                        bytes((_SME_FLAG,)),
                        _TON.write(destination.dest_addr_ton, inside),
                        _NPI.write(destination.dest_addr_npi, inside),
                        _ADDRESS.write(destination.destination_addr, inside),
                    )
                case DistributionList():
                    parts += (bytes((_LIST_FLAG,)), _DL_NAME.write(destination.dl_name, inside))
                case _:
                    raise self.unfit(where, f"found {destination!r}, expected an SmeAddress or a DistributionList")
        return b"".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsuccessSmes(Field):
    """no_unsuccess and the failures of submit_multi_resp (SMPP 3.4, 4.5.2.1)."""

    name: str = "unsuccess_sme"

    @property
    def default(self) -> tuple[UnsuccessSme, ...]:
        return ()

    def read(self, raw: bytes, position: int, where: str) -> tuple[tuple[UnsuccessSme, ...], int]:
        count, position = Integer(name="no_unsuccess").read(raw, position, where)
        found = []
        for index in range(count):
            inside = f"{where}.{self.name}[{index}]"
            ton, position = _TON.read(raw, position, inside)
            npi, position = _NPI.read(raw, position, inside)
            address, position = _ADDRESS.read(raw, position, inside)
            error, position = _ERROR.read(raw, position, inside)
            found.append(
                UnsuccessSme(dest_addr_ton=ton, dest_addr_npi=npi, destination_addr=address, error_status_code=error)
            )
        return tuple(found), position

    def write(self, value: FieldValue, where: str) -> bytes:
        if not isinstance(value, tuple) or len(value) > DESTINATIONS_MAX:
            raise self.unfit(where, f"found {value!r}, expected a tuple of at most {DESTINATIONS_MAX} failures")
        parts = [bytes((len(value),))]
        for index, failure in enumerate(value):
            inside = f"{where}.{self.name}[{index}]"
            if not isinstance(failure, UnsuccessSme):
                raise self.unfit(where, f"found {failure!r}, expected an UnsuccessSme")
            parts += (
                _TON.write(failure.dest_addr_ton, inside),
                _NPI.write(failure.dest_addr_npi, inside),
                _ADDRESS.write(failure.destination_addr, inside),
                _ERROR.write(failure.error_status_code, inside),
            )
        return b"".join(parts)
