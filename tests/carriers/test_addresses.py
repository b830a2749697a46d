"""Numbers on the wire."""

import pytest

from powerpack_carriers.addresses import wire_address


@pytest.mark.parametrize(
    ("number", "type_octets", "address"),
    [
        ("14155550123", b"\1\1", b"14155550123"),
        ("12345", b"\3\0", b"12345"),
        ("7726", b"\3\0", b"7726"),
        ("ACME", b"\5\0", b"ACME"),
    ],
)
def test_ton_and_npi_follow_the_form(number: str, type_octets: bytes, address: bytes) -> None:
    assert wire_address(number) == (type_octets, address)
