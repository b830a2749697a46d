"""fields.py: values, patient with spelling, strict about meaning."""

from collections.abc import Callable

import pytest

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import (
    SHOWN_LENGTH_MAX,
    URL_LENGTH_MAX,
    choice,
    comma_list,
    flag,
    http_url,
    integer,
    required,
    shown,
    text,
    texts,
)


@pytest.mark.parametrize("value", [True, "true", "True", "TRUE", 1, "1"], ids=repr)
def test_every_spelling_of_true_is_true(value: object) -> None:
    assert flag("rent", value, default=False) is True


@pytest.mark.parametrize("value", [False, "false", "False", "FALSE", 0, "0"], ids=repr)
def test_every_spelling_of_false_is_false(value: object) -> None:
    assert flag("rent", value, default=True) is False


@pytest.mark.parametrize("value", [None, ""], ids=repr)
def test_a_boolean_that_is_not_given_has_its_default(value: object) -> None:
    assert flag("rent", value, default=True) is True


@pytest.mark.parametrize(("value", "meant"), [(7, 7), ("7", 7), (None, 20), ("", 20), (1, 1), ("9", 9)], ids=repr)
def test_an_integer_comes_as_a_number_or_in_digits(value: object, meant: int) -> None:
    assert integer("limit", value, low=1, high=9, default=20) == meant


def test_a_text_may_come_as_a_json_integer() -> None:
    assert text("application_id", 20468599130939380) == "20468599130939380"


def test_a_choice_is_taken_in_any_case_of_letters() -> None:
    assert choice("type", "XML", {"xml": 1, "phlo": 2}) == 1


def test_a_list_comes_as_array_or_with_commas() -> None:
    assert comma_list("services", "sms, mms,") == comma_list("services", ["sms", "mms"]) == ("sms", "mms")


REFUSALS: list[tuple[Callable[[], object], str]] = [
    (lambda: required("dst", None), "dst parameter is missing"),
    (lambda: required("dst", ""), "dst parameter is missing"),
    (lambda: text("dst", ["14155550100"]), 'dst is ["14155550100"], expected a string'),
    (lambda: text("dst", True), "dst is true, expected a string"),
    (lambda: text("dst", 1.5), "dst is 1.5, expected a string"),
    (lambda: flag("rent", "yes", default=False), 'rent is "yes", expected true or false'),
    (lambda: flag("rent", 2, default=False), "rent is 2, expected true or false"),
    (lambda: flag("rent", {}, default=False), "rent is {}, expected true or false"),
    (lambda: integer("limit", 21, low=1, high=20, default=20), "limit is 21, expected an integer from 1 to 20"),
    (lambda: integer("limit", "0", low=1, high=20, default=20), "limit is 0, expected an integer from 1 to 20"),
    (lambda: integer("offset", "-1", low=0, high=9, default=0), "offset is -1, expected an integer from 0 to 9"),
    (lambda: integer("limit", "2.0", low=1, high=9, default=1), 'limit is "2.0", expected an integer from 1 to 9'),
    (lambda: integer("limit", "²", low=1, high=9, default=1), 'limit is "²", expected an integer from 1 to 9'),
    (lambda: integer("limit", True, low=1, high=9, default=1), "limit is true, expected an integer from 1 to 9"),
    (lambda: choice("type", "fax", {"sms": 1, "mms": 2}), 'type is "fax", expected one of sms, mms'),
    (lambda: http_url("url", "ftp://a/"), 'url is "ftp://a/", expected an http or https URL'),
    (lambda: http_url("url", "example.com"), 'url is "example.com", expected an http or https URL'),
    (lambda: http_url("url", "http:///path"), 'url is "http:///path", expected an http or https URL'),
    (
        lambda: http_url("url", "http://[::1"),
        'url is "http://[::1", expected an http or https URL: Invalid IPv6 URL',
    ),
    (
        lambda: http_url("url", "http://a/" + "a" * URL_LENGTH_MAX),
        f"url has {URL_LENGTH_MAX + 9} characters, {URL_LENGTH_MAX} is the limit",
    ),
    (
        lambda: http_url("url", "http://a:99999/"),
        'url is "http://a:99999/", which can not be asked: Port out of range 0-65535',
    ),
    (
        lambda: http_url("url", "http://a b/"),
        "url is \"http://a b/\", which can not be asked: url must name a host and a port from 1, found 'a b' and 80",
    ),
    (lambda: texts("media_urls", "http://a/"), 'media_urls is "http://a/", expected an array of strings'),
    (lambda: texts("media_urls", [1]), "media_urls is [1], expected an array of strings"),
]


@pytest.mark.parametrize(("read", "said"), REFUSALS, ids=[said[:40] for _, said in REFUSALS])
def test_a_refusal_names_the_field_what_was_found_and_what_was_expected(read: Callable[[], object], said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read()

    assert str(refused.value) == said


def test_a_long_value_is_shown_in_part() -> None:
    said = shown("x" * 10_000)

    assert len(said) == SHOWN_LENGTH_MAX + len("...")
