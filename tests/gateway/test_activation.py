"""Documents by country and type, in words that a buyer reads."""

import pytest

from powerpack_gateway.activation import DOCUMENTS, REQUIREMENTS, AddressScope, Requirement, requirement_of
from powerpack_gateway.numbers import NumberType


@pytest.mark.parametrize("kind", NumberType)
@pytest.mark.parametrize("country", ["US", "CA"])
def test_the_us_and_canada_ask_for_nothing(country: str, kind: NumberType) -> None:
    assert requirement_of(country, kind) is None


def test_what_is_asked_depends_on_country_and_type() -> None:
    assert requirement_of("DE", NumberType.LONGCODE) != requirement_of("GB", NumberType.LONGCODE)
    assert requirement_of("AU", NumberType.TOLLFREE) is not None
    assert requirement_of("AU", NumberType.LONGCODE) is None
    assert {each.address for each in REQUIREMENTS.values()} == {None, *AddressScope}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            Requirement(address=AddressScope.LOCAL, identity=True),
            "This number is activated with proof of a local address and proof of identity.",
        ),
        (
            Requirement(address=AddressScope.INTERNATIONAL, identity=False),
            "This number is activated with proof of an international address.",
        ),
        (Requirement(address=None, identity=True), "This number is activated with proof of identity."),
    ],
)
def test_a_requirement_is_a_sentence(asked: Requirement, words: str) -> None:
    assert asked.words == words
    assert set(asked.kinds) <= set(DOCUMENTS)
