"""A delivery knows what kind it is from esm_class alone."""

import pytest

from powerpack_gateway.smpp.delivery import Delivery


@pytest.mark.parametrize(
    ("esm_class", "is_receipt", "is_intermediate"),
    [
        (0x00, False, False),
        (0x04, True, False),
        (0x44, True, False),
        (0x07, True, False),
        (0x20, False, True),
        (0xE0, False, True),
        (0x08, False, False),
        (0x40, False, False),
        (0x24, False, False),
    ],
)
def test_the_kind_of_a_delivery(esm_class: int, is_receipt: bool, is_intermediate: bool) -> None:
    delivery = Delivery("1", "2", b"", esm_class, 0, {}, b"", "acme#1", 1, 5)

    assert (delivery.is_receipt, delivery.is_intermediate) == (is_receipt, is_intermediate)
