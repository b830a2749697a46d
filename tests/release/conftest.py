"""The wheel, built once for the tests of this folder, and an environment in which only it is installed."""

import sys
import sysconfig
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


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    done = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, REPOSITORY, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel."""
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; what it depends on comes from the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("environment")
    python = folder / "bin" / "python"
    done = run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    assert done.returncode == 0, done.stderr
    (packages,) = folder.glob("lib/python*/site-packages")
    ours = f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n"  # two folders on some systems
    (packages / "dependencies.pth").write_text(ours, encoding="utf-8")
    install(python, wheel)
    return python


def install(python: Path, *what: Path) -> None:
    """Install projects or wheels without what they depend on."""
    # Isolated builds would fetch hatchling; it is one of our own tools.
    options = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    done = run(sys.executable, "-m", "pip", "--python", python, "install", *options, *what, cwd=python.parent)
    assert done.returncode == 0, done.stdout + done.stderr
