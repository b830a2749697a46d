"""Toll-free numbers that are not verified: blocked by default, within their tiers where the operator says so."""

from __future__ import annotations

from pathlib import Path

from contract_support import Api, lab_on
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.settings import Settings
from powerpack_gateway.shared_limits import ThroughputSettings
from powerpack_gateway.tollfree_tiers import Unverified
from powerpack_lab.config import CarrierConfig, LabConfig, NumberConfig

TOLLFREE, HANDSET = "18335550180", "14155550123"


def config(unverified: Unverified) -> LabConfig:
    return LabConfig(
        carriers=(CarrierConfig(name="generic"),),
        numbers=(NumberConfig(number=TOLLFREE, type=NumberType.TOLLFREE, registered=False),),
        gateway=Settings(throughput=ThroughputSettings(unverified_tollfree=unverified)),
    )


def test_by_default_it_sends_nothing(tmp_path: Path) -> None:
    with lab_on(tmp_path / "state.db", config=config(Unverified.BLOCKED)) as lab:
        api = Api(lab)
        through_pool = api.post("Message/", {"powerpack_uuid": lab.powerpack_uuid, "dst": HANDSET, "text": "x"})

        assert api.send(HANDSET, src=TOLLFREE)["error_code"] == "40"
        assert through_pool.status == 400


def test_its_tier_is_kept_over_a_restart_and_what_is_over_it_is_undelivered(tmp_path: Path) -> None:
    text = "x" * 1_530  # ten segments
    with lab_on(tmp_path / "state.db", config=config(Unverified.CAPPED)) as lab:
        api = Api(lab)
        uuids = [api.accept(f"1415555{index:04d}", text) for index in range(49)]
        lab.advance(120)
        assert {api.message(each)["error_code"] for each in uuids} == {"000"}
    with lab_on(tmp_path / "state.db", minutes_later=5, config=config(Unverified.CAPPED)) as lab:
        api = Api(lab)
        last, over = api.send(HANDSET, text), api.send(HANDSET, "one more", url=lab.webhooks.url("/status"))
        lab.advance(24 * 3_600)
        next_day = api.send(HANDSET)

        assert [(each["message_state"], each["error_code"]) for each in (last, over, next_day)] == [
            ("delivered", "000"),
            ("undelivered", "960"),
            ("delivered", "000"),
        ]
        assert [each.params["Status"] for each in lab.webhooks.received] == ["queued", "undelivered"]
