"""How a session ends: by either side's unbind, a lost connection, octets that mean nothing."""

from collections.abc import Callable

import pytest

from gateway.smpp.sessions import (
    DELIVER_BODY,
    HELLO,
    binding,
    bound,
    new,
    octet_by_octet,
    pdu,
    sent,
    unbinding,
    unbound,
    whole,
)
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.events import (
    Answered,
    BadPdu,
    Event,
    Finished,
    Unanswered,
)
from powerpack_gateway.smpp.session import Session
from powerpack_gateway.smpp.states import State


def test_our_unbind_ends_with_its_answer() -> None:
    session = bound()
    session.data_to_send()

    session.unbind(1.0)

    assert sent(session) == [(0x06, 0, 2)]
    assert session.receive_data(pdu(0x80000006, 2), 1.0) == [Finished("unbound")]
    assert session.state is State.CLOSED


def test_an_unbind_without_an_answer_ends_too() -> None:
    session = unbinding()
    assert session.next_deadline() == 5.0

    assert session.tick(5.0) == [Finished("no unbind_resp within 5 s")]


def test_what_comes_while_we_unbind_is_still_taken() -> None:
    session = bound()
    session.submit(HELLO, "token", 0.0)
    session.unbind(0.0)
    session.data_to_send()

    events = session.receive_data(
        pdu(0x05, 7, body=DELIVER_BODY)
        + pdu(0x80000004, 2, body=b"1\0")
        + pdu(0x06, 8)
        + pdu(0x15, 9)
        + pdu(0x80000006, 3),
        1.0,
    )

    assert [type(event) for event in events] == [Delivery, Answered, Finished]
    assert sent(session) == [(0x80000006, 0, 8), (0x80000015, 0, 9)]


def test_an_answer_behind_the_unbind_resp_still_counts() -> None:
    session = bound()
    session.submit(HELLO, "token", 0.0)
    session.unbind(0.0)

    events = session.receive_data(pdu(0x80000006, 3) + pdu(0x80000004, 2, body=b"1\0") + pdu(0x15, 4), 1.0)

    assert events == [Finished("unbound"), Answered("token", 0, "1")]


def test_the_carriers_unbind_is_answered_and_its_answers_are_awaited() -> None:
    session = bound()
    for token in "abc":
        session.submit(HELLO, token, 0.0)
    session.data_to_send()

    events = session.receive_data(pdu(0x06, 9) + pdu(0x80000004, 3, body=b"2\0"), 1.0)

    assert events == [Answered("b", 0, "2")]
    assert sent(session) == [(0x80000006, 0, 9)]
    assert (session.state, session.window_free, session.next_deadline()) == (State.UNBOUND, 0, 6.0)
    assert session.lost("the carrier closed the connection") == [
        Finished("the carrier unbound"),
        Unanswered("a", "the carrier unbound"),
        Unanswered("c", "the carrier unbound"),
    ]


def test_a_carrier_that_unbinds_but_does_not_close_is_left() -> None:
    session = unbound()

    assert session.tick(5.0) == [Finished("the carrier unbound and did not close within 5 s")]
    assert session.state is State.CLOSED


def test_a_second_unbind_is_answered_but_does_not_prolong_the_end() -> None:
    session = unbound()

    session.receive_data(pdu(0x06, 10), 4.0)

    assert sent(session) == [(0x80000006, 0, 10)]
    assert session.next_deadline() == 5.0


def test_a_lost_connection_leaves_every_submit_unknown_once() -> None:
    session = bound()
    session.submit(HELLO, "a", 0.0)
    session.submit(HELLO, "b", 0.0)

    events = session.lost("the connection broke")

    assert events == [
        Finished("the connection broke"),
        Unanswered("a", "the connection broke"),
        Unanswered("b", "the connection broke"),
    ]
    assert session.lost("again") == []


@pytest.mark.parametrize("make", [binding, bound, unbinding, unbound])
@pytest.mark.parametrize("feed", [whole, octet_by_octet])
def test_a_lost_stream_position_is_answered_and_ends_the_session(
    feed: Callable[[Session, bytes], list[Event]], make: Callable[[], Session]
) -> None:
    session = make()
    session.data_to_send()

    events = feed(session, pdu(0x15, 4) + b"\xf0\0\0\x11" + bytes(30))

    assert [type(event) for event in events] == [Finished]
    assert sent(session) == [(0x80000015, 0, 4), (0x80000000, 0x02, 0)]
    assert session.state is State.CLOSED


def test_garbage_behind_the_end_is_not_answered() -> None:
    session = unbinding()

    events = session.receive_data(pdu(0x80000006, 2) + bytes(16), 1.0)

    assert events == [Finished("unbound")]
    assert sent(session) == []


def test_a_carrier_that_speaks_before_we_do_is_refused() -> None:
    session = new()

    events = session.receive_data(pdu(0x06, 1) + pdu(0x05, 2, body=DELIVER_BODY), 0.0)

    reasons = [
        "unbind has no place in state OPEN: answered ESME_RINVBNDSTS",
        "deliver_sm has no place in state OPEN: answered ESME_RINVBNDSTS",
    ]
    assert events == [BadPdu(0x06, 1, reasons[0]), BadPdu(0x05, 2, reasons[1])]
    assert sent(session) == [(0x80000006, 0x04, 1), (0x80000005, 0x04, 2)]


def test_another_service_on_the_port_is_named() -> None:
    session = binding()

    (event,) = session.receive_data(b"HTTP/1.1 400 Bad Request\r\n\r\n", 1.0)

    assert isinstance(event, Finished)
    assert "looks like HTTP" in event.reason
