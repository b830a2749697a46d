"""PostgreSQL's errors in our words, without the secrets that stand in addresses."""

import socket
from collections.abc import Mapping

import asyncpg

from powerpack_gateway.errors import StoreError, StoreFenced, StoreUnusable

FENCED = "PP001"
"""The SQLSTATE that our functions raise for a gateway that was buried."""

WORDS_MAX = 300
"""Characters of a server's message that are repeated: one line, whatever it says."""

LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that was told of its end and has not seen it yet takes no statement
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    # A primary that became a standby, or is fenced off, behind a connection that lives on: another server may write.
    asyncpg.ReadOnlySQLTransactionError,
)
"""What is raised where a connection can not be made or ends: whether a commit happened is to be found out."""

_REFUSALS: Mapping[type[Exception], tuple[type[StoreError], str]] = {
    ConnectionRefusedError: (StoreUnusable, "refuses connections; is the server running there?"),
    FileNotFoundError: (StoreUnusable, "has no socket there; is the server running?"),
    socket.gaierror: (StoreUnusable, "can not be found; check the host's name"),
    TimeoutError: (StoreUnusable, "does not answer; check host, port and firewall"),
    asyncpg.InvalidPasswordError: (
        StoreUnusable,
        "does not accept the password; give it in PGPASSWORD, ~/.pgpass or a service file",
    ),
    asyncpg.InvalidAuthorizationSpecificationError: (
        StoreUnusable,
        "does not let this user in; check the user and the server's pg_hba.conf",
    ),
    asyncpg.InvalidCatalogNameError: (StoreUnusable, "has no such database; make it with createdb"),
    asyncpg.InsufficientPrivilegeError: (
        StoreUnusable,
        "does not let this user make or change tables; make it the owner of the database",
    ),
    asyncpg.ReadOnlySQLTransactionError: (StoreUnusable, "may only be read; give the primary server's address"),
    asyncpg.ProtocolViolationError: (
        StoreUnusable,
        "does not take our settings; is that a connection pooler? Give the address of the server itself",
    ),
    asyncpg.DiskFullError: (StoreError, "can not grow, the disk is full; nothing of this group was written"),
    asyncpg.QueryCanceledError: (
        StoreError,
        "did not let it take its time; raise statement_timeout for this user, or find out what keeps the server busy",
    ),
    asyncpg.TooManyConnectionsError: (StoreError, "has no connection left; raise its max_connections"),
    asyncpg.CannotConnectNowError: (StoreError, "is starting or stopping; try again"),
    asyncpg.UndefinedTableError: (StoreUnusable, "has lost tables of ours; restore it, or give another --store"),
}
"""What an error means for a database, and what to do."""


def store_error(error: BaseException, where: str) -> StoreError:
    """An error of connecting, reading or writing in our words: what is wrong with which database, and what to do."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, asyncpg.PostgresError) and error.sqlstate == FENCED:
        return StoreFenced(f"database {where}: {_one_line(error)}; its work is done by others now")
    for kind, (refusal, words) in _REFUSALS.items():
        if isinstance(error, kind):
            return refusal(f"database {where} {words} ({_one_line(error)})")
    if isinstance(error, asyncpg.DataError):  # asyncpg repeats the values, which are people's texts and numbers
        return StoreError(f"database {where} can not store what it was given {str(error)[str(error).rfind('(') :]}")
    return StoreError(f"database {where}: {type(error).__name__}: {_one_line(error)}")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:WORDS_MAX] or type(error).__name__


def is_lost(error: Exception) -> bool:
    """Whether the connection ended, so that nobody knows what became of the statement."""
    if isinstance(error, ValueError):  # asyncpg's own DataError: what was given can not be sent
        return False
    return isinstance(error, LOST) and not isinstance(error, asyncpg.QueryCanceledError)
