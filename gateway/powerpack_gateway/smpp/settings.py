"""Settings of one carrier route."""

import enum
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Final

from powerpack_gateway.smpp.addresses import DESTINATION_PLAN, SOURCE_PLAN, NumberingPlan
from powerpack_gateway.smpp.commands import BIND_RECEIVER, BIND_TRANSCEIVER, BIND_TRANSMITTER
from powerpack_gateway.smpp.errors import InvalidSettings

#: SMPP 3.4 names no limit. The longest legal PDU is a data_sm or deliver_sm with a full message_payload (65,535
#: octets), the mandatory fields (under 400) and every other TLV once (under 2,000).
PDU_LENGTH_MAX: Final = 70_000

#: The specification's sizes of the bind fields without their NUL (SMPP 3.4, 4.1.1): smpplib cuts longer ones silently.
BIND_FIELD_LENGTHS_MAX: Final = (("system_id", 15), ("password", 8), ("system_type", 12), ("address_range", 40))


class BindKind(enum.Enum):
    """What a link is for; the value is the command_id that asks for it."""

    RECEIVER = BIND_RECEIVER
    TRANSMITTER = BIND_TRANSMITTER
    TRANSCEIVER = BIND_TRANSCEIVER


class UnknownOutcome(enum.StrEnum):
    """What to do with a message whose submit_sm got no answer (design.md 5)."""

    AT_LEAST_ONCE = "at_least_once"  # submit it again: the handset may get it twice
    AT_MOST_ONCE = "at_most_once"  # wait for a receipt: the handset may get nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    """How to reach one carrier. Times are seconds; :class:`InvalidSettings` says which field can not be used.

    ``hosts``: tried in turn, one a connection attempt; a name is looked up anew each time, and its addresses share
    ``bind_timeout_s``.
    ``binds``: how many links are kept up, for each of ``bind_kinds``; a carrier without bind_transceiver gets
    ``bind_kinds=(TRANSMITTER, RECEIVER)``.
    ``window``: submit_sm without an answer, per link; SMPP 3.4, 2.5.2 advises ten, carriers say how many they take.
    ``enquire_link_s``: after so long without a PDU from the carrier it is asked for a sign of life; None: never.
    ``inactivity_s``: a link that brought no whole PDU for so long although it was asked is dead; it is looked at when
    the next enquire_link would be due, and not at all without ``enquire_link_s``.
    ``unbind_timeout_s``: how long the end of a session may take (unbind_resp, the carrier's close, our last octets).
    ``unknown_outcome``: what to do when a submit_sm gets no answer; None: as the gateway's settings say.
    ``ssl``: TLS if given; the certificate is checked against the host.
    """

    name: str
    hosts: tuple[tuple[str, int], ...]
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    address_range: str = ""
    binds: int = 1
    bind_kinds: tuple[BindKind, ...] = (BindKind.TRANSCEIVER,)
    window: int = 100
    bind_timeout_s: float = 10.0
    response_timeout_s: float = 60.0
    enquire_link_s: float | None = 30.0
    inactivity_s: float = 90.0
    unbind_timeout_s: float = 5.0
    reconnect_s_min: float = 0.5
    reconnect_s_max: float = 30.0
    pdu_length_max: int = PDU_LENGTH_MAX
    source_plan: NumberingPlan = SOURCE_PLAN
    destination_plan: NumberingPlan = DESTINATION_PLAN
    unknown_outcome: UnknownOutcome | None = None
    ssl: SSLContext | None = None

    def __post_init__(self) -> None:
        for name, length_max in BIND_FIELD_LENGTHS_MAX:
            value: str = getattr(self, name)
            fits = value.isascii() and "\0" not in value and len(value) <= length_max
            # A password is never shown: not in a log, not in an error.
            found: object = "a secret" if name == "password" else value
            self._expect(name, found, f"at most {length_max} ASCII characters", holds=fits)
        self._expect("hosts", self.hosts, "at least one (host, port)", holds=bool(self.hosts))
        self._expect("bind_kinds", self.bind_kinds, "at least one BindKind", holds=bool(self.bind_kinds))
        for name in ("binds", "window"):
            self._expect(name, getattr(self, name), "at least 1", holds=getattr(self, name) >= 1)
        for name in ("bind_timeout_s", "response_timeout_s", "unbind_timeout_s", "reconnect_s_min"):
            self._expect(name, getattr(self, name), "more than 0 seconds", holds=getattr(self, name) > 0)
        if self.enquire_link_s is not None:
            self._expect("enquire_link_s", self.enquire_link_s, "more than 0 seconds", holds=self.enquire_link_s > 0)
            expected = f"more than enquire_link_s ({self.enquire_link_s})"
            self._expect("inactivity_s", self.inactivity_s, expected, holds=self.inactivity_s > self.enquire_link_s)
        expected = f"at least reconnect_s_min ({self.reconnect_s_min})"
        holds = self.reconnect_s_max >= self.reconnect_s_min
        self._expect("reconnect_s_max", self.reconnect_s_max, expected, holds=holds)
        self._expect("pdu_length_max", self.pdu_length_max, "at least 16", holds=self.pdu_length_max >= 16)

    def _expect(self, name: str, found: object, expected: str, *, holds: bool) -> None:
        if not holds:
            raise InvalidSettings(self.name, name, found, expected)
