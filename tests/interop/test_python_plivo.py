"""Plivo's SDK for Python, unmodified, against a whole lab: what needs more than the app's stand-in (test_sdk.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import plivo
import pytest

from live_api import CAMPAIGN, PROFILE
from powerpack_gateway.phlos import Phlo
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab
from powerpack_lab.plivo_sdk import client_of

NUMBER, OTHER, HANDSET = "14155550180", "14155550181", "14155550123"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """On real sockets, whose clock is pushed."""
    with Lab(seed=1, config=LabConfig(carriers=(CarrierConfig(name="generic"),))) as lab:
        yield lab


@pytest.fixture(scope="module")
def sdk(lab: Lab) -> Iterator[Any]:
    """The SDK with the lab's account."""
    with client_of(lab) as client:
        yield client


def test_the_account_is_changed(sdk: Any) -> None:
    assert sdk.account.update(name="Acme", city="Reno").message == "changed"
    assert (sdk.account.get().name, sdk.account.get().city) == ("Acme", "Reno")


def test_a_subaccount_sends_from_its_number_and_sees_nothing_else(sdk: Any, lab: Lab) -> None:
    made = sdk.subaccounts.create(name="branch", enabled=True)
    assert [each.auth_id for each in sdk.subaccounts.list()] == [made.auth_id]
    assert sdk.subaccounts.update(made.auth_id, name="office", enabled=True).message == "changed"
    assert sdk.subaccounts.get(made.auth_id).name == "office"
    assert sdk.numbers.update(OTHER, subaccount=made.auth_id).message == "changed"

    with plivo.RestClient(made.auth_id, made.auth_token) as office:
        sent = office.messages.create(src=OTHER, dst=HANDSET, text="from the office")
        assert [each.number for each in office.numbers.list()] == [OTHER]
        with pytest.raises(plivo.exceptions.ValidationError, match="is no number of this subaccount"):
            office.messages.create(src=NUMBER, dst=HANDSET, text="x")
        with pytest.raises(plivo.exceptions.ForbiddenError, match="it is the main account's"):
            office.powerpacks.list()
    lab.handset(HANDSET).expect("from the office")
    assert sdk.messages.get(sent.message_uuid[0]).from_number == OTHER
    sdk.subaccounts.delete(made.auth_id)
    assert len(list(sdk.subaccounts.list())) == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the SDK never closes the file
def test_media_are_uploaded_listed_and_sent(sdk: Any, lab: Lab, tmp_path: Path) -> None:
    picture = tmp_path / "dot.png"
    picture.write_bytes(PNG)
    (uploaded,) = sdk.media.upload([str(picture)]).objects
    media_id = uploaded["media_id"] if isinstance(uploaded, dict) else uploaded.media_id

    assert sdk.media.get(media_id).content_type == "image/png"
    listed = sdk.media.list(limit=5).objects
    assert [each["media_id"] if isinstance(each, dict) else each.media_id for each in listed] == [media_id]
    sent = sdk.messages.create(src=NUMBER, dst=HANDSET, text="look", type_="mms", media_ids=[media_id])
    lab.advance(30)
    message = sdk.messages.get(sent.message_uuid[0])
    assert (message.message_type, message.message_state) == ("mms", "delivered")
    (shown,) = message.listMedia().objects
    assert (shown["size"] if isinstance(shown, dict) else shown.size) == len(PNG)


def test_a_campaign_is_registered_linked_unlinked_and_deleted(sdk: Any, lab: Lab) -> None:
    profile = sdk.profile.create(**PROFILE)
    brand_id = sdk.brand.create(brand_alias="acme", brand_type="STANDARD", profile_uuid=profile.profile_uuid).brand_id
    lab.advance(11)
    assert sdk.brand.get(brand_id).brand.registration_status == "COMPLETED"
    campaign_id = sdk.campaign.create(brand_id=brand_id, **CAMPAIGN).campaign_id
    lab.advance(11)
    assert sdk.campaign.get(campaign_id).campaign.registration_status == "COMPLETED"
    assert "received" in sdk.campaign.number_link(campaign_id, numbers=[NUMBER]).message
    lab.advance(11)
    (linked,) = sdk.campaign.get_numbers(campaign_id).phone_numbers
    assert (linked.number, linked.status) == (NUMBER, "COMPLETED")
    assert sdk.campaign.get_number(campaign_id, NUMBER).phone_numbers[0].number == NUMBER
    assert sdk.numbers.get(NUMBER).tendlc_campaign_id == campaign_id
    assert "received" in sdk.campaign.number_unlink(campaign_id, NUMBER).message
    lab.advance(11)
    assert sdk.campaign.get_numbers(campaign_id).phone_numbers == []
    assert sdk.campaign.delete(campaign_id).message == "Campaign Deactivated"


def test_prices_and_numbers_are_looked_up(sdk: Any) -> None:
    assert sdk.pricing.get("US").message["outbound"]["rate"] == "0.00550"
    assert sdk.lookup.get(f"+{HANDSET}").phone_number == f"+{HANDSET}"


def test_a_phlo_is_found_and_run(sdk: Any, lab: Lab) -> None:
    lab.call(lab.stack.gateway.holdings.put_phlo(Phlo(phlo_id="abc-1", url=lab.webhooks.url("/phlo"))))
    with plivo.rest.phlo_client.PhloClient(lab.auth_id, lab.auth_token) as client:
        answer = client.phlo.get("abc-1").run(code="4711")
        with pytest.raises(plivo.exceptions.ResourceNotFoundError, match="phlo nothing not found in this account"):
            client.phlo.get("nothing")
    assert lab.run_until(lambda: any(each.path == "/phlo" for each in lab.webhooks.received), within=30)

    assert answer.phlo_id == "abc-1"
    (hook,) = (each for each in lab.webhooks.received if each.path == "/phlo")
    assert (hook.params["code"], hook.is_signed) == ("4711", True)
