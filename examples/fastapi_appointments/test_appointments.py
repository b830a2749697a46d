"""Tests of the whole way: our API, Plivo's, carriers, a phone, and back through signed webhooks."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import plivo
import pytest
import pytest_asyncio
from appointments import app  # type: ignore[import-not-found] # found where pytest runs this project

from powerpack_lab import Lab

ANA = "+14155550123"


@pytest.fixture
def app_url(powerpack_lab: Lab, plivo_client: plivo.RestClient, monkeypatch: pytest.MonkeyPatch) -> str:
    """The application, running beside the lab, and known to the Powerpack as the one that hears replies."""
    url = powerpack_lab.serve(app)
    monkeypatch.setenv("POWERPACK_UUID", powerpack_lab.powerpack_uuid)
    monkeypatch.setenv("PUBLIC_URL", url)
    ours = plivo_client.applications.create("appointments", message_url=f"{url}/sms/inbound", message_method="POST")
    plivo_client.powerpacks.get(powerpack_lab.powerpack_uuid).update(
        params={"application_id": ours.app_id, "application_type": "xml"}
    )
    return url


@pytest_asyncio.fixture
async def api(app_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of our own API."""
    async with httpx.AsyncClient(base_url=app_url, verify=False) as client:
        yield client


async def invite(api: httpx.AsyncClient) -> str:
    answer = await api.post("/appointments", json={"number": ANA, "time": "9:30"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def appointment(api: httpx.AsyncClient, uuid: str) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get(f"/appointments/{uuid}")).json()
    return found


async def test_a_guest_confirms(powerpack_lab: Lab, api: httpx.AsyncClient) -> None:
    phone = powerpack_lab.handset(ANA)
    uuid = await invite(api)
    phone.expect("See you at 9:30?")

    phone.reply("Yes!")

    assert powerpack_lab.run_until(lambda: app.state.book.appointments[uuid].is_confirmed)
    assert (await appointment(api, uuid))["is_confirmed"]


async def test_the_states_of_the_text_are_kept_in_order(powerpack_lab: Lab, api: httpx.AsyncClient) -> None:
    uuid = await invite(api)
    powerpack_lab.handset(ANA).expect("See you at 9:30?")

    powerpack_lab.advance(minutes=5)

    assert (await appointment(api, uuid))["states"] == ["queued", "sent", "delivered"]


async def test_a_guest_who_said_stop_is_not_asked_again(powerpack_lab: Lab, api: httpx.AsyncClient) -> None:
    phone = powerpack_lab.handset(ANA)
    await invite(api)
    phone.expect("See you at 9:30?")
    phone.reply("Stop")
    phone.expect("You have been unsubscribed")

    again = await invite(api)
    powerpack_lab.advance(minutes=5)

    assert (await appointment(api, again))["states"] == ["queued", "failed"]
    assert len(phone.texts) == 2


async def test_a_webhook_that_plivo_did_not_sign_is_turned_away(api: httpx.AsyncClient) -> None:
    answer = await api.post("/sms/inbound", data={"From": ANA[1:], "Text": "YES"})

    assert answer.status_code == 403
