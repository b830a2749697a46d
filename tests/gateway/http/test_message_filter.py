"""message_filter.py: which messages a list wants."""

from datetime import UTC, datetime

import pytest

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.http.body import Parameters, parameters
from powerpack_gateway.http.message_filter import message_filter
from powerpack_gateway.numbers import NumberType, PhoneNumber, Registration
from powerpack_gateway.store.base import MessageFilter

MOMENT = datetime(2017, 5, 22, 21, 36, 14, tzinfo=UTC).timestamp()

NUMBERS = (
    PhoneNumber(
        number="14155550101",
        type=NumberType.LONGCODE,
        country="US",
        registration=Registration.COMPLETED,
        campaign_id="C1",
    ),
    PhoneNumber(number="14155550102", type=NumberType.LONGCODE, country="US"),
    PhoneNumber(number="18005550103", type=NumberType.TOLLFREE, country="US"),
)


def wanted(query: str) -> MessageFilter:
    found = message_filter(parameters(query.encode(), b""), NUMBERS)
    assert found is not None
    return found


def test_no_filter_wants_every_message() -> None:
    assert message_filter(Parameters({"limit": "20", "nonsense": "x"}), NUMBERS) == MessageFilter()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("message_direction=inbound", MessageFilter(message_direction="inbound")),
        ("tendlc_campaign_id=C1", MessageFilter(numbers=("14155550101",))),
        ("tendlc_campaign_id=C2", MessageFilter(numbers=())),
        ("tendlc_registration_status=unregistered", MessageFilter(numbers=("14155550102",))),
        ("tendlc_registration_status=Registered&tendlc_campaign_id=C1", MessageFilter(numbers=("14155550101",))),
        ("message_state=delivered", MessageFilter(message_state="delivered")),
        ("message_state=rejected", MessageFilter(message_state="rejected")),
        ("message_state=received", MessageFilter(message_state="received")),
        ("message_type=mms", MessageFilter(message_type="mms")),
        ("error_code=200", MessageFilter(error_code="200")),
        ("powerpack_id=abc", MessageFilter(powerpack_id="abc")),
        ("from_number=14155550101", MessageFilter(from_number="14155550101")),
        ("from=%2B14155550101", MessageFilter(from_number="14155550101")),
        ("to=+14155550101", MessageFilter(to_number="14155550101")),
        ("to_number=14155550101", MessageFilter(to_number="14155550101")),
        ("destination_country_iso2=us", MessageFilter(destination_country_iso2="US")),
        ("message_time__gt=2017-05-22+21:36:14", MessageFilter(time_gt=MOMENT)),
        ("message_time__gte=2017-05-22+21:36:14.500", MessageFilter(time_gte=MOMENT + 0.5)),
        ("message_time__lt=2017-05-22T21:36:14Z", MessageFilter(time_lt=MOMENT)),
        ("message_time__lte=2017-05-22+21:36", MessageFilter(time_lte=MOMENT - 14)),
        ("message_time__gt=2017-05-23+03:06:14%2B05:30", MessageFilter(time_gt=MOMENT)),
        ("message_time__gt=2017-05-23+03:06:14+05:30", MessageFilter(time_gt=MOMENT)),
        ("message_time__gt=2017-05-22+16:36:14-05:00", MessageFilter(time_gt=MOMENT)),
    ],
)
def test_each_filter_reaches_the_store(query: str, expected: MessageFilter) -> None:
    assert wanted(query) == expected


def test_the_last_second_of_the_calendar_has_no_end() -> None:
    found = message_filter(Parameters({"message_time": "9999-12-31 23:59:59"}), NUMBERS)

    assert found is not None
    assert (found.time_gte, found.time_lt) == (253402300799.0, None)


@pytest.mark.parametrize(
    ("moment", "start", "before"),
    [
        ("2017-05-22 21:36", MOMENT - 14, MOMENT + 46),
        ("2017-05-22 21:36:14", MOMENT, MOMENT + 1),
        ("2017-05-22 21:36:14.5", MOMENT + 0.5, MOMENT + 0.500001),
    ],
)
def test_an_exact_time_means_all_of_its_last_digits_unit(moment: str, start: float, before: float) -> None:
    found = message_filter(Parameters({"message_time": moment}), NUMBERS)

    assert found is not None
    assert found.time_gte == start
    assert found.time_lt == pytest.approx(before, abs=1e-7)


def test_an_exact_time_and_a_range_hold_together() -> None:
    found = wanted(
        "message_time=2017-05-22+21:36:14&message_time__gte=2017-05-22+21:36:14.25"
        "&message_time__lt=2017-05-22+21:36:14.75"
    )

    assert (found.time_gte, found.time_lt) == (MOMENT + 0.25, MOMENT + 0.75)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("message_direction=up", 'message_direction is "up", expected one of outbound, inbound'),
        ("message_state=gone", 'message_state is "gone", expected one of queued, sent, delivered, undelivered, failed'),
        ("message_type=fax", 'message_type is "fax", expected one of sms, mms, whatsapp'),
        ("message_time=yesterday", 'message_time is "yesterday", expected YYYY-MM-DD HH:MM[:ss[.uuuuuu]]'),
        ("message_time__gt=2017-05-22", 'message_time__gt is "2017-05-22", expected YYYY-MM-DD HH:MM[:ss[.uuuuuu]]'),
        ("message_time__lt=2017-13-22+21:36", 'message_time__lt is "2017-13-22 21:36", expected YYYY-MM-DD HH:MM'),
    ],
)
def test_a_filter_that_means_nothing_is_refused(query: str, said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        wanted(query)

    assert str(refused.value).startswith(said)
