"""Tests of an application that receives webhooks: the lab serves it, calls it, and signs as Plivo does."""

import plivo
import pytest
import requests
from app import Inbox, make_app  # type: ignore[import-not-found] # found where pytest runs this project

from powerpack_lab.lab import Lab

ANA = "+14155550123"


@pytest.fixture
def inbox(powerpack_lab: Lab) -> Inbox:
    """What the application was told."""
    return Inbox(powerpack_lab.auth_token)


@pytest.fixture
def app_url(powerpack_lab: Lab, inbox: Inbox) -> str:
    """The application, running beside the lab."""
    return powerpack_lab.serve(make_app(inbox))


def test_every_state_is_told_in_order(
    powerpack_lab: Lab, plivo_client: plivo.RestClient, inbox: Inbox, app_url: str
) -> None:
    sent = plivo_client.messages.create(
        powerpack_uuid=powerpack_lab.powerpack_uuid, dst=ANA, text="Hello", url=f"{app_url}/status"
    )

    assert powerpack_lab.run_until(lambda: len(inbox.states.get(sent.message_uuid[0], [])) == 3)
    assert inbox.states == {sent.message_uuid[0]: ["queued", "sent", "delivered"]}


def test_what_people_write_arrives(
    powerpack_lab: Lab, plivo_client: plivo.RestClient, inbox: Inbox, app_url: str
) -> None:
    application = plivo_client.applications.create("ours", message_url=f"{app_url}/inbound", message_method="POST")
    plivo_client.powerpacks.get(powerpack_lab.powerpack_uuid).update(
        params={"application_id": application.app_id, "application_type": "xml"}
    )
    plivo_client.messages.create(powerpack_uuid=powerpack_lab.powerpack_uuid, dst=ANA, text="Coming?")
    phone = powerpack_lab.handset(ANA)
    phone.expect("Coming?")

    phone.reply("On my way")

    assert powerpack_lab.run_until(lambda: bool(inbox.texts))
    assert inbox.texts == [(ANA[1:], "On my way")]


def test_a_stranger_is_turned_away(app_url: str, inbox: Inbox) -> None:
    with requests.Session() as session:
        answer = session.post(f"{app_url}/status", data={"MessageUUID": "1", "Status": "delivered"})

    assert answer.status_code == 403
    assert inbox.states == {}
