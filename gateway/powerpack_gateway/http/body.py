"""Parameters of a request: read from the query and the JSON body, patient with spelling, strict about meaning.

The SDKs differ in how they say the same (plivo_api.md 1.2): no parameters is an empty body, ``""``, ``null`` or
``{}``; a DELETE has them in the body, the documentation in the query; booleans are JSON's, or words. So every method
reads both places, the body wins, and keys that nobody asks for are left alone. JSON's null and an empty text mean
"not given".

Every refusal names the field, what was found and what was expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import choice, comma_list, flag, http_url, integer, required, shown, text

QUERY_FIELDS_MAX = 100
"""The longest list of filters that Plivo documents has 20; five times that is not a query any more."""

INVALID_JSON = "invalid json data sent in raw POST"
"""Plivo's own words for a body that is not JSON (plivo_api.md 1.5)."""

_decode_json = msgspec.json.Decoder().decode

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What one request says, by field; the methods are the functions below with the field's value filled in."""

    values: Mapping[str, object]
    declared: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """What is not declared is not looked at: a slip would be a parameter that no document knows."""
        if self.declared is not None:
            object.__setattr__(self, "values", {k: v for k, v in self.values.items() if _bare(k) in self.declared})

    def text(self, name: str) -> str | None:
        """See ``text``."""
        return text(name, self.values.get(name))

    def required(self, name: str) -> str:
        """A text that has to be there."""
        return required(name, self.values.get(name))

    def flag(self, name: str, *, default: bool) -> bool:
        """See ``flag``."""
        return flag(name, self.values.get(name), default=default)

    def integer(self, name: str, *, low: int, high: int, default: int) -> int:
        """See ``integer``."""
        return integer(name, self.values.get(name), low=low, high=high, default=default)

    def choice(self, name: str, meanings: Mapping[str, T]) -> T | None:
        """See ``choice``."""
        return choice(name, self.values.get(name), meanings)

    def url(self, name: str) -> str | None:
        """See ``http_url``."""
        return http_url(name, self.values.get(name))

    def comma_list(self, name: str) -> tuple[str, ...]:
        """See ``comma_list``."""
        return comma_list(name, self.values.get(name))


def parameters(query: bytes, body: bytes, declared: frozenset[str] | None = None) -> Parameters:
    """Everything that a request says; what the body says goes before what the query says. Only what is ``declared``
    counts, where that is known."""
    if not query:
        return Parameters(json_object(body), declared)
    return Parameters({**query_fields(query), **json_object(body)}, declared)


def _bare(name: str) -> str:
    """Node's SDK writes ``sample_3`` for ``sample3`` (plivo_api.md 1.2, point 7)."""
    return f"sample{name[-1]}" if name.startswith("sample_") else name


def json_object(body: bytes) -> dict[str, object]:
    """The object in a body, or nothing for the four ways to say nothing."""
    if not body or body.isspace():
        return {}
    try:
        value: object = _decode_json(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"{INVALID_JSON}: {error}") from error
    if isinstance(value, dict):
        return value
    if value is None or value == "":
        return {}
    raise BadRequest(f"{INVALID_JSON}: the body is {shown(value)}, expected an object")


def query_fields(query: bytes) -> dict[str, object]:
    """The fields of a query string; a repeated one is a list.

    Node's SDK writes ``?&?search=hack``, so a question mark before a key is no part of it.
    """
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX)
    except ValueError as error:
        raise BadRequest(f"the query has more than {QUERY_FIELDS_MAX} fields") from error
    fields: dict[str, object] = {}
    for key, value in pairs:
        name = key.lstrip("?")
        had = fields.get(name)
        if had is None:
            fields[name] = value
        elif isinstance(had, list):
            had.append(value)
        else:
            fields[name] = [had, value]
    return fields
