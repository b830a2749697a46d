"""Reasons read as sentences."""

import pytest

from powerpack_gateway.reasons import Reason, Why


@pytest.mark.parametrize(
    ("why", "text"),
    [
        (Why(Reason.STICKY, "14155550100"), "sticky sender: the handset knows 14155550100"),
        (Why(Reason.AREA_CODE, "415"), "local connect: area code 415"),
        (Why(Reason.LEAST_USED, 3), "least used today: 3 before this one"),
        (Why(Reason.TOLLFREE_TO_CANADA), "US toll-free numbers do not reach Canada"),
    ],
)
def test_a_reason_is_told_with_its_detail(why: Why, text: str) -> None:
    assert str(why) == text


def test_no_reason_lacks_the_place_for_its_detail() -> None:
    without = [reason for reason in Reason if "{}" not in reason.words]

    assert without == [Reason.TOLLFREE_TO_CANADA, Reason.ABROAD]
