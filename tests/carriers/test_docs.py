"""The pages about carriers say what the code does."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from carriers.builders import ListJournal, a_message
from powerpack_carriers.control_handsets import HANDSETS_MAX
from powerpack_carriers.control_http import ROWS_DEFAULT, ROWS_MAX
from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.faults.registry import FAULTS
from powerpack_carriers.loopback import BODY_OCTETS_MAX
from powerpack_carriers.receipt_quirks import ReceiptQuirks

DOCS = Path(__file__).parents[2] / "docs"
CONTROL_API = (DOCS / "control-api.md").read_text(encoding="utf-8")
WRITING_A_FAULT = (DOCS / "writing-a-fault.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", FAULTS)
def test_every_fault_has_its_row_with_its_settings(word: str) -> None:
    (row,) = re.findall(rf"^\| `{word}` \|.*$", CONTROL_API, re.MULTILINE)

    own = {field.name for field in fields(FAULTS[word])} - {field.name for field in fields(FaultConfig)}

    assert own == {name for name in re.findall(r"`(\w+)`", row.split("|")[3]) if not name.startswith("ESME_")}


def test_the_limits_are_those_of_the_code() -> None:
    assert f"bodies have {BODY_OCTETS_MAX // 1024} KiB at most" in CONTROL_API
    assert f"the last {HANDSETS_MAX:,}" in CONTROL_API
    assert f"{ROWS_DEFAULT} of them unless told otherwise, {ROWS_MAX:,} at most" in CONTROL_API


def test_the_example_of_a_fault_works() -> None:
    (code, *_) = re.findall(r"```python\n(.*?)```", WRITING_A_FAULT, re.DOTALL)
    namespace: dict[str, object] = {"__name__": "example"}
    exec(code, namespace)
    config = namespace["ShoutConfig"]
    assert isinstance(config, type)
    faults, message = Faults("acme", seed=1, journal=ListJournal(), now=lambda: 0.0), a_message()

    faults.add(config())
    faults.on_submit(message, 0.0)

    assert message.text == "HELLO"


def test_the_page_about_faults_stays_short() -> None:
    assert len(WRITING_A_FAULT.splitlines()) < 80


# Receipt quirks

RECEIPT_QUIRKS = (DOCS / "receipt-quirks.md").read_text(encoding="utf-8")
QUIRK_TESTS = "".join(
    (Path(__file__).parent / name).read_text(encoding="utf-8")
    for name in ("test_receipt_quirks.py", "test_receipt_course.py")
)


@pytest.mark.parametrize("number", range(1, 30))
def test_each_quirk_of_the_catalogue_has_a_row_and_a_test_that_is_there(number: int) -> None:
    row, _ = re.findall(rf"^\| Q{number} \|.*$", RECEIPT_QUIRKS, re.MULTILINE)
    names = re.findall(r"`(test_\w+)`", row)
    rows = [each for group in re.findall(r"\((`Q[^)]*`)\)", row) for each in re.findall(r"`([^`]+)`", group)]

    assert names
    assert all(f"def {name}(" in QUIRK_TESTS for name in names)
    assert all(f'id="{each}"' in QUIRK_TESTS for each in rows)


@pytest.mark.parametrize("name", [field.name for field in fields(ReceiptQuirks)])
def test_each_switch_of_a_quirk_is_in_the_reference(name: str) -> None:
    reference = RECEIPT_QUIRKS.split("## Every switch")[1]

    assert f"`{name}`" in reference
