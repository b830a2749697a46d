"""One field of many PDUs that are alike, read and written an octet of all of them at a time: a slice with a step."""

from typing import NamedTuple


class Numbers(NamedTuple):
    """The sequence_numbers of PDUs: the first is at ``at`` of ``octets``, each other a ``step`` behind the one before.

    Joined ones begin at 0 and have a step of 4.
    """

    octets: bytes
    at: int
    step: int

    def number(self, index: int) -> int:
        """One of them."""
        start = self.at + index * self.step
        return int.from_bytes(self.octets[start : start + 4], "big")

    def write(self, written: bytearray, at: int, length: int, count: int) -> None:
        """Write so many at ``at`` and every ``length`` from there on."""
        octets, start, step = self
        stop = start + count * step
        for column in range(4):
            written[at + column :: length] = octets[start + column : stop : step]


def write_counting(written: bytearray, at: int, length: int, fields: bytes, octets: int) -> None:
    """Write ``fields``, each of ``octets`` and joined, at ``at`` and every ``length`` from there on.

    They count up, as sequence_numbers and ids do: what the first and the last have in common in front have all. That is
    in ``written`` already, which repeats a PDU with the first of them.
    """
    last = len(fields) - octets
    column = 0
    while column < octets and fields[column] == fields[last + column]:
        column += 1
    for each in range(column, octets):
        written[at + each :: length] = fields[each::octets]
