"""The console: what its pages show, what its forms do, and what it lets nobody do."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from lab.console_browser import ANA, Browser, send
from powerpack_carriers.mm7.content import Media
from powerpack_lab.console.pages import console_app
from powerpack_lab.console.world import World
from powerpack_lab.lab import Lab

EVIL = "<script>alert('ana')</script> & \u202egrüße"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=7, clock="virtual") as lab:
        yield lab


@pytest.fixture
def browser(lab: Lab) -> Browser:
    return Browser(lab)


def world_of(lab: Lab) -> World:
    stack = lab.stack
    return World(
        holdings=stack.gateway.holdings,
        carriers=stack.carriers,
        directory=stack.directory,
        journal=stack.journal,
        message=stack.gateway.message,
        messages=stack.gateway.messages,
        clock=stack.clock,
        advance=None,
    )


# What it shows


def test_the_first_page_lists_phones_with_their_last_text(lab: Lab, browser: Browser) -> None:
    assert "Nobody got a text yet" in browser.get().text

    send(lab, "Your code is 4711")
    page = browser.get().text

    assert f'href="/console/phones/{ANA}"' in page
    assert "Your code is 4711" in page


def test_a_phone_shows_both_sides_of_its_thread_in_order(lab: Lab, browser: Browser) -> None:
    send(lab, "Coming?")
    lab.handset(ANA).reply("On my way")
    lab.advance(minutes=1)

    page = browser.get(f"/phones/{ANA}").text

    assert page.index("Coming?") < page.index("On my way")
    assert page.count('class="bubble got"') == 1
    assert page.count('class="bubble sent"') == 1


def test_what_people_write_is_text_and_never_markup(lab: Lab, browser: Browser) -> None:
    uuid = send(lab, EVIL)
    lab.handset(ANA).reply(EVIL)
    lab.advance(minutes=1)

    for path in ("", f"/phones/{ANA}", "/messages", f"/messages/{uuid}", "/journal"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "&lt;script&gt;alert" in browser.get(f"/phones/{ANA}").text


def test_a_message_tells_why_its_number_was_chosen_and_what_became_of_it(lab: Lab, browser: Browser) -> None:
    uuid = send(lab, "Hello")
    lab.advance(minutes=5)

    assert uuid in browser.get("/messages").text
    page = browser.get(f"/messages/{uuid}").text

    assert "because number priority" in page
    assert "SENT -&gt; DELIVERED" in page


def test_a_sandbox_that_starts_again_lists_the_messages_of_before(tmp_path: Path) -> None:
    with Lab(seed=7, clock="virtual", state=tmp_path / "state.db") as lab:
        uuid = send(lab, "Hello")
        lab.advance(minutes=5)
    with Lab(seed=7, clock="virtual", state=tmp_path / "state.db") as lab:
        page = Browser(lab).get("/messages").text

    assert uuid in page
    assert "Hello</td>" in page


def test_a_message_that_the_journal_does_not_know_is_told_from_its_history(tmp_path: Path) -> None:
    with Lab(seed=7, clock="virtual", state=tmp_path / "state.db") as lab:
        uuid = send(lab, "Hello")
        lab.advance(minutes=5)
    with Lab(seed=7, clock="virtual", state=tmp_path / "state.db") as lab:
        page = Browser(lab).get(f"/messages/{uuid}")
        unknown = Browser(lab).get("/messages/b3a8a4b2-0000-4000-8000-000000000000")

    assert page.status_code == 200
    assert "receipt -&gt; DELIVERED" in page.text
    assert unknown.status_code == 404


def test_pictures_are_shown_and_anything_else_is_a_file(lab: Lab, browser: Browser) -> None:
    handset = lab.stack.directory.handset(ANA)
    phone, number = lab.handset(ANA), next(each for each in lab.stack.config.numbers if each.mms).number
    send(lab, "Hello")
    page = Media(content_type="text/html", name="page.html", data=b"<script>alert(1)</script>")
    picture = Media(content_type="image/png", name="cat.png", data=b"\x89PNG")
    handset.inbox.append(
        type(handset.inbox[0])(
            text="look",
            from_number=number,
            to_number=ANA,
            received_at=lab.clock.now(),
            carrier_message_ids=("1",),
            parts=1,
            media=(picture, page),
        )
    )
    phone.expect("look")

    thread = browser.get(f"/phones/{ANA}").text
    shown, offered = (browser.get(f"/phones/{ANA}/media/1/{place}") for place in (0, 1))

    assert f'<img src="/console/phones/{ANA}/media/1/0" alt="cat.png">' in thread
    assert (shown.headers["content-type"], shown.content) == ("image/png", b"\x89PNG")
    assert offered.headers["content-type"] == "application/octet-stream"
    assert offered.headers["content-disposition"] == "attachment"
    assert browser.get(f"/phones/{ANA}/media/1/2").status_code == 404


def test_what_a_phone_sent_shows_its_files_too(lab: Lab, browser: Browser) -> None:
    picture = Media(content_type="image/png", name="cat.png", data=b"\x89PNG\r\n\x1a\n")

    lab.handset(ANA).send_mms("Look", [picture], to="14155550180")

    assert '<p class="meta">image/png 8 octets</p>' in browser.get(f"/phones/{ANA}").text


def test_no_state_of_a_message_looks_like_a_bubble(browser: Browser) -> None:
    style = browser.get("/static/style.css").text

    assert ".bubble.sent {" in style
    assert "\n.sent" not in style


def test_a_page_that_is_still_true_is_not_sent_again(lab: Lab, browser: Browser) -> None:
    first = browser.get()
    again = browser.get(if_none_match=first.headers["etag"])
    lab.advance(hours=1)
    later = browser.get(if_none_match=first.headers["etag"])
    send(lab, "Hello")

    assert again.status_code == 304
    assert later.headers["x-lab-time"] != first.headers["x-lab-time"]
    assert browser.get(if_none_match=first.headers["etag"]).status_code == 200


# What its forms do


def test_a_phone_answers_from_its_page(lab: Lab, browser: Browser) -> None:
    send(lab, "Sale!")
    source = lab.handset(ANA).inbox[-1].from_number

    answer = browser.post(f"/phones/{ANA}/reply", {"to": source, "text": "STOP"})
    lab.handset(ANA).expect("You have been unsubscribed")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/phones/{ANA}")


def test_a_text_is_reported_and_a_phone_switched_off_and_ported(lab: Lab, browser: Browser) -> None:
    send(lab, "Cheap pills")
    handset = lab.stack.directory.handset(ANA)
    carrier = lab.carrier(str(handset.carrier))

    browser.post(f"/phones/{ANA}/report", {"index": "0"})
    browser.post(f"/phones/{ANA}/state", {"state": "off"})
    browser.post(f"/phones/{ANA}/carrier", {"carrier": "generic"})

    assert len(carrier.spam_reports) == 1
    assert (handset.state, handset.carrier) == ("off", "generic")


def test_a_carrier_is_broken_and_mended(lab: Lab, browser: Browser) -> None:
    browser.post("/carriers/att/faults", {"fault": "throttle", "share": "0.5"})
    page = browser.get("/carriers").text
    assert "throttle-1" in page
    assert "share 0.5" in page

    browser.post("/carriers/att/faults/throttle-1/remove")
    assert "throttle-1" not in browser.get("/carriers").text


def test_a_number_is_suspended_and_reinstated(lab: Lab, browser: Browser) -> None:
    number = lab.stack.config.numbers[0].number

    browser.post(f"/numbers/{number}/suspend")
    assert lab.stack.gateway.holdings.numbers[number].suspended == "suspended in the console"

    browser.post(f"/numbers/{number}/reinstate")
    assert lab.stack.gateway.holdings.numbers[number].suspended is None


# What it refuses


@pytest.mark.parametrize(
    ("path", "fields", "status", "problem"),
    [
        ("/phones", {"number": "abc"}, 400, "found number 'abc'"),
        ("/phones", {"number": "  "}, 400, "number: found nothing, expected a text"),
        (f"/phones/{ANA}/reply", {"text": ""}, 400, "text: found nothing"),
        (f"/phones/{ANA}/reply", {"text": "Hi"}, 409, "nobody to answer"),
        (f"/phones/{ANA}/report", {"index": "nan"}, 400, "index: found 'nan', expected a number"),
        (f"/phones/{ANA}/state", {"state": "asleep"}, 400, "state: found 'asleep', expected one of on, off"),
        (f"/phones/{ANA}/carrier", {"carrier": "acme"}, 404, "no carrier 'acme'; there are att"),
        ("/carriers/acme/faults", {"fault": "throttle"}, 404, "no carrier 'acme'"),
        ("/carriers/att/faults", {"fault": "trottle"}, 404, "there is no fault 'trottle'; did you mean throttle?"),
        ("/carriers/att/faults", {"fault": "late_response", "delay_s_max": "9,5"}, 400, "a number, seconds"),
        ("/carriers/att/faults", {"fault": "late_response", "delay_s": "9"}, 400, "did you mean delay_s_min?"),
        ("/carriers/att/faults", {"fault": "throttle", "status": "ESME_RNONE"}, 400, "status: found 'ESME_RNONE'"),
        (
            "/carriers/att/faults",
            {"fault": "throttle", "share": "2"},
            400,
            "share: found 2.0, expected 0 to 1",
        ),
        ("/carriers/att/faults/x/remove", {}, 409, "no fault 'x'"),
        ("/numbers/15005550006/suspend", {}, 404, "15005550006"),
        ("/clock", {"seconds": "60"}, 409, "time can not be moved here"),
    ],
)
def test_what_can_not_be_done_is_said_in_words(
    browser: Browser, path: str, fields: dict[str, str], status: int, problem: str
) -> None:
    answer = browser.post(path, fields)

    assert answer.status_code == status, answer.text
    assert problem in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize("path", ["/no-such", "/messages/no-such", "/static/secrets", "/phones/1"])
def test_what_is_not_there_is_said_so(browser: Browser, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code in (400, 404)
    assert "That was not done" in answer.text or answer.text == "Not Found"


def test_other_sites_can_not_post_and_other_names_can_not_read(browser: Browser) -> None:
    assert browser.post(f"/phones/{ANA}/state", {"state": "off"}, origin="https://evil.example").status_code == 403
    assert browser.get(host="evil.example").status_code == 403


def test_a_form_without_end_is_refused(browser: Browser) -> None:
    assert browser.post("/phones", {"number": "1" * 70_000}).status_code == 413
    assert browser.post("/phones", {f"f{n}": "1" for n in range(50)}).status_code == 400


def test_the_clock_leads_back_to_our_own_pages_only(lab: Lab) -> None:
    pushed = []

    async def advance(seconds: float) -> str:
        pushed.append(seconds)
        return ""

    browser = Browser(lab, lab.serve(console_app(replace(world_of(lab), advance=advance))))
    back = [
        browser.post("/clock", {"seconds": "60", "back": where}).headers["location"]
        for where in ("/console/carriers", "https://evil.example/console/", "//evil.example")
    ]

    assert pushed == [60.0, 60.0, 60.0]
    assert back == ["/console/carriers", "/console", "/console"]
    assert "+1 day" in browser.get().text


# In a browser


@pytest.mark.timeout(400)  # a browser starts in seconds, on a busy machine in many
@pytest.mark.skipif(
    shutil.which("chromium") is None and "CI" not in os.environ, reason="no chromium: apt-get install chromium"
)
def test_in_a_browser_a_text_appears_without_a_reload() -> None:
    with Lab(seed=7) as lab:
        asked = 0
        handset = lab.stack.directory.handset(ANA)
        handset.reply("the first", "72345")
        inner = console_app(world_of(lab))

        async def watched(scope: Any, receive: Any, send_back: Any) -> None:
            nonlocal asked
            if scope["path"] == f"/console/phones/{ANA}":
                asked += 1
                if asked == 2:  # the page is there; now its script asks
                    handset.reply("the second", "72345")
            await inner(scope, receive, send_back)

        url = lab.serve(watched)
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
        page = subprocess.run(
            ["chromium", *options, "--virtual-time-budget=5000", "--dump-dom", f"{url}/console/phones/{ANA}"],
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        ).stdout

    assert asked >= 2
    assert page.count('class="bubble sent"') == 2
    assert page.index("the first") < page.index("the second")


def test_a_kind_that_there_is_not_is_refused_with_the_nearest(lab: Lab, browser: Browser) -> None:
    page = browser.get("/journal?kind=mesage.stage")

    assert page.status_code == 400
    assert "did you mean message.stage?" in page.text

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(verify=False) as client:
            return await client.get(f"{lab.stack.control_url}/journal?kind=pud")

    answer = lab.call(ask())
    assert (answer.status_code, "did you mean pdu?" in answer.text) == (400, True)
