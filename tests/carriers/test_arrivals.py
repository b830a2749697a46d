"""Texts that came to a phone, batches of them among others."""

from datetime import UTC, datetime

import pytest

from carriers.builders import a_batch, a_message, a_submit
from powerpack_carriers.arrivals import Arrivals

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _texts(arrivals: Arrivals) -> list[str]:
    return [part.text for parts, _ in arrivals.take() for part in parts]


@pytest.mark.parametrize("size_max", [3, 5, 6, 7, 9, 100])
def test_the_newest_are_shown_of_batches_too(size_max: int) -> None:
    arrivals = Arrivals(size_max)
    said = []
    for count in (4, 1, 4):
        if count == 1:
            arrivals.append(((a_message(a_submit(b"alone")),), NOON), 1)
            said.append("alone")
        else:
            arrivals.append((a_batch(count), range(count), NOON), count)
            said += [f"Hello {index}" for index in range(count)]

    assert len(arrivals) == min(size_max, 9)
    assert _texts(arrivals) == said[-size_max:]
    assert (len(arrivals), _texts(arrivals)) == (0, [])
