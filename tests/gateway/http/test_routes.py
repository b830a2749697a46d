"""routes.py: how a path as it is asked for finds its handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from powerpack_gateway.http.routes import ROUTES, canonical

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn

SEND = {"src": "14155550101", "dst": "14155550199", "text": "hello"}


@pytest.mark.parametrize(
    "path",
    ["/Powerpack", "/Powerpack/", "/Powerpack//", "//Powerpack///", "/Powerpack//?&?search=hack"],
)
def test_repeated_and_missing_slashes_do_not_matter(api: ApiClient, path: str) -> None:
    answer = api.get(path, body=b'""')

    assert answer.status == 200
    assert answer.json["objects"] == []


def test_doubled_slashes_do_not_matter_on_the_way_to_send(api: ApiClient, gateway: StandIn) -> None:
    answer = api.post("//Message//", SEND)

    assert answer.status == 202
    assert len(gateway.asked) == 1


@pytest.mark.parametrize(
    "target", ["/", "/v1/", "/v1/Account/", "/v2/Account/x/Message/", "/favicon.ico", "/v1/Accounts/x/"]
)
def test_a_path_outside_the_accounts_is_not_found_with_or_without_credentials(api: ApiClient, target: str) -> None:
    known = api.request("GET", target)
    api.authorization = None
    unknown = api.request("GET", target)

    assert (known.status, unknown.status) == (404, 404)
    assert "expected a path below /v1/Account/{auth_id}/" in unknown.error


@pytest.mark.parametrize("path", ["/Fax/", "/Message/x/y/", "/message/", "/NumberPool/x/Fax/"])
def test_an_unknown_resource_is_not_found(api: ApiClient, path: str) -> None:
    answer = api.get(path)

    assert answer.status == 404
    assert "this API has no such resource" in answer.error


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/Message/", "POST, GET, HEAD"),
        ("POST", "/Message/abc/", "GET, HEAD"),
        ("PUT", "/Powerpack/abc/", "GET, HEAD, POST, DELETE"),
        ("POST", "/NumberPool/abc/Shortcode/72345/", "GET, HEAD, DELETE"),
        ("DELETE", "/", "GET, HEAD, POST"),
    ],
)
def test_a_method_that_a_resource_does_not_know_is_refused_and_the_others_are_named(
    api: ApiClient, method: str, path: str, allow: str
) -> None:
    answer = api.call(method, path)

    assert answer.status == 405
    assert answer.headers["allow"] == allow
    assert answer.error == f"method {method} is not allowed here, expected one of {allow}"


def test_no_two_routes_answer_the_same_request() -> None:
    answered = [(route.path_regex.pattern, method) for route in ROUTES for method in sorted(route.methods or ())]

    assert len(answered) == len(set(answered))


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/a/b/", b"c=d", ("/a/b/", b"c=d")),
        ("//a///b", b"", ("/a/b/", b"")),
        ("/a/&service=sms", b"", ("/a/", b"&&service=sms")),
        ("/a/&service=sms/", b"c=d", ("/a/", b"c=d&&service=sms")),
        ("/a/b&c/", b"", ("/a/b&c/", b"")),
    ],
)
def test_a_path_has_single_slashes_and_what_belongs_into_the_query_is_there(
    path: str, query: bytes, expected: tuple[str, bytes]
) -> None:
    assert canonical(path, query) == expected


def test_every_path_ends_with_a_slash_as_the_sdks_ask_for_it() -> None:
    assert [route.path for route in ROUTES if not route.path.endswith("/")] == []
