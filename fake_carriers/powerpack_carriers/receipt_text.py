"""The text of a delivery receipt, written after a template (SMPP 3.4, Appendix B)."""

import re
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Final

from powerpack_carriers.smpp.constants import MessageState
from powerpack_carriers.smpp.fields import SHORT_MESSAGE_OCTETS_MAX

STANDARD_TEMPLATE: Final = (
    "id:{id} sub:{sub} dlvrd:{dlvrd} submit date:{submit_date} done date:{done_date} stat:{stat} err:{err} text:{text}"
)
"""The fields of Appendix B in its order, with the small ``text:`` that most carriers write."""

LABELS: Final[dict[str, str]] = {
    "id": "id:{id}",
    "sub": "sub:{sub}",
    "dlvrd": "dlvrd:{dlvrd}",
    "submit_date": "submit date:{submit_date}",
    "done_date": "done date:{done_date}",
    "stat": "stat:{stat}",
    "err": "err:{err}",
    "text": "text:{text}",
}
"""Each field as the standard template has it."""

TEXT_OCTETS_MAX: Final = 20
"""So much of the message is repeated in its receipt (SMPP 3.4, Appendix B)."""

STAT_WORDS: Final[dict[int, bytes]] = {
    MessageState.ENROUTE: b"ENROUTE",
    MessageState.DELIVERED: b"DELIVRD",
    MessageState.EXPIRED: b"EXPIRED",
    MessageState.DELETED: b"DELETED",
    MessageState.UNDELIVERABLE: b"UNDELIV",
    MessageState.ACCEPTED: b"ACCEPTD",
    MessageState.UNKNOWN: b"UNKNOWN",
    MessageState.REJECTED: b"REJECTD",
}
"""Seven characters each (SMPP 3.4, Appendix B)."""

FIELDS: Final = tuple(LABELS)
"""What a template may hold in braces."""

_WIDEST: Final = dict(zip(FIELDS, (64, 3, 3, 14, 14, 7, 4, TEXT_OCTETS_MAX), strict=True))
"""The longest value of each."""

_DELIVERED: Final = MessageState.DELIVERED
_PLACE: Final = re.compile(r"\{([^{}]*)\}")


class DateForm(Enum):
    """How a receipt writes a moment; carriers use all four."""

    MINUTES = "YYMMDDhhmm"
    SECONDS = "YYMMDDhhmmss"
    CENTURY = "YYYYMMDDhhmmss"
    ZEROS = "0000000000"
    """No moment at all."""

    def write(self, moment: datetime) -> bytes:
        """The digits."""
        first, last = _DIGITS[self._value_]
        year, month, day = moment.year, moment.month, moment.day
        # strftime asks the C library for each of them, and takes five times as long.
        digits = b"%04d%02d%02d%02d%02d%02d" % (year, month, day, moment.hour, moment.minute, moment.second)
        return digits[first:last] or _ZEROS


_DIGITS: Final = {"YYMMDDhhmm": (2, 12), "YYMMDDhhmmss": (2, 14), "YYYYMMDDhhmmss": (0, 14), "0000000000": (0, 0)}
"""Which of a moment's fourteen digits each form has, by value: an enum's own hash is computed in Python."""

_ZEROS: Final = DateForm.ZEROS._value_.encode()


@lru_cache(maxsize=64)  # a lab is made for every test, and each carrier asks four times; an error is not kept
def check_template(template: str) -> None:
    """Raise ValueError for a template that names what a receipt does not have."""
    for name in _PLACE.findall(template):
        if name not in FIELDS:
            raise ValueError(f"template: found {{{name}}}, expected one of {', '.join(FIELDS)}")
    if not template.isascii():
        raise ValueError("template: found characters beyond ASCII")
    longest = _PLACE.sub(lambda place: "x" * _WIDEST[place[1]], template)
    if len(longest) > SHORT_MESSAGE_OCTETS_MAX:
        raise ValueError(
            f"template: a receipt may have {len(longest)} octets, expected {SHORT_MESSAGE_OCTETS_MAX} at most"
        )


class ReceiptText:
    """One template, made ready to be filled many times."""

    __slots__ = ("_format", "_is_standard", "_order")

    def __init__(self, template: str = STANDARD_TEMPLATE) -> None:
        check_template(template)
        names = _PLACE.findall(template)
        self._format = _PLACE.sub("%b", template.replace("%", "%%")).encode("ascii")
        self._order = tuple(FIELDS.index(name) for name in names)
        self._is_standard = self._order == tuple(range(len(FIELDS)))

    def write(
        self,
        *,
        message_id: bytes,
        submit_date: bytes,
        done_date: bytes,
        message_state: int,
        error: bytes,
        text: bytes,
        stat: bytes = b"",
    ) -> bytes:
        """The short_message of one receipt; ``text`` is the message's own octets, of which the first 20 are shown.

        ``stat`` stands in for the word of Appendix B.
        """
        is_delivered = message_state == _DELIVERED
        values = (
            message_id,
            b"001",
            b"001" if is_delivered else b"000",
            submit_date,
            done_date,
            stat or STAT_WORDS[message_state],
            error,
            text[:TEXT_OCTETS_MAX],
        )
        return self._format % (values if self._is_standard else tuple(values[index] for index in self._order))
