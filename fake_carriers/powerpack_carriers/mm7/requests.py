"""What a VASP asks of an MMSC, out of the SOAP envelope: submit, cancel, replace; and how it answers ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from powerpack_carriers.mm7.errors import (
    FormatCorrupt,
    Mm7Error,
    UnsupportedOperation,
    UnsupportedVersion,
    ValidationError,
)
from powerpack_carriers.mm7.tree import child, children, local, namespace_of, read_tree, words

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"

MM7: Final = "http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-5-MM7-1-0"
"""What we write where nobody has written before; the most common one (mbuni's default)."""

VERSION: Final = "5.3.0"
"""The MM7Version that goes with it."""

RECIPIENTS_MAX: Final = 100
"""Group messages have some twenty; distribution lists are not offered to VASPs here."""

TEXT_MAX: Final = 1_000
"""Characters of any one value."""

_NAMESPACE: Final = re.compile(r"http://www\.3gpp\.org/ftp/Specs/archive/23_series/23\.140/schema/REL-\d-MM7-\d-\d")
_VERSION: Final = re.compile(r"[3-9]\.[0-9]{1,2}\.[0-9]{1,2}")
_ADDRESSES: Final = ("Number", "ShortCode", "RFC2822Address")
_FLAGS: Final[Mapping[str, bool]] = {"true": True, "1": True, "false": False, "0": False, "": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What an answer repeats: the transaction, and the name space and version that the other side speaks."""

    transaction_id: str = ""
    namespace: str = MM7
    version: str = VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """SubmitReq. Addresses are as written; ``href`` is the id of the content part, empty for the first there is."""

    dialect: Dialect
    vaspid: str
    vasid: str
    sender: str
    recipients: tuple[str, ...]
    subject: str = ""
    linked_id: str = ""
    wants_report: bool = False
    wants_read_reply: bool = False
    expiry: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """CancelReq: forget a message that has not arrived."""

    dialect: Dialect
    vaspid: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """ReplaceReq: another content for a message that has not arrived."""

    dialect: Dialect
    vaspid: str
    message_id: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaspAnswer:
    """What a VASP said to a DeliverReq, a DeliveryReportReq or a ReadReplyReq."""

    status: int
    text: str = field(default="")


Request = Submit | Cancel | Replace


def read_request(soap: bytes) -> Request:
    """The request in an envelope; raises Mm7Error, with the transaction where it was readable."""
    envelope = read_tree(soap)
    if local(envelope) != "Envelope" or namespace_of(envelope) != SOAP:
        raise FormatCorrupt(f"found <{envelope.tag}>, expected a SOAP 1.1 Envelope")
    operation = next(iter(child(envelope, "Body") or ()), None)
    if operation is None:
        raise FormatCorrupt("the SOAP Body is missing or empty")
    dialect = _dialect(envelope, operation)
    try:
        return _read(operation, dialect)
    except Mm7Error as error:
        error.transaction_id, error.namespace = dialect.transaction_id, dialect.namespace
        raise


def read_answer(soap: bytes) -> VaspAnswer:
    """What a VASP answered, a Fault too; raises Mm7Error for what is no answer."""
    envelope = read_tree(soap)
    answer = next(iter(child(envelope, "Body") or ()), None)
    if answer is not None and local(answer) == "Fault":
        detail = child(answer, "detail")
        answer = None if detail is None else next(iter(detail), None)
    status = child(answer, "Status")
    code = words(status, "StatusCode")
    if not re.fullmatch(r"[1-9]\d{3}", code, re.ASCII):
        raise FormatCorrupt(f"the answer has StatusCode {code[:20]!r}, expected four digits")
    return VaspAnswer(status=int(code), text=words(status, "StatusText")[:TEXT_MAX])


def _dialect(envelope: Element, operation: Element) -> Dialect:
    transaction_id = words(child(envelope, "Header"), "TransactionID")[:TEXT_MAX]
    namespace = namespace_of(operation)
    if not _NAMESPACE.fullmatch(namespace):
        error = UnsupportedVersion(f"found the name space {namespace[:200]!r}, expected one like {MM7}")
        error.transaction_id = transaction_id
        raise error
    version = words(operation, "MM7Version")
    return Dialect(
        transaction_id=transaction_id,
        namespace=namespace,
        version=version if _VERSION.fullmatch(version) else VERSION,
    )


def _read(operation: Element, dialect: Dialect) -> Request:
    if not dialect.transaction_id:
        raise FormatCorrupt("the SOAP Header has no TransactionID")
    version = words(operation, "MM7Version")
    if version != dialect.version:
        raise UnsupportedVersion(f"found MM7Version {version[:20]!r}, expected one such as {VERSION} or 6.8.0")
    who = child(operation, "SenderIdentification")
    vaspid, vasid = words(who, "VASPID"), words(who, "VASID")
    match local(operation):
        case "SubmitReq":
            return _submit(operation, dialect, vaspid, vasid)
        case "CancelReq":
            return Cancel(dialect=dialect, vaspid=vaspid, message_id=_required(operation, "MessageID"))
        case "ReplaceReq":
            message_id = _required(operation, "MessageID")
            return Replace(dialect=dialect, vaspid=vaspid, message_id=message_id, href=_href(operation))
        case other:
            raise UnsupportedOperation(f"found {other[:80]}, expected SubmitReq, CancelReq or ReplaceReq")


def _submit(operation: Element, dialect: Dialect, vaspid: str, vasid: str) -> Submit:
    found = _recipients(child(operation, "Recipients"))
    if not found:
        raise ValidationError("found no recipient, expected at least one in Recipients")
    if len(found) > RECIPIENTS_MAX:
        raise ValidationError(f"found {len(found)} recipients, {RECIPIENTS_MAX} is the limit")
    sender = child(child(operation, "SenderIdentification"), "SenderAddress")
    return Submit(
        dialect=dialect,
        vaspid=vaspid,
        vasid=vasid,
        sender="" if sender is None else _address(sender),
        recipients=tuple(found),
        subject=words(operation, "Subject")[:TEXT_MAX],
        linked_id=words(operation, "LinkedID")[:TEXT_MAX],
        wants_report=_flag(operation, "DeliveryReport"),
        wants_read_reply=_flag(operation, "ReadReply"),
        expiry=words(operation, "ExpiryDate")[:TEXT_MAX],
        href=_href(operation),
    )


def _recipients(holder: Element | None) -> list[str]:
    """Everybody in every To, Cc and Bcc, each of which may hold many (TS 23.140, multiAddressType), but for those who
    are ``displayOnly``: they are shown to the others and get nothing."""
    if holder is None:
        return []
    found: list[str] = []
    for group in holder:
        named = [each for each in group if local(each) in _ADDRESSES]
        if not named:
            found.append(_address(group))
        found += [
            (each.text or "").strip()[:TEXT_MAX]
            for each in named
            if each.get("displayOnly", "false").strip() not in ("true", "1")
        ]
    return found


def _address(holder: Element) -> str:
    """The number in To, Cc, Bcc or SenderAddress; some write it there directly (mbuni tolerates that)."""
    for name in _ADDRESSES:
        for found in children(holder, name):
            return (found.text or "").strip()[:TEXT_MAX]
    return (holder.text or "").strip()[:TEXT_MAX]


def _href(operation: Element) -> str:
    content = child(operation, "Content")
    href = "" if content is None else next((value for name, value in content.items() if name.endswith("href")), "")
    return href.strip().removeprefix("cid:").strip("<>")


def _flag(operation: Element, name: str) -> bool:
    given = words(operation, name).lower()
    if given not in _FLAGS:
        raise ValidationError(f"{name}: found {given[:20]!r}, expected true or false")
    return _FLAGS[given]


def _required(operation: Element, name: str) -> str:
    found = words(operation, name)
    if not found:
        raise ValidationError(f"{name} is missing")
    return found[:TEXT_MAX]
