"""Clocks and journals that can do more than they must are used so, and the others all the same."""

from collections.abc import Sequence
from datetime import UTC, datetime

from powerpack_gateway.ports import pdu_recorder, unix_clock

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


class Slow:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


class Quick(Slow):
    def timestamp(self) -> float:
        return 17.5


class OneByOne:
    def __init__(self) -> None:
        self.said: list[object] = []

    def record(self, kind: str, /, **fields: object) -> None:
        self.said.append((kind, fields))


class InGroups(OneByOne):
    def record_pdus(self, side: str, link: str, direction: str, pdus: Sequence[bytes]) -> None:
        self.said.append((side, link, direction, pdus))


def test_unix_seconds_come_from_the_clock_however_it_says_them() -> None:
    assert unix_clock(Slow())() == NOW.timestamp()
    assert unix_clock(Quick())() == 17.5


def test_pdus_are_journalled_in_groups_where_that_is_possible() -> None:
    slow, quick = OneByOne(), InGroups()

    pdu_recorder(slow, "a#1")("<", [b"1", b"2"])
    pdu_recorder(quick, "a#1")(">", [b"1", b"2"])

    fields = {"side": "gateway", "link": "a#1", "direction": "<"}
    assert slow.said == [("pdu", {**fields, "raw": b"1"}), ("pdu", {**fields, "raw": b"2"})]
    assert quick.said == [("gateway", "a#1", ">", [b"1", b"2"])]
