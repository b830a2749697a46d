"""A thousand tests on four workers: no port is taken twice, and nothing is left open when they have ended."""

import json
from pathlib import Path

import pytest

from plugin_support import run_apart

WORKERS = 4

CONFTEST = """
import asyncio, gc, json, os, threading


def open_files():
    for each in os.listdir("/proc/self/fd"):
        try:
            yield os.readlink(f"/proc/self/fd/{each}")
        except FileNotFoundError:  # the listing's own
            continue


def pytest_sessionfinish():
    gc.collect()
    left = {
        "threads": [each.name for each in threading.enumerate()],
        "open": [each for each in open_files() if each.startswith(("socket:", "anon_inode:")) or "powerpack" in each],
        "tasks": [repr(each) for each in gc.get_objects() if issubclass(type(each), asyncio.Task) and not each.done()],
        "loops": [repr(each) for each in gc.get_objects() if issubclass(type(each), asyncio.AbstractEventLoop)
                  and not each.is_closed()],
    }
    with open(f"left-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.json", "w") as file:
        json.dump(left, file)
"""

TESTS = """
import pytest

from powerpack_lab.client import Client


@pytest.mark.parametrize("n", range(200))
def test_a_message(powerpack_lab, n):
    lab = powerpack_lab
    body = {"powerpack_uuid": lab.powerpack_uuid, "dst": "+14155550123", "text": f"Hello {n}"}
    assert Client(lab.api_url, lab.auth_id, lab.auth_token).post("Message/", body).status == 202
    lab.handset("+14155550123").expect(f"Hello {n}")


@pytest.mark.parametrize("n", range(400))
def test_a_client_of_its_own(fake_carrier, smpp_client, n):
    smpp_client.send("+14155550123", f"Hello {n}")
    fake_carrier.handset("+14155550123").expect(f"Hello {n}")


@pytest.mark.powerpack(clock="virtual")
@pytest.mark.parametrize("n", range(400))
def test_ten_minutes(powerpack_lab, n):
    powerpack_lab.advance(minutes=10)
    assert powerpack_lab.handset("+14155550123").texts == []
"""


def test_a_world_is_gone_when_its_test_has_ended(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        """
import gc, weakref
import pytest

seen = []

@pytest.mark.parametrize("n", range(2))
def test_it_fails(powerpack_lab, fake_carriers, n):
    seen.extend([weakref.ref(powerpack_lab), weakref.ref(fake_carriers)])
    assert n == 2

def test_nothing_holds_them():
    gc.collect()
    assert [each() for each in seen[:2]] == [None, None]  # sys.last_value holds the frames of the last that failed
"""
    )

    result = run_apart(tmp_path)

    assert "1 passed" in result.stdout, result.stdout
    assert "2 failed" in result.stdout


@pytest.mark.timeout(400)  # a minute on two quiet cores
def test_a_thousand_tests_on_four_workers_leave_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "test_many.py").write_text(TESTS, encoding="utf-8")

    result = run_apart(tmp_path, "-q", "-p", "xdist", "-n", str(WORKERS), "-W", "error", within_s=390)
    left = {each.stem: json.loads(each.read_text()) for each in tmp_path.glob("left-gw*.json")}

    assert result.returncode == 0, result.stdout[-10_000:]
    assert "1000 passed" in result.stdout
    assert left == {
        f"left-gw{n}": {"threads": ["MainThread"], "open": [], "tasks": [], "loops": []} for n in range(WORKERS)
    }
