"""What waits to be written."""

import pytest

from powerpack_carriers.smpp.codec import encode_raw
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.output import Output

PDUS = [encode_raw(CommandId.enquire_link, 0, number) for number in range(1, 6)]


@pytest.fixture
def output() -> Output:
    """One PDU, three in one piece, and one more."""
    output = Output()
    output.append(PDUS[0])
    output.extend(b"".join(PDUS[1:4]), 3)
    output.append(PDUS[4])
    return output


def test_everything_leaves_at_once_and_in_its_order(output: Output) -> None:
    assert output.take() == (b"".join(PDUS), 5)
    assert output.take() == (b"", 0)


def test_whoever_wants_each_pdu_gets_them_one_by_one(output: Output) -> None:
    assert output.take_each() == PDUS
    assert output.take_each() == []

    output.append(PDUS[0])

    assert output.take_each() == PDUS[:1]


def test_what_is_forgotten_is_not_counted_either(output: Output) -> None:
    output.clear()
    output.append(PDUS[0])

    assert output.take() == (PDUS[0], 1)
