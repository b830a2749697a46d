"""The stores that the contract is for, each opened in a loop of its own."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from msgspec.structs import replace

from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.numbers import Service
from powerpack_gateway.store.base import MessageFilter, Snapshot, Store
from powerpack_gateway.store.postgres import PostgresStore
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.virtual import VirtualLoop
from real_loop import NoJournal, RealLoop

T = TypeVar("T")

SECRET, OTHER_SECRET = b"\1" * SECRET_BYTES, b"\2" * SECRET_BYTES
EVERYTHING = MessageFilter()


class Loop(Protocol):
    """What runs a store: in virtual time where it can be, else in real time."""

    def run(self, main: Coroutine[Any, Any, T]) -> T: ...

    def advance(self, seconds: float) -> None: ...

    def set_exception_handler(self, handler: Callable[[Any, dict[str, Any]], object] | None) -> None: ...

    def shutdown(self) -> None: ...


def _postgres(place: str, secret: bytes) -> Store:
    return PostgresStore(place, secret=secret, journal=NoJournal())


@dataclass(frozen=True)
class Kind:
    """One kind of Store: how to make one in a place that is the test's own, and whether it outlives its process.

    ``place`` is the fixture that gives the place; ``loop`` what it runs on."""

    name: str
    make: Callable[[str, bytes], Store]
    survives: bool
    place: str = "tmp_path"
    loop: Callable[[], Loop] = VirtualLoop


KINDS = [
    Kind("sqlite-memory", lambda _, secret: SqliteStore(None, secret=secret), survives=False),
    Kind("sqlite-file", lambda folder, secret: SqliteStore(Path(folder) / "state.db", secret=secret), survives=True),
    Kind("postgres", _postgres, survives=True, place="database", loop=RealLoop),
]


class Bench:
    """An opened store in a loop of its own."""

    def __init__(self, kind: Kind, place: str) -> None:
        self.kind, self.place = kind, place
        self.loop = kind.loop()
        self.store: Store
        self.snapshot: Snapshot
        self.open()

    def open(self, secret: bytes = SECRET) -> Snapshot:
        self.store = self.kind.make(self.place, secret)
        self.snapshot = self.run(self.store.open())
        return self.snapshot

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(coroutine)

    def do(
        self, *changes: Callable[[Store], None], then: Callable[[], Coroutine[Any, Any, T]] | None = None
    ) -> T | None:
        """Make changes, and return when they are durable; ``then`` runs before their group is committed."""

        async def done() -> T | None:
            for change in changes:
                change(self.store)
            if then is not None:
                return await then()
            await self.store.commit()
            return None

        return self.run(done())

    def insert(self, *messages: Message) -> None:
        self.do(*(lambda store, each=each: store.insert(each) for each in messages))

    def update(self, *messages: Message) -> None:
        self.do(*(lambda store, each=each: store.update(each) for each in messages))

    def message(self, row: int) -> Message | None:
        return self.run(self.store.message(row))

    def found(self, wanted: MessageFilter = EVERYTHING, *, limit: int = 20, offset: int = 0) -> list[int]:
        return [each.id for each in self.run(self.store.messages(wanted, limit=limit, offset=offset)).messages]

    def restart(self, secret: bytes = SECRET) -> Snapshot:
        self.run(self.store.close())
        return self.open(secret)

    def end(self) -> None:
        self.run(self.store.close())
        self.loop.shutdown()


def message(row: int = 1, **changes: object) -> Message:
    return replace(
        Message(
            id=row,
            uuid="",
            direction=Direction.OUTBOUND,
            service=Service.SMS,
            destination="12065550100",
            text="hi",
            created_at=1000.0 + row,
        ),
        **changes,
    )


def putting(kind: str, key: str, document: bytes) -> Callable[[Store], None]:
    return lambda store: store.put(kind, key, document)


def stored(given: Message) -> dict[str, object]:
    """What a Store keeps of a message: all but its uuid, which is the Store's own, and the running count."""
    return {name: getattr(given, name) for name in given.__struct_fields__ if name not in ("uuid", "announced")}
