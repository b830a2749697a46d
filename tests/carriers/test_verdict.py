"""Verdicts: one way of saying no, never two."""

import pytest

from powerpack_carriers.settings import SettingError, read_settings
from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.verdict import Verdict


@pytest.mark.parametrize(
    ("settings", "verdict", "words"),
    [
        ({"status": "ESME_RTHROTTLED"}, Verdict(status=CommandStatus.ESME_RTHROTTLED), "ESME_RTHROTTLED"),
        ({"status": 9802}, Verdict(status=9802), "status 0x264A"),
        ({"error": "4770"}, Verdict(error="4770"), "err:4770"),
    ],
)
def test_a_verdict_is_a_status_or_a_receipts_error(settings: dict[str, object], verdict: Verdict, words: str) -> None:
    assert read_settings(Verdict, settings) == verdict
    assert str(verdict) == words


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "status and error: found neither, expected one of them"),
        ({"status": 105, "error": "105"}, "status and error: found both, expected one of them"),
        ({"error": "too long"}, "error: found 'too long', expected one to four letters or digits"),
    ],
)
def test_a_verdict_is_not_both_and_not_nothing(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_settings(Verdict, settings)

    assert str(caught.value) == problem
