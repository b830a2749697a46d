"""The multimedia content of a message: texts and media out of MIME parts, and MIME parts around what a phone sends."""

from binascii import Error as BinasciiError
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Final

from powerpack_carriers.mm7.errors import ContentRefused, FormatCorrupt

PARTS_MAX: Final = 64
"""Bandwidth takes ten attachments; with SMIL and a text for each slide a message has some thirty parts."""

MARKS_MAX: Final = 1_000
"""Lines that begin like a boundary, counted before anything is parsed: a million tiny parts would take seconds."""

NESTED_MAX: Final = 5
"""related in mixed in related is what MM7 has: three."""

HEADER_VALUE_MAX: Final = 1_000
"""Characters of a name, an id or a type that are kept."""

NOT_SHOWN: Final = frozenset({"application/smil", "application/smil+xml"})
"""Says how the parts are arranged on a screen; a phone's inbox does not list it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One picture, sound, film, card or document: its type, its name and its octets as the phone has them."""

    content_type: str
    name: str = ""
    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Octets."""
        return len(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a phone shows: the texts as one, and the media in their order. ``size``: octets as they were encoded."""

    text: str = ""
    media: tuple[Media, ...] = ()
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A request: the octets of its SOAP part, and the content part with its Content-ID (empty: it has none)."""

    soap: bytes
    content: "Message[str, str] | None" = None
    content_id: str = ""
    content_size: int = 0


def split_request(content_type: str, body: bytes) -> Attached:
    """Take a request apart: bare text/xml, or multipart/related with the SOAP part first (SOAP with attachments).

    Raises FormatCorrupt.
    """
    if body.count(b"\n--") > MARKS_MAX:
        raise FormatCorrupt(f"the body has more than {MARKS_MAX} boundaries")
    if "\r" in content_type or "\n" in content_type or not content_type.isascii():
        raise FormatCorrupt("the Content-Type holds characters that no header may hold")
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode("ascii")
    try:
        whole = BytesParser(policy=compat32).parsebytes(head + body)
        kind = whole.get_content_type()
        if kind in ("text/xml", "application/xml", "application/soap+xml"):
            return Attached(soap=body)
        if kind != "multipart/related" or not whole.is_multipart():
            raise FormatCorrupt(f"found a body of type {kind}, expected multipart/related or text/xml")
        _check_parts(whole)
        parts = _parts(whole)
        root = _root_of(parts, str(whole.get_param("start") or ""))
        others = [part for part in parts if part is not root]
        content = others[0] if others else None
        soap = _octets(root)
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
        # The standard library's parser raises these for headers that nobody has written by mistake.
        raise FormatCorrupt(f"the body is no MIME: {error}") from error
    return Attached(
        soap=soap,
        content=content,
        content_id="" if content is None else _bare_id(_header(content, "Content-ID")),
        content_size=len(body) - len(soap),
    )


def read_content(part: "Message[str, str]", size: int) -> Content:
    """Texts and media of the content part, however they are nested; raises FormatCorrupt and ContentRefused."""
    texts: list[str] = []
    media: list[Media] = []
    for leaf in _leaves(part):
        kind = leaf.get_content_type()
        if kind in NOT_SHOWN:
            continue
        octets = _octets(leaf)
        if kind == "text/plain":
            texts.append(_decoded(octets, leaf.get_content_charset() or "utf-8"))
        elif kind.partition("/")[0] in ("image", "video", "audio", "text", "application"):
            media.append(Media(content_type=kind, name=_name_of(leaf), data=octets))
        else:
            raise ContentRefused(f"found a part of type {kind}, which no phone can show")
    return Content(text="\n".join(texts), media=tuple(media), size=size)


def write_content(text: str, media: Sequence[Media], *, content_id: str, boundary: str) -> bytes:
    """The content part of a DeliverReq: multipart/mixed, text first, everything as binary."""
    leaves = [(b"text/plain; charset=utf-8", "text.txt", text.encode())] if text else []
    leaves += [
        (each.content_type.encode("ascii"), each.name or f"part{index}", each.data) for index, each in enumerate(media)
    ]
    mark = boundary.encode("ascii")
    out = [b'Content-Type: multipart/mixed; boundary="%s"\r\nContent-ID: <%s>\r\n\r\n' % (mark, content_id.encode())]
    for kind, name, octets in leaves:
        plain = "".join(each if each.isascii() and each.isprintable() and each not in '"\\' else "_" for each in name)
        out.append(
            b'--%s\r\nContent-Type: %s\r\nContent-Location: %s\r\nContent-Disposition: attachment; filename="%s"\r\n'
            b"Content-Transfer-Encoding: binary\r\n\r\n%s\r\n"
            % (mark, kind, plain.replace(" ", "_").encode(), plain.encode(), octets)
        )
    out.append(b"--%s--\r\n" % mark)
    return b"".join(out)


def _check_parts(whole: "Message[str, str]") -> None:
    level, count = [whole], 0
    for _ in range(NESTED_MAX + 1):
        level = [part for each in level if each.is_multipart() for part in _parts(each)]
        count += len(level)
        if count > PARTS_MAX:
            raise FormatCorrupt(f"the body has more than {PARTS_MAX} parts")
        if not level:
            return
    raise FormatCorrupt(f"parts are nested more than {NESTED_MAX} deep")


def _parts(part: "Message[str, str]") -> "list[Message[str, str]]":
    found = part.get_payload()
    return [each for each in found if isinstance(each, Message)] if isinstance(found, list) else []


def _leaves(part: "Message[str, str]") -> "Iterator[Message[str, str]]":
    if not part.is_multipart():
        yield part
        return
    for each in _parts(part):
        yield from _leaves(each)


def _root_of(parts: "list[Message[str, str]]", start: str) -> "Message[str, str]":
    """The part that ``start`` names, else the first (RFC 2387, 3.2)."""
    if not parts:
        raise FormatCorrupt("the body is multipart and has no parts")
    wanted = _bare_id(start)
    return next((part for part in parts if wanted and _bare_id(_header(part, "Content-ID")) == wanted), parts[0])


def _octets(part: "Message[str, str]") -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (BinasciiError, ValueError, LookupError, AssertionError) as error:
        raise FormatCorrupt(f"a part of type {part.get_content_type()} can not be decoded: {error}") from error
    return payload if isinstance(payload, bytes) else b""


def _decoded(octets: bytes, charset: str) -> str:
    try:
        return _whole(octets.decode(charset))
    except (LookupError, ValueError):
        return octets.decode("utf-8", "replace")


def _whole(text: str) -> str:
    """Without halves of surrogate pairs, which UTF-7 may give and no JSON can hold."""
    return text.encode("utf-8", "replace").decode()


def _header(part: "Message[str, str]", name: str) -> str:
    return str(part.get(name, "")).strip()[:HEADER_VALUE_MAX]


def _bare_id(content_id: str) -> str:
    """Some write it without its brackets (mbuni tolerates it), and some ask for it with ``cid:``."""
    return content_id.strip().removeprefix("cid:").strip("<>")


def _name_of(part: "Message[str, str]") -> str:
    try:
        found = part.get_filename()
    except ValueError:  # its charset (RFC 2231) is none: no picture is refused for its name
        found = None
    return _whole(found or _header(part, "Content-Location") or _bare_id(_header(part, "Content-ID")))[
        :HEADER_VALUE_MAX
    ]
