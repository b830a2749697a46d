"""Mm7Route: the way of MMS to one carrier. Each message is one POST; its answer says whether the carrier took it."""

import asyncio
import random
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from powerpack_gateway.errors import MediaGone, StoreError
from powerpack_gateway.http_client import FailureKind, HttpFailure, HttpRequest, HttpResponse, HttpSender, SenderLimits
from powerpack_gateway.messages import ErrorCode, Message
from powerpack_gateway.mm7.envelope import Mm7Unreadable, read_answer, submit_req
from powerpack_gateway.mm7.mime import Part, related
from powerpack_gateway.mm7.mms_route import MmsRoute
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_gateway.mm7.statuses import Verdict, error_code_for, verdict_of
from powerpack_gateway.ports import Clock, Journal

IDLE_S = 4.0
"""How long an unused connection is kept: less than servers keep it."""

LATER_HTTP = frozenset({401, 403, 429, 503})
"""HTTP statuses without MM7 in the body after which the same request may succeed: wrong credentials too, as with a bind
that is refused (facts/carriers.md C10); the message waits for its expiry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MmsAnswer:
    """What the MMSC said: ``message_id`` with ACCEPTED, ``code`` and ``why`` with the others; ``status``: MM7's."""

    verdict: Verdict
    why: str = ""
    message_id: str = ""
    code: ErrorCode = ErrorCode.NONE
    status: int = 0


class MmsHandler(Protocol):
    """Who uses a route."""

    def mms_answered(self, route: MmsRoute, token: object, answer: MmsAnswer) -> None:
        """The carrier answered."""

    def submit_unknown(self, route: MmsRoute, token: object, reason: str) -> None:
        """Submitted, and whether the carrier has it is unknown."""

    def mms_ready(self, route: MmsRoute) -> None:
        """There is room again."""


Attachments = Callable[[Message], Awaitable[list[Part]]]
"""Text and media of a message, from the store; raises MediaGone and StoreError."""


class Mm7Route(MmsRoute):
    """The way to one MMSC. HTTP has no sessions: a route is ready from ``start`` to ``stop``."""

    def __init__(
        self,
        settings: Mm7Settings,
        handler: MmsHandler,
        *,
        attachments: Attachments,
        clock: Clock,
        journal: Journal,
        rng: random.Random,
    ) -> None:
        self.settings = settings
        self._handler = handler
        self._attachments = attachments
        self._clock = clock
        self._journal = journal
        self._rng = rng
        self._sender = HttpSender(
            clock=clock,
            journal=journal,
            limits=SenderLimits(
                connections_per_origin=settings.window, idle_s=IDLE_S, timeout_s=settings.response_timeout_s
            ),
        )
        self._in_flight: dict[asyncio.Task[None], None] = {}
        self._is_open = False

    def __repr__(self) -> str:
        return f"<Mm7Route {self.settings.name}: {len(self._in_flight)} in flight>"

    @property
    def window_free(self) -> int:
        """How many submits the route takes now."""
        return self.settings.window - len(self._in_flight) if self._is_open else 0

    def start(self) -> None:
        """Take submits from now on."""
        self._is_open = True

    async def stop(self, drain_s: float) -> None:
        """Take no more submits and wait for the answers, but no longer than ``drain_s``.

        What is unanswered then goes to ``submit_unknown``. No task or connection stays.
        """
        self._is_open = False
        if self._in_flight:
            await asyncio.wait(list(self._in_flight), timeout=drain_s)
        await self._sender.close()
        if self._in_flight:
            await asyncio.wait(list(self._in_flight))

    def submit(self, message: Message, token: object) -> None:
        """Send a message; exactly one of ``mms_answered`` and ``submit_unknown`` follows."""
        task = asyncio.get_running_loop().create_task(self._exchange(message, token))
        self._in_flight[task] = None
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        del self._in_flight[task]
        if self._is_open:
            self._handler.mms_ready(self)

    async def _exchange(self, message: Message, token: object) -> None:
        try:
            parts = await self._attachments(message)
        except MediaGone as error:
            refused = MmsAnswer(verdict=Verdict.REFUSED, why=str(error), code=ErrorCode.MEDIA_FAILED)
            self._handler.mms_answered(self, token, refused)
            return
        except StoreError as error:
            self._handler.mms_answered(self, token, MmsAnswer(verdict=Verdict.LATER, why=f"not read: {error}"))
            return
        transaction_id = f"{message.uuid}-{message.attempts}"
        self._journal.record(
            "mm7",
            side="gateway",
            link=self.carrier,
            direction=">",
            operation="SubmitReq",
            uuid=message.uuid,
            source=message.source,
            destination=message.destination,
            media=[f"{part.content_type} {len(part.data)}" for part in parts],
        )
        answer = self._judge(await self._post(message, parts, transaction_id), transaction_id)
        known = answer if isinstance(answer, MmsAnswer) else MmsAnswer(verdict=Verdict.LATER, why=str(answer))
        self._journal.record(
            "mm7",
            side="gateway",
            link=self.carrier,
            direction="<",
            operation="SubmitRsp",
            uuid=message.uuid,
            status=known.status,
            message_id=known.message_id,
            problem=known.why,
        )
        if isinstance(answer, str):
            self._handler.submit_unknown(self, token, answer)
        else:
            self._handler.mms_answered(self, token, answer)

    async def _post(self, message: Message, parts: list[Part], transaction_id: str) -> HttpResponse | HttpFailure:
        settings = self.settings
        mark = f"{self._rng.getrandbits(96):024x}"
        soap = submit_req(
            namespace=settings.namespace,
            version=settings.version,
            transaction_id=transaction_id,
            vaspid=settings.vaspid,
            vasid=settings.vasid,
            source=message.source,
            destination=message.destination,
            content_id=f"mms-{mark}",
        )
        content_type, body = related(soap, parts, content_id=f"mms-{mark}", mark=mark)
        answered: asyncio.Future[HttpResponse | HttpFailure] = asyncio.get_running_loop().create_future()
        request = HttpRequest(
            method="POST",
            url=settings.url,
            headers={
                "Content-Type": content_type,
                "SOAPAction": '""',
                "Authorization": basic(settings.vaspid, settings.password),
            },
            body=body,
            is_repeatable=False,
        )
        self._sender.send(request, answered.set_result)
        return await answered

    def _judge(self, outcome: HttpResponse | HttpFailure, transaction_id: str) -> MmsAnswer | str:
        """What the outcome means, or why nobody knows whether the carrier has the message."""
        if isinstance(outcome, HttpFailure):
            if outcome.may_have_arrived:
                return f"{outcome.kind}: {outcome.detail}"
            if outcome.kind is FailureKind.UNUSABLE:
                return MmsAnswer(verdict=Verdict.REFUSED, why=outcome.detail, code=ErrorCode.NOT_DISPATCHED)
            return MmsAnswer(verdict=Verdict.LATER, why=f"{outcome.kind}: {outcome.detail}")
        try:
            answer = read_answer(outcome.body)
        except Mm7Unreadable as error:
            return _judge_http(outcome.status, str(error))
        if answer.transaction_id and answer.transaction_id != transaction_id:
            return f"the answer belongs to another transaction, {answer.transaction_id[:80]!r}"
        verdict, why = verdict_of(answer.status), f"StatusCode {answer.status} {answer.text}".rstrip()
        if verdict is Verdict.ACCEPTED:
            return MmsAnswer(verdict=verdict, message_id=answer.message_id, status=answer.status)
        return MmsAnswer(verdict=verdict, why=why, code=error_code_for(answer.status), status=answer.status)


def basic(name: str, password: str) -> str:
    """The value of an Authorization header (RFC 7617)."""
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode('ascii')}"


def _judge_http(status: int, problem: str) -> MmsAnswer | str:
    """An answer without MM7 in it: a proxy's, or that of something that is no MMSC."""
    if status in LATER_HTTP:
        return MmsAnswer(verdict=Verdict.LATER, why=f"HTTP {status}")
    if 400 <= status < 500 and status != 408:
        return MmsAnswer(verdict=Verdict.REFUSED, why=f"HTTP {status}: {problem}", code=ErrorCode.NOT_DISPATCHED)
    return f"HTTP {status}: {problem}"  # 200, 408, 500, 502, 504: it may have been taken behind the proxy
