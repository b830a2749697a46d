"""What `from powerpack_lab import ...` gives, and what it costs those who ask for nothing."""

import subprocess
import sys

import pytest

import powerpack_lab
from lab.sandbox_support import environment


def test_every_public_name_is_there() -> None:
    found = {name: getattr(powerpack_lab, name) for name in powerpack_lab.__all__}

    assert {name: each.__name__ for name, each in found.items()} == {name: name for name in powerpack_lab.__all__}
    assert all(each.__doc__ for each in found.values())
    assert set(powerpack_lab.__all__) <= set(dir(powerpack_lab))


def test_no_name_comes_from_anywhere_that_is_not_public() -> None:
    with pytest.raises(AttributeError, match="module 'powerpack_lab' has no attribute 'Labb'"):
        _ = powerpack_lab.Labb  # type: ignore[attr-defined] # a checker says so too


def test_the_package_alone_imports_nothing_of_ours() -> None:
    code = "import sys, powerpack_lab; print([n for n in sys.modules if n.startswith('powerpack')])"
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True, timeout=200
    )

    assert told.stdout.strip() == "['powerpack_lab']"
