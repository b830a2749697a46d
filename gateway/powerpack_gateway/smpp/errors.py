"""What can go wrong between us and an SMSC.

SmppError
    LocalError                  we asked for something that may not be
        NotAllowed              not in this state of the session
        WindowFull              no room for another submit_sm
        InvalidSubmission       a submission that no submit_sm can carry
        InvalidSettings         a route that can not work as it is configured
    RemoteError                 the SMSC sent something broken; ``command_status`` is the answer to it
        BadFrame                the stream position is lost: answer, then close
        BadBody                 one PDU is damaged: answer it, the session goes on
"""

from powerpack_gateway.smpp.statuses import ESME_RINVCMDLEN, status_name


class SmppError(Exception):
    """The root of all errors of this package."""


class LocalError(SmppError):
    """We asked for something that may not be."""


class NotAllowed(LocalError):
    """``act`` has no place in ``state``."""

    def __init__(self, act: str, state: str) -> None:
        super().__init__(f"{act} is not allowed in state {state}")
        self.act = act
        self.state = state


class WindowFull(LocalError):
    """A submit_sm was asked for and no link of ``route`` has room: wait for ``route_ready``."""

    def __init__(self, route: str) -> None:
        super().__init__(f"no link of route {route} has room for a submit_sm: wait for route_ready")
        self.route = route


class InvalidSubmission(LocalError):
    """``field`` of a submission does not fit into a submit_sm (SMPP 3.4, 4.4.1)."""

    def __init__(self, field: str, found: object, expected: str) -> None:
        super().__init__(f"{field} of a submission is {found!r}, expected {expected}")
        self.field = field
        self.found = found
        self.expected = expected


class InvalidSettings(LocalError):
    """``field`` of a route's settings can not be used."""

    def __init__(self, route: str, field: str, found: object, expected: str) -> None:
        super().__init__(f"{field} of route {route} is {found!r}, expected {expected}")
        self.route = route
        self.field = field
        self.found = found
        self.expected = expected


class RemoteError(SmppError):
    """The SMSC sent something broken; ``command_status`` is what to answer."""

    def __init__(self, message: str, command_status: int) -> None:
        super().__init__(message)
        self.command_status = command_status


class BadFrame(RemoteError):
    """A command_length that can not be: no one knows where the next PDU begins (answer generic_nack, then close)."""

    def __init__(self, command_length: int, pdu_length_max: int, looks_like: str) -> None:
        hint = f" (this looks like {looks_like})" if looks_like else ""
        super().__init__(
            f"command_length is {command_length}, expected 16 to {pdu_length_max}{hint}: the stream can not be read on",
            ESME_RINVCMDLEN,
        )
        self.command_length = command_length
        self.looks_like = looks_like


class BadBody(RemoteError):
    """``field`` of a PDU is damaged (answer with the PDU's own response, the session goes on)."""

    def __init__(self, command: str, field: str, found: str, command_status: int) -> None:
        super().__init__(f"{field} of {command} {found}; answered {status_name(command_status)}", command_status)
        self.command = command
        self.field = field
