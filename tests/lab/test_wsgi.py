"""An application of WSGI beside the lab: what it is asked, what it answers, and that it may block."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from wsgiref.util import request_uri
from wsgiref.validate import validator

import httpx
import plivo
import pytest

from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab
from powerpack_lab.plivo_sdk import client_of
from powerpack_lab.wsgi import BODY_OCTETS_MAX, asgi_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ANA = "+14155550123"


@pytest.fixture
def steered() -> Iterator[Lab]:
    with Lab(seed=7, config=LabConfig(carriers=(CarrierConfig(name="acme"),))) as running:
        yield running


def echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("201 Created", [("Content-Type", "text/plain"), ("X-Asked", request_uri(environ))])
    yield f"{environ['REQUEST_METHOD']} {environ.get('HTTP_X_TWICE')} {environ.get('HTTP_COOKIE')} ".encode()
    yield body


def broken(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    raise LookupError("no such order")


def ask(lab: Lab, app: Any, **request: Any) -> httpx.Response:
    return httpx.post(f"{lab.serve(app)}/caf%C3%A9?a=1&b=%20", **request)


def test_a_request_is_what_pep_3333_says_it_is(steered: Lab) -> None:
    headers = [("x-twice", "1"), ("x-twice", "2"), ("cookie", "a=1"), ("content-type", "text/plain")]

    checked = validator(echo)

    answer = ask(steered, lambda environ, start: checked(environ, start), headers=headers, content=b"body")

    assert (answer.status_code, answer.text) == (201, "POST 1,2 a=1 body")
    assert str(answer.request.url).replace("%20", "+") == answer.headers["x-asked"].replace("%20", "+")


def test_a_body_in_chunks_is_whole_and_counted(steered: Lab) -> None:
    def counted(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        start_response("200 OK", [])
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        return [body, str("HTTP_TRANSFER_ENCODING" in environ).encode()]

    assert ask(steered, counted, content=iter([b"one", b"two"])).text == "onetwoFalse"


def test_an_error_is_answered_with_500_and_logged(steered: Lab, caplog: pytest.LogCaptureFixture) -> None:
    assert ask(steered, broken).status_code == 500
    assert "LookupError: no such order" in caplog.text


def test_what_is_written_comes_first_and_the_answer_is_closed(steered: Lab) -> None:
    closed = threading.Event()

    class Chunks(list[bytes]):
        def close(self) -> None:
            closed.set()

    def old(environ: "WSGIEnvironment", start_response: "StartResponse") -> Chunks:
        start_response("200 OK", [])(b"first ")
        return Chunks([b"then"])

    assert ask(steered, old).text == "first then"
    assert closed.is_set()


def test_an_answer_may_be_begun_anew_for_an_error_only(steered: Lab, caplog: pytest.LogCaptureFixture) -> None:
    def sorry(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        start_response("200 OK", [("X-Old", "1")])
        error = LookupError("no such order")
        start_response("404 Not Found", [], (LookupError, error, None) if environ["QUERY_STRING"] else None)  # type: ignore[arg-type]
        return [b"sorry"]

    url = steered.serve(sorry)

    answer = httpx.get(f"{url}/?1")
    assert (answer.status_code, answer.text, "x-old" in answer.headers) == (404, "sorry", False)
    assert httpx.get(url).status_code == 500
    assert "start_response was called twice" in caplog.text


def test_who_never_starts_an_answer_is_told_so(steered: Lab, caplog: pytest.LogCaptureFixture) -> None:
    assert ask(steered, lambda environ, start_response: []).status_code == 500
    assert "did not call start_response" in caplog.text


def test_webhooks_come_to_it_and_it_may_ask_the_api_meanwhile(steered: Lab) -> None:
    """Handlers of Flask block while the SDK waits; were it in the lab's loop, nobody would answer."""
    heard = []

    def shop(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        form = dict(parse_qsl(environ["wsgi.input"].read().decode()))
        with plivo.RestClient() as client:  # to the lab, while it goes on
            state = client.messages.get(form["MessageUUID"]).message_state
        heard.append((form["Status"], state))
        start_response("200 OK", [])
        return []

    with client_of(steered) as client:
        url = steered.serve(shop)
        client.messages.create(powerpack_uuid=steered.powerpack_uuid, dst=ANA, text="Hello", url=f"{url}/status")
        steered.handset(ANA).expect("Hello")
        assert steered.run_until(lambda: len(heard) == 3, within=3600)

    assert [status for status, _ in heard] == ["queued", "sent", "delivered"]
    assert heard[-1] == ("delivered", "delivered")
    assert [event.fields["status"] for event in steered.journal.events(kind="callback.sent")] == [200] * 3


def test_its_threads_end_with_the_lab() -> None:
    before = set(threading.enumerate())
    with Lab(seed=7, config=LabConfig(carriers=(CarrierConfig(name="acme"),))) as lab:
        assert ask(lab, echo).status_code == 201
        assert set(threading.enumerate()) - before

    assert set(threading.enumerate()) == before


def test_in_virtual_time_it_answers_in_the_loop() -> None:
    async def get(url: str) -> tuple[str, str]:
        async with httpx.AsyncClient(verify=False) as client:
            return (await client.post(url, content=b"hello")).text, threading.current_thread().name

    with Lab(seed=7, clock="virtual", config=LabConfig(carriers=(CarrierConfig(name="acme"),))) as lab:
        text, _ = lab.call(get(lab.serve(echo)))

    assert text == "POST None None hello"


def test_a_body_over_the_limit_is_refused_without_asking() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": bytes(BODY_OCTETS_MAX // 2 + 1), "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    asked: Callable[..., Any] = asgi_of(broken)
    asyncio.run(asked({"type": "http"}, receive, send))

    assert sent[0]["status"] == 413
