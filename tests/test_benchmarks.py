"""The benchmarks can be run the way their page says."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))

LOAD = """
import runpy, sys
sys.path[0] = "benchmarks"  # as for a script
for name in sys.argv[1:]:
    runpy.run_path(name, run_name="loaded")
"""


def test_each_finds_all_it_needs_with_the_command_of_the_page() -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    command = "PYTHONPATH=gateway:fake_carriers:fixtures"
    assert f"`{command} python benchmarks/NAME.py`" in page
    ran = subprocess.run(
        [sys.executable, "-c", LOAD, *map(str, BENCHMARKS)],
        env={**os.environ, "PYTHONPATH": command.partition("=")[2]},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr


def test_each_is_on_the_page() -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")

    assert [each.name for each in BENCHMARKS if f"| `{each.name}` |" not in page] == [
        "instructions.py",
        "roles.py",
        "soak_receiver.py",
        "stub_smsc.py",
        "toll_free_pool.py",
    ]
