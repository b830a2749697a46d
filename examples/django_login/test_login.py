"""Tests of a login code on its way from our view to a phone, and of what happens when it does not get there."""

import re
from typing import Any

import plivo
import pytest
from django.test import Client
from login.asgi import application

from powerpack_lab import Lab

ANA = "+14155550123"
TOLLFREE = "18445550190"
"""One of the numbers that the lab has for sale."""


@pytest.fixture(autouse=True)
def bank(powerpack_lab: Lab, plivo_client: plivo.RestClient, transactional_db: None, settings: Any) -> None:
    """The application beside the lab, with a Powerpack that has one toll-free number, as banks have."""
    powerpack = plivo_client.powerpacks.create(name="login codes")
    plivo_client.numbers.buy(TOLLFREE)
    plivo_client.powerpacks.get(powerpack.uuid).add_tollfree(TOLLFREE)
    settings.POWERPACK_UUID = powerpack.uuid
    settings.PUBLIC_URL = powerpack_lab.serve(application)


def code_on(phone: Any) -> str:
    """The six digits on a phone."""
    phone.expect("is your Example Bank code")
    [digits] = re.findall(r"\d{6}", phone.texts[-1])
    return str(digits)


def test_the_code_comes_from_the_tollfree_number_and_opens_the_door_once(powerpack_lab: Lab, client: Client) -> None:
    phone = powerpack_lab.handset(ANA)
    assert client.post("/code", {"number": ANA}).status_code == 202
    digits = code_on(phone)

    first = client.post("/login", {"number": ANA, "digits": digits})
    second = client.post("/login", {"number": ANA, "digits": digits})

    assert phone.inbox[-1].from_number == TOLLFREE
    assert (first.status_code, second.status_code) == (200, 403)


def test_another_code_does_not(powerpack_lab: Lab, client: Client) -> None:
    client.post("/code", {"number": ANA})
    digits = code_on(powerpack_lab.handset(ANA))

    wrong = client.post("/login", {"number": ANA, "digits": f"{(int(digits) + 1) % 10**6:06d}"})

    assert wrong.status_code == 403


def test_who_once_said_stop_to_the_bank_is_told_that_no_code_will_come(powerpack_lab: Lab, client: Client) -> None:
    phone = powerpack_lab.handset(ANA)
    client.post("/code", {"number": ANA})
    code_on(phone)
    phone.reply("STOP")
    powerpack_lab.advance(minutes=1)

    client.post("/code", {"number": ANA})
    powerpack_lab.advance(minutes=1)
    answer = client.post("/login", {"number": ANA, "digits": "000000"})

    assert (answer.status_code, answer.json()["error"]) == (409, "the text could not be delivered (200)")
