"""The carrier's queue is full, of all messages or of those to one destination."""

from dataclasses import dataclass, field
from typing import ClassVar

from powerpack_carriers.faults.throttle import ThrottleConfig
from powerpack_carriers.settings import READ, read_status
from powerpack_carriers.smpp.constants import CommandStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFullConfig(ThrottleConfig):
    """As ``throttle``, with another ``status``: what helps is to wait longer, not to send slower."""

    word: ClassVar[str] = "queue_full"

    status: int = field(default=CommandStatus.ESME_RMSGQFUL, metadata={READ: read_status})
