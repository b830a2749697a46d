"""The words that a toll-free network hears, and whom it blocks."""

import pytest

from powerpack_carriers.profile import load_profile
from powerpack_carriers.settings import SettingError, plain_settings, read_settings
from powerpack_carriers.tollfree_optout import Heard, OptedOut, TollfreeOptOut


def _of(profile: str) -> TollfreeOptOut:
    optout = load_profile(profile).tollfree_optout
    assert optout is not None
    return optout


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("STOP", Heard.STOP),
        (" Stop. ", Heard.STOP),
        ("stop!", Heard.STOP),
        ("\u201cStop\u201d", Heard.STOP),
        ("Stop\u2026", Heard.STOP),
        ("UNSTOP", Heard.START),
        ("start", Heard.START),
        ("please don't stop", Heard.NOTHING),
        ("STOP ALL", Heard.NOTHING),
        ("ARRET", Heard.NOTHING),
        ("", Heard.NOTHING),
    ],
)
def test_the_network_hears_whole_words(text: str, heard: Heard) -> None:
    assert _of("att").hear(text) is heard


@pytest.mark.parametrize("profile", ["rogers", "bell", "telus"])
@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("ARRET", Heard.STOP),
        ("Arrêt", Heard.STOP),
        ("Arre\u0302t", Heard.STOP),
        ("STOP", Heard.STOP),
        ("nonarret", Heard.START),
    ],
)
def test_canada_speaks_french(profile: str, text: str, heard: Heard) -> None:
    assert _of(profile).hear(text) is heard


def test_the_answer_repeats_the_word() -> None:
    assert _of("tmobile").reply(Heard.STOP, "STOP!") == (
        'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. '
        'Text back "unstop" to receive messages again.'
    )
    assert '"unstop"' in _of("tmobile").reply(Heard.START, "Unstop")


def test_a_pair_is_blocked_until_it_is_lifted() -> None:
    opted_out = OptedOut()
    changes = [opted_out.hear(each, number="1833", handset="1415") for each in (Heard.STOP, Heard.STOP)]

    assert changes == [True, False]
    assert opted_out.has(number="1833", handset="1415")
    assert not opted_out.has(number="1844", handset="1415")
    assert not opted_out.has(number="1833", handset="1416")
    assert opted_out.hear(Heard.START, number="1833", handset="1415")
    assert not opted_out.has(number="1833", handset="1415")


@pytest.mark.parametrize(("said", "sends"), [("8335550100", "18335550100"), ("18335550100", "8335550100")])
def test_a_number_is_the_same_with_its_1_and_without(said: str, sends: str) -> None:
    opted_out = OptedOut()
    opted_out.hear(Heard.STOP, number=said, handset="14155550123")

    assert opted_out.has(number=sends, handset="14155550123")
    assert opted_out.hear(Heard.START, number=sends, handset="14155550123")
    assert not opted_out.has(number=said, handset="14155550123")


def test_a_start_that_lifts_nothing_changes_nothing() -> None:
    assert not OptedOut().hear(Heard.START, number="1833", handset="1415")


@pytest.mark.parametrize("words", [[], ["STOP"], [" stop"], [""]])
def test_words_are_small_and_bare(words: list[str]) -> None:
    settings = {**plain_settings(_of("att")), "stop_words": words}

    with pytest.raises(SettingError, match=r"stop_words: found .*, expected words in small letters, one at least"):
        read_settings(TollfreeOptOut, settings)
