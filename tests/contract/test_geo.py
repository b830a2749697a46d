"""Geo permissions through the API: 403 at the request, 450 and 451 afterwards."""

from __future__ import annotations

from pathlib import Path

from contract_support import Api, lab_on
from powerpack_gateway.geo import GeoSettings, HourlyThreshold
from powerpack_gateway.settings import Settings
from powerpack_lab.config import CarrierConfig, LabConfig

NUMBER, HANDSET, LONDON = "14155550180", "14155550123", "447700900123"


def config(**geo: object) -> LabConfig:
    settings = Settings(geo=GeoSettings(**geo))  # type: ignore[arg-type] # as given
    return LabConfig(carriers=(CarrierConfig(name="generic"),), gateway=settings)


def test_a_country_that_is_not_enabled_is_refused_and_enabled_ones_are_not(tmp_path: Path) -> None:
    with lab_on(tmp_path / "state.db", config=config(countries=("US",))) as lab:
        api = Api(lab)
        refused = api.post("Message/", {"src": NUMBER, "dst": LONDON, "text": "x"})
        some = api.post("Message/", {"src": NUMBER, "dst": f"{LONDON}<{HANDSET}<no", "text": "x"})

        assert refused.status == 403
        assert refused.body["error"].startswith("Geo-Permission Denied: destination country not enabled")
        assert (some.status, len(some.body["message_uuid"])) == (202, 1)
        assert some.body["invalid_number"] == ["no", LONDON]


def test_a_country_that_is_disabled_while_a_message_waits_ends_it_with_450_and_stays_so(tmp_path: Path) -> None:
    with lab_on(tmp_path / "state.db", config=config()) as lab:
        api = Api(lab)
        api.accept(LONDON, src=NUMBER)
        waiting = api.accept(LONDON, src=NUMBER)
        lab.call(lab.stack.gateway.holdings.allow_countries(["US", "CA"]))
        message = api.settled(waiting)

        assert (message["message_state"], message["error_code"], message["total_amount"]) == (
            "failed",
            "450",
            "0.00000",
        )
    with lab_on(tmp_path / "state.db", config=config()) as lab:
        assert Api(lab).post("Message/", {"src": NUMBER, "dst": LONDON, "text": "x"}).status == 403


def test_what_is_over_a_countrys_hour_fails_with_451(tmp_path: Path) -> None:
    threshold = HourlyThreshold(country="GB", messages=2)
    with lab_on(tmp_path / "state.db", config=config(per_hour=(threshold,))) as lab:
        api = Api(lab)
        codes = [api.send(LONDON, src=NUMBER)["error_code"] for _ in range(3)]
        lab.advance(3_600)

        assert codes == ["000", "000", "451"]
        assert api.send(LONDON, src=NUMBER)["error_code"] == "000"
        assert api.send(HANDSET, src=NUMBER)["error_code"] == "000"
