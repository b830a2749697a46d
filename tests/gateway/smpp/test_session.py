"""A session against anything that a carrier may send, whole, octet by octet or all at once."""

import struct
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.smpp import session as session_module
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.errors import InvalidSubmission, NotAllowed, WindowFull
from powerpack_gateway.smpp.events import (
    Answered,
    BadPdu,
    BindRefused,
    Bound,
    Event,
    Finished,
    Unanswered,
    Unexpected,
)
from powerpack_gateway.smpp.session import Session
from powerpack_gateway.smpp.settings import BindKind, RouteSettings
from powerpack_gateway.smpp.states import State
from powerpack_gateway.smpp.submission import Submission

HELLO = Submission("12065550100", "14155550123", b"hello")
DELIVER_BODY = b"\0\x01\x0114155550123\0\x03\x0012345\0\x04\0\0\0\0\0\0\0\0\x02hi"

BIND_RESP = {
    BindKind.RECEIVER: 0x80000001,
    BindKind.TRANSMITTER: 0x80000002,
    BindKind.TRANSCEIVER: 0x80000009,
}


def pdu(command_id: int, sequence: int, status: int = 0, body: bytes = b"") -> bytes:
    return struct.pack(">IIII", 16 + len(body), command_id, status, sequence) + body


def sent(session: Session) -> list[tuple[int, int, int]]:
    """command_id, command_status and sequence_number of everything that waits to be written."""
    data, pdus = session.data_to_send(), []
    while data:
        length, command_id, status, sequence = struct.unpack_from(">IIII", data)
        pdus.append((command_id, status, sequence))
        data = data[length:]
    return pdus


def no_trace(direction: str, pdus: Sequence[bytes]) -> None:
    pass


def new(kind: BindKind = BindKind.TRANSCEIVER, **changes: object) -> Session:
    values: dict[str, object] = {
        "name": "acme",
        "hosts": (("127.0.0.1", 2775),),
        "system_id": "esme1",
        "password": "secret",
        "window": 3,
    }
    settings = RouteSettings(**(values | changes))  # type: ignore[arg-type]  # each test changes what it is about
    return Session(settings, kind=kind, link="acme#1", trace=no_trace)


def binding(kind: BindKind = BindKind.TRANSCEIVER, **changes: object) -> Session:
    session = new(kind, **changes)
    session.connected(0.0)
    session.data_to_send()
    return session


def bound(kind: BindKind = BindKind.TRANSCEIVER, **changes: object) -> Session:
    session = binding(kind, **changes)
    session.receive_data(pdu(BIND_RESP[kind], 1, body=b"smsc\0"), 0.0)
    return session


def unbinding() -> Session:
    session = bound()
    session.unbind(0.0)
    session.data_to_send()
    return session


def unbound() -> Session:
    session = bound()
    session.receive_data(pdu(0x06, 9), 0.0)
    session.data_to_send()
    return session


def whole(session: Session, data: bytes) -> list[Event]:
    return session.receive_data(data, 1.0)


def octet_by_octet(session: Session, data: bytes) -> list[Event]:
    return [event for octet in data for event in session.receive_data(bytes([octet]), 1.0)]


def with_a_tail(session: Session, data: bytes) -> list[Event]:
    return session.receive_data(data + pdu(0x15, 99)[:11], 1.0)


FEEDS = [whole, octet_by_octet, with_a_tail]


# Binding.


@pytest.mark.parametrize(
    ("kind", "command_id"),
    [(BindKind.RECEIVER, 0x01), (BindKind.TRANSMITTER, 0x02), (BindKind.TRANSCEIVER, 0x09)],
)
def test_a_new_connection_asks_to_bind(kind: BindKind, command_id: int) -> None:
    session = new(kind)

    session.connected(0.0)

    assert session.state is State.BINDING
    assert sent(session) == [(command_id, 0, 1)]


@pytest.mark.parametrize(
    ("kind", "state", "window_free"),
    [
        (BindKind.RECEIVER, State.BOUND_RX, 0),
        (BindKind.TRANSMITTER, State.BOUND_TX, 3),
        (BindKind.TRANSCEIVER, State.BOUND_TRX, 3),
    ],
)
@pytest.mark.parametrize("feed", FEEDS)
def test_an_accepted_bind_opens_the_window(
    feed: Callable[[Session, bytes], list[Event]], kind: BindKind, state: State, window_free: int
) -> None:
    session = binding(kind)

    events = feed(session, pdu(BIND_RESP[kind], 1, body=b"smsc\0\x02\x10\0\x01\x34"))

    assert events == [Bound("smsc", 0x34)]
    assert (session.state, session.window_free) == (state, window_free)


@pytest.mark.parametrize(
    "answer",
    [
        pdu(0x80000009, 1, 0x0D),
        pdu(0x80000009, 1, 0x0D, b"smsc\0\x02\x10\0\x01\x34"),
        pdu(0x80000000, 1, 0x0D),
        pdu(0x80000000, 0, 0x0D),
    ],
    ids=["without a body", "with a body", "generic_nack", "generic_nack without a sequence number"],
)
def test_a_refused_bind_ends_the_session(answer: bytes) -> None:
    session = binding()

    events = session.receive_data(answer, 1.0)

    assert events == [BindRefused(0x0D), Finished("the carrier refused the bind: ESME_RBINDFAIL")]
    assert session.state is State.CLOSED
    assert sent(session) == []


def test_a_generic_nack_never_accepts_a_bind() -> None:
    session = binding()

    events = session.receive_data(pdu(0x80000000, 1, 0), 1.0)

    assert events[0] == BindRefused(0xFF)


@pytest.mark.parametrize(
    "answer",
    [pdu(0x80000009, 2), pdu(0x80000001, 1), pdu(0x80000004, 1)],
    ids=["another sequence number", "another bind", "another command"],
)
def test_a_response_that_answers_no_bind_changes_nothing(answer: bytes) -> None:
    session = binding()

    events = session.receive_data(answer, 1.0)

    assert [type(event) for event in events] == [Unexpected]
    assert session.state is State.BINDING


def test_a_second_bind_resp_changes_nothing() -> None:
    session = bound()

    events = session.receive_data(pdu(0x80000009, 1, 0x05), 1.0)

    assert [type(event) for event in events] == [Unexpected]
    assert session.state is State.BOUND_TRX


def test_a_carrier_that_asks_before_it_binds_is_answered() -> None:
    session = binding()

    events = session.receive_data(pdu(0x15, 0xFFFFFFFE), 1.0)

    assert events == []
    assert sent(session) == [(0x80000015, 0, 0xFFFFFFFE)]
    assert session.state is State.BINDING


def test_a_bind_is_not_waited_for_for_ever() -> None:
    session = binding(bind_timeout_s=10.0)
    assert session.next_deadline() == 10.0
    assert session.tick(9.99) == []

    events = session.tick(10.0)

    assert events == [Finished("no answer to the bind within 10 s")]
    assert session.next_deadline() is None


def test_no_sign_of_life_is_asked_for_before_the_bind_stands() -> None:
    session = binding(bind_timeout_s=100.0, enquire_link_s=1.0, inactivity_s=2.0)

    session.tick(50.0)

    assert sent(session) == []
    assert session.state is State.BINDING


# Submitting.


@pytest.mark.parametrize("feed", FEEDS)
def test_an_answer_brings_its_token_back(feed: Callable[[Session, bytes], list[Event]]) -> None:
    session = bound()
    session.submit(HELLO, "token", 0.0)

    events = feed(session, pdu(0x80000004, 2, body=b"id-1\0"))

    assert events == [Answered("token", 0, "id-1")]
    assert session.window_free == 3


def test_a_submit_is_numbered_after_the_one_before() -> None:
    session = bound()

    for token in "abc":
        session.submit(HELLO, token, 0.0)

    assert sent(session) == [(0x04, 0, 2), (0x04, 0, 3), (0x04, 0, 4)]


def test_answers_may_come_in_any_order_and_all_at_once() -> None:
    session = bound()
    for token in "abc":
        session.submit(HELLO, token, 0.0)

    events = session.receive_data(
        pdu(0x80000004, 4, body=b"3\0") + pdu(0x80000004, 2, 0x58) + pdu(0x80000004, 3, body=b"2\0"), 1.0
    )

    assert events == [Answered("c", 0, "3"), Answered("a", 0x58, ""), Answered("b", 0, "2")]


def test_a_full_window_takes_no_more() -> None:
    session = bound(window=1)
    session.submit(HELLO, "a", 0.0)
    session.data_to_send()

    with pytest.raises(WindowFull):
        session.submit(HELLO, "b", 0.0)

    assert sent(session) == []


def test_a_submission_that_does_not_fit_leaves_no_trace() -> None:
    session = bound()
    session.data_to_send()

    with pytest.raises(InvalidSubmission):
        session.submit(HELLO._replace(source="é"), "a", 0.0)

    assert (session.window_free, sent(session)) == (3, [])
    session.submit(HELLO, "b", 0.0)
    assert sent(session) == [(0x04, 0, 2)]


@pytest.mark.parametrize(
    ("make", "state"),
    [
        (new, "OPEN"),
        (binding, "BINDING"),
        (lambda: bound(BindKind.RECEIVER), "BOUND_RX"),
        (unbinding, "UNBINDING"),
        (unbound, "UNBOUND"),
    ],
)
def test_nothing_is_submitted_where_it_may_not_be(make: Callable[[], Session], state: str) -> None:
    session = make()

    with pytest.raises(NotAllowed, match=f"^submit_sm is not allowed in state {state}$"):
        session.submit(HELLO, "token", 0.0)

    assert session.window_free == 0


@pytest.mark.parametrize(
    "body",
    [b"junk", b"junk\0", b"\0", b""],
)
def test_a_body_that_comes_with_an_error_means_nothing(body: bytes) -> None:
    session = bound()
    session.submit(HELLO, "token", 0.0)

    assert session.receive_data(pdu(0x80000004, 2, 0x264A, body), 1.0) == [Answered("token", 0x264A, "")]


@pytest.mark.parametrize("body", [b"", b"\0"])
def test_an_accepted_submit_may_have_no_message_id(body: bytes) -> None:
    session = bound()
    session.submit(HELLO, "token", 0.0)

    assert session.receive_data(pdu(0x80000004, 2, body=body), 1.0) == [Answered("token", 0, "")]


def test_a_message_id_beyond_the_limit_is_none_but_the_submit_is_accepted() -> None:
    session = bound()
    session.submit(HELLO, "token", 0.0)

    events = session.receive_data(pdu(0x80000004, 2, body=b"x" * 65 + b"\0"), 1.0)

    reason = "message_id has 65 characters, expected at most 64: taken as none"
    assert events == [Unexpected(0x80000004, 2, 0, reason), Answered("token", 0, "")]


@pytest.mark.parametrize(("status", "told"), [(0x03, 0x03), (0x00, 0xFF)])
def test_a_generic_nack_fails_the_submit_with_its_number(status: int, told: int) -> None:
    session = bound()
    session.submit(HELLO, "token", 0.0)

    assert session.receive_data(pdu(0x80000000, 2, status), 1.0) == [Answered("token", told, "")]


@pytest.mark.parametrize(
    "response",
    [
        pdu(0x80000004, 77),
        pdu(0x80000004, 0),
        pdu(0x80000004, 0x80000002),
        pdu(0x80000000, 0, 3),
        pdu(0x80000103, 2),
        pdu(0x80000015, 2),
        pdu(0x80000006, 2),
        pdu(0x80000110, 2),
    ],
    ids=[
        "another number",
        "number 0",
        "number beyond the range",
        "generic_nack of nothing",
        "data_sm_resp with the submit's number",
        "enquire_link_resp with the submit's number",
        "unbind_resp with the submit's number",
        "unknown response",
    ],
)
def test_a_response_that_answers_nothing_settles_nothing(response: bytes) -> None:
    session = bound()
    session.submit(HELLO, "token", 0.0)
    session.data_to_send()

    events = session.receive_data(response, 1.0)

    assert [type(event) for event in events] == [Unexpected]
    assert sent(session) == []
    assert (session.in_flight, session.state) == (1, State.BOUND_TRX)


def test_of_two_answers_the_first_holds() -> None:
    session = bound()
    session.submit(HELLO, "token", 0.0)

    events = session.receive_data(pdu(0x80000004, 2, body=b"1\0") + pdu(0x80000004, 2, 0x08), 1.0)

    assert events[0] == Answered("token", 0, "1")
    assert [type(event) for event in events[1:]] == [Unexpected]


def test_sequence_numbers_begin_anew_after_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "SEQUENCE_MAX", 3)
    session = bound(window=5)

    session.data_to_send()

    for token in "abc":
        session.submit(HELLO, token, 0.0)

    assert [sequence for _command_id, _status, sequence in sent(session)] == [2, 3, 1]


# Response timers.


def test_an_overdue_submit_has_an_unknown_fate_and_frees_its_place() -> None:
    session = bound(response_timeout_s=60.0, enquire_link_s=None)
    session.submit(HELLO, "a", 1.0)
    session.submit(HELLO, "b", 2.0)
    assert session.next_deadline() == 61.0
    assert session.tick(60.9) == []

    events = session.tick(61.0)

    assert events == [Unanswered("a", "no submit_sm_resp within 60 s")]
    assert (session.window_free, session.next_deadline()) == (2, 62.0)


@pytest.mark.parametrize(
    ("answer", "event"),
    [
        (pdu(0x80000004, 2, body=b"late\0"), Answered("a", 0, "late")),
        (pdu(0x80000004, 2, 0x08), Answered("a", 0x08, "")),
        (pdu(0x80000000, 2, 0x08), Answered("a", 0x08, "")),
    ],
)
def test_a_late_answer_still_counts_once(answer: bytes, event: Event) -> None:
    session = bound(response_timeout_s=1.0)
    session.submit(HELLO, "a", 0.0)
    session.tick(1.0)

    events = session.receive_data(answer + answer, 2.0)

    assert events[0] == event
    assert [type(event) for event in events[1:]] == [Unexpected]


def test_only_so_many_late_answers_are_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "LATE_MAX", 2)
    session = bound(response_timeout_s=1.0)
    for token in "abc":
        session.submit(HELLO, token, 0.0)
    session.tick(1.0)

    events = session.receive_data(b"".join(pdu(0x80000004, sequence, body=b"1\0") for sequence in (2, 3, 4)), 2.0)

    assert [type(event) for event in events] == [Unexpected, Answered, Answered]


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


# The end.


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


def test_every_pdu_is_traced_in_order() -> None:
    traced: list[tuple[str, bytes]] = []

    def trace(direction: str, pdus: Sequence[bytes]) -> None:
        traced.extend((direction, raw[4:8] + raw[12:16]) for raw in pdus)

    settings = RouteSettings(name="acme", hosts=(("h", 1),), system_id="a", password="b")
    session = Session(settings, kind=BindKind.TRANSCEIVER, link="acme#1", trace=trace)
    session.connected(0.0)
    session.data_to_send()
    session.receive_data(pdu(0x80000009, 1, body=b"\0") + pdu(0x15, 5), 0.0)
    session.submit(HELLO, "token", 0.0)
    session.data_to_send()

    assert traced == [
        (">", bytes.fromhex("0000000900000001")),
        ("<", bytes.fromhex("8000000900000001")),
        ("<", bytes.fromhex("0000001500000005")),
        (">", bytes.fromhex("8000001500000005")),
        (">", bytes.fromhex("0000000400000002")),
    ]


def test_a_session_shows_its_state() -> None:
    session = bound()
    session.submit(HELLO, "token", 0.0)

    assert repr(session) == "<Session acme#1: BOUND_TRX, 1 in flight>"


COMMANDS = [0x01, 0x04, 0x05, 0x06, 0x09, 0x0B, 0x15, 0x102, 0x103, 0x110]
anything = st.builds(
    pdu,
    st.sampled_from(COMMANDS + [command_id | 0x80000000 for command_id in [0, *COMMANDS]]),
    st.integers(0, 6) | st.integers(0, 0xFFFFFFFF),
    st.sampled_from([0, 0, 1, 0x58, 0x264A]),
    st.binary(max_size=40) | st.just(DELIVER_BODY) | st.just(b"1\0"),
)


@given(
    st.sampled_from([binding, bound, unbinding, unbound]),
    st.lists(anything | st.binary(min_size=1, max_size=40), max_size=12),
)
def test_whatever_the_carrier_sends_every_submit_has_one_fate(make: Callable[[], Session], stream: list[bytes]) -> None:
    session = make()
    tokens = [object() for _ in range(session.window_free)]
    for token in tokens:
        session.submit(HELLO, token, 0.0)

    events = [event for data in stream for event in session.receive_data(data, 1.0)] + session.lost("over")

    fates = [event.token for event in events if isinstance(event, Answered | Unanswered)]
    assert sorted(map(id, fates)) == sorted(map(id, tokens))
    assert sum(isinstance(event, Finished) for event in events) == 1
    assert session.state is State.CLOSED
