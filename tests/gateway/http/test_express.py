"""The short way of POST Message/ answers and journals exactly as the long one does."""

from typing import Any

import msgspec
import pytest

from gateway.http.conftest import AUTH_ID, ApiClient, StandIn
from powerpack_gateway.errors import StoreError
from powerpack_gateway.http.app import Api, api_app

PATH = f"/v1/Account/{AUTH_ID}/Message/"
GOOD = {"src": "14155550101", "dst": "14155550123", "text": "hello"}


def short_way(gateway: StandIn, api: ApiClient, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    answers: list[tuple[int, dict[str, str], bytes]] = []

    def answer(status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> None:
        answers.append((status, {name.decode(): value.decode() for name, value in headers}, body))

    app: Api = api_app(gateway)
    assert app.express.takes(b"POST", PATH.encode())
    authorization = None if api.authorization is None else api.authorization.encode()
    app.express.post(authorization, raw, "192.0.2.7", answer)
    assert len(answers) == 1
    return answers[0]


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        {**GOOD, "dst": "14155550123<bad<+1 415 555 0124"},
        {**GOOD, "dst": "nonsense"},
        {**GOOD, "text": ""},
        {**GOOD, "text": 17},
        {**GOOD, "powerpack_uuid": "x"},
        {**GOOD, "method": "get", "url": "https://example.com/a?b=c", "log": "false", "message_expiry": "60"},
        {**GOOD, "url": "ftp://example.com"},
        {**GOOD, "type": "mms", "media_urls": ["https://example.com/cat.jpg"]},
        {**GOOD, "message_expiry": 1},
        {**GOOD, "callback_url": "https://example.com/answer", "callback_method": "get"},
        {**GOOD, "text": "", "callback_url": "https://example.com/answer"},
        {**GOOD, "callback_url": "ftp://example.com"},
        {**GOOD, "text": "what is a callback_url?"},
        {"dst": "14155550123", "text": "hello"},
        b"",
        b"[1]",
        b"{",
        b'"\xff"',
    ],
    ids=str,
)
@pytest.mark.parametrize("authorization", ["right", "wrong", "none"])
def test_both_ways_say_the_same(body: Any, authorization: str) -> None:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    long_gateway, short_gateway = StandIn(), StandIn()
    api = ApiClient(long_gateway)
    if authorization != "right":
        api.authorization = None if authorization == "none" else "Basic d3Jvbmc6d3Jvbmc="

    long = api.request("POST", PATH, body=raw)
    status, headers, answered = short_way(short_gateway, api, raw)

    extra = {name: value for name, value in long.headers.items() if name not in ("content-type", "content-length")}
    assert (status, headers, answered) == (long.status, extra, long.raw)
    assert short_gateway.journal.events == long_gateway.journal.events
    assert short_gateway.asked == long_gateway.asked


@pytest.mark.parametrize("error", [StoreError("the disk is full"), RuntimeError("a mistake of ours")], ids=str)
def test_what_goes_wrong_is_answered_and_journalled(error: Exception, api: ApiClient, gateway: StandIn) -> None:
    gateway.fails_with = error

    status, headers, body = short_way(gateway, api, msgspec.json.encode(GOOD))

    crashed = isinstance(error, RuntimeError)
    assert status == (500 if crashed else 503)
    assert msgspec.json.decode(body)["error"] == ("internal server error" if crashed else "the disk is full")
    assert headers.get("connection") == ("close" if crashed else None)
    assert str(error) in str(gateway.journal.of("api.error")[0]["error"])


@pytest.mark.parametrize(
    ("method", "target"),
    [
        (b"GET", PATH),
        (b"POST", PATH + "?a=b"),
        (b"POST", PATH.rstrip("/")),
        (b"POST", PATH.replace("Account", "%41ccount")),
        (b"POST", PATH.replace(AUTH_ID, "MASOMEBODYELSE123456")),
    ],
    ids=str,
)
def test_anything_unusual_goes_the_long_way(method: bytes, target: str, gateway: StandIn) -> None:
    assert not api_app(gateway).express.takes(method, target.encode())
