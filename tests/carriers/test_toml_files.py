"""Settings from TOML files: where a mistake is."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from powerpack_carriers.errors import ProfileError
from powerpack_carriers.toml_files import FILE_OCTETS_MAX, line_of, read_settings_file

TEXT = """\
name = "x"
# name = "y"

[receipt]
delay = 1
"quoted" = 2
[receipt.quirks]
lost = true

[[limits]]
per = "bind"
excess = { status = 1 }
[[outcomes]]
share = 1
[[limits]]
per = "number"
[limits.excess]
status = 2
[[accounts.binds]]
kind = "a"
[[accounts.binds]]
kind = "b"
"""


@dataclass(frozen=True)
class One:
    """A whole file."""

    name: str


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("name", 1),
        ("receipt", 4),
        ("receipt.delay", 5),
        ("receipt.quoted", 6),
        ("receipt.quirks.lost", 8),
        ("receipt.missing", 4),
        ("receipt.quirks.fields[3]", 7),
        ("limits[0]", 10),
        ("limits[0].excess.status", 12),
        ("limits[0].missing", 10),
        ("outcomes[0].share", 14),
        ("outcomes", 13),
        ("limits[1].per", 16),
        ("limits[1].excess.status", 18),
        ("accounts.binds[1].kind", 22),
        ("nowhere", 0),
    ],
)
def test_a_key_has_a_line(key: str, line: int) -> None:
    assert line_of(TEXT, key) == line


@pytest.mark.parametrize(
    ("octets", "problem"),
    [
        (b'name = "x', "x.toml: "),
        (b"name = 1", "x.toml, line 1, key 'name': found 1, expected a string"),
        (b"name = '\xff'", "x.toml: can not be read ('utf-8' codec can't decode byte"),
        (b"#" * (FILE_OCTETS_MAX + 1), "x.toml: longer than 1000000 octets, which is the limit"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, octets: bytes, problem: str) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(octets)

    with pytest.raises(ProfileError) as caught:
        read_settings_file(One, file)

    assert str(caught.value).startswith(f"{tmp_path}/{problem}")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"x\.toml: can not be read \(No such file or directory\)"):
        read_settings_file(One, tmp_path / "x.toml")
