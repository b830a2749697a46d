"""Signatures: how a callback proves that it comes from here, in Plivo's versions 2 and 3."""

from binascii import b2a_base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

if TYPE_CHECKING:
    from hashlib import _Hash


def signature_headers(
    *, token: str, main_token: str | None = None, method: str, url: str, params: Mapping[str, str], nonce: str
) -> dict[str, str]:
    """The six headers of a signed callback.

    ``url`` is the address as the customer gave it, and ``params`` what the callback adds: as a form for POST, in the
    query for GET. ``token`` is the (sub)account's, ``main_token`` the main account's, and is left out when they are
    the same. Messaging callbacks of the real Plivo carry version 2; version 3 is sent as well (plivo_api.md 3.4).
    """
    main = token if main_token is None else main_token
    v2, v3 = signature_v2(token, url, nonce), signature_v3(token, method, url, params, nonce)
    is_main = main == token
    return {
        "X-Plivo-Signature-V2": v2,
        "X-Plivo-Signature-Ma-V2": v2 if is_main else signature_v2(main, url, nonce),
        "X-Plivo-Signature-V2-Nonce": nonce,
        "X-Plivo-Signature-V3": v3,
        "X-Plivo-Signature-Ma-V3": v3 if is_main else signature_v3(main, method, url, params, nonce),
        "X-Plivo-Signature-V3-Nonce": nonce,
    }


def new_nonce(rng: Random) -> str:
    """Twenty digits, as Plivo's nonces have."""
    return str(10**19 + rng.getrandbits(63))


def signature_v2(token: str, url: str, nonce: str) -> str:
    """Version 2: covers the address without its query, and the nonce."""
    return _signed(token, _target(url).addresses[0], nonce.encode())


def signature_v3(token: str, method: str, url: str, params: Mapping[str, str], nonce: str) -> str:
    """Version 3: covers the address, its query, the parameters and the nonce.

    Two signatures joined by a comma when the address names a port, since Plivo's SDKs for Java and Ruby leave the
    port out of what they check, and the others do not; each SDK is content when one of them matches.
    """
    covered = _covered(method, url, params, nonce)
    return ",".join([_signed(token, address, covered) for address in _target(url).addresses])


class PostSigner:
    """Signs what is posted to one address with one token: what each of them needs is made once."""

    def __init__(self, token: str, url: str) -> None:
        target = _target(url)
        self.token = token
        v3 = [_begun(token, address) for address in target.addresses]
        self._begun = (v3[0], *v3)  # version 2 covers the first address as well
        self._query = f"?{_sorted_query(target.query)}.".encode() if target.query else b"?"

    def sign(self, form: bytes, nonce: bytes) -> tuple[bytes, bytes]:
        """The signatures of both versions. ``form`` is what version 3 covers of it: names and values in order of the
        names, without anything in between; it is not empty."""
        signed = []
        octets, covered = nonce, b"%b%b.%b" % (self._query, form, nonce)
        for inner, outer in self._begun:  # as ``_signed``, without a call for each
            inside = inner.copy()
            inside.update(octets)
            outside = outer.copy()
            outside.update(inside.digest())
            signed.append(b2a_base64(outside.digest(), newline=False))
            octets = covered
        return signed[0], b",".join(signed[1:])


def is_signed_v3(given: str, *, token: str, method: str, url: str, params: Mapping[str, str], nonce: str) -> bool:
    """Whether one of the signatures in the header that was given is one of version 3's."""
    covered = _covered(method, url, params, nonce)
    said = [each.strip() for each in given.split(",")]
    for address in _target(url).addresses:  # noqa: SIM110 -- a generator would cost as much as a signature
        if _signed(token, address, covered) in said:
            return True
    return False


def _covered(method: str, url: str, params: Mapping[str, str], nonce: str) -> bytes:
    """What version 3 covers behind the address."""
    tail = (_covered_by_get if method.upper() == "GET" else _covered_by_post)(_target(url).query, params)
    return f"{tail}.{nonce}".encode()


class _Target(NamedTuple):
    """A url taken apart: its address with and, where there is one, without the port, and its query's pairs."""

    addresses: tuple[str, ...]
    query: tuple[tuple[str, str], ...]


@lru_cache(maxsize=1_024)  # an account has a handful of callback urls, and each is signed for every message
def _target(url: str) -> _Target:
    parts = urlsplit(url)
    addresses = [_address(parts)]
    if parts.port is not None:
        addresses.append(_address(parts, with_port=False))
    return _Target(tuple(addresses), tuple(parse_qsl(parts.query, keep_blank_values=True)))


def _address(parts: SplitResult, *, with_port: bool = True) -> str:
    """The address without query and fragment. The user's name and password stay, as every SDK leaves them in."""
    netloc = parts.netloc if with_port else parts.netloc.removesuffix(f":{parts.port}")
    return f"{parts.scheme}://{netloc}{parts.path}"


def _covered_by_get(query: Sequence[tuple[str, str]], params: Mapping[str, str]) -> str:
    pairs = [*query, *params.items()]
    return f"?{_sorted_query(pairs)}" if pairs else ""


def _covered_by_post(query: Sequence[tuple[str, str]], params: Mapping[str, str]) -> str:
    if not params:
        return f"?{_sorted_query(query)}" if query else ""
    written, in_order = _sorted_form(tuple(params))
    form = written % in_order(tuple(params.values()))
    # The question mark is there even when there is no query; every SDK puts it so.
    return f"?{_sorted_query(query)}.{form}" if query else f"?{form}"


def _sorted_query(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{key}={value}" for key, value in sorted(pairs))


@lru_cache(maxsize=256)  # callbacks have a handful of forms, each with the same names in the same order every time
def _sorted_form(names: tuple[str, ...]) -> tuple[str, Callable[[tuple[str, ...]], tuple[str, ...]]]:
    """The names in the order of the alphabet with ``%s`` for each value, and what puts the values into that order."""
    order = sorted(range(len(names)), key=lambda index: names[index])
    written = "".join([names[index].replace("%", "%%") + "%s" for index in order])
    # Of one index, itemgetter would make a value and no tuple.
    return written, itemgetter(*order) if len(order) > 1 else tuple


def _signed(token: str, address: str, covered: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) in base64, from states that have the key and the address behind them: half of
    ``hmac.digest``'s time."""
    inner, outer = _begun(token, address)
    inside = inner.copy()
    inside.update(covered)
    outside = outer.copy()
    outside.update(inside.digest())
    return b2a_base64(outside.digest(), newline=False).decode("ascii")


@lru_cache(maxsize=1_024)  # an account has one token and a handful of callback urls, and so has each subaccount
def _begun(token: str, address: str) -> tuple["_Hash", "_Hash"]:
    key = token.encode()
    block = (sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    return sha256(block.translate(_INNER) + address.encode()), sha256(block.translate(_OUTER))


_BLOCK_BYTES = 64
_INNER = bytes(octet ^ 0x36 for octet in range(256))
_OUTER = bytes(octet ^ 0x5C for octet in range(256))
