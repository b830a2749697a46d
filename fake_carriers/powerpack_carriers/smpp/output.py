"""What waits to be written to one connection: PDUs, one by one or many in one piece."""

from powerpack_carriers.smpp.buffer import split_pdus


class Output:
    """PDUs in their order."""

    __slots__ = ("_more", "_pieces", "append")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._more = 0  # PDUs beyond one in each piece
        self.append = self._pieces.append
        """One PDU more."""

    def extend(self, octets: bytes, count: int) -> None:
        """``count`` whole PDUs that follow each other."""
        self._pieces.append(octets)
        self._more += count - 1

    def take(self) -> tuple[bytes, int]:
        """Everything, joined, and how many PDUs that are; nothing is left."""
        pieces = self._pieces
        octets, count = b"".join(pieces), len(pieces) + self._more
        pieces.clear()
        self._more = 0
        return octets, count

    def take_each(self) -> list[bytes]:
        """The same, one item a PDU."""
        if self._more:
            return split_pdus(self.take()[0])
        pieces = self._pieces.copy()
        self.clear()
        return pieces

    def clear(self) -> None:
        """Forget all of it."""
        self._pieces.clear()
        self._more = 0
