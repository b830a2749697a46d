"""What becomes of a message when its answers and receipts come late, or never."""

from datetime import UTC, datetime

from powerpack_gateway.fates import ENDED_MAX, Fates
from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.receipts import Receipt, ReceiptState
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop


def _failed(row: int) -> Message:
    return Message(
        id=row, uuid=str(row), direction=Direction.OUTBOUND, service=Service.SMS, destination="14155550101", text="Hi",
        created_at=0.0, stage=Stage.FAILED, carrier="att", carrier_ids=("",),
    )  # fmt: skip


def test_of_messages_that_ended_before_their_answers_only_the_latest_are_known() -> None:
    loop = VirtualLoop()
    clock = LoopClock(loop, datetime(2026, 3, 2, tzinfo=UTC))
    store = SqliteStore(None, secret=bytes(SECRET_BYTES))
    journal = Journal(moment=clock.monotonic, at=clock.at)
    fates = Fates(store, changed=lambda _: None, watch=lambda _: None, clock=clock, journal=journal)

    async def answers() -> None:
        await store.open()
        for row in range(ENDED_MAX + 100):
            fates.accepted("att", _failed(row), 0, f"id{row}")
        await store.close()

    loop.run(answers())
    loop.shutdown()

    def knows(row: int) -> bool:
        return fates.knows("att", Receipt(f"id{row}", ReceiptState.DELIVERED, None, None, None))

    assert [knows(row) for row in (0, 99, 100, ENDED_MAX + 99)] == [False, False, True, True]


def test_a_long_text_is_sent_when_every_part_was_accepted_and_delivered_when_every_part_arrived() -> None:
    loop = VirtualLoop()
    clock = LoopClock(loop, datetime(2026, 3, 2, tzinfo=UTC))
    store = SqliteStore(None, secret=bytes(SECRET_BYTES))
    journal = Journal(moment=clock.monotonic, at=clock.at)
    changed: list[Stage] = []
    fates = Fates(
        store,
        changed=lambda of: changed.extend(m.stage for m in of),
        watch=lambda _: None,
        clock=clock,
        journal=journal,
    )
    message = _failed(1)
    message.stage, message.units, message.carrier_ids = Stage.SUBMITTED, 2, ("", "")

    async def story() -> None:
        await store.open()
        for row in (0, 1):
            fates.accepted("att", message, row, f"id{row}")
            assert message.stage is (Stage.SUBMITTED, Stage.SENT)[row]
        for row in (1, 0):
            fates.receipt("att", Receipt(f"id{row}", ReceiptState.DELIVERED, None, None, None))
            assert message.stage is (Stage.DELIVERED, Stage.SENT)[row]
        await store.close()

    loop.run(story())
    loop.shutdown()
    assert changed == [Stage.SENT, Stage.DELIVERED]
