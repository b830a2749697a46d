"""Message XML as applications really write it, and what is none."""

import codecs

import pytest

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.message_xml import replies

XML = '<Response><Message src="14155550180" dst="14155550123">Grüße</Message></Response>'
DECLARED = '<?xml version="1.0" encoding="{}"?>' + XML


@pytest.mark.parametrize(
    "body",
    [
        XML.encode(),
        codecs.BOM_UTF8 + XML.encode(),
        codecs.BOM_UTF8 + DECLARED.format("utf-8").encode(),
        ("\r\n" + DECLARED.format("utf-8")).encode(),
        DECLARED.format("utf-16").encode("utf-16"),
        DECLARED.format("iso-8859-1").encode("iso-8859-1"),
    ],
    ids=["plain", "mark of .NET", "mark and declaration", "blank line of PHP", "UTF-16", "Latin-1"],
)
def test_an_answer_is_read_in_whatever_encoding(body: bytes) -> None:
    (request,) = replies(body)

    assert (request.src, request.destinations, request.text) == ("14155550180", ("14155550123",), "Grüße")


@pytest.mark.parametrize("encoding", ["klingon", "hex", "undefined", "utf-7"])
def test_an_encoding_that_is_none_is_refused(encoding: str) -> None:
    with pytest.raises(BadRequest, match="the answer is no XML"):
        replies(DECLARED.format(encoding).encode())


@pytest.mark.parametrize("body", [b"", b"OK", codecs.BOM_UTF8, codecs.BOM_UTF8 + b"OK", b"\xff"])
def test_what_is_no_xml_asks_for_nothing(body: bytes) -> None:
    assert replies(body) == []
