"""How a carrier carries MMS, as data of its profile: sizes, rates, and what phones without MMS get."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from powerpack_carriers.numbering import NumberType
from powerpack_carriers.settings import between

SIZE_MAX: Final = 10_000_000
"""Octets; twice what the largest carrier takes, so a larger figure is a mistake."""

DAYS_S: Final = 30 * 86_400.0


class WithoutMms(Enum):
    """What happens to an MMS for a phone that has no MMS."""

    LINK = "link"
    """It gets a text with the address of a page; the report is Deferred until somebody looks, then Retrieved."""
    REFUSE = "refuse"
    """Nothing arrives; the report is Unrecognised (TS 23.140, 8.1.3.2.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeMax:
    """Octets of the encoded content by the kind of the source number (Telnyx, Sinch ta-p/7847)."""

    longcode: int = 1_048_576
    tollfree: int = 614_400
    shortcode: int = 614_400

    def __post_init__(self) -> None:
        for name in ("longcode", "tollfree", "shortcode"):
            between(name, getattr(self, name), 1_000, SIZE_MAX)

    def of(self, kind: NumberType) -> int:
        """The limit of one kind."""
        match kind:
            case NumberType.LONGCODE:
                return self.longcode
            case NumberType.TOLLFREE:
                return self.tollfree
            case NumberType.SHORTCODE:
                return self.shortcode


@dataclass(frozen=True, slots=True, kw_only=True)
class MmsHabit:
    """The whole. ``per_second`` by kind of number; 0: no limit. ``burst``: how many at once."""

    size_max: SizeMax = SizeMax()
    longcode_per_second: float = 0.0
    tollfree_per_second: float = 0.0
    shortcode_per_second: float = 0.0
    burst: int = 5
    without_mms: WithoutMms = WithoutMms.REFUSE
    kept_s: float = 3 * 86_400.0
    """How long the page of a link is kept before the message is Expired."""

    def __post_init__(self) -> None:
        for name in ("longcode_per_second", "tollfree_per_second", "shortcode_per_second"):
            between(name, getattr(self, name), 0, 1_000_000)
        between("burst", self.burst, 1, 1_000_000)
        between("kept_s", self.kept_s, 1, DAYS_S)


DEFAULT: Final = MmsHabit()
"""What a profile that says nothing about MMS means."""
