"""npm's smpp, unmodified, against a carrier: every operation, text in every coding, receipt and reply."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from node_packages import node_with
from powerpack_carriers import Carrier
from powerpack_carriers.smpp.constants import CommandStatus, EsmClass, MessageState

FOLDER = Path(__file__).parent / "node"
SOURCE, ANA, BOB = "12065550199", "14155550101", "14155550102"
PATIENCE_S = 120.0


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the pinned smpp beside the script; fetched when it is not there."""
    return node_with(FOLDER, "smpp")


class Client:
    """A running client; what it printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def next(self, kind: str) -> dict[str, Any]:
        """The next thing that came, which must be of this kind."""
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"kind": "the client ended"}')
        assert found["kind"] == kind, found
        return found

    def answers(self, count: int) -> list[dict[str, Any]]:
        """The next answers to requests, in their order."""
        return [self.next("answer") for _ in range(count)]

    def unbind(self) -> None:
        """End it; it must go politely."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self.next("answer")["command"] == "unbind_resp"
        assert self._process.wait(PATIENCE_S) == 0


@contextmanager
def client(node: str, port: int, *requests: tuple[str, dict[str, object]]) -> Iterator[Client]:
    """Node's ESME, bound, that sends these requests."""
    bind = ("bind_transceiver", {"system_id": "generic", "password": "secret", "interface_version": 0x34})
    with subprocess.Popen(
        [node, "client.js"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps({"port": port, "requests": [bind, *requests]}) + "\n")
            process.stdin.flush()
            running = Client(process)
            assert running.next("answer")["command_status"] == 0
            yield running
        finally:
            process.kill()


def submit(text: str, **fields: object) -> tuple[str, dict[str, object]]:
    return "submit_sm", {"source_addr": SOURCE, "destination_addr": ANA, "short_message": text, **fields}


def test_it_binds_sends_gets_its_receipt_and_the_reply(node: str) -> None:
    with (
        Carrier("generic") as carrier,
        client(node, carrier.port, submit("Hello", registered_delivery=1)) as esme,
    ):
        (answer,) = esme.answers(1)
        receipt = esme.next("delivered")
        carrier.handset(ANA).reply("Hello back", to=SOURCE)
        reply = esme.next("delivered")
        esme.unbind()

    assert answer["command_status"] == 0
    assert receipt["esm_class"] == EsmClass.DELIVERY_RECEIPT
    assert receipt["receipted_message_id"] == answer["message_id"]
    assert receipt["message_state"] == MessageState.DELIVERED
    assert "stat:DELIVRD" in receipt["text"]
    assert (reply["source_addr"], reply["destination_addr"], reply["text"]) == (ANA, SOURCE, "Hello back")


@pytest.mark.parametrize("text", ["plain", "Grüße für 5 €", "Здравствуйте", "日本語", "😀"])
def test_text_in_every_coding_goes_there_and_back(node: str, text: str) -> None:
    with Carrier("generic") as carrier, client(node, carrier.port, submit(text, registered_delivery=1)) as esme:
        esme.answers(1)
        esme.next("delivered")
        assert carrier.handset(ANA).texts == [text]
        carrier.handset(ANA).reply(text, to=SOURCE)
        reply = esme.next("delivered")
        esme.unbind()

    assert reply["text"] == text


def test_every_operation_is_answered(node: str) -> None:
    later: dict[str, object] = {"schedule_delivery_time": "000000010000000R"}
    requests: list[tuple[str, dict[str, object]]] = [
        submit("later", **later),
        ("query_sm", {"message_id": "$id", "source_addr": SOURCE}),
        ("replace_sm", {"message_id": "$id", "source_addr": SOURCE, "short_message": "much later"}),
        ("cancel_sm", {"message_id": "$id", "source_addr": SOURCE, "destination_addr": ANA}),
        ("query_sm", {"message_id": "$id", "source_addr": SOURCE}),
        ("data_sm", {"source_addr": SOURCE, "destination_addr": ANA, "message_payload": "data"}),
        (
            "submit_multi",
            {
                "source_addr": SOURCE,
                "dest_address": [{"destination_addr": ANA}, {"destination_addr": BOB}, {"dl_name": "friends"}],
                "short_message": "all of you",
            },
        ),
        ("enquire_link", {}),
    ]
    with Carrier("generic") as carrier, client(node, carrier.port, *requests) as esme:
        submitted, enroute, replaced, cancelled, deleted, data, multi, alive = esme.answers(len(requests))
        esme.unbind()

    assert [answer["command_status"] for answer in (submitted, enroute, replaced, cancelled, data, alive)] == [0] * 6
    assert (enroute["message_state"], deleted["message_state"]) == (MessageState.ENROUTE, MessageState.DELETED)
    assert (multi["command_status"], multi["unsuccess"]) == (0, 1)
    assert alive["command"] == "enquire_link_resp"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"priority_flag": 4}, CommandStatus.ESME_RINVPRTFLG),
        ({"source_addr_ton": 7}, CommandStatus.ESME_RINVSRCTON),
        ({"dest_addr_npi": 2}, CommandStatus.ESME_RINVDSTNPI),
        ({"destination_addr": ""}, CommandStatus.ESME_RINVDSTADR),
        ({"validity_period": "x" * 16}, CommandStatus.ESME_RINVEXPIRY),
    ],
)
def test_what_is_wrong_is_refused_and_the_session_goes_on(node: str, fields: dict[str, object], status: int) -> None:
    with Carrier("generic") as carrier, client(node, carrier.port, submit("bad", **fields), submit("good")) as esme:
        bad, good = esme.answers(2)
        esme.unbind()

    assert (bad["command_status"], good["command_status"]) == (status, 0)
