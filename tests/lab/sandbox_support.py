"""``powerpack-lab`` as a process of its own, and its two APIs as other programs call them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from click.testing import CliRunner

from powerpack_lab.cli import main
from powerpack_lab.client import Client

REPOSITORY = Path(__file__).parents[2]

DEADLINE_S = 120.0
"""Real seconds that anything here may take: only what hangs takes them, also on a machine with a load of fifteen."""

_OPENER = build_opener(ProxyHandler({}))

FINAL = ("delivered", "undelivered", "failed")


def environment() -> dict[str, str]:
    """The environment in which another process finds the packages of this checkout."""
    roots = [str(REPOSITORY / each) for each in ("gateway", "fake_carriers", "fixtures")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(roots)}


def command(*arguments: str | Path) -> list[str]:
    """The command line of ``powerpack-lab``; a warning is an error there as it is here."""
    return [sys.executable, "-W", "error", "-m", "powerpack_lab", *map(str, arguments)]


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        command(*arguments), env=environment(), cwd=cwd, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )


def refused(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What the command says to a call that it does not begin to carry out, in this process: no Python is started."""
    words = [str(each) for each in arguments]
    with chdir(cwd):
        result = CliRunner().invoke(main, words, prog_name="powerpack-lab")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return subprocess.CompletedProcess(words, result.exit_code, result.stdout, result.stderr)


def wait_until(holds: Callable[[], bool], what: Callable[[], str], within_s: float = DEADLINE_S) -> None:
    """Look until something of another process holds; it fails with ``what`` after the deadline."""
    __tracebackhide__ = True
    deadline, pause_s = time.monotonic() + within_s, 0.005
    while not holds():
        assert time.monotonic() < deadline, what()
        time.sleep(pause_s)  # another process's clock: there is nothing here to wait on
        pause_s = min(1.3 * pause_s, 0.1)  # each look takes CPU from what is waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the control API answered; its bodies are objects and lists."""

    status: int
    body: Any


class Running:
    """A command that stays up and says in a ready file where it listens."""

    def __init__(self, name: str, folder: Path, *arguments: str | Path) -> None:
        self.folder = folder
        ready_file = folder / "ready.json"
        ready_file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            command(name, "--ready-file", ready_file, *arguments),
            env=environment(),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until(lambda: ready_file.exists() or self.process.poll() is not None, lambda: "no ready file")
        if not ready_file.exists():
            raise AssertionError(f"exit code {self.process.returncode}: {self.process.communicate()[1]}")
        self.facts: Mapping[str, Any] = json.loads(ready_file.read_text(encoding="utf-8"))
        self.output, self.errors = "", ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """It is gone, whatever happened; the report of a test that failed shows what it said."""
        ended_with = self.process.poll()
        if ended_with is None:
            self.process.kill()
        self.process.wait(DEADLINE_S)
        if error[0] is not None:
            said = self.process.stderr.read() if self.process.stderr is not None else ""
            sys.stdout.write(f"{self.folder.name}: exit code {ended_with}, {said or 'nothing on stderr'}\n")
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None, "both are pipes"
            pipe.close()

    def control(self, method: str, path: str, values: object = None) -> Told:
        """One call to the control API."""
        body = None if values is None else json.dumps(values).encode()
        request = Request(f"{self.facts['control_url']}/{path}", data=body, method=method)
        try:
            with _OPENER.open(request, timeout=DEADLINE_S) as response:
                return Told(status=response.status, body=json.loads(response.read()))
        except HTTPError as error:
            with error:
                return Told(status=error.code, body=json.loads(error.read()))

    def inbox(self, number: str) -> list[str]:
        """The texts that a phone shows."""
        return [each["text"] for each in self.control("GET", f"handsets/{number}/messages").body]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.output, self.errors = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode


class WithApi(Running):
    """A command with a gateway: ``up`` or ``gateway``."""

    def __init__(self, name: str, folder: Path, *arguments: str | Path) -> None:
        super().__init__(name, folder, *arguments)
        self.api = Client(self.facts["api_url"], self.facts["auth_id"], self.facts["auth_token"])

    def accept(self, to: str, text: str, **more: object) -> str:
        """Send through the ready-made Powerpack; the uuid, for the API must have said 202."""
        values = {"powerpack_uuid": self.facts["powerpack_uuid"], "dst": to, "text": text, **more}
        answer = self.api.post("Message/", values)
        assert answer.status == 202, answer
        uuid: str = answer.body["message_uuid"][0]
        return uuid

    def settled(self, uuid: str, within_s: float = DEADLINE_S) -> Mapping[str, Any]:
        """The message in its final state."""
        wait_until(
            lambda: self.api.get(f"Message/{uuid}/").body["message_state"] in FINAL,
            lambda: str(self.api.get(f"Message/{uuid}/").body),
            within_s,
        )
        return self.api.get(f"Message/{uuid}/").body


class Up(WithApi):
    """A running ``powerpack-lab up``."""

    def __init__(self, folder: Path, *arguments: str | Path) -> None:
        super().__init__("up", folder, *arguments)

    def carrier(self, name: str) -> Mapping[str, Any]:
        """A carrier of the ready file."""
        found: Mapping[str, Any] = next(each for each in self.facts["carriers"] if each["name"] == name)
        return found


def sandbox(folder: Path, *arguments: str | Path) -> Up:
    """A sandbox, to be used as a context manager: it is gone afterwards."""
    return Up(folder, *arguments)


def wait_for_events(up: Up, kind: str) -> list[Any]:
    """The events of one kind, once there are any."""
    wait_until(lambda: bool(up.control("GET", f"journal?kind={kind}").body), lambda: f"no {kind}")
    return list(up.control("GET", f"journal?kind={kind}").body)
