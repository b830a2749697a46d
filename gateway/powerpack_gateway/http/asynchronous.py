"""Asynchronous requests: any request may name a ``callback_url``, and its answer goes there (plivo_api.md 1.5).

The request itself hears that it was taken on. It is carried out at once all the same: what is new is only who is told.
Wrong credentials, an unknown path and a wrong ``callback_url`` are answered at once, since nobody asked for those.
"""

from dataclasses import dataclass

from powerpack_gateway.fields import as_text, choice, http_url
from powerpack_gateway.http.answers import Done
from powerpack_gateway.http.body import parameters
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.port import ApiAnnouncements
from powerpack_gateway.registration.brands import Method

PARAMETERS = ("callback_url", "callback_method")
"""What every operation takes besides its own, except those that have a ``callback_url`` of their own."""

_URL, _METHOD = PARAMETERS
_METHODS: dict[str, Method] = {"post": "POST", "get": "GET"}

MAY_BE_ELSEWHERE = _URL.encode()
"""A body without these octets names no other address for its answer."""

TAKEN_ON = Done(message="async api spawned")
"""Plivo's words (plivo_api.md 1.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Where an answer is to go."""

    url: str
    method: Method

    def tell(self, announcements: ApiAnnouncements, reply: Reply, api_id: str) -> None:
        """Send the answer there; the callback goes out once it is on disk."""
        announcements.tell("api", api_id, url=self.url, method=self.method, params=_params(reply, api_id))


def elsewhere(call: Call) -> Elsewhere | None:
    """Where the answer to a request is to go, None for back to who asked; raises BadRequest for a wrong URL.

    An operation that has a ``callback_url`` of its own, such as a toll-free verification's, means that one.
    """
    # A form's file may hold anything; its other parts are read by nobody.
    body = b"" if call.content_type.startswith("multipart/") else call.body
    if MAY_BE_ELSEWHERE not in body and MAY_BE_ELSEWHERE not in call.query:
        return None
    if call.declared is not None and _URL in call.declared:
        return None
    values = parameters(call.query, body).values
    url = http_url(_URL, values.get(_URL))
    if url is None:
        return None
    return Elsewhere(url=url, method=choice(_METHOD, values.get(_METHOD), _METHODS) or "POST")


def status_of(method: str) -> int:
    """What the request itself is answered with. Ruby's and Java's SDKs know no 202 of a DELETE (plivo_api.md 1.3)."""
    return 200 if method == "DELETE" else 202


def taken_on(method: str) -> Reply:
    """What the request itself hears."""
    return Reply.of(TAKEN_ON, status=status_of(method))


def _params(reply: Reply, api_id: str) -> dict[str, str]:
    """The answer as a form: its fields, those that hold more than a text as JSON, and its status."""
    fields = {name: as_text(value) for name, value in reply.body.items()}
    if reply.content is not None:
        fields["response"] = reply.content.decode("utf-8", "replace")
    return {"api_id": api_id, "status_code": str(reply.status), **fields}
