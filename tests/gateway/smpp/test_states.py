"""The whole product of states and steps: each moves where this test says, or is refused."""

import itertools

import pytest

from powerpack_gateway.smpp.errors import NotAllowed
from powerpack_gateway.smpp.states import (
    ACKNOWLEDGING,
    BOUND,
    RECEIVING,
    SUBMITTING,
    TRANSITIONS,
    State,
    Step,
    after,
    allows,
)

BOUND_STATES = {State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX}
ALIVE = set(State) - {State.CLOSED}

#: Where each step is allowed, said the other way round than the table says it.
ALLOWED_IN: dict[Step, set[State]] = {
    Step.BIND: {State.OPEN},
    Step.BOUND_AS_TRANSMITTER: {State.BINDING},
    Step.BOUND_AS_RECEIVER: {State.BINDING},
    Step.BOUND_AS_TRANSCEIVER: {State.BINDING},
    Step.SUBMIT: {State.BOUND_TX, State.BOUND_TRX},
    Step.DELIVERY: {State.BOUND_RX, State.BOUND_TRX, State.UNBINDING},
    Step.ACKNOWLEDGE: {State.BOUND_RX, State.BOUND_TRX, State.UNBINDING, State.UNBOUND},
    Step.ENQUIRE: BOUND_STATES,
    Step.ENQUIRED: ALIVE,
    Step.UNBIND: BOUND_STATES,
    Step.UNBOUND: {State.UNBINDING},
    Step.UNBIND_ASKED: ALIVE - {State.OPEN},
    Step.END: ALIVE,
}

#: Where a step leads, if it leads away; UNBIND_ASKED leaves UNBINDING to wait for its own answer.
LEADS_TO: dict[Step, State] = {
    Step.BIND: State.BINDING,
    Step.BOUND_AS_TRANSMITTER: State.BOUND_TX,
    Step.BOUND_AS_RECEIVER: State.BOUND_RX,
    Step.BOUND_AS_TRANSCEIVER: State.BOUND_TRX,
    Step.UNBIND: State.UNBINDING,
    Step.UNBOUND: State.CLOSED,
    Step.UNBIND_ASKED: State.UNBOUND,
    Step.END: State.CLOSED,
}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(State, Step)), ids=lambda value: value.name)
def test_every_step_in_every_state(state: State, step: Step) -> None:
    if state not in ALLOWED_IN[step]:
        with pytest.raises(NotAllowed, match=f"^{step.value} is not allowed in state {state.value}$"):
            after(state, step)
        return
    stays = state is State.UNBINDING and step is Step.UNBIND_ASKED
    assert after(state, step) is (state if stays else LEADS_TO.get(step, state))


def test_every_state_has_its_row() -> None:
    assert list(TRANSITIONS) == list(State)


def test_every_state_can_be_reached() -> None:
    reached = {State.OPEN} | {target for row in TRANSITIONS.values() for target in row.values()}

    assert reached == set(State)


def test_every_state_can_end() -> None:
    assert all(allows(state, Step.END) for state in ALIVE)


def test_the_groups_follow_the_table() -> None:
    assert set(SUBMITTING) == ALLOWED_IN[Step.SUBMIT]
    assert set(RECEIVING) == ALLOWED_IN[Step.DELIVERY]
    assert set(ACKNOWLEDGING) == ALLOWED_IN[Step.ACKNOWLEDGE]
    assert set(BOUND) == BOUND_STATES
