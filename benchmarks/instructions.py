"""Counts the instructions of a benchmark's run, which are the same every time, with valgrind's cachegrind."""

import os
import re
import shutil
import subprocess
import sys


def instructions(script: str, *options: str) -> int:
    """How many a run with these options takes, start and end included."""
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not there: on Debian, apt-get install valgrind")
    # The interpreter itself: a venv's python may be a launcher of another one.
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    found = subprocess.run(
        [*command, sys.executable, script, *options],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    counted = re.search(r"I\s+refs:\s+([\d,]+)", found.stderr)
    assert counted is not None, found.stderr
    return int(counted[1].replace(",", ""))
