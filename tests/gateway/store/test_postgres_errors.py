"""Each of PostgreSQL's errors is said in one line, with what to do."""

import socket

import asyncpg
import pytest

from powerpack_gateway.errors import StoreError, StoreFenced, StoreUnusable
from powerpack_gateway.store.postgres_errors import FENCED, WORDS_MAX, is_lost, store_error

WHERE = "postgresql://lab@db/sms"


class Fenced(asyncpg.PostgresError):
    """What our own functions raise."""

    sqlstate = FENCED


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ConnectionRefusedError("x"), StoreUnusable, "refuses connections; is the server running there? (x)"),
        (FileNotFoundError("x"), StoreUnusable, "has no socket there; is the server running? (x)"),
        (socket.gaierror("x"), StoreUnusable, "can not be found; check the host's name (x)"),
        (TimeoutError(), StoreUnusable, "does not answer; check host, port and firewall (TimeoutError)"),
        (asyncpg.InvalidPasswordError("x"), StoreUnusable, "does not accept the password; give it in PGPASSWORD, "),
        (asyncpg.InvalidAuthorizationSpecificationError("x"), StoreUnusable, "does not let this user in; check the "),
        (asyncpg.InvalidCatalogNameError("x"), StoreUnusable, "has no such database; make it with createdb (x)"),
        (asyncpg.InsufficientPrivilegeError("x"), StoreUnusable, "does not let this user make or change tables; "),
        (asyncpg.ReadOnlySQLTransactionError("x"), StoreUnusable, "may only be read; give the primary server's "),
        (asyncpg.DiskFullError("x"), StoreError, "can not grow, the disk is full; nothing of this group was written"),
        (
            asyncpg.QueryCanceledError("x"),
            StoreError,
            "did not let it take its time; raise statement_timeout for this ",
        ),
        (
            asyncpg.ProtocolViolationError("x"),
            StoreUnusable,
            "does not take our settings; is that a connection pooler?",
        ),
        (asyncpg.TooManyConnectionsError("x"), StoreError, "has no connection left; raise its max_connections (x)"),
        (asyncpg.CannotConnectNowError("x"), StoreError, "is starting or stopping; try again (x)"),
        (asyncpg.UndefinedTableError("x"), StoreUnusable, "has lost tables of ours; restore it, or give another "),
        (
            Fenced("gateway a was taken for dead"),
            StoreFenced,
            "gateway a was taken for dead; its work is done by others now",
        ),
        (asyncpg.DataError("secret text (value out of range)"), StoreError, "can not store what it was given (value "),
        (asyncpg.DeadlockDetectedError("two\nlines"), StoreError, "DeadlockDetectedError: two lines"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_error_is_said_with_the_database_and_what_to_do(
    error: Exception, kind: type[StoreError], words: str
) -> None:
    said = store_error(error, WHERE)

    assert type(said) is kind
    assert str(said).removeprefix(f"database {WHERE}").removeprefix(":").strip().startswith(words)
    assert "secret" not in str(said)


def test_an_error_of_ours_stays_as_it_is() -> None:
    ours = StoreError("x")

    assert store_error(ours, WHERE) is ours


def test_a_long_message_is_cut() -> None:
    assert len(str(store_error(asyncpg.PostgresError("x" * 10_000), WHERE))) < WORDS_MAX + 100


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (asyncpg.ConnectionDoesNotExistError("x"), True),
        (asyncpg.InterfaceError("x"), True),
        (asyncpg.InternalClientError("x"), True),
        (asyncpg.AdminShutdownError("x"), True),
        (asyncpg.CrashShutdownError("x"), True),
        (asyncpg.QueryCanceledError("x"), False),
        (asyncpg.DiskFullError("x"), False),
        (asyncpg.UniqueViolationError("x"), False),
        (asyncpg.ClientConfigurationError("x"), False),
        (ValueError("x"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_an_end_of_the_connection_leaves_a_commit_in_doubt(error: Exception, lost: bool) -> None:
    assert is_lost(error) is lost
