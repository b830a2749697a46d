"""What the plugin costs those who have it installed and do not use it, and those who do."""

import json
from pathlib import Path

from plugin_support import run_apart

HEAVY = (
    *("asyncio", "concurrent.futures", "ssl", "sqlite3", "difflib", "secrets"),
    *("starlette", "uvicorn", "httptools", "msgspec", "phonenumbers", "smpplib", "gsm0338", "click", "rich"),
    *("faker", "factory", "plivo", "requests", "httpx", "freezegun", "yaml"),
    *("powerpack_gateway", "powerpack_carriers", "powerpack_lab.lab", "powerpack_lab.journal", "powerpack_lab.worlds"),
)

LIST_MODULES = """
import json, sys
def test_it(): pass
def pytest_sessionfinish(): open("modules.json", "w").write(json.dumps(sorted(sys.modules)))
"""


def modules_after_a_run(folder: Path, *, plugin: bool) -> set[str]:
    (folder / "conftest.py").write_text(LIST_MODULES)
    (folder / "test_it.py").write_text("def test_it(): pass\n")
    result = run_apart(folder, plugin=plugin)
    assert result.returncode == 0, result.stdout
    return set(json.loads((folder / "modules.json").read_text()))


def test_a_run_that_does_not_use_it_imports_two_small_modules_of_ours(tmp_path: Path) -> None:
    bare = modules_after_a_run(tmp_path, plugin=False)

    loaded = modules_after_a_run(tmp_path, plugin=True) - bare

    own = ("plugin", "plugin_settings")
    assert sorted(loaded) == ["powerpack_lab", *(f"powerpack_lab.{name}" for name in own)]
    assert not loaded & set(HEAVY)


LATE = (
    *("powerpack_gateway.http.routes", "powerpack_gateway.http.powerpack_shape", "powerpack_carriers.control"),
    *("powerpack_carriers.faults.registry", "powerpack_lab.operator_api", "powerpack_lab.console.pages"),
    *("starlette.applications", "jinja2", "yaml", "phonenumbers"),
)


SEND = """
    lab = powerpack_lab
    where = lab.api_url.removeprefix("http://").partition("/")[0]
    token = base64.b64encode(f"{lab.auth_id}:{lab.auth_token}".encode()).decode()
    body = json.dumps({"powerpack_uuid": lab.powerpack_uuid, "dst": "+14155550123", "text": "Hello"})
    client = http.client.HTTPConnection(where)
    client.request("POST", f"/v1/Account/{lab.auth_id}/Message/", body,
                   {"Authorization": f"Basic {token}", "Content-Type": "application/json"})
    assert client.getresponse().status == 202
    client.close()
    lab.handset("+14155550123").expect("Hello")
"""


def test_a_first_message_imports_only_what_a_message_needs(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        f"""
import base64, http.client, json, sys

def test_it(powerpack_lab):
{SEND}
    assert sorted(set({LATE!r}) & set(sys.modules)) == []
"""
    )

    result = run_apart(tmp_path)

    assert result.returncode == 0, result.stdout


COUNTING = """
import dataclasses, json, re, sys
import pytest

made = {"dataclasses": 0, "patterns": 0}

def counted(what, function):
    def call(*args, **kwargs):
        callers = [sys._getframe(up).f_globals.get("__name__", "") for up in range(1, 5)]
        made[what] += any(name.startswith("powerpack_") for name in callers)
        return function(*args, **kwargs)
    return call

dataclasses._process_class = counted("dataclasses", dataclasses._process_class)
re._compiler.compile = counted("patterns", re._compiler.compile)  # what the cache of re does not hold
before = set(sys.modules)

def pytest_sessionfinish():
    new = {name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names}
    ours = sorted(name for name in new if name.startswith("powerpack_"))
    json.dump({**made, "ours": len(ours), "others": len(new) - len(ours)}, open("made.json", "w"))
"""

FIRST_USE_MAX = {"ours": 345, "others": 112, "dataclasses": 210, "patterns": 64}
"""Of a session's first test, which sends one message: modules of ours and of others, our dataclasses and patterns.

Counts, as the machine's load shows in every time. Who adds what a first message needs raises a figure, and says why.
"""


def test_first_use_makes_no_more_than_it_did(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(COUNTING)
    (tmp_path / "test_it.py").write_text(f"import base64, http.client, json\n\ndef test_it(powerpack_lab):\n{SEND}")

    result = run_apart(tmp_path)

    assert result.returncode == 0, result.stdout
    made = json.loads((tmp_path / "made.json").read_text())
    assert {what: count for what, count in made.items() if count > FIRST_USE_MAX[what]} == {}


def test_the_factories_are_imported_only_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_not_yet(powerpack_lab, fake_carrier):\n"
        "    assert not {'factory', 'faker', 'powerpack_lab.factories', 'powerpack_lab.provider'} & set(sys.modules)\n"
        "def test_now(powerpack_factories):\n"
        "    assert 'factory' in sys.modules\n"
    )

    result = run_apart(tmp_path)

    assert result.returncode == 0, result.stdout
