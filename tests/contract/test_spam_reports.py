"""7726: complaints about a number, and what becomes of it."""

from contract_support import Api
from powerpack_lab.lab import Lab

PEOPLE = ("12125550111", "12125550112", "12125550113")


def _annoy(lab: Lab, api: Api) -> None:
    """Three people in New York complain about the one number that wrote to them."""
    api.prefer("longcode", "tollfree", "shortcode")
    for person in PEOPLE:
        lab.advance(5)
        assert api.send(person, "You have won!")["from_number"] == "12125550180"
        lab.handset(person).report_spam()


def test_the_carrier_reports_the_four_facts(lab: Lab, api: Api) -> None:
    api.prefer("longcode")
    sent_at = lab.clock.now().replace(microsecond=0)
    api.send(PEOPLE[0], "You have won!")
    message = lab.handset(PEOPLE[0]).inbox[0]
    lab.handset(PEOPLE[0]).report_spam()

    (event,) = lab.journal.events(kind="complaint.received")
    assert event.fields["source"] == "12125550180"
    assert event.fields["destination"] == PEOPLE[0]
    assert event.fields["original_message_id"] == message.carrier_message_ids[0]
    assert str(event.fields["timestamp"]) >= sent_at.isoformat()
    assert event.fields["suspends"] is False


def test_over_the_threshold_the_number_is_suspended_and_leaves_selection(lab: Lab, api: Api) -> None:
    _annoy(lab, api)
    after = api.send("12125550114", "Hello")

    assert [event.fields["number"] for event in lab.journal.events(kind="number.suspended")] == ["12125550180"]
    assert after["message_state"] == "delivered"
    assert after["from_number"] != "12125550180"


def test_people_who_knew_the_suspended_number_get_another(lab: Lab, api: Api) -> None:
    _annoy(lab, api)
    message = api.send(PEOPLE[0], "Sorry about that")

    assert message["from_number"] != "12125550180"
    assert "sticky sender: 12125550180 is suspended" in message["selection_reasons"]


def test_the_suspended_number_does_not_send_by_itself_either(lab: Lab, api: Api) -> None:
    _annoy(lab, api)
    message = api.send("12125550114", "Hello", src="12125550180")

    assert (message["message_state"], message["error_code"]) == ("failed", "40")


def test_the_same_complaint_told_twice_counts_once(lab: Lab, api: Api) -> None:
    api.prefer("longcode")
    api.send(PEOPLE[0], "You have won!")
    for _ in range(5):
        lab.handset(PEOPLE[0]).report_spam()

    assert not list(lab.journal.events(kind="number.suspended"))
