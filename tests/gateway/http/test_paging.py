"""paging.py: limit and offset in, meta and objects out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient


@pytest.fixture
def many(api: ApiClient) -> None:
    """45 applications."""
    for index in range(45):
        api.post("/Application/", {"app_name": f"app-{index:02}"})


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("query", "limit", "offset", "count", "next_query", "previous_query"),
    [
        ("", 20, 0, 20, "?limit=20&offset=20", None),
        ("?offset=20", 20, 20, 20, "?limit=20&offset=40", "?limit=20&offset=0"),
        ("?limit=20&offset=40", 20, 40, 5, None, "?limit=20&offset=20"),
        ("?limit=5&offset=3", 5, 3, 5, "?limit=5&offset=8", "?limit=5&offset=0"),
        ("?limit=5&offset=40", 5, 40, 5, None, "?limit=5&offset=35"),
        ("?offset=45", 20, 45, 0, None, "?limit=20&offset=25"),
        ("?limit=20&offset=100", 20, 100, 0, None, "?limit=20&offset=80"),
    ],
)
def test_a_page_says_where_it_is_and_where_its_neighbours_are(
    api: ApiClient, query: str, limit: int, offset: int, count: int, next_query: str | None, previous_query: str | None
) -> None:
    answer = api.get(f"/Application/{query}")

    path = f"{api.root}/Application/"
    assert len(answer.json["objects"]) == count
    assert answer.json["meta"] == {
        "limit": limit,
        "next": None if next_query is None else path + next_query,
        "offset": offset,
        "previous": None if previous_query is None else path + previous_query,
        "total_count": 45,
    }


@pytest.mark.usefixtures("many")
def test_following_next_visits_everything_once(api: ApiClient) -> None:
    names: list[str] = []
    following: str | None = f"{api.root}/Application/?limit=7"
    while following is not None:
        page = api.request("GET", following).json
        names += [each["app_name"] for each in page["objects"]]
        following = page["meta"]["next"]

    assert names == [f"app-{index:02}" for index in range(45)]


def test_neighbours_keep_the_filters(api: ApiClient) -> None:
    answer = api.get("/PhoneNumber/?country_iso=US&services=sms&services=voice&limit=1")

    assert answer.json["meta"]["next"] == (
        f"{api.root}/PhoneNumber/?country_iso=US&services=sms&services=voice&limit=1&offset=1"
    )


@pytest.mark.parametrize("path", ["/Message/", "/Powerpack/", "/Number/", "/Application/"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "limit is 0, expected an integer from 1 to 20"),
        ("limit=21", "limit is 21, expected an integer from 1 to 20"),
        ("limit=ten", 'limit is "ten", expected an integer from 1 to 20'),
        ("offset=-1", "offset is -1, expected an integer from 0 to 1000000000"),
        ("offset=99999999999", 'offset is "99999999999", expected an integer from 0 to 1000000000'),
    ],
)
def test_a_window_outside_the_bounds_is_refused(api: ApiClient, path: str, query: str, said: str) -> None:
    answer = api.get(f"{path}?{query}")

    assert (answer.status, answer.error) == (400, said)
