"""docs/profiles.md: its profile is sound and has every key."""

import re
from dataclasses import is_dataclass
from pathlib import Path
from types import UnionType
from typing import get_args, get_type_hints

import pytest

from powerpack_carriers import profile_names
from powerpack_carriers.profile import Profile, parse_profile
from powerpack_carriers.receipt_quirks import ReceiptQuirks

DOCS = Path(__file__).parents[2] / "docs"
PROFILES = (DOCS / "profiles.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", PROFILES, re.DOTALL)


def _keys(kind: type) -> set[str]:
    """Every key that a profile may have; the quirks have a page of their own."""
    assert is_dataclass(kind)
    found: set[str] = set()
    for name, hint in get_type_hints(kind).items():
        found.add(name)
        for each in get_args(hint) if isinstance(hint, UnionType) or get_args(hint) else (hint,):
            if is_dataclass(each) and each is not ReceiptQuirks:
                assert isinstance(each, type)
                found |= _keys(each)
    return found


def test_the_profile_on_the_page_is_sound() -> None:
    profile = parse_profile(EXAMPLE, origin="profiles.md")

    assert (profile.name, len(profile.limits), len(profile.outcomes)) == ("acme", 2, 1)


@pytest.mark.parametrize("key", sorted(_keys(Profile)))
def test_every_key_is_in_the_profile_on_the_page(key: str) -> None:
    assert re.search(rf"\b{key}\b", EXAMPLE)


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_is_named(name: str) -> None:
    assert f"`{name}`" in PROFILES


def test_the_examples_in_python_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme.toml").write_text(EXAMPLE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    for code in re.findall(r"```python\n(.*?)```", PROFILES, re.DOTALL):
        exec(code, {})
