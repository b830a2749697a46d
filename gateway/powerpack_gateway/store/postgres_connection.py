"""Where a PostgreSQL is, and connections to it with what our statements rely on."""

import asyncio
import re
import ssl
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import asyncpg

from powerpack_gateway.errors import StoreUnusable
from powerpack_gateway.store.postgres_errors import LOST, store_error

SCHEMES = ("postgresql://", "postgres://")

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:@\[\]]*)(:[0-9]+)?")

_TLS_FILES = frozenset({"sslrootcert", "sslcert", "sslkey", "sslcrl"})
_TLS_WORDS = ("`sslmode`", "root certificate", "rejected SSL upgrade")
"""What asyncpg says where neither the server nor ssl says anything; none of it repeats a password."""

CONNECT_S = 5.0
"""What a server may take to answer: a connection costs it a process, some 10 ms, and login over a slow link more."""

ALWAYS = {
    # Whatever the database's own default is: functions lock rows and read what others have committed since. At a higher
    # level a gateway's commit would fail because another one renewed its life.
    "default_transaction_isolation": "read committed",
}
"""Of every connection."""

SETTINGS = {
    # Groups differ in size only. Planned once, by index: a plan that was made while a table was empty stays right.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    # What was acknowledged is on disk, whatever the server's default is.
    "synchronous_commit": "on",
    # A host that vanished holds its locks no longer than this: milliseconds, seconds, milliseconds.
    "tcp_user_timeout": "10000",
    "tcp_keepalives_idle": "5",
    "idle_in_transaction_session_timeout": "10000",
}
"""Of the connection that writes."""


class Target:
    """A database by its URL, as libpq writes them; ``where`` is the same without its secrets.

    What the URL does not say, PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSERVICE and ~/.pgpass do.
    Raises StoreUnusable.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.where = _shown(url)

    def __repr__(self) -> str:
        return f"<Target {self.where}>"

    async def connect(self, name: str, settings: dict[str, str] | None = None) -> asyncpg.Connection:
        """A new connection, which the server lists under ``name``. Raises StoreError."""
        try:
            async with asyncio.timeout(CONNECT_S):
                connection = await asyncpg.connect(
                    self._url,
                    server_settings={"application_name": name, **ALWAYS, **(settings or {})},
                    timeout=2 * CONNECT_S,
                )
                await self._check_is_ours_alone(connection)
                return connection
        except ValueError as error:  # asyncpg's own too: its text repeats parts of the URL, secrets included
            raise (self._tls_trouble(error) or _unreadable()) from None
        except (*LOST, asyncpg.PostgresError) as error:
            raise (self._tls_trouble(error) or store_error(error, self.where)) from error

    def _tls_trouble(self, error: Exception) -> StoreUnusable | None:
        """What is wrong with the URL's TLS settings, if that is what is wrong."""
        said = " ".join(str(error).split())
        for name, path in parse_qsl(urlsplit(self._url).query):
            if isinstance(error, FileNotFoundError) and name in _TLS_FILES and not Path(path).exists():
                return StoreUnusable(f"database {self.where}: {name}={path} is not there")
        if isinstance(error, ssl.SSLError) or any(words in said for words in _TLS_WORDS):
            return StoreUnusable(f"database {self.where} is not reached with TLS as its address asks for: {said}")
        return None

    async def _check_is_ours_alone(self, connection: asyncpg.Connection) -> None:
        """Raises StoreUnusable where a pooler is in between: it hands one connection of the server's to several of us,
        and a lock that keeps gateways apart would be everybody's."""
        here = f"SELECT 1 WHERE pg_backend_pid() = {connection.get_server_pid()}"
        try:
            found = await connection.execute(here)
        except BaseException:
            connection.terminate()
            raise
        if found != "SELECT 1":
            connection.terminate()
            raise StoreUnusable(
                f"database {self.where} is reached through a connection pooler, where several share a connection, and"
                " with it the locks that keep gateways apart; give the address of the server itself"
            )

    async def pool(self, size_max: int, *, name: str, call_s_max: float) -> asyncpg.Pool:
        """Connections that are made when they are needed."""
        return await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=size_max,
            command_timeout=call_s_max,
            timeout=CONNECT_S,
            server_settings={"application_name": name, **ALWAYS},
        )


def _shown(url: str) -> str:
    try:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _unreadable() from None
    user, at, hosts = parts.netloc.rpartition("@")
    # A password with a slash or a # that is not encoded would be read as a path, and shown.
    are_hosts = all(_HOST.fullmatch(each) for each in hosts.split(","))
    if not url.startswith(SCHEMES) or parts.fragment or "@" in parts.path or not are_hosts:
        raise _unreadable()
    shown = "&".join(f"{name}={quote(query[name], safe='/,')}" for name in ("host", "service") if name in query)
    return f"postgresql://{user.partition(':')[0]}{at}{hosts}{parts.path}{'?' if shown else ''}{shown}"


def _unreadable() -> StoreUnusable:
    return StoreUnusable(
        "--store can not be read as postgresql://user@host:port/database; "
        "characters other than letters, digits and -._~ in its parts have to be percent-encoded"
    )
