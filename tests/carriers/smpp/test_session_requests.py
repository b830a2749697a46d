"""Requests of the ESME, and what a session answers by itself."""

import pytest

from carriers.smpp.sessions import BIND_OF, ENQUIRE_LINK, bound, in_state, sent, submit
from powerpack_carriers.smpp.codec import encode, encode_raw
from powerpack_carriers.smpp.constants import RESPONSE_BIT, CommandId, CommandStatus
from powerpack_carriers.smpp.events import (
    BindRequested,
    Refused,
    RequestsReceived,
    UnexpectedResponse,
)
from powerpack_carriers.smpp.pdus import BODIES, Pdu
from powerpack_carriers.smpp.states import BOUND_STATES, Role, SessionState, next_state


def test_requests_of_one_read_come_in_one_event() -> None:
    session = bound()

    (event,) = session.receive_data(submit(2) + submit(3))

    assert isinstance(event, RequestsReceived)
    assert [request.sequence_number for request in event.requests] == [2, 3]
    assert [request.raw for request in event.requests] == [submit(2), submit(3)]


# What the session answers by itself: enquire_link, an unknown command, a body that is wrong.
@pytest.mark.parametrize(
    "other",
    [ENQUIRE_LINK, encode_raw(0x110, 0, 9), encode_raw(CommandId.query_sm, 0, 9, b"x"), submit(9)[:-1]],
    ids=["enquire_link", "unknown", "query_sm", "submit_sm"],
)
def test_answers_leave_in_the_order_of_their_requests(other: bytes) -> None:
    session = bound()
    other = len(other).to_bytes(4, "big") + other[4:]

    events = session.receive_data(submit(2) + other + submit(3))
    answered = []
    while events:
        for event in events:
            if isinstance(event, RequestsReceived):
                for request in event.requests:
                    session.respond_submit(request, b"1")
        answered += [answer.sequence_number for answer in sent(session)]
        events = session.receive_data(b"")

    assert answered == [2, 9, 3]


def test_all_pdus_of_a_read_are_shown_for_the_journal() -> None:
    session = bound()

    session.receive_data(submit(2) + ENQUIRE_LINK + submit(3)[:20])

    assert [pdu.raw for pdu in session.pdus_received()] == [submit(2), ENQUIRE_LINK]


def test_a_submit_is_answered_with_its_message_id() -> None:
    session = bound()

    (event,) = session.receive_data(submit(7))
    assert isinstance(event, RequestsReceived)
    session.respond_submit(event.requests[0], b"abc")

    assert session.data_to_send() == encode_raw(CommandId.submit_sm_resp, 0, 7, b"abc\0")


def test_a_request_is_answered_with_fields_and_tlvs_of_its_response() -> None:
    session = bound()
    query = encode(Pdu(command_id=CommandId.query_sm, sequence_number=4, fields={"message_id": "1"}))
    (event,) = session.receive_data(query)
    assert isinstance(event, RequestsReceived)

    session.respond(event.requests[0], message_id="1", message_state=2)

    (response,) = sent(session)
    assert str(response) == "query_sm_resp seq=4 ESME_ROK message_id=1 message_state=2"


@pytest.mark.parametrize("state", SessionState, ids=lambda state: state.value)
@pytest.mark.parametrize("command", [c for c in BODIES if not c & RESPONSE_BIT], ids=lambda c: CommandId(c).name)
def test_a_request_is_passed_on_answered_or_refused_as_the_table_says(state: SessionState, command: int) -> None:
    session = in_state(state)
    raw = WITH_CONTENT.get(command, b"") or encode(Pdu(command_id=command, sequence_number=5))
    allowed = next_state(Role.ESME, state, command) is not None

    events = session.receive_data(raw)

    answers = sent(session)
    if state is SessionState.CLOSED:
        assert (events, answers) == ([], [])
    elif allowed and command in (CommandId.enquire_link, CommandId.unbind):
        assert [(a.command_id, a.command_status) for a in answers] == [(command | RESPONSE_BIT, 0)]
    elif allowed:
        assert isinstance(events[0], BindRequested | RequestsReceived)
        assert answers == []
    else:
        has_response = command | RESPONSE_BIT in BODIES
        status = 5 if command in BIND_OF.values() and state in BOUND_STATES else 4
        expected = command | RESPONSE_BIT if has_response else CommandId.generic_nack
        assert isinstance(events[0], Refused)
        assert [(a.command_id, a.command_status, a.sequence_number) for a in answers] == [(expected, status, 5)]


WITH_CONTENT: dict[int, bytes] = {
    CommandId.submit_multi: encode_raw(CommandId.submit_multi, 0, 5, b"\0\0\0\0" + b"\1\2li\0" + bytes(10)),
    CommandId.data_sm: encode_raw(CommandId.data_sm, 0, 5, bytes(10) + b"\4\x24\0\0"),
}
"""Requests that are not whole without it."""

BAD_BODIES = {
    "cut": (CommandId.submit_sm, b"\0\1\1", CommandStatus.ESME_RINVSRCADR),
    "long destination": (CommandId.submit_sm, b"\0\0\0\0\0\0" + b"9" * 21 + b"\0" + bytes(10), 0x0B),
    "sm_length past the end": (CommandId.submit_sm, bytes(16) + b"\5hi", CommandStatus.ESME_RINVMSGLEN),
    "stray octets": (CommandId.submit_sm, bytes(17) + b"\0\1", CommandStatus.ESME_RINVOPTPARSTREAM),
    "TLV width": (CommandId.submit_sm, bytes(17) + b"\4\x27\0\2\0\2", CommandStatus.ESME_RINVPARLEN),
    "query_sm": (CommandId.query_sm, b"1", CommandStatus.ESME_RINVMSGID),
    "replace_sm": (CommandId.replace_sm, b"1\0\0\0\0" + b"1\0\0\0\0\0", CommandStatus.ESME_RINVSCHED),
}


@pytest.mark.parametrize(("command", "body", "status"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_bad_body_is_answered_by_its_own_response_and_the_session_goes_on(
    command: CommandId, body: bytes, status: int
) -> None:
    session = bound()

    events = session.receive_data(encode_raw(command, 0, 5, body) + submit(6))

    assert session.data_to_send() == encode_raw(command | RESPONSE_BIT, status, 5)
    assert [type(event) for event in events] == [Refused, RequestsReceived]


def test_an_unknown_command_is_nacked_and_the_session_goes_on() -> None:
    session = bound()

    events = session.receive_data(encode_raw(0x00010200, 0, 5, b"vendor") + submit(6))

    assert session.data_to_send() == encode_raw(CommandId.generic_nack, CommandStatus.ESME_RINVCMDID, 5)
    assert [type(event) for event in events] == [Refused, RequestsReceived]


@pytest.mark.parametrize("state", [s for s in SessionState if s is not SessionState.CLOSED], ids=lambda s: s.value)
@pytest.mark.parametrize("command", [c for c in BODIES if c & RESPONSE_BIT] + [0x80000110], ids=hex)
def test_a_response_to_nothing_is_never_answered(state: SessionState, command: int) -> None:
    session = in_state(state)

    events = session.receive_data(encode_raw(command, 3, 77))

    assert session.data_to_send() == b""
    assert session.state is state
    assert all(isinstance(event, UnexpectedResponse) for event in events)


def test_an_answer_on_a_closed_session_goes_nowhere() -> None:
    session = bound()
    (event,) = session.receive_data(submit(2) + submit(3))
    assert isinstance(event, RequestsReceived)
    session.close()

    session.respond_submit(event.requests[0], b"1")
    session.respond(event.requests[1], CommandStatus.ESME_RSUBMITFAIL)

    assert session.data_to_send() == b""
