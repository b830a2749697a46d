"""MM7 envelopes: golden octets out, every reading in, garbage refused with our error and no other."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_carriers.mm7 import answers
from powerpack_carriers.mm7.requests import Dialect, Submit, VaspAnswer
from powerpack_carriers.mm7.requests import read_answer as carriers_read_answer
from powerpack_carriers.mm7.requests import read_request as carriers_read_request
from powerpack_carriers.mm7.status import StatusCode
from powerpack_gateway.mm7.envelope import (
    DEPTH_MAX,
    SOAP,
    Asked,
    Deliver,
    DeliveryReport,
    Mm7Unreadable,
    ReadReply,
    answer_to,
    read_answer,
    read_request,
    submit_req,
)

REL_6 = "http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DIALECT = Dialect(transaction_id="t-9", namespace=REL_6, version="6.8.0")

SUBMIT = {
    "namespace": REL_6,
    "version": "6.8.0",
    "transaction_id": "u-1",
    "vaspid": "powerpack",
    "vasid": "tests",
    "source": "14155550180",
    "destination": "14155550123",
    "content_id": "mms-1",
}

GOLDEN_SUBMIT = (
    b'<?xml version="1.0" encoding="utf-8"?>\n'
    b'<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Header>'
    b'<TransactionID xmlns="http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4"'
    b' env:mustUnderstand="1">u-1</TransactionID></env:Header><env:Body>'
    b'<SubmitReq xmlns="http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4">'
    b"<MM7Version>6.8.0</MM7Version><SenderIdentification><VASPID>powerpack</VASPID><VASID>tests</VASID>"
    b"<SenderAddress><Number>14155550180</Number></SenderAddress></SenderIdentification>"
    b"<Recipients><To><Number>14155550123</Number></To></Recipients><MessageClass>Informational</MessageClass>"
    b"<DeliveryReport>true</DeliveryReport>"
    b'<Priority>Normal</Priority><Content href="cid:mms-1"/></SubmitReq></env:Body></env:Envelope>\n'
)

GOLDEN_ANSWER = (
    b'<?xml version="1.0" encoding="utf-8"?>\n'
    b'<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Header>'
    b'<TransactionID xmlns="http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4"'
    b' env:mustUnderstand="1">t-9</TransactionID></env:Header><env:Body>'
    b'<DeliverRsp xmlns="http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4">'
    b"<MM7Version>6.8.0</MM7Version><Status><StatusCode>1000</StatusCode><StatusText>Success</StatusText></Status>"
    b"</DeliverRsp></env:Body></env:Envelope>\n"
)


def test_a_submit_is_these_octets() -> None:
    assert submit_req(**SUBMIT) == GOLDEN_SUBMIT


def test_an_answer_is_these_octets() -> None:
    asked = Asked(operation="DeliverReq", transaction_id="t-9", namespace=REL_6, version="6.8.0")

    assert answer_to(asked, 1000, "Success") == GOLDEN_ANSWER


# Against the carriers' implementation, which shares nothing with ours


def test_the_carriers_read_our_submit() -> None:
    request = carriers_read_request(submit_req(**{**SUBMIT, "vasid": '<&">\0'}))

    assert request == Submit(
        dialect=Dialect(transaction_id="u-1", namespace=REL_6, version="6.8.0"),
        vaspid="powerpack",
        vasid='<&">',
        sender="14155550180",
        recipients=("14155550123",),
        wants_report=True,
        href="mms-1",
    )


@pytest.mark.parametrize("status", [1000, 2003, 2007, 3000, 4006])
def test_the_carriers_read_our_answers(status: int) -> None:
    asked = Asked(operation="DeliverReq", transaction_id="t-9", namespace=REL_6, version="6.8.0")

    assert carriers_read_answer(answer_to(asked, status, "why <&>")) == VaspAnswer(status=status, text="why <&>")


@pytest.mark.parametrize("status", [int(each) for each in StatusCode])
def test_we_read_what_the_carriers_answer(status: int) -> None:
    is_success = status < 2000
    octets = (
        answers.submit_rsp(DIALECT, "id-7", StatusCode(status))
        if is_success
        else answers.error_rsp(DIALECT, status, "more")
    )

    found = read_answer(octets)
    assert (found.status, found.transaction_id, found.message_id) == (status, "t-9", "id-7" if is_success else "")


REPORT = {"relay": "att", "message_id": "id-7", "sender": "14155550180", "recipient": "14155550123", "date": NOON}


def test_we_read_what_the_carriers_post() -> None:
    report = read_request(answers.delivery_report_req(DIALECT, **REPORT, status="Rejected", status_text="4770"))  # type: ignore[arg-type]
    reply = read_request(answers.read_reply_req(DIALECT, **REPORT, status="Read"))  # type: ignore[arg-type]
    deliver = read_request(
        answers.deliver_req(
            DIALECT,
            relay="att",
            vaspid="powerpack",
            linked_id="l-1",
            sender="14155550123",
            recipients=["72345"],
            date=NOON,
            subject="Hi & bye",
            content_id="c",
        )
    )

    assert isinstance(report, DeliveryReport)
    assert (report.message_id, report.mm_status, report.status_text) == ("id-7", "Rejected", "4770")
    assert report.asked == Asked(operation="DeliveryReportReq", transaction_id="t-9", namespace=REL_6, version="6.8.0")
    assert isinstance(reply, ReadReply)
    assert (reply.message_id, reply.mm_status) == ("id-7", "Read")
    assert isinstance(deliver, Deliver)
    assert (deliver.sender, deliver.recipients, deliver.subject) == ("14155550123", ("72345",), "Hi & bye")


@pytest.mark.parametrize(
    ("group", "recipients"),
    [
        (b"<m:To><m:Number>+1415</m:Number><m:ShortCode>72345</m:ShortCode></m:To>", ("1415", "72345")),
        (b"<m:To><m:Number>1415/TYPE=PLMN</m:Number></m:To><m:Cc><m:Number>1416</m:Number></m:Cc>", ("1415", "1416")),
        (b"<m:To>1415</m:To>", ("1415",)),
        (b"", ()),
    ],
)
def test_every_recipient_of_a_handsets_message_is_read(group: bytes, recipients: tuple[str, ...]) -> None:
    """TS 23.140: one To may hold many addresses, and ours need not be the first."""
    body = b'<m:DeliverReq xmlns:m="%b"><m:Recipients>%b</m:Recipients></m:DeliverReq>' % (REL_6.encode(), group)
    octets = b'<e:Envelope xmlns:e="%b"><e:Body>%b</e:Body></e:Envelope>' % (SOAP.encode(), body)

    deliver = read_request(octets)

    assert isinstance(deliver, Deliver)
    assert deliver.recipients == recipients


# What is none


SOUND = answers.submit_rsp(DIALECT, "id-7")

BAD_ANSWERS = {
    b"": "the envelope is no XML",
    b"<html>": "the envelope is no XML",
    b"<html/>": "found <html>, expected a SOAP 1.1 Envelope",
    b"<!DOCTYPE a><a/>": "has a document type or entities",
    b'<!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>': "has a document type or entities",
    b"<a>" * (DEPTH_MAX + 1) + b"</a>" * (DEPTH_MAX + 1): "nested more than 32 deep",
    b"<a>" + b" " * 70_000 + b"</a>": "65536 is the limit",
    SOUND.replace(b"1000", b"ten"): "StatusCode 'ten'",
    SOUND.replace(b"1000", b"99999"): "StatusCode '99999'",
    SOUND.replace(b"1000", "١٠٠٠".encode()): "expected four digits",
}


@pytest.mark.parametrize(("octets", "words"), BAD_ANSWERS.items(), ids=lambda value: str(value)[:30])
def test_an_answer_that_is_none_is_refused(octets: bytes, words: str) -> None:
    with pytest.raises(Mm7Unreadable) as caught:
        read_answer(octets)
    assert words in str(caught.value)


def test_a_request_that_we_do_not_serve_is_refused() -> None:
    with pytest.raises(Mm7Unreadable, match="found SubmitReq, expected DeliverReq"):
        read_request(GOLDEN_SUBMIT)
    with pytest.raises(Mm7Unreadable, match="found the name space 'urn:other'"):
        read_request(GOLDEN_SUBMIT.replace(REL_6.encode(), b"urn:other"))


@given(octets=st.binary(max_size=200), at=st.integers(0, 1_200), cut=st.integers(0, 1_200))
def test_garbage_raises_only_our_error(octets: bytes, at: int, cut: int) -> None:
    for sound in (SOUND, GOLDEN_SUBMIT):
        spoiled = sound[:at] + octets + sound[at + cut :]
        for read in (read_answer, read_request):
            try:
                read(spoiled)
            except Mm7Unreadable:
                continue
