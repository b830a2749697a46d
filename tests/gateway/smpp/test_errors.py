"""Every error of the package says what was found, what was expected and where."""

import pytest

from powerpack_gateway.smpp.errors import (
    BadBody,
    BadFrame,
    InvalidSettings,
    InvalidSubmission,
    LocalError,
    NotAllowed,
    RemoteError,
    SmppError,
    WindowFull,
)

MESSAGES = [
    (NotAllowed("submit_sm", "OPEN"), "submit_sm is not allowed in state OPEN"),
    (WindowFull("acme"), "no link of route acme has room for a submit_sm: wait for route_ready"),
    (InvalidSubmission("data_coding", 256, "0 to 255"), "data_coding of a submission is 256, expected 0 to 255"),
    (InvalidSettings("acme", "window", 0, "at least 1"), "window of route acme is 0, expected at least 1"),
    (
        BadFrame(3, 70_000, ""),
        "command_length is 3, expected 16 to 70000: the stream can not be read on",
    ),
    (
        BadFrame(1213486160, 70_000, "HTTP"),
        "command_length is 1213486160, expected 16 to 70000 (this looks like HTTP): the stream can not be read on",
    ),
    (
        BadBody("deliver_sm", "source_addr", "has no NUL", 0x0A),
        "source_addr of deliver_sm has no NUL; answered ESME_RINVSRCADR",
    ),
]


@pytest.mark.parametrize(("error", "message"), MESSAGES, ids=lambda value: type(value).__name__)
def test_an_error_says_what_is_wrong(error: SmppError, message: str) -> None:
    assert str(error) == message


@pytest.mark.parametrize("error", [error for error, _message in MESSAGES], ids=lambda value: type(value).__name__)
def test_an_error_is_ours_or_the_carriers(error: SmppError) -> None:
    assert isinstance(error, LocalError) != isinstance(error, RemoteError)


def test_a_remote_error_carries_its_answer() -> None:
    assert BadFrame(3, 70_000, "").command_status == 0x02
    assert BadBody("deliver_sm", "source_addr", "has no NUL", 0x0A).command_status == 0x0A
