"""Runs a user's test file with the plugin, in this process or in one of its own."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import httpx
import plivo
import pytest

import powerpack_lab.smpp_client
import powerpack_lab.worlds

IMPORTED_ONCE = (httpx, plivo, powerpack_lab.smpp_client, powerpack_lab.worlds)
"""Pytester forgets what a run in this process has imported; what was there before stays, and costs once."""

ROOT = Path(__file__).parents[1]
SOURCES = tuple(str(ROOT / name) for name in ("gateway", "fake_carriers", "fixtures"))

PLUGIN = ("-p", "powerpack_lab.plugin")


def run_tests(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    """Run one file of tests with the plugin."""
    pytester.makepyfile(dedent(text))
    return run_inside(pytester, *options)


def run_inside(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run pytest in this process with our plugin and no other, whether it is installed here or only on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *PLUGIN, *options)


def run_apart(
    folder: Path, *options: str, plugin: bool = True, within_s: float = 200
) -> "subprocess.CompletedProcess[str]":
    """Run the tests of a folder in another process, as its users do."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(SOURCES), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *(PLUGIN if plugin else ()), *options]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=within_s, check=False
    )
