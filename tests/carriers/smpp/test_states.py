"""The whole table of states: every sender, state and command."""

from itertools import product

import pytest

from powerpack_carriers.smpp.constants import RESPONSE_BIT, CommandId, CommandStatus
from powerpack_carriers.smpp.states import BOUND_STATES, TRANSITIONS, Role, SessionState, next_state

# SMPP 5.0, 2.4, written down once more in another form: for each command, who may send it and in which states.
# o open, b outbound, t r x bound as transmitter, receiver, transceiver, u unbound.
MATRIX = """
outbind                 SMSC o
bind_transmitter        ESME ob
bind_receiver           ESME ob
bind_transceiver        ESME ob
bind_transmitter_resp   SMSC ob
bind_receiver_resp      SMSC ob
bind_transceiver_resp   SMSC ob
submit_sm               ESME tx
submit_sm_resp          SMSC tx
submit_multi            ESME tx
submit_multi_resp       SMSC tx
query_sm                ESME tx
query_sm_resp           SMSC tx
cancel_sm               ESME tx
cancel_sm_resp          SMSC tx
replace_sm              ESME tx
replace_sm_resp         SMSC tx
deliver_sm              SMSC rx
deliver_sm_resp         ESME rx
alert_notification      SMSC rx
data_sm                 ESME tx
data_sm_resp            SMSC tx
data_sm                 SMSC rx
data_sm_resp            ESME rx
unbind                  ESME trx
unbind                  SMSC trx
unbind_resp             ESME trxu
unbind_resp             SMSC trxu
enquire_link            ESME obtrxu
enquire_link            SMSC obtrxu
enquire_link_resp       ESME obtrxu
enquire_link_resp       SMSC obtrxu
generic_nack            ESME obtrxu
generic_nack            SMSC obtrxu
"""
LETTERS = {
    SessionState.OPEN: "o",
    SessionState.OUTBOUND: "b",
    SessionState.BOUND_TX: "t",
    SessionState.BOUND_RX: "r",
    SessionState.BOUND_TRX: "x",
    SessionState.UNBOUND: "u",
    SessionState.CLOSED: "c",
}
ALLOWED = {
    (sender, command, letter)
    for command, sender, letters in (line.split() for line in MATRIX.split("\n") if line)
    for letter in letters
}
MOVES = {
    CommandId.outbind: SessionState.OUTBOUND,
    CommandId.bind_transmitter_resp: SessionState.BOUND_TX,
    CommandId.bind_receiver_resp: SessionState.BOUND_RX,
    CommandId.bind_transceiver_resp: SessionState.BOUND_TRX,
    CommandId.unbind_resp: SessionState.UNBOUND,
}


@pytest.mark.parametrize("command", CommandId, ids=lambda command: command.name)
def test_a_command_moves_or_is_refused_in_every_state(command: CommandId) -> None:
    for sender, state in product(Role, SessionState):
        after = next_state(sender, state, command)

        allowed = (sender.value, command.name, LETTERS[state]) in ALLOWED
        assert after == (MOVES.get(command, state) if allowed else None), (sender, state)


@pytest.mark.parametrize("command", CommandId, ids=lambda command: command.name)
def test_a_response_with_an_error_moves_nothing(command: CommandId) -> None:
    for sender, state in product(Role, SessionState):
        after = next_state(sender, state, command, CommandStatus.ESME_RBINDFAIL)

        assert after in (state, None)
        assert (after is None) == (next_state(sender, state, command) is None)


@pytest.mark.parametrize(("sender", "state"), list(product(Role, SessionState)))
def test_a_command_of_nobodys_is_refused(sender: Role, state: SessionState) -> None:
    assert next_state(sender, state, 0x110) is None


def test_no_pdu_leads_to_or_from_closed() -> None:
    for moves in TRANSITIONS.values():
        assert SessionState.CLOSED not in moves
        assert SessionState.CLOSED not in moves.values()


def test_who_may_send_a_request_gets_its_response_in_the_same_states() -> None:
    other = {Role.ESME: Role.SMSC, Role.SMSC: Role.ESME}
    for (sender, command), moves in TRANSITIONS.items():
        response = (other[sender], command | RESPONSE_BIT)
        if command & RESPONSE_BIT or response not in TRANSITIONS:
            continue
        assert set(moves) <= set(TRANSITIONS[response])


def test_the_bound_states_are_those_that_may_be_unbound() -> None:
    assert tuple(TRANSITIONS[Role.SMSC, CommandId.unbind]) == BOUND_STATES
