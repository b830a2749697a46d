"""What the parts of the control API have in common: bodies, queries, names in paths, errors."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Match, Route

from powerpack_carriers.carrier import Carrier
from powerpack_carriers.loopback import BODY_OCTETS_MAX
from powerpack_carriers.nearest import meant
from powerpack_carriers.settings import SettingError, read_settings

ROWS_MAX: Final = 1_000
"""Rows of one answer; ask for more by where to begin."""

ROWS_DEFAULT: Final = 100

T = TypeVar("T")


async def read(kind: type[T], request: Request) -> T:
    """The body as a dataclass; an absent one is an empty object."""
    try:
        return read_settings(kind, await read_object(request))
    except SettingError as error:
        raise HTTPException(400, str(error)) from error


async def read_object(request: Request) -> dict[str, object]:
    """The body as a JSON object."""
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


def query_of(request: Request, *known: str) -> Mapping[str, str]:
    """The query; 400 for a parameter that is not known."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise HTTPException(400, f"{unknown[0]}: unknown; expected one of {', '.join(known)}{meant(unknown[0], known)}")
    return request.query_params


def whole_number(name: str, value: str, low: int, high: int) -> int:
    """A number of a query or a path; 400 for anything else."""
    # 20 digits are more than any limit has; int() of thousands would take long.
    if value.isascii() and value.isdigit() and len(value) <= 20 and low <= int(value) <= high:
        return int(value)
    raise HTTPException(400, f"{name}: found {value!r}, expected a whole number from {low} to {high}")


def limit_of(query: Mapping[str, str], *, high: int = ROWS_MAX, default: int = ROWS_DEFAULT) -> int:
    """How many rows are wanted."""
    return whole_number("limit", query.get("limit", str(default)), 1, high)


def moment_of(name: str, value: str) -> datetime:
    """A date of a query in ISO 8601; one without an offset is in UTC."""
    try:
        # A plus in a query is a blank to those who do not escape it.
        found = datetime.fromisoformat(value.replace(" ", "+"))
    except ValueError as error:
        raise HTTPException(400, f"{name}: found {value!r}, expected a date such as 2026-11-22T01:30:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def carrier_of(request: Request, carriers: Mapping[str, Carrier]) -> Carrier:
    """The carrier that a path names."""
    name = request.path_params["name"]
    carrier = carriers.get(name)
    if carrier is None:
        raise HTTPException(404, f"there is no carrier {name!r}; there are {', '.join(carriers) or 'none'}")
    return carrier


async def http_error(request: Request, error: Exception) -> JSONResponse:
    """What was found and what was expected."""
    assert isinstance(error, HTTPException)
    problem = error.detail
    if error.status_code == 404 and problem == "Not Found":
        problem = f"there is nothing at {request.url.path}; GET / lists what there is, docs/control-api.md explains it"
    elif error.status_code == 405:
        problem = f"found {request.method}, expected {', '.join(_methods_at(request))} at {request.url.path}"
    return JSONResponse({"error": problem}, error.status_code, headers=error.headers)


def _methods_at(request: Request) -> list[str]:
    """What may be done at a path: several routes have it, one a method."""
    methods = {
        method
        for route in request.app.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
    return sorted(methods - {"HEAD"})


async def our_error(request: Request, error: Exception) -> JSONResponse:
    """A bug of ours: the caller learns of it, and Starlette raises it again for the server's log."""
    return JSONResponse({"error": f"the lab failed: {type(error).__name__}: {error}"}, 500)
