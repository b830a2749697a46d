"""MIME parts of a body that is in memory: taken apart, and put together."""

import re
from base64 import b64decode, b64encode
from binascii import Error as BinasciiError
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from quopri import decodestring

PARTS_MAX = 64
"""Parts on all levels: ten attachments, texts between them and a plan of slides are some thirty."""

NESTED_MAX = 5
"""related in mixed in related is what MM7 has: three."""

HEAD_BYTES_MAX = 8_192
"""Headers of one part; a file name is the longest of them."""

BASE64_LINE = 76
"""Characters a line (RFC 2045, 6.8); not every MMSC reads longer ones."""


class MimeError(ValueError):
    """A body that is not what its Content-Type says; the text says what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One leaf, its data decoded; ``name`` and ``filename`` as Content-Disposition has them."""

    content_type: str
    data: bytes = field(repr=False)
    charset: str = ""
    name: str = ""
    filename: str = ""
    content_id: str = ""
    location: str = ""

    @property
    def text(self) -> str:
        """The data as text; what is not in its charset is replaced, and a charset that nobody knows is UTF-8.

        Python knows codecs that are no charsets: ``undefined`` and ``idna`` raise, and others (UTF-7, which is one)
        give halves of surrogate pairs, which no file and no JSON can hold.
        """
        try:
            found = self.data.decode(self.charset or "utf-8", "replace")
        except (LookupError, ValueError):  # UnicodeError is one; and the name may hold a NUL
            found = self.data.decode("utf-8", "replace")
        return _whole(found)


def leaves_of(content_type: str, body: bytes) -> list[Part]:
    """All leaves of a multipart body in their order, those of nested ones too; raises MimeError."""
    if not content_type.isascii() or "\r" in content_type or "\n" in content_type:
        raise MimeError("the Content-Type holds characters that no header may hold")
    leaves: list[Part] = []
    for part in _walk(_headers(f"Content-Type: {content_type}\n\n"), body, NESTED_MAX):
        leaves.append(part)
        if len(leaves) > PARTS_MAX:
            raise MimeError(f"the body has more than {PARTS_MAX} parts")
    return leaves


def related(soap: bytes, parts: Sequence[Part], *, content_id: str, mark: str) -> tuple[str, bytes]:
    """Content-Type and body of a SOAP part and, as ``content_id``, a multipart/mixed of the others in base64.

    ``mark`` is a word that occurs in none of them.
    """
    outer, inner = f"outer-{mark}".encode("ascii"), f"inner-{mark}".encode("ascii")
    lines = [
        b"--%s\r\nContent-Type: text/xml; charset=utf-8\r\nContent-ID: <soap-%s>\r\n\r\n%s\r\n"
        % (outer, mark.encode("ascii"), soap),
        b'--%s\r\nContent-Type: multipart/mixed; boundary="%s"\r\nContent-ID: <%s>\r\n\r\n'
        % (outer, inner, content_id.encode("ascii")),
    ]
    lines += [b"--%s\r\n%s\r\n%s\r\n" % (inner, _head_of(part), _base64(part.data)) for part in parts]
    lines.append(b"--%s--\r\n--%s--\r\n" % (inner, outer))
    return f'multipart/related; type="text/xml"; start="<soap-{mark}>"; boundary="outer-{mark}"', b"".join(lines)


def _walk(headers: "Message[str, str]", body: bytes, levels: int) -> Iterator[Part]:
    if headers.get_content_maintype() != "multipart":
        yield _leaf(headers, body)
        return
    if not levels:
        raise MimeError(f"parts are nested more than {NESTED_MAX} deep")
    for raw in _split(_boundary_of(headers), body):
        head, data = _head_and_data(raw)
        if len(head) > HEAD_BYTES_MAX:
            raise MimeError(f"the headers of a part have more than {HEAD_BYTES_MAX} bytes")
        yield from _walk(_headers(head.decode("utf-8", "replace").replace("\r\n", "\n") + "\n\n"), data, levels - 1)


def _head_and_data(raw: bytes) -> tuple[bytes, bytes]:
    """What is before and behind the empty line; a part may have no headers, and some write bare line feeds."""
    for line_break in (b"\r\n", b"\n"):
        if raw.startswith(line_break):
            return b"", raw[len(line_break) :]
        head, blank, data = raw.partition(line_break * 2)
        if blank:
            return head, data
    return raw, b""


def _split(boundary: str, body: bytes) -> Iterator[bytes]:
    """What is between the boundaries (RFC 2046, 5.1.1), without the line break that belongs to each of them."""
    if not boundary or not boundary.isascii() or len(boundary) > 200:
        raise MimeError(f"found the boundary {boundary[:80]!r}, expected 1 to 70 characters of ASCII")
    began, count = -1, 0
    for start, end, is_last in _marks(b"--" + boundary.encode("ascii"), body):
        if began >= 0:
            count += 1
            if count > PARTS_MAX:
                raise MimeError(f"the body has more than {PARTS_MAX} parts")
            yield body[began : max(began, start)]
        if is_last:
            return
        began = end
    raise MimeError("the body does not hold the boundary that its Content-Type names, or not the last one")


def _marks(mark: bytes, body: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each boundary starts and ends, with the line breaks around it, and whether it is the last.

    ``find`` is what makes this a hundred times faster than an expression: bodies are megabytes of pictures.
    """
    at = body.find(mark)
    while at >= 0:
        end = at + len(mark)
        is_last = body[end : end + 2] == b"--"
        end += 2 * is_last
        while body[end : end + 1] in (b" ", b"\t"):
            end += 1
        line_break = b"\r\n" if body[end : end + 2] == b"\r\n" else body[end : end + 1]
        starts_line = at == 0 or body[at - 1 : at] == b"\n"
        if starts_line and line_break in (b"\r\n", b"\n", b""):
            start = at - 2 if body[max(0, at - 2) : at] == b"\r\n" else max(0, at - 1)
            yield start, end + len(line_break), is_last
        at = body.find(mark, at + len(mark))


def _leaf(headers: "Message[str, str]", raw: bytes) -> Part:
    kind = headers.get_content_type()
    disposition = headers.get_params(header="content-disposition", failobj=[]) or []
    named: Mapping[str, object] = {str(key).lower(): value for key, value in disposition[1:]}
    return Part(
        content_type=kind,
        data=_decoded(kind, str(headers.get("Content-Transfer-Encoding", "")).strip().lower(), raw),
        charset=str(headers.get_param("charset", "") or ""),
        name=_plain(named.get("name", "")),
        filename=_filename_of(headers),
        content_id=str(headers.get("Content-ID", "")).strip().strip("<>"),
        location=str(headers.get("Content-Location", "")).strip(),
    )


def _decoded(kind: str, encoding: str, raw: bytes) -> bytes:
    match encoding:
        case "" | "7bit" | "8bit" | "binary":
            return raw
        case "base64":
            try:
                return b64decode(raw)
            except BinasciiError as error:
                raise MimeError(f"a part of type {kind} is no base64: {error}") from error
        case "quoted-printable":
            return decodestring(raw)
    raise MimeError(f"found a part in {encoding[:40]!r}, expected base64, quoted-printable, 7bit, 8bit or binary")


def _headers(head: str) -> "Message[str, str]":
    return HeaderParser(policy=compat32).parsestr(head)


def _boundary_of(headers: "Message[str, str]") -> str:
    try:
        return str(headers.get_boundary("") or "")
    except ValueError as error:
        raise MimeError(f"the boundary is in a charset that can not be read: {error}") from error


def _filename_of(headers: "Message[str, str]") -> str:
    """Empty where its charset (RFC 2231) can not be read: no picture is lost for its name."""
    try:
        return _whole(headers.get_filename("") or "")
    except ValueError:
        return ""


def _whole(text: str) -> str:
    """The text without halves of surrogate pairs."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _plain(value: object) -> str:
    """A parameter, which the parser gives as a tuple where it came in RFC 2231's form."""
    return str(value[2] if isinstance(value, tuple) else value or "")


def _head_of(part: Part) -> bytes:
    kind = f'{part.content_type}; charset="utf-8"' if part.content_type == "text/plain" else part.content_type
    lines = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64"]
    if part.filename:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", part.filename)[:100]
        lines += [f"Content-Location: {name}", f'Content-Disposition: attachment; filename="{name}"']
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _base64(data: bytes) -> bytes:
    text = b64encode(data)
    return b"\r\n".join(text[at : at + BASE64_LINE] for at in range(0, len(text), BASE64_LINE))
