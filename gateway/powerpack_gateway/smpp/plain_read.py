"""Plain reads: submits that were accepted and messages that arrived, which is nearly all that a carrier ever says.

A read that holds nothing else is taken in one pass, without an object for each PDU. What is plain is said in the two
patterns below and nowhere else; a read with anything that is not plain goes PDU by PDU (``scan.py``), as a whole.
"""

import re
import struct
from collections.abc import Container, Mapping, Sequence
from typing import Final, NamedTuple

from powerpack_gateway.smpp.scan import ADDRESS_LENGTH_MAX


class PlainReceipt(NamedTuple):
    """A receipt of a message that arrived: the id as the carrier wrote it, the handset it comes from, and its PDU."""

    message_id: str
    source: str
    sequence: int
    raw: bytes


class PlainRead(NamedTuple):
    """Answers and the receipts behind them. ``answers``: the sequence_number of each submit_sm, and its id."""

    answers: Mapping[int, str]
    receipts: Sequence[PlainReceipt]


_ID: Final = rb"[0-9A-Za-z-]{1,64}"
"""Of letters, digits and hyphens, so that it stands in JSON as it is."""

_ADDRESS: Final = rb"[^\0]{0,%d}" % ADDRESS_LENGTH_MAX

_ACCEPTED: Final = re.compile(rb"\x00{3}.\x80\x00\x00\x04\x00{4}(.{4})(%b)\x00" % _ID, re.DOTALL).findall
"""Each submit_sm_resp with ESME_ROK and an id, of some that follow each other (SMPP 3.4, 4.4.2)."""

_SUBMIT_SM_RESP: Final = b"\x80\0\0\4"

_ARRIVED: Final = re.compile(
    # The header, service_type, the addresses, esm_class: a receipt and nothing else, up to sm_length (4.6.1).
    rb".{4}\x00{3}\x05.{4}(.{4})[^\0]*\0..(%b)\0..%b\x00\x04..[^\0]*\0[^\0]*\0.{5}"
    # Appendix B to the letter, as receipts.py reads it, of a message that was delivered without an error.
    rb"id:(%b) sub:\d{3} dlvrd:\d{3} submit date:\d{10,14} done date:\d{10,14} stat:DELIVRD err:0{1,4}"
    % (_ADDRESS, _ADDRESS, _ID),
    re.DOTALL,
).match

_BEHIND_ERROR: Final = (b" ", b"\0")
"""What separates the error from the message's own words, where they are quoted."""

# receipted_message_id and message_state DELIVERED (5.3.2.12, 5.3.2.35), which say the same once more.
_ID_AGAIN: Final = b"\0\x1e\0%c%b\0\4\x27\0\1\2"


def read_plain(pdus: Sequence[bytes], waiting: Container[int]) -> list[PlainRead]:
    """What the PDUs of one read say, if they are all plain, else nothing; ``waiting``: sequence_numbers of ours.

    An answer behind a receipt begins anew, so that all is in order.
    """
    reads: list[PlainRead] = []
    taken: set[int] = set()
    at, count = 0, len(pdus)
    while at < count:
        begin = at
        while at < count and pdus[at][4:8] == _SUBMIT_SM_RESP:
            at += 1
        answers = _answers(pdus[begin:at], waiting, taken)
        begin = at
        while at < count and pdus[at][4:8] != _SUBMIT_SM_RESP:
            at += 1
        receipts = _receipts(pdus[begin:at])
        if answers is None or receipts is None:
            return []
        reads.append(PlainRead(answers, receipts))
    return reads


def _answers(pdus: Sequence[bytes], waiting: Container[int], taken: set[int]) -> dict[int, str] | None:
    """The ids by sequence_number, if each is waited for and was not ``taken`` before; else None."""
    if not pdus:
        return {}
    found = _ACCEPTED(b"".join(pdus))
    if len(found) != len(pdus) or [17 + len(message_id) for _, message_id in found] != [*map(len, pdus)]:
        return None
    octets, ids = b"".join([each for each, _ in found]), b" ".join([each for _, each in found])
    answers = dict(zip(struct.unpack(f">{len(found)}I", octets), ids.decode().split(), strict=True))
    if len(answers) != len(found) or not taken.isdisjoint(answers):
        return None
    taken.update(answers)
    return answers if all([each in waiting for each in answers]) else None  # noqa: C419 -- a list takes half the time


def _receipts(pdus: Sequence[bytes]) -> list[PlainReceipt] | None:
    """What these say, if all are receipts of messages that arrived; else None."""
    if not pdus:
        return []
    sequences: list[bytes] = []
    sources: list[bytes] = []
    ids: list[bytes] = []
    for raw, found in zip(pdus, map(_ARRIVED, pdus), strict=True):
        if found is None:
            return None
        octets, source, message_id = found.groups()
        id_at, error_end = found.start(3), found.end()
        text_end = id_at - 3 + raw[id_at - 4]
        if error_end != text_end and (error_end > text_end or raw[error_end : error_end + 1] not in _BEHIND_ERROR):
            return None
        if text_end != len(raw) and raw[text_end:] != _ID_AGAIN % (len(message_id) + 1, message_id):
            return None
        sequences.append(octets)
        sources.append(source)
        ids.append(message_id)
    columns = (
        b"\0".join(ids).decode().split("\0"),
        b"\0".join(sources).decode("latin-1").split("\0"),
        struct.unpack(f">{len(sequences)}I", b"".join(sequences)),
    )
    return [_make(PlainReceipt, each) for each in zip(*columns, pdus, strict=True)]


_make = tuple.__new__
"""Makes a tuple with names as its own class does, in a third of the time."""
