"""A session's bind, submits and answers, against anything a carrier may send: whole, octet by octet, all at once."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smpp.sessions import (
    BIND_RESP,
    DELIVER_BODY,
    FEEDS,
    HELLO,
    binding,
    bound,
    new,
    pdu,
    sent,
    unbinding,
    unbound,
)
from powerpack_gateway.smpp import session as session_module
from powerpack_gateway.smpp.errors import InvalidSubmission, NotAllowed, WindowFull
from powerpack_gateway.smpp.events import (
    Answered,
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


# The end.


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
