"""Magic numbers through the whole product: each outcome reaches the API and the callbacks."""

import pytest

from contract_support import Api
from powerpack_lab.lab import Lab


@pytest.mark.parametrize("prefix", ["1500555", "1600555"])
def test_every_magic_number_ends_as_it_says(lab: Lab, api: Api, prefix: str) -> None:
    expected = {
        "0000": ("delivered", "000"),
        "0001": ("delivered", "000"),
        "0002": ("delivered", "000"),
        "0004": ("delivered", "000"),
        "0005": ("delivered", "000"),
        "0006": ("delivered", "000"),
        "0100": ("undelivered", "70"),
        "0101": ("undelivered", "80"),
        "0103": ("undelivered", "1000"),
        "0110": ("undelivered", "30"),
        "0115": ("undelivered", "200"),
        "0123": ("undelivered", "70"),
        "0124": ("undelivered", "100"),
        "0200": ("failed", "100"),
        "0201": ("failed", "50"),
        "0209": ("failed", "30"),
        "0211": ("failed", "100"),
        "0300": ("delivered", "000"),
        "0301": ("delivered", "000"),
        "0302": ("delivered", "000"),
        "0303": ("delivered", "000"),
    }
    uuids = {digits: api.accept(prefix + digits) for digits in expected}
    lab.advance(300)

    found = {digits: api.message(uuid) for digits, uuid in uuids.items()}
    assert {digits: (each["message_state"], each["error_code"]) for digits, each in found.items()} == expected
    assert lab.handset(f"{prefix}0000").texts == ["Hello"]
    assert lab.handset(f"{prefix}0100").texts == []
    assert lab.handset(f"{prefix}0006").texts == []


def test_a_magic_number_has_its_callbacks(lab: Lab, api: Api) -> None:
    uuid = api.send("15005550110", url=lab.webhooks.url())["message_uuid"]
    lab.advance(5)

    assert lab.webhooks.statuses(uuid) == ["queued", "sent", "undelivered"]


def test_a_number_without_receipts_stays_sent(lab: Lab, api: Api) -> None:
    uuid = api.accept("15005550003")
    lab.advance(60)

    assert api.message(uuid)["message_state"] == "sent"
    assert lab.handset("15005550003").texts == ["Hello"]
