"""10DLC as a customer sees it: profiles, brands, campaigns, numbers; decided later, told by callbacks, kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from live_api import CAMPAIGN, DECIDED_S, PROFILE, Live

NUMBER, OTHER = "14155550180", "12065550180"
HANDSET = "14155550123"


# Profiles


def test_a_profile_is_kept_as_it_was_told(live: Live) -> None:
    uuid = live.profile()

    profile = live.ok("GET", f"Profile/{uuid}/")["profile"]
    assert {name: profile[name] for name in PROFILE if name != "authorized_contact"} == {
        name: value for name, value in PROFILE.items() if name != "authorized_contact"
    }
    assert profile["authorized_contact"]["first_name"] == "Ada"
    assert (profile["profile_type"], profile["alt_business_id_type"]) == ("SECONDARY", "NONE")


def test_the_accounts_own_profile_comes_first_and_stays(live: Live) -> None:
    uuid = live.profile()
    listed = live.ok("GET", "Profile/")
    primary = listed["profiles"][0]

    assert [each["profile_type"] for each in listed["profiles"]] == ["PRIMARY", "SECONDARY"]
    assert listed["profiles"][1]["primary_profile"] == primary["profile_uuid"] != uuid
    assert "primary" in live.refused("DELETE", f"Profile/{primary['profile_uuid']}/")


def test_profiles_are_filtered_and_paged(live: Live) -> None:
    live.profile(vertical="LEGAL")
    wanted = live.profile(vertical="ENERGY")

    found = live.ok("GET", "Profile/?vertical=energy&type=SECONDARY")
    page = live.ok("GET", "Profile/?limit=1&offset=1")
    assert [each["profile_uuid"] for each in found["profiles"]] == [wanted]
    assert page["meta"]["total_count"] == 3
    assert page["meta"]["next"] == f"/v1/Account/{live.lab.auth_id}/Profile/?limit=1&offset=2"


def test_a_profile_is_changed_and_deleted(live: Live) -> None:
    uuid = live.profile()

    changed = live.ok("POST", f"Profile/{uuid}/", {"company_name": "New Inc.", "website": ""})["profile"]
    assert (changed["company_name"], changed["website"]) == ("New Inc.", "www.example.com")
    assert live.ok("DELETE", f"Profile/{uuid}/")["message"] == "Profile deleted successfully."
    assert live.refused("GET", f"Profile/{uuid}/", status=404) == f"profile {uuid} not found in this account"


def test_a_profile_that_a_brand_stands_on_is_not_deleted(live: Live) -> None:
    brand = live.ok("GET", f"10dlc/Brand/{live.brand()}/")["brand"]

    assert "used by a brand" in live.refused("DELETE", f"Profile/{brand['profile_uuid']}/")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"profile_alias": None}, "profile_alias parameter is missing"),
        (
            {"vertical": "SPACE"},
            'vertical is "SPACE", expected one of AGRICULTURE, COMMUNICATION, CONSTRUCTION',
        ),
        ({"address": "Reno"}, 'address is "Reno", expected an object'),
        (
            {"address": {"country": "USA"}},
            'address.country is "USA", expected a string of length <= 2',
        ),
        ({"company_name": ["Acme"]}, 'company_name is ["Acme"], expected a string'),
    ],
    ids=["missing", "no-such-word", "no-object", "too-long-inside", "a-list"],
)
def test_a_wrong_profile_is_refused_by_field(live: Live, changes: dict[str, object], error: str) -> None:
    assert live.refused("POST", "Profile/", {**PROFILE, **changes}).startswith(error)


# Brands


def test_a_brand_is_decided_later_and_both_steps_are_told(live: Live) -> None:
    brand_id = live.brand(url=live.lab.webhooks.url("/brand"))
    asked = live.ok("GET", f"10dlc/Brand/{brand_id}/")["brand"]
    live.decided()
    brand = live.ok("GET", f"10dlc/Brand/{brand_id}/")["brand"]

    assert (asked["registration_status"], asked["vetting_status"], asked["vetting_score"]) == (
        "PROCESSING",
        "PENDING",
        None,
    )
    assert (brand["registration_status"], brand["vetting_status"], brand["vetting_score"]) == (
        "COMPLETED",
        "ACTIVE",
        80,
    )
    assert (brand["company_name"], brand["ein"]) == ("Acme Inc.", "123456789")
    assert live.told("/brand") == [
        {"event": "brand", "status": "created", "brand_id": brand_id, "error_reason": ""},
        {"event": "brand", "status": "registered", "brand_id": brand_id, "error_reason": ""},
    ]
    assert all(each.is_signed for each in live.lab.webhooks.received)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"ein": "000000000"}, "EIN 000000000 does not belong to Acme Inc."),
        ({"brand_alias": "acme test:reject"}, "asked for with test:reject"),
    ],
    ids=["unknown-ein", "alias"],
)
def test_a_brand_is_rejected_where_a_test_wants_it(live: Live, asked: dict[str, object], reason: str) -> None:
    brand_id = live.brand(url=live.lab.webhooks.url("/brand"), method="GET", **asked)
    live.decided()

    brand = live.ok("GET", f"10dlc/Brand/{brand_id}/")["brand"]
    assert (brand["registration_status"], brand["error_reason"]) == ("FAILED", reason)
    assert [each["status"] for each in live.told("/brand")] == ["created", "rejected"]
    assert {each.method for each in live.lab.webhooks.received} == {"GET"}


def test_a_brand_that_a_test_leaves_waiting_waits(live: Live) -> None:
    brand_id = live.brand(brand_alias="test:wait")
    live.lab.advance(days=30)

    assert live.ok("GET", f"10dlc/Brand/{brand_id}/")["brand"]["registration_status"] == "PROCESSING"


def test_brands_are_filtered(live: Live) -> None:
    standard, starter = live.brand(), live.brand(brand_type="STARTER")
    live.decided()
    rejected = live.brand(brand_alias="test:reject")
    live.decided()

    def found(query: str) -> list[str]:
        return [each["brand_id"] for each in live.ok("GET", f"10dlc/Brand/?{query}")["brands"]]

    assert found("") == [standard, starter, rejected]
    assert found("type=STARTER") == [starter]
    assert found("status=FAILED") == [rejected]
    assert found("registration_status=completed&type=STANDARD") == [standard]


def test_use_cases_depend_on_the_type_of_the_brand(live: Live) -> None:
    standard = live.ok("GET", f"10dlc/Brand/{live.brand()}/usecases/")
    starter = live.ok("GET", f"10dlc/Brand/{live.brand(brand_type='STARTER')}/usecases/")

    assert {each["code"] for each in standard["use_cases"]} >= {"2FA", "MARKETING", "MIXED", "LOW_VOLUME"}
    assert [each["code"] for each in starter["use_cases"]] == ["STARTER"]


def test_a_profile_makes_one_brand(live: Live) -> None:
    brand_id = live.brand()
    profile_uuid = live.ok("GET", f"10dlc/Brand/{brand_id}/")["brand"]["profile_uuid"]
    again = {"brand_alias": "again", "profile_uuid": profile_uuid}

    assert live.refused("POST", "10dlc/Brand/", again) == f"profile {profile_uuid} belongs to brand {brand_id} already"
    assert live.ok("DELETE", f"10dlc/Brand/{brand_id}/")["message"] == "Brand Deactivated"
    live.ok("POST", "10dlc/Brand/", again)


def test_a_brand_without_what_it_needs_is_refused(live: Live) -> None:
    without_ein = live.profile(ein="")

    assert live.refused("POST", "10dlc/Brand/", {"brand_alias": "x"}) == "profile_uuid parameter is missing"
    assert "has no ein" in live.refused(
        "POST", "10dlc/Brand/", {"brand_alias": "x", "brand_type": "STANDARD", "profile_uuid": without_ein}
    )
    assert "expected an http or https URL" in live.refused(
        "POST", "10dlc/Brand/", {"brand_alias": "x", "profile_uuid": without_ein, "url": "ftp://example.com"}
    )
    live.refused("POST", "10dlc/Brand/", {"brand_alias": "x", "profile_uuid": "nobody"}, status=404)


# Campaigns


def test_a_campaign_is_decided_later_and_says_what_carriers_take_of_it(live: Live) -> None:
    campaign_id = live.registered(url=live.lab.webhooks.url("/campaign"), sample_3="A sample in Node's own spelling.")

    campaign = live.ok("GET", f"10dlc/Campaign/{campaign_id}/")["campaign"]
    assert campaign["registration_status"] == "COMPLETED"
    assert campaign["sample3"] == "A sample in Node's own spelling."
    assert campaign["mno_metadata"] == {
        "AT&T": {"tpm": 4500},
        "T-Mobile": {"brand_tier": "TOP"},
        "US Cellular": {"tpm": 4500},
        "Verizon Wireless": {"tpm": 4500},
    }
    assert campaign["campaign_attributes"]["subscriber_optin"] is True
    assert [(each["event"], each["status"]) for each in live.told("/campaign")] == [
        ("campaign", "created"),
        ("campaign", "registered"),
    ]


@pytest.mark.parametrize(
    ("ein", "usecase", "tpm", "tier"),
    [
        ("999000075", "MARKETING", 4500, "TOP"),
        ("999000050", "MARKETING", 2400, "HIGH_MID"),
        ("999000049", "MARKETING", 240, "LOW_MID"),
        ("999000001", "MARKETING", 240, "LOW"),
        ("999000099", "LOW_VOLUME", 75, "TOP"),
    ],
)
def test_what_carriers_take_follows_the_vetting_score(live: Live, ein: str, usecase: str, tpm: int, tier: str) -> None:
    brand_id = live.brand(ein=ein)
    live.decided()
    subs = {"sub_usecases": ["2FA", "MARKETING"]} if usecase == "LOW_VOLUME" else {}
    campaign_id = live.campaign(brand_id, usecase=usecase, **subs)

    metadata = live.ok("GET", f"10dlc/Campaign/{campaign_id}/")["campaign"]["mno_metadata"]
    assert (metadata["AT&T"]["tpm"], metadata["T-Mobile"]["brand_tier"]) == (tpm, tier)


def test_a_rejected_campaign_is_changed_and_submitted_again(live: Live) -> None:
    campaign_id = live.registered(campaign_alias="test:reject", url=live.lab.webhooks.url("/campaign"))
    assert live.ok("GET", f"10dlc/Campaign/{campaign_id}/")["campaign"]["registration_status"] == "FAILED"

    changed = live.ok("POST", f"10dlc/Campaign/{campaign_id}/", {"campaign_alias": "codes", "reseller_id": "R1"})
    live.decided()

    assert (changed["campaign"]["registration_status"], changed["campaign"]["reseller_id"]) == ("PROCESSING", "R1")
    assert [each["status"] for each in live.told("/campaign")] == ["created", "rejected", "created", "registered"]
    assert "expected one that is PROCESSING or FAILED" in live.refused(
        "POST", f"10dlc/Campaign/{campaign_id}/", {"campaign_alias": "x"}
    )


def test_a_campaign_is_imported(live: Live) -> None:
    asked = {"campaign_id": "CABC123", "campaign_alias": "theirs", "url": live.lab.webhooks.url("/import")}
    answer = live.ok("POST", "10dlc/Campaign/Import/", asked)
    live.decided()

    campaign = live.ok("GET", "10dlc/Campaign/CABC123/")["campaign"]
    assert answer["campaign_id"] == "CABC123"
    assert (campaign["campaign_source"], campaign["registration_status"]) == ("shared", "COMPLETED")
    assert [each["status"] for each in live.told("/import")] == ["created", "registered"]
    assert "already" in live.refused("POST", "10dlc/Campaign/Import/", asked)


def test_campaigns_are_filtered(live: Live) -> None:
    own = live.registered()
    live.ok("POST", "10dlc/Campaign/Import/", {"campaign_id": "CABC123", "campaign_alias": "theirs"})
    brand_id = live.ok("GET", f"10dlc/Campaign/{own}/")["campaign"]["brand_id"]

    def found(query: str) -> list[str]:
        return [each["campaign_id"] for each in live.ok("GET", f"10dlc/Campaign/?{query}")["campaigns"]]

    assert found("") == [own, "CABC123"]
    assert found(f"brand_id={brand_id}&usecase=2FA") == [own]
    assert found("campaign_source=shared") == ["CABC123"]
    assert found("registration_status=Active") == [own]
    assert found("registration_status=processing") == ["CABC123"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"description": "too short"}, 'description is "too short", expected a string of length >= 40'),
        ({"usecase": "STARTER"}, "usecase is STARTER, expected one of 2FA"),
        ({"usecase": "MIXED"}, "sub_usecases has 0 use cases, expected 2 to 5 for MIXED"),
        ({"usecase": "MIXED", "sub_usecases": "2FA,MIXED"}, "sub_usecases has MIXED, expected some of 2FA"),
        ({"sub_usecases": ["2FA"]}, "sub_usecases are given, expected none for usecase 2FA"),
        ({"subscriber_help": False}, "subscriber_help is false, expected true"),
        ({"age_gated": "perhaps"}, 'age_gated is "perhaps", expected true or false'),
        ({"sub_usecases": ["2FA", 7]}, "sub_usecases[1] is 7, expected one of 2FA"),
    ],
)
def test_a_wrong_campaign_is_refused_by_field(live: Live, changes: dict[str, object], error: str) -> None:
    brand_id = live.brand()
    live.decided()

    assert live.refused("POST", "10dlc/Campaign/", {**CAMPAIGN, "brand_id": brand_id, **changes}).startswith(error)


def test_a_campaign_needs_a_registered_brand(live: Live) -> None:
    brand_id = live.brand()

    asked = {**CAMPAIGN, "brand_id": brand_id}
    assert live.refused("POST", "10dlc/Campaign/", asked) == f"brand {brand_id} is PROCESSING, expected COMPLETED"


def test_a_sole_proprietor_has_one_campaign_with_one_number(live: Live) -> None:
    brand_id = live.brand(brand_type="STARTER")
    live.decided()
    campaign_id = live.campaign(brand_id, usecase="STARTER")
    live.decided()

    assert "has a campaign already" in live.refused(
        "POST", "10dlc/Campaign/", {**CAMPAIGN, "brand_id": brand_id, "usecase": "STARTER"}
    )
    assert "would have 2 numbers, 1 is the limit" in live.refused(
        "POST", f"10dlc/Campaign/{campaign_id}/Number/", {"numbers": [NUMBER, OTHER]}
    )


def test_a_brand_with_campaigns_is_not_deleted(live: Live) -> None:
    brand_id = live.brand()
    live.decided()
    campaign_id = live.campaign(brand_id)

    assert "has 1 campaigns, expected none" in live.refused("DELETE", f"10dlc/Brand/{brand_id}/")
    assert live.ok("DELETE", f"10dlc/Campaign/{campaign_id}/")["message"] == "Campaign Deactivated"
    live.ok("DELETE", f"10dlc/Brand/{brand_id}/")


# Numbers


def test_a_number_is_linked_and_both_steps_are_told(live: Live) -> None:
    campaign_id = live.registered()
    url = f"10dlc/Campaign/{campaign_id}/Number/"
    answer = live.ok("POST", url, {"numbers": [f"+{NUMBER}"], "url": live.lab.webhooks.url("/link")})
    asked = live.ok("GET", url)
    of_number = live.ok("GET", f"Number/{NUMBER}/")
    live.decided()
    linked = live.ok("GET", f"{url}{NUMBER}/")

    received = "was received and is being processed"
    assert answer["message"] == f"Request to link {NUMBER} to campaign {campaign_id} {received}"
    assert asked["phone_numbers"] == [{"number": NUMBER, "status": "PROCESSING"}]
    assert of_number["tendlc_registration_status"] == "PROCESSING"
    assert linked["phone_numbers"] == [{"number": NUMBER, "status": "COMPLETED"}]
    assert linked["phone_numbers_summary"] == {"PROCESSING": 0, "COMPLETED": 1, "FAILED": 0}
    assert linked["number_pool_limit"] == 49
    number = live.ok("GET", f"Number/{NUMBER}/")
    assert (number["tendlc_registration_status"], number["tendlc_campaign_id"]) == ("COMPLETED", campaign_id)
    assert live.told("/link") == [
        {"event": "number_linking", "status": "created", "campaign_id": campaign_id, "number": NUMBER},
        {"event": "number_linking", "status": "success", "campaign_id": campaign_id, "number": NUMBER},
    ]


def test_a_number_is_unlinked_and_unregistered(live: Live) -> None:
    campaign_id = live.registered()
    url = f"10dlc/Campaign/{campaign_id}/Number/"
    live.ok("POST", url, {"numbers": [NUMBER]})
    live.decided()
    live.ok("DELETE", f"{url}{NUMBER}/", {"url": live.lab.webhooks.url("/unlink"), "method": "POST"})
    still = live.ok("GET", f"Number/{NUMBER}/")["tendlc_campaign_id"]
    live.decided()

    assert still == campaign_id
    assert live.ok("GET", f"Number/{NUMBER}/")["tendlc_registration_status"] == "UNREGISTERED"
    assert [(each["event"], each["status"]) for each in live.told("/unlink")] == [
        ("number_unlinking", "created"),
        ("number_unlinking", "success"),
    ]
    assert live.refused("GET", f"{url}{NUMBER}/", status=404) == f"The number {NUMBER} is not linked to this campaign"


def test_a_link_fails_where_a_test_wants_it_and_may_be_tried_again(live: Live) -> None:
    campaign_id = live.registered()
    url = f"10dlc/Campaign/{campaign_id}/Number/"
    live.ok("POST", f"Number/{NUMBER}/", {"alias": "test:reject"}, status=202)
    live.ok("POST", url, {"numbers": [NUMBER], "url": live.lab.webhooks.url("/link")})
    live.decided()
    failed = live.ok("GET", f"{url}{NUMBER}/")["phone_numbers"][0]["status"]
    live.ok("POST", f"Number/{NUMBER}/", {"alias": "mended"}, status=202)
    live.ok("POST", url, {"numbers": [NUMBER], "url": live.lab.webhooks.url("/link")})
    live.decided()

    assert failed == "FAILED"
    assert [each["status"] for each in live.told("/link")] == ["created", "failed", "created", "success"]


def test_a_link_that_can_not_be_is_refused(live: Live) -> None:
    campaign_id = live.registered()
    url = f"10dlc/Campaign/{campaign_id}/Number/"
    live.ok("POST", url, {"numbers": [NUMBER]})

    assert live.refused("POST", url, {"numbers": [NUMBER]}) == f"The number {NUMBER} is already requested for linking"
    assert live.refused("DELETE", f"{url}{NUMBER}/") == f"The number {NUMBER} is already requested for linking"
    assert live.refused("POST", url, {"numbers": ["nobody"]}) == "The number nobody is not a valid number"
    assert "expected a US longcode" in live.refused("POST", url, {"numbers": ["18335550180"]})
    assert live.refused("POST", url, {}) == "numbers parameter is missing"
    assert live.refused("POST", url, {"numbers": []}).startswith("numbers is [], expected")
    live.decided()
    assert "is already linked to campaign" in live.refused("POST", url, {"numbers": [NUMBER]})


def test_a_campaign_with_numbers_in_processing_is_not_deleted(live: Live) -> None:
    campaign_id = live.registered()
    live.ok("POST", f"10dlc/Campaign/{campaign_id}/Number/", {"numbers": [NUMBER]})

    assert "has numbers in processing" in live.refused("DELETE", f"10dlc/Campaign/{campaign_id}/")
    live.decided()
    live.ok("DELETE", f"10dlc/Campaign/{campaign_id}/")
    assert live.ok("GET", f"Number/{NUMBER}/")["tendlc_registration_status"] == "UNREGISTERED"


def test_a_number_that_was_given_back_is_out_of_its_campaign(live: Live) -> None:
    campaign_id = live.registered()
    url = f"10dlc/Campaign/{campaign_id}/Number/"
    live.ok("POST", url, {"numbers": [NUMBER, OTHER]})
    live.decided()
    live.ok("DELETE", f"Number/{NUMBER}/", status=204)

    assert [each["number"] for each in live.ok("GET", url)["phone_numbers"]] == [OTHER]


def test_the_numbers_of_a_campaign_share_a_stop(live: Live) -> None:
    campaign_id = live.registered()
    live.ok("POST", f"10dlc/Campaign/{campaign_id}/Number/", {"numbers": [NUMBER, OTHER]})
    live.decided()
    live.send(HANDSET, src=NUMBER)
    live.lab.handset(HANDSET).reply("STOP")
    live.lab.advance(5)

    refused = live.send(HANDSET, src=OTHER)
    assert (refused["message_state"], refused["error_code"]) == ("failed", "200")
    assert refused["tendlc_campaign_id"] == campaign_id


# Restart


def test_what_is_undecided_and_untold_goes_on_after_a_restart(tmp_path: Path) -> None:
    before = Live(tmp_path / "state.db")
    with before.lab:
        before.lab.webhooks.answer = lambda _: (500, "not now")
        url = before.lab.webhooks.url("/brand")
        brand_id = before.brand(url=url)
    after = Live(tmp_path / "state.db")
    with after.lab:
        after.lab.advance(DECIDED_S)
        brand = after.ok("GET", f"10dlc/Brand/{brand_id}/")["brand"]
        told = [each["status"] for each in after.told("/brand")]
        campaign_id = after.registered(brand_id=brand_id)
        after.ok("POST", f"10dlc/Campaign/{campaign_id}/Number/", {"numbers": [NUMBER]})
        after.decided()
    again = Live(tmp_path / "state.db")
    with again.lab:
        assert brand["registration_status"] == "COMPLETED"
        assert again.ok("GET", f"Number/{NUMBER}/")["tendlc_campaign_id"] == campaign_id
        assert again.ok("GET", f"10dlc/Campaign/{campaign_id}/Number/")["phone_numbers"][0]["status"] == "COMPLETED"
        assert told == ["created", "registered"]
        assert again.told("/brand") == []
