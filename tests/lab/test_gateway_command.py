"""``powerpack-lab gateway`` as its operators start it: a process, a carrier elsewhere, a state."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from lab.sandbox_support import Running, WithApi, refused, wait_until
from postgres_support import PostgresServer

pytestmark = pytest.mark.timeout(400)  # each test starts Python several times, on machines that do other things too

ANA, BEN = "14155550101", "14155550102"


@pytest.fixture(scope="module")
def carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A carrier that the gateway does not start."""
    with Running("carrier", tmp_path_factory.mktemp("carrier"), "--port", "0", "--number", "18335550180") as running:
        yield running


def config_for(carrier: Running, folder: Path) -> Path:
    path = folder / "gateway.toml"
    path.write_text(
        f"""
        [[routes]]
        name = "acme"
        hosts = ["{carrier.facts["host"]}:{carrier.facts["port"]}"]
        system_id = "{carrier.facts["system_id"]}"
        password = "{carrier.facts["password"]}"

        [[numbers]]
        number = "18335550180"
        type = "tollfree"
        """,
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_message_goes_out_and_is_remembered_after_a_restart(
    carrier: Running, tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    store = "state.db" if kind == "sqlite" else request.getfixturevalue("database")
    options = ("--store", store, "--config", config_for(carrier, tmp_path), "--port", "0")
    with WithApi("gateway", tmp_path, *options) as gateway:
        message_uuid = gateway.accept(ANA, f"through {kind}")
        before = gateway.settled(message_uuid)
        assert gateway.end() == 0

    with WithApi("gateway", tmp_path, *options) as again:
        after = again.settled(message_uuid)

    assert before["message_state"] == "delivered"
    assert {**after, "api_id": ""} == {**before, "api_id": ""}
    assert {**again.facts, "api_url": ""} == {**gateway.facts, "api_url": ""}
    assert carrier.inbox(ANA)[-1].startswith(f"through {kind}")


def test_a_password_in_the_address_is_shown_nowhere(
    carrier: Running, tmp_path: Path, postgres: PostgresServer, database: str
) -> None:
    store = database.replace("lab@", "lab:geheim@")
    options = ("--store", store, "--config", config_for(carrier, tmp_path), "--port", "0", "--journal", "j.jsonl")
    with WithApi("gateway", tmp_path, *options) as gateway:
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'powerpack-lab%'"
        )
        gateway.accept(ANA, "after a connection was lost")
        gateway.end()

    said = gateway.output + gateway.errors + (tmp_path / "j.jsonl").read_text(encoding="utf-8")
    assert "store.back" in said
    assert "geheim" not in said


def readiness(gateway: WithApi) -> tuple[int, dict[str, Any]]:
    """What a load balancer is told."""
    try:
        with urlopen(gateway.facts["api_url"].removesuffix("/v1/Account") + "/healthz") as response:
            return response.status, json.loads(response.read())
    except HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


def test_it_is_ready_while_a_carrier_is_bound_and_the_state_can_be_written(
    tmp_path: Path, postgres: PostgresServer, database: str
) -> None:
    with Running("carrier", tmp_path, "--port", "0", "--number", "18335550180") as own:
        options = ("--store", database, "--config", config_for(own, tmp_path), "--port", "0")
        with WithApi("gateway", tmp_path, *options) as gateway:
            wait_until(lambda: readiness(gateway)[0] == 200, lambda: str(readiness(gateway)))
            ready = readiness(gateway)
            own.process.kill()
            wait_until(lambda: readiness(gateway)[0] == 503, lambda: str(readiness(gateway)))
            unbound = readiness(gateway)
            gateway.end()

    assert ready == (
        200,
        {
            "ready": True,
            "database": "reached",
            "routes": {"acme": True},
            "messages_under_way": 0,
            "callbacks_pending": 0,
        },
    )
    assert "powerpack-lab: route acme: has no bind any more" in gateway.errors
    assert unbound == (
        503,
        {
            "ready": False,
            "database": "reached",
            "routes": {"acme": False},
            "messages_under_way": 0,
            "callbacks_pending": 0,
        },
    )


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ("", "--store is empty, expected a file's path or postgresql://user@host/database"),
        ("mysql://lab:geheim@db/sms", "--store begins with mysql://, expected postgresql://user@host/database or a "),
        ("postgresql://lab:ge#heim@db/sms", "--store can not be read as postgresql://user@host:port/database"),
        (
            "postgresql://lab:geheim@127.0.0.1:1/sms",
            "database postgresql://lab@127.0.0.1:1/sms refuses connections; is",
        ),
        ("nowhere/state.db", "state file nowhere/state.db: the folder nowhere does not exist"),
    ],
)
def test_a_store_that_can_not_be_used_is_named_in_one_line(
    carrier: Running, tmp_path: Path, store: str, words: str
) -> None:
    ended = refused("gateway", "--store", store, "--config", config_for(carrier, tmp_path), "--port", "0", cwd=tmp_path)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"powerpack-lab: {words}")
    assert ended.stderr.count("\n") == 1
    assert "heim" not in ended.stderr


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_was_accepted_before_a_kill_reaches_its_end_after_it(
    carrier: Running, tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    store = "state.db" if kind == "sqlite" else request.getfixturevalue("database")
    options = ("--store", store, "--config", config_for(carrier, tmp_path), "--port", "0")
    texts = [f"{kind} {index}" for index in range(20)]
    with WithApi("gateway", tmp_path, *options) as gateway:
        accepted = [gateway.accept(BEN, text) for text in texts]
        assert gateway.end(signal.SIGKILL) == -signal.SIGKILL

    with WithApi("gateway", tmp_path, *options) as again:
        states = {uuid: again.settled(uuid)["message_state"] for uuid in accepted}

    inbox = [text for text in carrier.inbox(BEN) if text.startswith(kind)]
    assert states == dict.fromkeys(accepted, "delivered")
    assert sorted(set(inbox)) == sorted(texts)
