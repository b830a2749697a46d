"""What is released holds what users need and nothing else, and works where only the wheel is."""

import re
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from lab.sandbox_support import REPOSITORY
from release.apart import PYTEST, run

PACKAGES = ("gateway/powerpack_gateway", "fake_carriers/powerpack_carriers", "fixtures/powerpack_lab")

SHIPPED = {".svg", ".py", ".typed", ".toml", ".yaml", ".json", ".html", ".css", ".js"}
"""Kinds of files that a package may hold."""


# Contents


def files_of_packages() -> set[str]:
    """The files of the packages as they are imported."""
    found = set()
    for package in map(REPOSITORY.joinpath, PACKAGES):
        files = [each for each in package.rglob("*") if each.is_file() and "__pycache__" not in each.parts]
        found |= {each.relative_to(package.parent).as_posix() for each in files}
    return found


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    own = {each.split("/", 1)[1] for each in names if ".dist-info/" in each}

    assert {each for each in names if ".dist-info/" not in each} == files_of_packages()
    assert own == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert {Path(each).suffix for each in files_of_packages()} <= SHIPPED


@pytest.mark.parametrize("package", ["powerpack_gateway", "powerpack_carriers", "powerpack_lab"])
def test_every_package_says_that_it_is_typed(wheel: Path, package: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert f"{package}/py.typed" in archive.namelist()


def test_the_carriers_profiles_are_on_board(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    for name in ("att", "tmobile", "verizon", "rogers", "bell", "generic"):
        assert f"powerpack_carriers/profiles/{name}.toml" in names


def test_the_command_and_the_plugin_are_registered(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith("entry_points.txt")]
        text = archive.read(name).decode()

    assert "[console_scripts]\npowerpack-lab = powerpack_lab.cli:main\n" in text
    assert "[pytest11]\npowerpack_lab = powerpack_lab.plugin\n" in text


def test_the_metadata_say_what_it_is_and_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith("METADATA")]
        metadata = message_from_string(archive.read(name).decode())

    assert metadata["Name"] == "powerpack-lab"
    assert metadata["License-Expression"] == "MIT"
    # PEP 639: beside an expression a classifier says the same twice, and build tools refuse it.
    assert not [each for each in metadata.get_all("Classifier") or [] if each.startswith("License ::")]
    assert metadata["Requires-Python"] == ">=3.11"
    assert "all" in (metadata.get_all("Provides-Extra") or [])
    assert "# powerpack-lab" in str(metadata.get_payload())


def test_the_source_distribution_can_be_tested(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = [each.name.split("/", 1)[1] for each in archive.getmembers() if each.isfile()]
    folders = {each.split("/")[0] for each in names}

    assert {
        "gateway",
        "fake_carriers",
        "fixtures",
        "tests",
        "examples",
        "docs",
        "conftest.py",
        "pyproject.toml",
    } <= folders
    assert {"README.md", "LICENSE", "PKG-INFO"} <= folders
    assert not [each for each in names if "__pycache__" in each or each.endswith((".db", ".jsonl"))]


# In a project of its own


def readme_test() -> str:
    """The ten lines of the README."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return str(code)


def test_the_command_works_where_only_the_wheel_is(python: Path, tmp_path: Path) -> None:
    version = run(python.parent / "powerpack-lab", "--version", cwd=tmp_path)
    demo = run(python.parent / "powerpack-lab", "demo", cwd=tmp_path)
    module = run(python, "-c", "import powerpack_lab; print(powerpack_lab.__file__)", cwd=tmp_path)

    assert version.stdout.startswith("powerpack-lab, version 0.1")
    assert (demo.returncode, demo.stderr) == (0, "")
    assert Path(module.stdout).is_relative_to(python.parents[1])


def test_the_ten_lines_of_the_readme_pass(python: Path, tmp_path: Path) -> None:
    (tmp_path / "test_login.py").write_text(readme_test(), encoding="utf-8")

    done = run(python, *PYTEST, "test_login.py", cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_ten_lines_fail_with_the_journal_and_the_command_that_repeats_them(python: Path, tmp_path: Path) -> None:
    wrong = readme_test().replace('phone.expect("code is 4711")', 'phone.expect("code is 4712")')
    (tmp_path / "test_login.py").write_text(wrong, encoding="utf-8")

    done = run(python, *PYTEST, "test_login.py", cwd=tmp_path)
    ((nodeid, seed),) = set(re.findall(r"^pytest '?([^\s']+)'? --powerpack-seed=(\d+)", done.stdout, re.MULTILINE))
    again = run(python, *PYTEST, nodeid, f"--powerpack-seed={seed}", cwd=tmp_path)

    assert done.returncode == 1, done.stdout
    assert "1 failed" in done.stdout
    assert "no message with 'code is 4712' came to +14155550123" in done.stdout
    assert "Your code is 4711" in done.stdout
    assert "powerpack-lab journal" in done.stdout
    assert "accepted, in 1 part" in done.stdout
    assert again.returncode == 1
    assert f"--powerpack-seed={seed}" in again.stdout
    assert "powerpack_lab/lab.py:" not in done.stdout  # the user's own line is the last one shown
