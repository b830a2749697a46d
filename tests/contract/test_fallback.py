"""A short code that goes first falls back for three reasons; the API says which."""

import pytest

from contract_support import EPOCH, Api
from powerpack_gateway.network_rules import NetworkRule, Obstacle
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.settings import Settings
from powerpack_gateway.shared_limits import ThroughputSettings
from powerpack_gateway.throughput import RateOf
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

ANA = "14155550101"


@pytest.mark.parametrize(
    ("obstacle", "reason"),
    [
        (Obstacle.INCOMPATIBLE, "shortcode is not compatible with the recipient's network"),
        (Obstacle.ROUTING, "the carrier's routing asks for another type than shortcode"),
    ],
)
def test_a_network_that_takes_no_short_codes_gets_the_next_type(obstacle: Obstacle, reason: str) -> None:
    rule = NetworkRule(carrier="generic", type=NumberType.SHORTCODE, obstacle=obstacle)
    config = LabConfig(carriers=(CarrierConfig(name="generic"),), gateway=Settings(network_rules=(rule,)))
    with Lab(seed=1, clock="virtual", epoch=EPOCH, config=config) as lab:
        message = Api(lab).send(ANA)

    assert (message["message_state"], message["from_number"]) == ("delivered", "18335550180")
    assert message["selection_reasons"][0] == reason


def test_rates_are_settings() -> None:
    said = RateOf(type=NumberType.TOLLFREE, country="US", per_second=40)
    config = LabConfig(
        carriers=(CarrierConfig(name="generic"),), gateway=Settings(throughput=ThroughputSettings(rates=(said,)))
    )
    with Lab(seed=1, clock="virtual", epoch=EPOCH, config=config) as lab:
        pools = lab.stack.gateway.holdings.pools

        assert pools.rate_of("18335550180").burst == 40
        assert pools.rate_of("72345").burst == 100
