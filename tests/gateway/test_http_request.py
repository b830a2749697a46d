"""What goes out as a request, and what is refused before it can do harm."""

import pytest

from powerpack_gateway.http_request import HttpRequest, Origin, encode, target_of, without_userinfo


def on_the_wire(url: str, *, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    request = HttpRequest(method=method, url=url, headers=headers or {}, body=body)
    return encode(request, target_of(url))


def test_a_post_is_written_with_its_headers_length_and_body() -> None:
    wire = on_the_wire("http://127.0.0.1:8080/status?x=1", method="POST", headers={"X-Nonce": "7"}, body=b"a=b")

    assert wire == (
        b"POST /status?x=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: powerpack-lab\r\nAccept: */*\r\n"
        b"X-Nonce: 7\r\nContent-Length: 3\r\n\r\na=b"
    )


def test_a_get_without_a_body_names_no_length() -> None:
    assert b"Content-Length" not in on_the_wire("http://a/")


def test_a_post_without_a_body_names_the_length_zero() -> None:
    assert b"\r\nContent-Length: 0\r\n\r\n" in on_the_wire("http://a/", method="POST")


@pytest.mark.parametrize(
    ("url", "origin", "host"),
    [
        ("http://example.com", Origin("http", "example.com", 80), "example.com"),
        ("HTTP://Example.COM:80/", Origin("http", "example.com", 80), "example.com"),
        ("https://example.com/", Origin("https", "example.com", 443), "example.com"),
        ("https://example.com:80/", Origin("https", "example.com", 80), "example.com:80"),
        ("http://[::1]:8080/", Origin("http", "::1", 8080), "[::1]:8080"),
        ("http://[::1]/", Origin("http", "::1", 80), "[::1]"),
        ("http://web_app:5000/", Origin("http", "web_app", 5000), "web_app:5000"),
        ("http://bücher.example/", Origin("http", "xn--bcher-kva.example", 80), "xn--bcher-kva.example"),
        ("http://user:secret@example.com/", Origin("http", "example.com", 80), "example.com"),
    ],
)
def test_the_origin_and_the_host_header_follow_from_the_url(url: str, origin: Origin, host: str) -> None:
    target = target_of(url)

    assert target.origin == origin
    assert f"\r\nHost: {host}\r\n" in target.head


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://a", "/"),
        ("http://a?x=1", "/?x=1"),
        ("http://a/b#c", "/b"),
        ("http://a/b?", "/b"),
        ("http://a/b%20c?d=%2B", "/b%20c?d=%2B"),
        ("http://a/b c", "/b%20c"),
        ("http://a/é?é=é", "/%C3%A9?%C3%A9=%C3%A9"),
        ("http://a//b/../c;d=e,f", "//b/../c;d=e,f"),
    ],
)
def test_the_request_target_is_the_path_and_query_percent_encoded_where_needed(url: str, path: str) -> None:
    assert target_of(url).head.startswith(f"{path} HTTP/1.1\r\n")


def test_userinfo_becomes_basic_authentication() -> None:
    assert "\r\nAuthorization: Basic dXNlcjpwQHNz\r\n" in target_of("http://user:p%40ss@example.com/").head


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/status",
        "example.com/status",
        "ftp://example.com/",
        "http://",
        "http://:80/",
        "http://a:0/",
        "http://a:65536/",
        "http://a:b/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://a b/",
        "http://a..b.é/",
        "http://a/\r\nX-Evil: 1",
        "http://a/\n",
        "http://a/\tb",
        "http://a\r\nX-Evil: 1/",
        "http://a/\x00",
    ],
)
def test_a_url_that_cannot_be_connected_to_or_smuggles_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        target_of(url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "b\r\nX-Evil: 1"),
        ("X-A", "b\nX-Evil: 1"),
        ("X-A", "b\r"),
        ("X-A", "b\x00"),
        ("X-A", "snowman \u2603"),
        ("X-A\r\nX-Evil", "b"),
        ("X A", "b"),
        ("", "b"),
        ("X-A:", "b"),
        ("Content-Length", "3"),
        ("content-length", "3"),
        ("Transfer-Encoding", "chunked"),
        ("HOST", "evil.example"),
        ("Connection", "close"),
    ],
)
def test_a_header_that_smuggles_or_is_ours_alone_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="header must not be sent") as refused:
        on_the_wire("http://a/", headers={"X-Fine": "yes", name: value})

    assert repr(name) in str(refused.value)


def test_the_value_of_a_refused_header_is_not_shown() -> None:
    with pytest.raises(ValueError) as refused:
        on_the_wire("http://a/", headers={"Authorization": "Basic c2VjcmV0\n"})

    assert "c2VjcmV0" not in str(refused.value)


def test_a_header_whose_name_begins_like_one_of_ours_is_sent() -> None:
    assert b"\r\nHost-Name: b\r\n" in on_the_wire("http://a/", headers={"Host-Name": "b"})


@pytest.mark.parametrize("method", ["HEAD", "get", "GET /x HTTP/1.1\r\nX: ", ""])
def test_a_method_other_than_get_and_post_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="method must be GET or POST"):
        on_the_wire("http://a/", method=method)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://a/b", "http://a/b"),
        ("http://u:p@a:1/b@c", "http://a:1/b@c"),
        ("http://a/b@c?d=e@f", "http://a/b@c?d=e@f"),
        ("http://u:p@a?d=e@f", "http://a?d=e@f"),
        ("http://u:p@x@a/", "http://a/"),
    ],
)
def test_a_password_in_a_url_is_not_shown(url: str, shown: str) -> None:
    assert without_userinfo(url) == shown
