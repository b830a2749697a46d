"""The Plivo-compatible API as one ASGI app: finds the handler, checks who asks, reads, answers, writes down.

Every answer is JSON with an ``api_id``, every refusal says ``error`` (plivo_api.md 1.5). Repeated slashes count as
one and the last may be missing (1.2): Go's SDK doubles them.
"""

import traceback
from collections.abc import Iterable, Mapping

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from powerpack_gateway.errors import ApiError, Forbidden, StoreError, Unavailable
from powerpack_gateway.http import messages
from powerpack_gateway.http.asynchronous import Elsewhere, elsewhere, taken_on
from powerpack_gateway.http.auth import Credentials
from powerpack_gateway.http.call import ACCOUNTS, Call, Reply
from powerpack_gateway.http.express import Express
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.port import ApiAccount, ApiGateway
from powerpack_gateway.http.replies import CRASHED, refusal, unavailable
from powerpack_gateway.http.wire import BODY_BYTES_MAX, UPLOAD_BYTES_MAX, ClientGoneError, header, read_body, send_reply
from powerpack_gateway.subaccounts import Subaccount

_READING = ("GET", "HEAD")

PATH_KEPT_MAX = 256
"""Characters of a path in the journal: more than any path of ours has, and no more than a line can show."""


def api_app(gateway: ApiGateway) -> "Api":
    """The API of one gateway, for any ASGI server, a Mount, or a direct call. It has no lifespan."""
    return Api(gateway)


class Api:
    """The ASGI app of one gateway. ``express`` is a shorter way to send, for servers that know it."""

    def __init__(self, gateway: ApiGateway) -> None:
        self.express = Express(gateway)
        self._gateway = gateway
        self._serve(gateway.account)

    def _serve(self, account: ApiAccount) -> None:
        self._account = account
        self._credentials = Credentials(account)
        # Most traffic is POST Message/: paths without parameters are looked up whole, without taking them apart.
        self._known: dict[tuple[str, str], Route] = {}
        self._knows_all = False
        self._learn(messages.ROUTES)

    def _learn(self, routes: Iterable[Route]) -> None:
        self._known |= {
            (method, f"{ACCOUNTS}/{self._account.auth_id}{route.path}"): route
            for route in routes
            if not route.param_convertors
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. What nobody expected is answered with 500, journalled, and goes on up to the server."""
        if scope["type"] != "http":
            raise ValueError(f"the API answers http, not {scope['type']}")
        api_id = self._gateway.new_uuid()
        try:
            reply = await self._answer(scope, receive, api_id)
        except ApiError as error:
            reply = refusal(error)
        except StoreError as error:
            self._record_error(scope, api_id)
            reply = unavailable(error)
        except ClientGoneError:
            self._gateway.journal.record(
                "api.abandoned", method=scope["method"], path=scope["path"][:PATH_KEPT_MAX], api_id=api_id
            )
            return
        except Exception:
            self._record_error(scope, api_id)
            await self._reply(scope, send, CRASHED, api_id)
            raise
        await self._reply(scope, send, reply, api_id)

    async def _answer(self, scope: Scope, receive: Receive, api_id: str) -> Reply:
        if self._gateway.account is not self._account:
            self._serve(self._gateway.account)  # the gateway has read its state since this app was made
        method, path, query = scope["method"], scope["path"], scope["query_string"]
        authorization = header(scope["headers"], b"authorization")
        route = self._known.get((method, path)) or self._rarer(method, path)
        ids: Mapping[str, str] = {}
        subaccount: Subaccount | None = None
        if route is not None:
            self._check(authorization, self._account.auth_id)
        else:
            from powerpack_gateway.http import routes  # see _rarer

            path, query = routes.canonical(path, query)
            auth_id, below = routes.below_account(path)
            if auth_id is not None:
                subaccount = self._check(authorization, auth_id)
                found = routes.find(method, below)
            else:  # outside the account; what is not there is not there for anybody
                found = routes.find(method, below, (*routes.WHOLE_ROUTES, *routes.OPEN_ROUTES))
                if isinstance(found, Reply) or found[0] not in routes.OPEN_ROUTES:
                    self._check(authorization, self._account.auth_id)
            if isinstance(found, Reply):
                return found
            route, ids = found
            if subaccount is not None and not (isinstance(route, Operation) and route.for_subaccounts):
                raise Forbidden(f"subaccount {subaccount.auth_id} may not ask for this: it is the main account's")
        if method not in _READING and not path.endswith("/Message/"):
            self._refuse_what_would_wait()
        is_upload = method == "POST" and path.endswith("/Media/")
        bytes_max = UPLOAD_BYTES_MAX if is_upload else BODY_BYTES_MAX
        body = await read_body(receive, header(scope["headers"], b"content-length"), bytes_max)
        client = scope.get("client")
        call = Call(
            gateway=self._gateway,
            path=path,
            ids=ids,
            query=query,
            body=body,
            requester_ip=client[0] if client else "",
            content_type=(header(scope["headers"], b"content-type") or b"").decode("latin-1"),
            declared=route.declared if isinstance(route, Operation) else None,
            subaccount=subaccount,
        )
        where = elsewhere(call) if isinstance(route, Operation) else None
        if where is not None:
            return await self._answer_elsewhere(where, route, call, method, api_id)
        reply: Reply = await route.endpoint(call)
        return reply

    def _refuse_what_would_wait(self) -> None:
        """While what was changed before is not on disk nothing more is changed, so that a 503 means that nothing was
        done. Messages are another matter: what can not be kept of them is not accepted."""
        owed = self._gateway.owed
        if owed is not None:
            raise Unavailable(f"{owed}; nothing was changed")

    def _rarer(self, method: str, path: str) -> Route | None:
        """A path that is not a message's. All the other resources are imported now, when one is asked for first:

        they take as long to import as half of the gateway, and most tests of users only send.
        """
        if self._knows_all:
            return None
        from powerpack_gateway.http import routes

        self._learn(routes.ROUTES)
        self._knows_all = True
        return self._known.get((method, path))

    async def _answer_elsewhere(self, where: Elsewhere, route: Route, call: Call, method: str, api_id: str) -> Reply:
        """Do what is asked, and send the answer where it is wanted."""
        try:
            reply: Reply = await route.endpoint(call)
        except ApiError as error:
            reply = refusal(error)
        where.tell(self._gateway.announcements, reply, api_id)
        await self._gateway.commit()
        return taken_on(method)

    def _check(self, authorization: bytes | None, auth_id: str) -> Subaccount | None:
        """Whose request it is, None for the account's own, and whether it is not one too many."""
        subaccount = self._gateway.holdings.subaccounts.get(auth_id)
        credentials = self._credentials if subaccount is None else Credentials(subaccount)
        credentials.check(authorization, auth_id=auth_id)
        if subaccount is not None and not subaccount.enabled:
            raise Forbidden(f"subaccount {auth_id} is not enabled")
        self._gateway.request_limit.take()
        return subaccount

    async def _reply(self, scope: Scope, send: Send, reply: Reply, api_id: str) -> None:
        method: str = scope["method"]
        self._gateway.journal.record(
            "api.request", method=method, path=scope["path"][:PATH_KEPT_MAX], api_id=api_id, **reply.told
        )
        await send_reply(send, reply, api_id=api_id, is_head=method == "HEAD")

    def _record_error(self, scope: Scope, api_id: str) -> None:
        self._gateway.journal.record(
            "api.error",
            method=scope["method"],
            path=scope["path"][:PATH_KEPT_MAX],
            api_id=api_id,
            error=traceback.format_exc(),
        )
