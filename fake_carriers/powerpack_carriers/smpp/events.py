"""What a session tells whoever drives it."""

from dataclasses import dataclass, field
from typing import Final, Self

from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.constants import INTERFACE_VERSION, CommandId
from powerpack_carriers.smpp.errors import UnrecoverableError
from powerpack_carriers.smpp.pdus import Pdu


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """What an ESME said when it bound."""

    command_id: int
    system_id: str
    password: str = field(repr=False)
    system_type: str
    interface_version: int
    addr_ton: int
    addr_npi: int
    address_range: str

    @classmethod
    def of(cls, pdu: Pdu) -> Self:
        """What a bind_* says."""
        return cls(
            command_id=pdu.command_id,
            system_id=pdu.text("system_id"),
            password=pdu.text("password"),
            system_type=pdu.text("system_type"),
            interface_version=pdu.integer("interface_version"),
            addr_ton=pdu.integer("addr_ton"),
            addr_npi=pdu.integer("addr_npi"),
            address_range=pdu.text("address_range"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.system_id} version 0x{self.interface_version:02X}"

    __repr__ = __str__

    @property
    def accepts_tlvs(self) -> bool:
        """Whether TLVs may be sent to it (SMPP 3.4, 3.4)."""
        return self.interface_version >= INTERFACE_VERSION

    @property
    def kind(self) -> str:
        """``transmitter``, ``receiver`` or ``transceiver``."""
        return _KINDS[self.command_id]


_KINDS: Final[dict[int, str]] = {
    CommandId.bind_receiver: "receiver",
    CommandId.bind_transmitter: "transmitter",
    CommandId.bind_transceiver: "transceiver",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BindRequested:
    """An ESME wants to bind: call accept_bind or refuse_bind."""

    request: RawPdu
    bind: Bind


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsReceived:
    """Well-formed requests in a row, each of which the application must answer."""

    requests: list[RawPdu]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsesReceived:
    """Responses in a row to requests of ours, each as (the context given with the request, command_status)."""

    answered: list[tuple[object, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnexpectedResponse:
    """A response or generic_nack to nothing that is pending: late, repeated or wrong. It changes nothing."""

    response: RawPdu


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request that the session answered with an error by itself, and why."""

    request: RawPdu
    command_status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbound:
    """The unbind was answered: write what is queued, then close the connection."""

    by_peer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The stream is lost: write what is queued (a generic_nack), then close the connection."""

    error: UnrecoverableError


Event = BindRequested | RequestsReceived | ResponsesReceived | UnexpectedResponse | Refused | Unbound | Broken


def requests_at_end(events: list[Event]) -> list[RawPdu]:
    """The requests of the last event, or of a new one where the last is something else."""
    last = events[-1] if events else None
    if not isinstance(last, RequestsReceived):
        last = RequestsReceived(requests=[])
        events.append(last)
    return last.requests


def answers_at_end(events: list[Event]) -> list[tuple[object, int]]:
    """The same for answers."""
    last = events[-1] if events else None
    if not isinstance(last, ResponsesReceived):
        last = ResponsesReceived(answered=[])
        events.append(last)
    return last.answered
