"""A PostgreSQL server of the test session's own, from the system's binaries: on a unix socket, not as root.

Debian: apt-get install postgresql. Tests that need one and find none skip; where REQUIRE_POSTGRES is set, as in
.ci/run, they fail.
"""

import asyncio
import glob
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import asyncpg
import pytest

READY = "ready to accept"
"""Connections; of a standby: read-only ones."""


class PostgresServer:
    """A server in a folder; ``start`` again after ``stop`` or ``kill``. ``fsync`` off: what a power cut does is not
    tested, and tests should not wait for disks. Everybody is let in but the user ``guarded``, who needs a password.
    ``standby_of`` another one that runs, it follows that one until ``promote``."""

    def __init__(self, *, fsync: bool = False, standby_of: "PostgresServer | None" = None) -> None:
        self._bin = _binaries()
        self._user = _owner()
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 characters
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._fsync = fsync
        self._names = itertools.count()
        self._emptied: str | None = None
        self._process: subprocess.Popen[str] | None = None
        if standby_of is not None:
            self._run(["pg_basebackup", "-D", "data", "-R", "-h", str(standby_of.folder), "-U", "lab", "--no-sync"])
            return
        self._run(["initdb", "-D", "data", "-U", "lab", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
        rules = ("local all guarded scram-sha-256", "local all all trust", "local replication all trust")
        (self.folder / "data" / "pg_hba.conf").write_text("".join(f"{rule}\n" for rule in rules))

    def start(self, *options: str) -> None:
        """Run it; returns when it takes connections."""
        settings = ("-c", f"fsync={'on' if self._fsync else 'off'}", "-c", "listen_addresses=", "-c", "port=5432")
        more = [part for option in options for part in ("-c", option)]
        command = ["postgres", "-D", "data", "-k", str(self.folder), *settings, *more]
        self._process = subprocess.Popen(
            self._as_owner(["setpriv", "--pdeathsig", "QUIT", "--"] if shutil.which("setpriv") else [], command),
            cwd=self.folder,
            stderr=subprocess.PIPE,
            text=True,
            user=None if self._user is None else self._user.pw_uid,
            group=None if self._user is None else self._user.pw_gid,
            extra_groups=None if self._user is None else [],
        )
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if READY in line:
                break
        else:
            raise RuntimeError(f"postgres did not start: {''.join(said)}")
        # A full pipe would stop it.
        self._drain = threading.Thread(target=_drain, args=(self._process.stderr,), daemon=True)
        self._drain.start()

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._process is not None

    def send(self, number: signal.Signals) -> None:
        """SIGINT ends it cleanly, SIGQUIT at once; SIGSTOP and SIGCONT."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it, whatever its clients do."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._drain.join()
            self._process = None

    def remove(self) -> None:
        """End it and take its folder away."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def url(self, database: str = "postgres") -> str:
        """Where to reach a database of it."""
        return f"postgresql://lab@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The URL of one that nobody else has."""
        name = f"test{next(self._names)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def emptied_database(self) -> str:
        """The URL of one that is taken away from whoever had it before: in a tenth of the time."""
        if self._emptied is None:
            self._emptied = self.new_database()
        name = self._emptied.partition("@/")[2].partition("?")[0]
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        self.execute("DROP SCHEMA IF EXISTS powerpack CASCADE", name)
        return self._emptied

    def standby(self) -> "PostgresServer":
        """Another server that follows this one, which returns from no commit before that one has it."""
        made = PostgresServer(standby_of=self)
        made.start()
        self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.execute("SELECT pg_reload_conf()")
        return made

    def promote(self) -> None:
        """A standby is the primary from now on, and waits for no other."""
        self.execute("SELECT pg_promote()")
        self.execute("ALTER SYSTEM RESET synchronous_standby_names")
        self.execute("SELECT pg_reload_conf()")

    def url_of_either(self, other: "PostgresServer", database: str) -> str:
        """The URL of whichever of two is the primary."""
        hosts = f"{self.folder},{other.folder}"
        return f"postgresql://lab@/{database}?host={hosts}&target_session_attrs=read-write"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement."""

        async def run() -> None:
            connection = await asyncpg.connect(self.url(database))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())

    def _run(self, command: Sequence[str]) -> None:
        subprocess.run(
            self._as_owner([], command),
            cwd=self.folder,
            check=True,
            capture_output=True,
            user=None if self._user is None else self._user.pw_uid,
            group=None if self._user is None else self._user.pw_gid,
            extra_groups=None if self._user is None else [],
        )

    def _as_owner(self, before: Sequence[str], command: Sequence[str]) -> list[str]:
        return [*before, str(self._bin / command[0]), *command[1:]]


def _drain(pipe: IO[str]) -> None:
    """Read to the end for nothing."""
    deque(pipe, 0)
    pipe.close()


def _binaries() -> Path:
    """Where initdb and postgres are; Debian keeps them out of PATH."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(map(Path, glob.glob("/usr/lib/postgresql/*/bin")), reverse=True)
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise FileNotFoundError


def _owner() -> pwd.struct_passwd | None:
    """Who runs it when we are root, whom it refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("neither a user 'postgres' nor 'nobody' is here to run a server")


def started(*, fsync: bool = False) -> PostgresServer:
    """A server that runs; skips the test where there is none, or fails it where one is required."""
    try:
        server = PostgresServer(fsync=fsync)
    except FileNotFoundError:
        reason = "no PostgreSQL server here: apt-get install postgresql, or put its initdb and postgres into PATH"
        if os.environ.get("REQUIRE_POSTGRES"):
            pytest.fail(reason)
        pytest.skip(reason)
    server.start()
    return server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of a worker that only use it; it must be running when a test ends."""
    server = started()
    yield server
    server.remove()


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """The URL of an empty database."""
    return postgres.emptied_database()
