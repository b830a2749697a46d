"""Which types a network does not take."""

from powerpack_gateway.network_rules import NetworkRule, NetworkRules, Obstacle
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.reasons import Reason

RULES = (
    NetworkRule(carrier="verizon", type=NumberType.SHORTCODE, obstacle=Obstacle.INCOMPATIBLE),
    NetworkRule(carrier="verizon", type=NumberType.TOLLFREE, obstacle=Obstacle.ROUTING),
)


def test_a_carriers_rules_hold_for_its_handsets() -> None:
    rules = NetworkRules(RULES, {"1": "verizon", "2": "att"}.get)

    assert rules.away("1") == (
        (NumberType.SHORTCODE, Reason.INCOMPATIBLE),
        (NumberType.TOLLFREE, Reason.ROUTED_AWAY),
    )
    assert rules.away("2") == ()
    assert rules.away("3") == ()


def test_without_rules_nobody_is_asked_for_the_carrier() -> None:
    asked: list[str] = []

    assert NetworkRules((), lambda number: asked.append(number)).away("1") == ()
    assert asked == []
