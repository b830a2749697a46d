"""A submission may name its TON and NPI, or leave them to the route."""

from powerpack_gateway.smpp.addresses import DESTINATION_PLAN, SOURCE_PLAN
from powerpack_gateway.smpp.submission import Submission


def test_the_route_decides_what_is_not_named() -> None:
    submission = Submission("12345", "14155550123", b"hi")

    source, destination = submission.ton_npis(SOURCE_PLAN, DESTINATION_PLAN)

    assert (source, destination) == ((3, 0), (1, 1))


def test_what_is_named_is_kept() -> None:
    submission = Submission("12345", "14155550123", b"hi", source_ton=0, source_npi=9, dest_ton=2, dest_npi=8)

    source, destination = submission.ton_npis(SOURCE_PLAN, DESTINATION_PLAN)

    assert (source, destination) == ((0, 9), (2, 8))
