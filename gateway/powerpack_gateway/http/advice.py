"""Advice on texts and volumes, and what sets the types of numbers apart. The paths are ours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from powerpack_gateway.advice import Advice
from powerpack_gateway.content import Finding, check
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, page
from powerpack_gateway.http.shape import read
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.nanp import type_of
from powerpack_gateway.number_types import TYPES
from powerpack_gateway.numbers import NumberType

TAG = "Advice"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceFilter(Paging):
    """Which advice a list wants."""

    rule: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextForm:
    """A text that is not sent yet; ``src`` and ``company`` where they are known."""

    text: Annotated[str, Meta(min_length=1)]
    src: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingShown:
    """One thing that should be otherwise; ``found`` is null for what is missing."""

    advice: str
    found: str | None
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceShown(FindingShown):
    """Advice that was given while messages were sent."""

    at: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceList:
    """Some advice, the latest first."""

    meta: ListMeta
    objects: tuple[AdviceShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything about one text."""

    advice: tuple[FindingShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeShown:
    """One type of number; rates are messages a second by country."""

    content: str
    cost: str
    dequeue_per_second: Mapping[str, float]
    examples: str
    form: str
    per_second: Mapping[str, float]
    procurement: str
    profile: str
    segments_a_day_max: int | None
    type: NumberType


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeList:
    """The three types."""

    meta: ListMeta
    objects: tuple[TypeShown, ...]


async def list_advice(call: Call) -> Reply:
    """What there is to say about texts and volumes, the latest first."""
    given = call.parameters()
    wanted = read(given, AdviceFilter)
    number = None if wanted.number is None else wanted.number.removeprefix("+")
    found = (
        each for each in call.gateway.advisor if wanted.rule in (None, each.rule) and number in (None, each.number)
    )
    return page(call, given, found, _advice)


async def check_text(call: Call) -> Reply:
    """What there is to say about a text before it is sent."""
    form = read(call.parameters(), TextForm)
    return Reply.of(_findings(check(form.text, company=form.company, kind=_kind(form.src.removeprefix("+")))))


async def check_message(call: Call) -> Reply:
    """What there is to say about the text of a message that was sent."""
    message = await call.gateway.message(call.ids["uuid"])
    return Reply.of(_findings(check(message.text, kind=_kind(message.source))))


async def list_types(call: Call) -> Reply:
    """What sets long codes, toll-free numbers and short codes apart."""
    return page(call, call.parameters(), TYPES, _type)


def _kind(number: str) -> NumberType:
    return type_of(number) if number else NumberType.LONGCODE


def _findings(found: Iterable[Finding]) -> Findings:
    return Findings(
        advice=tuple(FindingShown(advice=each.advice, found=each.found or None, rule=each.rule.value) for each in found)
    )


def _advice(advice: Advice) -> AdviceShown:
    return AdviceShown(
        advice=advice.advice,
        at=iso(datetime.fromtimestamp(advice.at, UTC)),
        found=advice.found or None,
        number=advice.number,
        rule=advice.rule,
    )


def _type(kind: NumberType) -> TypeShown:
    facts = TYPES[kind]
    return TypeShown(
        content=facts.content,
        cost=facts.cost,
        dequeue_per_second=facts.dequeue_per_s,
        examples=facts.examples,
        form=facts.form,
        per_second=facts.per_s,
        procurement=facts.procurement,
        profile=facts.profile,
        segments_a_day_max=facts.segments_a_day_max,
        type=kind,
    )


ROUTES = (
    Operation("GET", "/Advice/", list_advice, tag=TAG, takes=AdviceFilter, answers={200: AdviceList}),
    Operation("POST", "/Advice/", check_text, tag=TAG, takes=TextForm, answers={200: Findings}),
    Operation("GET", "/Message/{uuid}/Advice/", check_message, tag=TAG, answers={200: Findings}),
    Operation("GET", "/NumberType/", list_types, tag=TAG, takes=Paging, answers={200: TypeList}),
)
