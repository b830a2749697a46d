"""MM7 envelopes: what a VASP writes, as text, and what it reads, through a parser that refuses what could hurt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

NAMESPACES = "http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/"

ENVELOPE_BYTES_MAX = 65_536
"""An answer or a report is some hundred bytes, a DeliverReq with every element two thousand."""

DEPTH_MAX = 32

VALUE_MAX = 1_000
"""Characters of any one value that are kept."""

_NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""Characters that XML has no place for; compiled with the first MMS, since that takes longer than all the rest here."""


class Mm7Unreadable(ValueError):
    """Octets that are no MM7; the text says what was found and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """SubmitRsp, CancelRsp or an error: ``status`` is its StatusCode."""

    status: int
    text: str
    transaction_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What every request of an MMSC has, for the answer."""

    operation: str
    transaction_id: str
    namespace: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """DeliveryReportReq: what became of a message."""

    asked: Asked
    message_id: str
    recipient: str
    mm_status: str
    status_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReply:
    """ReadReplyReq: somebody looked at a message."""

    asked: Asked
    message_id: str
    mm_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """DeliverReq: a phone's message; its content is beside the envelope."""

    asked: Asked
    sender: str
    recipients: tuple[str, ...]
    subject: str
    linked_id: str


def submit_req(
    *,
    namespace: str,
    version: str,
    transaction_id: str,
    vaspid: str,
    vasid: str,
    source: str,
    destination: str,
    content_id: str,
) -> bytes:
    """SubmitReq for one recipient, with a delivery report asked for; numbers without a plus (Sinch)."""
    return _envelope(
        namespace,
        transaction_id,
        f'<SubmitReq xmlns="{namespace}"><MM7Version>{version}</MM7Version><SenderIdentification>'
        f"<VASPID>{_safe(vaspid)}</VASPID><VASID>{_safe(vasid)}</VASID>"
        f"<SenderAddress>{_address(source)}</SenderAddress></SenderIdentification>"
        f"<Recipients><To>{_address(destination)}</To></Recipients>"
        f"<MessageClass>Informational</MessageClass><DeliveryReport>true</DeliveryReport>"
        f'<Priority>Normal</Priority><Content href="cid:{_safe(content_id)}"/></SubmitReq>',
    )


def answer_to(asked: Asked, status: int, text: str) -> bytes:
    """DeliverRsp, DeliveryReportRsp or ReadReplyRsp; a VASPErrorRsp in a Fault for what is not a success."""
    version, said = f"<MM7Version>{asked.version}</MM7Version>", _status(status, text)
    if 1000 <= status < 2000:
        name = f"{asked.operation.removesuffix('Req')}Rsp"
        return _envelope(
            asked.namespace, asked.transaction_id, f'<{name} xmlns="{asked.namespace}">{version}{said}</{name}>'
        )
    code = "Server" if 3000 <= status < 4000 else "Client"
    return _envelope(
        asked.namespace,
        asked.transaction_id,
        f"<env:Fault><faultcode>env:{code}</faultcode><faultstring>{_safe(text)}</faultstring><detail>"
        f'<VASPErrorRsp xmlns="{asked.namespace}">{version}{said}</VASPErrorRsp></detail></env:Fault>',
    )


def read_answer(octets: bytes) -> Answer:
    """What an MMSC answered, in a Fault or without; raises Mm7Unreadable."""
    envelope = _tree(octets)
    answer = _first(_child(envelope, "Body"))
    if answer is not None and _local(answer) == "Fault":
        answer = _first(_child(answer, "detail"))
    status = _words(_child(answer, "Status"), "StatusCode")
    if not re.fullmatch("[1-9][0-9]{3}", status):
        raise Mm7Unreadable(f"the answer has StatusCode {status[:20]!r}, expected four digits")
    return Answer(
        status=int(status),
        text=_words(_child(answer, "Status"), "StatusText") or _words(_child(answer, "Status"), "Details"),
        transaction_id=_words(_child(envelope, "Header"), "TransactionID"),
        message_id=_words(answer, "MessageID"),
    )


def read_request(octets: bytes) -> DeliveryReport | ReadReply | Deliver:
    """What an MMSC asks; raises Mm7Unreadable."""
    envelope = _tree(octets)
    body = _first(_child(envelope, "Body"))
    if body is None:
        raise Mm7Unreadable("the SOAP Body is missing or empty")
    namespace = body.tag[1:].partition("}")[0]
    if not re.fullmatch(rf"{re.escape(NAMESPACES)}REL-[0-9]-MM7-[0-9]-[0-9]", namespace):
        raise Mm7Unreadable(f"found the name space {namespace[:120]!r}, expected one of MM7")
    version = _words(body, "MM7Version")
    asked = Asked(
        operation=_local(body),
        transaction_id=_words(_child(envelope, "Header"), "TransactionID"),
        namespace=namespace,
        version=version if re.fullmatch("[0-9.]{3,8}", version) else "5.3.0",
    )
    match asked.operation:
        case "DeliveryReportReq":
            return DeliveryReport(
                asked=asked,
                message_id=_words(body, "MessageID"),
                recipient=_number(_child(body, "Recipient")),
                mm_status=_words(body, "MMStatus"),
                status_text=_words(body, "StatusText"),
            )
        case "ReadReplyReq":
            return ReadReply(asked=asked, message_id=_words(body, "MessageID"), mm_status=_words(body, "MMStatus"))
        case "DeliverReq":
            return Deliver(
                asked=asked,
                sender=_number(_child(body, "Sender")),
                recipients=tuple(_recipients(_child(body, "Recipients"))),
                subject=_words(body, "Subject"),
                linked_id=_words(body, "LinkedID"),
            )
    raise Mm7Unreadable(f"found {asked.operation[:80]}, expected DeliverReq, DeliveryReportReq or ReadReplyReq")


def _envelope(namespace: str, transaction_id: str, body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<env:Envelope xmlns:env="{SOAP}"><env:Header><TransactionID xmlns="{namespace}" env:mustUnderstand="1">'
        f"{_safe(transaction_id)}</TransactionID></env:Header><env:Body>{body}</env:Body></env:Envelope>\n"
    ).encode()


def _status(status: int, text: str) -> str:
    return f"<Status><StatusCode>{status}</StatusCode><StatusText>{_safe(text)}</StatusText></Status>"


def _address(number: str) -> str:
    name = "ShortCode" if len(number) < 7 else "Number"
    return f"<{name}>{_safe(number)}</{name}>"


def _safe(text: str) -> str:
    return escape(re.sub(_NOT_XML, "", text), {'"': "&quot;"})


def _tree(octets: bytes) -> Element:
    if len(octets) > ENVELOPE_BYTES_MAX:
        raise Mm7Unreadable(f"the envelope has {len(octets)} bytes, {ENVELOPE_BYTES_MAX} is the limit")
    try:
        root: Element = fromstring(octets, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Mm7Unreadable(f"the envelope has a document type or entities, which SOAP forbids: {error}") from error
    except (ParseError, LookupError, ValueError) as error:
        raise Mm7Unreadable(f"the envelope is no XML: {error}; it begins {octets[:40]!r}") from error
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > DEPTH_MAX:
            raise Mm7Unreadable(f"elements are nested more than {DEPTH_MAX} deep")
        level = [each for element in level for each in element]
    if root.tag != f"{{{SOAP}}}Envelope":
        raise Mm7Unreadable(f"found <{root.tag[:80]}>, expected a SOAP 1.1 Envelope")
    return root


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: Element | None, name: str) -> Iterator[Element]:
    return (each for each in element if _local(each) == name) if element is not None else iter(())


def _child(element: Element | None, name: str) -> Element | None:
    return next(_children(element, name), None)


def _first(element: Element | None) -> Element | None:
    return None if element is None else next(iter(element), None)


def _words(element: Element | None, name: str) -> str:
    found = _child(element, name)
    return "" if found is None else (found.text or "").strip()[:VALUE_MAX]


def _recipients(holder: Element | None) -> Iterator[str]:
    """All of them: one To may hold many (TS 23.140, multiAddressType), and ours need not be the first."""
    for group in holder if holder is not None else ():
        yield from [_digits(each) for each in group] or [_digits(group)]


def _number(holder: Element | None) -> str:
    """Digits of an address; some carriers write it without Number or ShortCode around it."""
    if holder is None:
        return ""
    found = _first(holder)
    return _digits(holder if found is None else found)


def _digits(element: Element) -> str:
    """Some write a plus, or say that it is a number."""
    return (element.text or "").strip().partition("/TYPE=")[0].removeprefix("+")[:VALUE_MAX]
