"""One session, octets in and octets out: its beginning, its end, and any order of octets."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers.smpp.sessions import BIND_OF, ENQUIRE_LINK, bind, bound, drive, sent, submit
from carriers.smpp.strategies import pdus
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.codec import encode, encode_body, encode_raw, encode_tlvs
from powerpack_carriers.smpp.constants import RESPONSE_BIT, CommandId, CommandStatus, TlvTag
from powerpack_carriers.smpp.errors import NotAllowed
from powerpack_carriers.smpp.events import (
    BindRequested,
    Broken,
    Refused,
    RequestsReceived,
    Unbound,
)
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.session import Session
from powerpack_carriers.smpp.states import BOUND_STATES, SessionState
from powerpack_carriers.smpp.tlvs import Tlv

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
