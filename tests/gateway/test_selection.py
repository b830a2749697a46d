"""A Powerpack picks the number that its rules say, and tells why."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway import selection as selection_module
from powerpack_gateway.buckets import DAY_SPAN
from powerpack_gateway.nanp import region_of, type_of
from powerpack_gateway.numbers import NumberType, Service
from powerpack_gateway.powerpacks import DEFAULT_PRIORITY, NumberPriority, Powerpack
from powerpack_gateway.reasons import Reason
from powerpack_gateway.selection import NoNumber, PoolEntry, Selection, Selector

SMS, MMS = Service.SMS, Service.MMS
SHORT, TOLLFREE, SF, SF_2, LA, NY, TORONTO = (
    *("72345", "18005550100"),
    *("14155550100", "14155550101", "12135550100", "12125550100", "14165550100"),
)
IN_SF, IN_LA, IN_NY, IN_TORONTO, IN_MONTREAL, IN_LONDON = (
    *("14155551000", "12135551000", "12125551000"),
    *("14165551000", "15145551000", "442079460000"),
)


def entry(
    number: str,
    *,
    country: str | None = None,
    service: Service = SMS,
    rate: float = 1.0,
    burst: int = 1,
    daily_cap: int | None = None,
    registered: bool = True,
    suspended: bool = False,
) -> PoolEntry:
    canadian = number.startswith(("1416", "1514"))
    return PoolEntry(
        number=number,
        type=type_of(number),
        country=country or ("CA" if canadian else "US"),
        area_code=number[1:4] if len(number) == 11 else None,
        region=region_of(number),
        service=service,
        rate=rate,
        burst=burst,
        daily_cap=daily_cap,
        registered=registered,
        suspended=suspended,
    )


def powerpack(*, sticky: bool = False, local: bool = True, priority: tuple[NumberPriority, ...] = ()) -> Powerpack:
    return Powerpack(
        uuid="u",
        number_pool_uuid="p",
        name="lab",
        sticky_sender=sticky,
        local_connect=local,
        number_priority=priority or DEFAULT_PRIORITY,
        created_on=datetime(2026, 11, 22, tzinfo=UTC),
    )


def selector(*entries: PoolEntry, sticky: bool = False, local: bool = True, seed: int = 1) -> Selector:
    return Selector(powerpack(sticky=sticky, local=local), entries, rng=Random(seed), margin=0.0)


def select(
    pool: Selector,
    destination: str,
    *,
    country: str = "US",
    service: Service = SMS,
    now: float = 0.0,
    day: int = 1,
    segments: int = 1,
) -> Selection:
    selected = pool.select(destination, country, service, now, day, segments)
    assert isinstance(selected, Selection), selected
    return selected


def refuse(pool: Selector, destination: str, *, country: str = "US", service: Service = SMS) -> NoNumber:
    refused = pool.select(destination, country, service, 0.0, 1)
    assert isinstance(refused, NoNumber), refused
    return refused


def numbers(pool: Selector, count: int, destination: str = IN_SF, *, now: float = 0.0) -> list[str]:
    return [select(pool, destination, now=now).number for _ in range(count)]


def take(pool: Selector, number: str, count: int) -> None:
    """Send so many from a number that was asked for, on the first day."""
    slot = pool.slot(number)
    slot.count(DAY_SPAN, count)
    slot.reserve(0.0, count)


# Number priority


def test_the_first_type_with_capacity_sends() -> None:
    pool = selector(entry(SF), entry(TOLLFREE), entry(SHORT))

    assert numbers(pool, 3) == [SHORT, TOLLFREE, SF]


def test_canada_prefers_long_codes_to_tollfree() -> None:
    pool = selector(entry(TORONTO), entry("18885550100", country="CA"))

    assert select(pool, IN_TORONTO, country="CA").number == TORONTO


def test_a_short_code_over_its_rate_falls_back_and_the_reasons_say_so() -> None:
    pool = selector(entry(SHORT), entry(SF))
    select(pool, IN_NY)

    selected = select(pool, IN_SF)

    assert selected.reasons == (
        "every shortcode that serves is at its rate",
        "no tollfree in the pool serves this country and service",
        "number priority: longcode is the first type with capacity",
        "local connect: area code 415",
        "least used today: 0 before this one",
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.INCOMPATIBLE, "shortcode is not compatible with the recipient's network"),
        (Reason.ROUTED_AWAY, "the carrier's routing asks for another type than shortcode"),
    ],
)
def test_a_short_code_that_the_network_does_not_take_falls_back(reason: Reason, words: str) -> None:
    pool = selector(entry(SHORT, rate=100), entry(SF))

    selected = pool.select(IN_SF, "US", SMS, 0.0, 1, 1, ((NumberType.SHORTCODE, reason),))
    elsewhere = select(pool, IN_SF)

    assert isinstance(selected, Selection)
    assert (selected.number, elsewhere.number) == (SF, SHORT)
    assert selected.reasons[0] == words


def test_a_sticky_number_that_the_network_does_not_take_is_kept_for_later() -> None:
    pool = selector(entry(SHORT, rate=100), entry(SF), sticky=True)
    select(pool, IN_SF)
    away = ((NumberType.SHORTCODE, Reason.INCOMPATIBLE), (NumberType.LONGCODE, Reason.ROUTED_AWAY))

    refused = pool.select(IN_SF, "US", SMS, 1.0, 1, 1, away)

    assert isinstance(refused, NoNumber)
    assert refused.reasons[0] == f"sticky sender: {SHORT} does not reach the recipient's network"
    assert select(pool, IN_SF, now=2.0).number == SHORT


def test_the_order_of_types_is_the_powerpacks() -> None:
    order = (NumberType.LONGCODE, None, NumberType.SHORTCODE)
    priority = (NumberPriority(country_iso="US", service_type=SMS, priority=order),)
    pool = Selector(powerpack(priority=priority), [entry(SHORT), entry(TOLLFREE), entry(SF)], rng=Random(1), margin=0)

    assert numbers(pool, 2) == [SF, SHORT]


def test_a_type_that_is_not_named_never_sends() -> None:
    priority = (NumberPriority(country_iso="US", service_type=SMS, priority=(NumberType.SHORTCODE, None, None)),)
    pool = Selector(powerpack(priority=priority), [entry(TOLLFREE), entry(SF)], rng=Random(1))

    assert isinstance(pool.select(IN_SF, "US", SMS, 0.0, 1), NoNumber)


def test_a_changed_powerpack_is_followed_at_once() -> None:
    pool = selector(entry(SHORT), entry(SF))
    select(pool, IN_SF)
    order = (NumberType.LONGCODE, NumberType.SHORTCODE, None)

    pool.configure(powerpack(priority=(NumberPriority(country_iso="US", service_type=SMS, priority=order),)))

    assert select(pool, IN_SF, now=10.0).number == SF


# Countries and services


@pytest.mark.parametrize(
    ("number", "destination", "country", "serves"),
    [
        (SHORT, IN_SF, "US", True),
        (SHORT, IN_TORONTO, "CA", False),
        (TOLLFREE, IN_SF, "US", True),
        (TOLLFREE, IN_TORONTO, "CA", False),
        (TOLLFREE, "17875551000", "PR", True),
        (SF, IN_TORONTO, "CA", True),
        (TORONTO, IN_SF, "US", True),
        (SF, IN_LONDON, "GB", True),
        (TOLLFREE, IN_LONDON, "GB", False),
    ],
)
@pytest.mark.parametrize("local", [True, False])
def test_a_number_serves_the_countries_it_reaches(
    number: str, destination: str, country: str, serves: bool, local: bool
) -> None:
    pool = selector(entry(number), local=local)

    assert isinstance(pool.select(destination, country, SMS, 0.0, 1), Selection) == serves


def test_us_tollfree_to_canada_has_its_own_reason() -> None:
    refused = refuse(selector(entry(TOLLFREE)), IN_TORONTO, country="CA")

    assert Reason.TOLLFREE_TO_CANADA in [why.reason for why in refused.why]


def test_mms_goes_only_through_numbers_that_can() -> None:
    pool = selector(entry(SHORT), entry(SF), entry(LA, service=MMS))

    assert select(pool, IN_SF, service=MMS).number == LA


def test_without_an_mms_number_there_is_none() -> None:
    refused = refuse(selector(entry(SF)), IN_SF, service=MMS)

    assert refused.reasons == tuple(
        f"no {kind} in the pool serves this country and service" for kind in ("shortcode", "tollfree", "longcode")
    )


def test_an_mms_number_shares_its_rate_between_the_services() -> None:
    pool = selector(entry(SF, service=MMS))
    select(pool, IN_SF, service=MMS)

    assert select(pool, IN_SF, service=SMS).wait_s == 1.0


def test_an_empty_pool_has_no_number() -> None:
    assert refuse(selector(), IN_SF).why


# Local connect


def test_local_connect_prefers_area_code_then_state_then_country_then_others() -> None:
    pool = selector(entry(TORONTO), entry(NY), entry(LA), entry(SF))

    chosen = [select(pool, IN_SF) for _ in range(4)]

    assert [each.number for each in chosen] == [SF, LA, NY, TORONTO]
    assert [each.why[-2].reason for each in chosen] == [
        Reason.AREA_CODE,
        Reason.REGION,
        Reason.COUNTRY,
        Reason.ABROAD,
    ]


def test_without_local_connect_all_numbers_share_the_load() -> None:
    pool = selector(entry(TORONTO, rate=100), entry(NY, rate=100), entry(SF, rate=100), local=False)

    chosen = Counter(select(pool, IN_SF, now=float(index)).number for index in range(30))

    assert chosen == {TORONTO: 10, NY: 10, SF: 10}


# Even use and chance


def test_the_least_used_number_of_the_day_sends() -> None:
    pool = selector(entry(SF, rate=100), entry(SF_2, rate=100))
    take(pool, SF, 5)

    assert [select(pool, IN_SF, now=float(index)).number for index in range(1, 6)] == [SF_2] * 5


def test_a_new_day_counts_anew() -> None:
    pool = selector(entry(SF, rate=100), entry(SF_2, rate=100))
    take(pool, SF, 50)
    select(pool, IN_SF, now=100.0, day=2)

    chosen = Counter(select(pool, IN_SF, now=200.0 + index, day=2).number for index in range(9))

    assert sorted(chosen.values()) == [4, 5]


def test_the_seed_decides_between_equals() -> None:
    first = {select(selector(entry(SF), entry(SF_2), seed=seed), IN_SF).number for seed in range(20)}
    again = {select(selector(entry(SF), entry(SF_2), seed=7), IN_SF).number for _ in range(20)}

    assert first == {SF, SF_2}
    assert len(again) == 1


# Waiting


def test_with_no_capacity_the_shortest_wait_wins() -> None:
    pool = selector(entry(SF, rate=0.1), entry(LA, rate=0.5), local=False)
    numbers(pool, 2)

    selected = select(pool, IN_SF)

    assert (selected.number, selected.wait_s) == (LA, 2.0)
    assert "nothing has capacity now: longcode has the shortest wait" in selected.reasons


def test_waiting_messages_are_spread_over_the_pool() -> None:
    pool = selector(entry(SF), entry(SF_2), entry(LA), local=False)

    chosen = [select(pool, IN_SF) for _ in range(9)]

    assert [each.wait_s for each in chosen] == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    assert Counter(each.number for each in chosen) == {SF: 3, SF_2: 3, LA: 3}


def test_a_busy_type_of_lower_priority_may_have_the_shortest_wait() -> None:
    pool = selector(entry(SHORT, rate=0.1), entry(SF, rate=1.0))
    numbers(pool, 2)

    assert select(pool, IN_SF).number == SF


def test_the_pool_goes_slower_than_the_carrier_allows() -> None:
    pool = Selector(powerpack(), [entry(SF, rate=0.25)], rng=Random(1))
    select(pool, IN_SF)

    assert select(pool, IN_SF).wait_s == pytest.approx(4.1)


def test_the_segments_of_a_message_take_a_turn_each() -> None:
    pool = selector(entry(SF, burst=2))
    selected = select(pool, IN_SF, segments=3)

    assert [selected.turn.wait_of_part(index) for index in range(3)] == [0.0, 0.0, 1.0]
    assert select(pool, IN_SF).wait_s == 2.0


def test_a_deferred_number_is_passed_over_until_then() -> None:
    pool = selector(entry(SF), entry(LA))
    pool.defer(SF, 60.0)

    assert select(pool, IN_SF).number == LA
    assert select(pool, IN_SF, now=60.0).number == SF


# The day's limit


def test_a_number_is_out_when_its_day_is_used_up_and_back_the_next_day() -> None:
    pool = selector(entry(SF, daily_cap=2), entry(LA))

    chosen = [select(pool, IN_SF, now=10.0 * index, day=1 + index // 4).number for index in range(6)]

    assert chosen == [SF, SF, LA, LA, SF, SF]


def test_a_message_that_would_break_the_days_limit_goes_elsewhere() -> None:
    pool = selector(entry(SF, daily_cap=3, burst=3), entry(LA, burst=3))

    assert [select(pool, IN_SF, segments=2).number for _ in range(2)] == [SF, LA]


def test_when_every_day_is_used_up_there_is_no_number() -> None:
    pool = selector(entry(SF, daily_cap=1))
    select(pool, IN_SF)

    refused = refuse(pool, IN_SF)

    assert refused.reasons[-1] == "every longcode that serves has used up its day"


# Suspension, joining, leaving


def test_a_suspended_number_does_not_send_until_it_is_reinstated() -> None:
    pool = selector(entry(SF), entry(LA))
    pool.suspend(SF)
    while_suspended = numbers(pool, 2)

    pool.reinstate(SF)

    assert while_suspended == [LA, LA]
    assert select(pool, IN_SF).number == SF


def test_suspension_does_not_give_turns_back() -> None:
    pool = selector(entry(SF))
    select(pool, IN_SF)

    pool.suspend(SF)
    pool.reinstate(SF)

    assert select(pool, IN_SF).wait_s == 1.0


@pytest.mark.parametrize("barred", [entry(TOLLFREE, suspended=True), entry(TOLLFREE, registered=False)])
def test_a_tollfree_number_that_may_not_send_is_named_in_the_refusal(barred: PoolEntry) -> None:
    refused = refuse(selector(barred), IN_SF)

    assert "every tollfree that would serve is suspended or not verified" in refused.reasons


def test_an_unregistered_long_code_sends() -> None:
    assert select(selector(entry(SF, registered=False)), IN_SF).number == SF


def test_a_removed_number_is_gone_and_an_added_one_sends_at_once() -> None:
    pool = selector(entry(SF))
    numbers(pool, 3)

    pool.remove(SF)
    pool.add(entry(LA))

    assert (len(pool), SF in pool, LA in pool) == (1, False, True)
    assert select(pool, IN_SF).number == LA


def test_the_first_number_of_a_better_type_sends_as_soon_as_it_is_added() -> None:
    pool = selector(entry(SF))
    select(pool, IN_SF)

    pool.add(entry(SHORT))

    assert select(pool, IN_SF).number == SHORT


def test_a_type_whose_last_number_left_is_missing_and_not_busy() -> None:
    pool = selector(entry(SHORT), entry(SF))
    select(pool, IN_SF)

    pool.remove(SHORT)

    assert select(pool, IN_SF).reasons[0] == "no shortcode in the pool serves this country and service"


def test_a_number_added_again_is_changed_and_keeps_its_turns() -> None:
    pool = selector(entry(SF))
    select(pool, IN_SF)

    pool.add(entry(SF, service=MMS))

    assert len(pool) == 1
    assert select(pool, IN_SF, service=MMS).wait_s == 1.0


def test_numbers_that_come_and_go_leave_nothing_behind() -> None:
    pool = selector(entry(SF, rate=1000))
    for _ in range(200):
        pool.suspend(SF)
        pool.reinstate(SF)

    assert numbers(pool, 3, now=1.0) == [SF, SF, SF]


# Sticky sender


def test_a_handset_keeps_its_number_and_waits_for_it() -> None:
    pool = selector(entry(SF), entry(LA), sticky=True)
    first = select(pool, IN_SF)

    second = select(pool, IN_SF)

    assert (first.is_new_pair, second.is_new_pair) == (True, False)
    assert (second.number, second.wait_s) == (first.number, 1.0)
    assert second.reasons == (f"sticky sender: the handset knows {first.number}",)


def test_sticky_wins_over_number_priority() -> None:
    pool = selector(entry(SF), sticky=True)
    select(pool, IN_SF)
    pool.add(entry(SHORT))

    assert select(pool, IN_SF).number == SF


def test_without_sticky_sender_nothing_is_remembered() -> None:
    pool = selector(entry(SF), entry(SF_2))

    assert len(set(numbers(pool, 2))) == 2
    assert pool.sticky_pairs == 0


@pytest.mark.parametrize(
    ("leave", "reason"),
    [
        (Selector.remove, "sticky sender: 14155550100 is no longer in the pool"),
        (Selector.suspend, "sticky sender: 14155550100 is suspended"),
    ],
)
def test_a_handset_gets_another_number_when_its_own_is_out(leave: Callable[[Selector, str], None], reason: str) -> None:
    pool = selector(entry(SF), entry(LA), sticky=True)
    select(pool, IN_SF)
    leave(pool, SF)

    selected = select(pool, IN_SF)

    assert (selected.number, selected.is_new_pair, selected.reasons[0]) == (LA, True, reason)
    assert pool.sticky_number(IN_SF) == LA


@pytest.mark.parametrize("leave", [Selector.remove, Selector.suspend])
def test_a_pair_ends_with_its_number_even_when_there_is_no_other(leave: Callable[[Selector, str], None]) -> None:
    pool = selector(entry(SF), sticky=True)
    select(pool, IN_SF)
    leave(pool, SF)

    refused = refuse(pool, IN_SF)

    assert refused.reasons[0].startswith("sticky sender: 14155550100 is ")
    assert pool.sticky_number(IN_SF) is None


def test_a_number_reinstated_before_the_next_message_keeps_its_handset() -> None:
    pool = selector(entry(SF), entry(LA), sticky=True)
    select(pool, IN_SF)
    pool.suspend(SF)
    pool.reinstate(SF)

    assert select(pool, IN_SF).number == SF


def test_a_sticky_number_with_a_used_up_day_is_replaced() -> None:
    pool = selector(entry(SF, daily_cap=1), entry(LA), sticky=True)
    select(pool, IN_SF)

    selected = select(pool, IN_SF)

    assert selected.reasons[0] == "sticky sender: 14155550100 has used up its day"
    assert pool.sticky_number(IN_SF) == LA


def test_a_pair_is_kept_when_there_is_no_other_number_either() -> None:
    pool = selector(entry(SF, daily_cap=1), sticky=True)
    select(pool, IN_SF)
    refuse(pool, IN_SF)

    assert select(pool, IN_SF, day=2).reasons == ("sticky sender: the handset knows 14155550100",)


def test_a_handset_may_know_one_number_for_sms_and_another_for_mms() -> None:
    pool = selector(entry(SF, rate=100), entry(NY, service=MMS, rate=100), sticky=True)
    select(pool, IN_SF)

    mms = [select(pool, IN_SF, service=MMS, now=float(index)) for index in (1, 2)]

    assert [each.number for each in mms] == [NY, NY]
    assert mms[0].reasons[0] == "sticky sender: 14155550100 can not serve this country and service"
    assert mms[1].reasons[-1] == "sticky sender: the handset knows 14155550100".replace(SF, NY)
    assert select(pool, IN_SF, now=3.0).number == SF


def test_a_number_that_carries_both_is_kept_for_both() -> None:
    pool = selector(entry(SF, service=MMS), entry(SF_2, service=MMS), sticky=True)

    chosen = {select(pool, IN_SF, service=service).number for service in (SMS, MMS, SMS)}

    assert len(chosen) == 1


def test_the_oldest_pairs_are_forgotten_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection_module, "STICKY_PAIRS_MAX", 20)
    pool = selector(entry(SF, rate=1000), sticky=True)
    handsets = [f"1415555{index:04d}" for index in range(2000, 2021)]
    for index, handset in enumerate(handsets):
        select(pool, handset, now=float(index))

    assert pool.sticky_pairs == 19
    assert pool.sticky_number(handsets[0]) is None
    assert pool.sticky_number(handsets[-1]) == SF


# Restart


def test_a_restored_pool_goes_on_where_it_was() -> None:
    pool = selector(entry(SF, rate=0.1, daily_cap=2), entry(LA, rate=0.1), entry(NY, service=MMS), sticky=True)
    for handset in (IN_SF, IN_LA):
        select(pool, handset, now=100.0)
    select(pool, IN_NY, service=MMS, now=100.0)
    other = selector(entry(SF, rate=0.1, daily_cap=2), entry(LA, rate=0.1), entry(NY, service=MMS), sticky=True)

    other.restore(pool.snapshot(104.0), 7.0)

    for handset, service in ((IN_SF, SMS), (IN_LA, SMS), (IN_NY, MMS)):
        before, after = (
            select(pool, handset, service=service, now=104.0),
            select(other, handset, service=service, now=7.0),
        )
        assert (before.number, before.reasons) == (after.number, after.reasons)
        assert before.wait_s == pytest.approx(after.wait_s)
    assert select(other, IN_SF, now=7.0).number != SF


def test_a_snapshot_of_numbers_that_have_left_is_passed_over() -> None:
    pool = selector(entry(SF), sticky=True)
    select(pool, IN_SF)
    other = selector(entry(LA), sticky=True)

    other.restore(pool.snapshot(0.0), 0.0)

    assert select(other, IN_SF).number == LA


# A number that the caller names


def test_a_named_number_takes_its_turn_among_the_selected_ones() -> None:
    pool = selector(entry(SF))
    take(pool, SF, 1)

    assert select(pool, IN_SF).wait_s == 1.0


def test_a_selector_and_a_selection_are_made_for_reading() -> None:
    pool = selector(entry(SF), sticky=True)
    selected = select(pool, IN_SF)

    assert repr(pool) == "<Selector lab: 1 numbers, 1 sticky pairs>"
    assert repr(selected).startswith(f"<Selection {SF} in 0 s: no shortcode in the pool")


# The whole against a slow and obvious model

POOL = (SHORT, TOLLFREE, SF, SF_2, LA, NY, TORONTO)
steps = st.lists(
    st.tuples(
        st.sampled_from(["select", "select", "select", "select", "suspend", "reinstate", "defer"]),
        st.sampled_from([IN_SF, IN_LA, IN_NY, IN_TORONTO, IN_MONTREAL]),
        st.sampled_from(POOL),
        st.sampled_from([0.0, 0.0, 0.0, 0.0, 0.5, 2.0, 3.5]),
        st.booleans(),
        st.integers(1, 3),
    ),
    max_size=60,
)


def nearest(group: list[str], destination: str, home: str) -> list[str]:
    """Those of the group in the handset's area code; if there are none, in its state; in its country; all."""
    return (
        [each for each in group if each[1:4] == destination[1:4]]
        or [each for each in group if region_of(each) == region_of(destination)]
        or [each for each in group if entry(each).country == home]
        or group
    )


@given(steps, st.booleans())
def test_selection_agrees_with_looking_at_every_number(
    events: list[tuple[str, str, str, float, bool, int]], local: bool
) -> None:
    entries = {number: entry(number, rate=0.5, burst=2, daily_cap=6) for number in POOL}
    pool = selector(*entries.values(), local=local)
    tat = dict.fromkeys(POOL, float("-inf"))
    used: Counter[tuple[str, int]] = Counter()
    suspended: set[str] = set()
    now, day = 0.0, 1

    def free_at(number: str) -> float:
        return tat[number] - 2.0

    for act, destination, number, pause, next_day, segments in events:
        now, day = now + pause, day + (next_day and act == "select")
        if act == "suspend":
            pool.suspend(number)
            suspended.add(number)
        elif act == "reinstate":
            pool.reinstate(number)
            suspended.discard(number)
        elif act == "defer":
            pool.defer(number, now + 3)
            tat[number] = max(tat[number], now + 5)
        else:
            home = "CA" if destination in (IN_TORONTO, IN_MONTREAL) else "US"
            result = pool.select(destination, home, SMS, now, day, segments)
            usable = [
                each
                for each in POOL
                if each not in suspended
                and used[each, day] + segments <= 6
                and (entries[each].type is NumberType.LONGCODE or entries[each].country == home)
            ]
            if not usable:
                assert isinstance(result, NoNumber)
                continue
            assert isinstance(result, Selection)
            chosen = entries[result.number]
            assert result.number in usable
            free = [each for each in usable if free_at(each) <= now]
            if not free:
                assert free_at(result.number) == min(free_at(each) for each in usable)
            else:
                order = ("shortcode", "tollfree", "longcode") if home == "US" else ("shortcode", "longcode", "tollfree")
                best_type = min((entries[each].type.value for each in free), key=order.index)
                group = [each for each in free if entries[each].type.value == best_type]
                if local and best_type == "longcode":
                    group = nearest(group, destination, home)
                assert chosen.type.value == best_type
                assert result.number in group
                assert used[result.number, day] == min(used[each, day] for each in group)
            start = max(now, free_at(result.number) + (min(segments, 2) - 1) * 2.0)
            assert result.wait_s == pytest.approx(start - now)
            tat[result.number] = max(start, tat[result.number]) + segments * 2.0
            used[result.number, day] += segments


@given(
    st.lists(
        st.tuples(st.sampled_from([IN_SF, IN_NY, IN_TORONTO]), st.floats(0, 3), st.sampled_from([1, 1, 2, 3])),
        max_size=40,
    ),
    st.integers(0, 99),
)
def test_no_number_ever_exceeds_its_rate(messages: list[tuple[str, float, int]], seed: int) -> None:
    pool = selector(entry(SF), entry(NY), entry(TOLLFREE), sticky=True, seed=seed)
    now = 0.0
    sent: dict[str, list[float]] = {SF: [], NY: [], TOLLFREE: []}
    for destination, pause, segments in messages:
        now += pause
        country = "CA" if destination == IN_TORONTO else "US"
        selected = select(pool, destination, country=country, now=now, segments=segments)
        sent[selected.number] += [now + selected.turn.wait_of_part(part) for part in range(segments)]

    for moments in sent.values():
        assert all(later - earlier >= 1.0 - 1e-6 for earlier, later in pairwise(moments))


@given(st.lists(st.sampled_from([IN_SF, IN_LA, IN_NY, IN_TORONTO]), max_size=30), st.integers(0, 99))
def test_the_same_seed_and_messages_give_the_same_numbers(destinations: list[str], seed: int) -> None:
    runs = []
    for _ in range(2):
        pool = selector(*(entry(number) for number in POOL), sticky=True, seed=seed)
        runs.append([select(pool, each, now=0.1 * index).reasons for index, each in enumerate(destinations)])

    assert runs[0] == runs[1]
