"""Foreign code in Node: its pinned packages, fetched once by the test session into the folder of its script."""

import fcntl
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

INSTALL_S_MAX = 45.0
RUN_S_MAX = 45.0


def node_with(folder: Path, package: str) -> str:
    """Node's path, once ``package`` is beside the script in ``folder``; skips where there is no npm or registry."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node is not installed: apt-get install npm")
    with (folder / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of one test run share the folder
        if not (folder / "node_modules" / package).is_dir():
            try:
                command = [npm, "ci", "--no-audit", "--no-fund"]
                subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=INSTALL_S_MAX)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                pytest.skip(f"npm's {package} can not be had: {error}; once there is a registry: npm ci in {folder}")
    return node


def run_script(node: str, script: Path, given: object) -> Any:
    """Run a script that reads JSON and prints JSON as its last line; fails with what it said."""
    done = subprocess.run(
        [node, script.name],
        cwd=script.parent,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=RUN_S_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
