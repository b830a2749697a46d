"""A message is read as it was written, and those that owe something are found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contract.store_bench import EVERYTHING, KINDS, Bench, Kind, message, stored
from powerpack_gateway.messages import Direction, ErrorCode, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store.base import Store

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
