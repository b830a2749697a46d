"""The control API: phones, faults, journal and clock over HTTP and JSON, for tests in any language and for the console.

It has no passwords: serve it on loopback. docs/control-api.md is its reference.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from powerpack_carriers.carrier import Carrier
from powerpack_carriers.directory import Directory
from powerpack_carriers.errors import FaultError, HandsetError
from powerpack_carriers.faults.pipeline import ActiveFault
from powerpack_carriers.faults.registry import plain_form
from powerpack_carriers.handsets import TextMessage
from powerpack_carriers.loopback import BODY_OCTETS_MAX, LoopbackOnly
from powerpack_carriers.numbering import digits_of, is_number
from powerpack_carriers.settings import SettingError, between, read_settings

ADVANCE_S_MAX: Final = 10 * 366 * 86_400.0
"""Ten years: registrations, rents and suppressions end sooner."""

EVENTS_MAX: Final = 1_000
"""Journal events of one answer; ask for more with ``after``."""

EVENTS_DEFAULT: Final = 100

HANDSETS_MAX: Final = 1_000
"""Phones of one answer, the last ones."""

T = TypeVar("T")


class JournalView(Protocol):
    """The journal, to be read."""

    def events(self, after: int, kind: str | None, limit: int) -> Sequence[dict[str, object]]:
        """At most ``limit`` events behind number ``after`` as JSON objects, of one kind or (None) of all."""
        ...


Advance = Callable[[float], Awaitable[str]]
"""Moves the clock by seconds; what time it is then, in ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    text: str
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReportSpam:
    index: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Advance:
    seconds: float

    def __post_init__(self) -> None:
        between("seconds", self.seconds, 0, ADVANCE_S_MAX)


def control_app(
    directory: Directory, carriers: Mapping[str, Carrier], journal_view: JournalView, advance: Advance | None
) -> ASGIApp:
    """The app; ``advance`` None: time can not be moved here."""
    control = _Control(directory, carriers, journal_view, advance)
    app = Starlette(
        routes=[
            Route("/handsets", control.list_handsets, methods=["GET"]),
            Route("/handsets/{number}/messages", control.list_messages, methods=["GET"]),
            Route("/handsets/{number}/reply", control.reply, methods=["POST"]),
            Route("/handsets/{number}/report-spam", control.report_spam, methods=["POST"]),
            Route("/carriers", control.list_carriers, methods=["GET"]),
            Route("/carriers/{name}/faults", control.list_faults, methods=["GET"]),
            Route("/carriers/{name}/faults", control.add_fault, methods=["POST"]),
            Route("/carriers/{name}/faults", control.remove_faults, methods=["DELETE"]),
            Route("/carriers/{name}/faults/{fault_id}", control.remove_fault, methods=["DELETE"]),
            Route("/journal", control.read_journal, methods=["GET"]),
            Route("/clock/advance", control.advance_clock, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _http_error, Exception: _our_error},
    )
    return LoopbackOnly(app)


class _Control:
    """One method a route."""

    def __init__(
        self, directory: Directory, carriers: Mapping[str, Carrier], journal_view: JournalView, advance: Advance | None
    ) -> None:
        self._directory = directory
        self._carriers = carriers
        self._journal_view = journal_view
        self._advance = advance

    # Phones

    async def list_handsets(self, request: Request) -> JSONResponse:
        handsets = self._directory.handsets()[-HANDSETS_MAX:]
        return JSONResponse(
            [{"number": each.number, "carrier": each.carrier, "messages": each.text_count} for each in handsets]
        )

    async def list_messages(self, request: Request) -> JSONResponse:
        handset = self._directory.find(self._number(request))
        texts = handset.inbox if handset is not None else []
        return JSONResponse([_text_form(index, text) for index, text in enumerate(texts)])

    async def reply(self, request: Request) -> JSONResponse:
        number = self._number(request)
        body = await _read(_Reply, request)
        try:
            self._directory.handset(number).reply(body.text, body.to)
        except HandsetError as error:
            raise HTTPException(409, str(error)) from error
        return JSONResponse({"from": number, "text": body.text})

    async def report_spam(self, request: Request) -> JSONResponse:
        number = self._number(request)
        body = await _read(_ReportSpam, request)
        try:
            report = self._directory.handset(number).report_spam(body.index)
        except HandsetError as error:
            raise HTTPException(409, str(error)) from error
        return JSONResponse({"report": report.notice})

    # Carriers

    async def list_carriers(self, request: Request) -> JSONResponse:
        return JSONResponse([_carrier_form(carrier) for carrier in self._carriers.values()])

    async def list_faults(self, request: Request) -> JSONResponse:
        return JSONResponse([_fault_form(active) for active in self._carrier(request).faults])

    async def add_fault(self, request: Request) -> JSONResponse:
        carrier = self._carrier(request)
        settings = await _read_object(request)
        word = settings.pop("fault", None)
        if not isinstance(word, str):
            raise HTTPException(400, f"fault: found {word!r}, expected the name of a fault")
        try:
            return JSONResponse({"id": carrier.faults.add(word, **settings)}, 201)
        except FaultError as error:
            raise HTTPException(400, str(error)) from error

    async def remove_faults(self, request: Request) -> JSONResponse:
        faults = self._carrier(request).faults
        removed = [active.fault_id for active in faults]
        faults.clear()
        return JSONResponse({"removed": removed})

    async def remove_fault(self, request: Request) -> JSONResponse:
        fault_id = request.path_params["fault_id"]
        try:
            self._carrier(request).faults.remove(fault_id)
        except FaultError as error:
            raise HTTPException(404, str(error)) from error
        return JSONResponse({"removed": [fault_id]})

    # Journal and clock

    async def read_journal(self, request: Request) -> JSONResponse:
        query = request.query_params
        unknown = [name for name in query if name not in ("after", "kind", "limit")]
        if unknown:
            raise HTTPException(400, f"{unknown[0]}: unknown; expected one of after, kind, limit")
        after = _whole_number("after", query.get("after", "0"), 0, 2**63)
        limit = _whole_number("limit", query.get("limit", str(EVENTS_DEFAULT)), 1, EVENTS_MAX)
        return JSONResponse(list(self._journal_view.events(after, query.get("kind"), limit)))

    async def advance_clock(self, request: Request) -> JSONResponse:
        body = await _read(_Advance, request)
        if self._advance is None:
            raise HTTPException(409, "time can not be moved here: this lab runs on the real clock")
        return JSONResponse({"now": await self._advance(body.seconds)})

    # What a path names

    def _number(self, request: Request) -> str:
        digits = digits_of(request.path_params["number"])
        if is_number(digits) or (digits.isascii() and digits.isdigit() and self._directory.carrier_of(digits)):
            return digits
        found = request.path_params["number"]
        raise HTTPException(400, f"found number {found!r}, expected 7 to 15 digits, with or without a plus")

    def _carrier(self, request: Request) -> Carrier:
        name = request.path_params["name"]
        carrier = self._carriers.get(name)
        if carrier is None:
            raise HTTPException(404, f"there is no carrier {name!r}; there are {', '.join(self._carriers) or 'none'}")
        return carrier


async def _read(kind: type[T], request: Request) -> T:
    """The body as a dataclass; an absent one is an empty object."""
    try:
        return read_settings(kind, await _read_object(request))
    except SettingError as error:
        raise HTTPException(400, str(error)) from error


async def _read_object(request: Request) -> dict[str, object]:
    octets = b""
    async for chunk in request.stream():
        octets += chunk
        # A chunked body tells its length only at its end.
        if len(octets) > BODY_OCTETS_MAX:
            raise HTTPException(413, f"found a body of more than {BODY_OCTETS_MAX} octets, expected less")
    try:
        found = json.loads(octets) if octets else {}
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"the body is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise HTTPException(400, f"found a body that is a {type(found).__name__}, expected a JSON object")
    return found


def _whole_number(name: str, value: str, low: int, high: int) -> int:
    # 20 digits are more than any limit has; int() of thousands would take long.
    if value.isascii() and value.isdigit() and len(value) <= 20 and low <= int(value) <= high:
        return int(value)
    raise HTTPException(400, f"{name}: found {value!r}, expected a whole number from {low} to {high}")


def _text_form(index: int, text: TextMessage) -> dict[str, object]:
    return {
        "index": index,
        "text": text.text,
        "from": text.from_number,
        "to": text.to_number,
        "received_at": text.received_at.isoformat(),
        "carrier_message_ids": text.carrier_message_ids,
        "parts": text.parts,
    }


def _carrier_form(carrier: Carrier) -> dict[str, object]:
    return {
        "name": carrier.name,
        "profile": carrier.profile.name,
        "country": carrier.country,
        "host": carrier.host,
        "port": carrier.port,
        "system_ids": [account.system_id for account in carrier.accounts],
        "bound": carrier.bind_count,
        "in_flight": carrier.in_flight,
        "faults": [active.fault_id for active in carrier.faults],
    }


def _fault_form(active: ActiveFault) -> dict[str, object]:
    return {
        "id": active.fault_id,
        "fault": active.config.word,
        "struck": active.struck,
        **plain_form(active.config),
    }


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    problem = error.detail
    if error.status_code == 404 and problem == "Not Found":
        problem = f"there is nothing at {request.url.path}; docs/control-api.md lists what there is"
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        problem = f"found {request.method}, expected {allowed} at {request.url.path}"
    return JSONResponse({"error": problem}, error.status_code, headers=error.headers)


async def _our_error(request: Request, error: Exception) -> JSONResponse:
    """A bug of ours: the caller learns of it, and Starlette raises it again for the server's log."""
    return JSONResponse({"error": f"the lab failed: {type(error).__name__}: {error}"}, 500)
