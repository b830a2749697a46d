"""What numbers share on the way to the carriers: a campaign's minute with AT&T, the account's rate."""

from datetime import timedelta
from itertools import pairwise

from live_api import Live
from powerpack_gateway.settings import Settings
from powerpack_gateway.shared_limits import ThroughputSettings
from powerpack_lab.config import CarrierConfig, LabConfig

NUMBERS = ("12065550180", "12125550180", "13125550180", "13235550180", "14155550180", "14155550181")


def test_what_exceeds_the_campaigns_minute_waits_and_nothing_is_blocked() -> None:
    api = Live(config=LabConfig(carriers=(CarrierConfig(name="att", profile="att"),)))
    with api.lab as lab:
        campaign_id = api.campaign(usecase="LOW_VOLUME", sub_usecases=["2FA", "CUSTOMER_CARE"])
        api.decided()
        api.ok("POST", f"10dlc/Campaign/{campaign_id}/Number/", {"numbers": list(NUMBERS)})
        api.decided()
        uuids = [api.accept(f"1415555{index:04d}", src=NUMBERS[index % 6]) for index in range(200)]
        lab.advance(600)
        states = {api.message(uuid)["message_state"] for uuid in uuids}
        blocked = list(lab.journal.events(kind="carrier.blocked"))
        sent = [each.at for each in lab.journal.events(kind="message.stage") if each.fields["input"] == "submit"]
        paced = list(lab.journal.events(kind="message.paced"))

    assert states == {"delivered"}
    assert blocked == []
    # Six numbers could send 88 in a minute.
    assert max(sum(begin <= at < begin + timedelta(minutes=1) for at in sent) for begin in sent) <= 75
    assert {each.fields["limit"] for each in paced} == {f"campaign {campaign_id} sends 75 a minute to att"}


def test_a_campaigns_mms_have_a_minute_of_their_own() -> None:
    api = Live(config=LabConfig(carriers=(CarrierConfig(name="att", profile="att"),)))
    with api.lab as lab:
        campaign_id = api.campaign(usecase="LOW_VOLUME", sub_usecases=["2FA", "CUSTOMER_CARE"])
        api.decided()
        api.ok("POST", f"10dlc/Campaign/{campaign_id}/Number/", {"numbers": list(NUMBERS)})
        api.decided()
        uuids = [api.accept(f"1415555{index:04d}", src=NUMBERS[index % 6], type="mms") for index in range(120)]
        lab.advance(300)
        states = {api.message(uuid)["message_state"] for uuid in uuids}
        sent = [each.at for each in lab.journal.events(kind="message.stage") if each.fields["input"] == "submit"]

    assert (states, len(sent)) == ({"delivered"}, 120)
    assert 45 <= max(sum(begin <= at < begin + timedelta(minutes=1) for at in sent) for begin in sent) <= 50


def test_the_accounts_rate_holds_for_all_numbers_together() -> None:
    api = Live(
        config=LabConfig(
            carriers=(CarrierConfig(name="generic"),),
            gateway=Settings(throughput=ThroughputSettings(account_per_s=1.0)),
        )
    )
    with api.lab as lab:
        uuids = [api.accept(f"1415555{index:04d}") for index in range(10)]
        lab.advance(60)
        submitted = [each.at for each in lab.journal.events(kind="message.stage") if each.fields["input"] == "submit"]
        last = api.message(uuids[-1])

    gaps = [(after - before).total_seconds() for before, after in pairwise(submitted)]
    assert len(submitted) == 10
    assert min(gaps) >= 1.0
    assert "waits: the account sends 1 a second" in last["selection_reasons"]
