"""A stand-in for the gateway, a client that calls the app directly, and the unmodified plivo SDK on a real socket."""

from __future__ import annotations

import asyncio
import random
import threading
from base64 import b64encode
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import unquote

import msgspec
import plivo
import pytest
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from declared_answers import check_answer
from live_api import Live
from powerpack_gateway.advice import Advisor
from powerpack_gateway.applications import Application
from powerpack_gateway.compliance import ComplianceSettings
from powerpack_gateway.errors import BadRequest, NotFound, StoreError
from powerpack_gateway.holdings import Account, Holdings
from powerpack_gateway.http.app import api_app
from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.media_library import MediaLibrary
from powerpack_gateway.messages import Message
from powerpack_gateway.nanp import parse_number
from powerpack_gateway.numbers import (
    NumberType,
    PhoneNumber,
    Registration,
    Service,
    Verification,
)
from powerpack_gateway.powerpacks import (
    Powerpack,
)
from powerpack_gateway.registration.brands import Method
from powerpack_gateway.registration.desk import Desk
from powerpack_gateway.registration.registrar import Registrar
from powerpack_gateway.request_limit import ApiSettings, RequestLimit
from powerpack_gateway.sending import SendRequest, Sent
from powerpack_gateway.settings import NumberSettings
from powerpack_gateway.store.base import Durable, MessageFilter, Page
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.serving import serve_asgi
from powerpack_lab.virtual import VirtualLoop

T = TypeVar("T")

NOW = datetime(2026, 3, 31, 12, 30, 45, 123456, tzinfo=UTC)
AUTH_ID = "MATESTTESTTESTTESTTE"
AUTH_TOKEN = "a token that nobody should ever see"


ACCOUNT = Account(auth_id=AUTH_ID, auth_token=AUTH_TOKEN, name="Ada Lovelace")


class StandInClock:
    """Always the same moment."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@dataclass(slots=True)
class StandInJournal:
    """Keeps what is recorded."""

    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def record(self, kind: str, /, **fields: object) -> None:
        self.events.append((kind, fields))

    def of(self, kind: str) -> list[dict[str, object]]:
        return [fields for each, fields in self.events if each == kind]


class StandInDesk(Desk):
    """Keeps nothing and decides nothing: what is asked for stays in processing."""

    def __init__(self) -> None:
        self.clock = StandInClock()
        self.journal = StandInJournal()
        self._rng = random.Random(1)

    def put(self, kind: str, key: str, value: object) -> None: ...

    async def kept(self, kind: str, key: str, value: T) -> T:
        return value

    def drop(self, kind: str, key: str) -> None: ...

    async def commit(self) -> None: ...

    def deadline(self) -> float:
        return 0.0

    def decide_at(self, moment: float, decide: Callable[[], None]) -> None: ...

    def tell(self, subject: str, *, url: str, method: Method, params: Mapping[str, str]) -> None: ...


class NoStore(SqliteStore):
    """Keeps nothing."""

    def __init__(self) -> None:
        super().__init__(None, secret=bytes(SECRET_BYTES))

    def put(self, kind: str, key: str, document: bytes) -> None:
        pass

    def delete(self, kind: str, key: str) -> None:
        pass

    async def commit(self) -> None:
        pass

    def when_durable(self, call: Durable) -> None:
        call(None)


def long_code(
    number: str,
    *,
    country: str = "US",
    region: str = "CA",
    city: str = "San Francisco",
    rate_center: str = "",
    mms_enabled: bool = False,
    added_on: datetime | None = None,
    registration: Registration = Registration.UNREGISTERED,
) -> PhoneNumber:
    """A long code."""
    return PhoneNumber(
        number=number,
        type=NumberType.LONGCODE,
        country=country,
        region=region,
        city=city,
        rate_center=rate_center,
        mms_enabled=mms_enabled,
        added_on=added_on,
        registration=registration,
    )


def tollfree(number: str, *, added_on: datetime | None = None) -> PhoneNumber:
    """A verified toll-free number that can do MMS."""
    return PhoneNumber(
        number=number,
        type=NumberType.TOLLFREE,
        country="US",
        mms_enabled=True,
        added_on=added_on,
        verification=Verification.VERIFIED,
    )


RENTED = [
    long_code("14155550101", mms_enabled=True, registration=Registration.COMPLETED),
    long_code("14155550102"),
    long_code("16135550103", country="CA", region="ON", city="Ottawa"),
    tollfree("18005550104"),
    PhoneNumber(number="72345", type=NumberType.SHORTCODE, country="US", voice_enabled=False),
]

FOR_SALE = [
    long_code("12125550111", region="NY", city="New York", rate_center="NWYRCYZN01"),
    long_code("12125560112", region="NY", city="New York", rate_center="NWYRCYZN01", mms_enabled=True),
    long_code("12125570113", region="NY", city="New York", rate_center="NWYRCYZN02"),
    tollfree("18885550114"),
    long_code("16475550115", country="CA", region="ON", city="Toronto"),
]


class StandIn(Holdings):
    """The facade over what the account holds, no store and no carriers: messages are accepted and stay queued."""

    def __init__(self) -> None:
        self.clock = StandInClock()
        self.journal = StandInJournal()
        self._uuids = 0
        super().__init__(
            NoStore(),
            account=ACCOUNT,
            numbers=NumberSettings(),
            compliance=ComplianceSettings(),
            clock=self.clock,
            journal=self.journal,
            rng=random.Random(1),
        )
        self.book.provide(RENTED, FOR_SALE)
        self.pools = self._new_pools()
        self.journal.events.clear()
        self.advisor = Advisor()
        self.asked: list[SendRequest] = []
        self.filters: list[MessageFilter] = []
        self.kept: list[Message] = []
        self.fails_with: Exception | None = None
        self.owed: StoreError | None = None
        self.told: list[tuple[str, str, Mapping[str, str]]] = []
        self.request_limit = RequestLimit(ApiSettings(), self.clock)
        store = NoStore()
        asyncio.run(store.open())
        self.media = MediaLibrary(store, clock=self.clock, journal=self.journal, rng=random.Random(1))
        self.registrar = Registrar(StandInDesk(), self)

    def has_application(self, app_id: str) -> None:
        """There is an application of that id."""
        self.applications.put(Application(app_id=app_id, app_name="front desk"))

    @property
    def holdings(self) -> StandIn:
        """One object stands in for both."""
        return self

    @property
    def announcements(self) -> StandIn:
        """And a third time."""
        return self

    def tell(self, what: str, subject: str, *, url: str, method: str, params: Mapping[str, str]) -> None:
        self.told.append((method, url, params))

    async def commit(self) -> None: ...

    async def forget_media(self, message: Message) -> None:
        await self.media.forget(message)

    def when_durable(self, call: Durable) -> None:
        call(None)

    def new_uuid(self) -> str:
        self._uuids += 1
        return f"00000000-0000-4000-8000-{self._uuids:012d}"

    async def send(self, request: SendRequest) -> Sent:
        if self.fails_with is not None:
            raise self.fails_with
        self.asked.append(request)
        numbers = [parse_number(each) for each in request.destinations]
        invalid = tuple(text for text, number in zip(request.destinations, numbers, strict=True) if number is None)
        if len(invalid) == len(numbers):
            raise BadRequest(f"'{invalid[0]}' is not a valid phone number.")
        return Sent(
            message_uuids=tuple(self.new_uuid() for number in numbers if number is not None), invalid_numbers=invalid
        )

    def send_soon(self, request: SendRequest, done: Callable[[Sent | Exception], None]) -> None:
        done(at_once(self.send(request)))

    async def message(self, message_uuid: str) -> Message:
        for message in self.kept:
            if message.uuid == message_uuid:
                return message
        raise NotFound(f"message {message_uuid} not found")

    async def messages(self, wanted: MessageFilter, *, limit: int, offset: int) -> Page:
        self.filters.append(wanted)
        return Page(messages=self.kept[offset : offset + limit], total_count=len(self.kept))

    def carrier_of(self, number: str) -> str | None:
        return "att" if number.startswith("1415") else "someone"


LOOP = VirtualLoop()
"""Runs what waits until a change is kept, which is at once."""


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return LOOP.run(coroutine)


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing, whether a loop runs or not."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        value: T = finished.value
        return value
    raise AssertionError("the app waited for something that a direct call does not have")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the app answered."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> dict[str, Any]:
        value = msgspec.json.decode(self.raw)
        assert isinstance(value, dict)
        return value

    @property
    def error(self) -> str:
        error = self.json["error"]
        assert isinstance(error, str)
        return error


class ApiClient:
    """Calls the app as an ASGI server does. A body that is bytes goes as it is, anything else as JSON."""

    def __init__(self, gateway: StandIn) -> None:
        self._app = api_app(gateway)
        self.root = f"/v1/Account/{AUTH_ID}"
        self.authorization: str | None = "Basic " + b64encode(f"{AUTH_ID}:{AUTH_TOKEN}".encode()).decode()

    def get(self, path: str, *, body: object = b"") -> Answer:
        return self.call("GET", path, body=body)

    def post(self, path: str, body: object = b"") -> Answer:
        return self.call("POST", path, body=body)

    def delete(self, path: str, body: object = b"") -> Answer:
        return self.call("DELETE", path, body=body)

    def call(self, method: str, path: str, *, body: object = b"") -> Answer:
        """One request below the account."""
        return self.request(method, f"{self.root}{path}", body=body)

    def request(
        self, method: str, target: str, *, body: object = b"", chunks: Sequence[Mapping[str, object]] | None = None
    ) -> Answer:
        """One request; ``chunks`` are the ASGI messages of a body that comes in parts."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        headers = [(b"content-length", str(len(raw)).encode())] if chunks is None else []
        if self.authorization is not None:
            headers.append((b"authorization", self.authorization.encode()))
        path, _, query = target.partition("?")
        scope: Scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "query_string": query.encode(),
            "headers": headers,
            "client": ("192.0.2.7", 40000),
        }
        incoming: Iterator[Mapping[str, object]] = iter(
            chunks or [{"type": "http.request", "body": raw, "more_body": False}]
        )
        sent: list[AsgiMessage] = []

        async def receive() -> AsgiMessage:
            return dict(next(incoming))

        async def send(message: AsgiMessage) -> None:
            sent.append(message)

        drive(self._call(scope, receive, send))
        if not sent:
            return Answer(status=0, headers={}, raw=b"")
        check_answer(method, unquote(path), sent[0]["status"], sent[1]["body"])
        return Answer(
            status=sent[0]["status"],
            headers={name.decode(): value.decode() for name, value in sent[0]["headers"]},
            raw=sent[1]["body"],
        )

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


@pytest.fixture
def gateway() -> StandIn:
    """A stand-in with five numbers, five more for sale, and nothing else."""
    return StandIn()


@pytest.fixture
def api(gateway: StandIn) -> ApiClient:
    """A client with the right credentials."""
    return ApiClient(gateway)


@pytest.fixture
def powerpack(gateway: StandIn) -> Powerpack:
    """A Powerpack with a long code, a long code for MMS, a toll-free number and a short code."""
    powerpack = drive(gateway.create_powerpack(name="welcome"))
    for number, service in (
        ("14155550101", Service.MMS),
        ("14155550102", Service.SMS),
        ("18005550104", Service.SMS),
        ("72345", Service.SMS),
    ):
        drive(gateway.add_to_pool(powerpack.uuid, number, service=service, rent=False))
    return powerpack


class Served:
    """The app of the moment on a loopback port, on a loop in a thread of its own, since the SDK blocks."""

    def __init__(self) -> None:
        self.gateway = StandIn()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="served API")

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:  # Starlette's types are not uvicorn's
        await api_app(self.gateway)(scope, receive, send)

    def start(self) -> str:
        """Serve; returns the URL that the SDK needs."""
        self._thread.start()
        self._serving = asyncio.run_coroutine_threadsafe(
            serve_asgi(self._loop, self._app, "127.0.0.1", 0), self._loop
        ).result()
        return f"{self._serving.url}/v1/Account"

    def stop(self) -> None:
        """Leave no socket and no thread behind."""
        asyncio.run_coroutine_threadsafe(self._serving.close(1.0), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="session")
def served_url() -> Iterator[tuple[Served, str]]:
    """One server for all tests of a session."""
    served = Served()
    yield served, served.start()
    served.stop()


@pytest.fixture
def sdk(served_url: tuple[Served, str], gateway: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The unmodified SDK, pointed at the stand-in of this test (plivo_api.md 1.1)."""
    served, url = served_url
    served.gateway = gateway
    for name in (
        "PLIVO_API_BASE_URI",
        "API_VOICE_BASE_URI",
        "API_VOICE_BASE_URI_FALLBACK_1",
        "API_VOICE_BASE_URI_FALLBACK_2",
    ):
        monkeypatch.setattr(plivo.rest.client, name, url)
    monkeypatch.setattr(plivo.resources.lookup, "LOOKUP_API_ENDPOINT", f"{url.removesuffix('Account')}Number")
    with plivo.RestClient(AUTH_ID, AUTH_TOKEN) as client:
        yield client


@pytest.fixture
def live() -> Iterator[Live]:
    """A whole gateway in virtual time."""
    live = Live()
    with live.lab:
        yield live
