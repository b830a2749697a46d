"""Gateways find each other, prove themselves, and notice each other's end; strangers get nowhere."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from powerpack_gateway.fleet.board import Member
from powerpack_gateway.fleet.frames import (
    PROTOCOL_VERSION,
    Answered,
    Frame,
    Hello,
    Proof,
    Room,
    octets_of,
)
from powerpack_gateway.fleet.peer_link import GREETING_S
from powerpack_gateway.fleet.peers import Peers
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop

SECRET = b"s" * 32


class Node:
    """One gateway's peers, and what they told."""

    def __init__(self, name: str, journal: Journal, secret: bytes = SECRET) -> None:
        self.name, self.secret = name, secret
        self.heard: list[object] = []
        self.peers = Peers(self, gateway_id=name, journal=journal, rng=random.Random(name))
        self.member = Member(name, "")

    async def listen(self) -> None:
        port = await self.peers.listen("127.0.0.1", 0, lambda: self.secret)
        self.member = Member(self.name, f"127.0.0.1:{port}")

    def peer_opened(self, peer_id: str) -> None:
        self.heard.append(("opened", peer_id))

    def peer_frames(self, peer_id: str, frames: Sequence[Frame]) -> None:
        self.heard.extend((peer_id, frame) for frame in frames)

    def peer_writable(self, peer_id: str) -> None:
        self.heard.append(("writable", self.peers.is_writable(peer_id)))

    def peer_lost(self, peer_id: str, reason: str) -> None:
        self.heard.append(("lost", peer_id, reason))


class World:
    """Some nodes in virtual time."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        clock = LoopClock(self.loop, datetime(2026, 3, 2, tzinfo=UTC))
        self.journal = Journal(moment=clock.monotonic, at=clock.at)
        self.nodes: list[Node] = []

    async def node(self, name: str, secret: bytes = SECRET) -> Node:
        made = Node(name, self.journal, secret)
        await made.listen()
        self.nodes.append(made)
        return made

    def follow(self) -> None:
        for each in self.nodes:
            each.peers.follow([other.member for other in self.nodes])

    def tell(self, story: Callable[["World"], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            await story(self)
            for each in self.nodes:
                await each.peers.stop()

        self.loop.run(whole())

    def reasons(self) -> list[object]:
        return [event.fields["reason"] for event in self.journal.events(kind="fleet.refused")]


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.loop.close()


def test_two_gateways_have_one_link_and_speak_both_ways(world: World) -> None:
    async def story(world: World) -> None:
        one, two = await world.node("one"), await world.node("two")
        world.follow()
        await asyncio.sleep(0.1)
        world.follow()
        await asyncio.sleep(0.1)
        one.peers.send("two", Room("att", 1))
        two.peers.send("one", Room("att", 2))
        await asyncio.sleep(0.1)

        assert one.heard == [("opened", "two"), ("two", Room("att", 2))]
        assert two.heard == [("opened", "one"), ("one", Room("att", 1))]
        assert not one.peers.send("three", Room("att", 1))

    world.tell(story)


def test_the_end_of_a_gateway_is_told_at_once(world: World) -> None:
    async def story(world: World) -> None:
        one, two = await world.node("one"), await world.node("two")
        world.follow()
        await asyncio.sleep(0.1)
        world.nodes.remove(two)
        await two.peers.stop()
        await asyncio.sleep(0.1)

        assert one.heard[-1] == ("lost", "two", "the peer closed the connection")
        assert one.peers.linked == frozenset()

    world.tell(story)


def test_who_was_buried_is_cut_off_and_not_let_in_again(world: World) -> None:
    async def story(world: World) -> None:
        one, two = await world.node("one"), await world.node("two")
        world.follow()
        await asyncio.sleep(0.1)
        two.peers.follow([two.member])  # the board told two that one is dead; one has not heard of it
        await asyncio.sleep(0.1)

        assert two.heard[-1] == ("lost", "one", "one was taken for dead")
        one.peers.follow([one.member, two.member])
        await asyncio.sleep(0.1)
        assert two.peers.linked == frozenset()

    world.tell(story)


def test_another_secret_is_refused_by_name(world: World) -> None:
    async def story(world: World) -> None:
        await world.node("one")
        await world.node("two", b"x" * 32)
        world.follow()
        await asyncio.sleep(0.1)

        assert "one does not know the secret that our database tells" in world.reasons()
        assert all(each.heard == [] for each in world.nodes)

    world.tell(story)


def test_a_stranger_in_the_middle_gets_no_proof_from_either(world: World) -> None:
    """Who only passes on what two gateways say would be each of them to the other, without knowing the secret."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(1_000):
            writer.write(octets)

    async def story(world: World) -> None:
        one, two = await world.node("one"), await world.node("two")
        ports = [int(each.member.address.rpartition(":")[2]) for each in (one, two)]
        (from_one, to_one), (from_two, to_two) = [await asyncio.open_connection("127.0.0.1", each) for each in ports]
        passing = [asyncio.create_task(pass_on(from_one, to_two)), asyncio.create_task(pass_on(from_two, to_one))]
        await asyncio.sleep(1.0)

        assert one.heard == two.heard == []
        assert "two connects to one: of two, the one with the smaller name does" in world.reasons()
        for each in passing:
            each.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
        for writer in (to_one, to_two):
            writer.close()

    world.tell(story)


def test_who_can_not_be_reached_is_tried_again_with_the_next_look(world: World) -> None:
    async def story(world: World) -> None:
        one, two = await world.node("one"), await world.node("two")
        one.peers.follow([one.member, Member("two", "127.0.0.1:9"), Member("zoe", "nowhere")])
        await asyncio.sleep(3)
        assert {event.fields["peer"] for event in world.journal.events(kind="fleet.unreached")} == {"two", "zoe"}
        one.peers.follow([one.member, two.member])
        await asyncio.sleep(0.1)

        assert one.peers.linked == {"two"}

    world.tell(story)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (
            octets_of(Hello(PROTOCOL_VERSION + 1, "new", b"n" * 32)),
            f"new speaks version {PROTOCOL_VERSION + 1} of the peer protocol, expected {PROTOCOL_VERSION}",
        ),
        (octets_of(Hello(PROTOCOL_VERSION, "one", b"n" * 32)), "a peer calls itself one, as this gateway does"),
        (octets_of(Answered("att", 1, 0, "x")), "a Answered came before its sender had proved who it is"),
        (octets_of(Proof(b"")), "a Proof came before its sender had proved who it is"),
        (
            octets_of(Hello(PROTOCOL_VERSION, "bad", b"n" * 32)) + octets_of(Proof(b"wrong")),
            "bad does not know the secret",
        ),
        (b"GET / HTTP/1.1\r\n\r\n", "a frame of 1195725856 octets came"),
        (b"", f"the peer did not prove who it is within {GREETING_S:g} s"),
    ],
    ids=["version", "own name", "no greeting", "no hello", "wrong proof", "http", "silence"],
)
def test_a_stranger_is_refused_with_the_reason_in_the_journal(world: World, sent: bytes, reason: str) -> None:
    async def story(world: World) -> None:
        one = await world.node("one")
        host, port = one.member.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(sent)
        await asyncio.sleep(GREETING_S + 1)

        assert len(world.reasons()) == 1
        assert str(world.reasons()[0]).startswith(reason)
        assert one.heard == []
        writer.close()
        del reader

    world.tell(story)


def test_octets_that_are_no_frame_end_a_link_that_was_open(world: World) -> None:
    async def story(world: World) -> None:
        one, two = await world.node("one"), await world.node("two")
        world.follow()
        await asyncio.sleep(0.1)
        link = one.peers._links["two"]
        assert link._transport is not None
        link._transport.write(b"\0\0\0\1\xc1")
        await asyncio.sleep(0.1)

        assert "1 octets are no frame: MessagePack" in str(two.heard[-1])

    world.tell(story)
