"""Activation: which documents a country's authority asks for before one of its numbers may be used.

Seed 002, What documents do I need to activate a number: address documents with a scope, and identity documents. Plivo's
coverage page, which lists them by country, is not stored; so this table is an example that has each case once, and
every country that is not in it asks for nothing, as the US and Canada do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from powerpack_gateway.numbers import NumberType


class AddressScope(StrEnum):
    """Where the address has to be."""

    LOCAL = "local"  # in the geographic zone of the number
    NATIONAL = "national"  # in its country
    INTERNATIONAL = "international"  # anywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What has to be handed in: proof of an address, of an identity, or both."""

    address: AddressScope | None
    identity: bool

    @property
    def kinds(self) -> tuple[str, ...]:
        """The keys of ``DOCUMENTS`` that it asks for."""
        asked = (("address", self.address is not None), ("identity", self.identity))
        return tuple(kind for kind, is_asked in asked if is_asked)

    @property
    def words(self) -> str:
        """The requirement as a sentence for the buyer."""
        asked = []
        if self.address is not None:
            asked.append(f"proof of {_ARTICLE[self.address]} {self.address.value} address")
        if self.identity:
            asked.append("proof of identity")
        return f"This number is activated with {' and '.join(asked)}."


_ARTICLE: Mapping[AddressScope, str] = {
    AddressScope.LOCAL: "a",
    AddressScope.NATIONAL: "a",
    AddressScope.INTERNATIONAL: "an",
}

REQUIREMENTS: Mapping[tuple[str, NumberType], Requirement] = {
    ("DE", NumberType.LONGCODE): Requirement(address=AddressScope.LOCAL, identity=True),
    ("FR", NumberType.LONGCODE): Requirement(address=AddressScope.NATIONAL, identity=True),
    ("GB", NumberType.LONGCODE): Requirement(address=AddressScope.INTERNATIONAL, identity=False),
    ("AU", NumberType.TOLLFREE): Requirement(address=None, identity=True),
}

DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "address": ("passport", "business registration document"),
    "identity": ("passport", "extract of the company register", "ID and a utility bill"),
}
"""What is preferred as proof."""


def requirement_of(country: str, kind: NumberType) -> Requirement | None:
    """What a number needs before it may be used, or None."""
    return REQUIREMENTS.get((country, kind))
