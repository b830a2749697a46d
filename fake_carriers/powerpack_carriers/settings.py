"""Plain data from TOML or JSON into frozen dataclasses, strictly: no unknown key, no wrong type, no missing value.

Understood are str, int, float, bool, date, ``X | None``, tuples, nested dataclasses and enums (by their value). A field
whose plain form differs says so itself: ``field(metadata={READ: function})``, which raises ValueError.
Bounds are the dataclass's own business: a ValueError of its ``__post_init__`` is reported under its key.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum
from types import NoneType, UnionType
from typing import Final, TypeVar, Union, get_args, get_origin, get_type_hints

from powerpack_carriers.nearest import meant
from powerpack_carriers.smpp.constants import CommandStatus

READ: Final = "read"
"""The metadata key of a field's own reader."""

PLAIN: Final = "plain"
"""The metadata key of what undoes it, where the plain form is not the value's own."""

T = TypeVar("T")


class SettingError(ValueError):
    """One value is wrong: ``key`` is its dotted path, ``problem`` what was found and what was expected."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}" if key else problem)
        self.key = key
        self.problem = problem


def read_settings(kind: type[T], data: Mapping[str, object], key: str = "") -> T:
    """A ``kind``, which is a dataclass, from its plain form; raises SettingError at the first thing that is wrong."""
    assert is_dataclass(kind), f"{kind} is no dataclass"
    hints = get_type_hints(kind)
    known = {field.name: field for field in fields(kind) if field.init}
    for name in data:
        if name not in known:
            raise SettingError(_join(key, name), f"unknown; expected one of {', '.join(known)}{meant(name, known)}")
    values: dict[str, object] = {}
    for name, field in known.items():
        where = _join(key, name)
        if name not in data:
            if field.default is MISSING and field.default_factory is MISSING:
                raise SettingError(where, "missing")
            continue
        reader: Callable[[object], object] | None = field.metadata.get(READ)
        values[name] = _own(reader, data[name], where) if reader else _read(hints[name], data[name], where)
    try:
        return kind(**values)
    except ValueError as error:
        raise _of_field(key, str(error), known) from error


def plain_settings(settings: object) -> dict[str, object]:
    """What ``read_settings`` makes the same dataclass from, without what is as it is by default."""
    assert is_dataclass(settings), f"{settings!r} is no dataclass"
    plain: dict[str, object] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value != field.default:
            writer: Callable[[object], object] = field.metadata.get(PLAIN, plain_value)
            plain[field.name] = writer(value)
    return plain


def plain_value(value: object) -> object:
    """One value as TOML or JSON has it."""
    if isinstance(value, Enum):
        return value.name if isinstance(value.value, int) else value.value
    if isinstance(value, tuple):
        return [plain_value(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return plain_settings(value) if is_dataclass(value) else value


def read_status(value: object) -> int:
    """A command_status: the specification's name, or a number for a vendor's own (T-Mobile's 9802)."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0xFFFFFFFF:
        return value
    if isinstance(value, str) and value in CommandStatus.__members__:
        return CommandStatus[value]
    raise ValueError(f"found {value!r}, expected a name such as 'ESME_RTHROTTLED' or a number of four octets")


def between(name: str, value: float, low: float, high: float) -> None:
    """Raise ValueError unless ``low <= value <= high``; for ``__post_init__``."""
    if not low <= value <= high:
        raise ValueError(f"{name}: found {value}, expected {low:g} to {high:g}")


def receipt_error(name: str, value: str) -> None:
    """Raise ValueError unless it can be a receipt's ``err:``: carriers use up to four letters or digits."""
    if not re.fullmatch(r"[0-9A-Za-z]{1,4}", value):
        raise ValueError(f"{name}: found {value!r}, expected one to four letters or digits")


def _read(hint: object, value: object, key: str) -> object:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _read_optional(get_args(hint), value, key)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise _wrong(key, value, "a list")
        (item, _) = get_args(hint)
        return tuple(_read(item, entry, f"{key}[{index}]") for index, entry in enumerate(value))
    assert isinstance(hint, type), f"{key}: no way to read {hint}"
    if is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise _wrong(key, value, "a table")
        return read_settings(hint, value, key)
    if issubclass(hint, Enum):
        return _read_enum(hint, value, key)
    return _read_plain(hint, value, key)


def _read_optional(choices: tuple[object, ...], value: object, key: str) -> object:
    if value is None and NoneType in choices:
        return None
    (hint,) = [choice for choice in choices if choice is not NoneType]
    return _read(hint, value, key)


def _read_enum(hint: type[Enum], value: object, key: str) -> Enum:
    for member in hint:
        # By name where the values are the protocol's numbers, else by value.
        if value == (member.name if isinstance(member.value, int) else member.value):
            return member
    known = [str(member.name if isinstance(member.value, int) else member.value) for member in hint]
    words = ", ".join(map(repr, known))
    raise SettingError(key, f"found {value!r}, expected one of {words}{meant(value, known)}")


def _read_plain(hint: type, value: object, key: str) -> object:
    # A bool is an int to Python, and an integer is a fine float to people.
    accepted: tuple[type, ...] = (int, float) if hint is float else (hint,)
    if (isinstance(value, bool) and hint is not bool) or not isinstance(value, accepted):
        raise _wrong(key, value, _WORDS[hint])
    if hint is not float or not isinstance(value, int):
        return value
    try:
        return float(value)
    except OverflowError as error:
        raise SettingError(key, "found a whole number beyond all that a float can be") from error


def _of_field(key: str, problem: str, known: Iterable[str]) -> SettingError:
    """What a dataclass says of its own values, which begins with the field if it is about one."""
    name, colon, rest = problem.partition(": ")
    return SettingError(_join(key, name), rest) if colon and name in known else SettingError(key, problem)


def _own(reader: Callable[[object], object], value: object, key: str) -> object:
    try:
        return reader(value)
    except ValueError as error:
        raise SettingError(key, str(error)) from error


def _wrong(key: str, value: object, expected: str) -> SettingError:
    return SettingError(key, f"found {value!r}, expected {expected}")


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


_WORDS: Final[dict[type, str]] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a date such as 2026-11-22",
}
