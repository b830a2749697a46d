"""What does our pytest plugin cost, beside pytest-httpserver, respx and moto?

    pip install pytest-httpserver respx 'moto[sns]'
    python benchmarks/plugin.py

Installed and unused: instructions of a pytest run of one empty test under valgrind, with the plugin and without any.
In use: CPU seconds (user and system, children too) of runs of 1 and of 101 tests, so that the start cancels out;
each test does one whole thing with the fixture. Packages that are not there are left out, and said to be.
"""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROUNDS = 3
TESTS = 100

PYCACHE = tempfile.mkdtemp(prefix="plugin-benchmark-")

EMPTY = "def test_it(): pass\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One plugin: the module that pytest loads, and a test that uses its fixture."""

    name: str
    needs: str
    plugin: str
    test: str


SUBJECTS = (
    Subject(
        name="powerpack-lab, steered: POST to phone",
        needs="powerpack_lab",
        plugin="powerpack_lab.plugin",
        test="""
import httpx
def test_it(powerpack_lab, n):
    lab = powerpack_lab
    body = {"powerpack_uuid": lab.powerpack_uuid, "dst": "+14155550123", "text": "Hello"}
    with httpx.Client(auth=(lab.auth_id, lab.auth_token), verify=False) as client:
        assert client.post(f"{lab.api_url}/{lab.auth_id}/Message/", json=body).status_code == 202
    lab.handset("+14155550123").expect("Hello")
""",
    ),
    Subject(
        name="powerpack-lab, steered: a fresh world",
        needs="powerpack_lab",
        plugin="powerpack_lab.plugin",
        test="def test_it(powerpack_lab, n): assert powerpack_lab.handset('+14155550123').texts == []\n",
    ),
    Subject(
        name="powerpack-lab, virtual: a fresh world",
        needs="powerpack_lab",
        plugin="powerpack_lab.plugin",
        test="""
import pytest
@pytest.mark.powerpack(clock="virtual")
def test_it(powerpack_lab, n): assert powerpack_lab.handset('+14155550123').texts == []
""",
    ),
    Subject(
        name="powerpack-lab, one carrier: bind, submit, phone",
        needs="powerpack_lab",
        plugin="powerpack_lab.plugin",
        test="""
def test_it(fake_carrier, smpp_client, n):
    smpp_client.send("+14155550123", "Hello")
    fake_carrier.handset("+14155550123").expect("Hello")
""",
    ),
    Subject(
        name="pytest-httpserver: one request",
        needs="pytest_httpserver",
        plugin="pytest_httpserver.pytest_plugin",
        test="""
import httpx
def test_it(httpserver, n):
    httpserver.expect_request("/").respond_with_data("hello")
    with httpx.Client(verify=False) as client:
        assert client.get(httpserver.url_for("/")).text == "hello"
""",
    ),
    Subject(
        name="respx: one request (no socket)",
        needs="respx",
        plugin="respx.plugin",
        test="""
import httpx
def test_it(respx_mock, n):
    respx_mock.get("http://lab.test/").respond(text="hello")
    with httpx.Client(verify=False) as client:
        assert client.get("http://lab.test/").text == "hello"
""",
    ),
    Subject(
        name="moto: SNS publish (no socket)",
        needs="moto",
        plugin="",
        test="""
import boto3, moto
def test_it(n):
    with moto.mock_aws():
        sns = boto3.client("sns", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        assert sns.publish(PhoneNumber="+14155550123", Message="Hello")["MessageId"]
""",
    ),
)


def pytest_command(plugin: str, *options: str) -> list[str]:
    """A run of pytest with one plugin, or none."""
    wanted = ("-p", plugin) if plugin else ()
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *wanted, *options]


def environment() -> dict[str, str]:
    """Ours from this checkout, the other plugins only by name, compiled once as on any other machine."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    sources = os.pathsep.join(str(ROOT / each) for each in ("gateway", "fake_carriers", "fixtures"))
    return {**kept, "PYTHONPATH": sources, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPYCACHEPREFIX": PYCACHE}


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done


def instructions(plugin: str, folder: Path) -> float:
    """Millions of instructions of a run of one empty test."""
    counter = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    told = run([*counter, *pytest_command(plugin)], folder).stderr
    found = re.search(r"I\s+refs:\s+([\d,]+)", told)
    if found is None:
        raise SystemExit(f"valgrind said nothing of instructions:\n{told}")
    return int(found[1].replace(",", "")) / 1e6


def cpu_s(subject: Subject, tests: int, folder: Path) -> float:
    """CPU seconds of a run of so many tests."""
    (folder / "conftest.py").write_text(
        f"def pytest_generate_tests(metafunc): metafunc.parametrize('n', range({tests}))\n", encoding="utf-8"
    )
    (folder / "test_it.py").write_text(subject.test, encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(pytest_command(subject.plugin), folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def unused(folder: Path) -> Iterator[str]:
    """The rows of the first table."""
    (folder / "test_it.py").write_text(EMPTY, encoding="utf-8")
    run(pytest_command(""), folder)  # compiles
    bare = instructions("", folder)
    yield f"| none | {bare:,.0f} | |"
    seen = set()
    for subject in SUBJECTS:
        if subject.plugin and subject.plugin not in seen and find_spec(subject.needs):
            seen.add(subject.plugin)
            run(pytest_command(subject.plugin), folder)
            more = instructions(subject.plugin, folder) - bare
            yield f"| {subject.name.split(':')[0].split(',')[0]} | +{more:,.0f} | +{more / bare:.1%} |"


def used(folder: Path) -> Iterator[str]:
    """The rows of the second table."""
    for subject in SUBJECTS:
        if find_spec(subject.needs) is None:
            yield f"| {subject.name} | not installed | |"
            continue
        cpu_s(subject, 1, folder)  # compiles
        first = statistics.median(cpu_s(subject, 1, folder) for _ in range(ROUNDS))
        many = statistics.median(cpu_s(subject, TESTS + 1, folder) for _ in range(ROUNDS))
        yield f"| {subject.name} | {first:.2f} | {(many - first) / TESTS * 1e3:.1f} |"


def main() -> None:
    """Print both tables."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()  # it has no options, and takes four minutes
    try:
        report()
    finally:
        shutil.rmtree(PYCACHE)


def report() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if shutil.which("valgrind"):
            print("| plugin, unused | million instructions | |\n|---|---|---|")
            for row in unused(folder):
                print(row, flush=True)
        else:
            print("no valgrind here: apt-get install valgrind for the cost when unused")
        print("\n| in use | run of one test, CPU s | each further test, CPU ms |\n|---|---|---|")
        for row in used(folder):
            print(row, flush=True)


if __name__ == "__main__":
    main()
