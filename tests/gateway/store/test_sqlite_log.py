"""sqlite_log.py: what was committed is there after a kill, and a message gets its row once."""

import asyncio
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.store.state_files import SECRET, Connections, message, opened, refusal
from powerpack_gateway.errors import StoreError, StoreUnusable
from powerpack_gateway.messages import Message, Stage
from powerpack_gateway.store import sqlite, sqlite_log
from powerpack_gateway.store.base import LATER_S, MessageFilter
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_gateway.store.sqlite_log import Change
from powerpack_lab.virtual import VirtualLoop

pytestmark = pytest.mark.usefixtures("impatient")


def sent(row: int = 1) -> Message:
    """A message that the carrier took."""
    each = message(row)
    become(each, Stage.SENT)
    return each


def become(each: Message, stage: Stage) -> None:
    each.stage, each.attempts = stage, each.attempts + 1
    each.carrier_ids, each.history = (f"\n{each.attempts}",), each.history + b"[1],"


class Bench:
    """A store on a file that can be killed and opened again."""

    def __init__(self, path: Path, loop: VirtualLoop) -> None:
        self.path, self.loop = path, loop
        self.store = opened(path)
        self.open: Sequence[Message] = ()

    def insert(self, *messages: Message) -> None:
        async def inserted() -> None:
            self.store.insert_all(messages)
            await self.store.commit()

        self.loop.run(inserted())

    def update(self, *messages: Message) -> None:
        async def updated() -> None:
            self.store.update_all(messages)
            await self.store.commit()

        self.loop.run(updated())

    def tell(self, *messages: Message) -> None:
        async def told() -> None:
            self.store.update_all_later(messages)

        self.loop.run(told())

    def kill(self) -> None:
        """As kill -9, and a start after it."""
        self.store.abandon()
        self.store = SqliteStore(self.path, secret=SECRET)
        self.open = self.loop.run(self.store.open()).open_messages

    def stored(self) -> dict[int, Message]:
        """By row, all of them."""
        page = self.loop.run(self.store.messages(MessageFilter(), limit=10_000, offset=0))
        return {each.id: each for each in page.messages}

    def count(self, table: str) -> int:
        found: int = self.store._opened().execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return found


@pytest.fixture
def bench(path: Path, loop: VirtualLoop) -> Bench:
    return Bench(path, loop)


def known(each: Message) -> dict[str, object]:
    """Everything that is kept of a message."""
    unkept = ("uuid", "announced", "is_left", "lease")
    return {name: getattr(each, name) for name in Message.__struct_fields__ if name not in unkept}


def test_a_message_gets_its_row_once_when_nothing_is_owed_any_more(bench: Bench) -> None:
    statements: list[str] = []
    bench.store._opened().set_trace_callback(statements.append)
    each = message()

    bench.insert(each)
    become(each, Stage.SENT)
    bench.update(each)
    assert not [words for words in statements if "message" in words]
    become(each, Stage.DELIVERED)
    bench.update(each)

    assert [words.split(" (")[0] for words in statements if "message" in words] == ["INSERT INTO message"]
    assert known(bench.stored()[1]) == known(each)


def test_a_message_whose_callback_is_owed_waits_for_it(bench: Bench) -> None:
    each = message()
    each.callback_url = "http://127.0.0.1/"
    bench.insert(each)
    become(each, Stage.FAILED)
    bench.update(each)
    assert bench.count("message") == 0

    each.told = each.notices_due
    bench.tell(each)
    bench.loop.advance(LATER_S)

    assert bench.count("message") == 1
    bench.kill()
    assert bench.open == []
    assert bench.stored()[1].told == each.notices_due


@pytest.mark.parametrize("stage", [Stage.QUEUED, Stage.SUBMITTED, Stage.SENT, Stage.DELIVERED], ids=str)
def test_after_a_kill_a_message_is_as_its_last_commit_left_it(bench: Bench, stage: Stage) -> None:
    each = message(text="caf\u00e9 \U0001f600\0")
    each.media, each.reasons, each.error_code, each.sent_at = ("m",), ("why",), "000", 3.5
    bench.insert(each)
    for following in (Stage.SUBMITTED, Stage.SENT, Stage.DELIVERED):
        if following.value <= stage.value:
            become(each, following)
            bench.update(each)

    bench.kill()

    found = bench.stored()[1]
    assert known(found) == known(each)
    assert found.uuid == bench.store.ids.uuid(1)
    assert [known(still) for still in bench.open] == ([] if stage is Stage.DELIVERED else [known(each)])


def test_what_was_told_since_the_process_began_is_not_kept(bench: Bench) -> None:
    each = message()
    each.announced = 1

    bench.insert(each)
    bench.kill()

    assert [still.announced for still in bench.open] == [0]


def test_a_row_is_newer_than_an_entry_that_is_still_there(bench: Bench) -> None:
    first, second = message(1), message(2)
    bench.insert(first, second)
    become(first, Stage.SENT)
    become(second, Stage.SENT)
    bench.update(first, second)
    become(first, Stage.DELIVERED)
    bench.update(first)
    assert bench.count("log") == 2

    bench.kill()

    assert [each.id for each in bench.open] == [2]
    assert bench.stored()[1].stage is Stage.DELIVERED


def test_what_is_forgotten_is_not_brought_back_by_an_entry(bench: Bench) -> None:
    first, second = message(1), message(2)
    bench.insert(first, second)
    become(first, Stage.FAILED)
    bench.update(first)

    async def forgotten() -> None:
        bench.store.forget([1])
        await bench.store.commit()

    bench.loop.run(forgotten())
    bench.kill()

    assert [each.id for each in bench.open] == [2]
    assert list(bench.stored()) == [2]


def test_the_oldest_get_their_rows_early_when_too_many_are_held(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_log, "HELD_MAX", 5)
    messages = [message(row) for row in range(1, 9)]
    bench.insert(*messages[:4])
    bench.insert(*messages[4:])
    assert [row for (row,) in bench.store._opened().execute("SELECT id FROM message")] == [1, 2, 3]

    for each in messages:
        become(each, Stage.SENT)
    bench.update(*messages)
    bench.kill()

    assert [known(each) for each in bench.open] == [known(each) for each in messages]


def test_one_message_that_never_ends_does_not_let_the_log_grow(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_log, "OCTETS_MAX", 50_000)
    stuck = message(1)
    bench.insert(stuck)
    sizes = []
    for row in range(2, 302):
        each = message(row, "x" * 1_000)
        bench.insert(each)
        become(each, Stage.DELIVERED)
        bench.update(each)
        sizes.append(bench.store._opened().execute("SELECT sum(length(entry)) FROM log").fetchone()[0] or 0)

    assert max(sizes) < 100_000
    assert bench.count("log") < 100
    bench.kill()
    assert [each.id for each in bench.open] == [1]


def test_a_file_does_not_grow_with_the_entries_that_are_gone(bench: Bench) -> None:
    pages = []
    for row in range(1, 401):
        each = message(row, "x" * 5_000)
        bench.insert(each)
        pages.append(bench.store._opened().execute("PRAGMA page_count").fetchone()[0])
        become(each, Stage.DELIVERED)
        each.text = ""
        bench.update(each)

    assert pages[-1] - pages[100] < 30  # rows of a hundred octets; the entries meanwhile were 1.5 MB


def test_a_closed_file_has_no_entries(bench: Bench) -> None:
    bench.insert(message(1), message(2))
    become(each := sent(1), Stage.DELIVERED)
    bench.update(each)

    bench.loop.run(bench.store.close())

    with closing(sqlite3.connect(bench.path)) as plain:
        assert plain.execute("SELECT count(*) FROM log").fetchone() == (0,)
        assert plain.execute("SELECT id, is_open FROM message").fetchall() == [(1, 0), (2, 1)]


def test_a_long_list_of_what_is_held_lets_others_go_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "AT_ONCE", 10)
    bench.insert(*(message(row) for row in range(1, 96)))
    counts: list[int] = []

    async def listed() -> int:
        listing = bench.loop.create_task(bench.store.messages(MessageFilter(), limit=20, offset=0))
        while not listing.done():
            counts.append(bench.count("message"))
            await asyncio.sleep(0)
        return (await listing).total_count

    assert bench.loop.run(listed()) == 21
    assert len(set(counts)) >= 9
    assert max(later - earlier for earlier, later in pairwise(counts)) <= 15


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ("UPDATE log SET entry = x'00'", "Expected `array`, got `int`"),
        ("UPDATE log SET entry = substr(entry, 1, length(entry) / 2)", "truncated"),
        ("UPDATE log SET entry = 'words'", "entry 1 of the log"),
        ("UPDATE log SET entry = replace(hex(entry), 'A3', 'C1')", "entry 1 of the log"),
    ],
    ids=["a number", "cut off", "text", "garbage"],
)
def test_an_entry_that_can_not_be_read_is_refused_and_the_file_left_as_it_is(
    bench: Bench, damage: str, why: str
) -> None:
    bench.insert(message())
    bench.store.abandon()
    with closing(sqlite3.connect(bench.path)) as plain, plain:
        plain.execute(damage)
    before = bench.path.read_bytes()

    error = refusal(bench.path)

    assert isinstance(error, StoreUnusable)
    assert f"entry 1 of the log in state file {bench.path} can not be read" in str(error)
    assert "restore the file, or give another one" in str(error)
    assert why in str(error)
    assert bench.path.read_bytes() == before


def test_on_a_full_disk_what_was_accepted_stays_and_a_list_says_why_it_can_not_be_told(
    path: Path, connections: Connections, loop: VirtualLoop
) -> None:
    bench = Bench(path, loop)
    bench.insert(*(message(row, "x" * 1_000) for row in range(1, 50)))
    (pages,) = connections[-1].execute("PRAGMA page_count").fetchone()
    connections[-1].execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(StoreError, match="the disk is full"):
        bench.stored()
    with pytest.raises(StoreError, match="the disk is full"):
        bench.insert(message(50, "x" * 100_000))
    connections[-1].execute("PRAGMA max_page_count = 1000000")

    assert sorted(bench.stored()) == list(range(1, 50))


def test_a_message_that_no_database_can_hold_does_not_hide_those_that_are_held(bench: Bench) -> None:
    bench.insert(message(1))

    async def listed() -> int:
        bench.store.insert(message(2, "half a pair: \ud83d"))
        return (await bench.store.messages(MessageFilter(), limit=20, offset=0)).total_count

    assert bench.loop.run(listed()) == 1


def test_the_order_of_what_is_on_disk_does_not_change() -> None:
    """A field that is added goes to the end of these."""
    assert Message.__struct_fields__[:31] == (
        "id", "uuid", "direction", "service", "destination", "text", "created_at", "source", "powerpack_uuid",
        "country", "units", "callback_url", "callback_method", "log", "requester_ip", "expires_at", "stage",
        "error_code", "carrier", "sent_at", "updated_at", "told", "intent", "reasons", "carrier_ids", "arrived",
        "attempts", "media", "announced", "lease", "history",
    )  # fmt: skip
    assert Change.__struct_fields__[:14] == (
        "id", "source", "stage", "error_code", "carrier", "sent_at", "updated_at", "told", "reasons", "carrier_ids",
        "arrived", "attempts", "media", "history",
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_after_any_kill_everything_is_as_the_last_commit_left_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    monkeypatch.setattr(sqlite_log, "HELD_MAX", rng.choice([3, 10, 1_000]))
    monkeypatch.setattr(sqlite_log, "OCTETS_MAX", rng.choice([500, 5_000, 1_000_000]))
    monkeypatch.setattr(sqlite_log, "STEP", 4)
    monkeypatch.setattr(sqlite_log, "GONE_MIN", rng.choice([1, 3, 10]))
    under_way: dict[int, Message] = {}
    expected: dict[int, dict[str, object]] = {}
    last = 0
    for _ in range(60):
        match rng.randrange(8):
            case 0 | 1 | 2:
                new = [message(last + 1 + each, "x" * rng.randrange(50)) for each in range(rng.randrange(1, 6))]
                last = new[-1].id
                for each in new:
                    each.stage = rng.choice([Stage.QUEUED, Stage.QUEUED, Stage.FAILED])
                bench.insert(*new)
                under_way |= {each.id: each for each in new if each.is_open}
                expected |= {each.id: known(each) for each in new}
            case 3 | 4 | 5 if under_way:
                changed = rng.sample(sorted(under_way), rng.randrange(1, min(6, len(under_way)) + 1))
                for row in changed:
                    become(under_way[row], rng.choice([Stage.SUBMITTED, Stage.SENT, Stage.DELIVERED]))
                bench.update(*(under_way[row] for row in changed))
                expected |= {row: known(under_way[row]) for row in changed}
                under_way = {row: each for row, each in under_way.items() if each.is_open}
            case 6 if rng.random() < 0.3:
                assert {row: known(each) for row, each in bench.stored().items()} == expected
            case 7:
                bench.kill()
                assert {each.id: known(each) for each in bench.open} == {row: expected[row] for row in under_way}
                under_way = {each.id: each for each in bench.open}

    bench.kill()
    assert {row: known(each) for row, each in bench.stored().items()} == expected
    assert bench.count("log") == 0
