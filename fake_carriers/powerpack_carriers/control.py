"""The control API over HTTP and JSON: phones, carriers, faults, journal, clock, for any language and the console.

It has no passwords: serve it on loopback. docs/control-api.md is its reference.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from powerpack_carriers.carrier import Carrier
from powerpack_carriers.control_carriers import ControlledCarriers
from powerpack_carriers.control_faults import list_known_faults
from powerpack_carriers.control_handsets import ControlledHandsets
from powerpack_carriers.control_http import http_error, limit_of, our_error, query_of, read, whole_number
from powerpack_carriers.control_registry import ControlledRegistries
from powerpack_carriers.directory import Directory
from powerpack_carriers.loopback import LoopbackOnly
from powerpack_carriers.settings import between

_CONVERTER: Final = re.compile(r":\w+}")
"""What Starlette wants to know of a part of a path."""

ADVANCE_S_MAX: Final = 10 * 366 * 86_400.0
"""Ten years: registrations, rents and suppressions end sooner."""


class JournalView(Protocol):
    """The journal, to be read."""

    def events(self, after: int, kind: str | None, limit: int) -> Sequence[dict[str, object]]:
        """At most ``limit`` events behind number ``after`` as JSON objects, of one kind or (None) of all.

        ValueError for a kind that there is not.
        """
        ...

    def tail(self, kind: str | None, count: int) -> Sequence[dict[str, object]]:
        """The last events, of one kind or of all."""
        ...


Advance = Callable[[float], Awaitable[str]]
"""Moves the clock by seconds; what time it is then, in ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Advance:
    seconds: float

    def __post_init__(self) -> None:
        between("seconds", self.seconds, 0, ADVANCE_S_MAX)


def control_app(
    directory: Directory, carriers: Mapping[str, Carrier], journal_view: JournalView, advance: Advance | None
) -> ASGIApp:
    """The app; ``advance`` None: time can not be moved here."""
    control = _Control(journal_view, advance)
    routes = [
        *ControlledHandsets(directory, carriers).routes(),
        *ControlledRegistries(carriers).routes(),
        *ControlledCarriers(carriers).routes(),
        Route("/faults", list_known_faults, methods=["GET"]),
        Route("/journal", control.read_journal, methods=["GET"]),
        Route("/clock/advance", control.advance_clock, methods=["POST"]),
    ]
    app = Starlette(
        routes=[Route("/", _index(routes), methods=["GET"]), *routes],
        exception_handlers={HTTPException: http_error, Exception: our_error},
    )
    return LoopbackOnly(app)


def _index(routes: Sequence[Route]) -> Callable[[Request], Awaitable[JSONResponse]]:
    """What there is, for whoever knows nothing but where."""
    known = [
        f"{method} {_CONVERTER.sub('}', route.path)}"
        for route in routes
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]

    async def index(request: Request) -> JSONResponse:
        return JSONResponse({"requests": known, "reference": "docs/control-api.md"})

    return index


class _Control:
    """Journal and clock."""

    def __init__(self, journal_view: JournalView, advance: Advance | None) -> None:
        self._journal_view = journal_view
        self._advance = advance

    async def read_journal(self, request: Request) -> JSONResponse:
        query = query_of(request, "after", "kind", "limit", "tail")
        try:
            return JSONResponse(list(self._wanted(query)))
        except ValueError as error:  # a kind that there is not
            raise HTTPException(400, str(error)) from error

    def _wanted(self, query: Mapping[str, str]) -> Sequence[dict[str, object]]:
        if "tail" in query:
            if "after" in query:
                raise HTTPException(400, "tail: found it with after, expected one of them")
            count = limit_of({"limit": query["tail"]})
            return self._journal_view.tail(query.get("kind"), count)
        after = whole_number("after", query.get("after", "0"), 0, 2**63)
        return self._journal_view.events(after, query.get("kind"), limit_of(query))

    async def advance_clock(self, request: Request) -> JSONResponse:
        body = await read(_Advance, request)
        if self._advance is None:
            raise HTTPException(409, "time can not be moved here: this lab runs on the real clock")
        return JSONResponse({"now": await self._advance(body.seconds)})
