"""MMS at the carriers: phones that have none, refusals, unknown outcomes, rates, STOP."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from contract.mms_site import ANA, LONGCODE, Site, fetched
from contract_support import EPOCH, Api
from powerpack_carriers import Device
from powerpack_gateway.settings import DeliverySettings, Settings, UnknownOutcome
from powerpack_lab.config import LabConfig
from powerpack_lab.lab import Lab

# Carriers


def test_a_phone_without_mms_leaves_it_undelivered(lab: Lab, api: Api, site: Site) -> None:
    number = next(
        each
        for each in (f"1415555{index:04d}" for index in range(2000, 2100))
        if lab.stack.directory.carrier_of(each) == "verizon"
    )
    lab.stack.directory.handset(number).device = Device.SMS

    message = api.send(number, "x", media_urls=[site.put("/x.jpg")])

    assert (message["message_state"], message["error_code"]) == ("undelivered", "70")


def test_a_carrier_with_links_delivers_when_the_link_is_opened(lab: Lab, api: Api, site: Site) -> None:
    lab.stack.directory.assign(ANA, "tmobile")
    phone = lab.stack.directory.handset(ANA)
    phone.device = Device.SMS
    uuid = api.accept(ANA, "Look!", media_urls=[site.put("/x.jpg")])
    lab.advance(30)
    before = api.message(uuid)["message_state"]
    page = fetched(lab, phone.inbox[0].text.rpartition(" ")[2])

    assert (before, page.status_code) == ("sent", 200)
    assert "x.jpg" in page.text
    assert api.settled(uuid)["message_state"] == "delivered"


REFUSALS = {2001: "40", 2003: "50", 2004: "130", 3001: "80", 3002: "10", 4001: "300", 4005: "20", 4007: "100"}


@pytest.mark.parametrize(("status", "code"), REFUSALS.items())
def test_a_refusal_fails_with_the_apis_code(lab: Lab, api: Api, status: int, code: str) -> None:
    lab.carrier("att").faults.add("mm7_answer", status_code=status)
    lab.stack.directory.assign(ANA, "att")

    message = api.send(ANA, "x", type="mms")

    assert (message["message_state"], message["error_code"]) == ("failed", code)
    assert f"StatusCode {status}" in message["selection_reasons"][-1]


@pytest.mark.parametrize("forms", [("status",), ("status", "http_500")])
def test_a_busy_mmsc_gets_it_again(lab: Lab, api: Api, forms: tuple[str, ...]) -> None:
    """Some put their Faults into an HTTP 500 (SOAP 1.1, 6.2)."""
    lab.stack.directory.assign(ANA, "att")
    for form in forms:
        lab.carrier("att").faults.add("mm7_answer", until_s=20, form=form)

    message = api.send(ANA, "x", type="mms")

    assert message["message_state"] == "delivered"
    assert len(lab.handset(ANA).inbox) == 1
    assert [event.fields["carrier"] for event in lab.journal.events(kind="gateway.held")][:1] == ["att mm7"]


def test_an_mmsc_that_is_down_is_waited_for(lab: Lab, api: Api) -> None:
    lab.stack.directory.assign(ANA, "att")
    carrier = lab.carrier("att")
    lab.call(carrier.mmsc.stop())
    uuid = api.accept(ANA, "x", type="mms")
    lab.advance(60)
    waiting = api.message(uuid)["message_state"]
    lab.call(carrier.mmsc.start())

    assert waiting == "queued"
    assert api.settled(uuid)["message_state"] == "delivered"


UNKNOWN = ["not_xml", "empty", "wrong_transaction", "hang_up"]


@pytest.mark.parametrize("form", UNKNOWN)
def test_an_unknown_outcome_is_submitted_again(lab: Lab, api: Api, form: str) -> None:
    lab.stack.directory.assign(ANA, "att")
    lab.carrier("att").faults.add("mm7_answer", form=form, until_s=0.5)

    message = api.send(ANA, "x", type="mms")

    assert message["message_state"] == "delivered"
    assert len(lab.handset(ANA).inbox) >= 2, "at least once"


@pytest.mark.parametrize("form", ["unknown_namespace", "no_length"])
def test_an_odd_answer_is_an_answer(lab: Lab, api: Api, form: str) -> None:
    lab.stack.directory.assign(ANA, "att")
    lab.carrier("att").faults.add("mm7_answer", form=form)

    message = api.send(ANA, "x", type="mms")

    assert message["message_state"] == "delivered"
    assert len(lab.handset(ANA).inbox) == 1


@pytest.fixture
def careful() -> Iterator[Api]:
    """A gateway that never sends twice."""
    settings = Settings(delivery=DeliverySettings(unknown_outcome=UnknownOutcome.AT_MOST_ONCE, receipt_wait_s=600))
    config = replace(LabConfig(), gateway=settings)
    with Lab(seed=1, clock="virtual", epoch=EPOCH, config=config) as lab:
        yield Api(lab)


@pytest.mark.parametrize("form", UNKNOWN)
def test_at_most_once_an_unknown_outcome_is_never_submitted_again(careful: Api, form: str) -> None:
    lab = careful.lab
    lab.stack.directory.assign(ANA, "att")
    lab.carrier("att").faults.add("mm7_answer", form=form)
    uuid = careful.accept(ANA, "x", type="mms")
    lab.advance(hours=3, minutes=10)

    assert len(lab.handset(ANA).inbox) == 1
    assert careful.message(uuid)["error_code"] == "420"


def test_a_long_code_keeps_its_pace_over_sms_and_mms(lab: Lab, api: Api) -> None:
    people = [f"1415555{index:04d}" for index in range(1000, 1003)]
    uuids = [api.accept(each, "x", src=LONGCODE, type=kind) for each in people for kind in ("sms", "mms")]
    for uuid in uuids:
        api.settled(uuid)
    sent = sorted(str(api.message(uuid)["message_sent_time"]) for uuid in uuids)

    assert sent[0][:19] < sent[-1][:19]
    assert (len(sent), sent[-1][14:19]) == (6, "00:20"), "one in 4.1 s"


def test_a_tollfree_number_sends_two_mms_a_second(lab: Lab, api: Api) -> None:
    people = "<".join(f"1415555{index:04d}" for index in range(1000, 1021))
    sent = api.post("Message/", {"src": "18335550180", "dst": people, "type": "mms", "text": "x"}).body["message_uuid"]
    for uuid in sent:
        assert api.settled(uuid)["message_state"] == "delivered"
    moments = [event.at.timestamp() for event in lab.journal.events(kind="mm7") if event.fields["direction"] == ">"
               and event.fields["operation"] == "SubmitReq"]  # fmt: skip

    assert len(moments) == 21
    assert 9.0 < moments[-1] - moments[0] < 10.5


def test_after_stop_no_mms_goes_out(lab: Lab, api: Api) -> None:
    api.send(ANA, "x", type="mms")
    lab.handset(ANA).reply("STOP")
    lab.advance(5)
    message = api.send(ANA, "y", type="mms")

    assert (message["message_state"], message["error_code"]) == ("failed", "200")
