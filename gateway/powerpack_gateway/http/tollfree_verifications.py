"""Toll-free verifications: create, get, list, update, delete (plivo_api.md 2.9)."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import http_url, shown
from powerpack_gateway.http.answers import Done, Empty
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, page
from powerpack_gateway.http.shape import read
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.registration.verifications import (
    OrderStatus,
    TollfreeVerification,
    VerificationChanges,
    VerificationForm,
)

TAG = "Toll-free verification"

Wanted = Callable[[TollfreeVerification], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationFilter(Paging):
    """Which requests a list wants. Times are a day (``YYYY-MM-DD``) or a moment (ISO 8601)."""

    number: str | None = None
    status: OrderStatus | None = None
    profile_uuid: str | None = None
    usecase: str | None = None
    created: str | None = None
    created__gt: str | None = None
    created__gte: str | None = None
    created__lt: str | None = None
    created__lte: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationCreated(Done):
    """The new request's uuid."""

    uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationShown(VerificationForm):
    """A request and how far it is."""

    uuid: str
    status: OrderStatus
    error_message: str
    rejection_reason: str
    created: str
    last_modified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationMeta(ListMeta):
    """Two of the SDKs' fixtures say ``count``, three ``total_count`` (plivo_api.md 1.4)."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationList:
    """Some requests."""

    meta: VerificationMeta
    objects: tuple[VerificationShown, ...]


async def create_verification(call: Call) -> Reply:
    """Ask the carriers to verify a toll-free number; they decide later, and the ``callback_url`` is told."""
    form = read(call.parameters(), VerificationForm)
    _check_urls(form.callback_url, form.optin_image_url)
    request = await call.gateway.registrar.verifications.create(form)
    return Reply.of(VerificationCreated(message="created", uuid=request.uuid), status=201)


async def get_verification(call: Call) -> Reply:
    """One request and how far it is."""
    return Reply.of(_shown(call.gateway.registrar.verifications[call.ids["uuid"]]))


async def list_verifications(call: Call) -> Reply:
    """The requests that pass the filters, in the order in which they were made."""
    given = call.parameters()
    wanted = _filter(read(given, VerificationFilter))
    reply = page(call, given, (each for each in call.gateway.registrar.verifications if wanted(each)), _shown)
    meta = reply.body["meta"]
    assert isinstance(meta, dict), "a list has a meta"
    return Reply(body={**reply.body, "meta": {**meta, "count": meta["total_count"]}})


async def update_verification(call: Call) -> Reply:
    """Change a request that is open; it is submitted again."""
    changes = read(call.parameters(), VerificationChanges)
    _check_urls(changes.callback_url, changes.optin_image_url)
    request = await call.gateway.registrar.verifications.update(call.ids["uuid"], changes)
    said = f"Tollfree verification request for uuid {request.uuid} updated successfully."
    return Reply.of(Done(message=said), status=202)


async def delete_verification(call: Call) -> Reply:
    """Take a request back that is open; its number is unverified then."""
    await call.gateway.registrar.verifications.delete(call.ids["uuid"])
    return Reply(status=204)


def _check_urls(callback_url: str | None, optin_image_url: str | None) -> None:
    http_url("callback_url", callback_url)
    for each in (optin_image_url or "").split(","):
        http_url("optin_image_url", each.strip())


def _filter(given: VerificationFilter) -> Wanted:
    tests: list[Wanted] = []
    if given.number is not None:
        number = given.number.strip().removeprefix("+")
        tests.append(lambda each: each.form.number == number)
    if given.status is not None:
        tests.append(lambda each: each.status is given.status)
    if given.profile_uuid is not None:
        tests.append(lambda each: each.form.profile_uuid == given.profile_uuid)
    if given.usecase is not None:
        tests.append(lambda each: each.form.usecase == given.usecase)
    if given.created is not None:
        first, after = _span("created", given.created)
        tests.append(lambda each: first <= each.created < after)
    tests += _ranges(given)
    return lambda each: all(test(each) for test in tests)


def _ranges(given: VerificationFilter) -> list[Wanted]:
    """A day as a bound means all of it: ``created__gt`` is after its end, ``created__lte`` up to its end."""
    tests: list[Wanted] = []
    if given.created__gt is not None:
        _, end = _span("created__gt", given.created__gt)
        tests.append(lambda each: each.created >= end)
    if given.created__gte is not None:
        begin, _ = _span("created__gte", given.created__gte)
        tests.append(lambda each: each.created >= begin)
    if given.created__lt is not None:
        before, _ = _span("created__lt", given.created__lt)
        tests.append(lambda each: each.created < before)
    if given.created__lte is not None:
        _, last = _span("created__lte", given.created__lte)
        tests.append(lambda each: each.created < last)
    return tests


def _span(name: str, asked: str) -> tuple[datetime, datetime]:
    """From and before: a day is all of it, a moment is its microsecond."""
    try:
        # A plus in a query arrives as a space, and stands for a zone only after a time.
        moment = datetime.fromisoformat(asked.strip().replace(" ", "+") if "T" in asked else asked.strip())
    except ValueError as error:
        raise BadRequest(f"{name} is {shown(asked)}, expected YYYY-MM-DD or ISO 8601") from error
    begin = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    unit = timedelta(days=1) if len(asked.strip()) == len("YYYY-MM-DD") else timedelta(microseconds=1)
    try:
        return begin, begin + unit
    except OverflowError as error:
        raise BadRequest(f"{name} is {shown(asked)}, which no calendar goes beyond") from error


def _shown(request: TollfreeVerification) -> VerificationShown:
    form = {each.name: getattr(request.form, each.name) for each in fields(request.form)}
    return VerificationShown(
        **form,
        uuid=request.uuid,
        status=request.status,
        error_message=request.error_message,
        rejection_reason=request.error_message if request.status is OrderStatus.REJECTED else "",
        created=iso(request.created),
        last_modified=iso(request.last_modified),
    )


_ONE = "/TollfreeVerification/{uuid}/"

ROUTES = (
    Operation(
        "POST",
        "/TollfreeVerification/",
        create_verification,
        tag=TAG,
        takes=VerificationForm,
        answers={201: VerificationCreated},
    ),
    Operation(
        "GET",
        "/TollfreeVerification/",
        list_verifications,
        tag=TAG,
        takes=VerificationFilter,
        answers={200: VerificationList},
    ),
    Operation("GET", _ONE, get_verification, tag=TAG, answers={200: VerificationShown}),
    Operation("POST", _ONE, update_verification, tag=TAG, takes=VerificationChanges, answers={202: Done}),
    Operation("DELETE", _ONE, delete_verification, tag=TAG, answers={204: Empty}),
)
