"""What is PostgreSQL's own: a server that goes away and comes back, and what becomes of what was written."""

import asyncio
import itertools
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.postgres_stores import Events, run, store_at
from postgres_support import PostgresServer, started
from postgres_wire import CutWire
from powerpack_gateway.errors import StoreError, StoreInUse
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store import postgres as module
from powerpack_gateway.store import postgres_writer
from powerpack_gateway.store.base import MessageFilter
from powerpack_gateway.store.postgres import PostgresStore
from powerpack_gateway.store.postgres_rows import COLUMNS, readable, storable

EVERYTHING = MessageFilter()
RESTARTS = 2
A_WHILE = 200


def message(row: int = 1, **changes: Any) -> Message:
    return Message(
        id=row,
        uuid="",
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="12065550100",
        text="hi",
        created_at=float(row),
        **changes,
    )


@pytest.fixture
def events() -> Events:
    return Events()


async def rows_of(store: PostgresStore) -> list[int]:
    """What it lists, oldest first."""
    page = await store.messages(EVERYTHING, limit=20, offset=0)
    return [each.id for each in reversed(page.messages)]


# Connections that end


class Cut:
    """A store behind a wire that can be cut; it holds message 1."""

    def __init__(self, database: str, events: Events) -> None:
        self.wire = CutWire(database)
        self.store = store_at(self.wire.url, events)

    async def __aenter__(self) -> "Cut":
        await self.wire.open()
        await self.store.open()
        self.store.insert(message(1))
        await self.store.commit()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.wire.loses_answers = self.wire.loses_requests = False
        await self.store.close()
        await self.wire.close()


@pytest.mark.parametrize("was_committed", [True, False])
def test_a_commit_whose_answer_is_lost_is_looked_up_and_happens_once(
    database: str, events: Events, was_committed: bool
) -> None:
    async def cut() -> list[int]:
        async with Cut(database, events) as each:
            each.wire.loses_answers, each.wire.loses_requests = was_committed, not was_committed
            each.store.insert(message(2))
            done = asyncio.ensure_future(each.store.commit())
            await events.next("store.lost")
            each.wire.loses_answers = each.wire.loses_requests = False
            await done
            return await rows_of(each.store)

    assert run(cut()) == [1, 2]
    assert [each["was_committed"] for each in events.of["store.back"]] == [was_committed]


def test_a_connection_that_was_told_of_its_end_and_has_not_seen_it_is_made_anew(
    postgres: PostgresServer, database: str, events: Events
) -> None:
    async def told() -> list[int]:
        async with Cut(database, events) as each:
            await rows_of(each.store)  # the connection that reads is there too
            each.wire.loses_ends = True
            await asyncio.to_thread(
                postgres.execute,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'powerpack-lab%'",
            )
            await each.wire.server_ended.wait()
            each.store.insert(message(2))
            await each.store.commit()
            return await rows_of(each.store)

    assert run(told()) == [1, 2]
    assert [each["was_committed"] for each in events.of["store.back"]] == [False]


def test_what_was_refused_while_in_doubt_is_taken_back(
    database: str, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "RECONNECT_S", 0.0)
    monkeypatch.setattr(module, "RETRY_S", 0.0)

    async def cut() -> tuple[list[int], Stage]:
        async with Cut(database, events) as each:
            changing = await each.store.message(1)
            assert changing is not None

            def change(row: int) -> None:
                changing.stage = Stage.SUBMITTED
                each.store.update(changing)
                each.store.insert(message(row))

            change(4)  # the server is asked about a statement before it is run for the first time
            await each.store.commit()
            each.wire.loses_answers = True
            change(2)
            with pytest.raises(StoreError):
                await each.store.commit()
            each.wire.loses_answers = False
            await events.next("store.back")
            each.store.insert(message(3))
            await each.store.commit()
            kept = await each.store.message(1)
            assert kept is not None
            return await rows_of(each.store), kept.stage

    rows, stage = run(cut())

    assert rows == [1, 3, 4]
    assert stage is Stage.SUBMITTED
    assert events.of["store.took_back"] == [{"messages": 1}]


def test_a_change_that_could_not_be_written_is_written_when_the_server_is_back(
    database: str, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "RECONNECT_S", 0.0)
    monkeypatch.setattr(module, "RETRY_S", 0.0)

    troubles: list[StoreError | None] = []

    async def gone() -> bytes:
        async with Cut(database, events) as each:
            await each.wire.close()
            each.store.put("number", "1", b"{}")
            with pytest.raises(StoreError, match="database postgresql://lab@/"):
                await each.store.commit()
            troubles.append(each.store.trouble)
            await each.wire.open()
            await events.next("store.back")
            await each.store.commit()
            troubles.append(each.store.trouble)
            await each.store.close()
            return (await each.store.open()).documents["number", "1"]

    assert run(gone()) == b"{}"
    assert [each is None for each in troubles] == [False, True]


def test_a_reader_whose_connection_was_lost_connects_again(database: str, events: Events) -> None:
    async def cut() -> list[int]:
        async with Cut(database, events) as each:
            before = await rows_of(each.store)
            each.wire.cut()
            return before + await rows_of(each.store)

    assert run(cut()) == [1, 1]


def test_a_value_that_can_not_be_bound_refuses_its_group_and_keeps_the_connection(
    database: str, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.0)

    async def wrong() -> list[int]:
        async with Cut(database, events) as each:
            each.store.insert(message(2, units=2**40))
            with pytest.raises(StoreError, match=r"can not store what it was given \(value out of int32 range\)$"):
                await each.store.commit()
            await asyncio.sleep(0)
            each.store.insert(message(3))
            await each.store.commit()
            return await rows_of(each.store)

    assert run(wrong()) == [1, 3]
    assert "store.lost" not in events.of


def test_a_gateway_whose_database_another_one_took_writes_nothing_more_and_says_so(
    database: str, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "RECONNECT_S", 0.0)
    monkeypatch.setattr(postgres_writer, "ALONE_S", 0.0)
    told: list[str] = []

    async def story() -> list[int]:
        async with Cut(database, events) as each:
            each.store.lost = told.append
            await each.wire.close()
            other = store_at(database)
            while True:  # until the server has seen that the first one's connection is gone
                try:
                    await other.open()
                except StoreInUse:
                    continue
                break
            await each.wire.open()
            for row in (2, 3):
                each.store.insert(message(row))
                with pytest.raises(StoreInUse):
                    await each.store.commit()
            rows = await rows_of(other)
            await other.close()
            each.store.abandon()
            return rows

    assert run(story()) == [1]
    assert ["is in use by another gateway" in each for each in told] == [True]


# Servers that end


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    server = started()
    yield server
    server.remove()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "killed"])
def test_a_server_that_is_restarted_under_load_loses_and_doubles_nothing(
    own_server: PostgresServer, events: Events, how: signal.Signals
) -> None:
    url = own_server.new_database()

    async def load() -> tuple[set[int], set[int]]:
        store = store_at(url, events)
        await store.open()
        rows = itertools.count(1)
        accepted: set[int] = set()
        restarts = 0

        async def client() -> None:
            while restarts < RESTARTS or len(accepted) < (RESTARTS + 1) * A_WHILE:
                row = next(rows)
                store.insert(message(row))
                try:
                    await store.commit()
                except StoreError:
                    await asyncio.sleep(0)  # it was not accepted; the next may be
                else:
                    accepted.add(row)
                    if len(accepted) % A_WHILE == 0:
                        events.record("a while")

        async with asyncio.TaskGroup() as clients:
            for _ in range(10):
                clients.create_task(client())
            for _ in range(RESTARTS):
                await events.next("a while")
                await asyncio.to_thread(own_server.stop, how)
                await asyncio.to_thread(own_server.start)
                restarts += 1
        await store.close()
        again = store_at(url, events)
        snapshot = await again.open()
        await again.close()
        return accepted, {each.id for each in snapshot.open_messages}

    accepted, kept = run(load())

    assert accepted == kept
    assert len(events.of["store.back"]) >= 2


# What rows hold


def test_every_field_of_a_message_has_its_column() -> None:
    assert set(COLUMNS) == {*Message.__struct_fields__} - {"uuid", "announced", "is_left"}


@given(st.text())
def test_any_text_can_be_stored_and_comes_back(text: str) -> None:
    assert "\0" not in storable(text)
    assert readable(storable(text)) == text


@given(st.text("\0\x1a0a"))
def test_marks_in_a_text_come_back_as_they_were(text: str) -> None:
    assert readable(storable(text)) == text
