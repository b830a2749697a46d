"""Runs programs as somebody would who has never seen this checkout."""

import os
import subprocess
from pathlib import Path

DEADLINE_S = 240.0

PYTEST = ("-m", "pytest", "-p", "no:cacheprovider", "-p", "no:schemathesis")
"""A user's pytest: without a plugin of our own environment that takes longer to import than the lab."""


def run(*command: str | Path, cwd: Path, first_on_path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program in an environment that knows nothing of this checkout.

    ``first_on_path``: a folder whose programs go before all others, as those of an activated environment.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV_"))}
    if first_on_path is not None:
        clean["PATH"] = f"{first_on_path}{os.pathsep}{clean['PATH']}"
    return subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env=clean,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
