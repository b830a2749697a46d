"""What a carrier says of the troubles of its clients."""

import pytest

from carriers.builders import EPOCH
from powerpack_lab import overheard
from powerpack_lab.journal import Journal
from powerpack_lab.overheard import Overheard


def told_of(kind: str, fields: dict[str, object], times: int = 1) -> list[str]:
    lines: list[str] = []
    journal = Journal(moment=lambda: 0.0, at=lambda moment: EPOCH)
    heard = Overheard(journal, lines.append)
    for _ in range(times):
        heard.record(kind, link="a#1", **fields)
    assert len(journal) == times
    return lines


@pytest.mark.parametrize(
    ("kind", "fields", "line"),
    [
        (
            "carrier.bind_refused",
            {"system_id": "me", "status": "ESME_RALYBND"},
            "a#1 may not bind as 'me': ESME_RALYBND (the account has as many sessions as it may)",
        ),
        ("carrier.bind_refused", {"system_id": "me", "status": "9802"}, "a#1 may not bind as 'me': 9802"),
        (
            "carrier.refused",
            {"status": "ESME_RINVBNDSTS", "reason": "submit_sm is not allowed in state OPEN"},
            "a#1 was answered ESME_RINVBNDSTS: submit_sm is not allowed in state OPEN",
        ),
        (
            "carrier.refused",
            {"status": "ESME_RTHROTTLED", "reason": "too fast", "source": "12065550100", "destination": "14155550123"},
            "a#1 was answered ESME_RTHROTTLED for 12065550100 -> 14155550123: too fast",
        ),
        ("carrier.disconnected", {"reason": "no bind within 10 s"}, "a#1 is gone: no bind within 10 s"),
    ],
)
def test_a_trouble_is_a_line(kind: str, fields: dict[str, object], line: str) -> None:
    assert told_of(kind, fields) == [line]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("carrier.disconnected", {"reason": "unbound by the ESME"}),
        ("carrier.disconnected", {"reason": "closed by the ESME"}),
        ("carrier.disconnected", {"reason": "no unbind_resp within 2 s"}),
        ("carrier.bound", {"system_id": "me"}),
    ],
)
def test_what_is_usual_is_not_worth_a_line(kind: str, fields: dict[str, object]) -> None:
    assert told_of(kind, fields) == []


def test_there_is_an_end_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overheard, "TROUBLES_MAX", 2)

    lines = told_of("carrier.disconnected", {"reason": "output not taken within 2 s"}, 5)

    assert [line.partition(" ")[0] for line in lines] == ["a#1", "a#1", "no"]


def test_what_is_the_same_is_told_three_times() -> None:
    lines = told_of("carrier.disconnected", {"reason": "output not taken within 2 s"}, 9)

    same = "a#1 is gone: output not taken within 2 s"
    assert lines == [same, same, f"{same}; and so on: this is not told again"]


def test_a_campaign_that_is_too_fast_is_told_three_times_whatever_its_numbers_are() -> None:
    lines: list[str] = []
    heard = Overheard(Journal(moment=lambda: 0.0, at=lambda moment: EPOCH), lines.append)
    for n in range(9):
        source = f"1206555{1000 + n}"
        heard.record(
            "carrier.refused", link=f"a#{n}", status="ESME_RTHROTTLED", reason=f"{source} is too fast", source=source,
            destination=f"1415555{1000 + n}",
        )  # fmt: skip

    assert len(lines) == 3
    assert lines[0].startswith("a#0 was answered ESME_RTHROTTLED for 12065551000 -> 14155551000: 12065551000 is")


def test_groups_are_the_journals_own() -> None:
    journal = Journal(moment=lambda: 0.0, at=lambda moment: EPOCH)
    heard = Overheard(journal, lambda line: None)
    heard.record_pdus("carrier", "a#1", ">", [bytes(16)])
    heard.record_octets("carrier", "a#1", ">", b"\0\0\0\x10" + bytes(12), 1)
    heard.record_group("handset.received", 1, lambda: [{"number": "1"}])

    assert [event.kind for event in journal.events()] == ["pdu", "pdu", "handset.received"]
