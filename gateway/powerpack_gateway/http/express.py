"""The short way of ``POST Message/``, which is nearly all traffic: no ASGI scope, no task and no future for a request.

A server that can, asks ``takes`` when it has read a head, and calls ``post`` when it has the body; the answer comes
back through a callback, once the messages are on disk. It says and journals what the long way through ``Api`` does,
octet for octet; whatever is unusual about a request (a query, another spelling of the path) goes the long way.
"""

from collections.abc import Callable
from functools import partial
from traceback import format_exception
from typing import Protocol

from powerpack_gateway.errors import ApiError, StoreError
from powerpack_gateway.http.asynchronous import MAY_BE_ELSEWHERE, Elsewhere, elsewhere, taken_on
from powerpack_gateway.http.auth import Credentials
from powerpack_gateway.http.call import ACCOUNTS, Call, Reply
from powerpack_gateway.http.messages import accepted
from powerpack_gateway.http.port import ApiGateway
from powerpack_gateway.http.replies import CRASHED, refusal, unavailable
from powerpack_gateway.http.send_body import plain_request, send_request
from powerpack_gateway.http.wire import BODY_BYTES_MAX, encoded
from powerpack_gateway.sending import Sent

_ACCEPTED = b'{"api_id":"%b","message":"message(s) queued","message_uuid":["%b"]}'
"""What ``accepted`` answers where every destination was a number, in JSON; uuids need no quoting."""


class Answer(Protocol):
    """Writes an answer; called exactly once, before ``post`` returns or later."""

    def __call__(self, status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> None: ...


class Express:
    """The short way of one gateway."""

    body_bytes_max = BODY_BYTES_MAX
    """A request that declares more goes the long way, which refuses it."""

    def __init__(self, gateway: ApiGateway) -> None:
        self._gateway = gateway
        self._follow()

    def takes(self, method: bytes, target: bytes) -> bool:
        """Whether a request with this method and request target is one for ``post``."""
        if self._gateway.account is not self._account:
            self._follow()  # the gateway has read its state since
        return target == self._target and method == b"POST"

    def post(self, authorization: bytes | None, body: bytes, requester_ip: str, answer: Answer) -> None:
        """Accept what the body asks to send. Nothing is raised: every way out is an answer."""
        gateway = self._gateway
        api_id = gateway.new_uuid()
        try:
            self._credentials.check(authorization, auth_id=self._account.auth_id)
            gateway.request_limit.take()
            request = None if MAY_BE_ELSEWHERE in body else plain_request(body, requester_ip)
            if request is not None:
                gateway.send_soon(request, partial(self._sent, api_id, answer))
                return
        except Exception as error:  # noqa: BLE001 -- journalled with its traceback, and the client hears 500
            self._failed(api_id, answer, error)
            return
        self._post_unusual(body, requester_ip, api_id, answer)

    def _sent(self, api_id: str, answer: Answer, outcome: Sent | Exception) -> None:
        """What came of a plain request."""
        if not isinstance(outcome, Sent):
            self._failed(api_id, answer, outcome)
        elif outcome.invalid_numbers:
            self._reply(api_id, answer, accepted(outcome))
        else:  # nearly always; as ``_reply`` does
            self._gateway.journal.record("api.request", method="POST", path=self._path, api_id=api_id, status=202)
            answer(202, (), _ACCEPTED % (api_id.encode(), '","'.join(outcome.message_uuids).encode()))

    def _reply(self, api_id: str, answer: Answer, given: Reply) -> None:
        self._gateway.journal.record("api.request", method="POST", path=self._path, api_id=api_id, **given.told)
        answer(given.status, given.headers, encoded(given, api_id))

    def _failed(
        self, api_id: str, answer: Answer, error: Exception, settle: Callable[[Reply], None] | None = None
    ) -> None:
        if isinstance(error, ApiError):
            (settle or partial(self._reply, api_id, answer))(refusal(error))
            return
        told = "".join(format_exception(error))
        self._gateway.journal.record("api.error", method="POST", path=self._path, api_id=api_id, error=told)
        self._reply(api_id, answer, unavailable(error) if isinstance(error, StoreError) else CRASHED)

    def _post_unusual(self, body: bytes, requester_ip: str, api_id: str, answer: Answer) -> None:
        """The same for a request whose answer may go elsewhere, or that is written otherwise than nearly all are."""
        gateway = self._gateway
        settle: Callable[[Reply], None] = partial(self._reply, api_id, answer)

        def sent(outcome: Sent | Exception) -> None:
            if isinstance(outcome, Sent):
                settle(accepted(outcome))
            else:
                self._failed(api_id, answer, outcome, settle)

        try:
            call = Call(gateway=gateway, path=self._path, ids={}, query=b"", body=body, requester_ip=requester_ip)
            where = elsewhere(call)
            if where is not None:
                settle = self._sending_it(where, api_id, settle)
            gateway.send_soon(send_request(call), sent)
        except Exception as error:  # noqa: BLE001 -- as above
            self._failed(api_id, answer, error, settle)

    def _sending_it(self, where: Elsewhere, api_id: str, reply: Callable[[Reply], None]) -> Callable[[Reply], None]:
        """What to do with the answer when it is wanted elsewhere: keep it for that address, and say so here."""

        def settle(answered: Reply) -> None:
            where.tell(self._gateway.announcements, answered, api_id)
            self._gateway.when_durable(lambda error: reply(taken_on("POST") if error is None else unavailable(error)))

        return settle

    def _follow(self) -> None:
        self._account = self._gateway.account
        self._credentials = Credentials(self._account)
        self._path = f"{ACCOUNTS}/{self._account.auth_id}/Message/"
        self._target = self._path.encode()
