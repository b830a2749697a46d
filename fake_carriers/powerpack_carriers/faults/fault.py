"""What a fault is: a frozen config that builds it, and one of the methods of ``places``, which has their drawing."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from random import Random
from typing import ClassVar, Protocol, runtime_checkable

from powerpack_carriers.faults.places import PduFault, ReadFault, TimedFault, Wire
from powerpack_carriers.messages import Message
from powerpack_carriers.numbering import digits_of
from powerpack_carriers.settings import between
from powerpack_carriers.smpp.events import Bind

FOREVER_S = 1e9
"""Longer than any run: thirty years."""

LATE_S_MAX = 86_400.0
"""A text that is later than a day is lost to everybody."""


@dataclass(slots=True, kw_only=True)
class ReceiptPlan:
    """How often and how late one receipt is sent; faults change it."""

    copies: int = 1
    delay_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class TextPlan:
    """How often and how late a text from a phone, or one part of it, is sent; faults change it."""

    copies: int = 1
    delay_s: float = 0.0
    again_after_s: float = 0.0

    @property
    def delays_s(self) -> list[float]:
        """When each copy leaves, seconds from now."""
        return [self.delay_s + again * self.again_after_s for again in range(self.copies)]


@dataclass(slots=True, kw_only=True)
class MmsAnswerPlan:
    """How the SubmitReq of an MMS is answered; faults change it.

    ``status_code``: another MM7 StatusCode than the carrier decided, 0: the carrier's; ``transaction_id`` and
    ``namespace``: others than the request's; ``raw_body``: this instead of SOAP; without ``says_length`` it ends
    with the connection.
    """

    status_code: int = 0
    http_status: int = 200
    transaction_id: str | None = None
    namespace: str | None = None
    says_length: bool = True
    raw_body: bytes | None = None
    hangs_up: bool = False


@runtime_checkable
class BindFault(Protocol):
    """Acts when an ESME binds."""

    def on_bind(self, bind: Bind, wire: Wire) -> int:
        """The command_status to answer; ESME_ROK leaves the decision to the carrier. ``wire`` is not bound yet."""
        ...


@runtime_checkable
class SubmitFault(Protocol):
    """Acts on a message after its admission was decided (``message.status``) and before it is answered."""

    def on_submit(self, message: Message) -> None:
        """Change how the message is answered or how it ends."""
        ...


@runtime_checkable
class ReceiptFault(Protocol):
    """Acts on a receipt that is about to be sent."""

    def on_receipt(self, message: Message, plan: ReceiptPlan) -> None:
        """Change the plan."""
        ...


@runtime_checkable
class TextFault(Protocol):
    """Acts on a text from a phone that is about to be sent."""

    def on_text(self, plan: TextPlan) -> None:
        """Change the plan."""
        ...


@runtime_checkable
class MmsAnswerFault(Protocol):
    """Acts on the answer to a SubmitReq; the message is on its way already, unless the answer refuses it."""

    def on_mms_answer(self, message: Message, plan: MmsAnswerPlan) -> None:
        """Change the plan."""
        ...


Fault = BindFault | SubmitFault | ReceiptFault | TextFault | MmsAnswerFault | PduFault | ReadFault | TimedFault


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultConfig(ABC):
    """What all faults have: ``share`` of the cases they strike, and when, in seconds since the fault was added.

    ``source`` and ``destination`` limit a fault to one number, with or without plus.
    """

    word: ClassVar[str]
    """The fault's name in the control API and in scenario files."""

    share: float = 1.0
    from_s: float = 0.0
    until_s: float = FOREVER_S
    source: str | None = None
    destination: str | None = None

    def __post_init__(self) -> None:
        between("share", self.share, 0, 1)
        between("from_s", self.from_s, 0, FOREVER_S)
        between("until_s", self.until_s, self.from_s, FOREVER_S)

    @abstractmethod
    def build(self, dice: Random) -> Fault:
        """The fault, with a stream of chance of its own."""

    def misfit(self, ports: int) -> str:
        """What it asks for that a carrier with so many ports has not; empty where it can strike."""
        return ""

    def concerns(self, message: Message) -> bool:
        """Whether the message is between the parties that this fault is limited to."""
        return self.concerns_parties(message.source.digits, message.destination.digits)

    def concerns_parties(self, source: str, destination: str) -> bool:
        """The same for two numbers in digits; of a text from a phone that is the source."""
        return (self.source is None or digits_of(self.source) == source) and (
            self.destination is None or digits_of(self.destination) == destination
        )
