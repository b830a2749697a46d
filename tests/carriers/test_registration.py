"""The registry, and what a carrier makes of what is not in it."""

import pytest

from carriers.builders import a_message, a_submit
from powerpack_carriers.numbering import digits_of
from powerpack_carriers.registration import Campaign, RegistrationRules, Registry, Verification, judge
from powerpack_carriers.verdict import Verdict

LONGCODE, TOLLFREE, SHORTCODE = "12065550100", "18335550100", "72345"

RULES = RegistrationRules(
    unregistered=Verdict(error="4774"),
    inactive=Verdict(error="4773"),
    unverified=Verdict(error="4795"),
    unprovisioned=Verdict(error="4792"),
)


def _campaign(campaign_id: str = "C1", *, is_active: bool = True, message_class: str = "E") -> Campaign:
    return Campaign(campaign_id=campaign_id, brand_id="B1", is_active=is_active, message_class=message_class)


def _registry() -> Registry:
    registry = Registry()
    registry.register(LONGCODE, _campaign())
    registry.verify(TOLLFREE)
    registry.provision(SHORTCODE)
    return registry


def _error(registry: Registry, source: str, rules: RegistrationRules = RULES) -> str:
    _, verdict = judge(rules, registry, a_message(a_submit(source=source)))
    return verdict.error if verdict else ""


@pytest.mark.parametrize("source", [LONGCODE, f"+{LONGCODE}", TOLLFREE, SHORTCODE])
def test_what_is_registered_may_send(source: str) -> None:
    assert _error(_registry(), source) == ""


@pytest.mark.parametrize(
    ("source", "error"), [(LONGCODE, "4774"), (TOLLFREE, "4795"), (SHORTCODE, "4792"), ("4915112345678", "4774")]
)
def test_what_is_not_registered_is_blocked_by_its_kind(source: str, error: str) -> None:
    assert _error(Registry(), source) == error


@pytest.mark.parametrize("source", [LONGCODE, TOLLFREE, SHORTCODE])
def test_a_carrier_without_rules_blocks_nothing(source: str) -> None:
    assert _error(Registry(), source, RegistrationRules()) == ""


@pytest.mark.parametrize("verification", [Verification.PENDING, Verification.UNVERIFIED])
def test_a_verification_that_is_pending_is_none(verification: Verification) -> None:
    registry = _registry()
    registry.verify(TOLLFREE, verification)

    assert _error(registry, TOLLFREE) == "4795"


def test_a_campaign_that_is_not_active_blocks_all_its_numbers() -> None:
    registry = _registry()
    registry.register("12065550101", _campaign(is_active=False))

    assert [_error(registry, number) for number in (LONGCODE, "12065550101")] == ["4773", "4773"]


def test_a_number_leaves_its_campaign() -> None:
    registry = _registry()
    registry.unregister(f"+{LONGCODE}")
    registry.unregister("19995550100")

    assert _error(registry, LONGCODE) == "4774"


def test_a_short_code_is_stopped() -> None:
    registry = _registry()
    registry.provision(SHORTCODE, is_provisioned=False)

    assert _error(registry, SHORTCODE) == "4792"


@pytest.mark.parametrize("number", ["+12065550100", "18335550100", "72345", "12065550199"])
def test_a_number_that_is_forgotten_is_forgotten_whole(number: str) -> None:
    registry = _registry()
    registry.enable_mms(number, is_enabled=False)

    assert registry.forget(number)

    assert registry.may_send_mms(digits_of(number))
    assert not registry.knows(digits_of(number))
    assert not registry.forget(number)


def test_a_message_class_is_one_of_att_s_letters() -> None:
    with pytest.raises(ValueError, match="message_class: found 'Q', expected one letter of ABC"):
        _campaign(message_class="Q")


def test_a_registry_says_what_it_holds() -> None:
    assert repr(_registry()) == "<Registry 1 numbers in 1 campaigns, 1 toll-free numbers, 1 short codes>"
