"""Plivo's SDK for Node, unmodified, against the lab on real sockets: every resource, and its signature validators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from node_packages import node_with, run_script
from powerpack_gateway.phlos import Phlo
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

SCRIPT = Path(__file__).parent / "node_plivo" / "client.js"

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00;"


@pytest.fixture(scope="module")
def node() -> str:
    """Node, with the pinned SDK."""
    return node_with(SCRIPT.parent, "plivo")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A lab on real sockets, since the SDK is another process."""
    with Lab(seed=1, config=LabConfig(carriers=(CarrierConfig(name="generic"),))) as lab:
        yield lab


@pytest.fixture(scope="module")
def seen(node: str, lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What each of the SDK's calls gave."""
    picture = tmp_path_factory.mktemp("media") / "dot.gif"
    picture.write_bytes(GIF)
    lab.call(lab.stack.gateway.holdings.put_phlo(Phlo(phlo_id="abc-1", url=lab.webhooks.url("/phlo"))))
    given = {
        "powerpack": lab.powerpack_uuid,
        "picture": str(picture),
        "url": lab.api_url,
        "auth_id": lab.auth_id,
        "auth_token": lab.auth_token,
        "hook": lab.webhooks.url("/status"),
    }
    seen = run_script(node, SCRIPT, given)
    assert isinstance(seen, dict)
    return seen


EXPECTED: Mapping[str, Mapping[str, object]] = {
    "account": {"accountType": "standard"},
    "account.update": {"message": "changed"},
    "subaccount.create": {"message": "created"},
    "subaccount.get": {"name": "branch", "enabled": True},
    "subaccount.update": {"message": "changed"},
    "subaccount.send": {"message": "message(s) queued"},
    "subaccount.refused": {"failed": "AxiosError: Request failed with status code 403"},
    "number.lend": {"message": "changed"},
    "media.get": {"fileName": "dot.gif", "contentType": "image/gif", "size": len(GIF)},
    "message.mms": {"message": "message(s) queued"},
    "powerpack.create": {"name": "node", "localConnect": True},
    "powerpack.update": {"localConnect": False},
    "powerpack.delete": {"response": "success"},
    "pool.buy": {"number": "14155550190", "type": "fixed"},
    "pool.find": {"number": "14155550190"},
    "pool.remove": {"response": "success"},
    "pool.remove_own": {"response": "success"},
    "pool.add": {"number": "14155550181", "service": "sms"},
    "pool.shortcode": {"countryIso2": "US"},
    "pool.shortcode_removed": {"response": "success"},
    "pool.tollfree_found": {"number": "18335550180", "type": "tollfree"},
    "pool.tollfree_removed": {"response": "success"},
    "pool.tollfree_added": {"number": "18335550180", "service": "mms"},
    "message.create": {"message": "message(s) queued"},
    "message.get": {"fromNumber": "14155550180", "messageDirection": "outbound", "units": 1},
    "message.refused": {"failed": "'1111111' is not a valid phone number.", "status": 400},
    "number.get": {"number": "14155550180", "numberType": "local"},
    "number.update": {"message": "changed"},
    "number.buy": {"status": "fulfilled", "message": "created"},
    "application.create": {"message": "created"},
    "application.get": {"appName": "inbox"},
    "application.update": {"message": "changed"},
    "profile.create": {"message": "Profile created successfully."},
    "brand.create": {"message": "Request to create brand was received and is being processed."},
    "brand.otp": {"status": 400},
    "brand.delete": {"message": "Brand Deactivated"},
    "profile.delete": {"message": "Profile deleted successfully."},
    "campaign.create": {"status": 400},
    "campaign.number": {"failed": "The number 14155550180 is not linked to this campaign", "status": 404},
    "campaign.unlink": {"failed": "The number 14155550180 is not linked to this campaign", "status": 404},
    "campaign.delete": {"message": "Campaign Deactivated"},
    "phlo.run": {"phloId": "abc-1"},
    "campaign.import": {"campaignId": "CABC123"},
    "campaign.refused": {"failed": "campaign CABC123 is PROCESSING, expected COMPLETED", "status": 400},
    "campaign.numbers": {"campaignId": "CABC123", "phoneNumbers": [], "numberPoolLimit": 49},
    "tollfree.create": {"message": "created"},
    "tollfree.get": {"number": "18335550180", "usecase": "2FA", "status": "SUBMITTED"},
    "pricing": {"country": "United States", "countryIso": "US"},
    "lookup": {"phoneNumber": "+14155550101"},
}


@pytest.mark.parametrize("call", EXPECTED)
def test_a_call_gives_what_it_asks_for(seen: Mapping[str, Any], call: str) -> None:
    assert {name: seen[call].get(name) for name in EXPECTED[call]} == EXPECTED[call], seen[call]


@pytest.mark.parametrize(
    ("call", "key", "count"),
    [
        ("powerpack.list", "uuid", 2),
        ("message.list", "messageUuid", 4),
        ("subaccount.list", "authId", 1),
        ("media.list", "mediaId", 1),
        ("number.list", "number", 3),
        ("number.search", "number", 2),
        ("application.list", "appId", 1),
        ("tollfree.list", "uuid", 1),
    ],
)
def test_a_list_is_an_array_with_meta(seen: Mapping[str, Any], call: str, key: str, count: int) -> None:
    assert len({each[key] for each in seen[call]["list"]}) == count, seen[call]
    assert seen[call]["meta"]["offset"] == 0


def test_what_is_nested_is_understood(seen: Mapping[str, Any]) -> None:
    assert seen["pool.count"] == 1
    assert {each["shortcode"] for each in seen["pool.shortcodes"]["objects"]} == {"72345", "272345"}
    assert [each["number"] for each in seen["pool.tollfree"]["objects"]] == ["18335550180"]
    assert len(seen["pool.by_object"]["objects"]) == 9
    assert seen["media.upload"]["objects"][0]["size"] == len(GIF)
    assert seen["message.media"]["objects"][0]["mediaId"] == seen["media.upload"]["objects"][0]["mediaId"]
    assert seen["campaign.update"]["campaign"]["resellerId"] == "R1"
    assert seen["pool.list"]["objects"][0]["number"] == "14155550190"
    assert len(seen["message.create"]["messageUuid"]) == 2
    assert seen["profile.get"]["profile"]["companyName"] == "Acme Inc."
    assert seen["profile.update"]["profile"]["companyName"] == "New Inc."
    assert [each["profileType"] for each in seen["profile.list"]["profiles"]] == ["PRIMARY", "SECONDARY"]
    assert seen["brand.get"]["brand"]["registrationStatus"] == "PROCESSING"
    assert seen["brand.list"]["brands"][0]["brandAlias"] == "acme"
    assert "2FA" in {each["code"] for each in seen["brand.usecases"]["useCases"]}
    assert seen["campaign.list"]["campaigns"][0]["campaignSource"] == "shared"
    assert seen["campaign.get"]["campaign"]["campaignAlias"] == "theirs"
    assert seen["number.unrent"] is seen["application.delete"] is seen["tollfree.delete"] is True
    assert seen["subaccount.delete"] is True


def test_nothing_failed_that_was_not_meant_to(seen: Mapping[str, Any]) -> None:
    failed = {call for call, value in seen.items() if isinstance(value, dict) and "failed" in value}

    refused = {"message.refused", "subaccount.refused", "brand.otp"}
    assert failed == refused | {f"campaign.{each}" for each in ("create", "refused", "number", "unlink")}


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_its_validators_accept_our_signatures(node: str, lab: Lab, method: str) -> None:
    url = lab.webhooks.url(f"/signed-{method}")

    async def send() -> None:
        async with httpx.AsyncClient(auth=(lab.auth_id, lab.auth_token)) as client:
            body = {"src": "14155550180", "dst": "14155550103", "text": "hello", "url": url, "method": method}
            answer = await client.post(f"{lab.api_url}/{lab.auth_id}/Message/", json=body)
            assert answer.status_code == 202, answer.text

    lab.call(send())
    assert lab.run_until(lambda: any(each.path.endswith(method) for each in lab.webhooks.received), within=30)
    webhook = next(each for each in lab.webhooks.received if each.path.endswith(method))
    given = {
        "url": lab.api_url,
        "auth_id": lab.auth_id,
        "auth_token": lab.auth_token,
        "webhook": {
            "url": url,
            "method": method,
            "headers": dict(webhook.headers),
            "params": dict(webhook.params),
        },
    }

    assert run_script(node, SCRIPT, given) == {"v2": True, "v3": True, "forged": False}


def test_a_campaign_is_registered_and_numbers_join_it_through_the_sdk(node: str, lab: Lab) -> None:
    """What the tour sees refused, as nothing is approved in its moment: here the lab's days pass between the steps."""

    def step(name: str, **given: str) -> Any:
        basics = {"url": lab.api_url, "auth_id": lab.auth_id, "auth_token": lab.auth_token}
        return run_script(node, SCRIPT, {**basics, "hook": lab.webhooks.url("/10dlc"), "step": name, **given})

    number = "14155550181"
    brand = step("brand")["brand_id"]
    lab.advance(days=30)
    campaign = step("campaign", brand=brand)["campaignId"]
    lab.advance(days=30)
    link = step("numbers", campaign=campaign, number=number)
    lab.advance(days=30)
    linked = step("linked", campaign=campaign, number=number)

    assert link["link"]["message"].startswith(f"Request to link {number} to campaign {campaign} was received")
    assert linked["list"]["phoneNumbers"] == [{"number": number, "status": "COMPLETED"}]
    assert linked["get"]["phoneNumbersSummary"] == {"processing": 0, "completed": 1, "failed": 0}
    assert linked["unlink"]["message"].startswith(f"Request to unlink {number} from campaign {campaign} was received")
