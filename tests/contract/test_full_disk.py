"""What the API says while its store can not write: a 503 means that nothing was done, and what was done is told."""

import asyncio

import pytest

from contract_support import Answer, Api
from powerpack_carriers.in_parts import InParts
from powerpack_gateway.errors import StoreError
from powerpack_gateway.settings import DeliverySettings, Settings, UnknownOutcome
from powerpack_gateway.store import sqlite
from powerpack_gateway.store.durable import KEPT_S_MAX, RETRY_S
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.config import LabConfig
from powerpack_lab.lab import Lab

PERSON = "14155550199"


class Disk:
    """``failures``: how many of the next groups can not be written."""

    failures = 0


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """All is well so far."""
    disk, write = Disk(), SqliteStore._write

    def try_to_write(store: SqliteStore, at_least: int) -> None:
        if disk.failures:
            disk.failures -= 1
            raise StoreError("the disk is full")
        write(store, at_least)

    monkeypatch.setattr(SqliteStore, "_write", try_to_write)
    monkeypatch.setattr(sqlite, "HELD_MAX", 0)  # a lab's store is in memory, and would write only when it is read
    return disk


CREATIONS = [
    ("Powerpack/", {"name": "another"}),
    ("Application/", {"app_name": "another"}),
    ("PhoneNumber/13055550190/", {}),
    ("Subaccount/", {"name": "another", "enabled": True}),
]


@pytest.mark.parametrize(("path", "values"), CREATIONS, ids=[path for path, _ in CREATIONS])
def test_an_answer_waits_for_a_store_that_fails_once(lab: Lab, api: Api, disk: Disk, path: str, values: object) -> None:
    before = lab.clock.monotonic()
    disk.failures = 1
    answer = api.post(path, values)

    assert answer.status in (200, 201), answer
    assert disk.failures == 0
    assert RETRY_S <= lab.clock.monotonic() - before < KEPT_S_MAX


def test_while_a_change_is_owed_no_other_is_begun(lab: Lab, api: Api, disk: Disk) -> None:
    disk.failures = 1_000

    async def both() -> tuple[Answer, Answer]:
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(api.ask("POST", "Application/", {"app_name": "first"}))
            await asyncio.sleep(2)
            second = tasks.create_task(api.ask("POST", "Application/", {"app_name": "second"}))
        return first.result(), second.result()

    first, second = lab.call(both())
    disk.failures = 0
    lab.advance(2)
    names = [each["app_name"] for each in api.get("Application/").body["objects"]]

    assert (first.status, second.status) == (503, 503)
    assert "the change is in force" in first.body["error"]
    assert second.body["error"] == "the disk is full; nothing was changed"
    assert "first" in names
    assert "second" not in names
    assert api.post("Application/", {"app_name": "second"}).status == 201


def test_at_most_once_a_message_waits_for_room_to_note_that_it_is_submitted(disk: Disk) -> None:
    settings = Settings(delivery=DeliverySettings(unknown_outcome=UnknownOutcome.AT_MOST_ONCE))
    with Lab(seed=1, clock="virtual", config=LabConfig(gateway=settings)) as lab:
        api = Api(lab)
        _, uuid = [api.accept(PERSON, text, src="14155550180") for text in ("one", "two")]
        lab.advance(1)
        disk.failures = 10
        lab.advance(8)
        waiting = api.message(uuid)["message_state"]
        message = api.settled(uuid)

        assert waiting == "queued"
        assert (message["message_state"], message["error_code"]) == ("delivered", "000")
        assert lab.handset(PERSON).texts == ["one", "two"]


def test_at_most_once_a_message_for_which_the_disk_has_no_room_in_time_expires(disk: Disk) -> None:
    settings = Settings(delivery=DeliverySettings(unknown_outcome=UnknownOutcome.AT_MOST_ONCE))
    with Lab(seed=1, clock="virtual", config=LabConfig(gateway=settings)) as lab:
        api = Api(lab)
        _, uuid = [api.accept(PERSON, text, src="14155550180", message_expiry=60) for text in ("one", "two")]
        lab.advance(1)
        disk.failures = 1_000
        lab.advance(90)
        disk.failures = 0
        message = api.settled(uuid)

        assert (message["message_state"], message["error_code"]) == ("failed", "420")
        assert lab.handset(PERSON).texts == ["one"]


def test_a_message_that_can_not_be_kept_is_refused_at_once_and_never_written(lab: Lab, api: Api, disk: Disk) -> None:
    disk.failures = 1
    refused = api.post("Message/", {"powerpack_uuid": lab.powerpack_uuid, "dst": PERSON, "text": "Hello"})
    lab.advance(60)

    assert (refused.status, refused.body["error"]) == (503, "the message was not accepted: the disk is full")
    assert api.get("Message/").body["objects"] == []
    assert lab.handset(PERSON).texts == []


def test_a_long_text_whose_last_part_met_a_full_disk_is_heard_when_that_part_comes_again(lab: Lab, disk: Disk) -> None:
    text = "a story without an end " * 12
    lab.handset(PERSON).reply(text, to="14155550180", parts=InParts(gap_s=10))
    lab.advance(5)
    disk.failures = 1
    lab.advance(2_000)
    api = Api(lab)

    assert disk.failures == 0
    assert [each["message_direction"] for each in api.get("Message/").body["objects"]] == ["inbound"]
    assert [event.fields["text"] for event in lab.journal.events(kind="message.received")] == [text, text], (
        "tried twice"
    )
    assert list(lab.journal.events(kind="inbound.part_lost")) == []


def test_an_end_is_told_once_it_is_on_disk(lab: Lab, api: Api, disk: Disk) -> None:
    """Else a gateway that is killed in between has told what nobody knows, and its successor may tell otherwise."""
    for carrier in lab.carriers.values():
        carrier.faults.add("delay_receipt", delay_s_min=5, delay_s_max=5)
    uuid = api.accept(PERSON, url=lab.webhooks.url())
    lab.advance(2)
    disk.failures = 10
    lab.advance(8)
    before = lab.webhooks.statuses(uuid)
    lab.advance(30)

    assert disk.failures == 0, "the receipt came, and could not be kept at first"
    assert before == ["queued", "sent"]
    assert lab.webhooks.statuses(uuid) == ["queued", "sent", "delivered"]
