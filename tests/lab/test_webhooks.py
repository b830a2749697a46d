"""The receiver of callbacks keeps what came, and believes only what Plivo's SDK would believe."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from hmac import new as new_hmac
from urllib.parse import parse_qsl, quote, urlencode

import httpx
import hypothesis.strategies as st
import pytest
from hypothesis import given
from plivo.utils import validate_signature, validate_v3_signature
from plivo.utils.signature_v3 import construct_get_url, construct_post_url, get_signature_v3

from powerpack_lab import webhooks as module
from powerpack_lab.clock import LoopClock
from powerpack_lab.serving import serve_asgi
from powerpack_lab.virtual import VirtualLoop
from powerpack_lab.webhooks import Webhook, Webhooks, form_params

EPOCH = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOKEN, NONCE = "my_auth_token", "12345"
BASE = "http://127.0.0.1:8080"
FORM = {"MessageUUID": "u-1", "Status": "sent", "Text": "zwei Zeilen & é\n", "ErrorCode": ""}


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.shutdown()


@pytest.fixture
def hooks(loop: VirtualLoop) -> Webhooks:
    hooks = Webhooks(LoopClock(loop, EPOCH), lambda: (TOKEN,))
    hooks.base_url = BASE
    return hooks


def sdk_signature_v2(url: str) -> str:
    """As the SDK computes what it compares with: there is no function for it, so it is asked afterwards."""
    covered = url.partition("?")[0] + NONCE
    signature = b64encode(new_hmac(TOKEN.encode(), covered.encode(), sha256).digest()).decode()
    assert validate_signature(url, NONCE, signature, TOKEN)
    return signature


def sdk_signature_v3(method: str, url: str, params: dict[str, str]) -> str:
    """The SDK's own function makes it."""
    construct = construct_get_url if method == "GET" else construct_post_url
    made = get_signature_v3(TOKEN.encode(), construct(url, dict(params)).decode(), NONCE.encode())
    signature = bytes(made).decode()
    assert validate_v3_signature(method, url, NONCE, TOKEN, signature, dict(params))
    return signature


def signed(method: str, url: str, params: dict[str, str]) -> dict[str, str]:
    return {
        "X-Plivo-Signature-V2": sdk_signature_v2(url),
        "X-Plivo-Signature-V2-Nonce": NONCE,
        "X-Plivo-Signature-V3": sdk_signature_v3(method, url, params),
        "X-Plivo-Signature-V3-Nonce": NONCE,
    }


def send(
    loop: VirtualLoop,
    hooks: Webhooks,
    method: str,
    url: str,
    *,
    headers: dict[str, str] | list[tuple[bytes, bytes]] | None = None,
    content: bytes = b"",
) -> httpx.Response:
    async def sent() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(hooks.app)) as client:
            return await client.request(method, url, headers=headers, content=content)

    return loop.run(sent())


def post(
    loop: VirtualLoop, hooks: Webhooks, form: dict[str, str], url: str = f"{BASE}/status", **headers: str
) -> httpx.Response:
    return send(loop, hooks, "POST", url, headers=signed("POST", url, form) | headers, content=urlencode(form).encode())


# What is kept


def test_a_form_is_kept_as_it_came(loop: VirtualLoop, hooks: Webhooks) -> None:
    loop.advance(5)

    answer = post(loop, hooks, FORM)

    (webhook,) = hooks.received
    assert (webhook.path, webhook.method, webhook.params) == ("/status", "POST", FORM)
    assert webhook.received_at == datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
    assert webhook.headers["x-plivo-signature-v2-nonce"] == NONCE
    assert (answer.status_code, answer.text) == (200, "")


def test_a_get_carries_its_parameters_in_the_query(loop: VirtualLoop, hooks: Webhooks) -> None:
    form = FORM | {"Text": "plain: the SDK itself fails at other letters in a query"}
    url = f"{BASE}/status?{urlencode(form)}"

    send(loop, hooks, "GET", url, headers=signed("GET", url, {}))

    (webhook,) = hooks.received
    assert (webhook.path, webhook.method, webhook.params) == ("/status", "GET", form)
    assert webhook.is_signed


def test_the_statuses_of_one_message_are_told_in_order(loop: VirtualLoop, hooks: Webhooks) -> None:
    for uuid, status in (("a", "queued"), ("b", "queued"), ("a", "sent")):
        post(loop, hooks, {"MessageUUID": uuid, "Status": status})
    post(loop, hooks, {"MessageUUID": "a", "Text": "an inbound message has no status"})

    assert hooks.statuses("a") == ["queued", "sent"]
    assert hooks.statuses("nobody") == []


def test_addresses_are_below_its_own(hooks: Webhooks) -> None:
    assert hooks.url() == f"{BASE}/status"
    assert hooks.url("/in?a=b") == f"{BASE}/in?a=b"
    assert repr(hooks) == f"<Webhooks {BASE}: 0 received>"


# Signatures


@pytest.mark.parametrize(
    "path",
    ["/", "/status", "/status?user=1&b=2", "/status?empty=", "/a%20b/%C3%A9?x=%26", f"/{quote('ü/ß', safe='')}"],
)
def test_what_the_sdk_believes_is_believed(loop: VirtualLoop, hooks: Webhooks, path: str) -> None:
    post(loop, hooks, FORM, BASE + path)

    (webhook,) = hooks.received
    assert (webhook.is_signed_v2, webhook.is_signed_v3, webhook.is_signed) == (True, True, True)
    # What a test may ask the SDK itself.
    nonce, signature = (webhook.headers[f"x-plivo-signature-v3{end}"] for end in ("-nonce", ""))
    assert validate_v3_signature("POST", webhook.url, nonce, TOKEN, signature, dict(webhook.params))


def test_one_right_signature_among_several_is_enough_for_version_3(loop: VirtualLoop, hooks: Webhooks) -> None:
    right = sdk_signature_v3("POST", f"{BASE}/status", FORM)

    post(loop, hooks, FORM, **{"X-Plivo-Signature-V3": f"wrong, {right}"})

    assert hooks.received[0].is_signed_v3


@pytest.mark.parametrize(
    ("header", "value", "signed_v2", "signed_v3"),
    [
        ("X-Plivo-Signature-V2", "wrong", False, True),
        ("X-Plivo-Signature-V2", "", False, True),
        ("X-Plivo-Signature-V2-Nonce", "54321", False, True),
        ("X-Plivo-Signature-V3", "wrong", True, False),
        ("X-Plivo-Signature-V3", "", True, False),
        ("X-Plivo-Signature-V3", ",", True, False),
        ("X-Plivo-Signature-V3-Nonce", "54321", True, False),
    ],
)
def test_a_wrong_signature_is_kept_and_not_believed(
    loop: VirtualLoop, hooks: Webhooks, header: str, value: str, signed_v2: bool, signed_v3: bool
) -> None:
    post(loop, hooks, FORM, **{header: value})

    (webhook,) = hooks.received
    assert (webhook.is_signed_v2, webhook.is_signed_v3, webhook.is_signed) == (signed_v2, signed_v3, False)


def test_a_changed_form_is_not_believed(loop: VirtualLoop, hooks: Webhooks) -> None:
    headers = signed("POST", f"{BASE}/status", FORM)

    send(loop, hooks, "POST", f"{BASE}/status", headers=headers, content=b"MessageUUID=u-1&Status=delivered")

    assert not hooks.received[0].is_signed_v3


def test_another_address_is_not_believed(loop: VirtualLoop, hooks: Webhooks) -> None:
    headers = signed("POST", f"{BASE}/status", FORM)

    send(loop, hooks, "POST", f"{BASE}/other", headers=headers, content=urlencode(FORM).encode())

    assert not hooks.received[0].is_signed_v2
    assert not hooks.received[0].is_signed_v3


def test_an_unsigned_callback_is_kept_and_not_believed(loop: VirtualLoop, hooks: Webhooks) -> None:
    send(loop, hooks, "POST", f"{BASE}/status", content=b"Status=sent")

    (webhook,) = hooks.received
    assert (webhook.params, webhook.is_signed) == ({"Status": "sent"}, False)


def test_a_signature_that_is_no_text_is_not_believed(loop: VirtualLoop, hooks: Webhooks) -> None:
    headers = [(b"X-Plivo-Signature-V2", b"\xe9"), (b"X-Plivo-Signature-V3", b"\xe9")]

    answer = send(loop, hooks, "POST", f"{BASE}/status", headers=headers, content=b"Status=sent")

    assert answer.status_code == 200
    assert not hooks.received[0].is_signed


def test_a_form_that_is_no_text_is_kept_and_not_believed(loop: VirtualLoop, hooks: Webhooks) -> None:
    answer = send(
        loop, hooks, "POST", f"{BASE}/status", headers=signed("POST", f"{BASE}/status", {}), content=b"a=\xff"
    )

    assert answer.status_code == 200
    assert hooks.received[0].params == {"a": "\N{REPLACEMENT CHARACTER}"}
    assert not hooks.received[0].is_signed_v3


# Answers


def test_the_answer_can_be_chosen_by_what_came(loop: VirtualLoop, hooks: Webhooks) -> None:
    hooks.answer = lambda webhook: (503, "later") if webhook.params["Status"] == "sent" else (204, "")

    answers = [post(loop, hooks, {"Status": status}) for status in ("sent", "queued")]

    assert [(answer.status_code, answer.text) for answer in answers] == [(503, "later"), (204, "")]
    assert len(hooks.received) == 2


@pytest.mark.parametrize(
    ("body", "media_type"),
    [("<Response/>", "application/xml"), (" \n<Response/>", "application/xml"), ("ok", "text/plain")],
)
def test_message_xml_is_answered_as_xml(loop: VirtualLoop, hooks: Webhooks, body: str, media_type: str) -> None:
    hooks.answer = lambda _: (200, body)

    answer = post(loop, hooks, FORM)

    assert answer.headers["content-type"].startswith(media_type)
    assert answer.text == body


# Limits


def test_the_largest_body_is_kept(loop: VirtualLoop, hooks: Webhooks) -> None:
    answer = send(loop, hooks, "POST", f"{BASE}/status", content=b"a=" + b"x" * (module.BODY_BYTES_MAX - 2))

    assert answer.status_code == 200


def test_a_body_that_is_too_large_is_not_read_to_its_end(loop: VirtualLoop, hooks: Webhooks) -> None:
    given = 0

    async def receive() -> dict[str, object]:
        nonlocal given
        given += 1
        return {"type": "http.request", "body": b"x" * 300_000, "more_body": True}

    answered: list[dict[str, object]] = []

    async def answer(message: dict[str, object]) -> None:
        answered.append(message)

    scope = {"type": "http", "method": "POST", "scheme": "http", "path": "/", "query_string": b"", "headers": []}
    loop.run(hooks.app(scope, receive, answer))  # type: ignore[arg-type] # starlette's types are mutable mappings

    assert answered[0]["status"] == 413
    assert given == 4
    assert hooks.received == []


def test_more_than_a_test_can_want_is_refused(
    loop: VirtualLoop, hooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECEIVED_MAX", 1)

    answers = [post(loop, hooks, {"Status": status}) for status in ("queued", "sent")]

    assert [answer.status_code for answer in answers] == [200, 503]
    assert [each.params["Status"] for each in hooks.received] == ["queued"]


def test_many_callbacks_at_once_are_all_kept(loop: VirtualLoop, hooks: Webhooks) -> None:
    async def all_at_once() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(hooks.app)) as client:
            await asyncio.gather(*(client.post(f"{BASE}/status", data={"Sequence": str(n)}) for n in range(50)))

    loop.run(all_at_once())

    assert sorted(int(each.params["Sequence"]) for each in hooks.received) == list(range(50))


# The short way


def over_the_wire(
    loop: VirtualLoop, hooks: Webhooks, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> tuple[bytes, bytes]:
    """The head and the body of the answer, from a real server in memory; the receiver's address is ``BASE``."""

    async def sent() -> bytes:
        serving = await serve_asgi(loop, hooks, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1:8080", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)
        answer = await reader.read()
        writer.close()
        await serving.close(1.0)
        return answer

    head, _, said = loop.run(sent()).partition(b"\r\n\r\n")
    return head, said


@pytest.mark.parametrize("path", ["/", "/status?user=1&b=2", "/a%20b/%C3%A9?x=%26", f"/{quote('ü/ß', safe='')}"])
@pytest.mark.parametrize("is_wrong", [False, True])
def test_the_short_way_keeps_what_the_long_way_does(
    loop: VirtualLoop, hooks: Webhooks, path: str, is_wrong: bool
) -> None:
    headers = signed("POST", BASE + path, FORM)
    if is_wrong:
        headers["X-Plivo-Signature-V3-Nonce"] = "54321"
    body = urlencode(FORM).encode()

    send(loop, hooks, "POST", BASE + path, headers=headers, content=body)
    head, _ = over_the_wire(loop, hooks, "POST", path, headers, body)

    long, short = hooks.received
    assert head.startswith(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\ncontent-type: text/plain; charset=utf-8")
    assert (short.path, short.url, short.method, short.params) == (long.path, long.url, long.method, long.params)
    assert (short.is_signed_v2, short.is_signed_v3) == (long.is_signed_v2, long.is_signed_v3) == (True, not is_wrong)
    assert short.headers["x-plivo-signature-v2-nonce"] == NONCE


def test_a_get_goes_the_long_way(loop: VirtualLoop, hooks: Webhooks) -> None:
    over_the_wire(loop, hooks, "GET", "/status?Status=sent", {})

    assert [(each.method, each.params) for each in hooks.received] == [("GET", {"Status": "sent"})]


def test_the_short_way_answers_as_late_as_it_shall(loop: VirtualLoop, hooks: Webhooks) -> None:
    hooks.delay_s = lambda _: 20.0
    hooks.answer = lambda _: (201, "<Response/>")

    head, said = over_the_wire(loop, hooks, "POST", "/status", {}, b"Status=sent")

    assert head.startswith(b"HTTP/1.1 201 Created\r\n")
    assert b"content-type: application/xml" in head
    assert said == b"<Response/>"
    assert loop.time() >= 20.0


def test_an_answer_that_raises_is_500_and_told_to_the_loop(loop: VirtualLoop, hooks: Webhooks) -> None:
    told: list[str] = []
    loop.set_exception_handler(lambda _, context: told.append(f"{context['message']}: {context['exception']!r}"))
    hooks.answer = lambda webhook: (200, webhook.params["missing"])

    head, _ = over_the_wire(loop, hooks, "POST", "/status", {}, b"Status=sent")

    assert head.startswith(b"HTTP/1.1 500 ")
    assert told == ["answering a webhook at /status failed: KeyError('missing')"]


@given(st.text(alphabet="ab=&+%41é ;#", max_size=20))
def test_a_form_is_read_as_the_standard_library_does(form: str) -> None:
    assert form_params(form) == dict(parse_qsl(form, keep_blank_values=True))


# For people


@pytest.mark.parametrize(("is_signed", "words"), [(True, "signed"), (False, "BAD SIGNATURE")])
def test_a_webhook_is_one_line_for_people(is_signed: bool, words: str) -> None:
    webhook = Webhook(
        path="/status",
        url="http://127.0.0.1/status",
        method="POST",
        params={"Status": "sent", "ErrorCode": ""},
        headers={},
        received_at=EPOCH,
        is_signed_v2=True,
        is_signed_v3=is_signed,
    )

    assert str(webhook) == f"12:00:00 POST /status ({words}) Status=sent"
