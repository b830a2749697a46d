"""Real processes: a gateway that is killed under load, carriers that misbehave, and a count of every message and text.

The run and the count are ``benchmarks/soak.py``, of which this is the short form; the count itself is tested on runs
that are made up, each with one thing wrong.
"""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lab.sandbox_support import REPOSITORY, environment
from powerpack_gateway.ids import SECRET_BYTES, MessageIds
from powerpack_gateway.messages import Stage

SCRIPT = REPOSITORY / "benchmarks" / "soak.py"
IDS = MessageIds(b"\1" * SECRET_BYTES)


@pytest.mark.timeout(400)  # 25 s alone; three starts of Python on a machine that does other things take their time
def test_three_kills_under_load_lose_nothing_and_double_no_more_than_the_policies_allow(tmp_path: Path) -> None:
    told = tmp_path / "count.json"

    done = subprocess.run(
        [sys.executable, SCRIPT, "--kills", "3", "--json", told],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=390,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    count = json.loads(told.read_text(encoding="utf-8"))
    assert count["kills"] == 3
    assert count["accepted"] > 100
    assert sum(count["became"].values()) == count["accepted"]
    assert count["became"]["DELIVERED"] > count["accepted"] / 2
    assert (count["lost"], count["unfinished"], count["delivered_nowhere"]) == (0, 0, 0)
    assert (count["copies_too_many"], count["written_to_after_stop"]) == (0, 0)
    assert count["copies"] <= count["copies_allowed"]


# The count


@pytest.fixture(scope="module")
def soak() -> Iterator[ModuleType]:
    """The script, whose own folder is on the path while it is loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPT.parent)
        yield importlib.import_module(SCRIPT.stem)


def counted(
    soak: ModuleType,
    phones: Mapping[str, list[str]],
    *,
    stages: Mapping[str, Stage],
    in_flight: tuple[set[str], ...] = (),
    unanswered: int = 0,
) -> Any:
    """The count of a run whose messages ended like this; each text is its own."""
    accepted = {IDS.uuid(row): text for row, text in enumerate(stages, start=1)}
    kept = {
        row: soak.Kept(stage=stage, error_code="", unanswered=unanswered)
        for row, stage in enumerate(stages.values(), start=1)
    }
    return soak.counted(accepted, phones, IDS, kept, in_flight, [1.0])


EAGER, CAREFUL = "14155000001", "12065000000"
DONE = {"message 1": Stage.DELIVERED}


def test_a_run_in_which_all_went_well_is_good(soak: ModuleType) -> None:
    assert counted(soak, {EAGER: ["message 1"]}, stages=DONE).is_good


@pytest.mark.parametrize(
    ("phones", "stages", "wrong"),
    [
        pytest.param({}, DONE, "delivered_nowhere", id="delivered-and-on-no-phone"),
        pytest.param({EAGER: ["message 1"]}, {"message 1": Stage.SENT}, "unfinished", id="never-final"),
        pytest.param({EAGER: ["message 1"] * 2}, DONE, "copies_too_many", id="twice-without-a-reason"),
        pytest.param(
            {EAGER: ["message 1", "You have been unsubscribed from us", "message 2"]},
            {**DONE, "message 2": Stage.DELIVERED},
            "written_to_after_stop",
            id="after-stop",
        ),
    ],
)
def test_one_thing_that_is_wrong_is_counted(
    soak: ModuleType, phones: Mapping[str, list[str]], stages: Mapping[str, Stage], wrong: str
) -> None:
    count = counted(soak, phones, stages=stages)

    assert not count.is_good
    assert getattr(count, wrong) == 1


def test_a_message_that_is_not_in_the_file_is_lost(soak: ModuleType) -> None:
    count = soak.counted({IDS.uuid(7): "message 7"}, {}, IDS, {}, (), [1.0])

    assert (count.lost, count.is_good) == (1, False)


def test_a_text_in_flight_at_a_kill_may_come_once_more_for_each(soak: ModuleType) -> None:
    flights = ({"message 1"}, {"message 1"})

    assert counted(soak, {EAGER: ["message 1"] * 3}, stages=DONE, in_flight=flights).is_good
    assert counted(soak, {EAGER: ["message 1"] * 4}, stages=DONE, in_flight=flights).copies_too_many == 1


def test_an_answer_that_did_not_come_may_cost_one_more_copy(soak: ModuleType) -> None:
    assert counted(soak, {EAGER: ["message 1"] * 2}, stages=DONE, unanswered=1).is_good


def test_at_most_once_allows_no_second_copy_whatever_happened(soak: ModuleType) -> None:
    count = counted(soak, {CAREFUL: ["message 1"] * 2}, stages=DONE, in_flight=({"message 1"},), unanswered=1)

    assert count.copies_too_many == 1
