"""The control API, called as an ASGI app."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from carriers.builders import EPOCH, HANDSET, SOURCE, StandingClock, a_message, a_profile, a_submit
from carriers.esme import Esme
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.complaints import ComplaintRules
from powerpack_carriers.control import control_app
from powerpack_carriers.control_http import ROWS_MAX
from powerpack_carriers.faults.registry import FAULTS
from powerpack_carriers.handsets import TextMessage
from powerpack_carriers.loopback import BODY_OCTETS_MAX
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.verdict import Verdict

BASE_URL = "http://127.0.0.1:8080"


class FakeJournalView:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str | None, int]] = []

    def events(self, after: int, kind: str | None, limit: int) -> Sequence[dict[str, object]]:
        self.asked.append((after, kind, limit))
        return [{"number": after + 1, "kind": kind or "pdu"}]

    def tail(self, kind: str | None, count: int) -> Sequence[dict[str, object]]:
        self.asked.append((-count, kind, count))
        return [{"number": 99, "kind": kind or "pdu"}]


class Setting:
    """A carrier that is not started, its API, and a client for it."""

    def __init__(self, *, advance: Callable[[float], Awaitable[str]] | None = None) -> None:
        self.journal = FakeJournalView()
        self.carrier = Carrier(a_profile(), name="acme", clock=StandingClock())
        self.directory = self.carrier.directory
        self.app = control_app(self.directory, {"acme": self.carrier}, self.journal, advance)

    @asynccontextmanager
    async def client(self, base_url: str = BASE_URL) -> AsyncIterator[httpx.AsyncClient]:
        """A client that calls the app directly."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
            yield client

    def call(self, method: str, path: str, *, base_url: str = BASE_URL, **request: Any) -> httpx.Response:
        """One request on a loop of its own."""

        async def call() -> httpx.Response:
            async with self.client(base_url) as client:
                return await client.request(method, path, **request)

        return asyncio.run(call())

    def receive(self, text: bytes = b"Win!", *, message_id: bytes = b"17") -> None:
        """A text in the handset's inbox."""
        message = a_message(a_submit(text), message_id=message_id)
        self.directory.visited(HANDSET, by="acme").receive(message, EPOCH)


# Phones


@pytest.mark.parametrize("number", [HANDSET, f"+{HANDSET}", f"%2B{HANDSET}"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_messages_are_listed_however_the_number_is_written(number: str, slash: str) -> None:
    setting = Setting()
    setting.receive()

    response = setting.call("GET", f"/handsets/{number}/messages{slash}")

    assert response.status_code == 200
    assert response.json() == [
        {
            "index": 0,
            "text": "Win!",
            "from": SOURCE,
            "to": HANDSET,
            "received_at": "2026-11-22T01:30:00+00:00",
            "carrier_message_ids": ["17"],
            "parts": 1,
            "subject": "",
            "media": [],
        }
    ]


def test_a_phone_that_got_nothing_has_no_messages_and_is_not_made() -> None:
    setting = Setting()

    response = setting.call("GET", f"/handsets/{HANDSET}/messages")

    assert (response.status_code, response.json()) == (200, [])
    assert setting.directory.handsets() == ()


def test_phones_are_listed() -> None:
    setting = Setting()
    setting.receive()

    assert setting.call("GET", "/handsets").json() == [
        {"number": HANDSET, "carrier": "acme", "messages": 1, "state": "on"}
    ]


def test_a_phone_replies_and_reports_over_the_api() -> None:
    async def scenario() -> list[str]:
        setting = Setting()
        async with setting.carrier as carrier, setting.client() as client, await Esme.bound(carrier) as esme:
            setting.receive()
            replied = await client.post(f"/handsets/{HANDSET}/reply", json={"text": "STOP"})
            sent = await client.post(f"/handsets/+{HANDSET}/reply", json={"text": "Hi", "to": "+12065550199"})
            reported = await client.post(f"/handsets/{HANDSET}/report-spam")
            assert [response.status_code for response in (replied, sent, reported)] == [200, 200, 200]
            assert reported.json()["report"].startswith(f"7726 report source:{SOURCE} destination:{HANDSET}")
            deliveries = [await esme.delivery() for _ in range(3)]
        return [f"{pdu.text('destination_addr')} {pdu.octets('short_message')[:4].decode()}" for pdu in deliveries]

    assert asyncio.run(scenario()) == [f"{SOURCE} STOP", "12065550199 Hi", f"{SOURCE} 7726"]


def test_an_older_message_can_be_reported() -> None:
    setting = Setting()
    setting.receive(message_id=b"17")
    setting.receive(message_id=b"18")

    response = setting.call("POST", f"/handsets/{HANDSET}/report-spam", json={"index": 0})

    assert response.json()["report"].endswith("id:17")
    assert [report.message_id for report in setting.carrier.spam_reports] == ["17"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "problem"),
    [
        ("POST", f"/handsets/{HANDSET}/reply", {"text": "Hi"}, 409, "has nobody to answer"),
        ("POST", f"/handsets/{HANDSET}/reply", {}, 400, "text: missing"),
        ("POST", f"/handsets/{HANDSET}/reply", {"text": 1}, 400, "text: found 1, expected a string"),
        ("POST", f"/handsets/{HANDSET}/reply", {"txt": "Hi"}, 400, "txt: unknown; expected one of text, to, parts"),
        ("POST", f"/handsets/{HANDSET}/reply", [], 400, "found a body that is a list, expected a JSON object"),
        ("POST", f"/handsets/{HANDSET}/report-spam", None, 409, "has no message -1: its inbox holds 0"),
        ("POST", f"/handsets/{HANDSET}/report-spam", {"index": "x"}, 400, "index: found 'x', expected a whole number"),
        ("GET", "/handsets/ACME/messages", None, 400, "found number 'ACME', expected 7 to 15 digits"),
        ("GET", f"/handsets/{HANDSET}/reply", None, 405, f"found GET, expected POST at /handsets/{HANDSET}/reply"),
        ("GET", "/nothing", None, 404, "there is nothing at /nothing; GET / lists what there is"),
        ("PUT", "/carriers/acme/faults", None, 405, "found PUT, expected DELETE, GET, POST at /carriers/acme/faults"),
        ("GET", "/carriers/none/faults", None, 404, "there is no carrier 'none'; there are acme"),
        ("POST", "/carriers/acme/faults", {}, 400, "fault: found None, expected the name of a fault"),
        ("POST", "/carriers/acme/faults", {"fault": "x"}, 400, "unknown fault 'x'; known: throttle, lose_response"),
        (
            "POST",
            "/carriers/acme/faults",
            {"fault": "throttle", "share": 2},
            400,
            "fault 'throttle': share: found 2.0, expected 0 to 1",
        ),
        ("DELETE", "/carriers/acme/faults/throttle-1", None, 404, "acme has no fault 'throttle-1'; it has none"),
        ("GET", "/journal?after=-1", None, 400, "after: found '-1', expected a whole number from 0"),
        ("GET", "/journal?limit=0", None, 400, f"limit: found '0', expected a whole number from 1 to {ROWS_MAX}"),
        ("GET", "/journal?since=1", None, 400, "since: unknown; expected one of after, kind, limit, tail"),
        ("GET", "/journal?tail=7&after=1", None, 400, "tail: found it with after, expected one of them"),
        ("GET", f"/handsets/{HANDSET}", None, 404, f"there is no phone {HANDSET} yet; PATCH makes it"),
        ("PATCH", f"/handsets/{HANDSET}", {"state": "dead"}, 400, "state: found 'dead', expected one of 'on', 'off'"),
        ("PATCH", f"/handsets/{HANDSET}", {"carrier": "x"}, 400, "carrier: found 'x', expected one of acme"),
        ("PATCH", f"/handsets/{HANDSET}", {"ignored": ["x"]}, 400, "ignored: found texts without behaviours"),
        (
            "PATCH",
            f"/handsets/{HANDSET}",
            {"behaviours": [{"text": "STOP"}, {"act": "report_spam", "share": 2}]},
            400,
            "behaviours[1].share: found 2.0, expected 0 to 1",
        ),
        (
            "POST",
            f"/handsets/{HANDSET}/reply",
            {"text": "Hi", "to": SOURCE, "parts": {"at_least": 0}},
            400,
            "parts.at_least: found 0, expected 1 to 255",
        ),
        (
            "POST",
            f"/handsets/{HANDSET}/reply",
            {"text": "Hi", "to": SOURCE, "parts": {"at_least": 9}},
            409,
            "a text so short makes 1 parts, expected 9",
        ),
        ("GET", "/carriers/none", None, 404, "there is no carrier 'none'; there are acme"),
        ("GET", "/carriers/acme/messages?since=noon", None, 400, "since: found 'noon', expected a date such as 2026"),
        ("GET", "/carriers/acme/messages?to=1", None, 400, "to: unknown; expected one of source, destination, text"),
        ("DELETE", "/carriers/acme/sessions/9", None, 404, "acme has no session '9'; it has none"),
        ("GET", "/carriers/acme/registry", None, 404, "acme has no registry, so it lets everybody send"),
        ("PUT", "/carriers/acme/registry", {"shortcodes": ["1"]}, 400, "shortcodes: found '1', expected a short code"),
        (
            "PATCH",
            "/carriers/acme/registry",
            {"tollfree": [{"number": SOURCE}]},
            400,
            f"tollfree[0].number: found '{SOURCE}', expected a toll-free number",
        ),
        (
            "PATCH",
            "/carriers/acme/registry",
            {"campaigns": [{"campaign_id": "C1", "message_class": "Q"}]},
            400,
            "campaigns[0].message_class: found 'Q', expected one letter of",
        ),
        ("DELETE", f"/carriers/acme/registry/{SOURCE}", None, 404, f"the registry of acme has no number '{SOURCE}'"),
        ("DELETE", "/carriers/acme/complaints/C1", None, 404, "acme counts no complaints about a number or campaign"),
        ("POST", "/clock/advance", {"seconds": 1}, 409, "time can not be moved here"),
        ("POST", "/clock/advance", {"seconds": -1}, 400, "seconds: found -1.0, expected 0 to"),
        ("POST", "/clock/advance", {}, 400, "seconds: missing"),
    ],
)
def test_an_error_says_what_was_found_and_what_was_expected(
    method: str, path: str, body: object, status: int, problem: str
) -> None:
    request: dict[str, Any] = {} if body is None else {"json": body}
    response = Setting().call(method, path, **request)

    assert response.status_code == status
    assert list(response.json()) == ["error"]
    assert problem in response.json()["error"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 5_000, b"nul"])
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    response = Setting().call("POST", f"/handsets/{HANDSET}/reply", content=body)

    assert response.status_code == 400
    assert response.json()["error"].startswith("the body is no JSON: ")


# Carriers


def test_carriers_are_listed_without_their_passwords() -> None:
    setting = Setting()
    setting.carrier.faults.add("throttle")

    (found,) = setting.call("GET", "/carriers").json()

    assert found == {
        "name": "acme",
        "profile": "generic",
        "country": "any",
        "host": "127.0.0.1",
        "port": 0,
        "ports": [{"listener": 1, "host": "127.0.0.1", "port": 0, "tls": False, "state": "open"}],
        "system_ids": ["acme"],
        "bound": 0,
        "in_flight": 0,
        "faults": ["throttle-1"],
    }


def test_whoever_knows_nothing_is_told_what_there_is() -> None:
    requests = Setting().call("GET", "/").json()["requests"]
    page = (Path(__file__).parents[2] / "docs" / "control-api.md").read_text(encoding="utf-8")

    assert "POST /handsets/{number}/reply" in requests
    nameless = re.compile(r"\{[^}]+\}")
    described = nameless.sub("{}", page)
    assert [each for each in requests if f"`{nameless.sub('{}', each)}" not in described] == []


def test_the_faults_that_there_are_can_be_asked_for() -> None:
    setting = Setting()
    known = {each["fault"]: each for each in setting.call("GET", "/faults").json()}

    assert list(known) == list(FAULTS)
    assert known["throttle"]["settings"]["status"] == "ESME_RTHROTTLED"
    assert known["fail_over"]["words"] == {"how": ["refuse", "reset", "silent", "bind"]}
    assert known["odd_bind_resp"]["words"]["form"][0] == "empty_system_id"
    assert "goes down" in known["fail_over"]["about"]


@pytest.mark.parametrize("word", FAULTS)
def test_what_is_said_of_a_fault_makes_it(word: str) -> None:
    setting = Setting()
    (known,) = [each for each in setting.call("GET", "/faults").json() if each["fault"] == word]

    added = setting.call("POST", "/carriers/acme/faults", json={"fault": word, **known["settings"]})

    assert added.status_code == 201, added.json()


def test_a_fault_is_added_listed_and_removed() -> None:
    setting = Setting()

    added = setting.call("POST", "/carriers/acme/faults", json={"fault": "throttle", "share": 0.2, "status": 9802})
    listed = setting.call("GET", "/carriers/acme/faults")
    removed = setting.call("DELETE", "/carriers/acme/faults/throttle-1")

    assert (added.status_code, added.json()) == (201, {"id": "throttle-1"})
    assert listed.json() == [{"id": "throttle-1", "fault": "throttle", "struck": 0, "share": 0.2, "status": 9802}]
    assert removed.json() == {"removed": ["throttle-1"]}
    assert len(setting.carrier.faults) == 0


def test_all_faults_are_removed_at_once() -> None:
    setting = Setting()
    ids = [setting.carrier.faults.add(word) for word in ("throttle", "disconnect")]

    assert setting.call("DELETE", "/carriers/acme/faults/").json() == {"removed": ids}
    assert setting.call("GET", "/carriers/acme/faults").json() == []


# Journal and clock


def test_the_journal_is_read_from_a_number_on() -> None:
    setting = Setting()

    all_kinds = setting.call("GET", "/journal")
    one_kind = setting.call("GET", "/journal?after=41&kind=handset.received&limit=7")

    last = setting.call("GET", "/journal?tail=7&kind=pdu")

    assert setting.journal.asked == [(0, None, 100), (41, "handset.received", 7), (-7, "pdu", 7)]
    assert last.json() == [{"number": 99, "kind": "pdu"}]
    assert all_kinds.json() == [{"number": 1, "kind": "pdu"}]
    assert one_kind.json() == [{"number": 42, "kind": "handset.received"}]


def test_the_clock_is_moved() -> None:
    moved: list[float] = []

    async def advance(seconds: float) -> str:
        moved.append(seconds)
        return "2026-11-23T01:30:00+00:00"

    response = Setting(advance=advance).call("POST", "/clock/advance", json={"seconds": 86_400})

    assert (response.status_code, response.json()) == (200, {"now": "2026-11-23T01:30:00+00:00"})
    assert moved == [86_400.0]


def test_a_bug_of_ours_is_told_as_json_too() -> None:
    async def advance(seconds: float) -> str:
        raise RuntimeError("the clock is broken")

    response = Setting(advance=advance).call("POST", "/clock/advance", json={"seconds": 1})

    assert (response.status_code, response.json()) == (
        500,
        {"error": "the lab failed: RuntimeError: the clock is broken"},
    )


# Who may call


@pytest.mark.parametrize(
    "base_url",
    ["http://localhost:80", "http://127.0.0.1", "http://127.1.2.3:9", "http://[::1]:80", "http://lab.localhost"],
)
def test_this_machine_s_names_are_welcome(base_url: str) -> None:
    assert Setting().call("GET", "/carriers", base_url=base_url).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1", "", "[::1"])
def test_a_name_that_is_not_this_machine_s_is_refused(host: str) -> None:
    response = Setting().call("GET", "/carriers", headers={"host": host})

    assert response.status_code == 403
    assert response.json()["error"].startswith(f"found Host {host!r}, expected localhost or a loopback address")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 200),
        ("http://127.0.0.1", 200),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_other_sites_may_not_call(origin: str, status: int) -> None:
    assert Setting().call("GET", "/carriers", headers={"origin": origin}).status_code == status


def test_a_body_that_says_it_is_large_is_refused_unread() -> None:
    response = Setting().call("POST", f"/handsets/{HANDSET}/reply", content=b"x" * (BODY_OCTETS_MAX + 1))

    assert (response.status_code, response.json()["error"]) == (
        413,
        f"found a body of {BODY_OCTETS_MAX + 1} octets, expected {BODY_OCTETS_MAX} at most",
    )


def test_a_body_that_grows_large_is_refused_too() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BODY_OCTETS_MAX // 1_000 + 1):
            yield b" " * 1_000

    response = Setting().call("POST", f"/handsets/{HANDSET}/reply", content=chunks())

    assert response.status_code == 413


@pytest.mark.parametrize("length", ["-1", "x"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    response = Setting().call("POST", "/clock/advance", headers={"content-length": length})

    assert response.status_code == 400


# Phones that are changed


def test_a_phone_is_made_and_changed_over_the_api() -> None:
    setting = Setting()
    behaviour = {"text": "STOP", "nth": 2, "parts": {"at_least": 2, "order": "reversed", "lost": [1]}}

    made = setting.call("PATCH", f"/handsets/+{HANDSET}", json={"state": "off", "device": "sms"})
    changed = setting.call("PATCH", f"/handsets/{HANDSET}", json={"behaviours": [behaviour], "ignored": ["Bye"]})
    shown = setting.call("GET", f"/handsets/{HANDSET}")

    assert (made.status_code, changed.status_code) == (200, 200)
    assert shown.json() == {
        "number": HANDSET,
        "carrier": "acme",
        "country": "US",
        "device": "sms",
        "state": "off",
        "messages": 0,
        "unfinished": 0,
        "held": 0,
        "behaviours": [behaviour],
    }


def test_a_number_is_ported_over_the_api() -> None:
    setting = Setting()
    other = Carrier(a_profile(), name="other", directory=setting.directory, clock=StandingClock())
    app = control_app(setting.directory, {"acme": setting.carrier, "other": other}, setting.journal, None)
    setting.app = app

    ported = setting.call("PATCH", f"/handsets/{HANDSET}", json={"carrier": "other"})

    assert ported.json()["carrier"] == "other"
    assert setting.directory.carrier_of(HANDSET) == "other"


def test_an_inbox_is_cleared() -> None:
    setting = Setting()
    setting.receive()

    assert setting.call("DELETE", f"/handsets/{HANDSET}/messages").json() == {"removed": 1}
    assert setting.call("GET", f"/handsets/{HANDSET}/messages").json() == []


# Sessions and what they sent


def test_sessions_are_listed_and_ended() -> None:
    async def scenario() -> None:
        setting = Setting()
        async with setting.carrier as carrier, setting.client() as client, await Esme.bound(carrier, "rx") as esme:
            (listed,) = (await client.get("/carriers/acme/sessions")).json()
            ended = await client.delete("/carriers/acme/sessions/1?how=reset")
            wrong = await client.delete("/carriers/acme/sessions/1?how=politely")
            with pytest.raises(ConnectionError):
                await esme.receive()

            assert (listed["number"], listed["bind"], listed["system_id"]) == (1, "receiver", "acme")
            assert (listed["unanswered"], listed["window_free"]) == (0, carrier.profile.sessions.window_size)
            assert listed["peer"].startswith("127.0.0.1:")
            assert ended.json() == {"ended": "acme#1", "how": "reset"}
            assert wrong.status_code in (400, 404)  # 404 once the loop has seen the end of it

    asyncio.run(scenario())


def test_what_was_submitted_is_found_decoded() -> None:
    async def scenario() -> None:
        setting = Setting()
        async with setting.carrier as carrier, setting.client() as client, await Esme.bound(carrier) as esme:
            carrier.faults.add("throttle", destination="14155550199")
            esme.submit("Grüße".encode("utf-16-be"), data_coding=8)
            esme.submit(b"\x05\x00\x03\x07\x02\x01Long", esm_class=0x40)
            esme.submit(b"No", destination_addr="14155550199")
            await carrier.expect("No")

            async def texts(query: str) -> list[str]:
                found = await client.get(f"/carriers/acme/messages?{query}")
                return [each["text"] for each in found.json()]

            everything = (await client.get("/carriers/acme/messages")).json()
            assert [each["text"] for each in everything] == ["Grüße", "Long", "No"]
            assert everything[1]["part"] == {"reference": 7, "number": 1, "total": 2}
            assert (everything[2]["status"], everything[2]["state"]) == ("ESME_RTHROTTLED", None)
            assert (everything[0]["status"], everything[0]["source"]) == ("ESME_ROK", SOURCE)
            assert everything[0]["message_id"] is not None
            assert await texts("destination=%2B14155550199") == ["No"]
            assert await texts(f"source={SOURCE}&text=ong") == ["Long"]
            assert await texts("limit=1") == ["No"]
            assert await texts("since=2026-11-22T00:00:00Z") == ["Grüße", "Long", "No"]
            assert await texts("since=2030-01-01T00:00:00%2B00:00") == []

    asyncio.run(scenario())


# Registrations and complaints


def test_a_registry_is_put_added_to_and_taken_away() -> None:
    setting = Setting()
    form = {
        "campaigns": [{"campaign_id": "C1", "brand_id": "B1", "brand_tier": "top", "numbers": [SOURCE]}],
        "tollfree": [{"number": "18335550100", "verification": "pending"}],
        "shortcodes": ["72345"],
    }

    put = setting.call("PUT", "/carriers/acme/registry", json=form)
    added = setting.call("PATCH", "/carriers/acme/registry", json={"tollfree": [{"number": "18335550100"}]})
    removed = setting.call("DELETE", "/carriers/acme/registry/72345")
    shown = setting.call("GET", "/carriers/acme/registry")
    gone = setting.call("DELETE", "/carriers/acme/registry")

    assert put.json() == form
    assert added.json()["tollfree"] == [{"number": "18335550100"}]
    assert shown.json() == removed.json()
    assert (shown.json()["campaigns"], shown.json()["shortcodes"]) == (form["campaigns"], [])
    assert gone.json() == {"registry": None}
    assert setting.carrier.policy.registry is None


def test_complaints_are_counted_and_forgiven() -> None:
    setting = Setting()
    blocked = ComplaintRules(per_number=2, blocked=Verdict(status=0x45))
    setting.carrier = Carrier(a_profile(complaints=blocked), name="acme", clock=StandingClock())
    setting.directory = setting.carrier.directory
    setting.app = control_app(setting.directory, {"acme": setting.carrier}, setting.journal, None)
    for _ in range(2):
        setting.receive()
        setting.call("POST", f"/handsets/{HANDSET}/report-spam")

    counted = setting.call("GET", "/carriers/acme/complaints")
    reports = setting.call("GET", "/carriers/acme/spam-reports")
    forgiven = setting.call("DELETE", f"/carriers/acme/complaints/+{SOURCE}")

    assert counted.json() == [{"of": SOURCE, "complaints": 2, "blocked": True}]
    assert [each["source"] for each in reports.json()] == [SOURCE, SOURCE]
    assert reports.json()[0]["notice"].startswith("7726 report source:")
    assert forgiven.json() == {"forgiven": SOURCE}
    assert setting.call("GET", "/carriers/acme/complaints").json() == []


# MMS


def test_an_mms_shows_its_media_and_they_can_be_read() -> None:
    setting = Setting()
    picture = Media(content_type="image/png", name="cat.png", data=b"PNG")
    shown = TextMessage(
        text="Look",
        from_number=SOURCE,
        to_number=HANDSET,
        received_at=EPOCH,
        carrier_message_ids=("17",),
        parts=1,
        subject="Cat",
        media=(picture,),
    )
    setting.carrier.handset(HANDSET).inbox.append(shown)

    (message,) = setting.call("GET", f"/handsets/{HANDSET}/messages").json()
    media = setting.call("GET", f"/handsets/{HANDSET}/messages/0/media/0")
    missing = setting.call("GET", f"/handsets/{HANDSET}/messages/0/media/1")
    assert (message["subject"], message["media"]) == (
        "Cat",
        [{"content_type": "image/png", "name": "cat.png", "size": 3}],
    )
    assert (media.content, media.headers["content-type"]) == (b"PNG", "image/png")
    assert (missing.status_code, missing.json()["error"]) == (404, "message 0 has 1 media, so there is none at 1")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"text": "Look", "to": SOURCE}, 409, "not connected over MM7"),
        ({"text": "Look"}, 409, "has nobody to answer"),
        ({"media": [{"content_type": "cat", "data": ""}]}, 400, "content_type: found 'cat', expected one such as"),
        ({"media": [{"content_type": "image/png", "data": "?"}]}, 400, "data: found what is no base64"),
        ({"media": [{"content_type": "image/png"}]}, 400, "data: missing"),
        ({"picture": 1}, 400, "picture: unknown"),
    ],
)
def test_an_mms_that_can_not_be_sent_says_why(body: dict[str, object], status: int, words: str) -> None:
    answer = Setting().call("POST", f"/handsets/{HANDSET}/send-mms", json=body)

    assert answer.status_code == status
    assert words in answer.json()["error"]
