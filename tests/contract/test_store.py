"""What every Store keeps of its promises, whatever it is built on."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerpack_gateway.errors import StoreError
from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.messages import Direction, ErrorCode, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store.base import MessageFilter, Snapshot, Store
from powerpack_gateway.store.postgres import PostgresStore
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.virtual import VirtualLoop
from real_loop import NoJournal, RealLoop

T = TypeVar("T")

SECRET, OTHER_SECRET = b"\1" * SECRET_BYTES, b"\2" * SECRET_BYTES
EVERYTHING = MessageFilter()


class Loop(Protocol):
    """What runs a store: in virtual time where it can be, else in real time."""

    def run(self, main: Coroutine[Any, Any, T]) -> T: ...

    def advance(self, seconds: float) -> None: ...

    def set_exception_handler(self, handler: Callable[[Any, dict[str, Any]], object] | None) -> None: ...

    def shutdown(self) -> None: ...


def _postgres(place: str, secret: bytes) -> Store:
    return PostgresStore(place, secret=secret, journal=NoJournal())


@dataclass(frozen=True)
class Kind:
    """One kind of Store: how to make one in a place that is the test's own, and whether it outlives its process.

    ``place`` is the fixture that gives the place; ``loop`` what it runs on."""

    name: str
    make: Callable[[str, bytes], Store]
    survives: bool
    place: str = "tmp_path"
    loop: Callable[[], Loop] = VirtualLoop


KINDS = [
    Kind("sqlite-memory", lambda _, secret: SqliteStore(None, secret=secret), survives=False),
    Kind("sqlite-file", lambda folder, secret: SqliteStore(Path(folder) / "state.db", secret=secret), survives=True),
    Kind("postgres", _postgres, survives=True, place="database", loop=RealLoop),
]


class Bench:
    """An opened store in a loop of its own."""

    def __init__(self, kind: Kind, place: str) -> None:
        self.kind, self.place = kind, place
        self.loop = kind.loop()
        self.store: Store
        self.snapshot: Snapshot
        self.open()

    def open(self, secret: bytes = SECRET) -> Snapshot:
        self.store = self.kind.make(self.place, secret)
        self.snapshot = self.run(self.store.open())
        return self.snapshot

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(coroutine)

    def do(
        self, *changes: Callable[[Store], None], then: Callable[[], Coroutine[Any, Any, T]] | None = None
    ) -> T | None:
        """Make changes, and return when they are durable; ``then`` runs before their group is committed."""

        async def done() -> T | None:
            for change in changes:
                change(self.store)
            if then is not None:
                return await then()
            await self.store.commit()
            return None

        return self.run(done())

    def insert(self, *messages: Message) -> None:
        self.do(*(lambda store, each=each: store.insert(each) for each in messages))

    def update(self, *messages: Message) -> None:
        self.do(*(lambda store, each=each: store.update(each) for each in messages))

    def message(self, row: int) -> Message | None:
        return self.run(self.store.message(row))

    def found(self, wanted: MessageFilter = EVERYTHING, *, limit: int = 20, offset: int = 0) -> list[int]:
        return [each.id for each in self.run(self.store.messages(wanted, limit=limit, offset=offset)).messages]

    def restart(self, secret: bytes = SECRET) -> Snapshot:
        self.run(self.store.close())
        return self.open(secret)

    def end(self) -> None:
        self.run(self.store.close())
        self.loop.shutdown()


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = Bench(request.param, str(request.getfixturevalue(request.param.place)))
    yield bench
    bench.end()


@pytest.fixture(params=[kind for kind in KINDS if kind.survives], ids=lambda kind: kind.name)
def lasting(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A bench whose store can be closed and opened again."""
    bench = Bench(request.param, str(request.getfixturevalue(request.param.place)))
    yield bench
    bench.end()


def message(row: int = 1, **changes: object) -> Message:
    return replace(
        Message(
            id=row,
            uuid="",
            direction=Direction.OUTBOUND,
            service=Service.SMS,
            destination="12065550100",
            text="hi",
            created_at=1000.0 + row,
        ),
        **changes,  # type: ignore[arg-type] # a test names fields
    )


def putting(kind: str, key: str, document: bytes) -> Callable[[Store], None]:
    return lambda store: store.put(kind, key, document)


def stored(given: Message) -> dict[str, object]:
    """What a Store keeps of a message: all but its uuid, which is the Store's own, and the running count."""
    return {
        field.name: getattr(given, field.name) for field in fields(given) if field.name not in ("uuid", "announced")
    }


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


# Messages


FULL = message(
    direction=Direction.OUTBOUND,
    service=Service.MMS,
    source="14155550180",
    text="zwei\nZeilen \N{PILE OF POO}\0@",
    powerpack_uuid="sales",
    country="US",
    units=3,
    callback_url="http://127.0.0.1/status?a=b",
    callback_method="GET",
    log="number_only",
    created_at=1_795_348_800.123456,
    expires_at=1_795_359_600.123456,
    stage=Stage.SENT,
    error_code=ErrorCode.UNAVAILABLE_TEMPORARILY,
    carrier="tmobile",
    sent_at=1_795_348_801.5,
    updated_at=1_795_348_802.25,
    told=1,
    intent="optout",
    reasons=("sticky: no pair", "one\ntwo", ""),
    carrier_ids=("", "00A1\n", "\xff"),
    arrived=2,
    attempts=4,
)


def test_a_message_comes_back_as_it_was(bench: Bench) -> None:
    bench.insert(FULL)

    found = bench.message(FULL.id)

    assert found is not None
    assert stored(found) == stored(FULL)


words = st.lists(st.text(max_size=8), max_size=4).map(tuple)
moments = st.floats(min_value=0, max_value=4e9)
messages = st.builds(
    Message,
    id=st.integers(min_value=1, max_value=2**48 - 1),
    uuid=st.just(""),
    direction=st.sampled_from(Direction),
    service=st.sampled_from(Service),
    destination=st.text(max_size=20),
    text=st.text(),
    created_at=moments,
    source=st.text(max_size=20),
    powerpack_uuid=st.none() | st.text(max_size=36),
    units=st.integers(min_value=1, max_value=255),
    callback_url=st.none() | st.text(),
    log=st.sampled_from(["true", "false", "content_only", "number_only"]),
    expires_at=moments,
    stage=st.sampled_from(Stage),
    error_code=st.none() | st.sampled_from(ErrorCode),
    carrier=st.none() | st.text(max_size=15),
    sent_at=st.none() | moments,
    updated_at=moments,
    told=st.integers(min_value=0, max_value=3),
    reasons=words,
    carrier_ids=words,
    arrived=st.integers(min_value=0, max_value=255),
)


@pytest.mark.parametrize("kind", [KINDS[0]], ids=lambda kind: kind.name)
@settings(max_examples=50)
@given(given_message=messages)
def test_any_message_comes_back_as_it_was(kind: Kind, given_message: Message) -> None:
    bench = Bench(kind, "")
    bench.insert(given_message)

    found = bench.message(given_message.id)
    bench.end()

    assert found is not None
    assert stored(found) == stored(given_message)


def test_a_row_that_does_not_exist_is_none(bench: Bench) -> None:
    bench.insert(message(1))

    assert bench.message(2) is None


def test_a_changed_message_is_kept(bench: Bench) -> None:
    changing = message()
    bench.insert(changing)
    for name in ("source", "carrier", "error_code"):
        setattr(changing, name, "new")
    changing.stage, changing.sent_at, changing.updated_at = Stage.UNDELIVERED, 2.0, 3.0
    changing.told, changing.arrived, changing.attempts = 2, 1, 5
    changing.reasons, changing.carrier_ids = ("why",), ("A1",)

    bench.update(changing)

    found = bench.message(1)
    assert found is not None
    assert stored(found) == stored(changing)


def test_what_is_written_is_the_message_at_the_moment_of_the_commit(bench: Bench) -> None:
    changing = message(source="first")

    def rename(_: Store) -> None:
        changing.source = "last"

    bench.do(lambda store: store.insert(changing), lambda store: store.update(changing), rename)

    found = bench.message(1)
    assert found is not None
    assert found.source == "last"


def test_a_reader_sees_what_is_not_committed_yet(bench: Bench) -> None:
    store = bench.store

    one = bench.do(lambda store: store.insert(message(1)), then=lambda: store.message(1))
    page = bench.do(lambda store: store.insert(message(2)), then=lambda: store.messages(EVERYTHING, limit=20, offset=0))
    sent = bench.do(lambda store: store.insert(message(3, sent_at=9.0)), then=lambda: store.sent_since(0.0))

    assert one is not None
    assert page is not None
    assert [each.id for each in page.messages] == [2, 1]
    assert sent == [("", "12065550100", 9.0)]


def test_the_last_message_id_is_the_highest(lasting: Bench) -> None:
    lasting.insert(message(5), message(9), message(7))

    assert lasting.restart().last_message_id == 9


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({"stage": Stage.QUEUED}, True),
        ({"stage": Stage.SUBMITTED}, True),
        ({"stage": Stage.UNKNOWN}, True),
        ({"stage": Stage.SENT, "sent_at": 1.0}, True),
        ({"stage": Stage.DELIVERED, "sent_at": 1.0}, False),
        ({"stage": Stage.FAILED}, False),
        ({"stage": Stage.DELIVERED, "sent_at": 1.0, "callback_url": "http://x", "told": 2}, True),
        ({"stage": Stage.DELIVERED, "sent_at": 1.0, "callback_url": "http://x", "told": 3}, False),
        ({"stage": Stage.FAILED, "callback_url": "http://x", "told": 0}, True),
        ({"stage": Stage.FAILED, "callback_url": "http://x", "told": 2}, False),
        ({"stage": Stage.RECEIVED, "direction": Direction.INBOUND}, False),
        ({"stage": Stage.RECEIVED, "direction": Direction.INBOUND, "callback_url": "http://x"}, True),
        ({"stage": Stage.RECEIVED, "direction": Direction.INBOUND, "callback_url": "http://x", "told": 1}, False),
    ],
    ids=str,
)
def test_messages_that_still_owe_something_come_back(lasting: Bench, changes: dict[str, object], is_open: bool) -> None:
    lasting.insert(message(1, **changes))

    after = lasting.restart()

    assert [each.id for each in after.open_messages] == ([1] if is_open else [])


def test_a_message_that_owes_nothing_any_more_does_not_come_back(lasting: Bench) -> None:
    changing = message()
    lasting.insert(changing)
    changing.stage = Stage.FAILED
    lasting.update(changing)

    assert list(lasting.restart().open_messages) == []


def test_open_messages_come_back_whole_and_in_their_order(lasting: Bench) -> None:
    lasting.insert(message(3), replace(FULL, id=2), message(1))

    after = lasting.restart()

    assert [each.id for each in after.open_messages] == [1, 2, 3]
    assert stored(after.open_messages[1]) == stored(replace(FULL, id=2))


# Lists


BOOK = [
    message(1, direction=Direction.OUTBOUND, stage=Stage.QUEUED, created_at=100.0, country="US"),
    message(2, service=Service.MMS, stage=Stage.SUBMITTED, created_at=200.0, country="US"),
    message(3, stage=Stage.FAILED, error_code="200", created_at=300.0, country="CA", source="14155550180"),
    message(4, stage=Stage.DELIVERED, error_code="000", created_at=400.0, country="US", powerpack_uuid="sales"),
    message(5, direction=Direction.INBOUND, stage=Stage.RECEIVED, created_at=500.0, destination="14155550180"),
    message(6, stage=Stage.UNKNOWN, created_at=600.0, country="US", source="14155550181"),
]


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (MessageFilter(), [6, 5, 4, 3, 2, 1]),
        (MessageFilter(message_direction="inbound"), [5]),
        (MessageFilter(message_direction="outbound"), [6, 4, 3, 2, 1]),
        (MessageFilter(message_state="queued"), [6, 2, 1]),
        (MessageFilter(message_state="delivered"), [4]),
        (MessageFilter(message_state="received"), [5]),
        (MessageFilter(message_state="rejected"), []),
        (MessageFilter(message_type="mms"), [2]),
        (MessageFilter(message_type="whatsapp"), []),
        (MessageFilter(error_code="200"), [3]),
        (MessageFilter(error_code="000"), [4]),
        (MessageFilter(powerpack_id="sales"), [4]),
        (MessageFilter(from_number="14155550180"), [3]),
        (MessageFilter(to_number="14155550180"), [5]),
        (MessageFilter(numbers=("14155550180",)), [5, 3]),
        (MessageFilter(numbers=()), []),
        (MessageFilter(destination_country_iso2="CA"), [3]),
        (MessageFilter(time_gt=300.0), [6, 5, 4]),
        (MessageFilter(time_gte=300.0), [6, 5, 4, 3]),
        (MessageFilter(time_lt=300.0), [2, 1]),
        (MessageFilter(time_lte=300.0), [3, 2, 1]),
        (MessageFilter(time_is=300.0), [3]),
        (MessageFilter(time_gt=100.0, time_lt=600.0, message_state="queued"), [2]),
        (MessageFilter(powerpack_id="' OR 1=1 --"), []),
    ],
    ids=str,
)
def test_a_list_holds_what_its_filter_wants_newest_first(bench: Bench, wanted: MessageFilter, rows: list[int]) -> None:
    bench.insert(*BOOK)

    page = bench.run(bench.store.messages(wanted, limit=20, offset=0))

    assert [each.id for each in page.messages] == rows
    assert page.total_count == len(rows)


def test_every_filter_is_in_the_table_above() -> None:
    names = {field.name for field in fields(MessageFilter)}
    table = test_a_list_holds_what_its_filter_wants_newest_first.pytestmark[0].args[1]  # type: ignore[attr-defined] # pytest's own
    used = {field.name for wanted, _ in table for field in fields(wanted) if getattr(wanted, field.name) is not None}

    assert used == names


def test_a_page_is_a_part_and_says_whether_there_is_more(bench: Bench) -> None:
    bench.insert(*BOOK)

    page = bench.run(bench.store.messages(MessageFilter(message_direction="outbound"), limit=2, offset=1))

    assert [each.id for each in page.messages] == [4, 3]
    assert page.total_count == 4  # one more than the page's end: there is another page


def test_beyond_the_end_a_page_is_empty(bench: Bench) -> None:
    bench.insert(*BOOK)

    page = bench.run(bench.store.messages(EVERYTHING, limit=20, offset=6))

    assert (list(page.messages), page.total_count) == ([], 6)


def test_a_history_is_kept_with_its_message(bench: Bench) -> None:
    bench.insert(message(1, history=b'[1,"submit",1,"acme",0],'))
    bench.update(message(1, history=b'[1,"submit",1,"acme",0],[2,"omitted",1],', stage=Stage.DELIVERED))

    kept = bench.message(1)

    assert kept is not None
    assert kept.history == b'[1,"submit",1,"acme",0],[2,"omitted",1],'


def test_old_messages_that_are_finished_can_be_forgotten(bench: Bench) -> None:
    done = {"stage": Stage.DELIVERED}
    bench.insert(message(1, **done), message(2), message(3, **done), message(4, **done), message(5, **done))

    first = bench.run(bench.store.finished_before(1004.5, limit=1))
    found = bench.run(bench.store.finished_before(1004.5, limit=10))
    bench.do(lambda store: store.forget(found))

    assert first == [1]
    assert found == [1, 3, 4]
    assert bench.found() == [5, 2]


def test_the_newest_message_is_never_among_those_to_forget(bench: Bench) -> None:
    bench.insert(message(1, stage=Stage.FAILED))

    assert bench.run(bench.store.finished_before(1e9, limit=10)) == []


def test_what_was_sent_since_a_moment_is_outbound_and_in_the_order_of_time(bench: Bench) -> None:
    bench.insert(
        message(1, source="a", sent_at=30.0),
        message(2, source="b", sent_at=10.0),
        message(3, source="c", sent_at=9.9),
        message(4, source="d"),
        message(5, source="e", sent_at=20.0, direction=Direction.INBOUND),
        message(6, source="f", sent_at=30.0, units=2),
    )

    sent = bench.run(bench.store.sent_since(10.0))

    assert list(sent) == [
        ("b", "12065550100", 10.0),
        ("a", "12065550100", 30.0),
        ("f", "12065550100", 30.0),
        ("f", "12065550100", 30.0),  # one for each segment
    ]


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
