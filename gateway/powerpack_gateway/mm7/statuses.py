"""What an MMSC's words mean for a message: StatusCodes, and the MMStatus of delivery reports (TS 23.140)."""

import re
from collections.abc import Mapping
from enum import Enum

from powerpack_gateway.messages import ErrorCode
from powerpack_gateway.receipts import Receipt, ReceiptState

SUCCESS, PARTIAL_SUCCESS = 1000, 1100

TEMPORARY = frozenset({3000, 4000, 4006})
"""Server error, general service error, service unavailable: the same submit may succeed later. 4005 says never."""


class Verdict(Enum):
    """What a SubmitRsp comes down to."""

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"


_CODES: Mapping[int, ErrorCode] = {
    2001: ErrorCode.INVALID_SOURCE,  # operation restricted: this number may not send MMS
    2002: ErrorCode.INVALID_DESTINATION,
    2003: ErrorCode.INVALID_DESTINATION,
    2004: ErrorCode.MEDIA_UNSUPPORTED,
    3001: ErrorCode.UNAVAILABLE_TEMPORARILY,
    4001: ErrorCode.NOT_DISPATCHED,  # improper identification: our own credentials
    4002: ErrorCode.NOT_DISPATCHED,
    4003: ErrorCode.NOT_DISPATCHED,
    4005: ErrorCode.NETWORK_ERROR,
    4007: ErrorCode.PROHIBITED_BY_CARRIER,
    4008: ErrorCode.PROHIBITED_BY_CARRIER,
}


def verdict_of(status: int) -> Verdict:
    """Whether a message was taken, may be submitted again, or never will be; unknown codes by their first digit."""
    if 1000 <= status < 2000:
        return Verdict.ACCEPTED
    return Verdict.LATER if status in TEMPORARY else Verdict.REFUSED


def error_code_for(status: int) -> ErrorCode:
    """Plivo's code for a refusal."""
    return _CODES.get(status, ErrorCode.INVALID_MESSAGE)


_STATES: Mapping[str, ReceiptState] = {
    "retrieved": ReceiptState.DELIVERED,
    "expired": ReceiptState.EXPIRED,
    "rejected": ReceiptState.REJECTED,
    "deferred": ReceiptState.ENROUTE,
    "forwarded": ReceiptState.ACCEPTED,  # reached the network only (Sinch)
    "indeterminate": ReceiptState.UNKNOWN,
    "unrecognised": ReceiptState.UNDELIVERABLE,
    "unrecognized": ReceiptState.UNDELIVERABLE,
    "notsupported": ReceiptState.UNDELIVERABLE,
    "unreachable": ReceiptState.UNDELIVERABLE,
}


def receipt_of(message_id: str, mm_status: str, status_text: str) -> Receipt:
    """A delivery report as the receipt that it would be over SMPP; the carrier's own code is in StatusText."""
    state = _STATES.get(mm_status.replace(" ", "").lower(), ReceiptState.UNKNOWN)
    code = re.search(r"(?<!\d)\d{3,4}(?!\d)", status_text, re.ASCII)
    return Receipt(message_id, state, code[0] if code else None, mm_status or None, None)
