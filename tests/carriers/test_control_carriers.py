"""Carriers, their faults, sessions and messages over the control API."""

import asyncio
import re
from pathlib import Path

import pytest

from carriers.builders import SOURCE
from carriers.control_setting import Setting
from carriers.esme import Esme
from powerpack_carriers.faults.registry import FAULTS

# Carriers


def test_carriers_are_listed_without_their_passwords() -> None:
    setting = Setting()
    setting.carrier.faults.add("throttle")

    (found,) = setting.call("GET", "/carriers").json()

    assert found == {
        "name": "acme",
        "profile": "generic",
        "country": "any",
        "host": "127.0.0.1",
        "port": 0,
        "ports": [{"listener": 1, "host": "127.0.0.1", "port": 0, "tls": False, "state": "open"}],
        "system_ids": ["acme"],
        "bound": 0,
        "in_flight": 0,
        "faults": ["throttle-1"],
    }


def test_whoever_knows_nothing_is_told_what_there_is() -> None:
    requests = Setting().call("GET", "/").json()["requests"]
    page = (Path(__file__).parents[2] / "docs" / "control-api.md").read_text(encoding="utf-8")

    assert "POST /handsets/{number}/reply" in requests
    nameless = re.compile(r"\{[^}]+\}")
    described = nameless.sub("{}", page)
    assert [each for each in requests if f"`{nameless.sub('{}', each)}" not in described] == []


def test_the_faults_that_there_are_can_be_asked_for() -> None:
    setting = Setting()
    known = {each["fault"]: each for each in setting.call("GET", "/faults").json()}

    assert list(known) == list(FAULTS)
    assert known["throttle"]["settings"]["status"] == "ESME_RTHROTTLED"
    assert known["fail_over"]["words"] == {"how": ["refuse", "reset", "silent", "bind"]}
    assert known["odd_bind_resp"]["words"]["form"][0] == "empty_system_id"
    assert "goes down" in known["fail_over"]["about"]


@pytest.mark.parametrize("word", FAULTS)
def test_what_is_said_of_a_fault_makes_it(word: str) -> None:
    setting = Setting()
    (known,) = [each for each in setting.call("GET", "/faults").json() if each["fault"] == word]

    added = setting.call("POST", "/carriers/acme/faults", json={"fault": word, **known["settings"]})

    assert added.status_code == 201, added.json()


def test_a_fault_is_added_listed_and_removed() -> None:
    setting = Setting()

    added = setting.call("POST", "/carriers/acme/faults", json={"fault": "throttle", "share": 0.2, "status": 9802})
    listed = setting.call("GET", "/carriers/acme/faults")
    removed = setting.call("DELETE", "/carriers/acme/faults/throttle-1")

    assert (added.status_code, added.json()) == (201, {"id": "throttle-1"})
    assert listed.json() == [{"id": "throttle-1", "fault": "throttle", "struck": 0, "share": 0.2, "status": 9802}]
    assert removed.json() == {"removed": ["throttle-1"]}
    assert len(setting.carrier.faults) == 0


def test_all_faults_are_removed_at_once() -> None:
    setting = Setting()
    ids = [setting.carrier.faults.add(word) for word in ("throttle", "disconnect")]

    assert setting.call("DELETE", "/carriers/acme/faults/").json() == {"removed": ids}
    assert setting.call("GET", "/carriers/acme/faults").json() == []


# Sessions and what they sent


def test_sessions_are_listed_and_ended() -> None:
    async def scenario() -> None:
        setting = Setting()
        async with setting.carrier as carrier, setting.client() as client, await Esme.bound(carrier, "rx") as esme:
            (listed,) = (await client.get("/carriers/acme/sessions")).json()
            ended = await client.delete("/carriers/acme/sessions/1?how=reset")
            wrong = await client.delete("/carriers/acme/sessions/1?how=politely")
            with pytest.raises(ConnectionError):
                await esme.receive()

            assert (listed["number"], listed["bind"], listed["system_id"]) == (1, "receiver", "acme")
            assert (listed["unanswered"], listed["window_free"]) == (0, carrier.profile.sessions.window_size)
            assert listed["peer"].startswith("127.0.0.1:")
            assert ended.json() == {"ended": "acme#1", "how": "reset"}
            assert wrong.status_code in (400, 404)  # 404 once the loop has seen the end of it

    asyncio.run(scenario())


def test_what_was_submitted_is_found_decoded() -> None:
    async def scenario() -> None:
        setting = Setting()
        async with setting.carrier as carrier, setting.client() as client, await Esme.bound(carrier) as esme:
            carrier.faults.add("throttle", destination="14155550199")
            esme.submit("Grüße".encode("utf-16-be"), data_coding=8)
            esme.submit(b"\x05\x00\x03\x07\x02\x01Long", esm_class=0x40)
            esme.submit(b"No", destination_addr="14155550199")
            await carrier.expect("No")

            async def texts(query: str) -> list[str]:
                found = await client.get(f"/carriers/acme/messages?{query}")
                return [each["text"] for each in found.json()]

            everything = (await client.get("/carriers/acme/messages")).json()
            assert [each["text"] for each in everything] == ["Grüße", "Long", "No"]
            assert everything[1]["part"] == {"reference": 7, "number": 1, "total": 2}
            assert (everything[2]["status"], everything[2]["state"]) == ("ESME_RTHROTTLED", None)
            assert (everything[0]["status"], everything[0]["source"]) == ("ESME_ROK", SOURCE)
            assert everything[0]["message_id"] is not None
            assert await texts("destination=%2B14155550199") == ["No"]
            assert await texts(f"source={SOURCE}&text=ong") == ["Long"]
            assert await texts("limit=1") == ["No"]
            assert await texts("since=2026-11-22T00:00:00Z") == ["Grüße", "Long", "No"]
            assert await texts("since=2030-01-01T00:00:00%2B00:00") == []

    asyncio.run(scenario())
