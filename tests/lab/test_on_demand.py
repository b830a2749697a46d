"""Carriers on demand: they begin when somebody needs them, and nobody sees more of it than the journal says."""

import asyncio
import base64
import http.client
import json
import threading
from collections.abc import Iterator

import pytest

from powerpack_carriers import Media
from powerpack_carriers.access import AccountForm
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

ANA, LONGCODE = "14155550123", "14155550180"
ALL = ["att", "tmobile", "verizon", "rogers", "bell", "generic"]


@pytest.fixture
def lab() -> Iterator[Lab]:
    """With sockets, so that a text comes from outside the loop."""
    with Lab(seed=7) as lab:
        yield lab


def send(lab: Lab, to: str = ANA, **more: object) -> None:
    """A text or an MMS through the API."""
    host = lab.api_url.removeprefix("http://").partition("/")[0]
    token = base64.b64encode(f"{lab.auth_id}:{lab.auth_token}".encode()).decode()
    body = json.dumps({"powerpack_uuid": lab.powerpack_uuid, "dst": to, "text": "Hello", **more})
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    client = http.client.HTTPConnection(host)
    try:
        client.request("POST", f"/v1/Account/{lab.auth_id}/Message/", body, headers)
        assert client.getresponse().status == 202
    finally:
        client.close()


def begun(lab: Lab) -> list[str]:
    """The carriers that the gateway was bound to, in order."""
    return [str(event.fields["route"]) for event in lab.journal.events(kind="gateway.bound")]


def home_of(lab: Lab, number: str = ANA) -> str:
    carrier = lab.handset(number).carrier
    assert carrier is not None
    return carrier


def test_a_text_needs_one_carrier(lab: Lab) -> None:
    assert begun(lab) == []

    send(lab)
    lab.handset(ANA).expect("Hello")

    assert begun(lab) == [home_of(lab)]


def test_time_waits_for_a_carrier_that_begins(lab: Lab) -> None:
    send(lab)
    lab.advance(hours=10)  # a bind that took as long would have failed, and the text would be too late

    (text,) = lab.handset(ANA).inbox
    (accepted,) = lab.journal.events(kind="message.accepted")
    assert (text.received_at - accepted.at).total_seconds() < 60


def test_who_asks_for_a_carrier_finds_it_bound(lab: Lab) -> None:
    carrier = lab.carrier("bell")

    assert (begun(lab), carrier.bind_count) == (["bell"], 1)
    assert carrier.port > 0
    assert lab.carrier("bell") is carrier


def test_who_asks_for_all_finds_them_in_their_order(lab: Lab) -> None:
    send(lab)

    assert list(lab.carriers) == ALL
    assert sorted(begun(lab)) == sorted(ALL)
    assert all(each.bind_count == 1 for each in lab.carriers.values())


def test_a_phone_of_a_sleeping_carrier_writes_and_reports(lab: Lab) -> None:
    lab.handset(ANA).reply("Anybody there?", to=LONGCODE)
    assert lab.run_until(lambda: any(lab.journal.events(kind="message.received")))

    assert begun(lab) == [home_of(lab)]


def test_a_phone_of_a_sleeping_carrier_sends_a_picture(lab: Lab) -> None:
    lab.handset(ANA).send_mms("Look", [Media(content_type="image/png", data=b"PNG")], to=LONGCODE)
    assert lab.run_until(lambda: any(lab.journal.events(kind="message.received")))

    (received,) = lab.journal.events(kind="message.received")
    assert received.fields["text"] == "Look"


def test_a_phone_that_was_off_before_its_carrier_began_is_off(lab: Lab) -> None:
    lab.handset(ANA).state = "off"
    send(lab)
    lab.advance(hours=1)
    assert lab.handset(ANA).texts == []

    lab.handset(ANA).state = "on"

    lab.handset(ANA).expect("Hello")


def test_a_carrier_with_a_port_of_its_own_is_there_from_the_start() -> None:
    own = CarrierConfig(name="acme", accounts=(AccountForm(system_id="shop", password="secret"),))
    with Lab(config=LabConfig(carriers=(own, CarrierConfig(name="bell"))), clock="virtual") as lab:
        assert begun(lab) == ["acme"]


def test_inside_the_loop_a_carrier_is_there_too() -> None:
    with Lab(seed=7, clock="virtual") as lab:
        assert lab.run_until(lambda: lab.carrier("att").bind_count == 1)

        async def ports() -> list[int]:
            await asyncio.sleep(0)
            return [each.port for each in lab.carriers.values()]

        assert all(lab.call(ports()))


def test_a_lab_that_ends_while_one_begins_leaves_nothing() -> None:
    before = threading.active_count()
    with Lab(seed=7) as lab:
        send(lab)

    assert threading.active_count() == before
    assert [name for name, each in lab.carriers.items() if each.links or each.bind_count] == []


def test_after_the_end_those_that_ran_are_there_and_others_are_refused_in_words() -> None:
    with Lab(seed=7, clock="virtual") as lab:
        att = lab.carrier("att")

    assert lab.carrier("att") is att
    assert list(lab.carriers) == ["att"]
    with pytest.raises(RuntimeError, match="the lab is not running"):
        lab.carrier("bell")


def test_the_same_seed_gives_the_same_journal_however_late_a_carrier_begins() -> None:
    def digest() -> str:
        with Lab(seed=7, clock="virtual") as lab:
            lab.advance(hours=1)
            lab.handset(ANA).reply("Anybody there?", to=LONGCODE)
            lab.advance(hours=1)
            return lab.journal.digest()

    assert digest() == digest()
