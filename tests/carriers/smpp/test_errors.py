"""The tree of errors: two levels, and every error of the peer's knows its answer."""

import pytest

from powerpack_carriers.smpp import errors
from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.smpp.errors import LocalError, RemoteError, SmppError, UnrecoverableError

CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, SmppError)]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_an_error_is_the_root_or_ours_or_theirs(error: type[SmppError]) -> None:
    levels = len(error.__mro__) - len(SmppError.__mro__)

    assert levels <= 2
    assert error is SmppError or issubclass(error, LocalError) != issubclass(error, RemoteError)


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_the_tree_in_the_docstring_names_every_error(error: type[SmppError]) -> None:
    assert errors.__doc__ is not None
    assert f" {error.__name__} " in errors.__doc__.replace("\n", " ")


def test_a_lost_stream_is_answered_with_a_wrong_length_and_no_number() -> None:
    error = UnrecoverableError("lost")

    assert (error.command_status, error.sequence_number) == (CommandStatus.ESME_RINVCMDLEN, 0)
