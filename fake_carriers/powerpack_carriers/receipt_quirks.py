"""The odd ways in which carriers report: every one a switch, all of them off unless a profile or a fault turns it on.

docs/receipt-quirks.md has a row for each, with where it was seen. The quirks of a profile are its ``[receipt.quirks]``,
those of single messages come with the fault ``receipt_quirk``, which replaces the profile's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from powerpack_carriers.receipt_text import FIELDS, DateForm
from powerpack_carriers.settings import PLAIN, READ, between
from powerpack_carriers.smpp.constants import EsmClass, MessageState

COPIES_MAX: Final = 100
"""A storm of receipts was ten to a hundred times the traffic (ksmppd issue 163)."""

WAIT_S_MAX: Final = 86_400.0
"""A receipt that is later than a day is lost to everybody."""

OFFSET_MINUTES_MAX: Final = 14 * 60
"""Kiribati lives 14 hours before UTC; nobody is further away."""

TLVS: Final = ("receipted_message_id", "message_state", "network_error_code", "user_message_reference")
"""What a receipt may have, in the order in which it is written."""

_TEXT_LABEL: Final = re.compile(r"text: ?", re.IGNORECASE)


class IdForm(Enum):
    """How the id of the submit_sm_resp is written in the receipt."""

    AS_TOLD = "as told"
    DECIMAL = "decimal"
    """Told in hexadecimal, written in decimal, ten digits at least (Appendix B)."""
    HEX = "hex"
    """Told in decimal, written in hexadecimal, eight digits at least."""


class IdCase(Enum):
    """The letters of a hexadecimal or alphanumeric id."""

    AS_TOLD = "as told"
    UPPER = "upper"
    LOWER = "lower"


class TextPlace(Enum):
    """Where the text is."""

    SHORT_MESSAGE = "short_message"
    MESSAGE_PAYLOAD = "message_payload"
    NOWHERE = "nowhere"


class TextCoding(Enum):
    """The octets of the text; UTF-16 is big endian, as data_coding 8 is; ``data_coding`` is a quirk of its own."""

    ASCII = "ascii"
    UTF_16 = "utf-16"


class ErrorOctets(Enum):
    """The value of network_error_code: a network and a number (SMPP 3.4, 5.3.2.31), or three digits of ASCII."""

    NUMBER = "number"
    DIGITS = "digits"


class ReceiptPdu(Enum):
    """What brings the receipt; both are allowed (SMPP 3.4, 2.11)."""

    DELIVER_SM = "deliver_sm"
    DATA_SM = "data_sm"


class Parts(Enum):
    """Which parts of a long message have a receipt."""

    EACH = "each"
    FIRST = "first"
    LAST = "last"


def _read_stat_words(value: object) -> tuple[tuple[MessageState, str], ...]:
    """A table of MessageState names and words."""
    if not isinstance(value, Mapping):
        problem = f"found {value!r}, expected a table such as {{UNDELIVERABLE = 'FAILED'}}"
        raise ValueError(problem)  # noqa: TRY004  readers raise nothing else
    words = []
    for name, word in value.items():
        if name not in MessageState.__members__:
            raise ValueError(f"found {name!r}, expected one of {', '.join(MessageState.__members__)}")
        if not isinstance(word, str) or not re.fullmatch(r"[0-9A-Za-z]{1,13}", word):
            raise ValueError(f"{name}: found {word!r}, expected one to 13 letters or digits")
        words.append((MessageState[name], word))
    return tuple(words)


def _plain_stat_words(words: object) -> object:
    """The table again."""
    assert isinstance(words, tuple)
    return {state.name: word for state, word in words}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptQuirks:
    """One carrier's bad habits; as it stands here, none."""

    # The id
    id_form: IdForm = IdForm.AS_TOLD
    id_case: IdCase = IdCase.AS_TOLD
    strips_zeros: bool = False
    """Leading zeros of the id are lost."""
    tlv_id_is_told: bool = True
    """receipted_message_id has the id as the submit_sm_resp told it; else as the text has it."""

    # The text
    fields: tuple[str, ...] = ()
    """The fields of the text in their order; none: those of the template."""
    text_label: str = "text:"
    error_width: int = 0
    """Characters of ``err:``; zeros are put in front or taken away. 0: as it is."""
    dates: DateForm | None = None
    """Other dates than the profile's; None: the profile's."""
    utc_offset_minutes: int = 0
    """Dates are in a zone of this offset instead of UTC."""
    stat_words: tuple[tuple[MessageState, str], ...] = field(
        default=(), metadata={READ: _read_stat_words, PLAIN: _plain_stat_words}
    )
    quotes_octets: bool = False
    """``text:`` repeats the message's octets whatever their coding."""
    ends_with_nul: bool = False
    place: TextPlace = TextPlace.SHORT_MESSAGE
    coding: TextCoding = TextCoding.ASCII
    hides_error: bool = False
    """A failure says ``err:000`` and has no network_error_code: the code goes another way, to the journal."""

    # The parameters
    tlvs: tuple[str, ...] = TLVS
    error_octets: ErrorOctets = ErrorOctets.NUMBER
    has_vendor_tlvs: bool = False
    has_overlong_tlv: bool = False
    """The last TLV says that it is longer than the PDU."""

    # The PDU
    pdu: ReceiptPdu = ReceiptPdu.DELIVER_SM
    esm_class: int = int(EsmClass.DELIVERY_RECEIPT)
    intermediate_esm_class: int = int(EsmClass.INTERMEDIATE_NOTIFICATION)
    data_coding: int = 0
    """What it says of its text; 8 goes with ``coding`` utf-16."""
    swaps_addresses: bool = True
    """The phone is the source (SMPP 3.4, 2.11); false: sender and phone stand as in the submit."""

    # The course
    before_response_s: float = 0.0
    """The submit_sm_resp comes so long after the receipt."""
    other_bind: bool = False
    """Never on the session that submitted, where the account has another one."""
    lost: bool = False
    late_s: float = 0.0
    copies: int = 0
    """Besides the first."""
    again_after_s: float = 0.0
    """From one copy, or one of ``states_after``, to the next."""
    burst_every_s: float = 0.0
    """Receipts are held back and come all at once, every so many seconds."""
    states_before: tuple[MessageState, ...] = ()
    """Intermediate notifications, half way to the final receipt."""
    states_after: tuple[MessageState, ...] = ()
    """Receipts that come after the final one and say something else."""
    parts: Parts = Parts.EACH
    for_rejected: bool = False
    """A submit that was refused has a receipt too, with an id that nobody was told."""
    unasked: bool = False
    """Receipts come whether registered_delivery asks for them or not."""

    def __post_init__(self) -> None:
        for name, found, known in (("fields", self.fields, FIELDS), ("tlvs", self.tlvs, TLVS)):
            for each in found:
                if each not in known or found.count(each) > 1:
                    raise ValueError(f"{name}: found {each!r}, expected each of {', '.join(known)} once at most")
        if not _TEXT_LABEL.fullmatch(self.text_label):
            raise ValueError(
                f"text_label: found {self.text_label!r}, expected 'text:' in any case, or with a space behind"
            )
        between("error_width", self.error_width, 0, 4)
        between("utc_offset_minutes", self.utc_offset_minutes, -OFFSET_MINUTES_MAX, OFFSET_MINUTES_MAX)
        between("esm_class", self.esm_class, 0, 0xFF)
        between("intermediate_esm_class", self.intermediate_esm_class, 0, 0xFF)
        between("data_coding", self.data_coding, 0, 0xFF)
        between("copies", self.copies, 0, COPIES_MAX)
        for name in ("late_s", "before_response_s", "again_after_s", "burst_every_s"):
            between(name, getattr(self, name), 0, WAIT_S_MAX)
        if self.has_overlong_tlv and self.pdu is ReceiptPdu.DATA_SM:
            raise ValueError("has_overlong_tlv: found with pdu data_sm, expected deliver_sm, where such was seen")


NO_QUIRKS: Final = ReceiptQuirks()
"""A carrier that does as the specification says."""
