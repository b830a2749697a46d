"""What ESMEs may take of an SMSC, each limit with its reason."""

from dataclasses import dataclass
from typing import Final

from powerpack_carriers.smpp.session import DEFAULT_LIMITS, SessionLimits

BIND_WITHIN_S: Final = 10.0
"""The session_init timer: smppex gives 10 seconds, Jasmin 30; loopback needs less than either."""

END_WITHIN_S: Final = 2.0
"""So long an ESME has to answer unbind, or to take the last octets: plenty on loopback, short for a test that hangs."""

ENQUIRE_ANSWER_WITHIN_S: Final = 10.0
"""So long a link may stay silent after enquire_link before it counts as dead."""

LINKS_MAX: Final = 500
"""Connections at once: two carriers at their limit still fit the usual 1,024 file descriptors of a process."""

OUTPUT_OCTETS_MAX: Final = 4 * 1024 * 1024
"""Octets that may wait for a peer that does not read: some 15,000 receipts, far more than a window holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmscLimits:
    """What ESMEs may take of an SMSC, and how long they may be silent.

    After ``idle_enquire_s`` of silence it asks whether they live, after ``inactivity_s`` it unbinds them (SMPP 3.4,
    7.2); None: never, and then it never wakes up either.
    """

    bind_within_s: float = BIND_WITHIN_S
    idle_enquire_s: float | None = None
    inactivity_s: float | None = None
    enquire_answer_within_s: float = ENQUIRE_ANSWER_WITHIN_S
    end_within_s: float = END_WITHIN_S
    links_max: int = LINKS_MAX
    output_octets_max: int = OUTPUT_OCTETS_MAX
    session: SessionLimits = DEFAULT_LIMITS
