"""The guidelines of seed 002: texts like its good examples are good, like its bad ones bad, each for its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.content import ADVICE, Rule, check, domains_of, is_promotional, says_frequency, says_stop
from powerpack_gateway.numbers import NumberType


def rules(text: str, *, company: str = "", kind: NumberType = NumberType.LONGCODE) -> set[str]:
    return {each.rule.value for each in check(text, company=company, kind=kind)}


@pytest.mark.parametrize(
    "text",
    [
        "Acme — the passcode that you asked for is 12345.",
        "DinnerInc — what you ordered is cooked and will arrive in 20 minutes: https://dinner.example.com/4 Reply STOP",
        "Hello Ana, thank you for your request to Acme. It is answered at https://acme.example.com/x STOP ends this.",
        "Your Acme code is 4711, it holds for a minute.",
        "Acme: the appointment on May 3 at 4pm in room b2b is confirmed.",
    ],
)
def test_a_good_example_is_good(text: str) -> None:
    assert check(text) == ()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (
            "Click here for a FREE look at what your house is worth! Lowest rates!",
            {"company_name", "reason", "promotional", "call_to_action"},
        ),
        (
            "Bad credit? You can still buy a house! Click here, it is free.",
            {"company_name", "reason", "promotional", "call_to_action", "sensitive"},
        ),
        ("Download our program from Acme now and win $20.", {"reason", "promotional", "call_to_action"}),
        ("Click now, your special offer expires today.", {"company_name", "promotional", "call_to_action"}),
        ("H3llo, h0w is l!fe__t0day?", {"company_name", "reason", "misspelling"}),
    ],
)
def test_a_bad_example_is_bad_for_its_reasons(text: str, wrong: set[str]) -> None:
    assert rules(text) == wrong


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Acme: your order is at https://bit.ly/3xYz", "shortener"),
        ("Acme: your order is at tinyurl.com/abc", "shortener"),
        ("Acme: verify your account and reply with your password", "phishing"),
        ("Acme: to confirm send us your credit card number", "phishing"),
        ("Acme: you've won the lottery, your account is credited", "fraud"),
        ("Acme: guaranteed profits, confirm your account", "fraud"),
        ("Acme: a miracle for your order", "deceptive"),
        ("Acme: 100% risk-free, confirm your order", "deceptive"),
        ("Acme: debt relief for your account", "sensitive"),
        ("Acme: debt restructuring, your request", "sensitive"),
        ("Acme: a payday loan for your account", "sensitive"),
        ("Acme: home loans, as requested", "sensitive"),
        ("Acme: education loans, as requested", "sensitive"),
        ("Acme: insurance quotes for your account", "sensitive"),
        ("Acme: earn money from home, confirm your account", "sensitive"),
        ("Acme: your o r d e r is confirmed", "misspelling"),
        ("Acme: your order is ar3ady c0nfirmed", "misspelling"),
        ("Acme: a sale for your account", "promotional"),
    ],
)
def test_each_rule_has_its_finding(text: str, rule: str) -> None:
    assert rules(text) == {rule} | ({"promotional"} if rule == "fraud" and "won" in text else set())


def test_promotion_on_a_toll_free_number_is_not_allowed() -> None:
    text = "Acme: your order comes with a discount"

    assert rules(text, kind=NumberType.TOLLFREE) == {"promotional", "tollfree_promotion"}
    assert rules(text, kind=NumberType.SHORTCODE) == {"promotional"}


def test_a_known_company_has_to_be_in_the_text() -> None:
    text = "Your code is 4711."

    assert rules(text, company="Acme") == {"company_name"}
    assert rules("Your ACME code is 4711.", company="Acme") == set()


def test_a_finding_says_what_was_found_and_what_to_do() -> None:
    (finding,) = check("Acme: your order is at https://www.bit.ly/3xYz")

    assert (finding.rule, finding.found) == (Rule.SHORTENER, "bit.ly")
    assert finding.advice == "use a link of your own domain"
    assert set(ADVICE) == set(Rule)


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("see https://www.acme.example/x?y=1 and acme.com", ("acme.example", "acme.com")),
        ("At 4 p.m. on the 3.5. we meet. Bye.Ana", ()),
        ("www.shop.example", ("shop.example",)),
    ],
)
def test_links_are_told_from_full_stops(text: str, domains: tuple[str, ...]) -> None:
    assert domains_of(text) == domains


def test_a_text_says_stop_in_several_ways() -> None:
    assert all(says_stop(text) for text in ("Reply STOP to end", "text stop", "Unsubscribe: 1", "opt-out", "ARRÊT"))
    assert not says_stop("we never stopped")


def test_a_text_says_how_often() -> None:
    assert all(says_frequency(text) for text in ("5 messages a month", "Msg frequency varies", "4 msgs/month"))
    assert not says_frequency("a message for you")


def test_a_text_sells() -> None:
    assert is_promotional("WINNER")
    assert not is_promotional("known")


@given(st.text(max_size=400))
def test_no_text_makes_checking_fail(text: str) -> None:
    assert all(each.advice for each in check(text))


def test_a_word_that_is_none_is_passed_over() -> None:
    """Patterns would try again at every one of its characters."""
    assert check("Acme: your order " + "h0w" * 13) != ()
    assert check("Acme: your order " + "h0w" * 14) == ()
