"""body.py: parameters, patient with spelling, strict about meaning."""

import pytest

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.http.body import INVALID_JSON, QUERY_FIELDS_MAX, parameters


@pytest.mark.parametrize("body", [b"", b'""', b"null", b"{}", b"  \n", b' "" '], ids=repr)
def test_every_way_to_say_nothing_is_no_parameters(body: bytes) -> None:
    assert parameters(b"", body).values == {}


def test_parameters_come_from_query_and_body_and_the_body_wins() -> None:
    given = parameters(b"unrent=true&service=sms", b'{"service": "mms"}')

    assert given.values == {"unrent": "true", "service": "mms"}


@pytest.mark.parametrize("query", [b"a=b&?search=hack", b"?&?search=hack&a=b", b"&a=b&&search=hack"], ids=repr)
def test_stray_question_marks_and_ampersands_of_nodes_sdk_are_no_part_of_a_key(query: bytes) -> None:
    given = parameters(query, b'""')

    assert {name: value for name, value in given.values.items() if name} == {"a": "b", "search": "hack"}


def test_a_repeated_query_field_is_a_list() -> None:
    given = parameters(b"services=sms&services=mms&services=voice", b"")

    assert given.comma_list("services") == ("sms", "mms", "voice")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", INVALID_JSON),
        (b"src=1&dst=2", INVALID_JSON),
        (b'{"text": "\xff"}', INVALID_JSON),
        (b'{"text": "\\ud800"}', INVALID_JSON),
        (b"[" * 100_000, INVALID_JSON),
        (b"[]", "the body is [], expected an object"),
        (b"7", "the body is 7, expected an object"),
        (b'"dst"', 'the body is "dst", expected an object'),
    ],
    ids=["cut", "form", "no utf-8", "half a surrogate pair", "deep", "array", "number", "text"],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parameters(b"", body)

    assert INVALID_JSON in str(refused.value)
    assert said in str(refused.value)


def test_a_query_with_too_many_fields_is_refused() -> None:
    query = "&".join(f"f{index}=1" for index in range(QUERY_FIELDS_MAX + 1)).encode()

    with pytest.raises(BadRequest, match=f"the query has more than {QUERY_FIELDS_MAX} fields"):
        parameters(query, b"")
