"""Delivery receipts: what became of a message, read from the many forms in which carriers say it.

The text follows SMPP 3.4, Appendix B, as far as the carrier cares; every departure that is read here was seen on a
live route (carriers.md 2.3). The optional parameters are believed before the text.
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from powerpack_gateway.messages import ErrorCode

RECEIPTED_MESSAGE_ID, NETWORK_ERROR_CODE, MESSAGE_PAYLOAD, MESSAGE_STATE = 0x001E, 0x0423, 0x0424, 0x0427
"""Tags of the optional parameters that are read (SMPP 3.4, 5.3.2)."""

MESSAGE_ID_MAX = 64
"""Characters of a message_id (SMPP 3.4, 4.4.2: 65 octets with the NUL). Longer ones are cut, not refused."""


class ReceiptState(Enum):
    """What a receipt reports."""

    ENROUTE = "ENROUTE"
    ACCEPTED = "ACCEPTED"
    DELIVERED = "DELIVERED"
    EXPIRED = "EXPIRED"
    DELETED = "DELETED"
    UNDELIVERABLE = "UNDELIVERABLE"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_final(self) -> bool:
        """Whether nothing else is to be expected.

        ACCEPTED is not: SMPP 3.4 calls it final ("read on behalf of the subscriber"), carriers use it for "taken".
        UNKNOWN is: carriers send it last, when they have lost the message.
        """
        return self is not ReceiptState.ENROUTE and self is not ReceiptState.ACCEPTED


class UnreadableReceipt(ValueError):
    """Neither the text nor the parameters name a message; it must be acknowledged all the same."""


class Receipt(NamedTuple):
    """One receipt. A NamedTuple, unlike other values here: one is made for every segment.

    ``error`` is the carrier's code as it was written, or None when there is none or it is all zeros. ``raw_stat`` is
    the word of the text, ``done_at_text`` its date (10, 12 or 14 digits, in whatever zone the carrier lives: for show,
    never to be ordered by); both are None when the text has none.
    """

    message_id: str
    state: ReceiptState
    error: str | None
    raw_stat: str | None
    done_at_text: str | None


STATE_OF_TLV: dict[int, ReceiptState] = {
    0: ReceiptState.ENROUTE,  # SCHEDULED, SMPP 5.0
    1: ReceiptState.ENROUTE,
    2: ReceiptState.DELIVERED,
    3: ReceiptState.EXPIRED,
    4: ReceiptState.DELETED,
    5: ReceiptState.UNDELIVERABLE,
    6: ReceiptState.ACCEPTED,
    7: ReceiptState.UNKNOWN,
    8: ReceiptState.REJECTED,
    9: ReceiptState.UNDELIVERABLE,  # SKIPPED, SMPP 5.0
}
"""message_state (SMPP 3.4, 5.2.28)."""

STATE_OF_STAT: dict[str, ReceiptState] = {
    "DELIVRD": ReceiptState.DELIVERED,
    "EXPIRED": ReceiptState.EXPIRED,
    "DELETED": ReceiptState.DELETED,
    "UNDELIV": ReceiptState.UNDELIVERABLE,
    "ACCEPTD": ReceiptState.ACCEPTED,
    "UNKNOWN": ReceiptState.UNKNOWN,
    "REJECTD": ReceiptState.REJECTED,
    "ENROUTE": ReceiptState.ENROUTE,
    # Seen beside Appendix B (carriers.md 2.2).
    "SCHEDLD": ReceiptState.ENROUTE,
    "SKIPPED": ReceiptState.UNDELIVERABLE,
    "ACKED": ReceiptState.ACCEPTED,
    "BUFFRED": ReceiptState.ACCEPTED,
    "BUFFERD": ReceiptState.ACCEPTED,
    "FAILED": ReceiptState.UNDELIVERABLE,
    "NOCRED": ReceiptState.REJECTED,
    "SYSERR": ReceiptState.UNDELIVERABLE,
    "0": ReceiptState.DELIVERED,
    # The words in full, as some gateways write them.
    "DELIVERED": ReceiptState.DELIVERED,
    "UNDELIVERED": ReceiptState.UNDELIVERABLE,
    "UNDELIVERABLE": ReceiptState.UNDELIVERABLE,
    "ACCEPTED": ReceiptState.ACCEPTED,
    "BUFFERED": ReceiptState.ACCEPTED,
    "REJECTED": ReceiptState.REJECTED,
}
"""The words after ``stat:``, in upper case."""


def parse_receipt(short_message: bytes, tlvs: Mapping[int, bytes]) -> Receipt:
    """The receipt in a deliver_sm or data_sm whose esm_class says that it is one.

    ``tlvs`` maps tags to values. Raises `UnreadableReceipt` when no message is named.
    """
    text = (short_message or tlvs.get(MESSAGE_PAYLOAD, b"")).decode("latin-1")
    standard = _STANDARD.match(text)
    message_id, done_at, raw_stat, text_error = standard.groups() if standard is not None else _searched(text)
    receipted = tlvs.get(RECEIPTED_MESSAGE_ID)
    if receipted is not None:
        message_id = receipted.split(b"\0", 1)[0].decode("latin-1").strip() or message_id
    if not message_id:
        raise UnreadableReceipt(
            f"a delivery receipt names no message: expected 'id:' in the text or receipted_message_id,"
            f" found {text[:80]!r} and the parameters {', '.join(f'{tag:04X}' for tag in tlvs) or 'none'}"
        )
    return Receipt(
        message_id[:MESSAGE_ID_MAX],
        _state(tlvs.get(MESSAGE_STATE), raw_stat),
        _error(text_error, tlvs.get(NETWORK_ERROR_CODE)),
        raw_stat or None,
        done_at if done_at.strip("0") else None,
    )


def error_code_for_status(command_status: int) -> ErrorCode:
    """Plivo's code for a submit_sm that was refused for good; a status nobody knows is still a refusal."""
    return _CODE_OF_STATUS.get(command_status, ErrorCode.INVALID_MESSAGE)


def error_code_for_receipt(receipt: Receipt) -> ErrorCode:
    """Plivo's code for what a receipt reports: by the carrier's own code when it is a known one, else by the state."""
    by_state = _CODE_OF_STATE[receipt.state]
    if by_state is ErrorCode.NONE or receipt.error is None:
        return by_state
    return _CODE_OF_ERROR.get(receipt.error.lstrip("0"), by_state)


def _state(message_state: bytes | None, raw_stat: str) -> ReceiptState:
    if message_state:
        state = STATE_OF_TLV.get(message_state[-1])
        if state is not None:
            return state
    return STATE_OF_STAT.get(raw_stat) or STATE_OF_STAT.get(raw_stat.upper(), ReceiptState.UNKNOWN)


def _error(text_error: str, network_error_code: bytes | None) -> str | None:
    """The text's code unless it is zero: some carriers put theirs into the parameter and 000 into the text."""
    if text_error.strip("0"):
        return text_error
    if not network_error_code:
        return None
    if network_error_code.isdigit():
        # Three ASCII digits instead of a network and a number (Q19).
        return network_error_code.decode() if network_error_code.strip(b"0") else None
    code = int.from_bytes(network_error_code[1:3], "big")
    return str(code) if code else None


def _searched(text: str) -> tuple[str, str, str, str]:
    """Id, done date, stat and err of a text that is not Appendix B to the letter; what is missing is empty."""
    if "\0" in text[:2]:
        text = text.replace("\0", "")  # The whole receipt in UTF-16 (Q23).
    label = _QUOTED.search(text)
    own = text if label is None else text[: label.start()]
    # What stands before the quoted message is the carrier's, so the first of two fields counts.
    fields = _fields(reversed(_FIELD.findall(own)))
    if "stat" not in fields and (bare := _BARE_STAT.search(own)) is not None:
        fields["stat"] = bare[1]
    if label is not None and not ("id" in fields and "stat" in fields):
        # It goes on behind the quote, of which nobody tells where it ends: the last field is behind it for certain.
        fields = _fields(_FIELD.findall(text, label.end())) | fields
    return fields.get("id", ""), fields.get("donedate", ""), fields.get("stat", ""), fields.get("err", "")


def _fields(found: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each by its name in one spelling; of two the last one."""
    return {name.lower().replace("_", "").replace(" ", ""): value for name, value in found}


_STANDARD = re.compile(
    r"id:([^\s:]+) sub:\d{3} dlvrd:\d{3} submit date:\d{10,14} done date:(\d{10,14})"
    r" stat:([A-Z]{5,7}) err:(\w{1,4})(?=\s|\0|$)",
    re.ASCII,
)
"""Appendix B to the letter, which is what nearly every receipt is."""

_QUOTED = re.compile(r"(?<![a-z0-9_])text\s*:\S*", re.ASCII | re.IGNORECASE)
"""Where the quoted message begins, with its first word: what is not behind a blank is no field of the carrier's."""

_NAMES = r"(?:id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err|text)"
_FIELD = re.compile(
    rf"(?<![a-z0-9_])({_NAMES})\s*:(?! *{_NAMES}\s*:) *([^\s\0]+)",
    re.ASCII | re.IGNORECASE,
)
"""A field in any order and case; an empty one does not swallow the next."""

_BARE_STAT = re.compile(
    rf"\s({'|'.join(word for word in STATE_OF_STAT if len(word) == 7)})(?=\s|\0|$)",
    re.ASCII | re.IGNORECASE,
)
"""A word of Appendix B that stands without its ``stat:`` (ksmppd issue 108)."""

_CODE_OF_STATE: dict[ReceiptState, ErrorCode] = {
    ReceiptState.ENROUTE: ErrorCode.NONE,
    ReceiptState.ACCEPTED: ErrorCode.NONE,
    ReceiptState.DELIVERED: ErrorCode.NONE,
    ReceiptState.EXPIRED: ErrorCode.UNAVAILABLE_TEMPORARILY,
    ReceiptState.DELETED: ErrorCode.PROHIBITED_BY_CARRIER,
    ReceiptState.UNDELIVERABLE: ErrorCode.UNAVAILABLE_PERMANENTLY,
    ReceiptState.REJECTED: ErrorCode.INVALID_MESSAGE,
    ReceiptState.UNKNOWN: ErrorCode.UNKNOWN,
}

_ERRORS: dict[ErrorCode, tuple[str, ...]] = {
    # Content filters and shortened addresses.
    ErrorCode.SPAM: (
        "4770",
        "770",
        "4470",
        "470",
        "4771",
        "771",
        "1033",
        "1037",
        "1043",
        "1046",
        "1150",
        "1152",
        "104",
        "107",
    ),
    # Sender blocked, campaign inactive, not registered, day's quota used up, short code or toll-free not allowed.
    ErrorCode.PROHIBITED_BY_CARRIER: (
        *("4772", "772", "1019", "349", "4773", "773", "4774", "774", "334", "106"),
        *("4780", "780", "1036", "542", "9802", "4795", "795", "1160"),
        *("4790", "790", "4791", "791", "4792", "792", "4793", "793"),
    ),
    ErrorCode.STOPPED: ("4775", "775", "1009", "257", "1110"),
    ErrorCode.INVALID_DESTINATION: ("4720", "720", "1018", "300", "1206"),
    # Deactivated, or a phone that can not take MMS.
    ErrorCode.UNAVAILABLE_PERMANENTLY: ("4721", "721", "1044", "4700", "700", "4409"),
    ErrorCode.UNAVAILABLE_TEMPORARILY: ("4701", "701", "4702", "702", "1029", "1031", "152", "1116"),
    # Too many in a minute, or a queue that is full.
    ErrorCode.NETWORK_ERROR: ("4781", "781", "1038", "541", "105", "5600", "600", "5630", "630", "1024", "1210"),
    # No receipt came in time.
    ErrorCode.UNKNOWN: ("9902", "902"),
}
"""Codes of Bandwidth (four digits, and three over SMPP), Wavix, Sinch, Flowroute, Infobip and AT&T (carriers.md 4.6).

Sinch's codes of two digits are left out: they would be mistaken for the causes of GSM.
"""

_CODE_OF_ERROR = {error: code for code, errors in _ERRORS.items() for error in errors}

_STATUSES: dict[ErrorCode, tuple[int, ...]] = {
    ErrorCode.TOO_LONG: (0x01,),  # RINVMSGLEN
    ErrorCode.INVALID_SOURCE: (0x0A, 0x48, 0x49),  # RINVSRCADR, RINVSRCTON, RINVSRCNPI
    # RINVDSTADR, RINVDSTTON and RINVDSTNPI, and the values which many tables print for those two (carriers.md 1.4).
    ErrorCode.INVALID_DESTINATION: (0x0B, 0x50, 0x51, 0x4A, 0x4B),
    ErrorCode.NETWORK_ERROR: (0x08, 0x14, 0x58, 0x69),  # RSYSERR, RMSGQFUL, RTHROTTLED; AT&T: campaign's minute is full
    ErrorCode.UNAVAILABLE_TEMPORARILY: (0x64, 0xFE),  # RX_T_APPN, RDELIVERYFAILURE
    ErrorCode.UNAVAILABLE_PERMANENTLY: (0x65,),  # RX_P_APPN
    # RSUBMITFAIL, with which AT&T also says that the sender is blocked; SMPP 5.0: RSERTYPUNAUTH, RPROHIBITED,
    # RSERTYPDENIED; AT&T: not registered; T-Mobile: the brand's day is full.
    ErrorCode.PROHIBITED_BY_CARRIER: (0x45, 0x100, 0x101, 0x103, 0x6A, 9802),
    ErrorCode.SPAM: (0x68, 0x6B),  # AT&T: content filter, address in the text
    ErrorCode.NO_ROUTE: (0x102,),  # SMPP 5.0: RSERTYPUNAVAIL
    ErrorCode.NOT_DISPATCHED: (0x03, 0x04),  # RINVCMDID, RINVBNDSTS: the session's fault, not the message's
    ErrorCode.UNKNOWN: (0xFF,),  # RUNKNOWNERR
}

_CODE_OF_STATUS = {status: code for code, statuses in _STATUSES.items() for status in statuses}
