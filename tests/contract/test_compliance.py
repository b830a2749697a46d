"""Opt-out rates, complaints, proofs and advice, as the account reads them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from contract_support import Api, lab_on
from powerpack_gateway import compliance
from powerpack_gateway.compliance import parse_spam_report
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_lab.lab import Lab

NUMBER = "12125550180"
PEOPLE = ("12125550111", "12125550112", "12125550113")
DAY_S = 86_400
PROOF = {
    "method": "web form",
    "opted_in_at": "2026-01-05T12:00:00Z",
    "campaign": "codes for customers who log in",
    "opt_in_process": "a box that is not ticked, and a double opt-in",
}


def annoy(lab: Lab, api: Api, people: int) -> None:
    """So many people in New York complain about the one number there."""
    api.prefer("longcode", "tollfree", "shortcode")
    for person in PEOPLE[:people]:
        lab.advance(5)
        assert api.send(person, "You have won!")["from_number"] == NUMBER
        lab.handset(person).report_spam()


def test_a_carrier_whose_clock_is_ahead_does_not_hide_the_complaints_after_its_own(lab: Lab, api: Api) -> None:
    def report(date: str, message: int) -> None:
        text = f"7726 report source:{NUMBER} destination:{PEOPLE[0]} date:{date} id:{message}"

        async def arrive() -> None:
            lab.stack.gateway.holdings.complaints.complain(parse_spam_report(text))

        lab.call(arrive())

    report("2099-01-01T00:00:00Z", 1)
    report("2026-03-02T16:00:00Z", 2)
    report("2026-03-02T16:30:00Z", 3)

    assert api.get(f"Compliance/{NUMBER}/").body["complaints"] == 3
    assert api.get(f"Compliance/{NUMBER}/").body["suspended"] is not None


def test_two_complaints_about_messages_with_one_id_are_two_after_a_restart_too(tmp_path: Path) -> None:
    """Carriers count their messages each for itself, so that two of them give the same id."""

    async def arrive(lab: Lab, person: str) -> None:
        text = f"7726 report source:{NUMBER} destination:{person} date:2026-03-02T16:00:00Z id:1000"
        lab.stack.gateway.holdings.complaints.complain(parse_spam_report(text))

    with lab_on(tmp_path / "state.db") as lab:
        for person in PEOPLE[:2]:
            lab.call(arrive(lab, person))
    with lab_on(tmp_path / "state.db") as lab:
        lab.call(arrive(lab, PEOPLE[2]))
        stands = Api(lab).get(f"Compliance/{NUMBER}/").body
        lab.operator.reinstate(NUMBER)
    with lab_on(tmp_path / "state.db") as lab:
        settled = Api(lab).get(f"Compliance/{NUMBER}/").body

    assert (stands["complaints"], stands["suspended"] is not None) == (3, True)
    assert (settled["complaints"], settled["suspended"]) == (0, None)


def test_what_is_kept_of_a_flood_of_complaints_is_bounded_in_the_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compliance, "COMPLAINTS_KEPT_MAX", 10)

    async def arrive(lab: Lab, message: int) -> None:
        text = f"7726 report source:{NUMBER} destination:{PEOPLE[0]} date:2026-03-02T16:00:00Z id:{message}"
        lab.stack.gateway.holdings.complaints.complain(parse_spam_report(text))

    with lab_on(tmp_path / "state.db") as lab:
        for message in range(30):
            lab.call(arrive(lab, message))
        asked = [each["original_message_id"] for each in Api(lab).get("Complaint/").body["objects"]]
    with closing(sqlite3.connect(tmp_path / "state.db")) as file:
        rows = dict(file.execute("SELECT kind, count(*) FROM document GROUP BY kind").fetchall())

    assert asked == [str(message) for message in range(20, 30)]
    assert (rows["complaint"], rows["proof"]) == (10, 10)


def test_complaints_that_an_earlier_version_kept_make_room_and_are_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It named them by number and message alone, and kept as many as came."""

    async def arrive(lab: Lab, message: int) -> None:
        text = f"7726 report source:{NUMBER} destination:{PEOPLE[0]} date:2026-03-02T16:00:00Z id:{message}"
        lab.stack.gateway.holdings.complaints.complain(parse_spam_report(text))

    def kept() -> list[tuple[str, int]]:
        with closing(sqlite3.connect(tmp_path / "state.db")) as file:
            kinds = (
                "SELECT kind, count(*) FROM document WHERE kind IN ('complaint', 'proof') GROUP BY kind ORDER BY kind"
            )
            return list(file.execute(kinds))

    with lab_on(tmp_path / "state.db") as lab:
        for message in range(12):
            lab.call(arrive(lab, message))
    with closing(sqlite3.connect(tmp_path / "state.db")) as file, file:
        file.execute(
            "UPDATE document SET key = replace(key, ?, '/') WHERE kind IN ('complaint', 'proof')", [f"/{PEOPLE[0]}/"]
        )
    monkeypatch.setattr(compliance, "COMPLAINTS_KEPT_MAX", 10)
    with lab_on(tmp_path / "state.db") as lab:
        asked = [each["original_message_id"] for each in Api(lab).get("Complaint/").body["objects"]]
    bounded = kept()
    with lab_on(tmp_path / "state.db") as lab:
        lab.operator.reinstate(NUMBER)

    assert asked == [str(message) for message in range(2, 12)]
    assert bounded == [("complaint", 10), ("proof", 10)]
    assert kept() == []


def pass_on(lab: Lab, report: str) -> None:
    """A carrier passes on what somebody forwarded to 7726."""
    delivery = Delivery(
        source="7726", destination=NUMBER, short_message=report.encode(), esm_class=0, data_coding=0, tlvs={}, raw=b"",
        link="att", sequence=1, command_id=5,
    )  # fmt: skip

    async def arrive() -> None:
        lab.stack.gateway.received("att", delivery)

    lab.call(arrive())


def test_a_complaint_about_a_number_of_somebody_else_is_not_counted(lab: Lab, api: Api) -> None:
    pass_on(lab, "7726 report source:19995550100 destination:12125550111 date:2026-03-02T16:00:00Z id:1")

    (event,) = lab.journal.events(kind="complaint.unknown_number")
    assert event.fields["source"] == "19995550100"
    assert "19995550100" not in lab.stack.gateway.holdings.compliance.numbers()


@pytest.mark.parametrize("written", [NUMBER, NUMBER[1:], f"00{NUMBER}", f"011{NUMBER}"])
def test_a_complaint_counts_for_its_number_however_that_is_written(lab: Lab, api: Api, written: str) -> None:
    pass_on(lab, f"7726 report source:{written} destination:{PEOPLE[0]} date:2026-03-02T16:00:00Z id:1")

    assert api.get(f"Compliance/{NUMBER}/").body["complaints"] == 1


def test_one_complaint_is_counted_and_two_ask_for_proof(lab: Lab, api: Api) -> None:
    annoy(lab, api, 1)
    after_one = api.get("Complaint/").body["objects"]
    count = api.get(f"Compliance/{NUMBER}/").body["complaints"]
    annoy(lab, api, 2)
    requests = api.get("Complaint/?status=open").body["objects"]

    assert (after_one, count) == ([], 1)
    assert {each["destination_number"] for each in requests} == set(PEOPLE[:2])
    assert {each["source_number"] for each in requests} == {NUMBER}
    assert all(each["timestamp"] and each["original_message_id"] for each in requests)
    asked = [each.fields["original_message_id"] for each in lab.journal.events(kind="complaint.proof_asked")]
    assert asked == [each["original_message_id"] for each in requests]


def test_without_a_proof_the_number_is_suspended_when_the_term_ends(lab: Lab, api: Api) -> None:
    annoy(lab, api, 2)
    lab.advance(DAY_S - 60)
    before = api.get(f"Compliance/{NUMBER}/").body["suspended"]
    lab.advance(120)

    assert before is None
    assert "no proof of opt-in for message" in api.get(f"Compliance/{NUMBER}/").body["suspended"]
    assert {each["status"] for each in api.get("Complaint/").body["objects"]} == {"overdue"}


def test_with_its_proofs_the_number_stays(lab: Lab, api: Api) -> None:
    annoy(lab, api, 2)
    for each in api.get("Complaint/").body["objects"]:
        answer = api.post(f"Complaint/{NUMBER}/{each['original_message_id']}/Proof/", PROOF)
        assert (answer.status, answer.body["status"]) == (202, "submitted")
        assert answer.body["proof"]["opted_in_at"] == "2026-01-05T12:00:00.000000Z"
    lab.advance(2 * DAY_S)

    assert api.get(f"Compliance/{NUMBER}/").body["suspended"] is None


@pytest.mark.parametrize("plus", ["", "+"])
def test_a_proof_names_whose_complaint_it_answers(lab: Lab, api: Api, plus: str) -> None:
    for person in PEOPLE[:2]:
        pass_on(lab, f"7726 report source:{NUMBER} destination:{person} date:2026-03-02T16:00:00Z id:1000")

    unclear = api.post(f"Complaint/{NUMBER}/1000/Proof/", PROOF)
    answer = api.post(f"Complaint/{NUMBER}/1000/Proof/", {**PROOF, "destination_number": plus + PEOPLE[1]})

    assert unclear.status == 400
    assert (answer.status, answer.body["destination_number"]) == (202, PEOPLE[1])


def test_an_operator_who_reinstates_a_number_settles_its_complaints(lab: Lab, api: Api) -> None:
    annoy(lab, api, 3)
    suspended = api.get(f"Compliance/{NUMBER}/").body["suspended"]
    lab.call(lab.stack.gateway.holdings.orders.reinstate(NUMBER))
    lab.advance(2 * DAY_S)

    assert "3 complaints to 7726" in suspended
    assert api.get("Complaint/").body["objects"] == []
    assert api.get(f"Compliance/{NUMBER}/").body["suspended"] is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": ""}, "method parameter is missing"),
        ({"opted_in_at": "yesterday"}, 'opted_in_at is "yesterday", expected ISO 8601'),
        ({"opted_in_at": "2026-01-05T12:00:00"}, "without a zone"),
        ({"opted_in_at": "2026-06-05T12:00:00Z"}, "expected a time before the complaint"),
        ({"campaign": "x" * 2_001}, "expected a string of length <= 2000"),
    ],
)
def test_a_proof_that_proves_nothing_is_refused(lab: Lab, api: Api, changes: dict[str, str], said: str) -> None:
    annoy(lab, api, 2)
    (first, *_) = api.get("Complaint/").body["objects"]
    answer = api.post(f"Complaint/{NUMBER}/{first['original_message_id']}/Proof/", {**PROOF, **changes})

    assert answer.status == 400
    assert said in answer.body["error"]


def test_terms_end_across_a_restart(state: Path) -> None:
    with lab_on(state) as lab:
        annoy(lab, Api(lab), 2)
    with lab_on(state, minutes_later=25 * 60) as lab:
        lab.advance(1)
        api = Api(lab)

        assert "no proof of opt-in" in api.get(f"Compliance/{NUMBER}/").body["suspended"]
        assert len(api.get("Complaint/?status=overdue").body["objects"]) == 2


def test_the_opt_out_rate_of_each_number_is_shown_and_five_percent_flags_it(lab: Lab, api: Api) -> None:
    api.prefer("tollfree")
    people = [f"1415555{index:04d}" for index in range(100, 140)]
    for person in people:
        api.accept(person)
    lab.advance(30)
    for person in people[:2]:
        lab.handset(person).reply("STOP")
    lab.advance(5)
    shown = api.get("Compliance/18335550180/").body
    listed = {each["number"]: each for each in api.get("Compliance/").body["objects"]}

    assert (shown["messaged"], shown["opted_out"], shown["opt_out_rate"]) == (40, 2, 0.05)
    assert "5% flags a number" in shown["flagged"]
    assert listed["18335550180"]["opt_out_rate"] == 0.05
    assert listed["14155550180"]["flagged"] is None
    assert [each.fields["number"] for each in lab.journal.events(kind="number.flagged")] == ["18335550180"]


def test_a_text_is_advised_on_before_and_after_it_is_sent_and_goes_out_all_the_same(lab: Lab, api: Api) -> None:
    text = "Click here to win: https://bit.ly/x"
    asked = api.post("Advice/", {"text": text, "src": "18335550180"}).body["advice"]
    message = api.send("14165550101", text)
    (event, *_) = lab.journal.events(kind="sender.advised")
    listed = api.get("Advice/?rule=shortener").body["objects"]
    of_message = api.get(f"Message/{message['message_uuid']}/Advice/").body["advice"]

    rules = [each["rule"] for each in asked]
    assert {"shortener", "promotional", "tollfree_promotion", "call_to_action", "company_name", "reason"} <= set(rules)
    assert message["message_state"] == "delivered"
    assert event.fields["number"] == message["from_number"]
    assert [(each["found"], each["advice"]) for each in listed] == [("bit.ly", "use a link of your own domain")]
    assert "shortener" in [each["rule"] for each in of_message]
    assert api.post("Advice/", {"text": "Acme: your code is 1."}).body["advice"] == []


def test_what_sets_the_types_apart_can_be_read(api: Api) -> None:
    types = {each["type"]: each for each in api.get("NumberType/").body["objects"]}

    assert types["tollfree"]["dequeue_per_second"] == {"US": 40, "CA": 1}
    assert types["shortcode"]["procurement"] == "8 to 12 weeks"
    assert types["longcode"]["segments_a_day_max"] == 2_000
