"""Tests of an SMPP client of one's own, against a carrier that can be broken on purpose."""

from collections.abc import Iterator

import pytest
import smpplib.consts
from sender import Sender, Throttled  # type: ignore[import-not-found] # found where pytest runs this project

from powerpack_lab import FakeCarrier

SOURCE, ANA = "12065550199", "14155550123"

pytestmark = pytest.mark.powerpack(carriers=["generic"])


@pytest.fixture
def sender(fake_carrier: FakeCarrier) -> Iterator[Sender]:
    """A bound sender."""
    sender = Sender(fake_carrier.host, fake_carrier.port)
    sender.bind(fake_carrier.system_id, fake_carrier.password)
    yield sender
    sender.close()


def test_a_text_arrives_and_its_receipt_comes_back(fake_carrier: FakeCarrier, sender: Sender) -> None:
    message_id = sender.send(SOURCE, ANA, "Hello")
    fake_carrier.handset(ANA).expect("Hello")
    fake_carrier.advance(minutes=1)
    sender.read()

    assert sender.receipts == {message_id: smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED}


def test_a_reply_comes_in(fake_carrier: FakeCarrier, sender: Sender) -> None:
    fake_carrier.handset(ANA).reply("Hi", to=SOURCE)
    sender.read()

    assert sender.replies == [(ANA, "Hi")]


@pytest.mark.powerpack(faults=[{"fault": "throttle", "share": 0.5}], seed=1)
def test_it_tries_again_while_it_is_throttled(fake_carrier: FakeCarrier, sender: Sender) -> None:
    for n in range(5):
        sender.send(SOURCE, f"141555501{n:02}", "Hello")

    assert len(fake_carrier.received) > 5
    assert sum(each.status == 0 for each in fake_carrier.received) == 5


@pytest.mark.powerpack(faults=["throttle"])
def test_it_gives_up_after_eight_tries(fake_carrier: FakeCarrier, sender: Sender) -> None:
    with pytest.raises(Throttled, match="status 88 8 times"):
        sender.send(SOURCE, ANA, "Hello")

    assert len(fake_carrier.received) == 8
