"""What the account registers through the gateway's API is what the carriers find registered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from carriers.esme import Esme
from contract_support import lab_on
from gateway.http.test_tollfree_verifications import FORM
from live_api import Live
from powerpack_carriers import BrandTier, Campaign, Registry
from powerpack_carriers.registration import Verification
from powerpack_gateway.numbers import NumberType
from powerpack_lab.config import CarrierConfig, LabConfig, NumberConfig

ANA = "14155550101"
LONGCODE, SECOND, TOLLFREE, SHORTCODE = "12065550180", "12065550181", "18335550180", "72345"

# What each US carrier says to a long code that is in no campaign, as the API tells it.
BLOCKED = {"att": ("failed", "100"), "tmobile": ("undelivered", "100"), "verizon": ("undelivered", "100")}


def unregistered(carrier: str) -> LabConfig:
    """A lab with one carrier, whose numbers nobody has registered."""
    numbers = (
        NumberConfig(number=LONGCODE, region="WA", registered=False),
        NumberConfig(number=SECOND, region="WA", registered=False),
        NumberConfig(number=TOLLFREE, type=NumberType.TOLLFREE, registered=False),
        NumberConfig(number=SHORTCODE, type=NumberType.SHORTCODE),
    )
    return LabConfig(carriers=(CarrierConfig(name=carrier, profile=carrier),), numbers=numbers)


def registry_of(api: Live) -> Registry:
    """What the lab's only carrier asks."""
    (carrier,) = api.lab.carriers.values()
    assert carrier.policy.registry is not None
    return carrier.policy.registry


def outcome(api: Live, source: str) -> tuple[str, str]:
    """What becomes of a message from a number."""
    message = api.send(ANA, src=source)
    return message["message_state"], message["error_code"]


def linked(api: Live, *numbers: str, **campaign: object) -> str:
    """The id of a registered campaign that has these numbers."""
    campaign_id = api.registered(**campaign)
    api.ok("POST", f"10dlc/Campaign/{campaign_id}/Number/", {"numbers": list(numbers)})
    api.decided()
    return campaign_id


@pytest.mark.parametrize("carrier", sorted(BLOCKED))
def test_a_long_code_passes_once_it_is_linked_to_a_campaign_that_was_approved(carrier: str) -> None:
    api = Live(config=unregistered(carrier))
    with api.lab:
        before = outcome(api, LONGCODE)
        campaign_id = api.campaign()
        api.decided()
        approved = outcome(api, LONGCODE)
        api.ok("POST", f"10dlc/Campaign/{campaign_id}/Number/", {"numbers": [LONGCODE]})
        waiting = outcome(api, LONGCODE)
        api.decided()
        after, other = outcome(api, LONGCODE), outcome(api, SECOND)
        rules = {each.fields["rule"] for each in api.lab.journal.events(kind="carrier.blocked")}

    assert (before, approved, waiting) == (BLOCKED[carrier],) * 3
    assert after == ("delivered", "000")
    assert other == BLOCKED[carrier]
    assert rules == {"registration: unregistered"}


def test_a_number_that_left_its_campaign_is_blocked_again() -> None:
    api = Live(config=unregistered("tmobile"))
    with api.lab:
        campaign_id = linked(api, LONGCODE)
        before = outcome(api, LONGCODE)
        api.delete(f"10dlc/Campaign/{campaign_id}/Number/{LONGCODE}/")
        api.decided()

        assert before == ("delivered", "000")
        assert outcome(api, LONGCODE) == BLOCKED["tmobile"]


@pytest.mark.parametrize(
    ("brand", "campaign", "message_class", "tier"),
    [
        ({}, {}, "A", BrandTier.TOP),
        ({"ein": "999000060"}, {}, "C", BrandTier.HIGH_MID),
        ({"ein": "999000030"}, {}, "E", BrandTier.LOW_MID),
        ({"secondary_vetting": False}, {}, "E", BrandTier.LOW),
        ({}, {"usecase": "LOW_VOLUME", "sub_usecases": ["2FA", "CUSTOMER_CARE"]}, "T", BrandTier.TOP),
        ({"brand_type": "STARTER"}, {"usecase": "STARTER"}, "W", BrandTier.LOW),
    ],
    ids=["vetted high", "vetted at 60", "vetted at 30", "not vetted", "low volume", "sole proprietor"],
)
def test_the_carriers_know_the_class_and_the_tier(
    brand: dict[str, object], campaign: dict[str, object], message_class: str, tier: BrandTier
) -> None:
    api = Live(config=unregistered("att"))
    with api.lab:
        brand_id = api.brand(**brand)
        api.decided()
        campaign_id = linked(api, LONGCODE, brand_id=brand_id, **campaign)

        assert registry_of(api).campaign_of(LONGCODE) == Campaign(
            campaign_id=campaign_id, brand_id=brand_id, brand_tier=tier, message_class=message_class
        )


def test_the_class_holds_at_the_carrier_for_whoever_sends_from_the_number(tmp_path: Path) -> None:
    """The gateway paces itself, so an ESME of somebody else's hears what the carrier thinks: 15 a minute, then 105."""
    profile = tmp_path / "att.toml"
    profile.write_text(
        'name = "att"\ncountry = "US"\ndated = 2026-11-22\n[receipt]\ndelay_s_min = 1\ndelay_s_max = 1\n'
        '[[limits]]\nper = "campaign"\nwithin = "minute"\nby_class = { A = 4500, W = 15 }\nexcess = { status = 105 }\n'
    )
    config = replace(unregistered("att"), carriers=(CarrierConfig(name="att", profile=str(profile)),))
    api = Live(config=config)
    with api.lab as lab:
        brand_id = api.brand(brand_type="STARTER")
        api.decided()
        linked(api, LONGCODE, brand_id=brand_id, usecase="STARTER")
        client = lab.call(Esme.bound(lab.carrier("att"), account=1))
        answers = [lab.call(client.submitted(source_addr=LONGCODE, destination_addr=ANA)) for _ in range(16)]
        lab.call(client.close())

        assert [each.command_status for each in answers] == [0] * 15 + [105]


def test_a_toll_free_number_is_with_the_carriers_what_its_verification_says() -> None:
    api = Live(config=unregistered("verizon"))
    with api.lab:
        registry = registry_of(api)
        before = registry.verification_of(TOLLFREE)
        api.ok("POST", "TollfreeVerification/", {"profile_uuid": api.profile(), **FORM}, status=201)
        pending = registry.verification_of(TOLLFREE)
        api.decided()

        assert (before, pending) == (Verification.UNVERIFIED, Verification.PENDING)
        assert registry.tollfree() == [(TOLLFREE, Verification.VERIFIED)]
        assert outcome(api, TOLLFREE) == outcome(api, SHORTCODE) == ("delivered", "000")


def test_numbers_of_somebody_else_are_in_good_order() -> None:
    api = Live(config=unregistered("tmobile"))
    with api.lab as lab:
        client = lab.call(Esme.bound(lab.carrier("tmobile"), account=1))
        sources = ("12125550199", "18885550199", "54321")
        answers = [lab.call(client.submitted(source_addr=each, destination_addr=ANA)) for each in sources]
        lab.advance(5)
        lab.call(client.close())

        assert [each.command_status for each in answers] == [0] * 3
        assert lab.handset(ANA).texts == ["Hello"] * 3


def test_a_carrier_may_strike_off_what_the_account_has_registered() -> None:
    api = Live(config=unregistered("tmobile"))
    with api.lab:
        registry, campaign_id = registry_of(api), linked(api, LONGCODE, SECOND)
        listed = registry.campaigns()
        assert registry.forget(LONGCODE)
        assert not registry.forget(LONGCODE)
        blocked, other = outcome(api, LONGCODE), outcome(api, SECOND)
        registry.register(LONGCODE, Campaign(campaign_id="C2", brand_id="B2"))

        assert [(each.campaign_id, numbers) for each, numbers in listed] == [(campaign_id, (LONGCODE, SECOND))]
        assert (blocked, other) == (BLOCKED["tmobile"], ("delivered", "000"))
        assert outcome(api, LONGCODE) == ("delivered", "000")
        assert repr(registry) == "<AccountRegistry 2 numbers in 2 campaigns, 1 toll-free numbers, 1 short codes>"


def test_registrations_hold_after_a_restart(state: Path) -> None:
    api = Live(state=state, config=unregistered("tmobile"))
    with api.lab:
        linked(api, LONGCODE)
    api.lab = lab_on(state, minutes_later=5, config=unregistered("tmobile"))
    with api.lab:
        assert outcome(api, LONGCODE) == ("delivered", "000")
        assert outcome(api, SECOND) == BLOCKED["tmobile"]
