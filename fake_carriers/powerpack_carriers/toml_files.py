"""Settings from a TOML file; what is wrong is named with file, line and key."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

from powerpack_carriers.errors import ProfileError
from powerpack_carriers.settings import SettingError, read_settings

T = TypeVar("T")

FILE_OCTETS_MAX: Final = 1_000_000
"""Settings are written by a person; a larger file is the wrong file."""

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_ASSIGNMENT: Final = re.compile(r"""\s*([\w.-]+|"[^"]*"|'[^']*')\s*=""")


def read_settings_file(kind: type[T], path: Path) -> T:
    """A ``kind``, which is a dataclass, from a TOML file; raises ProfileError."""
    return parse_settings(kind, read_text(path), origin=str(path))


def read_text(path: Path) -> str:
    """What is in a file; raises ProfileError where it can not be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_OCTETS_MAX + 1)
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ProfileError(f"can not be read ({why})", origin=str(path)) from error
    if len(raw) > FILE_OCTETS_MAX:
        raise ProfileError(f"longer than {FILE_OCTETS_MAX} octets, which is the limit", origin=str(path))
    return text


def parse_settings(kind: type[T], text: str, *, origin: str) -> T:
    """A ``kind`` from TOML; raises ProfileError with ``origin``, which names the file, the line and the key."""
    try:
        return read_settings(kind, tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(str(error), origin=origin) from error
    except SettingError as error:
        raise ProfileError(error.problem, origin=origin, key=error.key, line=line_of(text, error.key)) from error


def line_of(text: str, key: str) -> int:
    """The line of a TOML text that sets ``key``, or what comes nearest above it; 0 where nothing does.

    ``limits[1].excess.status`` is set by ``excess = ...`` below the second ``[[limits]]``; of a key that is missing the
    line is that of its table.
    """
    found, found_path = 0, ""
    for number, path in _paths(text):
        if not found and path.startswith((f"{key}.", f"{key}[")):
            found = number  # the first entry, where the mistake is that of all entries together
        is_on_the_way = key == path or (key.startswith(path) and key[len(path)] in ".[")
        if is_on_the_way and len(path) > len(found_path):
            found, found_path = number, path
    return found


def _paths(text: str) -> Iterator[tuple[int, str]]:
    """The lines that open a table or set a key, each with its full key: ``accounts[0].password``."""
    table = ""
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _table(header[2], counts, is_entry=header[1] == "[[")
            yield number, table
        elif assignment := _ASSIGNMENT.match(line):
            name = assignment[1].strip("\"'")
            yield number, f"{table}.{name}" if table else name


def _table(name: str, counts: dict[str, int], *, is_entry: bool) -> str:
    """The full key of a table: of an array of tables, that entry of it which is open."""
    path = ""
    parts = [part.strip().strip("\"'") for part in name.split(".")]
    for place, part in enumerate(parts):
        path = f"{path}.{part}" if path else part
        if is_entry and place == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path
