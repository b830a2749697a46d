"""The unmodified plivo SDK for Python over what is registered: profiles, brands, campaigns, numbers, verifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plivo
import pytest

from live_api import CAMPAIGN, PROFILE

if TYPE_CHECKING:
    from gateway.http.conftest import StandIn


@pytest.fixture
def profile_uuid(sdk: Any) -> str:
    """A profile."""
    uuid = sdk.profile.create(**PROFILE).profile_uuid
    assert isinstance(uuid, str)
    return uuid


def test_a_profile_lives_and_dies(sdk: Any, profile_uuid: str) -> None:
    assert sdk.profile.get(profile_uuid).profile.company_name == "Acme Inc."
    assert sdk.profile.update(profile_uuid, {"company_name": "New Inc."}).profile.company_name == "New Inc."
    assert [each.profile_type for each in sdk.profile.list(limit=5).profiles] == ["PRIMARY", "SECONDARY"]
    assert sdk.profile.delete(profile_uuid).message == "Profile deleted successfully."
    with pytest.raises(plivo.exceptions.ResourceNotFoundError, match="not found in this account"):
        sdk.profile.get(profile_uuid)


def test_a_brand_lives_and_dies(sdk: Any, profile_uuid: str) -> None:
    brand_id = sdk.brand.create(brand_alias="acme", brand_type="STANDARD", profile_uuid=profile_uuid).brand_id

    assert sdk.brand.get(brand_id).brand.registration_status == "PROCESSING"
    assert [each.brand_id for each in sdk.brand.list(type="STANDARD", status="PROCESSING").brands] == [brand_id]
    assert "2FA" in [each.code for each in sdk.brand.get_usecases(brand_id).use_cases]
    assert sdk.brand.delete(brand_id).message == "Brand Deactivated"


def test_a_campaign_is_refused_imported_listed_changed_and_deleted(sdk: Any, profile_uuid: str) -> None:
    brand_id = sdk.brand.create(brand_alias="acme", brand_type="STANDARD", profile_uuid=profile_uuid).brand_id
    with pytest.raises(plivo.exceptions.ValidationError, match="is PROCESSING, expected COMPLETED"):
        sdk.campaign.create(brand_id=brand_id, **CAMPAIGN)

    imported = sdk.campaign.import_campaign(campaign_id="CABC123", campaign_alias="theirs")
    assert imported.campaign_id == "CABC123"
    assert sdk.campaign.get("CABC123").campaign.campaign_source == "shared"
    assert [each.campaign_id for each in sdk.campaign.list(campaign_source="shared").campaigns] == ["CABC123"]
    changed = sdk.campaign.update("CABC123", description="Forty characters at least, which this one has.")
    assert changed.campaign.description.startswith("Forty")
    assert sdk.campaign.delete("CABC123").message == "Campaign Deactivated"


def test_numbers_of_a_campaign_are_asked_for(sdk: Any) -> None:
    sdk.campaign.import_campaign(campaign_id="CABC123", campaign_alias="theirs")

    with pytest.raises(plivo.exceptions.ValidationError, match="is PROCESSING, expected COMPLETED"):
        sdk.campaign.number_link("CABC123", numbers=["14155550101"])
    assert sdk.campaign.get_numbers("CABC123", limit=5).phone_numbers == []
    with pytest.raises(plivo.exceptions.ResourceNotFoundError, match="is not linked to this campaign"):
        sdk.campaign.get_number("CABC123", "14155550101")
    with pytest.raises(plivo.exceptions.ResourceNotFoundError, match="is not linked to this campaign"):
        sdk.campaign.number_unlink("CABC123", "14155550101")


def test_a_tollfree_verification_lives_and_dies(sdk: Any, gateway: StandIn, profile_uuid: str) -> None:
    created = sdk.tollfree_verification.create(
        profile_uuid=profile_uuid,
        number="18005550104",
        usecase="2FA",
        usecase_summary="Codes.",
        message_sample="Your code is 4711.",
        optin_image_url="https://example.com/a.png",
        optin_type="WEB_FORM",
        volume="1,000",
    )

    request = sdk.tollfree_verification.get(created.uuid)
    assert (request.number, request.status) == ("18005550104", "SUBMITTED")
    assert [each.uuid for each in sdk.tollfree_verification.list(status="SUBMITTED").objects] == [created.uuid]
    assert "updated successfully" in sdk.tollfree_verification.update(created.uuid, volume="10,000").message
    sdk.tollfree_verification.delete(created.uuid)
    with pytest.raises(plivo.exceptions.ResourceNotFoundError):
        sdk.tollfree_verification.get(created.uuid)
