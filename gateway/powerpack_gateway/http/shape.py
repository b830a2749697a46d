"""Parameters as typed values: a dataclass says what a request may hold, and gets it, or the request is refused.

The SDKs' habits are forgiven as ``body.py`` forgives them (plivo_api.md 1.2): null and an empty text are "not given",
words stand for booleans, digits for integers, a text with commas for a list, letters have no case where a word is one
of some. Keys that no field has are left alone. Limits are the field's own ``msgspec.Meta``.
"""

import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import inspect

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import shown
from powerpack_gateway.http.body import Parameters

T = TypeVar("T")

_NODE_SAMPLE = re.compile(r"sample_(\d)")
"""Node's SDK writes ``sample_3`` for ``sample3`` (plivo_api.md 1.2, point 7)."""

_PLACE = re.compile(r"(?P<why>.*?)(?: - at `\$\.?(?P<where>[^`]*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")


def read(given: Parameters, shape: type[T]) -> T:
    """What a request says, as ``shape``; raises BadRequest that names the field, what was found, what is expected."""
    fields = {_NODE_SAMPLE.sub(r"sample\1", name): value for name, value in given.values.items()}
    values = _patient(fields, _info(shape))
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(_sentence(str(error), values, shape)) from error


_known: dict[type, inspect.Type] = {}


def _info(shape: type) -> inspect.Type:
    found = _known.get(shape)
    if found is None:
        found = _known[shape] = inspect.type_info(shape)
    return found


def _patient(value: object, wanted: inspect.Type) -> object:
    """The value as ``msgspec`` takes it, where what is meant is clear."""
    match wanted:
        case inspect.UnionType():
            return _patient(value, next(each for each in wanted.types if not isinstance(each, inspect.NoneType)))
        case inspect.StrType() if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        case inspect.LiteralType() | inspect.EnumType() if isinstance(value, str):
            return {str(word).casefold(): word for word in _words(wanted)}.get(value.casefold(), value)
        case inspect.VarTupleType():
            items = value.split(",") if isinstance(value, str) else value
            return [_patient(_stripped(each), wanted.item_type) for each in items] if isinstance(items, list) else items
        case inspect.DataclassType() if isinstance(value, dict):
            known = {each.name: each.type for each in wanted.fields}
            return {
                name: _patient(each, known[name])
                for name, each in value.items()
                if name in known and each is not None and each != ""
            }
        case _:
            return value


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _words(wanted: inspect.Type) -> tuple[object, ...]:
    if isinstance(wanted, inspect.LiteralType):
        return wanted.values
    assert isinstance(wanted, inspect.EnumType), "the other type that has words"
    return tuple(each.value for each in wanted.cls)


def _sentence(error: str, values: object, shape: type) -> str:
    """msgspec's complaint in this API's words."""
    found = _PLACE.fullmatch(error)
    assert found is not None, "the pattern takes everything"
    why, where = found["why"], found["where"] or ""
    missing = _MISSING.fullmatch(why)
    if missing is not None:
        return f"{'.'.join(part for part in (where, missing[1]) if part)} parameter is missing"
    value, wanted = _at(values, _info(shape), where)
    if words := wanted and _options(wanted):
        return f"{where} is {shown(value)}, expected one of {', '.join(words)}"
    expected = why.removeprefix("Expected ").replace("`", "").split(", got")[0]
    expected = expected.replace("str", "a string", 1).replace("bool", "true or false").replace("object", "an object")
    return f"{where} is {shown(value)}, expected {expected}"


def _at(value: object, wanted: inspect.Type | None, where: str) -> tuple[object, inspect.Type | None]:
    """What stands at a place such as ``address.country`` or ``numbers[2]``, and what should."""
    for key, index in re.findall(r"(\w+)|\[(\d+)\]", where):
        if isinstance(wanted, inspect.UnionType):
            wanted = next(each for each in wanted.types if not isinstance(each, inspect.NoneType))
        if key and isinstance(value, Mapping) and isinstance(wanted, inspect.DataclassType):
            value = value.get(key)
            wanted = next((each.type for each in wanted.fields if each.name == key), None)
        elif index and isinstance(value, list) and isinstance(wanted, inspect.VarTupleType):
            value, wanted = value[int(index)], wanted.item_type
    return value, wanted


def _options(wanted: inspect.Type) -> tuple[str, ...]:
    if isinstance(wanted, inspect.UnionType):
        wanted = next(each for each in wanted.types if not isinstance(each, inspect.NoneType))
    if isinstance(wanted, inspect.LiteralType | inspect.EnumType):
        return tuple(str(each) for each in _words(wanted))
    return ()
