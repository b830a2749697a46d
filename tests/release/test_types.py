"""A user's typed tests, where only the wheel is: what mypy and pyright make of our public face."""

import json
import sys
from pathlib import Path

import pytest

from release.apart import run

USERS_TESTS = """
from datetime import datetime

import plivo
import pytest

from powerpack_carriers import Carrier, TextMessage
from powerpack_lab.fake_carriers import FakeCarrier, FakeCarriers
from powerpack_lab.lab import Lab
from powerpack_lab.lab_handset import LabHandset
from powerpack_lab.smpp_client import SmppClient
from powerpack_lab.webhooks import Webhook


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


def checked(checker: str, python: Path, folder: Path, text: str) -> tuple[int, str]:
    """What a checker says about a file: its exit code and its words."""
    (folder / "test_users.py").write_text(text, encoding="utf-8")
    command: tuple[str | Path, ...] = {
        "mypy": (sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "--follow-imports=silent"),
        "pyright": (sys.executable, "-m", "pyright", "--pythonpath", python),
    }[checker]
    # The SDK has no types; that is its own affair.
    done = run(
        *command, *(("--disable-error-code=import-untyped",) if checker == "mypy" else ()), "test_users.py", cwd=folder
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_users_typed_tests_are_understood(checker: str, python: Path, tmp_path: Path) -> None:
    code, said = checked(checker, python, tmp_path, USERS_TESTS)

    assert code == 0, said


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_users_mistake_is_found(checker: str, python: Path, tmp_path: Path) -> None:
    code, said = checked(checker, python, tmp_path, MISTAKE)

    assert code == 1, said
    assert "hours" in said or '"24"' in said or "str" in said


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_type_is_unknown(package: str, python: Path, tmp_path: Path) -> None:
    command = ("-m", "pyright", "--ignoreexternal", "--outputjson", "--verifytypes", package)
    told = json.loads(run(sys.executable, *command, cwd=tmp_path, first_on_path=python.parent).stdout)
    symbols = [each for each in told["typeCompleteness"]["symbols"] if each["isExported"]]

    unknown = {each["name"] for each in symbols if not each["isTypeKnown"] and not each["isTypeAmbiguous"]}

    assert len(symbols) > 100
    # factory_boy declares its classes' attributes without types; that is its own affair.
    assert {each for each in unknown if "factories" not in each.split(".")[1]} == set()
