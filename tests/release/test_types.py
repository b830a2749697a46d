"""A user's typed tests, where only the wheel is: what mypy and pyright make of our public face."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from release.apart import run

USERS_TESTS = """
from datetime import datetime

import plivo
import pytest

from powerpack_carriers import Carrier, TextMessage
from powerpack_lab import FakeCarrier, FakeCarriers, Lab, LabHandset, SmppClient, Webhook


@pytest.fixture
def phone(powerpack_lab: Lab) -> LabHandset:
    return powerpack_lab.handset("+14155550123")


def test_the_lab(powerpack_lab: Lab, plivo_client: plivo.RestClient, phone: LabHandset) -> None:
    got: TextMessage = phone.expect("Hello", within=5)
    texts: list[str] = list(phone.texts)
    when: datetime = got.received_at
    phone.reply("STOP")
    powerpack_lab.advance(hours=24)
    held: bool = powerpack_lab.run_until(lambda: bool(texts), within=60)
    told: list[Webhook] = powerpack_lab.webhooks.received
    carrier: Carrier = powerpack_lab.carrier("att")
    carrier.faults.add("throttle", share=0.5)
    kinds: list[str] = [each.kind for each in powerpack_lab.journal.events(kind="message.")]
    assert held and told and kinds and when


def test_a_carrier(fake_carrier: FakeCarrier, fake_carriers: FakeCarriers, smpp_client: SmppClient) -> None:
    ids: list[str] = smpp_client.send("+14155550123", "Hello", source="+12065550199")
    port: int = fake_carriers("att").port
    assert ids and port and fake_carrier.texts
"""

MISTAKE = USERS_TESTS.replace("powerpack_lab.advance(hours=24)", 'powerpack_lab.advance(hours="24")')

PACKAGES = ("powerpack_lab", "powerpack_carriers")


COMMANDS: Mapping[str, tuple[str, ...]] = {
    # The SDK has no types; that is its own affair.
    "mypy": ("--strict", "--follow-imports=silent", "--disable-error-code=import-untyped", "--python-executable"),
    "pyright": ("--pythonpath",),
}
"""Each checker, and its options; the environment's Python follows the last."""


@pytest.mark.parametrize("checker", COMMANDS)
def test_a_users_typed_tests_are_understood_and_a_mistake_in_them_is_found(
    checker: str, python: Path, tmp_path: Path
) -> None:
    (tmp_path / "test_right.py").write_text(USERS_TESTS, encoding="utf-8")
    (tmp_path / "test_wrong.py").write_text(MISTAKE, encoding="utf-8")
    command = (sys.executable, "-m", checker, *COMMANDS[checker], str(python))
    done = run(*command, "test_right.py", "test_wrong.py", cwd=tmp_path)
    errors = [line for line in (done.stdout + done.stderr).splitlines() if " error: " in line]

    assert (done.returncode, len(errors)) == (1, 1), done.stdout + done.stderr
    assert "test_wrong.py" in errors[0]
    assert "hours" in errors[0] or '"24"' in errors[0] or "str" in errors[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_type_is_unknown(package: str, python: Path, tmp_path: Path) -> None:
    command = ("-m", "pyright", "--ignoreexternal", "--outputjson", "--verifytypes", package)
    told = json.loads(run(sys.executable, *command, cwd=tmp_path, first_on_path=python.parent).stdout)
    symbols = [each for each in told["typeCompleteness"]["symbols"] if each["isExported"]]

    unknown = {each["name"] for each in symbols if not each["isTypeKnown"] and not each["isTypeAmbiguous"]}

    assert len(symbols) > 100
    # factory_boy declares its classes' attributes without types; that is its own affair.
    assert {each for each in unknown if "factories" not in each.split(".")[1]} == set()
