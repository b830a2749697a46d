"""What is carried and what is not; the examples are those of Plivo's number FAQ."""

import pytest

from powerpack_carriers.content import SHAFT_WORDS, SHORTENERS, ContentRules, judge
from powerpack_carriers.numbering import NumberType
from powerpack_carriers.verdict import Verdict

SPAM, URL = Verdict(error="4770"), Verdict(error="4771")
RULES = ContentRules(shaft=SPAM, shortener=URL, evasion=SPAM, tollfree_promotion=SPAM)

GOOD = (
    "Plivo — your one-time passcode is 12345.",
    "DeliveryFoodsInc — your food order has been completed and is on its way. Look for it in 15 minutes.",
    "Track your order via our app: https://deliveryfoods.example/a1b0c3?id=x3y4z5 Reply STOP to opt out.",
    "Hi, Ana, and thank you for requesting more information from Acme. Reply STOP to opt-out.",
    "Feel free to call us, or write to in4o@acme.example",
    "The shaft arrives now. Escorted tours begin at 9.",
    "Your codes: A1B2C3, 4711",
)
BAD = (
    "Click here to get a FREE quote about your home! Lowest APR!",
    "Bad credit? Still get approved for a home! Click here for free finance options.",
    "Download our app Acme now to get $20 in free credits.",
    "Click now to accept your special offer before it expires.",
)


def _rule(text: str, number_type: NumberType = NumberType.LONGCODE, rules: ContentRules = RULES) -> str:
    rule, verdict = judge(rules, text, number_type)
    assert (verdict is None) is (rule == "")
    return rule


@pytest.mark.parametrize("text", GOOD)
@pytest.mark.parametrize("number_type", NumberType)
def test_good_content_is_carried(text: str, number_type: NumberType) -> None:
    assert _rule(text, number_type) == ""


@pytest.mark.parametrize("text", BAD)
def test_promotion_is_not_carried_from_toll_free_numbers(text: str) -> None:
    assert _rule(text, NumberType.TOLLFREE) == "tollfree_promotion"
    assert _rule(text, NumberType.SHORTCODE) == ""


@pytest.mark.parametrize("word", SHAFT_WORDS)
def test_shaft_words_are_found_whatever_their_case(word: str) -> None:
    assert _rule(f"Our {word.upper()}, today.") == "shaft"


@pytest.mark.parametrize("domain", SHORTENERS)
def test_public_shorteners_are_found(domain: str) -> None:
    assert _rule(f"See https://{domain}/x1") == _rule(f"See {domain.upper()}/x1") == "shortener"


@pytest.mark.parametrize("text", ["see orbit.ly/x", "see sub.acme-t.co/x", "we like t.co"])
def test_other_addresses_are_no_shorteners(text: str) -> None:
    assert _rule(text) == ""


@pytest.mark.parametrize("text", ["H! h0w ar3__you do1ng?", "c@nnabis for all", "v0dka", "Ch3ap m0ney, f4st l0ans"])
def test_odd_spelling_is_found(text: str) -> None:
    assert _rule(text) == "evasion"


@pytest.mark.parametrize("text", [*BAD, "vodka", "bit.ly/x", "h0w ar3__you do1ng"])
def test_without_rules_everything_is_carried(text: str) -> None:
    assert _rule(text, NumberType.TOLLFREE, ContentRules()) == ""


@pytest.mark.parametrize(("text", "verdict"), [("vodka", SPAM), ("bit.ly/x", URL)])
def test_each_rule_has_its_own_verdict(text: str, verdict: Verdict) -> None:
    assert judge(RULES, text, NumberType.LONGCODE)[1] == verdict
