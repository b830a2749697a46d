"""A carrier's habits as data: one TOML file a carrier, dated, every figure with its source."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from functools import cache, partial
from importlib import resources
from pathlib import Path
from random import Random
from typing import Final

from powerpack_carriers import content as content_rules
from powerpack_carriers import mms_habit
from powerpack_carriers import registration as registration_rules
from powerpack_carriers.caps import Limit
from powerpack_carriers.complaints import ComplaintRules
from powerpack_carriers.content import ContentRules
from powerpack_carriers.errors import ProfileError
from powerpack_carriers.mms_habit import MmsHabit
from powerpack_carriers.nearest import meant
from powerpack_carriers.numbering import NumberType
from powerpack_carriers.receipt_quirks import NO_QUIRKS, ReceiptQuirks
from powerpack_carriers.receipt_text import STANDARD_TEMPLATE, DateForm, check_template
from powerpack_carriers.registration import RegistrationRules
from powerpack_carriers.settings import READ, between, read_status, receipt_error
from powerpack_carriers.smpp.constants import CommandStatus, MessageState
from powerpack_carriers.smsc_limits import BIND_WITHIN_S
from powerpack_carriers.tollfree_optout import TollfreeOptOut
from powerpack_carriers.toml_files import parse_settings, read_settings_file
from powerpack_carriers.verdict import Verdict

ANY_COUNTRY: Final = "any"
"""The country of a carrier that serves whatever numbers the others do not."""

RATE_MAX: Final = 1_000_000.0
"""Messages per second; more than a laptop makes, so a larger figure is a mistake. No limit is no table at all."""

RESPONSE_S_MAX: Final = 600.0
"""Ten minutes: by then every ESME has given the answer up."""

DELIVER_WITHIN_S: Final = 30.0
"""So long Rakuten's SMSC waits for a deliver_sm_resp."""

DAY_S: Final = 86_400.0
"""No receipt is planned later than a day; carriers give up long before."""

YEAR_S: Final = 366 * DAY_S
"""No carrier keeps a message so long."""


class MessageIdForm(Enum):
    """How a carrier writes its message ids."""

    HEX = "hex"
    DECIMAL = "decimal"
    UUID = "uuid"
    """36 characters with dashes, whatever the width (jasmin issue 535)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A token bucket: it holds ``burst`` segments and gains ``per_second``."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        between("per_second", self.per_second, 1 / DAY_S, RATE_MAX)
        between("burst", self.burst, 1, RATE_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """Segments that one source number may submit, by its kind; no table means no limit."""

    excess_status: int = field(default=CommandStatus.ESME_RTHROTTLED, metadata={READ: read_status})
    longcode: Rate | None = None
    tollfree: Rate | None = None
    shortcode: Rate | None = None

    def rate(self, number_type: NumberType) -> Rate | None:
        """None where there is no limit."""
        match number_type:
            case NumberType.LONGCODE:
                return self.longcode
            case NumberType.TOLLFREE:
                return self.tollfree
            case NumberType.SHORTCODE:
                return self.shortcode


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageIdHabit:
    """Digits of a message id; ``width`` is 8 at most for peers below version 3.4 (SMPP 3.4, 3.4)."""

    form: MessageIdForm = MessageIdForm.HEX
    width: int = 8

    def __post_init__(self) -> None:
        between("width", self.width, 4, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptHabit:
    """When a message reaches the phone and its receipt the sender, and how the receipt is written."""

    delay_s_min: float = 0.2
    delay_s_max: float = 1.0
    template: str = STANDARD_TEMPLATE
    dates: DateForm = DateForm.MINUTES
    quirks: ReceiptQuirks = NO_QUIRKS

    def __post_init__(self) -> None:
        between("delay_s_min", self.delay_s_min, 0, DAY_S)
        between("delay_s_max", self.delay_s_max, self.delay_s_min, DAY_S)
        check_template(self.template)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHabit:
    """How long a submit waits for its answer, drawn evenly between the two; at once without."""

    delay_s_min: float = 0.0
    delay_s_max: float = 0.0

    def __post_init__(self) -> None:
        between("delay_s_min", self.delay_s_min, 0, RESPONSE_S_MAX)
        between("delay_s_max", self.delay_s_max, self.delay_s_min, RESPONSE_S_MAX)

    def drawn_from(self, dice: Random) -> Callable[[], float] | None:
        """A source of delays in seconds; None where there is no delay."""
        return partial(dice.uniform, self.delay_s_min, self.delay_s_max) if self.delay_s_max else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of a share of the messages instead of delivery; ``error`` is the receipt's ``err:``."""

    state: MessageState
    share: float
    error: str

    def __post_init__(self) -> None:
        between("share", self.share, 0, 1)
        receipt_error("error", self.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHabit:
    """How many sessions an account may have, and how many deliver_sm wait for an answer on each, and how long.

    More submits of one session without an answer than ``submits_max`` get the status for excess, 0: any may wait.
    Who does not bind within ``bind_within_s`` is hung up on. A silent ESME is asked with enquire_link after
    ``enquire_link_s`` and unbound after ``inactivity_s``, 0: never.
    A deliver_sm without its answer is sent again after ``deliver_within_s``, 0: never. A session whose connection was
    lost, not unbound, counts against ``binds_max`` for ``lost_s`` more: the SMSC takes it for alive (jsmpp issue 54).
    """

    window_size: int = 100
    binds_max: int = 50
    submits_max: int = 0
    bind_within_s: float = BIND_WITHIN_S
    enquire_link_s: float = 0.0
    inactivity_s: float = 0.0
    deliver_within_s: float = DELIVER_WITHIN_S
    lost_s: float = 0.0

    def __post_init__(self) -> None:
        between("window_size", self.window_size, 1, 10_000)
        between("binds_max", self.binds_max, 1, 10_000)
        between("submits_max", self.submits_max, 0, 10_000)
        between("bind_within_s", self.bind_within_s, 0.001, DAY_S)
        between("enquire_link_s", self.enquire_link_s, 0, DAY_S)
        between("inactivity_s", self.inactivity_s, 0, DAY_S)
        between("deliver_within_s", self.deliver_within_s, 0, DAY_S)
        between("lost_s", self.lost_s, 0, DAY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHabit:
    """How far ahead a message may be scheduled, and how long it waits for its phone; seconds.

    SMPP 3.4, 7.1.1.2 lets operators set the bounds; 14 days and 7 days are usual. Three days are ours: so long a text
    without validity_period is tried.
    """

    schedule_s_max: float = 14 * DAY_S
    validity_s: float = 3 * DAY_S
    validity_s_max: float = 7 * DAY_S

    def __post_init__(self) -> None:
        between("schedule_s_max", self.schedule_s_max, 0, YEAR_S)
        between("validity_s_max", self.validity_s_max, 1, YEAR_S)
        between("validity_s", self.validity_s, 1, self.validity_s_max)


_DEACTIVATED: Final = Verdict(error="4721")
_PORTED: Final = Verdict(error="4720")
_LANDLINE: Final = Verdict(error="4700")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachHabit:
    """What becomes of texts to phones that are not simply on.

    ``deactivated``, ``landline`` and ``ported`` (away, to a carrier that is not here): refused with a status, or let in
    to end UNDELIV with an ``err:``. ``unreachable`` is the ``err:`` of a text that expired while its phone was off,
    ``gone`` that of one that was on its way when the number went. The codes are Bandwidth's; the delay abroad is ours.
    ``off_net`` is for numbers of other carriers; None: their texts are carried over.
    """

    deactivated: Verdict = _DEACTIVATED
    ported: Verdict = _PORTED
    landline: Verdict = _LANDLINE
    gone: str = "4721"
    unreachable: str = "4701"
    roaming_delay_s: float = 5.0
    off_net: Verdict | None = None

    def __post_init__(self) -> None:
        receipt_error("gone", self.gone)
        receipt_error("unreachable", self.unreachable)
        between("roaming_delay_s", self.roaming_delay_s, 0, DAY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything that makes one carrier differ from another."""

    name: str
    country: str
    dated: date
    receipt: ReceiptHabit = ReceiptHabit()
    checks_source: bool = True
    checks_destination: bool = True
    checks_ton: bool = False
    has_magic_numbers: bool = True
    throughput: Throughput = Throughput()
    message_id: MessageIdHabit = MessageIdHabit()
    outcomes: tuple[Outcome, ...] = ()
    limits: tuple[Limit, ...] = ()
    registration: RegistrationRules = registration_rules.NO_RULES
    content: ContentRules = content_rules.NO_RULES
    tollfree_optout: TollfreeOptOut | None = None
    complaints: ComplaintRules | None = None
    response: ResponseHabit = ResponseHabit()
    store: StoreHabit = StoreHabit()
    reach: ReachHabit = ReachHabit()
    sessions: SessionHabit = SessionHabit()
    mms: MmsHabit = mms_habit.DEFAULT

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.country not in ("US", "CA", ANY_COUNTRY):
            raise ValueError(f"country: found {self.country!r}, expected 'US', 'CA' or '{ANY_COUNTRY}'")
        total = sum(outcome.share for outcome in self.outcomes)
        if total > 1:
            raise ValueError(f"outcomes: the shares sum up to {total:g}, expected 1 at most; the rest is delivered")

    def patient(self) -> "Profile":
        """The same for a clock that is pushed, which leaves clients no time to answer: it waits for answers for ever.

        A ``deliver_within_s`` other than the default stays: somebody wants it.
        """
        if self.sessions.deliver_within_s != DELIVER_WITHIN_S:
            return self
        return replace(self, sessions=replace(self.sessions, deliver_within_s=0.0))


def check_name(name: str) -> None:
    """Raise ValueError unless a carrier can be called so.

    It is the system_id of the carrier and of its first account: 15 characters (SMPP 3.4, 5.2.1).
    """
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,14}", name):
        raise ValueError(f"name: found {name!r}, expected 1 to 15 of a-z, 0-9, - and _, a letter first")


@cache  # a lab is made for every test, and its profiles took more than half of that
def load_profile(name: str) -> Profile:
    """A profile that comes with the package; raises ProfileError that lists them for any other name."""
    file = resources.files("powerpack_carriers") / "profiles" / f"{name}.toml"
    if name not in profile_names():
        known = ", ".join(profile_names())
        hint = meant(re.sub(r"[^a-z]", "", name.lower()), profile_names())
        raise ProfileError(f"found no such profile, expected one of {known}{hint}", origin=f"profile {name!r}")
    return parse_profile(file.read_text(encoding="utf-8"), origin=f"{name}.toml")


def find_profile(name: str | Path) -> Profile:
    """A shipped profile by its name, or your own by the path of its TOML file; raises ProfileError."""
    if isinstance(name, str) and not name.endswith(".toml"):
        return load_profile(name)
    return read_profile(Path(name))


def read_profile(path: Path) -> Profile:
    """A profile of your own; raises ProfileError."""
    return read_settings_file(Profile, path)


def profile_names() -> tuple[str, ...]:
    """The profiles that come with the package, in alphabetical order."""
    folder = resources.files("powerpack_carriers") / "profiles"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def parse_profile(text: str, *, origin: str) -> Profile:
    """A profile from its TOML; raises ProfileError with the file's name, the line and the key."""
    return parse_settings(Profile, text, origin=origin)
