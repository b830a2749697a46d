"""Which word was meant by one that there is not."""

import pytest

from powerpack_carriers.nearest import meant

KNOWN = (
    "throttle",
    "carrier-down-for-an-hour",
    "receipts-lost",
    "receipt-storm-after-an-outage",
    "att",
    "message.stage",
)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("throtle", "throttle"),
        ("receipt-strom", "receipt-storm-after-an-outage"),
        ("receipt-lost", "receipts-lost"),
        ("carrier-down", "carrier-down-for-an-hour"),
        ("mesage.stage", "message.stage"),
        ("atl", "att"),
        ("zebra", ""),
        ("", ""),
        (7, ""),
    ],
)
def test_the_nearest_word_is_named(word: object, hint: str) -> None:
    assert meant(word, KNOWN) == (f"; did you mean {hint}?" if hint else "")
