"""A read that holds nothing but what comes by the thousand: plain submit_sm, and answers to deliver_sm that say yes.

*Plain* is a submit_sm with an empty service_type, neither times nor TLVs, whose octets before its text (its *head*)
have been looked at before; what was found out about a head then goes for every submit_sm that has it.

Those that follow each other with one head are a *run*. Where their texts have one length too, as a load test's have,
they are read by columns: a slice with a step has the same octet of all of them, and one call compares it.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Final, Generic, TypeVar

from powerpack_carriers.smpp.columns import Numbers
from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandId

T = TypeVar("T")

_HEADER: Final = Struct(">IIII")
_LENGTH_AND_COMMAND: Final = Struct(">II")
_SUBMIT_SM: Final = int(CommandId.submit_sm)
_DELIVER_SM_RESP: Final = int(CommandId.deliver_sm_resp)
_RESPONSE_OCTETS: Final = HEADER_OCTETS + 1
_DELIVER_SM_RESPS: Final = re.compile(
    b"(?:" + re.escape(_HEADER.pack(_RESPONSE_OCTETS, _DELIVER_SM_RESP, 0, 0)[:12]) + rb"....\0)+", re.DOTALL
).match
"""Answers that follow each other, each ESME_ROK with an empty message_id (SMPP 3.4, 4.6.2)."""

_BEFORE_SOURCE_ADDR: Final = HEADER_OCTETS + 3
"""The header, an empty service_type, TON and NPI."""
_BEFORE_DESTINATION_ADDR: Final = 3
"""From the NUL of source_addr: itself, TON and NPI."""
_BEFORE_LENGTH: Final = 10
"""From the NUL of destination_addr to sm_length, where there are no times."""
_TEXT_OCTETS_MAX: Final = 254


_NONE: Final = range(0)

_COLUMNS_MIN: Final = 8
"""So many submit_sm are sooner read by columns than one by one."""


class PlainRead(Generic[T]):
    """What a read holds: its runs of submit_sm, of each submit_sm in order where its sm_length is, and its number.

    A run is what is known of its head, and how many submit_sm there are up to its end. Where the sm_lengths are a
    range there is one run, and all its texts have one length. ``numbers`` are their sequence_numbers;
    ``answered`` those of answers, as on the wire, joined. ``octets`` says how much of the read is whole PDUs, ``count``
    how many these are.
    """

    __slots__ = ("answered", "count", "lengths_at", "numbers", "octets", "runs")

    def __init__(
        self,
        *,
        runs: list[tuple[T, int]],
        lengths_at: list[int] | range,
        numbers: Numbers,
        answered: bytes,
        octets: int,
    ) -> None:
        self.runs = runs
        self.lengths_at = lengths_at
        self.numbers = numbers
        self.answered = answered
        self.octets = octets
        self.count = len(lengths_at) + len(answered) // 4


def read_plain(
    data: bytes, heads: dict[bytes, T | None], learn: Callable[[bytes, bytes], T | None], *, length_max: int
) -> PlainRead[T] | None:
    """What a read holds; None as soon as there is anything in it that is not plain.

    ``learn(head, pdu)`` is asked for what is not in ``heads`` yet and may put it there; None: that is not plain.
    """
    runs: list[tuple[T, int]] = []
    alike, alike_at = _NONE, 0  # the first of the read, as long as they are alike, and where their numbers are
    lengths_at: list[int] = []  # the others
    numbers = bytearray()  # of the others
    answered = bytearray()
    position, end = 0, len(data)
    unpack, index, starts_with = _LENGTH_AND_COMMAND.unpack_from, data.index, data.startswith
    head, head_octets = data + b"\0", 0  # longer than what there is: nothing starts with it
    what: T | None = None
    try:
        while end - position >= HEADER_OCTETS:
            length, command_id = unpack(data, position)
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
                    if what is not None:
                        runs.append((what, len(alike) + len(lengths_at)))
                    destination_addr = index(0, position + _BEFORE_SOURCE_ADDR) + _BEFORE_DESTINATION_ADDR
                    length_at = index(0, destination_addr) + _BEFORE_LENGTH
                    head, head_octets = data[start:length_at], length_at - start
                    what = heads.get(head) or learn(head, data[position:after])
                octets = data[length_at]
                if what is None or length_at + octets + 1 != after or octets > _TEXT_OCTETS_MAX:
                    return None
                lengths_at.append(length_at)
                numbers += data[position + 12 : start]
                position = after
                if (
                    end - after >= _COLUMNS_MIN * length
                    and data[after + 3] == length & 0xFF
                    and starts_with(head, after + HEADER_OCTETS)
                    and starts_with(head, after + HEADER_OCTETS + (_COLUMNS_MIN - 1) * length)
                ):
                    run = _alike(head_octets, octets)(data, start - HEADER_OCTETS)
                    assert run is not None, "the first of some PDUs that are alike is not alike"
                    position = run.end()
                    if not alike and len(lengths_at) == 1:
                        alike = range(lengths_at.pop(), position, length)
                        numbers.clear()
                        alike_at = start - 4
                    else:
                        lengths_at += range(length_at + length, position, length)
                        numbers += _joined(Numbers(data, after + 12, length), (position - after) // length)
            elif command_id == _DELIVER_SM_RESP:
                run = _DELIVER_SM_RESPS(data, position)
                if run is None:
                    if after > end and length == _RESPONSE_OCTETS:
                        break
                    return None
                answers = (run.end() - position) // _RESPONSE_OCTETS
                answered += _joined(Numbers(data, position + 12, _RESPONSE_OCTETS), answers)
                position = run.end()
            else:
                return None
    except (ValueError, IndexError):  # no NUL, or no sm_length: the long way says what is wrong
        return None
    if what is not None:
        runs.append((what, len(alike) + len(lengths_at)))
    if not lengths_at:
        all_numbers = Numbers(data, alike_at, alike.step)
    elif alike:
        all_numbers = Numbers(bytes(_joined(Numbers(data, alike_at, alike.step), len(alike)) + numbers), 0, 4)
    else:
        all_numbers = Numbers(bytes(numbers), 0, 4)
    return PlainRead(
        runs=runs,
        lengths_at=[*alike, *lengths_at] if lengths_at else alike,
        numbers=all_numbers,
        answered=bytes(answered),
        octets=position,
    )


@lru_cache(maxsize=512)
def _alike(head_octets: int, text_octets: int) -> Callable[[bytes, int], re.Match[bytes] | None]:
    """Matches a submit_sm, and those behind it that differ from it in sequence_number and text at most.

    A pattern takes half a kilobyte and a tenth of a millisecond to make. The command_status of a request says nothing
    (SMPP 3.4, 3.2).
    """
    pattern = rb"(.{8}).{8}(.{%(head)d}).{%(text)d}(?>\1.{8}\2.{%(text)d})*"
    return re.compile(pattern % {b"head": head_octets + 1, b"text": text_octets}, re.DOTALL).match


def _joined(numbers: Numbers, count: int) -> bytearray:
    """So many of the sequence_numbers, joined."""
    joined = bytearray(4 * count)
    numbers.write(joined, 0, 4, count)
    return joined
