"""XML from strangers as a tree: no DTD, no entities, no harmful depth or size (docs/decisions/0006-mm7.md)."""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from powerpack_carriers.mm7.errors import FormatCorrupt

ENVELOPE_OCTETS_MAX: Final = 262_144
"""A SubmitReq with every element has 3 KB, and 1,000 recipients add 60 each: four times that."""

DEPTH_MAX: Final = 32
"""Envelope, Body, SubmitReq, Recipients, To, Number: six. What is deeper is no MM7."""


def read_tree(octets: bytes) -> Element:
    """The root element; raises FormatCorrupt for what is no XML, or more of it than MM7 needs."""
    if len(octets) > ENVELOPE_OCTETS_MAX:
        raise FormatCorrupt(f"the SOAP part has {len(octets)} octets, {ENVELOPE_OCTETS_MAX} is the limit")
    try:
        root: Element = fromstring(octets, forbid_dtd=True)
    except DefusedXmlException as error:
        raise FormatCorrupt(f"the SOAP part has a document type or entities, which SOAP forbids: {error}") from error
    except (ParseError, LookupError, ValueError) as error:
        raise FormatCorrupt(f"the SOAP part is no XML: {error}") from error
    _check_depth(root)
    return root


def local(element: Element) -> str:
    """The name without its name space."""
    return element.tag.rpartition("}")[2]


def namespace_of(element: Element) -> str:
    """The name space, empty without one."""
    return element.tag[1:].partition("}")[0] if element.tag.startswith("{") else ""


def child(element: Element | None, name: str) -> Element | None:
    """The first child of a name, in whatever name space: implementations mix them."""
    return None if element is None else next(children(element, name), None)


def children(element: Element, name: str) -> Iterator[Element]:
    """All children of a name."""
    return (each for each in element if local(each) == name)


def words(element: Element | None, name: str) -> str:
    """The text of a child without the blanks around it; empty where there is none."""
    found = child(element, name)
    return "" if found is None or found.text is None else found.text.strip()


def _check_depth(root: Element) -> None:
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > DEPTH_MAX:
            raise FormatCorrupt(f"elements are nested more than {DEPTH_MAX} deep")
        level = [each for element in level for each in element]
