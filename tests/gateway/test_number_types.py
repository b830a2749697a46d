"""The tables of the seeds are what the code goes by."""

import pytest

from powerpack_gateway.number_types import TYPES, recommended_type
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.throughput import DEFAULT_RATES


def test_the_table_of_differences_is_whole() -> None:
    assert set(TYPES) == set(NumberType)
    assert [facts.procurement for facts in TYPES.values()][-1] == "8 to 12 weeks"
    assert [facts.cost for facts in TYPES.values()] == ["lowest", "low", "high"]


def test_dequeue_rates_are_the_seeds() -> None:
    assert TYPES[NumberType.LONGCODE].dequeue_per_s == {"US": 0.25, "CA": 0.25}
    assert TYPES[NumberType.TOLLFREE].dequeue_per_s == {"US": 40, "CA": 1}
    assert TYPES[NumberType.SHORTCODE].dequeue_per_s["US"] == 100


def test_the_rates_that_are_kept_come_from_the_table() -> None:
    assert {key: rate.per_second for key, rate in DEFAULT_RATES.items()} == {
        (kind, country): per_s for kind, facts in TYPES.items() for country, per_s in facts.per_s.items()
    }
    assert DEFAULT_RATES[NumberType.TOLLFREE, "US"].per_second == 25


@pytest.mark.parametrize(
    ("segments", "kind"),
    [
        (0, NumberType.LONGCODE),
        (1_999, NumberType.LONGCODE),
        (2_000, NumberType.TOLLFREE),
        (50_000, NumberType.TOLLFREE),
        (50_001, NumberType.SHORTCODE),
    ],
)
def test_a_volume_has_its_type(segments: int, kind: NumberType) -> None:
    assert recommended_type(segments) is kind
