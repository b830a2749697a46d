"""Configurations of a fleet's gateways, key by key."""

from collections.abc import Mapping

import pytest

from powerpack_gateway.fleet.configuration import differing, digests_of, named

ONE: Mapping[str, object] = {
    "default_route": "att",
    "routes": [
        {"name": "att", "hosts": ["a:1", "b:2"], "password": "secret", "window": 50},
        {"name": "tmobile", "hosts": ["c:3"], "window": 50},
    ],
    "numbers": [{"number": "14155550180", "mms": True}],
    "gateway": {"under_way_max": 1000, "throughput": {"rates": []}},
}
SECRET = b"s" * 32


def changed(**values: object) -> Mapping[str, object]:
    return {**ONE, **values}


@pytest.mark.parametrize(
    ("other", "keys"),
    [
        (ONE, []),
        (changed(routes=list(reversed(ONE["routes"]))), []),  # type: ignore[call-overload] # it is a list
        (changed(default_route="tmobile"), ["default_route"]),
        (
            changed(routes=[{"name": "att", "hosts": ["a:1"], "password": "x", "window": 50}]),
            ["routes.att.hosts", "routes.att.password", "routes.tmobile"],
        ),
        (changed(numbers=[]), ["numbers", "numbers.14155550180"]),
        (changed(gateway={"under_way_max": 1000}), ["gateway.throughput"]),
        (
            changed(gateway={"under_way_max": 1001, "throughput": {"rates": []}, "contact": "me"}),
            ["gateway.contact", "gateway.under_way_max"],
        ),
    ],
    ids=["same", "order", "value", "route", "no numbers", "missing", "more"],
)
def test_the_keys_that_differ_are_named_and_of_what_is_missing_the_whole(
    other: Mapping[str, object], keys: list[str]
) -> None:
    ours, theirs = digests_of(ONE, SECRET), digests_of(other, SECRET)

    assert differing(ours, theirs) == keys
    assert differing(theirs, ours) == keys


def test_a_digest_tells_no_password_and_is_another_one_in_another_database() -> None:
    digests = digests_of(ONE, SECRET)

    assert {len(each) for each in digests.values()} == {4}
    assert digests != digests_of(ONE, b"other")


def test_many_keys_are_counted() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named(list("abcdefgh")) == "a, b, c, d, e and 3 more"
