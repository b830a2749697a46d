"""The moments by which something must have happened to a message."""

import pytest

from powerpack_gateway.deadlines import Deadlines, deadline_of
from powerpack_gateway.messages import FINAL, Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.settings import DeliverySettings
from powerpack_lab.clock import LoopClock
from powerpack_lab.lab import VIRTUAL_EPOCH
from powerpack_lab.virtual import VirtualLoop

SETTINGS = DeliverySettings(overdue_s=100.0, receipt_wait_s=1000.0)
NOW = VIRTUAL_EPOCH.timestamp()


def message(number: int, stage: Stage, *, expires_in: float = 0.0, sent_ago: float | None = None) -> Message:
    return Message(
        id=number,
        uuid=str(number),
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="14155550101",
        text="hi",
        created_at=NOW,
        stage=stage,
        expires_at=NOW + expires_in if expires_in else 0.0,
        sent_at=None if sent_ago is None else NOW - sent_ago,
    )


@pytest.mark.parametrize(
    ("stage", "seconds"),
    [(Stage.QUEUED, 60.0), (Stage.UNKNOWN, 60.0), (Stage.SUBMITTED, 160.0), (Stage.SENT, 990.0)],
)
def test_each_stage_under_way_has_its_deadline(stage: Stage, seconds: float) -> None:
    deadline = deadline_of(message(1, stage, expires_in=60.0, sent_ago=10.0), SETTINGS)

    assert deadline == NOW + seconds


@pytest.mark.parametrize("stage", [each for each in Stage if each in FINAL])
def test_a_finished_message_has_none(stage: Stage) -> None:
    assert deadline_of(message(1, stage, expires_in=60.0), SETTINGS) is None


def test_a_message_that_does_not_expire_has_none() -> None:
    assert deadline_of(message(1, Stage.QUEUED), SETTINGS) is None


def test_each_is_late_at_its_own_time_and_what_moved_on_is_not() -> None:
    loop = VirtualLoop()
    clock = LoopClock(loop, VIRTUAL_EPOCH)
    under_way = [message(1, Stage.QUEUED, expires_in=60), message(2, Stage.QUEUED, expires_in=30)]
    under_way.append(message(3, Stage.QUEUED, expires_in=45))
    late: list[tuple[int, float]] = []

    def end(each: Message) -> None:
        each.stage = Stage.FAILED
        late.append((each.id, loop.time()))

    deadlines = Deadlines(lambda: under_way, end, settings=SETTINGS, clock=clock)

    async def watch() -> None:
        for each in under_way:
            deadlines.watch(each)

    loop.run(watch())
    under_way[2].stage = Stage.DELIVERED
    loop.advance(3600)
    loop.shutdown()

    assert late == [(2, 30.0), (1, 60.0)]


def test_nothing_is_looked_at_after_close() -> None:
    loop = VirtualLoop()
    waiting = message(1, Stage.QUEUED, expires_in=60)
    late: list[int] = []
    deadlines = Deadlines(
        lambda: [waiting], lambda each: late.append(each.id), settings=SETTINGS, clock=LoopClock(loop, VIRTUAL_EPOCH)
    )

    async def watch() -> None:
        deadlines.watch(waiting)
        deadlines.close()

    loop.run(watch())
    loop.advance(3600)
    loop.shutdown()

    assert late == []
