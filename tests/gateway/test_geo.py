"""geo.py: where an account sends to, and how much an hour."""

import pytest

from powerpack_gateway.geo import GeoPermissions, GeoSettings, HourlyThreshold

MEXICO = HourlyThreshold(country="MX", messages=2)


def test_everywhere_is_allowed_unless_countries_are_named() -> None:
    everywhere, some = GeoPermissions(GeoSettings()), GeoPermissions(GeoSettings(countries=("US", "CA")))

    assert not everywhere.is_limited
    assert everywhere.allows("MX")
    assert some.is_limited
    assert [some.allows(each) for each in ("US", "MX", "")] == [True, False, True]


def test_countries_are_changed_and_told() -> None:
    geo = GeoPermissions(GeoSettings())
    geo.allow(["US", "CA"])

    assert geo.countries == ["CA", "US"]
    assert not geo.allows("MX")
    geo.allow(None)
    assert geo.allows("MX")


def test_an_hour_has_room_for_its_messages_and_slides() -> None:
    geo = GeoPermissions(GeoSettings(per_hour=(MEXICO,)))

    assert [geo.has_room("MX", at) for at in (0, 10, 20, 3_599, 3_600, 3_605, 3_610)] == [
        *(True, True, False, False, True, False, True)
    ]
    assert all(geo.has_room("US", 20) for _ in range(10))


def test_an_hour_is_shared_out_and_given_back() -> None:
    geo = GeoPermissions(GeoSettings(per_hour=(MEXICO,)))
    geo.among(5)

    assert [geo.has_room("MX", at) for at in (0, 10)] == [True, False]
    geo.among(1)
    assert [geo.has_room("MX", at) for at in (20, 30)] == [True, False]


@pytest.mark.parametrize("messages", [0, 100_001])
def test_a_threshold_that_can_not_be_counted_is_refused(messages: int) -> None:
    with pytest.raises(ValueError, match=f"messages is {messages}, expected 1 to 100000"):
        HourlyThreshold(country="MX", messages=messages)
