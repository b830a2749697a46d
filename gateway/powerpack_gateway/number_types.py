"""What sets long codes, toll-free numbers and short codes apart: the tables of the seeds, as data that decides.

Seed 002, What are the differences; seed 000, the table of volumes. Throughput reads its rates here, advice its volumes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from powerpack_gateway.numbers import NumberType


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFacts:
    """One column. ``dequeue_per_s`` is by country what Plivo's queue lets go in a second; ``per_s`` what we keep to,
    since sources disagree; ``segments_a_day_max`` is the volume that the type suits, None for any.
    """

    profile: str
    content: str
    dequeue_per_s: Mapping[str, float]
    per_s: Mapping[str, float]
    procurement: str
    form: str
    cost: str
    examples: str
    segments_a_day_max: int | None


TYPES: Mapping[NumberType, TypeFacts] = {
    NumberType.LONGCODE: TypeFacts(
        profile="person to person",
        content="conversational",
        dequeue_per_s={"US": 0.25, "CA": 0.25},
        per_s={"US": 0.25, "CA": 0.25},
        procurement="subject to availability",
        form="10 digits, virtual",
        cost="lowest",
        examples="number masking, conversations",
        segments_a_day_max=2_000,
    ),
    NumberType.TOLLFREE: TypeFacts(
        profile="application to person",
        content="informational",
        dequeue_per_s={"US": 40, "CA": 1},
        per_s={"US": 25, "CA": 1},
        procurement="subject to availability",
        form="10 digits",
        cost="low",
        examples="two-factor codes, alerts, reminders",
        segments_a_day_max=50_000,
    ),
    NumberType.SHORTCODE: TypeFacts(
        profile="application to person",
        content="informational and promotional",
        dequeue_per_s={"US": 100, "CA": 100},
        per_s={"US": 100, "CA": 10},
        procurement="8 to 12 weeks",
        form="5 or 6 digits",
        cost="high",
        examples="marketing, alerts, reminders",
        segments_a_day_max=None,
    ),
}


def recommended_type(segments_a_day: int) -> NumberType:
    """The cheapest type that suits a day's volume (seed 000): long codes stay under theirs, toll-free may reach it."""
    long_codes, tollfree = TYPES[NumberType.LONGCODE], TYPES[NumberType.TOLLFREE]
    if long_codes.segments_a_day_max is None or segments_a_day < long_codes.segments_a_day_max:
        return NumberType.LONGCODE
    is_tollfree = tollfree.segments_a_day_max is None or segments_a_day <= tollfree.segments_a_day_max
    return NumberType.TOLLFREE if is_tollfree else NumberType.SHORTCODE
