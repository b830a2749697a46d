"""app.py: what holds for every request, whatever its resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from powerpack_gateway.errors import StoreError, StoreUnusable
from powerpack_gateway.http.app import PATH_KEPT_MAX, api_app
from powerpack_gateway.http.wire import BODY_BYTES_MAX

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn

SEND = {"src": "14155550101", "dst": "14155550199", "text": "hello"}


def test_every_answer_has_an_api_id_of_the_gateways_own(api: ApiClient) -> None:
    answers = [api.get("/"), api.get("/nothing/"), api.post("/Message/", SEND)]

    assert [answer.json["api_id"] for answer in answers] == [
        "00000000-0000-4000-8000-000000000001",
        "00000000-0000-4000-8000-000000000002",
        "00000000-0000-4000-8000-000000000003",
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/Powerpack/", b"", 200),
        ("POST", "/Message/", SEND, 202),
        ("POST", "/Message/", b"{", 400),
        ("GET", "/Powerpack/none/", b"", 404),
        ("DELETE", "/Message/", b"", 405),
        ("POST", "/Message/", b" " * (BODY_BYTES_MAX + 1), 413),
    ],
    ids=["200", "202", "400", "404", "405", "413"],
)
def test_every_answer_is_json_with_its_length(
    api: ApiClient, method: str, path: str, body: object, status: int
) -> None:
    answer = api.call(method, path, body=body)

    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.raw))
    assert answer.raw.startswith(b'{"api_id":')
    assert ("error" in answer.json) is (status >= 400)


def test_a_204_has_no_body_and_no_content_type(api: ApiClient) -> None:
    answer = api.delete("/Number/14155550102/")

    assert (answer.status, answer.raw, answer.headers) == (204, b"", {})


def test_a_head_request_gets_the_headers_of_a_get_and_no_body(api: ApiClient) -> None:
    got = api.get("/")
    head = api.call("HEAD", "/")

    assert (head.status, head.raw) == (200, b"")
    assert head.headers == got.headers


def test_a_request_without_credentials_is_refused_before_its_path_is_looked_at(api: ApiClient) -> None:
    api.authorization = None

    answers = [api.post("/Message/", SEND), api.get("/Fax/"), api.call("PUT", "/Powerpack/x/")]

    assert [answer.status for answer in answers] == [401, 401, 401]
    assert {answer.error for answer in answers} == {"authentication credentials were not provided"}
    assert answers[0].headers["www-authenticate"] == 'Basic realm="Plivo API"'


def test_credentials_of_this_account_do_not_open_another(api: ApiClient) -> None:
    answers = [api.request(method, "/v1/Account/MAANOTHERANOTHERANOT/Message/") for method in ("GET", "POST")]

    assert [answer.status for answer in answers] == [401, 401]
    assert answers[0].error == "invalid auth token: it does not belong to the account in the path"


def test_an_account_that_the_gateway_reads_from_its_state_later_is_the_one_that_counts(
    api: ApiClient, gateway: StandIn
) -> None:
    other = type(gateway.account)(auth_id="MAANOTHERANOTHERANOT", auth_token="x")
    before = api.get("/")

    gateway.account = other
    after = api.get("/")

    assert (before.status, after.status) == (200, 401)


def test_a_body_that_is_announced_too_large_is_refused_unread(api: ApiClient) -> None:
    answer = api.post("/Message/", b"x" * (BODY_BYTES_MAX + 1))

    assert answer.status == 413
    assert answer.error == f"the body has {BODY_BYTES_MAX + 1} bytes, {BODY_BYTES_MAX} is the limit"


def test_a_body_that_grows_too_large_is_refused_when_it_does(api: ApiClient) -> None:
    half = {"type": "http.request", "body": b" " * (BODY_BYTES_MAX // 2 + 1), "more_body": True}

    answer = api.request("POST", f"{api.root}/Message/", chunks=[half, half])

    assert answer.status == 413
    assert answer.error == f"the body has more than {BODY_BYTES_MAX} bytes, which is the limit"


def test_a_body_in_parts_is_read_whole(api: ApiClient, gateway: StandIn) -> None:
    parts: list[dict[str, object]] = [
        {"type": "http.request", "body": b'{"src":"14155550101","dst":"141', "more_body": True},
        {"type": "http.request", "body": b'55550199","text":"hello"}', "more_body": True},
        {"type": "http.request"},
    ]

    answer = api.request("POST", f"{api.root}/Message/", chunks=parts)

    assert answer.status == 202
    assert gateway.asked[0].destinations == ("14155550199",)


def test_a_client_that_hangs_up_in_the_middle_of_its_request_is_not_answered(api: ApiClient, gateway: StandIn) -> None:
    parts: list[dict[str, object]] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    answer = api.request("POST", f"{api.root}/Message/", chunks=parts)

    assert answer.status == 0
    assert gateway.asked == []
    assert [fields["path"] for fields in gateway.journal.of("api.abandoned")] == [f"{api.root}/Message/"]


def test_every_request_is_journalled_with_its_outcome(api: ApiClient, gateway: StandIn) -> None:
    api.post("/Message/", SEND)
    api.get("/Fax/")

    assert gateway.journal.events == [
        (
            "api.request",
            {
                "method": "POST",
                "path": f"{api.root}/Message/",
                "status": 202,
                "api_id": "00000000-0000-4000-8000-000000000001",
            },
        ),
        (
            "api.request",
            {
                "method": "GET",
                "path": f"{api.root}/Fax/",
                "status": 404,
                "error": '"/Fax/" is not found: this API has no such resource',
                "api_id": "00000000-0000-4000-8000-000000000003",
            },
        ),
    ]


def test_an_endless_path_is_shown_and_journalled_in_part(api: ApiClient, gateway: StandIn) -> None:
    answer = api.get(f"/{'x' * 10_000}/")

    [request] = gateway.journal.of("api.request")
    assert answer.status == 404
    assert len(answer.error) < 200
    assert len(str(request["path"])) == PATH_KEPT_MAX


def test_an_unexpected_error_is_answered_journalled_and_raised(api: ApiClient, gateway: StandIn) -> None:
    gateway.fails_with = ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        api.post("/Message/", SEND)

    [error] = gateway.journal.of("api.error")
    assert "ZeroDivisionError: a bug" in str(error["error"])
    assert [fields["status"] for fields in gateway.journal.of("api.request")] == [500]


@pytest.mark.parametrize("error", [StoreError("the disk is full"), StoreUnusable("the disk is full")], ids=repr)
def test_a_store_that_fails_is_a_503_and_stands_in_the_journal(
    api: ApiClient, gateway: StandIn, error: StoreError
) -> None:
    gateway.fails_with = error

    answer = api.post("/Message/", SEND)

    assert (answer.status, answer.error) == (503, "the disk is full")
    assert "the disk is full" in str(gateway.journal.of("api.error")[0]["error"])


def test_neither_token_nor_header_reaches_the_journal(api: ApiClient, gateway: StandIn) -> None:
    gateway.fails_with = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        api.post("/Message/", SEND)
    given = api.authorization or ""
    api.authorization = given + "x"
    api.post("/Message/", SEND)

    written = str(gateway.journal.events)

    assert gateway.account.auth_token not in written
    assert given.removeprefix("Basic ") not in written


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_what_is_not_http_is_refused(gateway: StandIn, kind: str) -> None:
    async def never() -> dict[str, object]:
        raise AssertionError

    async def nothing(message: object) -> None:
        raise AssertionError(message)

    with pytest.raises(ValueError, match=f"the API answers http, not {kind}"):
        api_app(gateway)({"type": kind}, never, nothing).__await__().send(None)
