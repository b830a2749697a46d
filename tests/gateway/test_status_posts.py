"""Status callbacks as octets are what the long way makes of the same callback."""

from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.test_notices import OUTBOUND, SENT
from powerpack_gateway.callbacks import form_encoded
from powerpack_gateway.http_request import HttpRequest, encode, target_of
from powerpack_gateway.messages import ErrorCode, Message, Stage
from powerpack_gateway.notices import status_params, status_values
from powerpack_gateway.signatures import new_nonce, signature_headers
from powerpack_gateway.status_posts import StatusPost

URLS = [
    "http://app.test/status",
    "http://127.0.0.1:8080/status",
    "https://user:p%40ss@app.test:444/status?b=2&a=1&a=%25",
    "http://app.test/100%/a b/é?x=50% off",
]
WRONG = replace(OUTBOUND, stage=Stage.UNDELIVERED, sent_at=SENT, error_code=ErrorCode.SPAM, carrier="att")


def by_the_long_way(
    url: str, token: str, message: Message, index: int, rng: Random, *, main_token: str | None = None
) -> bytes:
    params, main = status_params(message, index, "0.00550"), main_token or token
    nonce = new_nonce(rng)
    signed = signature_headers(token=token, main_token=main, method="POST", url=url, params=params, nonce=nonce)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **signed}
    request = HttpRequest(method="POST", url=url, headers=headers, body=form_encoded(params).encode("ascii"))
    return encode(request, target_of(url))


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(("message", "index"), [(OUTBOUND, 0), (WRONG, 1), (WRONG, 2)], ids=["queued", "sent", "ended"])
def test_a_post_is_octet_for_octet_that_of_the_long_way(url: str, message: Message, index: int) -> None:
    post = StatusPost(url, token=lambda: "token", rng=Random(7))
    rng = Random(7)

    for _ in range(2):  # each has a nonce of its own
        written = post.requests([status_values(message, index, "0.00550")] * 2)
        assert written == [by_the_long_way(url, "token", message, index, rng) for _ in range(2)]


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
@example("::1", "50% & más ✓")
def test_a_value_that_must_be_quoted_is_quoted(requester_ip: str, powerpack_uuid: str) -> None:
    message = replace(OUTBOUND, requester_ip=requester_ip, powerpack_uuid=powerpack_uuid)
    post = StatusPost(URLS[0], token=lambda: "token", rng=Random(7))

    (written,) = post.requests([status_values(message, 0, "0.00550")])

    assert written == by_the_long_way(URLS[0], "token", message, 0, Random(7))


def test_a_token_that_was_changed_signs_from_then_on() -> None:
    tokens = ["first", "second"]
    post = StatusPost(URLS[0], token=lambda: tokens[0], rng=Random(7))
    tokens.pop(0)

    (written,) = post.requests([status_values(OUTBOUND, 0, "0.00550")])

    assert written == by_the_long_way(URLS[0], "second", OUTBOUND, 0, Random(7))


def test_what_a_subaccount_sent_is_signed_with_its_token_and_the_main_accounts() -> None:
    post = StatusPost(URLS[0], token=lambda: "its", main_token=lambda: "main", rng=Random(7))

    (written,) = post.requests([status_values(OUTBOUND, 0, "0.00550")])

    assert written == by_the_long_way(URLS[0], "its", OUTBOUND, 0, Random(7), main_token="main")


@pytest.mark.parametrize("url", ["ftp://app.test/", "http://:0/", "/status", "http://app.test/\r\nX: y"])
def test_an_address_that_nobody_can_connect_to_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        StatusPost(url, token=lambda: "token", rng=Random(7))
