"""What messages cost, counted by one gateway and by several."""

from datetime import UTC, date, datetime

from powerpack_gateway.numbers import NumberType, Service
from powerpack_gateway.usage import Sent, Usage, key_of, price_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
TODAY, YESTERDAY = date(2026, 11, 22), date(2026, 11, 21)
PRICE = price_of(NumberType.LONGCODE, Service.SMS, 1)


def line(writer: str, units: int, day: date = TODAY) -> Sent:
    return Sent(
        day=day, type=NumberType.LONGCODE, service=Service.SMS, units=units, amount=units * PRICE, writer=writer
    )


def counted(usage: Usage) -> list[tuple[str, int, int]]:
    return [(f"{each.at:%m-%d}", each.units, each.amount // PRICE) for each in usage.charges()]


def test_a_gateway_counts_under_its_name_and_the_ledger_has_one_line_a_day_for_all() -> None:
    usage = Usage([line("", 5), line("two", 3), line("two", 1, YESTERDAY)], writer="one")
    key, mine = usage.count(NumberType.LONGCODE, Service.SMS, 2, NOON)

    assert (key, mine.units) == ("2026-11-22/longcode/sms/one", 2)
    assert usage.total == 11 * PRICE
    assert sorted(counted(usage)) == [("11-21", 1, 1), ("11-22", 10, 10)]


def test_what_another_gateway_says_replaces_what_it_said_before_and_what_is_late_counts_for_nothing() -> None:
    usage = Usage(writer="one")
    for units in (3, 7, 5):
        usage.heard(line("two", units))
    usage.heard(line("one", 100))

    assert usage.total == 7 * PRICE


def test_what_is_read_holds_but_for_what_was_heard_since() -> None:
    usage = Usage([line("two", 1, YESTERDAY), line("three", 4)], writer="one")
    usage.count(NumberType.LONGCODE, Service.SMS, 1, NOON)
    usage.heard(line("two", 9))
    usage.read([line("one", 50), line("two", 6), line("", 4)], TODAY)

    assert usage.total == (1 + 1 + 9 + 4) * PRICE, "three's line is nobody's by now"
    usage.read([line("two", 9)], None)
    assert usage.total == (1 + 9) * PRICE


def test_the_lines_of_the_dead_become_nobodys_and_the_sum_stays() -> None:
    usage = Usage([line("", 5), line("two", 3), line("two", 1, YESTERDAY), line("three", 2)], writer="one")
    before = usage.total
    grown, gone = usage.fold({"two"})

    assert {key_of(each): each.units for each in grown} == {"2026-11-22/longcode/sms": 8, "2026-11-21/longcode/sms": 1}
    assert sorted(key_of(each) for each in gone) == ["2026-11-21/longcode/sms/two", "2026-11-22/longcode/sms/two"]
    assert usage.total == before
    assert usage.writers == {"three"}
    assert usage.fold({"two"}) == ([], [])


def test_a_gateway_alone_goes_on_with_what_several_have_counted() -> None:
    usage = Usage([line("", 5), line("two", 3)])
    key, own = usage.count(NumberType.LONGCODE, Service.SMS, 1, NOON)

    assert (key, own.units) == ("2026-11-22/longcode/sms", 6)
    assert usage.total == 9 * PRICE
