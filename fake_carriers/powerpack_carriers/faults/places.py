"""The places where a fault strikes, one method each, and what it may touch there.

::

    bind ──> on_bind ──> authenticate
    submit_sm ──> admission ──> on_submit ──> response, life of the message
    receipt ──> on_receipt ──> mailbox of the account
    SubmitReq of an MMS ──> admission ──> on_submit ──> on_mms_answer ──> SubmitRsp
    socket ──> on_read ──> session ──> on_pdu ──> socket
    the clock ──> on_time
"""

from typing import Protocol, runtime_checkable

from powerpack_carriers.door import Door


class Wire(Protocol):
    """As much of a connection as a fault may touch."""

    name: str
    listener: int
    """By which port of the carrier it came, the first is 1; 0: the carrier called."""

    @property
    def system_id(self) -> str:
        """The account; empty before the bind."""
        ...

    def send_raw(self, data: bytes) -> None:
        """Write octets past the session."""
        ...

    def send_raw_later(self, delay_s: float, data: bytes) -> None:
        """The same after a while."""
        ...

    def stall(self) -> None:
        """Stop taking octets from the peer."""
        ...

    def resume(self) -> None:
        """Take them again."""
        ...

    def abort(self, reason: str) -> None:
        """Reset the connection: the peer gets a RST, not the end of the stream."""
        ...


class Hands(Protocol):
    """What a fault that strikes by the clock can do to a carrier."""

    @property
    def wires(self) -> tuple[Wire, ...]:
        """Its connections."""
        ...

    @property
    def doors(self) -> tuple[Door, ...]:
        """Its ports, the first one first."""
        ...

    @property
    def senders(self) -> tuple[str, ...]:
        """Numbers that ESMEs sent from."""
        ...

    def write_from(self, number: str, to: str, text: str) -> None:
        """Let a phone write to a number; nothing happens where it is off."""
        ...


@runtime_checkable
class PduFault(Protocol):
    """Acts on each PDU that leaves."""

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        """What is written instead."""
        ...


@runtime_checkable
class ReadFault(Protocol):
    """Acts on what comes in."""

    def on_read(self, wire: Wire, data: bytes) -> bytes:
        """What the session reads instead."""
        ...


@runtime_checkable
class TimedFault(Protocol):
    """Acts by the clock."""

    def on_time(self, hands: Hands) -> None:
        """Strike once."""
        ...


@runtime_checkable
class SpellFault(Protocol):
    """Acts by the clock for a while each time."""

    def on_over(self) -> None:
        """The while is over."""
        ...


@runtime_checkable
class EndingFault(Protocol):
    """Leaves something to be put right when it is removed or its time is over."""

    def on_end(self) -> None:
        """Put it right."""
        ...


def no_listener(number: int | None, ports: int) -> str:
    """What is wrong with the number of a port; empty for one of as many as the carrier has, and for None."""
    return "" if number is None or 1 <= number <= ports else f"listener: found {number}, expected 1 to {ports}"
