"""The states of an ESME's session, and everything that may happen in them.

Rules: every change of state is in this table, and nothing outside it decides what is allowed. The table does not know
PDUs, windows or timers; the session translates those into steps.

Theory: the standard has OPEN, BOUND_TX, BOUND_RX, BOUND_TRX and CLOSED (SMPP 3.4, 2.2). An ESME also has to know what
it waits for: BINDING for a bind_resp, UNBINDING for an unbind_resp. UNBOUND is SMPP 5.0's: the carrier asked to unbind
and was answered; submits are over, but answers that it still owes may come until it closes.

Where the standards differ: a link is asked for a sign of life only while bound (5.0 allows it before, but carriers
ignore it there), yet a carrier that asks is always answered. Deliveries still come while UNBINDING, for the carrier may
have sent them before it read our unbind. An answer to a submit is in no row: only the table of pending requests can
tell whether it belongs to anything.

If you touch it: the tests walk the whole product of states and steps, and name each that is allowed.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from powerpack_gateway.smpp.errors import NotAllowed


class State(enum.Enum):
    """Where a session is."""

    OPEN = "OPEN"
    BINDING = "BINDING"
    BOUND_TX = "BOUND_TX"
    BOUND_RX = "BOUND_RX"
    BOUND_TRX = "BOUND_TRX"
    UNBINDING = "UNBINDING"
    UNBOUND = "UNBOUND"
    CLOSED = "CLOSED"


class Step(enum.Enum):
    """What can happen in a session."""

    BIND = "bind"
    BOUND_AS_TRANSMITTER = "bind_transmitter_resp"
    BOUND_AS_RECEIVER = "bind_receiver_resp"
    BOUND_AS_TRANSCEIVER = "bind_transceiver_resp"
    SUBMIT = "submit_sm"
    DELIVERY = "deliver_sm"
    ACKNOWLEDGE = "deliver_sm_resp"
    ENQUIRE = "enquire_link"
    ENQUIRED = "enquire_link from the carrier"
    UNBIND = "unbind"
    UNBOUND = "unbind_resp"
    UNBIND_ASKED = "unbind from the carrier"
    END = "the end"


TRANSITIONS: Final[Mapping[State, Mapping[Step, State]]] = MappingProxyType(
    {
        State.OPEN: {
            Step.BIND: State.BINDING,
            Step.ENQUIRED: State.OPEN,
            Step.END: State.CLOSED,
        },
        State.BINDING: {
            Step.BOUND_AS_TRANSMITTER: State.BOUND_TX,
            Step.BOUND_AS_RECEIVER: State.BOUND_RX,
            Step.BOUND_AS_TRANSCEIVER: State.BOUND_TRX,
            Step.ENQUIRED: State.BINDING,
            Step.UNBIND_ASKED: State.UNBOUND,
            Step.END: State.CLOSED,
        },
        State.BOUND_TX: {
            Step.SUBMIT: State.BOUND_TX,
            Step.ENQUIRE: State.BOUND_TX,
            Step.ENQUIRED: State.BOUND_TX,
            Step.UNBIND: State.UNBINDING,
            Step.UNBIND_ASKED: State.UNBOUND,
            Step.END: State.CLOSED,
        },
        State.BOUND_RX: {
            Step.DELIVERY: State.BOUND_RX,
            Step.ACKNOWLEDGE: State.BOUND_RX,
            Step.ENQUIRE: State.BOUND_RX,
            Step.ENQUIRED: State.BOUND_RX,
            Step.UNBIND: State.UNBINDING,
            Step.UNBIND_ASKED: State.UNBOUND,
            Step.END: State.CLOSED,
        },
        State.BOUND_TRX: {
            Step.SUBMIT: State.BOUND_TRX,
            Step.DELIVERY: State.BOUND_TRX,
            Step.ACKNOWLEDGE: State.BOUND_TRX,
            Step.ENQUIRE: State.BOUND_TRX,
            Step.ENQUIRED: State.BOUND_TRX,
            Step.UNBIND: State.UNBINDING,
            Step.UNBIND_ASKED: State.UNBOUND,
            Step.END: State.CLOSED,
        },
        State.UNBINDING: {
            Step.DELIVERY: State.UNBINDING,
            Step.ACKNOWLEDGE: State.UNBINDING,
            Step.ENQUIRED: State.UNBINDING,
            Step.UNBOUND: State.CLOSED,
            Step.UNBIND_ASKED: State.UNBINDING,
            Step.END: State.CLOSED,
        },
        State.UNBOUND: {
            Step.ACKNOWLEDGE: State.UNBOUND,
            Step.ENQUIRED: State.UNBOUND,
            Step.UNBIND_ASKED: State.UNBOUND,
            Step.END: State.CLOSED,
        },
        State.CLOSED: {},
    }
)


def allows(state: State, step: Step) -> bool:
    """Whether ``step`` may happen in ``state``."""
    return step in TRANSITIONS[state]


def after(state: State, step: Step) -> State:
    """The state that follows; NotAllowed if ``step`` has no place in ``state``."""
    try:
        return TRANSITIONS[state][step]
    except KeyError:
        raise NotAllowed(step.value, state.value) from None


#: States by what may happen in them, as tuples: a tuple finds its members by identity, which the hot path needs.
SUBMITTING: Final = tuple(state for state in State if allows(state, Step.SUBMIT))
RECEIVING: Final = tuple(state for state in State if allows(state, Step.DELIVERY))
ACKNOWLEDGING: Final = tuple(state for state in State if allows(state, Step.ACKNOWLEDGE))
BOUND: Final = tuple(state for state in State if allows(state, Step.ENQUIRE))
