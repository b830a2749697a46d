"""One field of many PDUs that are alike, written an octet of all of them at a time: a slice with a step."""


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
