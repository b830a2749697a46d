"""Registrations and complaints over the control API."""

from carriers.builders import HANDSET, SOURCE, StandingClock, a_profile
from carriers.control_setting import Setting
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.complaints import ComplaintRules
from powerpack_carriers.control import control_app
from powerpack_carriers.verdict import Verdict


def test_a_registry_is_put_added_to_and_taken_away() -> None:
    setting = Setting()
    form = {
        "campaigns": [{"campaign_id": "C1", "brand_id": "B1", "brand_tier": "top", "numbers": [SOURCE]}],
        "tollfree": [{"number": "18335550100", "verification": "pending"}],
        "shortcodes": ["72345"],
    }

    put = setting.call("PUT", "/carriers/acme/registry", json=form)
    added = setting.call("PATCH", "/carriers/acme/registry", json={"tollfree": [{"number": "18335550100"}]})
    removed = setting.call("DELETE", "/carriers/acme/registry/72345")
    shown = setting.call("GET", "/carriers/acme/registry")
    gone = setting.call("DELETE", "/carriers/acme/registry")

    assert put.json() == form
    assert added.json()["tollfree"] == [{"number": "18335550100"}]
    assert shown.json() == removed.json()
    assert (shown.json()["campaigns"], shown.json()["shortcodes"]) == (form["campaigns"], [])
    assert gone.json() == {"registry": None}
    assert setting.carrier.policy.registry is None


def test_complaints_are_counted_and_forgiven() -> None:
    setting = Setting()
    blocked = ComplaintRules(per_number=2, blocked=Verdict(status=0x45))
    setting.carrier = Carrier(a_profile(complaints=blocked), name="acme", clock=StandingClock())
    setting.directory = setting.carrier.directory
    setting.app = control_app(setting.directory, {"acme": setting.carrier}, setting.journal, None)
    for handset in (HANDSET, "14155550199"):
        setting.receive(handset=handset)
        setting.call("POST", f"/handsets/{handset}/report-spam")

    counted = setting.call("GET", "/carriers/acme/complaints")
    reports = setting.call("GET", "/carriers/acme/spam-reports")
    forgiven = setting.call("DELETE", f"/carriers/acme/complaints/+{SOURCE}")

    assert counted.json() == [{"of": SOURCE, "complaints": 2, "blocked": True}]
    assert [each["source"] for each in reports.json()] == [SOURCE, SOURCE]
    assert reports.json()[0]["notice"].startswith("7726 report source:")
    assert forgiven.json() == {"forgiven": SOURCE}
    assert setting.call("GET", "/carriers/acme/complaints").json() == []
