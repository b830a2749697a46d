"""Where a phone is, as its network sees it."""

from enum import StrEnum


class HandsetState(StrEnum):
    """What becomes of a text to a phone in each state; the profile's table ``reach`` has codes and delays."""

    ON = "on"
    """It arrives."""
    OFF = "off"
    """It waits until the phone is on again, or until it expires."""
    ROAMING = "roaming"
    """It arrives late."""
    PORTED = "ported"
    """The number is with a carrier that is not here: refused, or undeliverable. To move it to one that is, port it."""
    DEACTIVATED = "deactivated"
    """Undeliverable: nobody has the number any more."""
    LANDLINE = "landline"
    """Undeliverable: it rings, and shows no texts."""
