"""A filter of messages as SQL, for both dialects."""

from collections.abc import Iterable

from powerpack_gateway.messages import MESSAGE_STATE, Direction
from powerpack_gateway.store.base import MessageFilter


def conditions(wanted: MessageFilter) -> tuple[list[str], list[object]]:
    """Clauses with a ``?`` for each value, and the values: every value of a caller's is bound, every name is from this
    table. ``numbers`` is left to the store, since how a list is bound is its dialect's."""
    columns: Iterable[tuple[str, object | None]] = (
        ("direction = ?", None if wanted.message_direction == Direction.INBOUND else wanted.message_direction),
        ("service = ?", wanted.message_type),
        ("error_code = ?", wanted.error_code),
        ("powerpack_uuid = ?", wanted.powerpack_id),
        ("source = ?", wanted.from_number),
        ("destination = ?", wanted.to_number),
        ("country = ?", wanted.destination_country_iso2),
        ("created_at > ?", wanted.time_gt),
        ("created_at >= ?", wanted.time_gte),
        ("created_at < ?", wanted.time_lt),
        ("created_at <= ?", wanted.time_lte),
        ("created_at = ?", wanted.time_is),
    )
    clauses = [clause for clause, value in columns if value is not None]
    values = [value for _, value in columns if value is not None]
    if wanted.message_state is not None:
        stages = [stage.value for stage, state in MESSAGE_STATE.items() if state == wanted.message_state]
        # Literals, like the direction below: a partial index is used only where its condition is seen.
        clauses.append(f"({' OR '.join(f'stage = {each}' for each in stages) or '1 = 0'})")
    if wanted.message_direction == Direction.INBOUND:
        clauses.append("direction = 'inbound'")
    return clauses, values


OURS = "CASE direction WHEN 'outbound' THEN source ELSE destination END"
"""The account's own number of a message, which ``MessageFilter.numbers`` is about."""
