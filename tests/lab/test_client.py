"""The plain client: one call, one answer, whatever the status."""

import base64
import runpy
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from powerpack_lab import client
from powerpack_lab.client import Answer, Client
from powerpack_lab.serving import serve_asgi
from powerpack_lab.steered import SteeredThread


class Echo:
    """A server that says what it heard."""

    def __init__(self) -> None:
        self.thread = SteeredThread()
        self.thread.start()
        self.serving = self.thread.call(serve_asgi(self.thread.loop, self.app, "127.0.0.1", 0), 10.0)
        self.client = Client(f"{self.serving.url}/v1/Account", "MAX", "token")

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request with itself."""
        request = Request(scope, receive)
        if "gone" in request.url.path:
            await Response(status_code=204)(scope, receive, send)
            return
        heard = {
            "method": request.method,
            "path": request.url.path,
            "authorization": request.headers["authorization"],
            "body": (await request.body()).decode(),
        }
        status = 404 if "missing" in request.url.path else 200
        await JSONResponse(heard, status_code=status)(scope, receive, send)

    def stop(self) -> None:
        """Close everything."""
        self.thread.call(self.serving.close(1.0), 10.0)
        self.thread.stop()


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    """One server for all tests: it keeps nothing."""
    echo = Echo()
    yield echo
    echo.stop()


def test_a_call_carries_account_credentials_and_json(echo: Echo) -> None:
    answer = echo.client.post("Message/", {"dst": "1", "text": "Grüße"})

    assert answer.status == 200
    assert (answer.body["method"], answer.body["path"]) == ("POST", "/v1/Account/MAX/Message/")
    assert answer.body["authorization"] == "Basic " + base64.b64encode(b"MAX:token").decode()
    assert answer.body["body"] == '{"dst": "1", "text": "Gr\\u00fc\\u00dfe"}'


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_call_without_values_has_no_body(echo: Echo, method: str) -> None:
    call = {"GET": echo.client.get, "DELETE": echo.client.delete}[method]

    answer = call("Powerpack/x/")

    assert (answer.body["method"], answer.body["body"]) == (method, "")


def test_a_refusal_is_an_answer_like_any_other(echo: Echo) -> None:
    assert echo.client.get("missing/").status == 404


def test_an_empty_body_is_an_empty_object(echo: Echo) -> None:
    assert echo.client.delete("gone/") == Answer(status=204, body={})


def test_no_proxy_of_the_environments_is_asked(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    fresh = runpy.run_path(str(client.__file__))["Client"]  # urllib reads the environment once

    assert fresh(f"{echo.serving.url}/v1/Account", "MAX", "token").get("Message/").status == 200
