"""What a carrier asks of a session, and the signs of life that each asks of the other."""

from collections.abc import Callable

import pytest

from gateway.smpp.sessions import DELIVER_BODY, FEEDS, HELLO, binding, bound, pdu, sent, unbound
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.events import (
    BadPdu,
    Doubtful,
    Event,
    Finished,
    Unexpected,
)
from powerpack_gateway.smpp.session import Session
from powerpack_gateway.smpp.settings import BindKind

# Deliveries.


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("sequence", [1, 0, 0x7FFFFFFF, 0x9F8E7D6C])
def test_a_delivery_is_handed_over_and_answered_when_we_say_so(
    feed: Callable[[Session, bytes], list[Event]], sequence: int
) -> None:
    session = bound()
    session.data_to_send()

    events = feed(session, pdu(0x05, sequence, body=DELIVER_BODY))

    (delivery,) = events
    assert isinstance(delivery, Delivery)
    assert (delivery.source, delivery.destination, delivery.short_message) == ("14155550123", "12345", b"hi")
    assert sent(session) == []
    session.acknowledge(delivery, 0x64)
    assert sent(session) == [(0x80000005, 0x64, sequence)]


def _doubted(events: list[Event]) -> list[Delivery]:
    """The texts whose acknowledgement may not have been read."""
    return [each for event in events if isinstance(event, Doubtful) for each in event.deliveries]


def _took(session: Session, sequence: int, status: int = 0) -> Delivery:
    """A handset's text came, and was answered."""
    text = b"\0\x01\x0114155550123\0\x03\x0012345\0\x00\0\0\0\0\0\0\0\0\x02hi"
    (delivery,) = session.receive_data(pdu(0x05, sequence, body=text), 1.0)
    assert isinstance(delivery, Delivery)
    session.acknowledge(delivery, status)
    return delivery


def test_what_was_acknowledged_last_is_in_doubt_when_the_connection_breaks() -> None:
    session = bound()
    session.submit(HELLO, "before", 1.0)
    _took(session, 1, status=0x64)
    delivery = _took(session, 2)
    session.data_to_send()
    session.receive_data(pdu(0x80000004, 2, body=b"id\0"), 1.0)  # an answer to what we asked before proves nothing

    assert _doubted(session.lost("gone")) == [delivery]
    assert _doubted(session.lost("gone")) == []


@pytest.mark.parametrize("answers", [1, 2])
def test_a_carrier_that_answers_a_later_request_has_read_the_acknowledgement_before_it(answers: int) -> None:
    session = bound()
    _took(session, 1)
    session.submit(HELLO, "first", 1.0)
    later = _took(session, 2)
    session.submit(HELLO, "second", 1.0)
    session.receive_data(b"".join(pdu(0x80000004, 2 + each, body=b"id\0") for each in range(answers)), 1.0)

    assert _doubted(session.lost("gone")) == ([later] if answers == 1 else [])


def test_a_data_sm_is_a_delivery_too() -> None:
    session = bound()
    session.data_to_send()

    (delivery,) = session.receive_data(pdu(0x103, 5, body=b"\0\1\1123\0\1\1456\0\0\0\0\x04\x24\0\x02hi"), 1.0)

    assert isinstance(delivery, Delivery)
    session.acknowledge(delivery, 0)
    assert sent(session) == [(0x80000103, 0, 5)]


def test_a_damaged_delivery_is_answered_with_an_error_and_the_session_goes_on() -> None:
    session = bound()
    session.data_to_send()

    events = session.receive_data(pdu(0x05, 7, body=DELIVER_BODY[:-1]) + pdu(0x05, 8, body=DELIVER_BODY), 1.0)

    assert [type(event) for event in events] == [BadPdu, Delivery]
    assert sent(session) == [(0x80000005, 0x01, 7)]


@pytest.mark.parametrize(
    "make", [binding, lambda: bound(BindKind.TRANSMITTER), unbound], ids=["BINDING", "BOUND_TX", "UNBOUND"]
)
def test_a_delivery_out_of_place_is_refused(make: Callable[[], Session]) -> None:
    session = make()
    session.data_to_send()

    events = session.receive_data(pdu(0x05, 7, body=DELIVER_BODY), 1.0)

    assert [type(event) for event in events] == [BadPdu]
    assert sent(session) == [(0x80000005, 0x04, 7)]


def test_an_acknowledgement_after_the_end_is_harmless() -> None:
    session = bound()
    (delivery,) = session.receive_data(pdu(0x05, 7, body=DELIVER_BODY), 1.0)
    assert isinstance(delivery, Delivery)
    session.lost("gone")
    session.data_to_send()

    session.acknowledge(delivery, 0)

    assert sent(session) == []


# Requests that are none of ours.


@pytest.mark.parametrize("command_id", [0x01, 0x03, 0x04, 0x07, 0x09, 0x21, 0x110, 0x10200, 0x7FFFFFFF])
def test_a_request_that_an_esme_does_not_serve_is_nacked(command_id: int) -> None:
    session = bound()
    session.data_to_send()

    events = session.receive_data(pdu(command_id, 0x80000001), 1.0)

    assert [type(event) for event in events] == [BadPdu]
    assert sent(session) == [(0x80000000, 0x03, 0x80000001)]
    assert session.is_bound


@pytest.mark.parametrize("command_id", [0x0B, 0x102])
def test_a_request_without_a_response_is_let_pass(command_id: int) -> None:
    session = bound()
    session.data_to_send()

    assert session.receive_data(pdu(command_id, 3, body=b"a\0b\0"), 1.0) == []
    assert sent(session) == []


# Signs of life.


def test_a_quiet_carrier_is_asked_for_a_sign_of_life() -> None:
    session = bound(enquire_link_s=30.0, inactivity_s=90.0)
    session.data_to_send()
    assert session.next_deadline() == 30.0

    session.tick(30.0)

    assert sent(session) == [(0x15, 0, 2)]
    assert session.next_deadline() == 60.0


@pytest.mark.parametrize("sign", [pdu(0x80000015, 2), pdu(0x80000000, 2, 3)], ids=["enquire_link_resp", "generic_nack"])
def test_an_answer_to_enquire_link_is_expected_once(sign: bytes) -> None:
    session = bound(enquire_link_s=30.0)
    session.tick(30.0)

    assert session.receive_data(sign, 31.0) == []
    assert session.next_deadline() == 61.0
    assert [type(event) for event in session.receive_data(sign, 32.0)] == [Unexpected]


def test_anything_that_arrives_is_a_sign_of_life() -> None:
    session = bound(enquire_link_s=30.0, inactivity_s=90.0)

    session.receive_data(pdu(0x15, 5), 29.0)

    assert session.next_deadline() == 59.0


def test_half_a_pdu_is_no_sign_of_life() -> None:
    session = bound(enquire_link_s=30.0, inactivity_s=90.0)

    session.receive_data(pdu(0x15, 5)[:15], 29.0)

    assert session.next_deadline() == 30.0


def test_a_silent_carrier_is_given_up() -> None:
    session = bound(enquire_link_s=30.0, inactivity_s=90.0)
    assert session.tick(30.0) == []
    assert session.tick(60.0) == []
    assert session.next_deadline() == 90.0

    events = session.tick(90.0)

    assert events == [Finished("the carrier sent nothing for 90 s")]
    assert session.next_deadline() is None


def test_silence_does_not_count_before_we_asked() -> None:
    session = bound(enquire_link_s=30.0, inactivity_s=90.0)
    session.data_to_send()

    assert session.tick(36_000.0) == []

    assert sent(session) == [(0x15, 0, 2)]
    assert session.next_deadline() == 36_030.0


def test_without_enquire_link_a_quiet_carrier_is_left_alone() -> None:
    session = bound(enquire_link_s=None)

    assert session.next_deadline() is None
    assert session.tick(1e6) == []


def test_enquiries_that_nobody_answers_are_not_kept_for_ever() -> None:
    session = bound(enquire_link_s=1.0, inactivity_s=2.0)
    for second in range(1, 40):
        session.tick(second + 0.5)
        session.receive_data(pdu(0x15, 5), second + 0.5)

    assert [type(event) for event in session.receive_data(pdu(0x80000015, 2), 41.0)] == [Unexpected]
