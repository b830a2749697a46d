"""STOP silences, START lifts, and ordinary sentences do neither."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.suppression import (
    KEYWORD_TEXT_MAX,
    KEYWORDS,
    REPLIES,
    Intent,
    Scope,
    SuppressionEntry,
    SuppressionList,
    classify,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
A, B, HANDSET, OTHER = "14155550100", "14155550101", "12065550100", "12065550199"
CAMPAIGN, POWERPACK = "CFSN7DE", "5ec4c8c9-cd74-42b5-9e41-0d7670d6bb46"


@pytest.mark.parametrize(("intent", "word"), [(intent, word) for intent, words in KEYWORDS.items() for word in words])
def test_a_keyword_is_understood_in_any_dress(intent: Intent, word: str) -> None:
    for dressed in (word, word.upper(), f"  {word.title()}.\n", f'"{word}"', f"{word}!!", f"{word}\0"):
        assert classify(dressed) is intent


@pytest.mark.parametrize(
    "text",
    [
        "please don't stop",
        "Stop it!",
        "Hey, can you stop texting me?",
        "stopping",
        "end of story",
        "yes please",
        "",
        " ",
        "...",
        "ST OP",
        "stop" + " " * KEYWORD_TEXT_MAX,
    ],
)
def test_a_keyword_in_a_sentence_means_nothing(text: str) -> None:
    assert classify(text) is Intent.NONE


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("STOP", Intent.OPTOUT),
        ("STOP  ALL", Intent.OPTOUT),
        ("stop\tall", Intent.OPTOUT),
        ("Opt-Out", Intent.OPTOUT),
        ("Please, opt me out.", Intent.OPTOUT),
        ("ARRE\u0302T", Intent.OPTOUT),
        ("\uff33\uff34\uff2f\uff30", Intent.OPTOUT),
        ("STOP 🛑", Intent.OPTOUT),
        ("STOP@", Intent.OPTOUT),
        ("Unstop", Intent.OPTIN),
        ("aide", Intent.HELP),
    ],
)
def test_spelling_variants_are_understood(text: str, intent: Intent) -> None:
    assert classify(text) is intent


@given(st.text())
def test_no_text_makes_classifying_fail(text: str) -> None:
    assert classify(text) in Intent


def test_the_intents_have_plivos_words() -> None:
    assert [intent.value for intent in Intent] == ["optout", "optin", "help", ""]


def test_every_keyword_kind_has_its_answer() -> None:
    assert list(REPLIES) == [Intent.OPTOUT, Intent.OPTIN, Intent.HELP]


def test_a_stop_to_a_plain_number_silences_that_number_only() -> None:
    suppression = SuppressionList()

    added = suppression.opt_out(A, HANDSET, now=NOW)

    assert added == (SuppressionEntry(scope=Scope.NUMBER, key=A, handset=HANDSET, source_number=A, since=NOW),)
    assert suppression.is_suppressed(A, None, None, HANDSET) == added[0]
    assert suppression.is_suppressed(B, None, None, HANDSET) is None
    assert suppression.is_suppressed(A, None, None, OTHER) is None


def test_a_stop_reaches_every_number_of_the_campaign() -> None:
    suppression = SuppressionList()

    suppression.opt_out(A, HANDSET, campaign_id=CAMPAIGN, now=NOW)

    found = suppression.is_suppressed(B, CAMPAIGN, None, HANDSET)
    assert found is not None
    assert (found.scope, found.key, found.source_number) == (Scope.CAMPAIGN, CAMPAIGN, A)


def test_a_powerpack_does_not_get_around_a_stop_with_another_number() -> None:
    suppression = SuppressionList()

    suppression.opt_out(A, HANDSET, powerpack_uuid=POWERPACK, now=NOW)

    found = suppression.is_suppressed(B, None, POWERPACK, HANDSET)
    assert found is not None
    assert found.scope is Scope.POWERPACK


def test_a_powerpack_is_silent_before_a_number_is_selected() -> None:
    suppression = SuppressionList()

    suppression.opt_out(A, HANDSET, powerpack_uuid=POWERPACK, now=NOW)

    assert suppression.is_suppressed(None, None, POWERPACK, HANDSET) is not None


def test_a_second_stop_changes_nothing() -> None:
    suppression = SuppressionList()
    first = suppression.opt_out(A, HANDSET, now=NOW)

    second = suppression.opt_out(A, HANDSET, now=NOW.replace(hour=13))

    assert second == ()
    assert tuple(suppression) == first


def test_a_start_lifts_what_the_stop_set() -> None:
    suppression = SuppressionList()
    added = suppression.opt_out(A, HANDSET, campaign_id=CAMPAIGN, powerpack_uuid=POWERPACK, now=NOW)

    lifted = suppression.opt_in(A, HANDSET, campaign_id=CAMPAIGN, powerpack_uuid=POWERPACK)

    assert lifted == added
    assert len(suppression) == 0


def test_a_start_without_a_stop_lifts_nothing() -> None:
    suppression = SuppressionList()
    suppression.opt_out(A, OTHER, now=NOW)

    lifted = suppression.opt_in(A, HANDSET)

    assert lifted == ()
    assert len(suppression) == 1


def test_a_start_to_one_number_leaves_the_stop_to_another_in_force() -> None:
    suppression = SuppressionList()
    suppression.opt_out(A, HANDSET, powerpack_uuid=POWERPACK, now=NOW)

    suppression.opt_in(B, HANDSET, powerpack_uuid=POWERPACK)

    assert suppression.is_suppressed(A, None, POWERPACK, HANDSET) is not None
    assert suppression.is_suppressed(B, None, POWERPACK, HANDSET) is None


def test_a_list_made_from_stored_entries_says_the_same() -> None:
    suppression = SuppressionList()
    added = suppression.opt_out(A, HANDSET, campaign_id=CAMPAIGN, now=NOW)

    restored = SuppressionList(added)

    assert list(restored) == list(suppression)
    assert restored.is_suppressed(A, None, None, HANDSET) == added[0]
