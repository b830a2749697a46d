"""An MMSC whose carrier has faults."""

import pytest

from carriers.builders import HANDSET
from carriers.mms_world import World, run, status_of
from carriers.vasp import submit
from powerpack_carriers.faults.registry import FAULTS


@pytest.mark.parametrize("word", FAULTS)
def test_a_carrier_with_any_fault_goes_on(word: str) -> None:
    async def scenario() -> None:
        async with World() as world:
            fault = world.carrier.faults.add(word)
            if word != "lose_response":
                await submit(world.carrier)
            world.carrier.faults.remove(fault)

            assert status_of(await submit(world.carrier)) == "1000"

    run(scenario)


@pytest.mark.parametrize(
    ("settings", "status", "words"),
    [
        ({}, 200, "4006"),
        ({"status_code": 4005}, 200, "4005"),
        ({"status_code": 1100}, 200, "1100"),
        ({"form": "http_500", "status_code": 4006}, 500, "1000"),
        ({"form": "not_xml"}, 502, "Bad Gateway"),
        ({"form": "empty"}, 200, ""),
        ({"form": "wrong_transaction"}, 200, "somebody-else-1"),
        ({"form": "unknown_namespace"}, 200, "REL-99-MM7-99-0"),
        ({"form": "no_length"}, 200, "1000"),
        ({"form": "hang_up"}, 0, ""),
    ],
)
def test_an_answer_can_be_spoiled(settings: dict[str, object], status: int, words: str) -> None:
    async def scenario() -> None:
        async with World() as world:
            world.carrier.faults.add("mm7_answer", **settings)
            answer = await submit(world.carrier)

            assert answer.status == status
            assert words in answer.body
            is_refused = "400" in words
            if not is_refused:
                await world.heard(1)
            assert len(world.carrier.handset(HANDSET).inbox) == (not is_refused)

    run(scenario)


def test_an_mms_has_no_session_that_a_carrier_could_unbind() -> None:
    async def scenario() -> None:
        async with World() as world:
            world.carrier.faults.add("unbind", after=1)
            answer = await submit(world.carrier)

            assert status_of(answer) == "1000"

    run(scenario)


@pytest.mark.parametrize("how", ["reset", "close"])
def test_an_mms_at_which_the_connection_is_dropped_is_taken_all_the_same(how: str) -> None:
    async def scenario() -> None:
        async with World() as world:
            world.carrier.faults.add("disconnect", how=how)
            answer = await submit(world.carrier)
            await world.heard(1)

            assert answer.status == 0
            assert len(world.carrier.handset(HANDSET).inbox) == 1

    run(scenario)


def test_throttle_undeliverable_and_lost_reports_strike_mms_as_they_strike_sms() -> None:
    async def scenario() -> None:
        async with World() as world:
            faults = world.carrier.faults
            faults.add("throttle")
            throttled = await submit(world.carrier)
            faults.clear()
            faults.add("undeliverable", error="4720")
            await submit(world.carrier)
            (report,) = await world.heard(1)
            faults.clear()
            faults.add("lose_receipt")
            await submit(world.carrier)
            await world.heard_nothing_more()

            assert status_of(throttled) == "4006"
            assert b"Unreachable" in report
            assert b"StatusText>4720<" in report
            assert len(world.carrier.handset(HANDSET).inbox) == 1
            assert len(world.vasp.bodies) == 1

    run(scenario)
