"""The wheel, built once for the tests of this folder, and an environment in which it and its users are installed."""

import fcntl
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.sandbox_support import REPOSITORY
from release.apart import run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These build and install, on machines that do other things too."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))


def once(name: str, make: Callable[[Path], None], factory: pytest.TempPathFactory) -> Path:
    """A folder that the first worker of the session to come makes, while the others wait for it."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed in the middle
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel that was built from it."""

    def build(folder: Path) -> None:
        done = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, REPOSITORY, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr

    return once("dist", build, tmp_path_factory)


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel."""
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what is in ``examples/``; what they depend on comes from the environment that
    runs the tests."""

    def make(folder: Path) -> None:
        done = run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
        assert done.returncode == 0, done.stderr
        (packages,) = folder.glob("lib/python*/site-packages")
        ours = f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n"  # two folders on some systems
        (packages / "dependencies.pth").write_text(ours, encoding="utf-8")
        sources = folder / "sources"
        shutil.copytree(REPOSITORY / "examples", sources, ignore=shutil.ignore_patterns("__pycache__"))
        install(folder / "bin" / "python", wheel, *(each.parent for each in sources.glob("*/pyproject.toml")))

    return once("environment", make, tmp_path_factory) / "bin" / "python"


def install(python: Path, *what: Path) -> None:
    """Install projects or wheels without what they depend on."""
    # Isolated builds would fetch hatchling; it is one of our own tools.
    options = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    done = run(sys.executable, "-m", "pip", "--python", python, "install", *options, *what, cwd=python.parent)
    assert done.returncode == 0, done.stdout + done.stderr
