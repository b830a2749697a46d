"""Magic numbers: destinations whose outcome is known beforehand, at every carrier that has them.

They are ``+1 500 555`` (United States) and ``+1 600 555`` (Canada) with four digits that say what happens: area codes
that belong to no place and no phone that anybody has. docs/magic-numbers.md is their reference.
"""

from dataclasses import dataclass
from typing import Final

from powerpack_carriers.bounded import BoundedDict
from powerpack_carriers.messages import NEVER, NO_ERROR, SWALLOWED, Message
from powerpack_carriers.receipt_quirks import ReceiptQuirks
from powerpack_carriers.smpp.constants import CommandStatus, MessageState

MAGIC_PREFIXES: Final = ("1500555", "1600555")
"""United States and Canada: personal communication services, and Canada's own data services (NANPA)."""

STRUCK_MAX: Final = 10_000
"""Pairs of numbers whose next message goes through; a test has a handful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MagicOutcome:
    """What happens to a message: ``status`` refuses it, ``state`` and ``error`` are its end.

    ``is_once``: the next message between the same two numbers goes through, as a message that is tried again does.
    ``is_swallowed``: it is told to be delivered, and the phone gets nothing.
    """

    status: int = CommandStatus.ESME_ROK
    state: MessageState = MessageState.DELIVERED
    error: str = NO_ERROR
    response_delay_s: float = 0.0
    hangs_up: bool = False
    quirks: ReceiptQuirks | None = None
    is_once: bool = False
    is_swallowed: bool = False


def _failed(error: str, state: MessageState = MessageState.UNDELIVERABLE) -> MagicOutcome:
    return MagicOutcome(state=state, error=error)


MAGIC_OUTCOMES: Final[dict[str, MagicOutcome]] = {
    "0000": MagicOutcome(),
    "0001": MagicOutcome(quirks=ReceiptQuirks(late_s=60)),
    "0002": MagicOutcome(response_delay_s=5),
    "0003": MagicOutcome(quirks=ReceiptQuirks(lost=True)),
    "0004": MagicOutcome(quirks=ReceiptQuirks(copies=1)),
    "0005": MagicOutcome(quirks=ReceiptQuirks(before_response_s=1)),
    "0006": MagicOutcome(is_swallowed=True),
    "0100": _failed("001"),
    "0101": _failed("001", MessageState.EXPIRED),
    "0102": _failed("001", MessageState.DELETED),
    "0103": _failed("001", MessageState.UNKNOWN),
    "0104": _failed("001", MessageState.REJECTED),
    "0110": _failed("4770"),
    "0111": _failed("4771"),
    "0112": _failed("4772"),
    "0113": _failed("4773"),
    "0114": _failed("4774"),
    "0115": _failed("4775"),
    "0116": _failed("4720"),
    "0117": _failed("4721"),
    "0118": _failed("4701"),
    "0119": _failed("4780"),
    "0120": _failed("4781"),
    "0121": _failed("4795"),
    "0122": _failed("9802"),
    "0123": _failed("4700"),
    "0124": _failed("4792"),
    "0200": MagicOutcome(status=CommandStatus.ESME_RSUBMITFAIL),
    "0201": MagicOutcome(status=CommandStatus.ESME_RINVDSTADR),
    "0202": MagicOutcome(status=CommandStatus.ESME_RINVSRCADR),
    "0203": MagicOutcome(status=CommandStatus.ESME_RINVMSGLEN),
    "0204": MagicOutcome(status=CommandStatus.ESME_RSYSERR),
    "0205": MagicOutcome(status=CommandStatus.ESME_RMSGQFUL),
    "0206": MagicOutcome(status=CommandStatus.ESME_RTHROTTLED),
    "0207": MagicOutcome(status=CommandStatus.ESME_RX_T_APPN),
    "0208": MagicOutcome(status=CommandStatus.ESME_RX_P_APPN),
    "0209": MagicOutcome(status=104),
    "0210": MagicOutcome(status=106),
    "0211": MagicOutcome(status=9802),
    "0300": MagicOutcome(status=CommandStatus.ESME_RTHROTTLED, is_once=True),
    "0301": MagicOutcome(status=CommandStatus.ESME_RMSGQFUL, is_once=True),
    "0302": MagicOutcome(response_delay_s=NEVER, is_once=True),
    "0303": MagicOutcome(response_delay_s=NEVER, hangs_up=True, is_once=True),
}
"""The last four digits, and what they mean; all others of the block are ordinary numbers."""

_BY_NUMBER: Final = {
    prefix + digits: outcome for prefix in MAGIC_PREFIXES for digits, outcome in MAGIC_OUTCOMES.items()
}


def is_magic(digits: str) -> bool:
    """Whether the outcome of messages to a number is known beforehand."""
    return digits in _BY_NUMBER


class MagicNumbers:
    """The magic numbers of one carrier; it remembers for which pairs ``is_once`` has struck."""

    __slots__ = ("_struck",)

    def __init__(self) -> None:
        self._struck: BoundedDict[tuple[str, str], bool] = BoundedDict(STRUCK_MAX)

    def on_submit(self, message: Message) -> None:
        """Decide about a message that was admitted, if its destination is magic."""
        outcome = _BY_NUMBER.get(message.destination.digits)
        if outcome is None or message.status or message.fate:
            return
        if outcome.is_once:
            pair = message.source.digits, message.destination.digits
            if self._struck.get(pair):
                self._struck[pair] = False
                return
            self._struck[pair] = True
        message.status = outcome.status
        message.fate, message.error = SWALLOWED if outcome.is_swallowed else outcome.state, outcome.error
        message.response_delay_s += outcome.response_delay_s
        message.hangs_up = message.hangs_up or outcome.hangs_up
        message.quirks = outcome.quirks
