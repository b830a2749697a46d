"""The API's paths, and how a path as it is asked for finds its handler."""

from collections.abc import Mapping, Sequence

from starlette.routing import Match, Route
from starlette.types import Scope

from powerpack_gateway.errors import NotFound
from powerpack_gateway.fields import shown
from powerpack_gateway.http import (
    account,
    advice,
    applications,
    brands,
    campaign_numbers,
    campaigns,
    complaints,
    compliance,
    ledger,
    lookup,
    media,
    message_history,
    messages,
    number_pools,
    numbers,
    opt_outs,
    phlos,
    phone_numbers,
    powerpacks,
    pricing,
    profiles,
    subaccounts,
    tollfree_verifications,
)
from powerpack_gateway.http.call import ACCOUNTS, Reply
from powerpack_gateway.http.documentation import documentation_routes

ROUTES: tuple[Route, ...] = (
    *messages.ROUTES,
    *message_history.ROUTES,
    *media.ROUTES,
    *powerpacks.ROUTES,
    *number_pools.ROUTES,
    *numbers.ROUTES,
    *phone_numbers.ROUTES,
    *ledger.ROUTES,
    *opt_outs.ROUTES,
    *compliance.ROUTES,
    *complaints.ROUTES,
    *advice.ROUTES,
    *applications.ROUTES,
    *profiles.ROUTES,
    *brands.ROUTES,
    *campaigns.ROUTES,
    *campaign_numbers.ROUTES,
    *tollfree_verifications.ROUTES,
    *pricing.ROUTES,
    *subaccounts.ROUTES,
    *account.ROUTES,
)
"""Paths below ``/v1/Account/{auth_id}``. Their endpoints are Handlers, and only the app calls them."""

WHOLE_ROUTES: tuple[Route, ...] = (*lookup.ROUTES, *phlos.ROUTES)
"""Paths outside the account, for whoever has its credentials."""

OPEN_ROUTES = documentation_routes(ROUTES, WHOLE_ROUTES)
"""Paths outside the account, for everybody."""


def canonical(path: str, query: bytes) -> tuple[str, bytes]:
    """The path with single slashes and one at its end, and the query with what Node's SDK put into the path.

    ``find_shortcode(x, 'sms')`` asks for ``Shortcode/{x}/&service=sms`` (plivo_api.md 1.2, point 5).
    """
    segments = [segment for segment in path.split("/") if segment]
    if segments and segments[-1].startswith("&"):
        query = b"&".join((query, segments.pop().encode()))
    return "/".join(("", *segments, "")), query


def below_account(path: str) -> tuple[str | None, str]:
    """The auth_id in a canonical path and the rest after it; None and the whole path when it is not an account's."""
    prefix = f"{ACCOUNTS}/"
    if path.startswith(prefix) and len(path) > len(prefix):
        auth_id, _, rest = path[len(prefix) :].partition("/")
        return auth_id, f"/{rest}"
    return None, path


def find(method: str, path: str, routes: Sequence[Route] = ROUTES) -> tuple[Route, Mapping[str, str]] | Reply:
    """The route of a path and the path's parameters, or the 405 that names the methods."""
    allowed: dict[str, None] = {}
    scope: Scope = {"type": "http", "method": method, "path": path}
    for route in routes:
        match, child = route.matches(scope)
        if match is Match.FULL:
            ids = {name: value.removeprefix("+") for name, value in child["path_params"].items()}
            return route, ids
        if match is Match.PARTIAL:
            allowed |= dict.fromkeys(sorted(route.methods or ()))
    if not allowed:
        where = "this API has no such resource"
        if routes is not ROUTES:
            where = f"expected a path below {ACCOUNTS}/{{auth_id}}/"
        raise NotFound(f"{shown(path)} is not found: {where}")
    names = ", ".join(allowed)
    return Reply(
        status=405,
        body={"error": f"method {method} is not allowed here, expected one of {names}"},
        headers=((b"allow", names.encode()),),
    )
