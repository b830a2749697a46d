"""Heads that are told without a parser say what a parser would."""

import httptools
import pytest

from powerpack_lab.alike_heads import KINDS_MAX, Head, Heads, Told


class Parsed:
    """What httptools makes of a request."""

    def __init__(self, octets: bytes) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.target = b""
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(octets)

    def on_url(self, url: bytes) -> None:
        self.target = url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))


def callback(nonce: str, length: str = "3", *, more: str = "") -> bytes:
    lines = ("POST /status HTTP/1.1", "Host: 127.0.0.1:20007", "User-Agent: powerpack-lab", f"X-Nonce: {nonce}")
    return "\r\n".join((*lines, f"Content-Length: {length}", *([more] if more else []))).encode()


def learned(heads: Heads, octets: bytes) -> None:
    parsed = Parsed(octets + b"\r\n\r\n")
    heads.learn(
        Head(octets, parsed.parser.get_method(), parsed.target, parsed.headers, parsed.parser.should_keep_alive())
    )


def told(heads: Heads, octets: bytes) -> Told | None:
    return heads.told(octets + b"\r\n\r\nabc", len(octets))


@pytest.fixture
def heads() -> Heads:
    heads = Heads()
    learned(heads, callback("12345"))
    learned(heads, callback("67890", "5"))
    return heads


def test_what_differs_between_two_heads_may_differ_in_the_third(heads: Heads) -> None:
    third = told(heads, callback("a=+/Z", "7"))

    assert third is not None
    assert (third.method, third.target, third.keep_alive, third.length) == (b"POST", b"/status", True, 7)
    assert third.named == {
        "host": "127.0.0.1:20007",
        "user-agent": "powerpack-lab",
        "x-nonce": "a=+/Z",
        "content-length": "7",
    }


def test_one_head_is_told_when_it_comes_again_and_no_other_is() -> None:
    heads = Heads()
    learned(heads, callback("12345"))

    assert told(heads, callback("12345")) is not None
    assert told(heads, callback("12346")) is None


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(callback("123456"), id="a value of another length"),
        pytest.param(callback("12 45"), id="a space in a value"),
        pytest.param(callback("12\n45"), id="a line feed in a value"),
        pytest.param(callback("12345").replace(b"12345", b"12\xe945"), id="no ASCII in a value"),
        pytest.param(callback("12345", "x"), id="a length that is no number"),
        pytest.param(callback("12345").replace(b"status", b"statuS"), id="another target"),
        pytest.param(callback("12345").replace(b"20007", b"20008"), id="another host"),
    ],
)
def test_what_else_differs_goes_to_the_parser(heads: Heads, octets: bytes) -> None:
    assert told(heads, octets) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Connection: close", "Connection: yield", id="what decides about the connection"),
        pytest.param("X-Nonce: again", "X-Nonce: other", id="two of one name"),
        pytest.param("X-This: 1", "X-That: 1", id="another header"),
        pytest.param("X-Padded: a  ", "X-Padded: b  ", id="space behind a value"),
    ],
)
def test_heads_with_more_than_values_between_them_teach_nothing(one: str, other: str) -> None:
    heads = Heads()
    learned(heads, callback("12345", more=one))
    learned(heads, callback("67890", more=other))

    assert told(heads, callback("12345", more=other)) is None


def test_an_octet_changed_anywhere_is_told_as_a_parser_reads_it_or_not_at_all(heads: Heads) -> None:
    good = callback("13579", "3")
    seen = 0
    for place in range(len(good)):
        for octet in b"\0\t\n\r 09:Zz~\x7f\x80\xff":
            octets = good[:place] + bytes((octet,)) + good[place + 1 :]
            found = told(heads, octets)
            if found is not None:
                parsed = Parsed(octets + b"\r\n\r\n")
                assert found.target == parsed.target
                assert {name.encode(): value.encode() for name, value in found.named.items()} == dict(parsed.headers)
                seen += 1

    assert seen > 20


def test_no_more_kinds_are_kept_than_there_is_room_for() -> None:
    heads = Heads()
    for number in range(KINDS_MAX + 1):
        learned(heads, callback("1" * (number + 1)))

    assert told(heads, callback("1")) is None
    assert told(heads, callback("1" * (KINDS_MAX + 1))) is not None
