"""The console's lists: what is in them, what is found, and the way to what is older."""

import re
from collections.abc import Iterator

import pytest

from lab.console_browser import ANA, Browser, send
from powerpack_lab.lab import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=7, clock="virtual") as lab:
        yield lab


@pytest.fixture
def browser(lab: Lab) -> Browser:
    return Browser(lab)


def test_messages_say_why_and_are_found_by_number_or_uuid(lab: Lab, browser: Browser) -> None:
    uuid = send(lab, "Hello")
    lab.handset(ANA).expect("Hello")
    lab.handset(ANA).reply("STOP")
    with pytest.raises(AssertionError, match="said STOP"):
        send(lab, "Hello again")
    refused = next(str(each.fields["uuid"]) for each in lab.journal.events(kind="message.failed"))

    page = browser.get("/messages").text
    assert "number priority: shortcode is the first type with capacity" in page
    assert f"error 200: {ANA} said STOP" in page
    assert "automatic reply to optout" in page
    assert browser.get(f"/messages?about=%2B{ANA}").text.count("/console/messages/") == 4
    assert uuid in browser.get(f"/messages?about={uuid}").text
    assert refused not in browser.get(f"/messages?about={uuid}").text
    assert "No message from or to 12065550100" in browser.get("/messages?about=12065550100").text
    assert f"/console/phones/{ANA}" in browser.get(f"/messages/{refused}").text


def test_a_message_whose_life_began_before_the_window_has_its_numbers_and_text_all_the_same(
    lab: Lab, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    uuid = send(lab, "Your code is 4711")
    lab.advance(minutes=5)
    monkeypatch.setattr("powerpack_lab.console.world.LOOKED_AT_FIRST", 3)

    page = browser.get("/messages").text

    assert f"<td>72345</td>\n<td>{ANA}</td>" in page
    assert "Your code is 4711</td>" in page
    assert "number priority: shortcode is the first type with capacity" in page
    assert '<p class="quoted" dir="auto">Your code is 4711</p>' in browser.get(f"/messages/{uuid}").text


def test_a_sender_who_wants_no_text_logged_does_not_see_it_in_the_list(lab: Lab, browser: Browser) -> None:
    uuid = send(lab, "A secret", log="number_only")

    for path in ("/messages", f"/messages/{uuid}"):
        assert "A secret" not in browser.get(path).text
        assert "(not logged)" in browser.get(path).text


def test_a_search_finds_whole_lives_and_leads_to_the_older_ones(
    lab: Lab, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = send(lab, "Hello", dst=f"{ANA}<14155552001<14155552002")
    lab.advance(minutes=1)
    monkeypatch.setattr("powerpack_lab.console.world.LOOKED_AT_FIRST", 5)
    monkeypatch.setattr("powerpack_lab.console.pages.MESSAGES_SHOWN", 2)

    some, one = browser.get("/messages?about=72345").text, browser.get(f"/messages?about={ANA}").text

    assert some.count('<span class="state delivered">') == 2
    assert first not in some
    assert 'href="/console/messages?about=72345&amp;skip=2">older<' in some
    assert first in one
    assert ">older<" not in one
    older = browser.get("/messages?about=72345&skip=2").text
    assert first in older
    assert 'href="/console/messages?about=72345">newer<' in older
    assert "accepted, in 1 part" in browser.get(f"/messages/{first}").text


def test_every_phone_is_reached_and_found_by_its_digits(
    lab: Lab, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [ANA, *(f"141555520{n:02}" for n in range(1, 5))]
    send(lab, "Hello", dst="<".join(numbers))
    lab.advance(minutes=1)
    monkeypatch.setattr("powerpack_lab.console.pages.PHONES_SHOWN", 2)

    pages = [browser.get(path).text for path in ("", "?skip=2", "?skip=4")]

    shown = [[number for number in numbers if f"<strong>+{number}" in page] for page in pages]
    assert [len(each) for each in shown] == [2, 2, 1]
    assert sorted(number for each in shown for number in each) == numbers
    assert "5 phones." in pages[0]
    assert ('">newer<' in pages[0], '">older<' in pages[0]) == (False, True)
    assert ('">newer<' in pages[2], '">older<' in pages[2]) == (True, False)
    found = browser.get("?find=2003").text
    assert [number for number in numbers if f"<strong>+{number}" in found] == ["14155552003"]
    assert "No phone with 777 got a text yet" in browser.get("?find=777").text
    refused = browser.get("?skip=-1")
    assert (refused.status_code, "skip: found &#39;-1&#39;, expected a whole number" in refused.text) == (400, True)


def test_the_journal_leads_back_to_its_first_event(lab: Lab, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    send(lab, "Hello")
    lab.advance(minutes=1)
    monkeypatch.setattr("powerpack_lab.console.pages.EVENTS_SHOWN", 2)
    wanted = [event.kind for event in lab.journal.events(kind="message.")][::-1]

    path, found, pages = "/journal?kind=message.", [], 0
    while path:
        page = browser.get(path).text
        found += re.findall(r"<td><code>(message\.\w+)<", page)
        older = re.search(r'href="/console([^"]+)">older<', page)
        path, pages = older[1].replace("&amp;", "&") if older else "", pages + 1

    assert found == wanted
    assert pages == -(-len(wanted) // 2) > 1


def test_the_clock_leads_back_to_the_page_and_what_was_searched_for(lab: Lab, browser: Browser) -> None:
    assert (
        'name="back" value="/console/messages?about=72345&amp;skip=2"'
        in browser.get("/messages?about=72345&skip=2").text
    )


def test_the_journal_can_be_narrowed_to_a_kind(lab: Lab, browser: Browser) -> None:
    send(lab, "Hello")

    page = browser.get("/journal?kind=message.").text

    assert "message.accepted" in page
    assert "lab.started" not in page
    assert "nothing of this kind" in browser.get("/journal?kind=fleet.joined").text
