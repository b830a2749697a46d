"""Which PDU may be sent by whom in which state of a session, and where it leads.

Two rules: everything about states is in this file, and one table says it all. What the table does not list is refused.

SMPP 3.4 (2.2, table 2-1) and 5.0 (2.3, 2.4) differ, and 3.4 contradicts itself. We follow 5.0's matrix, which is the
more precise one, and say here what it means for 3.4 peers:

- replace_sm is allowed in BOUND_TX and BOUND_TRX; 3.4 forgets BOUND_TRX.
- data_sm goes from the ESME in BOUND_TX and BOUND_TRX, from the SMSC in BOUND_RX and BOUND_TRX; 3.4 allows it in all.
- enquire_link and generic_nack are allowed whenever there is a connection; 3.4 wants a bound session.
- OUTBOUND and UNBOUND are states of 5.0. UNBOUND means that unbind was answered and the connection will be closed.
- unbind_resp is also allowed in UNBOUND: when both sides unbind at once, each answers the other.

An unbind moves nothing, its answer does: what was on its way meanwhile is still served. A response that carries an
error moves nothing either. Refusals are not in the table: a request that is not allowed is answered in any state. Who
breaks the connection goes to CLOSED, where nothing is allowed; no PDU leads there.
"""

from enum import StrEnum
from typing import Final

from powerpack_carriers.smpp.constants import CommandId, CommandStatus


class Role(StrEnum):
    """Who sends."""

    ESME = "ESME"
    SMSC = "SMSC"


class SessionState(StrEnum):
    """Where a session is. A StrEnum, whose members hash at the speed of strings: the table is asked for every PDU."""

    OPEN = "OPEN"
    OUTBOUND = "OUTBOUND"
    BOUND_TX = "BOUND_TX"
    BOUND_RX = "BOUND_RX"
    BOUND_TRX = "BOUND_TRX"
    UNBOUND = "UNBOUND"
    CLOSED = "CLOSED"


ESME, SMSC = Role.ESME, Role.SMSC
OPEN, OUTBOUND, UNBOUND = SessionState.OPEN, SessionState.OUTBOUND, SessionState.UNBOUND
TX, RX, TRX = SessionState.BOUND_TX, SessionState.BOUND_RX, SessionState.BOUND_TRX

BOUND_STATES: Final = (TX, RX, TRX)

TRANSITIONS: Final[dict[tuple[Role, int], dict[SessionState, SessionState]]] = {
    # Opening
    (SMSC, CommandId.outbind): {OPEN: OUTBOUND},
    (ESME, CommandId.bind_transmitter): {OPEN: OPEN, OUTBOUND: OUTBOUND},
    (ESME, CommandId.bind_receiver): {OPEN: OPEN, OUTBOUND: OUTBOUND},
    (ESME, CommandId.bind_transceiver): {OPEN: OPEN, OUTBOUND: OUTBOUND},
    (SMSC, CommandId.bind_transmitter_resp): {OPEN: TX, OUTBOUND: TX},
    (SMSC, CommandId.bind_receiver_resp): {OPEN: RX, OUTBOUND: RX},
    (SMSC, CommandId.bind_transceiver_resp): {OPEN: TRX, OUTBOUND: TRX},
    # Messages of the ESME
    (ESME, CommandId.submit_sm): {TX: TX, TRX: TRX},
    (SMSC, CommandId.submit_sm_resp): {TX: TX, TRX: TRX},
    (ESME, CommandId.submit_multi): {TX: TX, TRX: TRX},
    (SMSC, CommandId.submit_multi_resp): {TX: TX, TRX: TRX},
    (ESME, CommandId.query_sm): {TX: TX, TRX: TRX},
    (SMSC, CommandId.query_sm_resp): {TX: TX, TRX: TRX},
    (ESME, CommandId.cancel_sm): {TX: TX, TRX: TRX},
    (SMSC, CommandId.cancel_sm_resp): {TX: TX, TRX: TRX},
    (ESME, CommandId.replace_sm): {TX: TX, TRX: TRX},
    (SMSC, CommandId.replace_sm_resp): {TX: TX, TRX: TRX},
    # Messages of the SMSC
    (SMSC, CommandId.deliver_sm): {RX: RX, TRX: TRX},
    (ESME, CommandId.deliver_sm_resp): {RX: RX, TRX: TRX},
    (SMSC, CommandId.alert_notification): {RX: RX, TRX: TRX},
    # Messages of both
    (ESME, CommandId.data_sm): {TX: TX, TRX: TRX},
    (SMSC, CommandId.data_sm_resp): {TX: TX, TRX: TRX},
    (SMSC, CommandId.data_sm): {RX: RX, TRX: TRX},
    (ESME, CommandId.data_sm_resp): {RX: RX, TRX: TRX},
    # The session itself
    (ESME, CommandId.unbind): {TX: TX, RX: RX, TRX: TRX},
    (SMSC, CommandId.unbind): {TX: TX, RX: RX, TRX: TRX},
    (ESME, CommandId.unbind_resp): {TX: UNBOUND, RX: UNBOUND, TRX: UNBOUND, UNBOUND: UNBOUND},
    (SMSC, CommandId.unbind_resp): {TX: UNBOUND, RX: UNBOUND, TRX: UNBOUND, UNBOUND: UNBOUND},
    (ESME, CommandId.enquire_link): {OPEN: OPEN, OUTBOUND: OUTBOUND, TX: TX, RX: RX, TRX: TRX, UNBOUND: UNBOUND},
    (SMSC, CommandId.enquire_link): {OPEN: OPEN, OUTBOUND: OUTBOUND, TX: TX, RX: RX, TRX: TRX, UNBOUND: UNBOUND},
    (ESME, CommandId.enquire_link_resp): {OPEN: OPEN, OUTBOUND: OUTBOUND, TX: TX, RX: RX, TRX: TRX, UNBOUND: UNBOUND},
    (SMSC, CommandId.enquire_link_resp): {OPEN: OPEN, OUTBOUND: OUTBOUND, TX: TX, RX: RX, TRX: TRX, UNBOUND: UNBOUND},
    (ESME, CommandId.generic_nack): {OPEN: OPEN, OUTBOUND: OUTBOUND, TX: TX, RX: RX, TRX: TRX, UNBOUND: UNBOUND},
    (SMSC, CommandId.generic_nack): {OPEN: OPEN, OUTBOUND: OUTBOUND, TX: TX, RX: RX, TRX: TRX, UNBOUND: UNBOUND},
}


def next_state(
    sender: Role, state: SessionState, command_id: int, command_status: int = CommandStatus.ESME_ROK
) -> SessionState | None:
    """The state after ``sender`` has sent this PDU; None where it may not."""
    after = TRANSITIONS.get((sender, command_id), {}).get(state)
    return state if after is not None and command_status != CommandStatus.ESME_ROK else after
