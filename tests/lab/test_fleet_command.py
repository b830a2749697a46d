"""Three gateways as an operator runs them: processes on one PostgreSQL before one carrier, killed and stopped."""

import json
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest

from lab.sandbox_support import FINAL, Running, WithApi, refused, run, wait_until

pytestmark = pytest.mark.timeout(400)  # four processes start, and a life has to run out, on machines that do more

SENDERS = [f"1415555018{digit}" for digit in range(5)]
HANDSETS = [f"1415555{number:04}" for number in range(1100, 1160)]

REDELIVERED_S = 130.0
"""The carrier brings a receipt that had no taker again after 1, 2, 4 ... 60 s (``mailbox.RETRY_DELAYS_S``): where a
life takes long to run out, the next time may be a minute off."""

_OPENER = build_opener(ProxyHandler({}))


class Three:
    """The carrier and three gateways."""

    def __init__(self, folder: Path, database: str, closing: ExitStack) -> None:
        numbers = [argument for number in SENDERS for argument in ("--number", number)]
        (folder / "carrier").mkdir()
        self.carrier = closing.enter_context(Running("carrier", folder / "carrier", "--port", "0", *numbers))
        facts = self.carrier.facts
        config = folder / "gateway.toml"
        config.write_text(
            f"""
            [[routes]]
            name = "acme"
            hosts = ["{facts["host"]}:{facts["port"]}"]
            system_id = "{facts["system_id"]}"
            password = "{facts["password"]}"
            reconnect_s_max = 1.0
            [gateway.throughput]
            rates = [{{ type = "longcode", country = "US", per_second = 50 }}]
            """
            + "".join(f'[[numbers]]\nnumber = "{number}"\n' for number in SENDERS),
            encoding="utf-8",
        )
        self.gateways: dict[str, WithApi] = {}
        for name in ("one", "two", "three"):
            (folder / name).mkdir()
            options = (
                "--store",
                database,
                "--config",
                config,
                "--port",
                "0",
                "--peer-port",
                "0",
                "--journal",
                "journal",
            )
            gateway = closing.enter_context(WithApi("gateway", folder / name, *options))
            self.gateways[gateway_id(gateway)] = gateway
        wait_until(lambda: all(self.ready(name)["ready"] for name in self.gateways), lambda: str(self.all_ready()))
        wait_until(lambda: len(self.holders()) == 4, lambda: str(self.all_ready()))

    def ready(self, name: str) -> dict[str, Any]:
        """What a gateway says of itself."""
        return readiness(self.gateways[name])

    def all_ready(self) -> list[dict[str, Any]]:
        return [self.ready(name) for name in self.gateways]

    def holders(self) -> dict[str, str]:
        """Who works for what."""
        return {lease: name for name in self.gateways for lease in self.ready(name)["leases"]}

    def holder(self, kind: str) -> str:
        return next(name for lease, name in self.holders().items() if lease.partition("/")[0] == kind)

    def taken_over(self, victim: str) -> None:
        """Wait until the others do all work. How long that takes is measured by benchmarks/fleet_soak.py."""
        gone = self.gateways.pop(victim)
        wait_until(lambda: len(self.holders()) == 4, lambda: str(self.all_ready()))
        wait_until(lambda: all(each["routes"]["acme"] for each in self.all_ready()), lambda: str(self.all_ready()))
        self.gateways[victim] = gone

    def send(self, name: str, handset: str, text: str = "Hello") -> str:
        return self.gateways[name].accept(handset, text)

    def charged(self, name: str) -> int:
        """How many units the ledger has."""
        lines = self.gateways[name].api.get("Ledger/?kind=sms").body["objects"]
        return sum(each["units"] for each in lines)

    def got(self) -> Counter[int]:
        """How many handsets have how many texts."""
        return Counter(len(self.carrier.inbox(each)) for each in HANDSETS)


def readiness(gateway: WithApi) -> dict[str, Any]:
    url = gateway.facts["api_url"].removesuffix("/v1/Account") + "/healthz"
    try:
        with _OPENER.open(url, timeout=10) as response:
            found: dict[str, Any] = json.loads(response.read())
    except HTTPError as error:
        with error:
            found = json.loads(error.read())
    return found


def gateway_id(gateway: WithApi) -> str:
    name: str = readiness(gateway)["gateway"]
    return name


@pytest.fixture
def three(tmp_path: Path, database: str) -> Iterator[Three]:
    with ExitStack() as closing:
        yield Three(tmp_path, database, closing)


@pytest.mark.parametrize("kind", ["account", "powerpack", "route"])
def test_a_gateway_is_killed_under_load_and_every_accepted_message_reaches_its_final_state(
    three: Three, kind: str
) -> None:
    victim = three.holder(kind)
    others = [name for name in three.gateways if name != victim]
    uuids = [three.send(list(three.gateways)[place % 3], handset) for place, handset in enumerate(HANDSETS[:30])]
    three.gateways[victim].process.kill()
    uuids += [three.send(others[place % 2], handset) for place, handset in enumerate(HANDSETS[30:])]
    three.taken_over(victim)
    states = Counter(three.gateways[others[0]].settled(uuid, REDELIVERED_S)["message_state"] for uuid in uuids)

    assert states == {"delivered": 60}
    assert set(three.got()) <= {1, 2}, "at least once: an unknown outcome is sent again"
    status = three.gateways[others[1]].api.post("Powerpack/", {"name": "after"}).status
    assert status == 200
    wait_until(lambda: three.charged(others[1]) == 60, lambda: f"{three.charged(others[1])} units were charged, not 60")


def test_a_gateway_that_was_stopped_for_longer_than_its_life_sends_and_writes_nothing_when_it_wakes(
    three: Three,
) -> None:
    victim = three.holder("powerpack")
    others = [name for name in three.gateways if name != victim]
    process = three.gateways[victim].process
    uuids = [three.send(victim, handset) for handset in HANDSETS[:30]]
    process.send_signal(signal.SIGSTOP)
    try:
        three.taken_over(victim)
        uuids += [three.send(others[0], handset) for handset in HANDSETS[30:]]
        for uuid in uuids:
            assert three.gateways[others[0]].settled(uuid, REDELIVERED_S)["message_state"] in FINAL
        before = three.got()
    finally:
        process.send_signal(signal.SIGCONT)
    folder = three.gateways[victim].folder
    wait_until(lambda: _journal_of(folder).count('"fleet.joined"') == 2, lambda: _journal_of(folder)[-2_000:])
    journal = [json.loads(line) for line in _journal_of(folder).splitlines()]
    buried = next(place for place, each in enumerate(journal) if each["kind"] == "fleet.buried")

    assert three.got() == before
    assert set(before) <= {1, 2}
    assert all(
        three.gateways[others[0]].api.get(f"Message/{uuid}/").body["message_state"] == "delivered" for uuid in uuids
    )
    assert not [each for each in journal[buried:] if each["kind"] == "pdu" and "submit_sm" in str(each)]
    assert (
        three.gateways[others[0]].settled(three.send(others[1], HANDSETS[0], "after"))["message_state"] == "delivered"
    )


def test_a_gateway_with_another_configuration_is_refused_by_its_keys_unless_the_change_is_rolled_out(
    three: Three, tmp_path: Path, database: str
) -> None:
    config = (tmp_path / "gateway.toml").read_text(encoding="utf-8")
    config = config.replace("reconnect_s_max = 1.0", "window = 7").replace(f'"{SENDERS[4]}"', '"12065550180"')
    (tmp_path / "other.toml").write_text(config, encoding="utf-8")
    (tmp_path / "four").mkdir()
    options = ("--store", database, "--config", tmp_path / "other.toml", "--port", "0", "--peer-port", "0")
    ended = run("gateway", *options, cwd=tmp_path)
    with Running("gateway", tmp_path / "four", *options, "--rolling-change"):
        wait_until(
            lambda: all(each["configuration_differs_from"] for each in three.all_ready()),
            lambda: str(three.all_ready()),
        )

    keys = f"numbers.12065550180, numbers.{SENDERS[4]}, routes.acme.reconnect_s_max, routes.acme.window"
    assert ended.returncode == 2
    assert ended.stderr.startswith("powerpack-lab: the configuration differs from that of gateway ")
    assert f"in {keys}; give all gateways the same one" in ended.stderr


def _journal_of(folder: Path) -> str:
    """What a gateway wrote down, whole lines of it."""
    file = folder / "journal"
    return file.read_text(encoding="utf-8").rpartition("\n")[0] if file.exists() else ""


def test_a_fleet_without_a_database_to_share_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text('[[routes]]\nname = "a"\nhosts = ["127.0.0.1:1"]\nsystem_id = "x"\n')
    ended = refused("gateway", "--store", "state.db", "--config", "gateway.toml", "--peer-port", "0", cwd=tmp_path)

    assert ended.returncode == 2
    assert ended.stderr.startswith("powerpack-lab: --peer-port is for gateways that share a database")


def test_a_peers_port_in_use_is_said_to_be_theirs(tmp_path: Path, database: str) -> None:
    (tmp_path / "gateway.toml").write_text('[[routes]]\nname = "a"\nhosts = ["127.0.0.1:1"]\nsystem_id = "x"\n')
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        options = ("--store", database, "--config", "gateway.toml", "--port", "0", "--peer-port", port)
        ended = refused("gateway", *options, cwd=tmp_path)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"powerpack-lab: --peer-host 127.0.0.1, --peer-port {port}: ")
    assert ended.stderr.endswith("; give another port, or 0 for any free one\n")
