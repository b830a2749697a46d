"""The carrier takes the session of before for alive and refuses the new one (jsmpp issue 54)."""

from dataclasses import dataclass, field
from typing import ClassVar

from powerpack_carriers.faults.refuse_bind import RefuseBindConfig
from powerpack_carriers.settings import READ, read_status
from powerpack_carriers.smpp.constants import CommandStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyBoundConfig(RefuseBindConfig):
    """As ``refuse_bind``, with another ``status``; real carriers come to their senses after some two minutes."""

    word: ClassVar[str] = "already_bound"

    status: int = field(default=CommandStatus.ESME_RALYBND, metadata={READ: read_status})
