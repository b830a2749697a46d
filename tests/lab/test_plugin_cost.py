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


def test_a_first_message_imports_only_what_a_message_needs(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        f"""
import base64, http.client, json, sys

def test_it(powerpack_lab):
    lab = powerpack_lab
    where = lab.api_url.removeprefix("http://").partition("/")[0]
    token = base64.b64encode(f"{{lab.auth_id}}:{{lab.auth_token}}".encode()).decode()
    body = json.dumps({{"powerpack_uuid": lab.powerpack_uuid, "dst": "+14155550123", "text": "Hello"}})
    client = http.client.HTTPConnection(where)
    client.request("POST", f"/v1/Account/{{lab.auth_id}}/Message/", body,
                   {{"Authorization": f"Basic {{token}}", "Content-Type": "application/json"}})
    assert client.getresponse().status == 202
    client.close()
    lab.handset("+14155550123").expect("Hello")
    assert sorted(set({LATE!r}) & set(sys.modules)) == []
"""
    )

    result = run_apart(tmp_path)

    assert result.returncode == 0, result.stdout


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
