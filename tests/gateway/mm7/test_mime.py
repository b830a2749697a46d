"""MIME bodies: taken apart as the standard library does, however they are cut, and refused with one error."""

from email import message_from_bytes
from email.policy import compat32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_carriers.mm7.content import read_content, split_request
from powerpack_gateway.mm7.mime import NESTED_MAX, PARTS_MAX, MimeError, Part, leaves_of, related

PNG = bytes(range(256)) + b"\r\n--b\r\n--\n"


def body_of(*parts: bytes, boundary: bytes = b"b", line: bytes = b"\r\n") -> bytes:
    """Parts between boundaries."""
    mark = b"--" + boundary
    return b"".join(mark + line + part + line for part in parts) + mark + b"--" + line


def test_an_upload_is_taken_apart() -> None:
    head = b'Content-Disposition: form-data; name="file"; filename="cat.png"\r\nContent-Type: image/png\r\n\r\n'

    (part,) = leaves_of("multipart/form-data; boundary=bound", body_of(head + PNG, boundary=b"bound"))

    assert part == Part(content_type="image/png", data=PNG, name="file", filename="cat.png")


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        (b'form-data; name="file"; filename="a b.png"', "a b.png"),
        (b"form-data; name=file; filename=a.png", "a.png"),
        (b"form-data; name=\"file\"; filename*=UTF-8''%E2%82%AC.png", "€.png"),
        (b'form-data; name="file"', ""),
    ],
)
def test_names_come_in_every_form(disposition: bytes, filename: str) -> None:
    (part,) = leaves_of(
        "multipart/form-data; boundary=b", body_of(b"Content-Disposition: " + disposition + b"\r\n\r\nx")
    )

    assert (part.name, part.filename, part.data) == ("file", filename, b"x")


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        (b"utf-8", "höi".encode(), "höi"),
        (b"iso-8859-1", b"h\xf6i", "höi"),
        (b"utf-16", "höi".encode("utf-16"), "höi"),
        (b"nobody-knows-it", "höi".encode(), "höi"),
        (b"undefined", b"hi", "hi"),
        (b"idna", b"hi", "hi"),
        (b"hex", b"hi", "hi"),
        (b'"a\0b"', b"hi", "hi"),
        (b"utf-7", b"+2AA- hi", "? hi"),
        (b"unicode_escape", b"\\ud800 hi", "? hi"),
    ],
)
def test_a_text_can_be_stored_whatever_its_charset_says(charset: bytes, data: bytes, text: str) -> None:
    (part,) = leaves_of(
        "multipart/mixed; boundary=b", body_of(b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\n" + data)
    )

    assert part.text == text


@pytest.mark.parametrize(
    ("filename", "name"), [(b"utf-7''%2B2AA-.png", "?.png"), (b"undefined''a.png", ""), (b"idna''a.png", "")]
)
def test_a_file_is_kept_whatever_the_charset_of_its_name(filename: bytes, name: str) -> None:
    disposition = b"Content-Disposition: form-data; name=file; filename*=" + filename

    (part,) = leaves_of("multipart/form-data; boundary=b", body_of(disposition + b"\r\n\r\nx"))

    assert (part.name, part.filename, part.data) == ("file", name, b"x")


@pytest.mark.parametrize(
    ("encoding", "raw", "data"),
    [
        (b"base64", b"aGVs\r\nbG8=", b"hello"),
        (b"quoted-printable", b"h=C3=A9=\r\nllo", "héllo".encode()),
        (b"8bit", b"\xe9", b"\xe9"),
        (b"Binary", b"\0\r\n\0", b"\0\r\n\0"),
    ],
)
def test_encodings_are_undone(encoding: bytes, raw: bytes, data: bytes) -> None:
    (part,) = leaves_of(
        "multipart/mixed; boundary=b", body_of(b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + raw)
    )

    assert part.data == data


def nested(depth: int) -> tuple[str, bytes]:
    """A multipart in a multipart, so many deep."""
    content_type, body = "multipart/mixed; boundary=b0", body_of(b"\r\nx", boundary=b"b0")
    for level in range(1, depth):
        body = body_of(f"Content-Type: {content_type}\r\n\r\n".encode() + body, boundary=f"b{level}".encode())
        content_type = f"multipart/mixed; boundary=b{level}"
    return content_type, body


def test_parts_in_parts_are_found() -> None:
    assert [part.data for part in leaves_of(*nested(3))] == [b"x"]


@pytest.mark.parametrize(
    ("content_type", "body", "words"),
    [
        ("multipart/mixed", b"--b--", "found the boundary ''"),
        ("multipart/mixed; boundary=ü", b"--b--", "characters that no header may hold"),
        ("multipart/mixed; boundary=b\r\nX: y", b"--b--", "characters that no header may hold"),
        ("multipart/mixed; boundary=b", b"nothing", "does not hold the boundary"),
        ("multipart/mixed; boundary*=undefined''b", b"--b--", "the boundary is in a charset"),
        ("multipart/mixed; boundary=b", b"--b\r\n\r\nhello", "or not the last one"),
        ("multipart/mixed; boundary=b", body_of(*[b"\r\nx"] * (PARTS_MAX + 1)), "more than 64 parts"),
        ("multipart/mixed; boundary=b", body_of(b"X: " + b"y" * 9_000 + b"\r\n\r\n"), "more than 8192 bytes"),
        ("multipart/mixed; boundary=b", body_of(b"Content-Transfer-Encoding: base64\r\n\r\na"), "is no base64"),
        ("multipart/mixed; boundary=b", body_of(b"Content-Transfer-Encoding: zip\r\n\r\na"), "found a part in 'zip'"),
        (*nested(NESTED_MAX + 1), "nested more than 5 deep"),
    ],
)
def test_what_is_no_mime_is_refused(content_type: str, body: bytes, words: str) -> None:
    with pytest.raises(MimeError) as caught:
        leaves_of(content_type, body)
    assert words in str(caught.value)


DATA = st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--b", b"x", b"\0", b"\xff", b"b", b" "]), max_size=30).map(
    b"".join
)


def is_plain(data: bytes) -> bool:
    """Whether no line of it looks like the boundary."""
    return not any(line.startswith(b"--b") for line in data.replace(b"\r", b"\n").split(b"\n"))


@given(parts=st.lists(DATA.filter(is_plain), min_size=1, max_size=5))
def test_it_agrees_with_what_was_put_together(parts: list[bytes]) -> None:
    body = body_of(*[b"Content-Type: image/png\r\n\r\n" + part for part in parts])

    assert [part.data for part in leaves_of("multipart/mixed; boundary=b", body)] == parts


@given(parts=st.lists(st.text("abc -\r\n", max_size=20).map(str.encode).filter(is_plain), min_size=1, max_size=4))
def test_it_agrees_with_the_standard_library(parts: list[bytes]) -> None:
    body = body_of(*[b"Content-Type: text/plain\r\n\r\n" + part for part in parts])
    whole = message_from_bytes(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body, policy=compat32)

    found = [part.data for part in leaves_of("multipart/mixed; boundary=b", body)]

    assert found == [part.get_payload(decode=True) for part in whole.walk() if not part.is_multipart()]


@given(
    content_type=st.sampled_from(["multipart/mixed; boundary=b", "multipart/form-data; boundary=b", "text/plain"])
    | st.text(max_size=40),
    body=st.lists(st.sampled_from([b"--b", b"--b--", b"\r\n", b"\n", b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Transfer-Encoding: base64", b"\r\n\r\n", b"=", b"a"]), max_size=30).map(b"".join),
)  # fmt: skip
def test_garbage_raises_only_our_error(content_type: str, body: bytes) -> None:
    try:
        leaves_of(content_type, body)
    except MimeError as error:
        assert str(error)  # noqa: PT017  whatever else is raised fails the test


def test_the_carriers_read_what_we_put_together() -> None:
    parts = [
        Part(content_type="text/plain", data="Grüße".encode()),
        Part(content_type="image/png", data=PNG, filename='my "cat"\r\n.png'),
    ]
    content_type, body = related(b"<soap/>", parts, content_id="c-1", mark="m")

    attached = split_request(content_type, body)
    assert (attached.soap, attached.content_id) == (b"<soap/>", "c-1")
    assert attached.content is not None
    content = read_content(attached.content, attached.content_size)
    assert (content.text, content.media[0].data, content.media[0].name) == ("Grüße", PNG, "my__cat___.png")
    assert [part.data for part in leaves_of(content_type, body)] == [b"<soap/>", parts[0].data, PNG]
