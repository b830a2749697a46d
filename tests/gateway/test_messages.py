"""A message's life is one table, and what the API shows follows from it."""

from itertools import product

import pytest

from powerpack_gateway.messages import (
    ERROR_WORDS,
    FINAL,
    LIFE,
    MESSAGE_STATE,
    Direction,
    ErrorCode,
    Input,
    Message,
    Stage,
    step,
)
from powerpack_gateway.numbers import Service

STEPS = """
QUEUED     submit      SUBMITTED
QUEUED     block       FAILED
QUEUED     expire      FAILED
QUEUED     accept      SENT
QUEUED     refuse      FAILED
QUEUED     undeliver   UNDELIVERED
SUBMITTED  accept      SENT
SUBMITTED  refuse      FAILED
SUBMITTED  defer       QUEUED
SUBMITTED  lose        UNKNOWN
SUBMITTED  deliver     DELIVERED
SUBMITTED  undeliver   UNDELIVERED
SUBMITTED  block       FAILED
SUBMITTED  expire      FAILED
UNKNOWN    submit      SUBMITTED
UNKNOWN    accept      SENT
UNKNOWN    refuse      FAILED
UNKNOWN    defer       QUEUED
UNKNOWN    deliver     DELIVERED
UNKNOWN    undeliver   UNDELIVERED
UNKNOWN    block       FAILED
UNKNOWN    expire      FAILED
SENT       deliver     DELIVERED
SENT       undeliver   UNDELIVERED
RECEIVED   hear        DELIVERED
RECEIVED   miss        UNDELIVERED
"""
"""Every step there is, written down a second time: whoever changes the table changes two files and thinks twice."""

EXPECTED = {
    (Stage[before], Input(happened)): Stage[after]
    for before, happened, after in (line.split() for line in STEPS.strip().splitlines())
}


def message(stage: Stage = Stage.QUEUED, *, sent_at: float | None = None) -> Message:
    return Message(
        id=1,
        uuid="u",
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="12065550100",
        text="hi",
        created_at=0.0,
        stage=stage,
        sent_at=sent_at,
    )


@pytest.mark.parametrize(("stage", "happened"), list(product(Stage, Input)), ids=str)
def test_every_input_in_every_stage_moves_as_written_or_means_nothing(stage: Stage, happened: Input) -> None:
    assert step(stage, happened) is EXPECTED.get((stage, happened))


@pytest.mark.parametrize(
    ("stage", "happened"), [(stage, happened) for stage in Stage if stage in FINAL for happened in Input], ids=str
)
def test_nothing_leads_out_of_a_final_stage(stage: Stage, happened: Input) -> None:
    assert step(stage, happened) is None


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in FINAL])
def test_from_every_other_stage_the_end_can_be_reached(stage: Stage) -> None:
    reached, before = {stage}, set[Stage]()
    while reached != before:
        before = set(reached)
        reached |= {after for (start, _), after in LIFE.items() if start in before}

    assert reached & FINAL


def test_every_stage_of_an_outbound_message_can_be_reached() -> None:
    assert {Stage.QUEUED, *LIFE.values()} == set(Stage) - {Stage.RECEIVED}


@pytest.mark.parametrize("stage", Stage)
def test_a_message_knows_whether_it_is_final_and_its_state_for_the_api(stage: Stage) -> None:
    given = message(stage)

    assert given.is_final is (stage in FINAL or stage is Stage.RECEIVED)  # which has no application here
    assert given.state == MESSAGE_STATE[stage]


@pytest.mark.parametrize(
    ("callback_url", "told", "is_final"), [(None, 0, True), ("http://x", 0, False), ("http://x", 1, True)]
)
def test_a_received_message_is_final_when_nobody_has_to_hear_it_any_more(
    callback_url: str | None, told: int, is_final: bool
) -> None:
    given = message(Stage.RECEIVED)
    given.direction, given.callback_url, given.told = Direction.INBOUND, callback_url, told

    assert given.is_final is is_final


def test_the_stages_keep_the_numbers_that_are_in_state_files() -> None:
    assert {stage.name: stage.value for stage in Stage} == {
        "QUEUED": 0,
        "SUBMITTED": 1,
        "UNKNOWN": 2,
        "SENT": 3,
        "DELIVERED": 4,
        "UNDELIVERED": 5,
        "FAILED": 6,
        "RECEIVED": 7,
    }


def test_the_api_has_a_word_for_every_stage() -> None:
    assert set(MESSAGE_STATE) == set(Stage)
    assert set(MESSAGE_STATE.values()) == {"queued", "sent", "delivered", "undelivered", "failed", "received"}


def test_every_error_code_has_its_words() -> None:
    assert list(ERROR_WORDS) == list(ErrorCode)
    assert all(ERROR_WORDS.values())


@pytest.mark.parametrize(
    ("stage", "sent_at", "notices"),
    [
        (Stage.QUEUED, None, ("queued",)),
        (Stage.SUBMITTED, None, ("queued",)),
        (Stage.UNKNOWN, None, ("queued",)),
        (Stage.SENT, 1.0, ("queued", "sent")),
        (Stage.DELIVERED, 1.0, ("queued", "sent", "delivered")),
        (Stage.UNDELIVERED, 1.0, ("queued", "sent", "undelivered")),
        (Stage.UNDELIVERED, None, ("queued", "undelivered")),
        (Stage.FAILED, None, ("queued", "failed")),
    ],
)
def test_an_outbound_message_owes_a_notice_for_each_state_it_reached(
    stage: Stage, sent_at: float | None, notices: tuple[str, ...]
) -> None:
    told = message(stage, sent_at=sent_at)

    assert (told.notices(), told.notices_due) == (notices, len(notices))


@pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.DELIVERED, Stage.UNDELIVERED])
def test_an_inbound_message_owes_one_notice(stage: Stage) -> None:
    inbound = message(stage)
    inbound.direction = Direction.INBOUND

    assert (inbound.notices(), inbound.notices_due) == (("received",), 1)


def test_two_messages_are_never_equal() -> None:
    assert message() != message()
