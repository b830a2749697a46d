"""What was sent lately, from live messages and from the history: caps and rates go on from it."""

from collections.abc import Sequence
from typing import Any

from powerpack_gateway.store.postgres_rows import readable

WAIT_S_MAX = 6 * 3_600.0
"""A message is sent within three hours of its creation (``MESSAGE_EXPIRY_S``), or some minutes later where its answer
was late: what was sent since a moment was created less than twice that before it. So no earlier history is read."""


def sent_query(whose: str) -> str:
    """The outbound messages of somebody that were sent at or after ``$1``; ``whose`` is a condition, with ``$2``."""
    return (
        "SELECT source, destination, sent_at, units FROM powerpack.all_message"
        f" WHERE {whose} AND created_at >= $1::float8 - {WAIT_S_MAX} AND sent_at >= $1::float8"
        " AND direction = 'outbound' ORDER BY sent_at, id"
    )


def segments(rows: Sequence[Any]) -> list[tuple[str, str, float]]:
    """(source, destination, sent_at) of each segment, since carriers count segments."""
    return [
        (readable(source), readable(destination), sent_at)
        for source, destination, sent_at, units in rows
        for _ in range(units)
    ]
