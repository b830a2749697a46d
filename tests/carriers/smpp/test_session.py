"""One session, octets in and octets out."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers.smpp.strategies import pdus
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.codec import decode, encode, encode_body, encode_raw, encode_tlvs
from powerpack_carriers.smpp.constants import RESPONSE_BIT, SEQUENCE_NUMBER_MAX, CommandId, CommandStatus, TlvTag
from powerpack_carriers.smpp.errors import NotAllowed, WindowFull
from powerpack_carriers.smpp.events import (
    BindRequested,
    Broken,
    Event,
    Refused,
    RequestsReceived,
    ResponsesReceived,
    Unbound,
    UnexpectedResponse,
)
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import BODIES, Pdu
from powerpack_carriers.smpp.session import Session, SessionLimits
from powerpack_carriers.smpp.states import BOUND_STATES, Role, SessionState, next_state
from powerpack_carriers.smpp.tlvs import Tlv

BIND_OF = {
    SessionState.BOUND_TX: CommandId.bind_transmitter,
    SessionState.BOUND_RX: CommandId.bind_receiver,
    SessionState.BOUND_TRX: CommandId.bind_transceiver,
}
ENQUIRE_LINK = encode_raw(CommandId.enquire_link, 0, 9)


def bind(command_id: int = CommandId.bind_transceiver, version: int = 0x34) -> bytes:
    fields: dict[str, FieldValue] = {"system_id": "esme", "password": "pwd", "interface_version": version}
    return encode(Pdu(command_id=command_id, sequence_number=1, fields=fields))


def submit(sequence_number: int = 2, text: bytes = b"hi") -> bytes:
    fields: dict[str, FieldValue] = {"source_addr": "12", "destination_addr": "34", "short_message": text}
    return encode(Pdu(command_id=CommandId.submit_sm, sequence_number=sequence_number, fields=fields))


def bound(state: SessionState = SessionState.BOUND_TRX, *, window_max: int = 10) -> Session:
    session = Session(system_id="smsc", limits=SessionLimits(window_max=window_max))
    (event,) = session.receive_data(bind(BIND_OF[state]))
    assert isinstance(event, BindRequested)
    session.accept_bind(event.request)
    session.data_to_send()
    return session


def unbound() -> Session:
    session = bound()
    session.receive_data(encode_raw(CommandId.unbind, 0, 2))
    session.data_to_send()
    return session


def in_state(state: SessionState) -> Session:
    match state:
        case SessionState.OPEN:
            return Session(system_id="smsc")
        case SessionState.OUTBOUND:
            session = Session(system_id="smsc")
            session.send_request(CommandId.outbind, {"system_id": "smsc"})
        case SessionState.UNBOUND:
            session = unbound()
        case SessionState.CLOSED:
            session = bound()
            session.close()
        case _:
            session = bound(state)
    session.data_to_send()
    assert session.state is state
    return session


def sent(session: Session) -> list[Pdu]:
    return [decode(raw) for raw in session.pdus_to_send()]


def drive(session: Session, chunks: list[bytes]) -> tuple[list[str], list[bytes], bytes]:
    """Feed a session whose application answers at once: what it was asked, what was written (sorted), and the last PDU.

    Responses may leave in another order than their requests came (SMPP 3.4, 2.5.2); ends may not overtake them.
    """
    asked: list[str] = []
    written: list[bytes] = []
    for chunk in chunks:
        events = session.receive_data(chunk)
        while events:
            for event in events:
                asked += act(session, event)
            events = session.receive_data(b"")
        written += session.pdus_to_send()
    return asked, sorted(written), written[-1] if session.state is SessionState.CLOSED else b""


def act(session: Session, event: Event) -> list[str]:
    match event:
        case BindRequested():
            session.accept_bind(event.request)
            return [f"bind {event.bind}"]
        case RequestsReceived():
            for request in event.requests:
                if request.command_id == CommandId.submit_sm:
                    session.respond_submit(request, b"%d" % request.sequence_number)
                else:
                    session.respond(request, CommandStatus.ESME_RSYSERR)
            return [repr(request) for request in event.requests]
        case ResponsesReceived():
            return [f"{context} {status}" for context, status in event.answered]
        case Refused():
            return [event.reason]
        case _:
            return [type(event).__name__]


# Binding


@pytest.mark.parametrize("state", BOUND_STATES, ids=lambda state: state.value)
def test_a_bind_waits_for_the_application_and_leads_to_its_state(state: SessionState) -> None:
    session = Session(system_id="smsc")

    (event,) = session.receive_data(bind(BIND_OF[state]))

    assert isinstance(event, BindRequested)
    assert (event.bind.system_id, event.bind.password, event.bind.interface_version) == ("esme", "pwd", 0x34)
    assert session.data_to_send() == b""
    assert session.state is SessionState.OPEN

    session.accept_bind(event.request)

    assert session.state is state
    assert session.bind == event.bind
    (response,) = sent(session)
    assert response.command_id == BIND_OF[state] | RESPONSE_BIT
    assert (response.command_status, response.sequence_number) == (0, 1)
    assert response.text("system_id") == "smsc"
    assert response.tlv(TlvTag.sc_interface_version) == 0x34


def test_an_esme_of_an_older_version_gets_no_tlv() -> None:
    session = Session(system_id="smsc")

    (event,) = session.receive_data(bind(version=0x33))
    assert isinstance(event, BindRequested)
    session.accept_bind(event.request)

    assert [pdu.tlvs for pdu in sent(session)] == [()]


def test_a_refused_bind_may_be_tried_again() -> None:
    session = Session(system_id="smsc")
    (event,) = session.receive_data(bind())
    assert isinstance(event, BindRequested)

    session.refuse_bind(event.request, CommandStatus.ESME_RINVPASWD)

    assert session.data_to_send() == encode_raw(CommandId.bind_transceiver_resp, 0x0E, 1)
    assert session.state is SessionState.OPEN
    assert session.bind is None
    assert isinstance(session.receive_data(bind())[0], BindRequested)


@pytest.mark.parametrize(("state", "again"), list(product(BOUND_STATES, BIND_OF.values())))
def test_a_second_bind_is_refused(state: SessionState, again: CommandId) -> None:
    session = bound(state)

    (event,) = session.receive_data(bind(again))

    assert isinstance(event, Refused)
    assert session.data_to_send() == encode_raw(again | RESPONSE_BIT, CommandStatus.ESME_RALYBND, 1)
    assert session.state is state


def test_only_the_bind_that_waits_can_be_answered() -> None:
    session = bound()

    with pytest.raises(NotAllowed, match=r"bind_transceiver seq=1 .* is not the bind that waits for an answer"):
        session.accept_bind(RawPdu(bind(), CommandId.bind_transceiver, 0, 1))


def test_a_bind_with_a_bad_field_is_answered_with_what_is_wrong() -> None:
    session = Session(system_id="smsc")

    session.receive_data(encode_raw(CommandId.bind_transmitter, 0, 1, b"esme\0" + b"password9\0" + b"\0\x34\0\0\0"))

    assert session.data_to_send() == encode_raw(CommandId.bind_transmitter_resp, CommandStatus.ESME_RINVPASWD, 1)


# Requests


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


# Requests of ours


def test_sequence_numbers_start_at_one_and_wrap_to_one() -> None:
    session = bound()
    session._sequence_number = SEQUENCE_NUMBER_MAX - 1

    numbers = [session.send_raw_request(CommandId.deliver_sm, bytes(17)) for _ in range(3)]

    assert numbers == [SEQUENCE_NUMBER_MAX, 1, 2]


def test_answers_come_back_with_their_contexts_in_the_order_of_the_answers() -> None:
    session = bound()
    first = session.send_request(CommandId.deliver_sm, {"short_message": b"1"}, context="first")
    second = session.send_raw_request(CommandId.data_sm, bytes(10), context="second")

    events = session.receive_data(
        encode_raw(CommandId.data_sm_resp, 0, second, b"\0") + encode_raw(CommandId.deliver_sm_resp, 0x64, first, b"\0")
    )

    assert events == [ResponsesReceived(answered=[("second", 0), ("first", 0x64)])]
    assert session.unanswered() == []


def test_a_generic_nack_answers_the_request_with_its_number() -> None:
    session = bound()
    number = session.send_raw_request(CommandId.deliver_sm, bytes(17), context="it")

    events = session.receive_data(encode_raw(CommandId.generic_nack, 3, number))

    assert events == [ResponsesReceived(answered=[("it", 3)])]


WRONG_ANSWERS = {
    "a number of nobody's": (CommandId.deliver_sm_resp, 99),
    "another kind of response": (CommandId.data_sm_resp, 1),
    "an unknown response": (0x80000110, 1),
}


@pytest.mark.parametrize(("command", "number"), WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_a_wrong_answer_settles_nothing(command: int, number: int) -> None:
    session = bound()
    session.send_raw_request(CommandId.deliver_sm, bytes(17), context="it")

    (event,) = session.receive_data(encode_raw(command, 0, number, b"\0"))

    assert isinstance(event, UnexpectedResponse)
    assert session.unanswered() == ["it"]


def test_the_second_answer_to_a_request_is_unexpected() -> None:
    session = bound()
    number = session.send_raw_request(CommandId.deliver_sm, bytes(17), context="it")
    answer = encode_raw(CommandId.deliver_sm_resp, 0, number, b"\0")

    events = session.receive_data(answer + answer)

    assert [type(event) for event in events] == [ResponsesReceived, UnexpectedResponse]


def test_the_window_is_bounded_and_opens_with_an_answer() -> None:
    session = bound(window_max=2)
    number = session.send_raw_request(CommandId.deliver_sm, bytes(17))
    session.send_raw_request(CommandId.deliver_sm, bytes(17))

    assert session.window_free == 0
    with pytest.raises(WindowFull, match="2 requests are unanswered, expected less before another"):
        session.send_raw_request(CommandId.deliver_sm, bytes(17))

    session.receive_data(encode_raw(CommandId.deliver_sm_resp, 0, number, b"\0"))

    assert session.window_free == 1


@pytest.mark.parametrize("state", SessionState, ids=lambda state: state.value)
def test_we_send_only_what_the_table_allows(state: SessionState) -> None:
    for command in (CommandId.deliver_sm, CommandId.data_sm, CommandId.alert_notification, CommandId.submit_sm):
        session = in_state(state)
        if next_state(Role.SMSC, state, command) is not None:
            session.send_request(command)
            continue
        with pytest.raises(NotAllowed, match=f"{command.name} is not allowed in state {state.value}"):
            session.send_request(command)
        assert session.data_to_send() == b""


def test_a_request_without_response_takes_no_place_in_the_window() -> None:
    session = bound(window_max=1)

    session.send_request(CommandId.alert_notification, {"source_addr": "1"})

    assert session.window_free == 1


def test_enquire_link_is_sent_and_its_answer_is_ours() -> None:
    session = bound()

    session.enquire_link()

    assert session.data_to_send() == encode_raw(CommandId.enquire_link, 0, 1)
    assert session.receive_data(encode_raw(CommandId.enquire_link_resp, 0, 1)) == []


# Endings


def test_an_unbind_of_the_esme_is_answered_and_ends_the_session() -> None:
    session = bound()

    events = session.receive_data(encode_raw(CommandId.unbind, 0, 8))

    assert events == [Unbound(by_peer=True)]
    assert session.data_to_send() == encode_raw(CommandId.unbind_resp, 0, 8)
    assert session.state is SessionState.UNBOUND


def test_an_unbind_does_not_overtake_the_answers_to_what_came_before_it() -> None:
    session = bound()

    (event,) = session.receive_data(submit(2) + encode_raw(CommandId.unbind, 0, 3))
    assert isinstance(event, RequestsReceived)
    session.respond_submit(event.requests[0], b"1")
    events = session.receive_data(b"")

    assert events == [Unbound(by_peer=True)]
    assert [pdu.name for pdu in sent(session)] == ["submit_sm_resp", "unbind_resp"]


def test_our_unbind_ends_the_session_when_it_is_answered_and_serves_what_was_on_its_way() -> None:
    session = bound()

    session.unbind()

    assert session.is_unbinding
    assert session.data_to_send() == encode_raw(CommandId.unbind, 0, 1)
    assert [type(event) for event in session.receive_data(submit(2))] == [RequestsReceived]
    assert session.receive_data(encode_raw(CommandId.unbind_resp, 0, 1)) == [Unbound(by_peer=False)]
    assert session.state is SessionState.UNBOUND


def test_unbinds_that_cross_are_both_answered() -> None:
    session = bound()
    session.unbind()
    session.data_to_send()

    events = session.receive_data(encode_raw(CommandId.unbind, 0, 8) + encode_raw(CommandId.unbind_resp, 0, 1))

    assert events == [Unbound(by_peer=True)]
    assert session.data_to_send() == encode_raw(CommandId.unbind_resp, 0, 8)


def test_a_wrong_length_is_nacked_and_ends_the_session() -> None:
    session = bound()

    events = session.receive_data(submit(2) + bytes.fromhex("00000003 00000004 00000000 00000007"))

    assert [type(event) for event in events] == [RequestsReceived]
    assert [type(event) for event in session.receive_data(b"")] == [Broken]
    assert session.data_to_send() == encode_raw(CommandId.generic_nack, CommandStatus.ESME_RINVCMDLEN, 7)
    assert session.state is SessionState.CLOSED
    assert session.receive_data(submit(3)) == []


def test_an_end_between_pdus_is_silent_and_inside_one_is_not() -> None:
    whole, cut = bound(), bound()
    cut.receive_data(submit(2)[:20])

    assert whole.receive_eof() == []
    (event,) = cut.receive_eof()
    assert isinstance(event, Broken)
    assert str(event.error) == "the connection ended after 20 octets of a PDU"
    assert cut.data_to_send() == b""


def test_what_was_not_answered_is_known_after_the_end() -> None:
    session = bound()
    session.send_raw_request(CommandId.deliver_sm, bytes(17), context="it")

    session.close()

    assert session.unanswered() == ["it"]
    assert repr(session) == "<Session CLOSED transceiver esme version 0x34, 1 unanswered>"


# Any order of octets

CONVERSATIONS = {
    "bind and submits sent ahead": [bind(), submit(2), submit(3), ENQUIRE_LINK],
    "two binds": [bind(), bind(CommandId.bind_receiver), submit(2)],
    "submit before the bind": [submit(2), bind(), submit(3)],
    "bad bodies between good ones": [bind(), encode_raw(4, 0, 5, b"\0"), submit(6), encode_raw(0x110, 0, 7)],
    "unbind in the middle": [bind(), submit(2), encode_raw(CommandId.unbind, 0, 3), submit(4), ENQUIRE_LINK],
    "a wrong length at the end": [bind(), submit(2), bytes(16), submit(3)],
    "a length too large": [bind(), submit(2), b"\xff" * 16, submit(3)],
    "nothing but HTTP": [b"GET / HTTP/1.1\r\nHost: carrier\r\n\r\n"],
}


@pytest.mark.parametrize("conversation", CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_octets_in_one_piece_or_in_many_say_the_same(conversation: list[bytes]) -> None:
    joined = b"".join(conversation)

    expected = drive(Session(system_id="smsc"), conversation)

    assert drive(Session(system_id="smsc"), [joined]) == expected
    assert drive(Session(system_id="smsc"), [joined[i : i + 1] for i in range(len(joined))]) == expected


@settings(max_examples=50)
@given(st.lists(pdus().map(encode) | st.binary(max_size=40), max_size=6), st.integers(1, 50))
def test_whatever_is_sent_is_served_the_same_in_any_cut(stream: list[bytes], size: int) -> None:
    joined = bind() + b"".join(stream)

    expected = drive(Session(system_id="smsc"), [joined])

    assert drive(Session(system_id="smsc"), [joined[i : i + size] for i in range(0, len(joined), size)]) == expected
    assert drive(Session(system_id="smsc"), [bind() + submit(2)])[0][-1].startswith("<RawPdu submit_sm seq=2")


# The short ways


@pytest.mark.parametrize("state", SessionState, ids=lambda state: state.value)
def test_the_short_way_of_a_deliver_sm_does_what_the_long_one_does(state: SessionState) -> None:
    results: list[object] = []
    for is_short in (True, False):
        session = in_state(state)
        session.data_to_send()
        try:
            if is_short:
                number = session.send_deliver_sm(b"body", "context")
            else:
                number = session.send_raw_request(CommandId.deliver_sm, b"body", context="context")
            results.append((number, session.data_to_send(), session.state, session.unanswered()))
        except NotAllowed as error:
            results.append(str(error))

    assert results[0] == results[1]


def test_the_short_way_of_a_deliver_sm_keeps_to_the_window() -> None:
    session = bound(window_max=1)
    session.send_deliver_sm(b"body", None)

    with pytest.raises(WindowFull):
        session.send_deliver_sm(b"body", None)

    assert session.deliveries_free == 0


@pytest.mark.parametrize("state", SessionState, ids=lambda state: state.value)
def test_deliveries_are_free_only_where_the_esme_receives(state: SessionState) -> None:
    session = in_state(state)

    may_receive = state in (SessionState.BOUND_RX, SessionState.BOUND_TRX)

    assert session.deliveries_free == (session.window_free if may_receive else 0)


def test_no_delivery_is_free_once_we_have_sent_unbind() -> None:
    session = bound()
    session.unbind()

    assert session.deliveries_free == 0


def test_requests_and_answers_that_come_mixed_keep_their_order() -> None:
    session = bound()
    for name in "abc":
        session.send_deliver_sm(b"body", name)
    answers = [encode_raw(CommandId.deliver_sm_resp, 0, number, b"\0") for number in (1, 2, 3)]

    events = session.receive_data(submit(2) + submit(3) + answers[0] + answers[2] + submit(4) + answers[1] + submit(5))

    assert [_named(event) for event in events] == [[2, 3], ["a", "c"], [4], ["b"], [5]]


def _named(event: Event) -> list[object]:
    """Sequence numbers of requests, contexts of answers."""
    if isinstance(event, RequestsReceived):
        return [request.sequence_number for request in event.requests]
    assert isinstance(event, ResponsesReceived)
    return [context for context, _ in event.answered]


# Requests that nobody answers


def test_the_oldest_requests_can_be_withdrawn_and_their_answers_are_unexpected() -> None:
    session = bound()
    numbers = [session.send_request(CommandId.deliver_sm, context=context) for context in ("a", "b", "c", "b")]
    session.data_to_send()

    withdrawn = session.withdraw(lambda context: context in ("a", "b"))

    assert (withdrawn, session.unanswered()) == (["a", "b"], ["c", "b"])
    (late,) = session.receive_data(encode_raw(CommandId.deliver_sm_resp, 0, numbers[0], b"\0"))
    assert isinstance(late, UnexpectedResponse)
    (event,) = session.receive_data(encode_raw(CommandId.deliver_sm_resp, 0, numbers[2], b"\0"))
    assert event == ResponsesReceived(answered=[("c", 0)])


# ESMEs below version 3.4


def an_old_session() -> Session:
    session = Session(system_id="smsc")
    (event,) = session.receive_data(bind(version=0x33))
    assert isinstance(event, BindRequested)
    session.accept_bind(event.request)
    return session


def test_an_esme_of_old_gets_no_tlvs() -> None:
    session = an_old_session()
    (bind_resp,) = sent(session)
    tlvs = (Tlv.of(TlvTag.receipted_message_id, "1"), Tlv(0x1400, b"x"))
    fields: dict[str, FieldValue] = {"source_addr": "12", "short_message": b"id:1"}
    body = encode_body(CommandId.deliver_sm, fields) + encode_tlvs(tlvs)

    session.send_request(CommandId.deliver_sm, fields, tlvs)
    # Octets that no decoder takes may come behind the fields: that is a fault's business.
    session.send_deliver_sm(body + b"\0\x1e\0\x41x", None)
    (event,) = session.receive_data(submit())
    assert isinstance(event, RequestsReceived)
    session.respond(event.requests[0], tlvs=tlvs, message_id="1")

    assert [pdu.tlvs for pdu in (bind_resp, *sent(session))] == [()] * 4
    assert session.is_old


def test_an_esme_of_today_gets_them() -> None:
    session = bound()

    session.send_request(CommandId.deliver_sm, {}, (Tlv.of(TlvTag.receipted_message_id, "1"),))

    assert [len(pdu.tlvs) for pdu in sent(session)] == [1]
    assert not session.is_old
