"""What to do about a submit_sm that was refused: a table by command_status (SMPP 3.4, 5.1.3; carriers.md C01 to C04).

What is not in the table is permanent for that message, also what nobody has heard of: to try again would be to guess.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from enum import Enum

from powerpack_gateway.throughput import PACIFIC, next_midnight


class Remedy(Enum):
    """Who waits, and for how long."""

    ROUTE = "route"  # the whole route rests, each time twice as long
    DESTINATION = "destination"  # only messages to that handset wait, each time twice as long
    MINUTE = "minute"  # those who share the sender's limit wait until the minute ends
    DAY = "day"  # those who share the sender's limit wait until midnight, Pacific
    NONE = "none"  # the message has failed


REMEDIES: Mapping[int, Remedy] = {
    0x08: Remedy.ROUTE,  # RSYSERR
    0x58: Remedy.ROUTE,  # RTHROTTLED
    0x64: Remedy.ROUTE,  # RX_T_APPN
    0x14: Remedy.DESTINATION,  # RMSGQFUL
    0x69: Remedy.MINUTE,  # AT&T, 105: the campaign's minute is full
    9802: Remedy.DAY,  # T-Mobile: the brand's day is used up
}


def remedy_of(command_status: int) -> Remedy:
    """What to do about a refusal."""
    return REMEDIES.get(command_status, Remedy.NONE)


def ends_at(remedy: Remedy, now: datetime, zone: tzinfo = PACIFIC) -> datetime:
    """When a carrier's minute or day ends."""
    if remedy is Remedy.DAY:
        return next_midnight(now, zone)
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
