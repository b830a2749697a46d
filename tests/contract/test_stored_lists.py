"""Lists of stored messages: filters, pages, and what is old enough to be forgotten."""

from dataclasses import fields

import pytest

from contract.store_bench import EVERYTHING, Bench, message
from powerpack_gateway.messages import Direction, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.store.base import MessageFilter

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
