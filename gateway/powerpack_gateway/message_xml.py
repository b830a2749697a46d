"""Message XML: what an application may answer to an incoming message, to send some of its own (plivo_api.md 3.6).

``<Response><Message src="" dst="" type="sms" callbackUrl="" callbackMethod="POST">text</Message></Response>``: only
``Message`` is an element for messaging, names are case-sensitive, ``dst`` may join numbers with ``<``.
"""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.send_form import SendBody, request_of
from powerpack_gateway.sending import SendRequest

MESSAGES_MAX = 10
"""Messages of one answer: a reply and a few more; a campaign is no answer to a text."""

_ATTRIBUTES = ("src", "dst", "type", "callbackUrl", "callbackMethod")


def replies(body: bytes) -> list[SendRequest]:
    """What an answer asks to send; nothing when it is empty or no XML. Raises BadRequest when it is wrong."""
    xml = body.removeprefix(BOM_UTF8).lstrip()  # .NET writes the mark, and PHP files have a blank line in front
    if not xml.startswith((b"<", BOM_UTF16_LE, BOM_UTF16_BE)):
        return []
    try:
        response = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:  # LookupError: of an encoding
        raise BadRequest(f"the answer is no XML: {error}") from error
    if response.tag.lower() in ("html", "{http://www.w3.org/1999/xhtml}html"):
        return []  # a web framework's page that says that all is well
    if response.tag != "Response":
        raise BadRequest(f"the answer is <{response.tag}>, expected <Response>")
    if len(response) > MESSAGES_MAX:
        raise BadRequest(f"<Response> has {len(response)} messages, {MESSAGES_MAX} is the limit")
    return [_request(each) for each in response]


def _request(element: Element) -> SendRequest:
    if element.tag != "Message":
        raise BadRequest(f"<Response> has <{element.tag}>, expected <Message>: no other element sends messages")
    for name in element.attrib:
        if name not in _ATTRIBUTES:
            raise BadRequest(f"<Message> has {name}, expected some of {', '.join(_ATTRIBUTES)}")
    return request_of(
        SendBody(
            src=element.get("src"),
            dst=element.get("dst"),
            type=element.get("type"),
            text="".join(element.itertext()).strip(),
            url=element.get("callbackUrl"),
            method=element.get("callbackMethod"),
        )
    )
