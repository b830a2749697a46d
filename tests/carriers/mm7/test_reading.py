"""What strangers post: read in every form that MMSCs tolerate, refused with our errors and no others."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.vasp import NAMESPACE, PICTURE, submit_req, with_content
from powerpack_carriers.mm7.answers import error_rsp, submit_rsp
from powerpack_carriers.mm7.content import (
    PARTS_MAX,
    Attached,
    Content,
    Media,
    read_content,
    split_request,
    write_content,
)
from powerpack_carriers.mm7.errors import FormatCorrupt, Mm7Error, ValidationError
from powerpack_carriers.mm7.requests import Cancel, Dialect, Submit, read_answer, read_request
from powerpack_carriers.mm7.status import STATUS_TEXT, StatusCode
from powerpack_carriers.mm7.tree import DEPTH_MAX, read_tree


def content_of(attached: Attached) -> Content:
    """The content of a request that has one."""
    assert attached.content is not None
    return read_content(attached.content, attached.content_size)


def test_a_submit_is_read_whole() -> None:
    attached = split_request(*with_content(submit_req("+14155550123")))

    request = read_request(attached.soap)
    assert isinstance(request, Submit)
    assert request.dialect == Dialect(transaction_id="t-1", namespace=NAMESPACE, version="6.8.0")
    assert (request.vaspid, request.vasid, request.recipients) == ("generic", "tests", ("+14155550123",))
    assert (request.wants_report, request.wants_read_reply, request.href) == (True, False, "content-1")
    assert content_of(attached).media[0].data == PICTURE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'start="<soap-1>"; ', b""),
        (b"cid:content-1", b"content-1"),
        (b"Content-ID: <content-1>", b"Content-ID: content-1"),
        (b"Content-ID: <content-1>", b"X-Nothing: 1"),
        (b"<To><Number>14155550123</Number></To>", b"<To>14155550123</To>"),
        (b"<To><Number>14155550123</Number></To>", b"<Recipient><Number>14155550123</Number></Recipient>"),
        (b"\r\n", b"\n"),
    ],
    ids=["no start", "no cid:", "no brackets", "no Content-ID", "bare number", "Recipient for To", "bare line feeds"],
)
def test_what_broken_implementations_write_is_understood(before: bytes, after: bytes) -> None:
    content_type, body = with_content(submit_req(), picture=b"JPEG")
    attached = split_request(content_type.encode().replace(before, after).decode(), body.replace(before, after))

    request = read_request(attached.soap)
    assert isinstance(request, Submit)
    assert request.recipients == ("14155550123",)
    assert content_of(attached).media[0].data == b"JPEG"


def test_everybody_in_one_to_is_a_recipient_but_who_is_only_shown() -> None:
    """TS 23.140: To, Cc and Bcc may hold many addresses each."""
    one = b"<To><Number>14155550123</Number></To>"
    many = (
        b"<To><Number>14155550123</Number><Number displayOnly='true'>14155550124</Number>"
        b"<ShortCode>12345</ShortCode></To><Cc><Number displayOnly='false'>14155550125</Number></Cc>"
    )

    request = read_request(submit_req().replace(one, many))

    assert isinstance(request, Submit)
    assert request.recipients == ("14155550123", "12345", "14155550125")


def test_a_submit_to_nobody_who_gets_it_is_refused() -> None:
    shown = submit_req().replace(b"<Number>14155550123", b'<Number displayOnly="1">14155550123')

    with pytest.raises(ValidationError, match="found no recipient"):
        read_request(shown)


@pytest.mark.parametrize(
    ("charset", "name", "shown"),
    [(b"utf-7", b"utf-7''%2B2AA-.jpg", "?.jpg"), (b"undefined", b"undefined''a.jpg", ""), (b"idna", b"idna''a", "")],
)
def test_what_lies_about_its_charset_can_be_kept_all_the_same(charset: bytes, name: bytes, shown: str) -> None:
    """Python knows codecs that are no charsets, and UTF-7 can say what no JSON can hold."""
    content_type, body = with_content(submit_req(), text="+2AA-", picture=b"JPEG")
    lying = b"Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename*=" + name
    assert body.count(b"Content-Type: image/jpeg") == 1
    body = body.replace(b"Content-Type: image/jpeg", lying)
    body = body.replace(b"charset=utf-8\r\n\r\n+", b"charset=%b\r\n\r\n+" % charset)

    content = content_of(split_request(content_type, body))

    assert content.text == ("?" if charset == b"utf-7" else "+2AA-")
    assert content.media[0].name == shown


def test_a_request_without_content_is_bare_xml() -> None:
    soap = submit_req().replace(b"SubmitReq", b"CancelReq").replace(b"<Rec", b"<MessageID>17</MessageID><Rec")

    request = read_request(split_request("text/xml; charset=utf-8", soap).soap)

    assert isinstance(request, Cancel)
    assert request.message_id == "17"


BOMBS = {
    "a billion laughs": b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
    "a file of ours": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "a document type alone": b"<!DOCTYPE a><a/>",
    "depth": b"<a>" * (DEPTH_MAX + 1) + b"</a>" * (DEPTH_MAX + 1),
    "very much depth": b"<a>" * 60_000,
    "length": b"<a>" + b" " * 300_000 + b"</a>",
    "an encoding that nobody has": b'<?xml version="1.0" encoding="klingon"?><a/>',
    "nothing": b"",
}


@pytest.mark.parametrize("octets", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused(octets: bytes) -> None:
    with pytest.raises(FormatCorrupt):
        read_tree(octets)


def nested(depth: int) -> bytes:
    """A multipart in a multipart in a multipart."""
    body = b"--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x--"
    for level in range(depth):
        head = b'Content-Type: multipart/mixed; boundary="%s"' % (b"x" if level == 0 else b"y%d" % level)
        body = b"--y%d\r\n%s\r\n\r\n%s\r\n--y%d--" % (level + 1, head, body, level + 1)
    return body


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ('multipart/related; boundary="y20"', nested(20)),
        ('multipart/related; boundary="x"', b"--x\r\n\r\n\r\n" * (PARTS_MAX + 2) + b"--x--"),
        ('multipart/related; boundary="x"', b"--x\r\n" * 100_000),
        ('multipart/related; boundary="x"', b"nothing of the kind"),
        ("multipart/related", b"--x--"),
        ("image/png", b"\x89PNG"),
        ("text/xml\r\nX: y", b"<a/>"),
        ("täxt/xml", b"<a/>"),
        ("", b"hello"),
    ],
    ids=["depth", "parts", "boundaries", "no boundary in it", "no boundary", "a picture", "a header", "umlaut", "none"],
)
def test_bodies_that_are_no_request_are_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(FormatCorrupt):
        split_request(content_type, body)


CONTENT_TYPES = st.sampled_from(
    ["text/xml", 'multipart/related; boundary="outer"', "multipart/related; boundary=outer; start=x", "multipart/mixed"]
) | st.text(max_size=60)


@given(content_type=CONTENT_TYPES, octets=st.binary(max_size=300), cut=st.integers(0, 2_000), at=st.integers(0, 2_000))
def test_garbage_raises_only_our_errors(content_type: str, octets: bytes, cut: int, at: int) -> None:
    _, sound = with_content(submit_req(), picture=b"JPEG")
    for body in (octets, sound[:at] + octets + sound[at + cut :]):
        with suppress(Mm7Error):
            attached = split_request(content_type, body)
            read_request(attached.soap)
            if attached.content is not None:
                read_content(attached.content, attached.content_size)


@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=40),
    media=st.lists(
        st.builds(
            Media,
            content_type=st.sampled_from(["image/png", "video/mp4", "text/vcard"]),
            name=st.from_regex(r"[a-z]{1,8}\.[a-z]{3}", fullmatch=True),
            data=st.binary(min_size=1, max_size=200),
        ),
        max_size=4,
    ),
)
def test_what_a_phone_sends_is_read_back_as_it_was(text: str, media: list[Media]) -> None:
    content = write_content(text, media, content_id="c", boundary="a-boundary-that-is-not-drawn")
    body = b"--w\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--w\r\n" + content + b"\r\n--w--\r\n"

    read = content_of(split_request('multipart/related; boundary="w"', body)) if text or media else Content()

    assert (read.text, read.media) == (text, tuple(media))


@pytest.mark.parametrize("status", [int(code) for code in StatusCode])
def test_answers_are_read_as_they_are_written(status: int) -> None:
    dialect = Dialect(transaction_id="17 <&\0>", namespace=NAMESPACE, version="6.8.0")
    octets = submit_rsp(dialect, "id", StatusCode(status)) if status < 2000 else error_rsp(dialect, status, "why")

    assert read_answer(octets).status == status
    assert read_answer(octets).text == STATUS_TEXT[status]
    assert b"17 &lt;&amp;&gt;" in octets


def test_an_answer_without_a_status_is_none() -> None:
    with pytest.raises(FormatCorrupt, match="StatusCode ''"):
        read_answer(b"<a/>")
