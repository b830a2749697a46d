"""Requests of the carrier: their numbers, their window, and whoever answers them."""

import pytest

from carriers.smpp.sessions import bound, in_state, submit
from powerpack_carriers.smpp import outstanding
from powerpack_carriers.smpp.codec import encode_raw
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.errors import NotAllowed, WindowFull
from powerpack_carriers.smpp.events import (
    Event,
    RequestsReceived,
    ResponsesReceived,
    UnexpectedResponse,
)
from powerpack_carriers.smpp.states import Role, SessionState, next_state

# Requests of ours


def test_sequence_numbers_start_at_one_and_wrap_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outstanding, "SEQUENCE_NUMBER_MAX", 2)
    session = bound()

    numbers = [session.send_raw_request(CommandId.deliver_sm, bytes(17)) for _ in range(2)]
    numbers += [session.send_deliver_sm(bytes(17), None) for _ in range(2)]

    assert numbers == [1, 2, 1, 2]


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
