"""What an MMSC writes: answers to a VASP's requests, and the requests that it makes itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from powerpack_carriers.mm7.requests import SOAP, Dialect
from powerpack_carriers.mm7.status import StatusCode, status_text

RELAY_ID: Final = "MMSRelayServerID"


def submit_rsp(dialect: Dialect, message_id: str, status: StatusCode = StatusCode.SUCCESS, details: str = "") -> bytes:
    """SubmitRsp with the id under which delivery reports will come."""
    body, envelope = _operation(dialect, "SubmitRsp")
    _status(body, dialect, status, details)
    _text(body, dialect, "MessageID", message_id)
    return _octets(envelope)


def plain_rsp(dialect: Dialect, operation: str) -> bytes:
    """CancelRsp or ReplaceRsp that says Success."""
    body, envelope = _operation(dialect, operation)
    _status(body, dialect, StatusCode.SUCCESS, "")
    return _octets(envelope)


def error_rsp(dialect: Dialect, status: int, details: str) -> bytes:
    """A SOAP Fault whose detail is the RSErrorRsp: how an MMSC refuses."""
    envelope, body = _envelope(dialect)
    fault = SubElement(body, f"{{{SOAP}}}Fault")
    SubElement(fault, "faultcode").text = "soapenv:Server" if 3000 <= status < 4000 else "soapenv:Client"
    SubElement(fault, "faultstring").text = status_text(status) or f"Status {status}"
    error = SubElement(SubElement(fault, "detail"), f"{{{dialect.namespace}}}RSErrorRsp")
    _text(error, dialect, "MM7Version", dialect.version)
    _status(error, dialect, status, details)
    return _octets(envelope)


def delivery_report_req(
    dialect: Dialect,
    *,
    relay: str,
    message_id: str,
    sender: str,
    recipient: str,
    date: datetime,
    status: str,
    status_text: str,
) -> bytes:
    """DeliveryReportReq; ``status`` is an MMStatus: Retrieved, Expired, Rejected, Deferred, Unrecognised and so on."""
    body, envelope = _operation(dialect, "DeliveryReportReq")
    _report(body, dialect, relay=relay, message_id=message_id, sender=sender, recipient=recipient)
    _text(body, dialect, "Date", _date(date))
    _text(body, dialect, "MMStatus", status)
    _text(body, dialect, "StatusText", status_text)
    return _octets(envelope)


def read_reply_req(
    dialect: Dialect, *, relay: str, message_id: str, sender: str, recipient: str, date: datetime, status: str
) -> bytes:
    """ReadReplyReq; ``status`` is Read, or Deleted without being read."""
    body, envelope = _operation(dialect, "ReadReplyReq")
    _report(body, dialect, relay=relay, message_id=message_id, sender=sender, recipient=recipient)
    _text(body, dialect, "TimeStamp", _date(date))
    _text(body, dialect, "MMStatus", status)
    return _octets(envelope)


def deliver_req(
    dialect: Dialect,
    *,
    relay: str,
    vaspid: str,
    linked_id: str,
    sender: str,
    recipients: Sequence[str],
    date: datetime,
    subject: str,
    content_id: str,
) -> bytes:
    """DeliverReq: a phone's message, whose content travels in the part ``content_id``."""
    body, envelope = _operation(dialect, "DeliverReq")
    _text(body, dialect, RELAY_ID, relay)
    _text(body, dialect, "VASPID", vaspid)
    _text(body, dialect, "LinkedID", linked_id)
    _number(SubElement(body, _name(dialect, "Sender")), dialect, sender)
    to = SubElement(body, _name(dialect, "Recipients"))
    for each in recipients:
        _number(SubElement(to, _name(dialect, "To")), dialect, each)
    _text(body, dialect, "TimeStamp", _date(date))
    _text(body, dialect, "Priority", "Normal")
    if subject:
        _text(body, dialect, "Subject", subject)
    SubElement(body, _name(dialect, "Content"), {"href": f"cid:{content_id}"})
    return _octets(envelope)


def _envelope(dialect: Dialect) -> tuple[Element, Element]:
    envelope = Element(f"{{{SOAP}}}Envelope")
    header = SubElement(envelope, f"{{{SOAP}}}Header")
    transaction = SubElement(header, _name(dialect, "TransactionID"), {f"{{{SOAP}}}mustUnderstand": "1"})
    transaction.text = _writable(dialect.transaction_id)
    return envelope, SubElement(envelope, f"{{{SOAP}}}Body")


def _operation(dialect: Dialect, name: str) -> tuple[Element, Element]:
    """The operation's element, and the envelope around it."""
    envelope, body = _envelope(dialect)
    operation = SubElement(body, _name(dialect, name))
    _text(operation, dialect, "MM7Version", dialect.version)
    return operation, envelope


def _status(parent: Element, dialect: Dialect, status: int, details: str) -> None:
    holder = SubElement(parent, _name(dialect, "Status"))
    _text(holder, dialect, "StatusCode", str(int(status)))
    _text(holder, dialect, "StatusText", status_text(status))
    if details:
        _text(holder, dialect, "Details", details)


def _report(body: Element, dialect: Dialect, *, relay: str, message_id: str, sender: str, recipient: str) -> None:
    _text(body, dialect, RELAY_ID, relay)
    _text(body, dialect, "MessageID", message_id)
    _number(SubElement(body, _name(dialect, "Recipient")), dialect, recipient)
    _number(SubElement(body, _name(dialect, "Sender")), dialect, sender)


def _number(holder: Element, dialect: Dialect, number: str) -> None:
    _text(holder, dialect, "ShortCode" if len(number) < 7 else "Number", number)


def _text(parent: Element, dialect: Dialect, name: str, text: str) -> None:
    SubElement(parent, _name(dialect, name)).text = _writable(text)


def _name(dialect: Dialect, name: str) -> str:
    return f"{{{dialect.namespace}}}{name}"


def _writable(text: str) -> str:
    """Without the characters that XML 1.0 can not hold: what a phone typed must not break the envelope."""
    return "".join(
        each
        for each in text
        if each in "\t\n\r" or " " <= each <= "\ud7ff" or "\ue000" <= each <= "\ufffd" or each > "\uffff"
    )


def _date(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _octets(envelope: Element) -> bytes:
    octets: bytes = tostring(envelope, encoding="utf-8", xml_declaration=True)
    return octets
