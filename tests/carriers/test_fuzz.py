"""A carrier that is sent anything at all: only our errors, the same in any cut, and the next session still works."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers.builders import HANDSET
from carriers.esme import Esme
from carriers.smpp.strategies import allowed_pdus, pdus
from carriers.virtual_carrier import World, pass_time, virtually
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.smpp.buffer import PduBuffer
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.rules import RULES

BIND = encode(
    Pdu(
        command_id=CommandId.bind_transceiver,
        sequence_number=1,
        fields={"system_id": "generic", "password": "secret", "interface_version": 0x34},
    )
)
SUBMIT = encode(
    Pdu(
        command_id=CommandId.submit_sm,
        sequence_number=2,
        fields={"source_addr": "12065550100", "destination_addr": HANDSET, "short_message": b"Hello"},
    )
)

good = st.sampled_from(sorted(RULES)).flatmap(lambda command: allowed_pdus(CommandId(command))).map(encode)
odd = pdus().map(encode)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A PDU of which some octets, the header's too, are others."""
    octets = bytearray(draw(good | odd | st.just(SUBMIT)))
    for _ in range(draw(st.integers(1, 4))):
        octets[draw(st.integers(0, len(octets) - 1))] = draw(st.integers(0, 255))
    return bytes(octets)


streams = st.lists(good | odd | broken() | st.just(SUBMIT) | st.binary(max_size=40), max_size=8)


async def answers_to(carrier: Carrier, pieces: list[bytes]) -> bytes:
    """All that comes back for some octets, which are sent piece by piece until the carrier hangs up."""
    reader, writer = await asyncio.open_connection(carrier.host, carrier.port)
    found: list[bytes] = []

    async def read() -> None:
        while data := await reader.read(65_536):
            found.append(data)

    reading = asyncio.create_task(read())
    for piece in pieces:
        if not reading.done():
            writer.write(piece)
            await pass_time(0.001)
    if not reading.done():
        writer.write_eof()
    await reading
    writer.close()
    return b"".join(found)


def in_pieces(octets: bytes, cuts: list[int]) -> list[bytes]:
    """The same octets, cut at these places."""
    places = sorted({0, len(octets), *(cut % (len(octets) + 1) for cut in cuts)})
    return [octets[start:end] for start, end in pairwise(places)]


def served(octets: bytes, cuts: list[int]) -> tuple[bytes, list[dict[str, Any]]]:
    """What a fresh carrier answers, and what its loop had to catch; afterwards it must serve a good ESME as ever."""
    caught: list[dict[str, Any]] = []

    async def scenario(world: World) -> bytes:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: caught.append(context))
        async with world.carrier() as carrier:
            answers = await answers_to(carrier, in_pieces(octets, cuts))
            async with await Esme.bound(carrier) as esme:
                # The account's receipts may wait from the session before.
                esme.submit(b"still here", destination_addr="14155550177")
                while (await esme.receive()).command_id != CommandId.submit_sm_resp:
                    pass
                await pass_time(1)
                assert [text.text for text in carrier.handset("14155550177").inbox][-1] == "still here"
        return answers

    return virtually(scenario), caught


@settings(max_examples=40)
@given(st.booleans(), streams, st.lists(st.integers(0, 4_000), max_size=6))
def test_whatever_is_sent_the_answers_are_pdus_and_the_next_session_works(
    is_bound: bool, stream: list[bytes], cuts: list[int]
) -> None:
    answers, caught = served(BIND * is_bound + b"".join(stream), cuts)

    assert caught == []
    buffer = PduBuffer()
    for raw in buffer.feed(answers):
        raw.decode()
    assert len(buffer) == 0


@settings(max_examples=40)
@given(streams, st.lists(st.integers(0, 4_000), max_size=6))
def test_the_answers_are_the_same_however_the_octets_are_cut(stream: list[bytes], cuts: list[int]) -> None:
    octets = BIND + b"".join(stream)

    whole, _ = served(octets, [])
    cut, _ = served(octets, cuts)

    assert in_order(cut) == in_order(whole)


def in_order(answers: bytes) -> list[tuple[int, int, int]]:
    """Which responses came, in their order, to what came before an unbind.

    What the carrier asks by itself depends on the moment, and what is behind an unbind on when it hangs up.
    """
    found = [decode(raw.raw) for raw in PduBuffer().feed(answers)]
    responses = [(pdu.command_id, pdu.command_status, pdu.sequence_number) for pdu in found if pdu.is_response]
    commands = [command for command, *_ in responses]
    return responses[: commands.index(CommandId.unbind_resp)] if CommandId.unbind_resp in commands else responses


@pytest.mark.parametrize("size", [1, 2, 15, 16, 17, 61])
def test_plain_messages_are_answered_the_same_in_pieces_of_any_size(size: int) -> None:
    octets = BIND + SUBMIT * 20
    whole, _ = served(octets, [])
    cut, _ = served(octets, list(range(0, len(octets), size)))

    assert cut == whole
    assert len(in_order(whole)) == 21
