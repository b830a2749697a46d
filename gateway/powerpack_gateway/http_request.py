"""An HTTP/1.1 request as bytes, and the url it goes to taken apart: nothing that smuggles a header gets through."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

METHODS = frozenset({"GET", "POST"})
"""What callbacks and MM7 need; the answer to a HEAD would need a parser that knows the question."""

PORTS = {"http": 80, "https": 443}

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""RFC 9110, 5.6.2 and 5.5."""
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "expect"})
"""Headers that decide where a message goes and where it ends: only the sender writes them."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"[0-9a-z._-]+|[0-9a-f:.]+")
"""A name (underscores too: docker compose has them), an IPv4 or an IPv6 address, in lower case."""
_TARGET_SAFE = "%!#$&'()*+,/:;=?@[]"
"""What a request target keeps; anything else, a space or a letter beyond ASCII, is percent-encoded."""


@dataclass(slots=True, kw_only=True)
class HttpRequest:
    """What is to be sent; Host, Content-Length and Basic auth from the url's userinfo are added.

    Nobody changes it; it is not frozen only since that would triple the cost of making one.
    ``is_repeatable``: it may go out twice when the first connection proves stale.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_repeatable: bool = True


class Origin(NamedTuple):
    """Whom a connection belongs to (RFC 6454): scheme, host without brackets, port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Target(NamedTuple):
    """Where to connect, and the head from behind the method to our own headers."""

    origin: Origin
    head: str


@lru_cache(maxsize=1_024)  # a test has a handful of callback urls; GET urls differ each time and pass through
def target_of(url: str) -> Target:
    """Take an absolute http or https url apart; raises ValueError that says what is wrong with it."""
    if found := _CONTROL.search(url):  # urlsplit would drop CR, LF and TAB silently
        raise ValueError(f"url holds the control character {found[0]!r}: {without_userinfo(url)!r}")
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"url must be absolute http or https with a host, found {without_userinfo(url)!r}")
    host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode("ascii")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    if port == 0 or not _HOST.fullmatch(host):
        raise ValueError(f"url must name a host and a port from 1, found {host!r} and {port}")
    origin = Origin(parts.scheme, host, port)
    authority = str(origin).partition("://")[2]
    if port == PORTS[parts.scheme]:  # RFC 9110, 4.2.3: the default port is left out
        authority = authority.removesuffix(f":{port}")
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_TARGET_SAFE)
    head = f"{path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: powerpack-lab\r\nAccept: */*\r\n"
    return Target(origin, head + _basic_auth(parts))


def without_userinfo(url: str) -> str:
    """The url as it may be shown: a password in it stays out of journals and messages."""
    if "@" not in url:
        return url
    scheme, mark, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{rest[len(authority) :]}"


def encode(request: HttpRequest, target: Target) -> bytes:
    """The request as it goes out; raises ValueError for a method or header that must not be written."""
    if request.method not in METHODS:
        raise ValueError(f"method must be GET or POST, found {request.method!r}")
    names, values = tuple(request.headers), "".join(request.headers.values())
    is_plain = (
        values.isascii() and values.isprintable()
    )  # one look at them all, as nearly always; a CR is not printable
    is_usual = is_plain and _may_all_be_sent(names)
    for name, value in () if is_usual else request.headers.items():
        if not (_may_be_sent(name) and (is_plain or _HEADER_VALUE.fullmatch(value))):
            raise ValueError(f"header must not be sent: {name!r} (its value may be secret and is not shown)")
    lines = _lines_of(names) % tuple(request.headers.values())
    length = f"Content-Length: {len(request.body)}\r\n" if request.body or request.method == "POST" else ""
    return f"{request.method} {target.head}{lines}{length}\r\n".encode("latin-1") + request.body


@lru_cache(maxsize=256)  # a sender has a handful of sets of headers
def _may_all_be_sent(names: tuple[str, ...]) -> bool:
    return all(map(_may_be_sent, names))


@lru_cache(maxsize=256)
def _lines_of(names: tuple[str, ...]) -> str:
    """The header lines with ``%s`` for each value."""
    return "".join([f"{name.replace('%', '%%')}: %s\r\n" for name in names])


@lru_cache(maxsize=256)  # a sender has a dozen header names
def _may_be_sent(name: str) -> bool:
    return _HEADER_NAME.fullmatch(name) is not None and name.lower() not in _OURS


def _basic_auth(parts: SplitResult) -> str:
    """The header line for the userinfo (RFC 7617), empty without one."""
    if parts.username is None:
        return ""
    userinfo = unquote_to_bytes(parts.username) + b":" + unquote_to_bytes(parts.password or "")
    return f"Authorization: Basic {b64encode(userinfo).decode('ascii')}\r\n"
