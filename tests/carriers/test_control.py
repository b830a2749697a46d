"""The control API as a whole: its errors, the journal and the clock."""

from typing import Any

import pytest

from carriers.builders import HANDSET, SOURCE
from carriers.control_setting import Setting
from powerpack_carriers.control_http import ROWS_MAX


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
