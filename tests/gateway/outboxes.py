"""Outboxes with a sender that follows a script, and what they told."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from gateway.receivers import EPOCH
from powerpack_gateway.callbacks import Callbacks, CallbackSettings, Notice, Sender
from powerpack_gateway.http_client import (
    Done,
    FailureKind,
    HttpFailure,
    HttpRequest,
    HttpResponse,
    SenderLimits,
)
from powerpack_gateway.http_connection import Carried
from powerpack_gateway.http_request import Origin
from powerpack_gateway.plain_callbacks import PlainCall
from powerpack_lab.clock import LoopClock

URL = "http://app.test/status"
GIVE_UP_S = 60.0 + 120.0 + 240.0


def a_notice(
    key: int = 1,
    index: int = 0,
    *,
    url: str = URL,
    method: Literal["POST", "GET"] = "POST",
    params: Mapping[str, str] = MappingProxyType({"Status": "sent"}),
) -> Notice:
    return Notice(key=key, index=index, url=url, method=method, params=params, what="status")


def status(code: int, body: bytes = b"") -> HttpResponse:
    return HttpResponse(status=code, raw_headers=(), body=body)


REFUSED = HttpFailure(kind=FailureKind.UNREACHABLE, detail="refused")


@dataclass(frozen=True)
class Sent:
    """A try that the sender was given."""

    at: float
    request: HttpRequest
    done: Done


class ScriptedSender:
    """Answers each try as ``answer`` says, a moment later; None leaves it open."""

    def __init__(
        self, answer: Callable[[HttpRequest], HttpResponse | HttpFailure | None], connections: int = 16
    ) -> None:
        self.limits = SenderLimits(connections_per_origin=connections)
        self.sent: list[Sent] = []
        self._answer = answer

    def send(self, request: HttpRequest, done: Done) -> None:
        loop = asyncio.get_running_loop()
        self.sent.append(Sent(loop.time(), request, done))
        outcome = self._answer(request)
        if outcome is not None:
            loop.call_soon(done, outcome)

    def carry(self, origin: Origin, exchanges: Sequence[Carried]) -> None:
        for each in exchanges:
            self.send(HttpRequest(method="POST", url=str(origin), body=each.raw), each.done)

    @property
    def times(self) -> list[float]:
        return [sent.at for sent in self.sent]


class Log:
    """A journal."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def record(self, kind: str, /, **fields: object) -> None:
        self.events.append((kind, fields))


class Outbox:
    """Callbacks with everything around them; made on the running loop."""

    def __init__(self, sender: Sender, settings: CallbackSettings | None = None) -> None:
        clock = LoopClock(asyncio.get_running_loop(), EPOCH)
        self.settled: list[tuple[int, int, bool, bytes]] = []
        self.told: list[tuple[int, int, int]] = []
        self.on_told: Callable[[Sequence[PlainCall]], None] = lambda _: None
        self.on_settled: Callable[[Notice], None] = lambda _: None
        self._log = Log()
        self.signed: list[tuple[str, str, dict[str, str]]] = []
        self.callbacks = Callbacks(
            sender=sender,
            clock=clock,
            journal=self._log,
            sign=self.sign,
            settled=self.settle,
            settings=settings or CallbackSettings(),
            told=self.tell,
        )

    @property
    def journal(self) -> list[tuple[str, dict[str, object]]]:
        return self._log.events

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.journal]

    def sign(self, method: str, url: str, params: Mapping[str, str]) -> Mapping[str, str]:
        self.signed.append((method, url, dict(params)))
        return {"X-Nonce": str(len(self.signed))}

    def settle(self, notice: Notice, acknowledged: bool, body: bytes) -> None:
        self.settled.append((notice.key, notice.index, acknowledged, body))
        self.on_settled(notice)

    def tell(self, calls: Sequence[PlainCall]) -> None:
        self.told += [(call.key, call.index, call.status) for call in calls]
        self.on_told(calls)


def always(outcome: HttpResponse | HttpFailure | None) -> Callable[[HttpRequest], HttpResponse | HttpFailure | None]:
    return lambda _: outcome


def in_turn(
    *outcomes: HttpResponse | HttpFailure | None,
) -> Callable[[HttpRequest], HttpResponse | HttpFailure | None]:
    left = list(outcomes)
    return lambda _: left.pop(0)
