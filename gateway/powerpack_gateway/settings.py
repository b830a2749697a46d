"""What an operator may decide about the gateway; every default has its source or its reason."""

from dataclasses import dataclass, field

from powerpack_gateway.callbacks import CallbackSettings
from powerpack_gateway.compliance import ComplianceSettings
from powerpack_gateway.errors import expect
from powerpack_gateway.geo import GeoSettings
from powerpack_gateway.money import points
from powerpack_gateway.network_rules import NetworkRule
from powerpack_gateway.registration.desk import RegistrationSettings
from powerpack_gateway.request_limit import ApiSettings
from powerpack_gateway.retention import RetentionSettings
from powerpack_gateway.shared_limits import ThroughputSettings
from powerpack_gateway.smpp.settings import UnknownOutcome as UnknownOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How hard the gateway tries. Seconds.

    ``unknown_outcome`` holds for every route that has no policy of its own (``RouteSettings.unknown_outcome``).
    ``throttled_s_min`` and ``throttled_s_max``: how long a route rests after ESME_RTHROTTLED; doubles while the carrier
    keeps saying so. ``attempts_max``: how often one message is submitted when the answers are lost. ``overdue_s``: how
    long after its expiry a message may still wait for the answer to what was submitted. ``receipt_wait_s``: how long a
    message stays ``sent`` without a receipt before it ends ``undelivered``, error 1000 (Bandwidth gives up after two
    hours as well, code 9902; facts/carriers.md 4.6).
    """

    unknown_outcome: UnknownOutcome = UnknownOutcome.AT_LEAST_ONCE
    throttled_s_min: float = 1.0
    throttled_s_max: float = 30.0
    attempts_max: int = 5
    overdue_s: float = 120.0
    receipt_wait_s: float = 7200.0

    def __post_init__(self) -> None:
        """Refuse what no gateway could follow."""
        expect("throttled_s_min", self.throttled_s_min, "more than 0", holds=self.throttled_s_min > 0)
        least = f"at least throttled_s_min ({self.throttled_s_min})"
        expect("throttled_s_max", self.throttled_s_max, least, holds=self.throttled_s_max >= self.throttled_s_min)
        expect("attempts_max", self.attempts_max, "at least 1", holds=self.attempts_max >= 1)
        expect("overdue_s", self.overdue_s, "more than 0", holds=self.overdue_s > 0)
        expect("receipt_wait_s", self.receipt_wait_s, "more than 0", holds=self.receipt_wait_s > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSettings:
    """Rent. ``credit``: what the account has paid in, in dollars; numbers can be rented while some is left. The default
    outlasts any test. ``preview``: whether the account is one of the few that get numbers in preview (seed 002).
    """

    credit: str = "1000000.00000"
    preview: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no amount."""
        points(self.credit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of them.

    ``contact`` ends the sentence "If the problem persists, please contact" (seed 001).
    ``under_way_max``: messages that wait for a carrier, a receipt or a callback, in memory at 1.4 kB each, and 3.3 kB
    where a callback is owed; beyond that a request to send is refused with 503, so that a carrier that is down for
    hours does not end the process.
    ``shortcode_opt_out``: Plivo handles STOP to a short code only when asked to (plivo_api.md 4); CTIA wants it
    answered always, and so it is here unless it is switched off.
    """

    contact: str = "support@powerpack-lab.example"
    under_way_max: int = 200_000
    shortcode_opt_out: bool = True
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    network_rules: tuple[NetworkRule, ...] = ()
    throughput: ThroughputSettings = field(default_factory=ThroughputSettings)
    numbers: NumberSettings = field(default_factory=NumberSettings)
    compliance: ComplianceSettings = field(default_factory=ComplianceSettings)
    callbacks: CallbackSettings = field(default_factory=CallbackSettings)
    geo: GeoSettings = field(default_factory=GeoSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    registration: RegistrationSettings = field(default_factory=RegistrationSettings)

    def __post_init__(self) -> None:
        """Refuse what could never accept anything."""
        expect("under_way_max", self.under_way_max, "at least 1", holds=self.under_way_max >= 1)
