"""The configuration, which all gateways of a fleet should share: compared key by key when one of them begins.

Each keeps a short digest of every value in the database. A digest has 16 bits: enough to see that two differ, and too
few to find a password by.
"""

import asyncio
import hmac
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from powerpack_gateway.errors import StoreError
from powerpack_gateway.fleet.board import LIFE_S, Board, FleetStore
from powerpack_gateway.fleet.frames import PROTOCOL_VERSION
from powerpack_gateway.ports import Journal

KIND: Final = "configuration"

NAMED_MAX: Final = 5
"""Keys that a refusal names; more of them are counted."""

SHOWN_TRIES: Final = 30
"""Looks, over a gateway's life, for what an older one that begins just now has not shown yet."""

NAMES: Final = ("name", "number")
"""What an entry of a list is called by, if it has one of these."""

PROTOCOL_KEY: Final = "peer_protocol"
"""Stands among the digests, and is none: the version of the peer protocol that a gateway speaks."""

FIRST_TOLD: Final = 2
"""The version of gateways that do not tell theirs: releases before it was told here."""

Digests = Mapping[str, str]

_decode = msgspec.json.Decoder(dict[str, str]).decode


class ConfigurationDiffers(StoreError):
    """An older gateway of the same database runs with another configuration."""


class OtherRelease(StoreError):
    """An older gateway of the same database is of a release that this one can not talk with."""


class Configuration:
    """``values`` is this gateway's own, as nested mappings and lists; without any it is not compared."""

    def __init__(
        self, values: Mapping[str, object], board: Board, store: FleetStore, journal: Journal, *, may_differ: bool
    ) -> None:
        self._values = values
        self._board = board
        self._store = store
        self._journal = journal
        self._may_differ = may_differ
        self._own: Digests = {}
        self.differs_from: dict[str, Sequence[str]] = {}
        """Gateways that live with another configuration, and the keys in which it differs."""
        self.is_behind = False
        """A gateway that lives has not shown its own yet, or the database did not answer: to be looked at again."""

    async def agree(self) -> None:
        """Show it, and compare it with those of older gateways; raises OtherRelease, ConfigurationDiffers, StoreError.

        Of two that begin together the older one stays.
        """
        if not self._values:
            return
        self._own = {**digests_of(self._values, self._board.secret), PROTOCOL_KEY: str(PROTOCOL_VERSION)}
        self._store.put(KIND, self._board.gateway_id, msgspec.json.encode(self._own))
        await self._store.commit()
        shown, members = await self._all_shown()
        for gateway_id, _ in shown:
            if gateway_id not in members:
                self._store.delete(KIND, gateway_id)
        self._compare(shown, members)
        older = members[: members.index(self._board.gateway_id)]
        _refuse_other_release(shown, older)
        for gateway_id in older:
            if gateway_id in self.differs_from and not self._may_differ:
                raise ConfigurationDiffers(
                    f"the configuration differs from that of gateway {gateway_id}, which shares this database, in "
                    f"{named(self.differs_from[gateway_id])}; give all gateways the same one, or, while you change it, "
                    "restart one after the other with --rolling-change"
                )

    async def _all_shown(self) -> tuple[Sequence[tuple[str, bytes]], Sequence[str]]:
        """What is shown when every older gateway has done so, and the members; or what is there after a while."""
        shown: Sequence[tuple[str, bytes]] = ()
        members: Sequence[str] = ()
        for _ in range(SHOWN_TRIES):
            shown = await self._board.documents(KIND)
            # In this order: whoever shows one was a member before. If it is none now, it is no more.
            members = [each.gateway_id for each in (await self._board.renew(bury=False)).members]
            older = members[: members.index(self._board.gateway_id)]
            if set(older) <= {gateway_id for gateway_id, _ in shown}:
                break
            await asyncio.sleep(LIFE_S / SHOWN_TRIES)
        return shown, members

    async def look(self, living: Collection[str]) -> None:
        """Compare again: gateways have come or gone, or ``is_behind``."""
        if not self._values:
            return
        self.is_behind = False
        try:
            shown = await self._board.documents(KIND)
            self._compare(shown, living)
            self.is_behind = not set(living) <= {gateway_id for gateway_id, _ in shown}
        except StoreError as error:
            self.is_behind = True
            self._journal.record("fleet.failed", what="comparing configurations", error=str(error))

    def withdraw(self) -> None:
        """This gateway ends."""
        if self._own:
            self._store.delete(KIND, self._board.gateway_id)

    def _compare(self, shown: Sequence[tuple[str, bytes]], living: Collection[str]) -> None:
        found: dict[str, Sequence[str]] = {}
        for gateway_id, document in shown:
            if gateway_id == self._board.gateway_id or gateway_id not in living:
                continue
            theirs = _decode(document)
            keys = differing(self._own, {**theirs, PROTOCOL_KEY: _protocol_of(theirs)})
            if keys:
                found[gateway_id] = keys
                if gateway_id not in self.differs_from:
                    self._journal.record("fleet.configuration_differs", gateway=gateway_id, keys=keys)
        self.differs_from = found


def _refuse_other_release(shown: Sequence[tuple[str, bytes]], older: Collection[str]) -> None:
    """Whatever may differ while a change is rolled out: gateways that can not talk do not work together."""
    for gateway_id, document in shown:
        version = _protocol_of(_decode(document))
        if gateway_id in older and version != str(PROTOCOL_VERSION):
            raise OtherRelease(
                f"gateway {gateway_id}, which shares this database, speaks version {version} of the peer protocol, and "
                f"this release of powerpack-lab version {PROTOCOL_VERSION}: they can not work beside each other; stop "
                "all gateways of the one release before you start those of the other"
            )


def _protocol_of(digests: Digests) -> str:
    return digests.get(PROTOCOL_KEY, str(FIRST_TOLD))


def digests_of(values: Mapping[str, object], secret: bytes) -> Digests:
    """A digest for each value, under its dotted key; an entry of a list goes by its name or number, or its place."""
    return {key: hmac.digest(secret, f"{key}={value!r}".encode(), "sha256")[:2].hex() for key, value in _leaves(values)}


def differing(ours: Digests, theirs: Digests) -> list[str]:
    """The keys in which two differ, in their order; of a whole entry that only one has, only the entry's."""
    keys = {key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)}
    for present, other in ((ours, theirs), (theirs, ours)):
        have = {part for key in other for part in _parts(key)}
        for key in list(keys):
            missing = next((part for part in _parts(key) if part not in have), None)
            if key in present and missing is not None:
                keys.discard(key)
                keys.add(missing)
    return sorted(keys)


def named(keys: Sequence[str]) -> str:
    """Some keys in words."""
    rest = len(keys) - NAMED_MAX
    return ", ".join(keys[:NAMED_MAX]) + (f" and {rest} more" if rest > 0 else "")


def _parts(key: str) -> Iterator[str]:
    """A key's own prefixes, the shortest first: ``a``, ``a.b``, ``a.b.c``."""
    found = ""
    for part in key.split("."):
        found = f"{found}.{part}" if found else part
        yield found


def _leaves(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name))
    elif (
        isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(each, Mapping) for each in value)
    ):
        for place, entry in enumerate(value):
            name = (
                next((entry[each] for each in NAMES if each in entry), place) if isinstance(entry, Mapping) else place
            )
            yield from _leaves(entry, f"{key}.{name}")
    else:
        yield key, value
