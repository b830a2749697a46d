"""A read that holds nothing but what comes by the thousand: plain submit_sm, and answers to deliver_sm that say yes.

*Plain* is a submit_sm with an empty service_type, neither times nor TLVs, whose octets before its text (its *head*)
have been looked at before; what was found out about a head then goes for every submit_sm that has it.
"""

import re
from collections.abc import Callable
from struct import Struct, iter_unpack
from typing import Final, Generic, TypeVar

from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandId

T = TypeVar("T")

_HEADER: Final = Struct(">IIII")
_SUBMIT_SM: Final = int(CommandId.submit_sm)
_DELIVER_SM_RESP: Final = int(CommandId.deliver_sm_resp)
_DELIVER_SM_RESPS: Final = re.compile(
    b"(?:" + re.escape(_HEADER.pack(17, _DELIVER_SM_RESP, 0, 0)[:12]) + rb"....\0)+", re.DOTALL
).match
"""Answers that follow each other, each ESME_ROK with an empty message_id (SMPP 3.4, 4.6.2)."""

_BEFORE_SOURCE_ADDR: Final = HEADER_OCTETS + 3
"""The header, an empty service_type, TON and NPI."""
_BEFORE_DESTINATION_ADDR: Final = 3
"""From the NUL of source_addr: itself, TON and NPI."""
_BEFORE_LENGTH: Final = 10
"""From the NUL of destination_addr to sm_length, where there are no times."""
_TEXT_OCTETS_MAX: Final = 254


class PlainRead(Generic[T]):
    """What a read holds: of each submit_sm in order what is known of its head, where its sm_length is, its number.

    ``answered`` are the sequence_numbers of answers, ``octets`` how much of the read is whole PDUs, ``count`` how many.
    """

    __slots__ = ("answered", "count", "known", "lengths_at", "octets", "sequence_numbers")

    def __init__(
        self, *, known: list[T], lengths_at: list[int], sequence_numbers: list[int], answered: list[int], octets: int
    ) -> None:
        self.known = known
        self.lengths_at = lengths_at
        self.sequence_numbers = sequence_numbers
        self.answered = answered
        self.octets = octets
        self.count = len(known) + len(answered)


def read_plain(
    data: bytes, heads: dict[bytes, T | None], learn: Callable[[bytes, bytes], T | None], *, length_max: int
) -> PlainRead[T] | None:
    """What a read holds; None as soon as there is anything in it that is not plain.

    ``learn(head, pdu)`` is asked for what is not in ``heads`` yet and may put it there; None: that is not plain.
    """
    known: list[T] = []
    lengths_at: list[int] = []
    sequence_numbers: list[int] = []
    answered: list[int] = []
    position, end = 0, len(data)
    unpack, index, starts_with = _HEADER.unpack_from, data.index, data.startswith
    head, head_octets = data + b"\0", 0  # longer than what there is: nothing starts with it
    what: T | None = None
    try:
        while end - position >= HEADER_OCTETS:
            length, command_id, _, sequence_number = unpack(data, position)
            after = position + length
            if command_id == _SUBMIT_SM:
                if after > end:
                    if length > length_max:
                        return None
                    break
                start = position + HEADER_OCTETS
                if starts_with(head, start):  # whoever sends many at once often sends them to one number
                    length_at = start + head_octets
                else:
                    destination_addr = index(0, position + _BEFORE_SOURCE_ADDR) + _BEFORE_DESTINATION_ADDR
                    length_at = index(0, destination_addr) + _BEFORE_LENGTH
                    head, head_octets = data[start:length_at], length_at - start
                    what = heads.get(head) or learn(head, data[position:after])
                octets = data[length_at]
                if what is None or length_at + octets + 1 != after or octets > _TEXT_OCTETS_MAX:
                    return None
                known.append(what)
                lengths_at.append(length_at)
                sequence_numbers.append(sequence_number)
                position = after
            elif command_id == _DELIVER_SM_RESP:
                run = _DELIVER_SM_RESPS(data, position)
                if run is None:
                    if after > end and length == 17:
                        break
                    return None
                answered += [number for (number,) in iter_unpack(">12xIx", run[0])]
                position = run.end()
            else:
                return None
    except (ValueError, IndexError):  # no NUL, or no sm_length: the long way says what is wrong
        return None
    return PlainRead(
        known=known, lengths_at=lengths_at, sequence_numbers=sequence_numbers, answered=answered, octets=position
    )
