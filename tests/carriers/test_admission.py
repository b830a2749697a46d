"""Addresses and token buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.builders import SOURCE, a_profile, a_way
from powerpack_carriers.admission import Admission
from powerpack_carriers.numbering import Address, NumberType, number_type, read_address
from powerpack_carriers.plain_batches import Way
from powerpack_carriers.profile import Rate, Throughput, load_profile
from powerpack_carriers.smpp.constants import CommandStatus

OK = CommandStatus.ESME_ROK
THROTTLED = CommandStatus.ESME_RTHROTTLED


def _limited(per_second: float, burst: int, status: int = THROTTLED) -> Admission:
    throughput = Throughput(longcode=Rate(per_second=per_second, burst=burst), excess_status=status)
    return Admission(a_profile(throughput=throughput))


def _address(text: str) -> Address:
    return read_address(text.encode("utf-8"))


def _decide(admission: Admission, *moments: float, segments: int = 1) -> list[int]:
    return [admission.decide(now, SOURCE, NumberType.LONGCODE, segments) for now in moments]


def test_a_long_code_sends_its_burst_then_one_every_four_seconds() -> None:
    admission = Admission(load_profile("tmobile"))

    decided = _decide(admission, 100, 100, 100, 103.9, 104, 104, 108, 116, 116, 116)

    assert decided == [OK, OK, THROTTLED, THROTTLED, OK, THROTTLED, OK, OK, OK, THROTTLED]


def test_a_refused_message_takes_no_token() -> None:
    admission = _limited(1, 1)

    assert _decide(admission, 0, 0.5, 0.5, 0.9, 1) == [OK, THROTTLED, THROTTLED, THROTTLED, OK]


def test_sources_and_their_types_have_buckets_of_their_own() -> None:
    admission = _limited(1, 1)

    assert admission.decide(0, "12065550100", NumberType.LONGCODE) == OK
    assert admission.decide(0, "12065550101", NumberType.LONGCODE) == OK
    assert admission.decide(0, "12345", NumberType.SHORTCODE) == OK
    assert admission.decide(0, "12065550100", NumberType.LONGCODE) == THROTTLED


def test_segments_are_counted() -> None:
    admission = _limited(1, 3)

    assert _decide(admission, 0, segments=2) == [OK]
    assert _decide(admission, 0, segments=2) == [THROTTLED]
    assert _decide(admission, 0, segments=1) == [OK]


def test_the_excess_gets_the_status_of_the_profile() -> None:
    assert _decide(_limited(1, 1, status=9802), 0, 0) == [OK, 9802]


def test_tokens_tell_what_is_left() -> None:
    admission = _limited(0.5, 4)
    _decide(admission, 0, 0, 0)

    assert admission.tokens(0, SOURCE, NumberType.LONGCODE) == 1
    assert admission.tokens(2, SOURCE, NumberType.LONGCODE) == 2
    assert admission.tokens(60, SOURCE, NumberType.LONGCODE) == 4
    assert admission.tokens(0, SOURCE, NumberType.TOLLFREE) == float("inf")


@given(
    st.floats(0.1, 200),
    st.integers(1, 50),
    st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_no_window_of_time_ever_gets_more_than_burst_and_rate(
    per_second: float, burst: int, pauses: list[float]
) -> None:
    admission = _limited(per_second, burst)
    now, admitted = 1_000.0, []
    for pause in pauses:
        now += pause
        if _decide(admission, now) == [OK]:
            admitted.append(now)

    for first in range(len(admitted)):
        for last in range(first, len(admitted)):
            allowed = burst + (admitted[last] - admitted[first]) * per_second
            assert last - first + 1 <= allowed + 1e-6


@given(st.floats(0.1, 200), st.integers(1, 20), st.integers(1, 100))
def test_whoever_keeps_to_the_rate_is_never_refused(per_second: float, burst: int, count: int) -> None:
    admission = _limited(per_second, burst)

    decided = _decide(admission, *(1_000 + index / per_second for index in range(count)))

    assert set(decided) == {OK}


def test_memory_is_bounded_and_full_buckets_go_first() -> None:
    profile = a_profile(throughput=Throughput(longcode=Rate(per_second=1, burst=1)))
    admission = Admission(profile, sources_max=2)
    admission.decide(0, "1", NumberType.LONGCODE)
    admission.decide(0.5, "2", NumberType.LONGCODE)
    admission.decide(1.2, "3", NumberType.LONGCODE)

    assert admission.decide(1.2, "2", NumberType.LONGCODE) == THROTTLED
    assert admission.decide(1.2, "3", NumberType.LONGCODE) == THROTTLED
    assert admission.decide(1.3, "4", NumberType.LONGCODE) == OK
    assert admission.decide(1.3, "2", NumberType.LONGCODE) == OK
    assert admission.decide(1.3, "4", NumberType.LONGCODE) == THROTTLED


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("12065550100", OK),
        ("+12065550100", OK),
        ("2065550100", OK),
        ("12345", OK),
        ("123456", OK),
        ("1234", CommandStatus.ESME_RINVSRCADR),
        ("", CommandStatus.ESME_RINVSRCADR),
        ("ACME", CommandStatus.ESME_RINVSRCADR),
        ("1206555010x", CommandStatus.ESME_RINVSRCADR),
        ("1" * 16, CommandStatus.ESME_RINVSRCADR),
    ],
)
def test_named_carriers_take_short_codes_and_numbers_as_sources(source: str, status: int) -> None:
    assert Admission(load_profile("att")).check_source(_address(source)) == status


def test_the_generic_carrier_takes_any_source_that_a_receipt_can_go_to() -> None:
    admission = Admission(a_profile())

    assert [admission.check_source(_address(source)) for source in ("", "ACME", "1", "x" * 20)] == [OK] * 4
    assert admission.check_source(_address("x" * 21)) == CommandStatus.ESME_RINVSRCADR


@pytest.mark.parametrize(
    ("destination", "status"),
    [
        ("14155550123", OK),
        ("+14155550123", OK),
        ("7726", OK),
        ("", CommandStatus.ESME_RINVDSTADR),
        ("+", CommandStatus.ESME_RINVDSTADR),
        ("14155550123x", CommandStatus.ESME_RINVDSTADR),
        ("١٤١٥", CommandStatus.ESME_RINVDSTADR),
        ("1" * 21, CommandStatus.ESME_RINVDSTADR),
    ],
)
def test_a_destination_is_made_of_digits(destination: str, status: int) -> None:
    admission = Admission(a_profile(checks_destination=True))

    assert admission.check_destination(_address(destination)) == status


@pytest.mark.parametrize(
    ("destination", "status"),
    [
        ("14155550123x", OK),
        ("DESTINATION NUMBER", OK),
        ("x" * 20, OK),
        ("", CommandStatus.ESME_RINVDSTADR),
        ("+", CommandStatus.ESME_RINVDSTADR),
        ("x" * 21, CommandStatus.ESME_RINVDSTADR),
    ],
)
def test_a_profile_may_admit_any_destination_that_is_one(destination: str, status: int) -> None:
    admission = Admission(a_profile(checks_destination=False))

    assert admission.check_destination(_address(destination)) == status


def _runs(ways: list[Way]) -> list[tuple[Way, int]]:
    """Pairs of messages as one run where they are whole."""
    odd = len(ways) % 2
    return [(way, stop) for stop, way in enumerate(ways, start=1) if stop % 2 == odd]


def test_messages_that_come_together_are_admitted_as_if_they_came_one_by_one() -> None:
    rates = Throughput(longcode=Rate(per_second=3.0, burst=3), tollfree=Rate(per_second=7.0, burst=2))
    together, single = (Admission(a_profile(throughput=rates)) for _ in range(2))
    sources = ["12065550100", "18335550100", "12065550100", "12065550101", "72345", "18335550100", "12065550100"]
    ways = [a_way(source, rate=together.rate_of(number_type(source))) for source in sources * 2 for _ in range(2)]

    for now in (1_000.0, 1_000.1, 1_000.4, 1_009.0):
        statuses = [single.decide(now, way.source.digits, way.source.number_type) for way in ways]
        admitted = 0
        while admitted < len(ways):
            first = together.decide_each(now, _runs(ways[admitted:]))
            assert not any(statuses[admitted : admitted + first])
            admitted += first
            if admitted < len(ways):
                refused = ways[admitted].source
                assert statuses[admitted] == together.decide(now, refused.digits, refused.number_type) != 0
                admitted += 1
        for way in ways:
            source = way.source
            assert together.tokens(now, source.digits, source.number_type) == single.tokens(
                now, source.digits, source.number_type
            )


def test_a_message_that_is_larger_than_the_bucket_needs_a_full_one_and_leaves_a_debt() -> None:
    admission = _limited(1, 2)

    assert _decide(admission, 0.0, segments=5) == [OK]
    assert _decide(admission, 3.9, 4.1) == [THROTTLED, OK]
    assert _decide(admission, 4.2, 10.0, segments=5) == [THROTTLED, OK]
