"""Powerpacks and their pools: what may be in which, and what a change leaves behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from powerpack_gateway import powerpacks as module
from powerpack_gateway.errors import BadRequest, NotFound
from powerpack_gateway.numbers import NumberType, PhoneNumber, Service
from powerpack_gateway.powerpacks import (
    DEFAULT_PRIORITY,
    NumberPriority,
    PoolNumber,
    Powerpack,
    Powerpacks,
    merge_priority,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SHORT, FREE, LONG = NumberType.SHORTCODE, NumberType.TOLLFREE, NumberType.LONGCODE

SALES = Powerpack(uuid="sales", number_pool_uuid="pool-s", name="Sales", created_on=NOW)
ALERTS = Powerpack(uuid="alerts", number_pool_uuid="pool-a", name="Alerts", created_on=NOW)

LONG_CODE = PhoneNumber(number="14155550180", type=LONG, country="US")
MMS_CODE = PhoneNumber(number="14155550181", type=LONG, country="US", mms_enabled=True)
TOLL_FREE = PhoneNumber(number="18335550180", type=FREE, country="US", mms_enabled=True)
SHORT_US = PhoneNumber(number="72345", type=SHORT, country="US")
OTHER_US = PhoneNumber(number="72346", type=SHORT, country="US")
SHORT_CA = PhoneNumber(number="272345", type=SHORT, country="CA")


def account() -> Powerpacks:
    return Powerpacks([SALES, ALERTS])


def priority(country: str, service: Service, *order: NumberType | None) -> NumberPriority:
    first, second, third = order
    return NumberPriority(country_iso=country, service_type=service, priority=(first, second, third))


# Priorities


def test_the_default_order_is_that_of_the_sdks_fixtures() -> None:
    found = {(country, service): SALES.priority(country, service) for country in ("US", "CA") for service in Service}

    assert found == {
        ("US", Service.SMS): (SHORT, FREE, LONG),
        ("US", Service.MMS): (SHORT, FREE, LONG),
        ("CA", Service.SMS): (SHORT, LONG, FREE),
        ("CA", Service.MMS): (SHORT, LONG, FREE),
    }


def test_another_country_goes_by_the_row_of_the_us() -> None:
    assert SALES.priority("GB", Service.SMS) == SALES.priority("US", Service.SMS)


def test_an_empty_place_is_left_out() -> None:
    powerpack = replace(SALES, number_priority=(priority("US", Service.SMS, None, LONG, None),))

    assert powerpack.priority("US", Service.SMS) == (LONG,)


def test_a_country_and_service_without_a_row_have_no_types() -> None:
    powerpack = replace(SALES, number_priority=(priority("US", Service.SMS, SHORT, LONG, FREE),))

    assert powerpack.priority("US", Service.MMS) == ()


def test_a_country_without_priorities_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"country_iso is 'GB', expected one of US, CA"):
        priority("GB", Service.SMS, SHORT, LONG, FREE)


def test_a_type_in_two_places_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"CA MMS names a type twice: longcode, longcode"):
        priority("CA", Service.MMS, LONG, None, LONG)


def test_given_priorities_replace_their_own_rows_only() -> None:
    given = priority("CA", Service.SMS, LONG, None, None)

    merged = merge_priority(DEFAULT_PRIORITY, [given])

    assert [each for each in merged if each in DEFAULT_PRIORITY] == [
        each for each in DEFAULT_PRIORITY if (each.country_iso, each.service_type) != ("CA", Service.SMS)
    ]
    assert given in merged
    assert len(merged) == len(DEFAULT_PRIORITY)


def test_one_row_given_twice_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"number_priority names US SMS twice"):
        merge_priority((), [priority("US", Service.SMS, order, None, None) for order in (LONG, SHORT)])


# Powerpacks


def test_powerpacks_are_listed_in_the_order_of_their_creation() -> None:
    powerpacks = Powerpacks([SALES])

    powerpacks.put(ALERTS)

    assert list(powerpacks) == [SALES, ALERTS]
    assert len(powerpacks) == 2


def test_a_powerpack_is_found_by_its_uuid_and_by_its_pools() -> None:
    powerpacks = account()

    assert powerpacks["sales"] is SALES
    assert powerpacks.get("sales") is SALES
    assert powerpacks.of_pool("pool-a") is ALERTS


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (lambda powerpacks: powerpacks["nobody"], "powerpack nobody not found"),
        (lambda powerpacks: powerpacks.numbers("nobody"), "powerpack nobody not found"),
        (lambda powerpacks: powerpacks.delete("nobody"), "powerpack nobody not found"),
        (lambda powerpacks: powerpacks.remove_number("nobody", "1"), "powerpack nobody not found"),
        (lambda powerpacks: powerpacks.of_pool("nobody"), "number pool nobody not found"),
        (lambda powerpacks: powerpacks.remove_number("sales", "14155550180"), "14155550180 is not in this number pool"),
    ],
)
def test_what_is_not_there_is_named(look: Callable[[Powerpacks], object], words: str) -> None:
    with pytest.raises(NotFound, match=words):
        look(account())


def test_asking_softly_for_what_is_not_there_gives_none() -> None:
    assert account().get("nobody") is None
    assert account().owner_of("14155550180") is None


def test_a_name_is_unique_in_the_account() -> None:
    powerpacks = account()

    with pytest.raises(BadRequest, match=r"name 'Sales' exists already"):
        powerpacks.put(replace(ALERTS, name="Sales"))

    assert list(powerpacks) == [SALES, ALERTS]


def test_a_changed_powerpack_keeps_its_name_place_and_pool() -> None:
    powerpacks = account()
    member = powerpacks.add_number("sales", LONG_CODE, Service.SMS, now=NOW)
    changed = replace(SALES, sticky_sender=False)

    powerpacks.put(changed)

    assert list(powerpacks) == [changed, ALERTS]
    assert list(powerpacks.numbers("sales").values()) == [member]


def test_deleting_a_powerpack_frees_its_numbers() -> None:
    powerpacks = account()
    member = powerpacks.add_number("sales", LONG_CODE, Service.SMS, now=NOW)

    freed = powerpacks.delete("sales")

    assert freed == (member,)
    assert list(powerpacks) == [ALERTS]
    assert powerpacks.owner_of(LONG_CODE.number) is None
    with pytest.raises(NotFound):
        powerpacks.of_pool("pool-s")
    assert powerpacks.add_number("alerts", LONG_CODE, Service.SMS, now=NOW).powerpack_uuid == "alerts"


def test_a_deleted_name_can_be_given_again() -> None:
    powerpacks = account()
    powerpacks.delete("sales")

    powerpacks.put(replace(ALERTS, name="Sales"))

    assert [each.name for each in powerpacks] == ["Sales"]


def test_a_deleted_application_leaves_every_powerpack_that_used_it() -> None:
    using = replace(SALES, application_id="17", application_type="xml")
    powerpacks = Powerpacks([using, replace(ALERTS, application_id="18", application_type="xml")])

    changed = powerpacks.forget_application("17")

    assert changed == (SALES,)
    assert [each.application_id for each in powerpacks] == ["", "18"]


def test_an_account_is_restored_as_it_was() -> None:
    before = account()
    before.add_number("sales", LONG_CODE, Service.SMS, now=NOW)
    before.add_number("alerts", SHORT_US, Service.SMS, now=NOW)
    members = [member for each in before for member in before.numbers(each.uuid).values()]

    after = Powerpacks(list(before), members)

    assert list(after) == list(before)
    assert [after.numbers(each.uuid) for each in after] == [before.numbers(each.uuid) for each in before]
    assert after.owner_of(SHORT_US.number) is ALERTS
    assert after.of_pool("pool-s") is SALES


# Pools


def test_a_pool_lists_its_numbers_in_the_order_of_their_adding() -> None:
    powerpacks = account()

    for number in (TOLL_FREE, LONG_CODE, SHORT_US):
        powerpacks.add_number("sales", number, Service.SMS, now=NOW)

    assert list(powerpacks.numbers("sales")) == [TOLL_FREE.number, LONG_CODE.number, SHORT_US.number]
    assert powerpacks.owner_of(LONG_CODE.number) is SALES


def test_a_member_says_what_it_is_and_since_when() -> None:
    member = account().add_number("sales", MMS_CODE, Service.MMS, now=NOW)

    assert member == PoolNumber(
        powerpack_uuid="sales", number=MMS_CODE.number, type=LONG, country="US", service=Service.MMS, added_on=NOW
    )


@pytest.mark.parametrize(
    ("number", "asked", "got"),
    [
        (MMS_CODE, Service.SMS, Service.SMS),
        (MMS_CODE, Service.MMS, Service.MMS),
        (LONG_CODE, Service.SMS, Service.SMS),
        (TOLL_FREE, Service.SMS, Service.MMS),
        (TOLL_FREE, Service.MMS, Service.MMS),
        (replace(TOLL_FREE, mms_enabled=False), Service.MMS, Service.SMS),
        (SHORT_US, Service.MMS, Service.SMS),
    ],
)
def test_long_codes_carry_mms_when_asked_and_the_others_when_they_can(
    number: PhoneNumber, asked: Service, got: Service
) -> None:
    assert account().add_number("sales", number, asked, now=NOW).service is got


def test_a_long_code_without_mms_can_not_be_added_for_it() -> None:
    powerpacks = account()

    with pytest.raises(BadRequest, match=r"number 14155550180 is not MMS enabled"):
        powerpacks.add_number("sales", LONG_CODE, Service.MMS, now=NOW)

    assert powerpacks.owner_of(LONG_CODE.number) is None


def test_adding_again_changes_the_service_and_nothing_else() -> None:
    powerpacks = account()
    first = powerpacks.add_number("sales", MMS_CODE, Service.SMS, now=NOW)

    again = powerpacks.add_number("sales", MMS_CODE, Service.MMS, now=LATER)

    assert again == replace(first, service=Service.MMS)
    assert list(powerpacks.numbers("sales").values()) == [again]


def test_a_number_is_in_one_pool_only() -> None:
    powerpacks = account()
    powerpacks.add_number("sales", LONG_CODE, Service.SMS, now=NOW)

    with pytest.raises(BadRequest, match=r"14155550180 is already in the powerpack 'Sales'"):
        powerpacks.add_number("alerts", LONG_CODE, Service.SMS, now=NOW)


def test_a_pool_has_one_short_code_for_each_country() -> None:
    powerpacks = account()
    powerpacks.add_number("sales", SHORT_US, Service.SMS, now=NOW)
    powerpacks.add_number("sales", SHORT_CA, Service.SMS, now=NOW)

    with pytest.raises(BadRequest, match=r"has the US short code 72345 already"):
        powerpacks.add_number("sales", OTHER_US, Service.SMS, now=NOW)


def test_a_short_code_can_be_added_to_its_own_pool_again() -> None:
    powerpacks = account()
    powerpacks.add_number("sales", SHORT_US, Service.SMS, now=NOW)

    powerpacks.add_number("sales", SHORT_US, Service.SMS, now=LATER)

    assert list(powerpacks.numbers("sales")) == [SHORT_US.number]


def test_a_removed_number_is_free_for_another_pool() -> None:
    powerpacks = account()
    member = powerpacks.add_number("sales", LONG_CODE, Service.SMS, now=NOW)

    removed = powerpacks.remove_number("sales", LONG_CODE.number)

    assert removed == member
    assert powerpacks.add_number("alerts", LONG_CODE, Service.SMS, now=NOW).powerpack_uuid == "alerts"


def test_a_full_pool_takes_no_more_but_its_members_can_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POOL_SIZE_MAX", 1)
    powerpacks = account()
    powerpacks.add_number("sales", MMS_CODE, Service.SMS, now=NOW)

    with pytest.raises(BadRequest, match=r"holds 1 numbers, and 1 is the limit"):
        powerpacks.add_number("sales", LONG_CODE, Service.SMS, now=NOW)

    assert powerpacks.add_number("sales", MMS_CODE, Service.MMS, now=NOW).service is Service.MMS
