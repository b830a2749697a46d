"""What every Store keeps of its promises, whatever it is built on."""

import asyncio
from collections.abc import Callable

import pytest

from contract.store_bench import KINDS, OTHER_SECRET, SECRET, Bench, Kind, message, putting
from powerpack_gateway.errors import StoreError
from powerpack_gateway.messages import Stage
from powerpack_gateway.store.base import Store
from powerpack_lab.virtual import VirtualLoop
from real_loop import RealLoop

# Changes that nobody waits for


def test_a_change_for_later_is_there_for_whoever_reads(bench: Bench) -> None:
    bench.insert(message(1))
    bench.do(lambda store: store.update_later(message(1, told=2)), then=lambda: bench.store.message(1))

    found = bench.message(1)
    assert found is not None
    assert found.told == 2


def test_a_change_for_later_outlives_the_end(lasting: Bench) -> None:
    lasting.insert(message(1))
    lasting.do(lambda store: store.update_later(message(1, told=3)))
    lasting.restart()

    found = lasting.message(1)
    assert found is not None
    assert found.told == 3


def test_a_change_for_later_never_takes_back_what_came_after_it(bench: Bench) -> None:
    one = message(1)
    bench.insert(one)

    def change(store: Store) -> None:
        one.told = 1
        store.update_later(one)
        one.told, one.stage = 2, Stage.SENT
        store.update(one)

    bench.do(change)
    found = bench.message(1)
    assert found is not None
    assert (found.told, found.stage) == (2, Stage.SENT)


# Life


def test_a_new_store_is_empty(bench: Bench) -> None:
    assert list(bench.snapshot.sticky) == []
    assert list(bench.snapshot.open_messages) == []
    assert bench.snapshot.last_message_id == 0
    assert ("account", "account") not in bench.snapshot.documents


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_store_that_is_not_open_refuses(kind: Kind, request: pytest.FixtureRequest) -> None:
    loop = kind.loop()
    store = kind.make(str(request.getfixturevalue(kind.place)), SECRET)

    with pytest.raises(StoreError, match="not open"):
        loop.run(store.commit())
    with pytest.raises(StoreError, match="not open"):
        loop.run(store.message(1))

    loop.shutdown()


def test_a_store_can_not_be_opened_twice(bench: Bench) -> None:
    with pytest.raises(StoreError, match="open already"):
        bench.run(bench.store.open())


def test_a_store_that_can_be_written_is_in_no_trouble(bench: Bench) -> None:
    bench.insert(message(1))

    assert bench.store.trouble is None


def test_a_closed_store_refuses_and_can_be_closed_again(bench: Bench) -> None:
    bench.run(bench.store.close())

    with pytest.raises(StoreError, match="not open"):
        bench.run(bench.store.commit())

    bench.run(bench.store.close())


def test_closing_writes_what_was_not_committed_yet(lasting: Bench) -> None:
    lasting.do(
        lambda store: store.put("number", "1", b"{}"),
        lambda store: store.insert(message()),
        then=lasting.store.close,
    )

    after = lasting.open()

    assert after.documents["number", "1"] == b"{}"
    assert after.last_message_id == 1


def test_a_closed_store_leaves_nothing_in_the_loop(bench: Bench) -> None:
    bench.do(lambda store: store.put("number", "1", b"{}"), then=bench.store.close)
    if isinstance(bench.loop, RealLoop):
        bench.loop.advance(0.0)
        assert bench.loop.left == []
        return
    assert isinstance(bench.loop, VirtualLoop)
    before = bench.loop.jumps

    bench.loop.advance(3600)

    assert bench.loop.jumps == before + 1


# Names of messages


def test_a_message_that_is_read_has_its_uuid(bench: Bench) -> None:
    bench.insert(message(7))

    found = bench.message(7)

    assert found is not None
    assert found.uuid == bench.store.ids.uuid(7)
    assert bench.store.ids.row(found.uuid) == 7


def test_a_store_keeps_its_uuids_whatever_the_next_process_brings(lasting: Bench) -> None:
    before = lasting.store.ids.uuid(1)

    lasting.restart(OTHER_SECRET)

    assert lasting.store.ids.uuid(1) == before


# Documents


def test_documents_survive(lasting: Bench) -> None:
    raw = bytes(range(256))
    lasting.do(lambda store: store.put("number", "1", raw), lambda store: store.put("for_sale", "1", b"{}"))

    after = lasting.restart()

    assert (after.documents["number", "1"], after.documents["for_sale", "1"]) == (raw, b"{}")


def test_a_document_is_replaced(lasting: Bench) -> None:
    lasting.do(lambda store: store.put("number", "1", b"old"))
    lasting.do(lambda store: store.put("number", "1", b"new"))

    assert lasting.restart().documents["number", "1"] == b"new"


def test_a_deleted_document_is_gone(lasting: Bench) -> None:
    lasting.do(lambda store: store.put("number", "1", b"1"), lambda store: store.put("number", "2", b"2"))
    lasting.do(lambda store: store.delete("number", "1"), lambda store: store.delete("number", "never"))

    after = lasting.restart()

    assert [key for kind, key in after.documents if kind == "number"] == ["2"]


@pytest.mark.parametrize(("last", "is_there"), [("put", True), ("delete", False)])
def test_within_a_group_the_last_word_counts(lasting: Bench, last: str, is_there: bool) -> None:
    words: dict[str, Callable[[Store], None]] = {
        "put": lambda store: store.put("number", "1", b"{}"),
        "delete": lambda store: store.delete("number", "1"),
    }
    first = "delete" if last == "put" else "put"

    lasting.do(words[first], words[last])

    assert (("number", "1") in lasting.restart().documents) is is_there


def test_documents_come_back_in_the_order_in_which_they_were_first_put(lasting: Bench) -> None:
    for key in ("b", "c", "a"):
        lasting.do(putting("powerpack", key, b"old"))
    lasting.do(lambda store: store.put("powerpack", "b", b"new"))

    after = lasting.restart()

    assert [(key, raw) for (kind, key), raw in after.documents.items() if kind == "powerpack"] == [
        ("b", b"new"),
        ("c", b"old"),
        ("a", b"old"),
    ]


# Sticky pairs


def test_sticky_pairs_survive(lasting: Bench) -> None:
    pair = ("sales", "sms", "12065550100", "14155550180")
    other = ("sales", "mms", "12065550100", "14155550181")
    lasting.do(lambda store: store.put_sticky(*pair), lambda store: store.put_sticky(*other))

    assert sorted(lasting.restart().sticky) == sorted([pair, other])


def test_a_sticky_pair_is_replaced_and_forgotten(lasting: Bench) -> None:
    lasting.do(
        lambda store: store.put_sticky("sales", "sms", "1", "old"),
        lambda store: store.put_sticky("sales", "sms", "2", "gone"),
    )
    lasting.do(
        lambda store: store.put_sticky("sales", "sms", "1", "new"),
        lambda store: store.put_sticky("sales", "sms", "2", None),
        lambda store: store.put_sticky("sales", "sms", "3", None),
    )

    assert list(lasting.restart().sticky) == [("sales", "sms", "1", "new")]


# Durability


class Told:
    """What was called after commits, and with what."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, StoreError | None]] = []

    def __call__(self, name: str) -> Callable[[StoreError | None], None]:
        return lambda error: self.calls.append((name, error))


def test_whoever_waits_is_called_once_after_the_commit_and_in_order(bench: Bench) -> None:
    told = Told()
    bench.do(
        lambda store: store.when_durable(told("a")),
        lambda store: store.insert(message()),
        lambda store: store.when_durable(told("b")),
    )
    bench.loop.advance(60)
    bench.do(lambda store: store.put("number", "1", b"{}"))

    assert told.calls == [("a", None), ("b", None)]


def test_nobody_is_called_before_the_change_has_been_made(bench: Bench) -> None:
    told = Told()

    async def changing() -> list[object]:
        bench.store.insert(message())
        bench.store.when_durable(told("a"))
        return list(told.calls)

    assert bench.run(changing()) == []


def test_waiting_without_a_change_ends_too(bench: Bench) -> None:
    bench.run(bench.store.commit())


def test_many_wait_for_one_commit(bench: Bench) -> None:
    async def waiting() -> None:
        bench.store.insert(message())
        await asyncio.gather(*(bench.store.commit() for _ in range(100)))

    bench.run(waiting())

    assert bench.found() == [1]


def test_a_waiter_that_gives_up_does_not_disturb_the_others(bench: Bench) -> None:
    failures: list[object] = []
    bench.loop.set_exception_handler(lambda _, context: failures.append(context))

    async def waiting() -> None:
        bench.store.insert(message())
        impatient, patient = (asyncio.ensure_future(bench.store.commit()) for _ in range(2))
        await asyncio.sleep(0)
        impatient.cancel()
        await patient

    bench.run(waiting())

    assert bench.found() == [1]
    assert failures == []


def test_what_a_waiter_changes_is_kept_too(lasting: Bench) -> None:
    changing = message()

    def send(error: StoreError | None) -> None:
        assert error is None
        changing.stage = Stage.SUBMITTED
        lasting.store.update(changing)

    lasting.do(lambda store: store.insert(changing), lambda store: store.when_durable(send))
    lasting.run(lasting.store.commit())

    assert [each.stage for each in lasting.restart().open_messages] == [Stage.SUBMITTED]


def test_a_waiter_that_fails_does_not_keep_the_others_waiting(bench: Bench) -> None:
    failures: list[object] = []
    bench.loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))
    told = Told()
    bug = RuntimeError("a bug")

    def fails(_: StoreError | None) -> None:
        raise bug

    bench.do(lambda store: store.when_durable(fails), lambda store: store.when_durable(told("b")))

    assert told.calls == [("b", None)]
    assert failures == [bug]
