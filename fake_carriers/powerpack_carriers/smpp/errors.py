"""What can go wrong in the SMPP core.

::

    SmppError
    ├── LocalError            you asked for what is not allowed; nothing was sent
    │   ├── ValueNotEncodable     a value does not fit its field
    │   ├── NotAllowed            not in this session state
    │   └── WindowFull            too many requests of ours are unanswered
    └── RemoteError           the peer broke the protocol; command_status is what to answer
        ├── RecoverableError      this PDU is bad, the stream is good: answer with its own response
        └── UnrecoverableError    the place in the stream is lost: generic_nack, then close
"""

from powerpack_carriers.smpp.constants import CommandStatus


class SmppError(Exception):
    """Everything this package raises on purpose."""


class LocalError(SmppError):
    """You asked for what is not allowed; nothing was sent."""


class ValueNotEncodable(LocalError):
    """A value does not fit its field."""


class NotAllowed(LocalError):
    """The session state does not allow this."""


class WindowFull(LocalError):
    """Too many of our requests are unanswered."""


class RemoteError(SmppError):
    """The peer broke the protocol."""

    def __init__(self, message: str, *, command_status: int) -> None:
        super().__init__(message)
        self.command_status = command_status


class RecoverableError(RemoteError):
    """One PDU is bad and its end is known: answer it with its own response and ``command_status``."""


class UnrecoverableError(RemoteError):
    """The place in the stream is lost: answer generic_nack, then close (SMPP 3.4, 4.3).

    ``sequence_number`` is that of the bad PDU, 0 where none can be read.
    """

    def __init__(
        self, message: str, *, command_status: int = CommandStatus.ESME_RINVCMDLEN, sequence_number: int = 0
    ) -> None:
        super().__init__(message, command_status=command_status)
        self.sequence_number = sequence_number
