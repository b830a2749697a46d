"""Carriers that block: what the API then says."""

from collections.abc import Mapping
from typing import Any

import pytest

from carriers.esme import Esme
from contract_support import EPOCH, Api
from powerpack_carriers import Campaign, Registry, Verification
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

ANA = "14155550101"
LONGCODE, TOLLFREE, SHORTCODE = "12065550180", "18335550180", "72345"


def _lab(profile: str) -> Lab:
    return Lab(
        seed=1, clock="virtual", epoch=EPOCH, config=LabConfig(carriers=(CarrierConfig(name=profile, profile=profile),))
    )


def _outcome(message: Mapping[str, Any]) -> tuple[str, str]:
    return message["message_state"], message["error_code"]


@pytest.mark.parametrize(
    ("profile", "text", "outcome"),
    [
        ("att", "Fresh vodka today", ("failed", "30")),
        ("tmobile", "Fresh vodka today", ("undelivered", "30")),
        ("verizon", "See https://bit.ly/x1", ("undelivered", "30")),
        ("uscellular", "H! h0w ar3__you do1ng?", ("undelivered", "30")),
        ("generic", "Fresh vodka today at https://bit.ly/x1", ("delivered", "000")),
        ("telus", "Fresh vodka today", ("delivered", "000")),
    ],
)
def test_forbidden_content_is_blocked_as_spam(profile: str, text: str, outcome: tuple[str, str]) -> None:
    to = "14165550101" if profile == "telus" else ANA
    with _lab(profile) as lab:
        message = Api(lab).send(to, text)

        assert _outcome(message) == outcome
        assert lab.handset(to).texts == ([text] if outcome[0] == "delivered" else [])


@pytest.mark.parametrize(
    ("profile", "source", "outcome"),
    [
        ("att", LONGCODE, ("failed", "100")),
        ("tmobile", LONGCODE, ("undelivered", "100")),
        ("tmobile", TOLLFREE, ("undelivered", "100")),
        ("verizon", SHORTCODE, ("undelivered", "100")),
    ],
)
def test_what_is_not_registered_is_prohibited_and_registering_helps(
    profile: str, source: str, outcome: tuple[str, str]
) -> None:
    with _lab(profile) as lab:
        api = Api(lab)
        registry = lab.carrier(profile).policy.registry = Registry()
        before = api.send(ANA, src=source)
        registry.register(LONGCODE, Campaign(campaign_id="C1", brand_id="B1"))
        registry.verify(TOLLFREE)
        registry.provision(SHORTCODE)
        after = api.send(ANA, src=source)

    assert (_outcome(before), _outcome(after)) == (outcome, ("delivered", "000"))


def test_what_exceeds_the_campaigns_minute_goes_out_in_another() -> None:
    with _lab("att") as lab:
        api = Api(lab)
        registry = lab.carrier("att").policy.registry = Registry()
        for number in (LONGCODE, "12125550180"):
            registry.register(number, Campaign(campaign_id="C1", brand_id="B1", message_class="W"))
        uuids = [api.accept(f"1415555{index:04d}", src=(LONGCODE, "12125550180")[index % 2]) for index in range(40)]
        lab.advance(900)
        outcomes = [_outcome(api.message(uuid)) for uuid in uuids]
        blocked = list(lab.journal.events(kind="carrier.blocked"))

    assert set(outcomes) == {("delivered", "000")}
    assert {each.fields["rule"] for each in blocked} == {"limit: campaign per minute"}


def test_a_stop_to_a_toll_free_number_is_answered_and_kept_by_the_network() -> None:
    with _lab("tmobile") as lab:
        api = Api(lab)
        api.send(ANA, src=TOLLFREE)
        lab.handset(ANA).reply("STOP")
        lab.handset(ANA).expect("NETWORK MSG: You replied with the word")
        blocked = api.send(ANA, src=TOLLFREE)
        lab.handset(ANA).reply("START")
        lab.handset(ANA).expect("will begin receiving messages again")
        lab.advance(10)

        assert _outcome(blocked) == ("failed", "200")
        assert _outcome(api.send(ANA, src=TOLLFREE)) == ("delivered", "000")


def test_the_network_and_the_gateway_may_disagree() -> None:
    with _lab("tmobile") as lab:
        api = Api(lab)
        api.send(ANA, src=TOLLFREE)
        lab.carrier("tmobile").policy.hear("STOP", number=TOLLFREE, handset=ANA)

        assert _outcome(api.send(ANA, src=TOLLFREE)) == ("undelivered", "200")


@pytest.mark.parametrize("is_verified", [True, False])
def test_in_canada_the_network_hears_french_and_keeps_its_list_whatever_the_verification_says(
    *, is_verified: bool
) -> None:
    """ARRET blocks and NONARRET unblocks; a number that is not verified is blocked for that first, and stays so."""
    person = "15145550101"
    with _lab("telus") as lab:
        api, registry = Api(lab), lab.carrier("telus").policy.registry
        assert registry is not None
        api.send(person, src=TOLLFREE)
        lab.handset(person).reply("Arrêt!", to=TOLLFREE)
        lab.handset(person).expect('You replied with the word "arrêt" which blocks all texts')
        if not is_verified:
            registry.verify(TOLLFREE, Verification.UNVERIFIED)
        # The gateway keeps a list of its own; an ESME of somebody else's says what the carrier thinks.
        client = lab.call(Esme.bound(lab.carrier("telus"), "tx", account=1))
        lab.call(client.submitted(source_addr=TOLLFREE, destination_addr=person))
        lab.handset(person).reply("NONARRET", to=TOLLFREE)
        lab.handset(person).expect("will begin receiving messages again")
        lab.advance(5)
        lab.call(client.submitted(b"Bonjour", source_addr=TOLLFREE, destination_addr=person))
        lab.advance(5)
        lab.call(client.close())
        rules = {each.fields["rule"] for each in lab.journal.events(kind="carrier.blocked")}
        texts = lab.handset(person).texts

    assert rules == {"opted out" if is_verified else "registration: unverified"}
    assert ("Bonjour" in texts) is is_verified
