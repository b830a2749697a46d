"""The console in a browser: nobody is shut out, everything can be done with keys, nothing wraps that should not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from lab.chromium import Page, a_page, needs_chromium
from node_packages import node_with
from powerpack_lab.console.pages import console_app
from powerpack_lab.console.world import World
from powerpack_lab.lab import Lab

pytestmark = [needs_chromium, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]

AXE = Path(__file__).parent / "axe"
ANA = "14155550123"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=7) as lab:
        yield lab


@pytest.fixture
def console(lab: Lab) -> str:
    """The console's address, with a clock that can be moved, and something to show on every page."""
    stack = lab.stack

    async def advance(seconds: float) -> str:
        return str(seconds)

    world = World(
        holdings=stack.gateway.holdings,
        carriers=stack.carriers,
        directory=stack.directory,
        journal=stack.journal,
        message=stack.gateway.message,
        messages=stack.gateway.messages,
        clock=stack.clock,
        advance=advance,
    )
    lab.carrier("att").faults.add("throttle", share=0.1)
    for number in (ANA, "12065550123"):
        body = {"powerpack_uuid": lab.powerpack_uuid, "dst": number, "text": "Your code is 4711"}
        url, auth = f"{lab.api_url}/{lab.auth_id}/Message/", (lab.auth_id, lab.auth_token)
        assert httpx.post(url, json=body, auth=auth).status_code == 202
        lab.handset(number).expect("4711")
    lab.handset(ANA).reply("STOP")
    lab.handset(ANA).expect("unsubscribed")
    return f"{lab.serve(console_app(replace(world)))}/console"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with a_page(tmp_path / "profile") as page:
        yield page


def pages_of(lab: Lab) -> list[str]:
    (uuid, *_) = [event.fields["uuid"] for event in lab.journal.events(kind="message.accepted")]
    own = [f"/phones/{ANA}", f"/messages/{uuid}", "/carriers/att/break?fault=malformed_delivery", "/no-such-kind"]
    refused = "/journal?kind=mesage.stage"
    return ["", "/messages", "/carriers", "/numbers", "/journal", *own[:3], refused]


def test_axe_finds_nothing_serious_on_any_page_in_light_and_in_dark(lab: Lab, console: str, page: Page) -> None:
    node_with(AXE, "axe-core")
    axe = (AXE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    found = []
    for dark in (False, True):
        page.looks(dark=dark)
        for path in pages_of(lab):
            page.open(f"{console}{path}")
            page.ask(f"{axe}; 0")
            violations = page.ask("axe.run().then(each => each.violations)")
            found += [
                (path, dark, each["id"], each["nodes"][0]["html"])
                for each in violations
                if each["impact"] in ("serious", "critical")
            ]

    assert found == []


def focused(page: Page) -> str:
    return str(
        page.ask("(e => e.getAttribute('aria-label') || e.textContent.trim() || e.name)(document.activeElement)")
    )


def test_every_control_is_reached_with_the_tab_key_and_seen_to_be(lab: Lab, console: str, page: Page) -> None:
    page.looks()
    for path in pages_of(lab)[:-1]:
        page.open(f"{console}{path}")
        wanted = page.ask(
            "[...document.querySelectorAll('a[href], button:not(:disabled), input:not([type=hidden]), select')].length"
        )
        reached = set()
        for _ in range(wanted + 5):  # and the thread, which scrolls
            page.press("Tab")
            number, ring, name = page.ask(
                "(e => [[...document.querySelectorAll('*')].indexOf(e), getComputedStyle(e).outlineStyle, e.outerHTML])"
                "(document.activeElement)"
            )
            if not name.startswith("<body"):
                assert ring == "solid", f"no focus to be seen on {path}: {name[:200]}"
                reached.add(number)

        assert len(reached) >= wanted, path


def test_a_carrier_is_broken_and_mended_with_keys_alone(lab: Lab, console: str, page: Page) -> None:
    page.looks()
    page.open(f"{console}/carriers")
    while focused(page) != "How… to break bell":
        page.press("Tab")
    page.press("Enter")
    page.until("location.pathname.endsWith('/carriers/bell/break') && document.readyState === 'complete'")
    while page.ask("document.activeElement.name") != "share":
        page.press("Tab")
    page.write("0.25")
    page.press("Enter")
    page.until("location.pathname.endsWith('/console/carriers') && document.readyState === 'complete'")

    (broken,) = lab.carrier("bell").faults
    assert broken.config.share == 0.25

    while focused(page) != f"Remove {broken.fault_id} from bell":
        page.press("Tab")
    page.press("Space")
    page.until("document.readyState === 'complete' && !document.body.textContent.includes('0.25')")

    assert list(lab.carrier("bell").faults) == []


@pytest.mark.parametrize("width", [1100, 1280])
def test_the_header_is_one_line(console: str, page: Page, width: int) -> None:
    page.looks(width=width)
    page.open(f"{console}/carriers")

    assert page.ask("document.querySelector('header').getBoundingClientRect().height") < 60


@pytest.mark.parametrize("width", [390, 768])
def test_no_page_is_wider_than_a_phone(lab: Lab, console: str, page: Page, width: int) -> None:
    page.looks(width=width)
    for path in pages_of(lab):
        page.open(f"{console}{path}")
        assert page.ask("document.documentElement.scrollWidth") <= width, path
