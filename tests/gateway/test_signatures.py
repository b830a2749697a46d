"""Callbacks are signed so that Plivo's own SDK believes them."""

from random import Random
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plivo.utils import validate_signature, validate_v3_signature

from powerpack_gateway.signatures import new_nonce, signature_headers, signature_v2, signature_v3

TOKEN = "my_auth_token"

names = st.text(alphabet="abcXYZ019_-", min_size=1, max_size=6)
texts = st.text(max_size=12)
ascii_texts = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
queries = st.dictionaries(names, ascii_texts, max_size=3)
forms = st.dictionaries(names, texts, max_size=5)
addresses = st.sampled_from(
    [
        "http://127.0.0.1:8080/status",
        "https://example.com",
        "https://example.com/",
        "https://example.com:8443/a/b/",
        "http://user:secret@localhost:80/x",
        "http://[::1]:9000/status",
    ]
)


def with_query(address: str, query: dict[str, str]) -> str:
    return f"{address}?{urlencode(query)}" if query else address


def test_version_2_of_the_known_vector() -> None:
    assert signature_v2(TOKEN, "https://answer.url", "12345") == "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc="


@given(addresses, queries, names)
def test_the_sdk_accepts_version_2(address: str, query: dict[str, str], nonce: str) -> None:
    url = with_query(address, query)

    assert validate_signature(url, nonce, signature_v2(TOKEN, url, nonce), TOKEN)


@given(addresses, queries, forms, names)
def test_the_sdk_accepts_version_3_of_a_post(
    address: str, query: dict[str, str], form: dict[str, str], nonce: str
) -> None:
    url = with_query(address, query)
    signature = signature_v3(TOKEN, "POST", url, form, nonce)

    assert validate_v3_signature("POST", url, nonce, TOKEN, signature, dict(form))


@given(addresses, queries, queries, names)
def test_the_sdk_accepts_version_3_of_a_get_as_it_arrives(
    address: str, query: dict[str, str], params: dict[str, str], nonce: str
) -> None:
    url = with_query(address, query)
    arrived = url + (("&" if query else "?") + urlencode(params) if params else "")
    signature = signature_v3(TOKEN, "GET", url, params, nonce)

    assert validate_v3_signature("GET", arrived, nonce, TOKEN, signature, {})


@given(addresses, forms, names)
def test_the_sdk_accepts_version_3_of_a_get_with_the_parameters_apart(
    address: str, params: dict[str, str], nonce: str
) -> None:
    signature = signature_v3(TOKEN, "GET", address, params, nonce)

    assert validate_v3_signature("GET", address, nonce, TOKEN, signature, dict(params))


@pytest.mark.parametrize(
    ("change", "value"),
    [("token", "other"), ("method", "GET"), ("url", "http://127.0.0.1:8080/other"), ("nonce", "2")],
)
def test_the_sdk_refuses_version_3_when_anything_differs(change: str, value: str) -> None:
    sent = {"token": TOKEN, "method": "POST", "url": "http://127.0.0.1:8080/status", "nonce": "1"}
    seen = sent | {change: value}
    signature = signature_v3(sent["token"], sent["method"], sent["url"], {"Status": "sent"}, sent["nonce"])

    assert not validate_v3_signature(
        seen["method"], seen["url"], seen["nonce"], seen["token"], signature, {"Status": "sent"}
    )


def test_an_address_with_a_port_is_signed_with_and_without_it() -> None:
    with_port, without_port = signature_v3(TOKEN, "POST", "http://localhost:8080/s", {"a": "b"}, "1").split(",")

    assert with_port != without_port
    assert without_port == signature_v3(TOKEN, "POST", "http://localhost/s", {"a": "b"}, "1")


def test_an_address_without_a_port_is_signed_once() -> None:
    assert "," not in signature_v3(TOKEN, "POST", "http://[::1]/s", {}, "1")


def test_the_main_account_signs_with_its_own_token() -> None:
    headers = signature_headers(
        token=TOKEN, main_token="main", method="POST", url="https://example.com/s", params={"a": "b"}, nonce="77"
    )

    assert headers == {
        "X-Plivo-Signature-V2": signature_v2(TOKEN, "https://example.com/s", "77"),
        "X-Plivo-Signature-Ma-V2": signature_v2("main", "https://example.com/s", "77"),
        "X-Plivo-Signature-V2-Nonce": "77",
        "X-Plivo-Signature-V3": signature_v3(TOKEN, "POST", "https://example.com/s", {"a": "b"}, "77"),
        "X-Plivo-Signature-Ma-V3": signature_v3("main", "POST", "https://example.com/s", {"a": "b"}, "77"),
        "X-Plivo-Signature-V3-Nonce": "77",
    }


def test_without_a_subaccount_both_signatures_are_the_same() -> None:
    headers = signature_headers(token=TOKEN, method="GET", url="https://example.com/s", params={}, nonce="77")

    assert headers["X-Plivo-Signature-Ma-V2"] == headers["X-Plivo-Signature-V2"]
    assert headers["X-Plivo-Signature-Ma-V3"] == headers["X-Plivo-Signature-V3"]


def test_a_nonce_has_twenty_digits_and_no_two_are_the_same() -> None:
    rng = Random(7)
    nonces = {new_nonce(rng) for _ in range(1_000)}

    assert len(nonces) == 1_000
    assert {len(each) for each in nonces} == {20}
    assert all(each.isdecimal() for each in nonces)
