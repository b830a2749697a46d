"""The journal of a carrier that was given none."""

from collections.abc import Sequence

from powerpack_carriers.group_records import FieldsOfEach


class NullJournal:
    """Keeps nothing, neither events nor groups of them."""

    __slots__ = ()

    def record(self, kind: str, /, **fields: object) -> None:
        """Forget the event."""

    def record_pdus(self, side: str, link: str, direction: str, pdus: Sequence[bytes]) -> None:
        """Forget PDUs."""

    def record_octets(self, side: str, link: str, direction: str, octets: bytes, count: int) -> None:
        """Forget PDUs."""

    def record_group(self, kind: str, count: int, fields: FieldsOfEach) -> None:
        """Forget events."""
