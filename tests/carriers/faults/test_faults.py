"""What each fault does, on its own."""

from random import Random

import pytest

from carriers.builders import a_message
from powerpack_carriers.faults.delay_receipt import DelayReceiptConfig
from powerpack_carriers.faults.disconnect import DisconnectConfig
from powerpack_carriers.faults.duplicate_receipt import DuplicateReceiptConfig
from powerpack_carriers.faults.fault import BindFault, MmsAnswerFault, ReceiptFault, ReceiptPlan, SubmitFault, TextFault
from powerpack_carriers.faults.late_response import LateResponseConfig
from powerpack_carriers.faults.lose_receipt import LoseReceiptConfig
from powerpack_carriers.faults.lose_response import LoseResponseConfig
from powerpack_carriers.faults.places import PduFault, ReadFault, TimedFault
from powerpack_carriers.faults.receipt_quirk import ReceiptQuirkConfig
from powerpack_carriers.faults.registry import FAULTS, fault_config, plain_form
from powerpack_carriers.faults.throttle import ThrottleConfig
from powerpack_carriers.faults.undeliverable import UndeliverableConfig
from powerpack_carriers.messages import NEVER, UNDECIDED, Message
from powerpack_carriers.receipt_quirks import ReceiptQuirks
from powerpack_carriers.smpp.constants import CommandStatus, MessageState


def _dice() -> Random:
    return Random(1)


def _after(fault: SubmitFault, message: Message | None = None) -> Message:
    message = message or a_message()
    fault.on_submit(message)
    return message


def test_throttle_answers_its_status() -> None:
    assert _after(ThrottleConfig().build(_dice())).status == CommandStatus.ESME_RTHROTTLED
    assert _after(ThrottleConfig(status=9802).build(_dice())).status == 9802


def test_lose_response_answers_never() -> None:
    message = _after(LoseResponseConfig().build(_dice()))

    assert (message.response_delay_s, message.status) == (NEVER, 0)


def test_late_response_answers_between_its_bounds_and_adds_up() -> None:
    fault = LateResponseConfig(delay_s_min=2, delay_s_max=3).build(_dice())

    delays = [_after(fault).response_delay_s for _ in range(200)]

    assert 2 <= min(delays) < 2.1
    assert 2.9 < max(delays) <= 3
    message = _after(fault)
    assert 4 <= _after(fault, message).response_delay_s <= 6


def test_a_late_answer_to_a_lost_one_is_never() -> None:
    message = _after(LoseResponseConfig().build(_dice()))

    assert _after(LateResponseConfig().build(_dice()), message).response_delay_s == NEVER


def test_undeliverable_decides_the_fate() -> None:
    message = _after(UndeliverableConfig(error="069").build(_dice()))

    assert (message.status, message.fate, message.error) == (0, MessageState.UNDELIVERABLE, "069")


def test_disconnect_hangs_up_at_every_nth_message() -> None:
    fault = DisconnectConfig(after=3).build(_dice())

    messages = [_after(fault) for _ in range(7)]

    assert [message.hangs_up for message in messages] == [False, False, True, False, False, True, False]
    assert [message.response_delay_s for message in messages[:3]] == [0.0, 0.0, NEVER]


def test_receipt_quirk_gives_a_message_its_quirks_and_leaves_the_rest() -> None:
    quirks = ReceiptQuirks(lost=True)
    message = _after(ReceiptQuirkConfig(quirks=quirks).build(_dice()))

    assert (message.quirks, message.status, message.fate) == (quirks, 0, UNDECIDED)


@pytest.mark.parametrize(
    ("fault", "copies", "delay_s"),
    [
        (LoseReceiptConfig().build(_dice()), 0, 0.0),
        (DuplicateReceiptConfig(copies=4).build(_dice()), 5, 0.0),
        (DelayReceiptConfig(delay_s_min=7, delay_s_max=7).build(_dice()), 1, 7.0),
    ],
    ids=["lose", "duplicate", "delay"],
)
def test_a_fault_changes_the_plan_of_a_receipt(fault: ReceiptFault, copies: int, delay_s: float) -> None:
    plan = ReceiptPlan()

    fault.on_receipt(a_message(), plan)

    assert plan == ReceiptPlan(copies=copies, delay_s=delay_s)


def test_a_lost_receipt_is_not_duplicated() -> None:
    plan = ReceiptPlan(copies=0)

    DuplicateReceiptConfig().build(_dice()).on_receipt(a_message(), plan)

    assert plan.copies == 0


@pytest.mark.parametrize("word", FAULTS)
def test_each_fault_has_exactly_one_place_where_it_acts_or_two_that_belong_together(word: str) -> None:
    fault = fault_config(word, {}).build(_dice())

    places = (BindFault, SubmitFault, ReceiptFault, TextFault, MmsAnswerFault, PduFault, ReadFault, TimedFault)
    acts = [place for place in places if isinstance(fault, place)]
    assert len(acts) == 1 or acts in ([PduFault, ReadFault], [BindFault, TimedFault], [SubmitFault, PduFault])


@pytest.mark.parametrize(
    ("word", "settings"),
    [
        ("throttle", {"share": 0.2, "status": "ESME_RMSGQFUL"}),
        ("throttle", {"status": 9802}),
        ("late_response", {"delay_s_min": 0.5, "delay_s_max": 0.75}),
        ("disconnect", {"after": 3, "source": "12065550100"}),
        ("refuse_bind", {"system_id": "esme", "until_s": 60.0}),
        ("lose_receipt", {}),
        ("receipt_quirk", {"quirks": {"id_form": "decimal", "stat_words": {"EXPIRED": "GONE"}, "tlvs": []}}),
        ("receipt_quirk", {"share": 0.5, "quirks": {"states_after": ["ENROUTE"], "dates": "0000000000"}}),
    ],
)
def test_the_plain_form_makes_the_same_fault_again(word: str, settings: dict[str, object]) -> None:
    config = fault_config(word, settings)

    assert plain_form(config) == settings
    assert fault_config(word, plain_form(config)) == config
