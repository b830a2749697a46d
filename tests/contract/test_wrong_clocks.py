"""A machine whose clock was wrong, and was set right while the gateway was down: an hour back, or a day forward.

While it runs the gateway goes by the time at which it began and by what the loop counts since, so that a clock that is
set meanwhile changes nothing until the next start (``clock.real_clock``).
"""

from pathlib import Path

import pytest

from contract_support import Api, lab_on
from powerpack_lab.config import CarrierConfig, LabConfig, NumberConfig

BEN = "12065550102"
NUMBER = "12065550180"
HOUR, DAY = 60, 24 * 60
"""Minutes."""


@pytest.mark.parametrize("minutes", [-HOUR, DAY], ids=["back", "forward"])
def test_a_number_goes_on_at_its_own_pace(state: Path, minutes: int) -> None:
    with lab_on(state) as lab:
        Api(lab).send(BEN, "one", src=NUMBER)
    with lab_on(state, minutes_later=minutes) as lab:
        api = Api(lab)
        uuids = [api.accept(BEN, text, src=NUMBER) for text in ("two", "three")]
        lab.advance(9)

        assert [api.message(uuid)["message_state"] for uuid in uuids] == ["delivered"] * 2
        assert lab.handset(BEN).texts == ["two", "three"]


def test_what_is_used_of_a_day_stays_used_though_the_clock_is_set_back(state: Path) -> None:
    config = LabConfig(
        carriers=(CarrierConfig(name="generic"),), numbers=(NumberConfig(number=NUMBER, registered=False),)
    )
    with lab_on(state, config=config) as lab:
        for _ in range(18):  # of eleven segments each, of 200 that an unregistered number has
            Api(lab).send(BEN, "x" * 1_600, src=NUMBER)
    reasons = {}
    for minutes in (-HOUR, DAY):
        with lab_on(state, minutes_later=minutes, config=config) as lab:
            api = Api(lab)
            reasons[minutes] = api.message(api.accept(BEN, "x" * 1_600, src=NUMBER))["selection_reasons"]

    assert any("has used up its day" in each for each in reasons[-HOUR])
    assert not any("has used up its day" in each for each in reasons[DAY])


@pytest.mark.parametrize(
    ("minutes", "state_then", "code"), [(-HOUR, "delivered", "000"), (DAY, "failed", "420")], ids=["back", "forward"]
)
def test_what_waits_is_sent_or_ends_by_the_clock_of_then(state: Path, minutes: int, state_then: str, code: str) -> None:
    with lab_on(state) as lab:
        for carrier in lab.carriers.values():
            carrier.faults.add("throttle")
        uuid = Api(lab).accept(BEN, message_expiry=300)
        lab.advance(5)
        assert Api(lab).message(uuid)["message_state"] == "queued"
    with lab_on(state, minutes_later=minutes) as lab:
        ended = Api(lab).settled(uuid)

        assert (ended["message_state"], ended["error_code"]) == (state_then, code)


@pytest.mark.parametrize(("minutes", "within_s"), [(-HOUR, 3 * 3600 + 60), (DAY, 60)], ids=["back", "forward"])
def test_a_message_without_a_receipt_ends_no_later_than_the_clock_was_wrong(
    state: Path, minutes: int, within_s: int
) -> None:
    with lab_on(state) as lab:
        for carrier in lab.carriers.values():
            carrier.faults.add("lose_receipt")
        uuid = Api(lab).accept(BEN)
        lab.advance(10)
        assert Api(lab).message(uuid)["message_state"] == "sent"
    with lab_on(state, minutes_later=minutes) as lab:
        ended = Api(lab).settled(uuid, within_s)

        assert (ended["message_state"], ended["error_code"]) == ("undelivered", "1000")


@pytest.mark.parametrize("minutes", [-HOUR, DAY], ids=["back", "forward"])
def test_callbacks_that_are_owed_go_out_and_say_when_by_the_clock_of_then(state: Path, minutes: int) -> None:
    with lab_on(state) as lab:
        lab.webhooks.answer = lambda _: (500, "down")
        uuid = Api(lab).send(BEN, url=lab.webhooks.url())["message_uuid"]
    with lab_on(state, minutes_later=minutes) as lab:
        lab.advance(minutes=10)

        assert lab.webhooks.statuses(uuid) == ["queued", "sent", "delivered"]


def test_a_stop_holds_though_the_clock_is_set_back(state: Path) -> None:
    with lab_on(state) as lab:
        Api(lab).send(BEN, "first")
        lab.handset(BEN).reply("STOP")
        lab.advance(10)
    with lab_on(state, minutes_later=-HOUR) as lab:
        again = Api(lab).send(BEN, "again")

        assert (again["message_state"], again["error_code"]) == ("failed", "200")
