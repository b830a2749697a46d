"""Journals with a clock that is told the time, filled, and read as numbers and lines."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from powerpack_lab.journal import Journal

EPOCH = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Seconds:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.moment = 0.0

    def __call__(self) -> float:
        return self.moment


def at(moment: float) -> datetime:
    return EPOCH + timedelta(seconds=moment)


def journal(
    file: Path | None = None, soon: Callable[[Callable[[], None]], object] | None = None, moment: float = 0.0
) -> Journal:
    return Journal(moment=lambda: moment, at=at, file=file, soon=soon)


def filled(count: int, file: Path | None = None) -> Journal:
    made = journal(file)
    for index in range(count):
        made.record("tick", index=index)
    return made


def numbers(events: object) -> list[int]:
    return [event.n for event in events]  # type: ignore[attr-defined] # what events() and tail() give


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


SUBMIT_SM = bytes.fromhex(
    "0000003f 00000004 00000000 00000007"
    "00 0101 313431353535353031383000 0101 313230363535353031303000"
    "00 00 00 00 00 01 00 00 00 08 6869207468657265"
)
"""From 14155550180 to 12065550100, "hi there" (SMPP 3.4, 4.4.1)."""
