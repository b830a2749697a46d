"""One request as a handler sees it, what a handler answers, and the addresses of resources."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass

from powerpack_gateway.http.body import Parameters, parameters
from powerpack_gateway.http.port import ApiGateway
from powerpack_gateway.subaccounts import Subaccount

ACCOUNTS = "/v1/Account"
"""Everything is below it (plivo_api.md 2)."""

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(slots=True, kw_only=True)
class Call:
    """One request whose credentials are checked.

    ``ids`` are the parameters of its path, numbers without a plus; ``declared`` the names of its other parameters,
    where its operation declares them.
    """

    gateway: ApiGateway
    path: str
    ids: Mapping[str, str]
    query: bytes
    body: bytes
    requester_ip: str
    content_type: str = ""
    declared: frozenset[str] | None = None
    subaccount: Subaccount | None = None

    def parameters(self) -> Parameters:
        """What query and body say; raises BadRequest when the body is no JSON object."""
        return parameters(self.query, self.body, self.declared)

    def uri(self, *segments: str) -> str:
        """The address of a resource of this account, as it stands in answers: relative, with a slash at the end."""
        who = self.gateway.account if self.subaccount is None else self.subaccount
        return uri(who.auth_id, *segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered; the app adds ``api_id`` to the body. A 204 has none.

    ``content`` is sent as it is in place of a JSON body; ``headers`` then name its type.
    """

    status: int = 200
    body: Mapping[str, object] = field(default_factory=dict)
    headers: Headers = ()
    content: bytes | None = None

    @property
    def told(self) -> dict[str, object]:
        """What the journal keeps of it: the status, and what a refusal says."""
        return {"status": self.status, **({"error": self.body["error"]} if "error" in self.body else {})}

    @classmethod
    def of(cls, answer: object, status: int = 200) -> "Reply":
        """A dataclass as a body, field by field."""
        assert is_dataclass(answer), "answers are declared as dataclasses"
        return cls(status=status, body={each.name: getattr(answer, each.name) for each in fields(answer)})


Handler = Callable[[Call], Awaitable[Reply]]


def uri(auth_id: str, *segments: str) -> str:
    """``/v1/Account/{auth_id}/.../``: the SDKs take it apart by its slashes (plivo_api.md 1.3)."""
    return "/".join((ACCOUNTS, auth_id, *segments, ""))
