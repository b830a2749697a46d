"""Runs programs as somebody would who has never seen this checkout."""

import os
import subprocess
from pathlib import Path

DEADLINE_S = 120.0


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in an environment that knows nothing of this checkout."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV_"))}
    return subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env=clean,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
