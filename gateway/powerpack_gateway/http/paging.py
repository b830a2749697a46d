"""Pages of a list: ``limit`` and ``offset`` in, ``meta`` and ``objects`` out (plivo_api.md 1.4)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from msgspec import Meta

from powerpack_gateway.http.body import Parameters
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.store.base import LIST_LIMIT_MAX

OFFSET_MAX = 1_000_000_000
"""More objects than any state file holds, and still far from where a database counts no further."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """The parameters of every list."""

    limit: Annotated[int, Meta(ge=1, le=LIST_LIMIT_MAX)] = LIST_LIMIT_MAX
    offset: Annotated[int, Meta(ge=0, le=OFFSET_MAX)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMeta:
    """Where a part of a list is, and where its neighbours are."""

    limit: int
    offset: int
    next: str | None
    previous: str | None
    total_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a list is wanted."""

    limit: int
    offset: int


def window(given: Parameters) -> Window:
    """The part that a request wants; raises BadRequest outside 1 to 20, or for a negative offset."""
    return Window(
        limit=given.integer("limit", low=1, high=LIST_LIMIT_MAX, default=LIST_LIMIT_MAX),
        offset=given.integer("offset", low=0, high=OFFSET_MAX, default=0),
    )


def page(
    call: Call,
    given: Parameters,
    found: Iterable[T],
    present: Callable[[T], object],
    *,
    end: str | None = None,
    key: str = "objects",
) -> Reply:
    """The answer of a list that is in memory: the part that is wanted under ``key``, and how much there is."""
    wanted = window(given)
    everything = list(found)
    part = everything[wanted.offset : wanted.offset + wanted.limit]
    return Reply(
        body={
            "meta": {
                **meta(call, given, wanted, total_count=len(everything), end=end),
                "total_count": len(everything),
            },
            key: [present(each) for each in part],
        }
    )


def meta(
    call: Call, given: Parameters, wanted: Window, *, total_count: int, end: str | None = None
) -> dict[str, object]:
    """Where this part is and where its neighbours are. ``end`` stands where there is none: number pools say ``""``."""
    limit, offset = wanted.limit, wanted.offset
    return {
        "limit": limit,
        "next": _neighbour(call, given, limit, offset + limit) if offset + limit < total_count else end,
        "offset": offset,
        "previous": _neighbour(call, given, limit, max(0, offset - limit)) if offset else end,
    }


def _neighbour(call: Call, given: Parameters, limit: int, offset: int) -> str:
    filters = {name: value for name, value in given.values.items() if name not in ("limit", "offset")}
    return f"{call.path}?{urlencode({**filters, 'limit': limit, 'offset': offset}, doseq=True)}"
