"""One operation of the API: its path, its handler, what it takes and what it answers, said in one place.

Routing, the reading of parameters and the OpenAPI document all use this, so they can not disagree. A shape is a
dataclass whose fields are the parameters, with their limits as ``msgspec.Meta``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from starlette.routing import Route

from powerpack_gateway.http.call import Handler


@dataclass(frozen=True, slots=True)
class Nothing:
    """No parameters."""


class Operation(Route):
    """A route of one method. ``takes`` is the shape of its parameters, ``answers`` the shape of each status' body.

    ``for_subaccounts``: whether subaccounts may ask for it as well, of what is theirs (permission.py).
    ``synonyms`` are other names of parameters, which are read and not shown. ``tag`` is the resource that it belongs
    to; what it does is the first line of its handler's docstring.
    """

    def __init__(
        self,
        method: str,
        path: str,
        endpoint: Handler,
        *,
        tag: str,
        takes: type = Nothing,
        answers: Mapping[int, type],
        synonyms: Iterable[str] = (),
        for_subaccounts: bool = False,
    ) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.method = method
        self.tag = tag
        self.takes = takes
        self.answers = answers
        self.for_subaccounts = for_subaccounts
        self.declared = frozenset((*(each.name for each in fields(takes)), *synonyms))
