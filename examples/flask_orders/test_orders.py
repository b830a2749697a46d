"""Tests of the whole way: our shop, Plivo's API, carriers, a phone, and back through signed webhooks."""

import orders  # type: ignore[import-not-found] # found where pytest runs this project
import plivo
import pytest
import requests
from flask import Flask, Response

from powerpack_lab import Lab

ANA = "+14155550123"


@pytest.fixture
def shop(powerpack_lab: Lab, plivo_client: plivo.RestClient, monkeypatch: pytest.MonkeyPatch) -> str:
    """The shop's address, running beside the lab, and known to the Powerpack as the one that hears replies."""
    url = powerpack_lab.serve(orders.app)
    monkeypatch.setenv("POWERPACK_UUID", powerpack_lab.powerpack_uuid)
    monkeypatch.setenv("PUBLIC_URL", url)
    monkeypatch.setattr(orders, "customers", orders.Customers())
    ours = plivo_client.applications.create("shop", message_url=f"{url}/sms/inbound", message_method="POST")
    plivo_client.powerpacks.get(powerpack_lab.powerpack_uuid).update(
        params={"application_id": ours.app_id, "application_type": "xml"}
    )
    return url


def tell(shop: str, text: str, **more: str) -> str:
    answer = requests.post(f"{shop}/orders", json={"number": ANA, "text": text, **more}, timeout=10)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_every_state_of_a_text_is_kept(powerpack_lab: Lab, shop: str) -> None:
    uuid = tell(shop, "Example Shop: your order is packed")

    assert powerpack_lab.run_until(lambda: orders.customers.states.get(uuid) == ["queued", "sent", "delivered"])


def test_who_said_stop_hears_no_more(powerpack_lab: Lab, shop: str) -> None:
    phone = powerpack_lab.handset(ANA)
    tell(shop, "Example Shop: your order is packed")
    phone.expect("packed")
    phone.reply("STOP")
    phone.expect("You have been unsubscribed")

    assert powerpack_lab.run_until(lambda: bool(orders.customers.opted_out))
    refused = requests.post(f"{shop}/orders", json={"number": ANA, "text": "Sale!"}, timeout=10)
    assert refused.status_code == 409


def test_a_customer_who_asks_is_answered(powerpack_lab: Lab, shop: str) -> None:
    phone = powerpack_lab.handset(ANA)
    tell(shop, "Example Shop: your order is packed")
    phone.expect("packed")

    phone.reply("Where?")

    phone.expect("It is on its way.")


def test_a_picture_of_the_parcel(powerpack_lab: Lab, shop: str) -> None:
    photographs = Flask("photographs")
    photographs.add_url_rule("/parcel.png", view_func=lambda: Response(b"a picture", mimetype="image/png"))

    tell(shop, "Example Shop: this is it", picture=f"{powerpack_lab.serve(photographs)}/parcel.png")

    [picture] = powerpack_lab.handset(ANA).expect("this is it").media
    assert (picture.content_type, picture.data) == ("image/png", b"a picture")


def test_a_customer_keeps_the_number_and_another_takes_over_when_it_is_suspended(powerpack_lab: Lab, shop: str) -> None:
    phone = powerpack_lab.handset(ANA)
    tell(shop, "Example Shop: packed")
    tell(shop, "Example Shop: on its way")
    first, second = phone.expect("packed").from_number, phone.expect("on its way").from_number

    powerpack_lab.operator.suspend(first)
    tell(shop, "Example Shop: delivered")

    assert first == second != phone.expect("delivered").from_number


def test_a_webhook_that_plivo_did_not_sign_is_turned_away(shop: str) -> None:
    answer = requests.post(f"{shop}/sms/inbound", data={"From": ANA[1:], "Text": "STOP"}, timeout=10)

    assert answer.status_code == 403
    assert not orders.customers.opted_out
