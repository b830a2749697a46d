"""Values of fields that people and SDKs send: patient with spelling, strict about meaning.

The SDKs differ in how they say the same (plivo_api.md 1.2): booleans are JSON's, or words; integers may be digits; a
list may be one text with commas. JSON's null and an empty text mean "not given".

Every refusal names the field, what was found and what was expected.
"""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.http_request import target_of

URL_LENGTH_MAX = 2_048
"""Characters of a callback or media URL: what browsers and proxies agree to carry."""

SHOWN_LENGTH_MAX = 80
"""Characters of a wrong value that an error repeats: enough to find it, too few to flood a terminal."""

_FLAGS: Mapping[object, bool] = {"true": True, "1": True, "false": False, "0": False}

T = TypeVar("T")


def as_text(value: object) -> str:
    """A value as one field of a form: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def shown(value: object) -> str:
    """A value as JSON for an error's text, cut where it gets long."""
    written = msgspec.json.encode(value).decode()
    return written if len(written) <= SHOWN_LENGTH_MAX else f"{written[:SHOWN_LENGTH_MAX]}..."


def text(name: str, value: object) -> str | None:
    """A text, or None when it is not given or empty. A JSON integer is taken by its digits: ids are often sent so."""
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise BadRequest(f"{name} is {shown(value)}, expected a string")


def required(name: str, value: object) -> str:
    """A text that has to be there."""
    given = text(name, value)
    if given is None:
        raise BadRequest(f"{name} parameter is missing")
    return given


def flag(name: str, value: object, *, default: bool) -> bool:
    """A boolean in any spelling an SDK has: ``true``, ``"true"``, ``"True"``, ``1``, ``"1"`` and their opposites."""
    if isinstance(value, bool):
        return value
    if value is None or value == "":
        return default
    meant = _FLAGS.get(str(value).lower()) if isinstance(value, str | int) else None
    if meant is None:
        raise BadRequest(f"{name} is {shown(value)}, expected true or false")
    return meant


def integer(name: str, value: object, *, low: int, high: int, default: int) -> int:
    """A whole number from ``low`` to ``high``, as a number or in digits."""
    if value is None or value == "":
        return default
    # isdecimal() alone takes the digits of every script, and int() has a limit on long ones: ten are plenty.
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdecimal() and len(value) <= 10:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise BadRequest(f"{name} is {shown(value)}, expected an integer from {low} to {high}")


def choice(name: str, value: object, meanings: Mapping[str, T]) -> T | None:
    """What one of some words means, in any case of letters; None when it is not given."""
    given = text(name, value)
    if given is None:
        return None
    try:
        return meanings[given.lower()]
    except KeyError:
        raise BadRequest(f"{name} is {shown(given)}, expected one of {', '.join(meanings)}") from None


def http_url(name: str, value: object) -> str | None:
    """An absolute http or https URL that somebody can be asked at, or None when it is not given."""
    given = text(name, value)
    if given is None:
        return None
    if len(given) > URL_LENGTH_MAX:
        raise BadRequest(f"{name} has {len(given)} characters, {URL_LENGTH_MAX} is the limit")
    try:
        parts = urlsplit(given)
    except ValueError as error:
        raise BadRequest(f"{name} is {shown(given)}, expected an http or https URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadRequest(f"{name} is {shown(given)}, expected an http or https URL")
    try:
        target_of(given)  # as the sender takes it apart: later there is nobody to tell that it has no such port
    except ValueError as error:
        raise BadRequest(f"{name} is {shown(given)}, which can not be asked: {error}") from error
    return given


def texts(name: str, value: object) -> tuple[str, ...]:
    """A JSON array of texts, empty when it is not given."""
    if value is None or value == "":
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise BadRequest(f"{name} is {shown(value)}, expected an array of strings")
    return tuple(value)


def comma_list(name: str, value: object) -> tuple[str, ...]:
    """Some words: an array, a field that is repeated, or one text with commas."""
    if isinstance(value, list):
        return texts(name, value)
    given = text(name, value)
    return () if given is None else tuple(part for each in given.split(",") if (part := each.strip()))
