"""Several gateways on one database in memory, before real carriers, in virtual time."""

import base64
import json
import random
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.types import Message as AsgiMessage

from powerpack_carriers import Account, Carrier, Directory
from powerpack_carriers.handsets import Handset
from powerpack_gateway.fleet.fleet_gateway import FleetGateway
from powerpack_gateway.fleet.front import FleetFront
from powerpack_gateway.fleet.memory import MemoryBoard, MemoryDatabase, MemoryStore
from powerpack_gateway.holdings import Account as GatewayAccount
from powerpack_gateway.holdings import Provision
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_gateway.settings import Settings
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.store.base import MessageFilter
from powerpack_lab.account_registry import AccountRegistry
from powerpack_lab.clock import LoopClock
from powerpack_lab.config import DEFAULT_NUMBERS, CarrierConfig, NumberConfig
from powerpack_lab.journal import Event, Journal
from powerpack_lab.serving import Serving, serve_as
from powerpack_lab.virtual import VirtualLoop

T = TypeVar("T")

EPOCH = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
AUTH_ID, AUTH_TOKEN = "MA" + "X" * 18, "t" * 40
INBOUND_PASSWORD = "posted"
FINAL = ("delivered", "undelivered", "failed")


class FleetWorld:
    """Carriers and gateways. ``start`` and ``gateway`` build it up; ``kill`` takes a gateway away without a word."""

    def __init__(
        self,
        *,
        epoch: datetime = EPOCH,
        carriers: Sequence[CarrierConfig] = (CarrierConfig(name="generic"),),
        numbers: Sequence[NumberConfig] = DEFAULT_NUMBERS,
        settings: Settings | None = None,
        window: int = 100,
    ) -> None:
        self.loop = VirtualLoop()
        self.clock = LoopClock(self.loop, epoch)
        self.journal = Journal(moment=self.clock.monotonic, at=self.clock.at)
        self.directory = Directory(seed=1)
        self.database = MemoryDatabase(b"\1" * 32)
        self.gateways: dict[str, FleetGateway] = {}
        self.fronts: dict[str, FleetFront] = {}
        self.buried: list[str] = []
        self._serving: list[Serving] = []
        self._configs = carriers
        self._numbers = numbers
        self._settings = settings or Settings()
        self._window = window
        self._registry = AccountRegistry(lambda: self.keeper)
        self.carriers: dict[str, Carrier] = {}

    async def start(self) -> None:
        """The carriers listen."""
        for each in self._configs:
            carrier = Carrier(
                each.load_profile(),
                name=each.name,
                accounts=(Account(system_id="powerpack", password="secret"),),
                seed=1,
                clock=self.clock,
                journal=self.journal,
                directory=self.directory,
                host="127.0.0.1",
                port=0,
                mm7_port=0,
                registry=self._registry,
            )
            self.carriers[each.name] = carrier
            await carrier.start()

    async def gateway(
        self, name: str, *, configuration: Mapping[str, object] | None = None, may_differ: bool = False
    ) -> FleetGateway:
        """One more gateway."""
        store = MemoryStore(self.database, name)
        gateway = FleetGateway(
            self._settings,
            store=store,
            board=MemoryBoard(self.database, store, name, self.loop.time),
            routes=[
                RouteSettings(
                    name=each.name,
                    hosts=(("127.0.0.1", self.carriers[each.name].port),),
                    system_id="powerpack",
                    password="secret",
                    unknown_outcome=each.unknown_outcome,
                    window=self._window,
                )
                for each in self._configs
            ],
            mm7_routes=[
                Mm7Settings(
                    name=each.name,
                    url=self.carriers[each.name].mmsc.url,
                    vaspid="powerpack",
                    password="secret",
                    inbound_password=INBOUND_PASSWORD,
                )
                for each in self._configs
            ],
            carrier_of=self.directory.carrier_of,
            clock=self.clock,
            journal=self.journal,
            rng=random.Random(f"gateway {name}"),
            provision=Provision(
                account=GatewayAccount(auth_id=AUTH_ID, auth_token=AUTH_TOKEN),
                numbers=[each.phone_number() for each in self._numbers if not each.for_sale],
                for_sale=[each.phone_number() for each in self._numbers if each.for_sale],
                pool=[(each.number, each.pool_service) for each in self._numbers if each.in_pool and not each.for_sale],
            ),
            configuration=configuration,
            may_differ=may_differ,
            buried=self.buried.append,
        )
        try:
            await gateway.start()
        except BaseException:
            await gateway.stop(0.0)
            raise
        self.gateways[name] = gateway
        self.fronts[name] = FleetFront(gateway)
        return gateway

    async def serve(self, name: str) -> str:
        """Let a gateway listen for HTTP, where every MMSC posts from now on; its URL."""
        serving = await serve_as(f"gateway {name}", self.fronts[name], "127.0.0.1", 0)
        self._serving.append(serving)
        rest = serving.url.removeprefix("http://")
        for each in self.carriers.values():
            each.connect_vasp("powerpack", f"http://{each.name}:{INBOUND_PASSWORD}@{rest}/mm7/{each.name}")
        return serving.url

    async def kill(self, name: str) -> None:
        """A gateway is gone at once: nothing pending is written, nobody is told, its connections break."""
        gateway = self.gateways.pop(name)
        del self.fronts[name]
        store = gateway.store
        assert isinstance(store, MemoryStore)
        store.abandon()
        self.database.woken.pop(name, None)
        gateway._is_dead = True
        gateway._life.end()
        await gateway._life.stop()
        await gateway._stop_work()
        await gateway._switchboard.peers.stop()
        for desk in gateway._switchboard.every_desk:
            await desk.stop(0.0)
        await gateway._underway.stop(0.0)
        await gateway.announcements.stop(0.0)

    async def stop(self) -> None:
        """Everything ends."""
        for serving in self._serving:
            await serving.close(1.0)
        for gateway in self.gateways.values():
            await gateway.stop(1.0)
        for carrier in self.carriers.values():
            await carrier.stop()

    def tell(self, story: Coroutine[Any, Any, T]) -> T:
        """Run a story from the first gateway to the end of all."""

        async def whole() -> T:
            try:
                return await story
            finally:
                await self.stop()

        try:
            return self.loop.run(whole())
        finally:
            self.loop.close()

    def events(self, kind: str) -> list[Event]:
        """What the journal holds of one kind."""
        return list(self.journal.events(kind=kind))

    def phone(self, number: str) -> Handset:
        """A handset."""
        return self.directory.handset(number.lstrip("+"))

    def texts(self, number: str) -> list[str]:
        """What a handset got."""
        return [each.text for each in self.phone(number).inbox]

    @property
    def powerpack_uuid(self) -> str:
        """The ready-made Powerpack."""
        return next(each.uuid for each in next(iter(self.gateways.values())).holdings.powerpacks)

    def holder(self, lease: str) -> str:
        """Who works for a lease."""
        return self.database.leases[lease].holder

    @property
    def keeper(self) -> FleetGateway | None:
        """Whose account the carriers look at."""
        return next((each for each in self.gateways.values() if each.is_keeper), None)

    def other_than(self, holder: str) -> str:
        """A gateway that is not this one."""
        return next(name for name in self.gateways if name != holder)

    async def call(self, name: str, method: str, path: str, values: object = None) -> tuple[int, Any]:
        """One request to the API of one gateway."""
        body = b"" if values is None else json.dumps(values).encode()
        sent: list[AsgiMessage] = []
        path, _, query = path.partition("?")
        left = [body]

        async def receive() -> AsgiMessage:
            return (
                {"type": "http.request", "body": left.pop(), "more_body": False}
                if left
                else {"type": "http.disconnect"}
            )

        async def send(message: AsgiMessage) -> None:
            sent.append(message)

        credentials = base64.b64encode(f"{AUTH_ID}:{AUTH_TOKEN}".encode())
        target = path if path.startswith("/") else f"/v1/Account/{AUTH_ID}/{path}"
        scope = {
            "type": "http",
            "method": method,
            "path": target,
            "query_string": query.encode(),
            "headers": [(b"authorization", b"Basic " + credentials), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
        }
        await self.fronts[name](scope, receive, send)
        answer = b"".join(each.get("body", b"") for each in sent[1:])
        return sent[0]["status"], json.loads(answer) if answer else None

    async def send(self, name: str, to: str, text: str = "Hello", **more: object) -> str:
        """Accept a message at one gateway; its uuid."""
        sender = {} if "src" in more or "powerpack_uuid" in more else {"powerpack_uuid": self.powerpack_uuid}
        status, answer = await self.call(name, "POST", "Message/", {**sender, "dst": to, "text": text, **more})
        assert status == 202, answer
        uuid: str = answer["message_uuid"][0]
        return uuid

    async def state(self, uuid: str) -> str:
        """What any gateway says of a message."""
        _, answer = await self.call(next(iter(self.fronts)), "GET", f"Message/{uuid}/")
        state: str = answer["message_state"]
        return state

    async def states(self) -> dict[str, int]:
        """How many messages are in which state, as the database says."""
        gateway = next(iter(self.gateways.values()))
        found: dict[str, int] = {}
        offset = 0
        while (
            page := await gateway.messages(MessageFilter(message_direction="outbound"), limit=1000, offset=offset)
        ).messages:
            for each in page.messages:
                found[each.state] = found.get(each.state, 0) + 1
            offset += len(page.messages)
        return found


@contextmanager
def fleet_world(**more: Any) -> Iterator[FleetWorld]:
    """A world that is closed whatever happens."""
    world = FleetWorld(**more)
    try:
        yield world
    finally:
        if not world.loop.is_closed():
            world.loop.close()
