"""A carrier that numbers its own requests from anywhere: what an ESME sees, and that its answers are understood."""

import pytest

from carriers.builders import HANDSET, SOURCE
from carriers.raw_esme import RawEsme, bound
from carriers.virtual_carrier import World
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.errors import FaultError
from powerpack_carriers.smpp.codec import encode
from powerpack_carriers.smpp.constants import CommandId, CommandStatus
from powerpack_carriers.smpp.pdus import Pdu


@pytest.mark.parametrize(
    ("first", "numbers"),
    [
        (0, [0, 1, 2]),
        (0x7FFFFFFF, [0x7FFFFFFF, 0x80000000, 0x80000001]),
        (0xFFFFFFFF, [0xFFFFFFFF, 0, 1]),
        (2_676_551_972, [2_676_551_972, 2_676_551_973, 2_676_551_974]),
    ],
)
def test_requests_are_numbered_from_anywhere_and_answers_are_understood(first: int, numbers: list[int]) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("own_sequence", starts_at=first)
        for _ in numbers:
            carrier.handset(HANDSET).reply("Hello", SOURCE)
        deliveries = await esme.pdus()
        for each in deliveries:
            esme.answer(each)
        number = esme.submit()
        (answer,) = await esme.pdus(120)

        assert [each.sequence_number for each in deliveries] == numbers
        assert (answer.command_id, answer.sequence_number) == (CommandId.submit_sm_resp, number)
        assert world.journal.of("carrier.delivery_unanswered") == []

    bound(scenario)


def test_an_answer_in_pieces_is_understood() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("own_sequence")
        carrier.handset(HANDSET).reply("Hello", SOURCE)
        (delivery,) = await esme.pdus()
        answer = encode(Pdu(command_id=CommandId.deliver_sm_resp, sequence_number=delivery.sequence_number))
        for at in range(0, len(answer), 5):
            esme.write(answer[at : at + 5])
            await esme.octets(0.1)

        assert await esme.pdus(120) == []
        assert world.journal.of("carrier.unexpected_response") == []

    bound(scenario)


def test_a_length_beyond_every_pdu_is_not_waited_for() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("own_sequence")
        carrier.handset(HANDSET).reply("Hello", SOURCE)
        await esme.pdus()
        esme.write(b"\xff" * 16)
        (answer,) = await esme.pdus()

        assert (answer.command_id, answer.command_status) == (CommandId.generic_nack, CommandStatus.ESME_RINVCMDLEN)

    bound(scenario)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"starts_at": -1}, "starts_at: found -1, expected 0 to 4.29"),
        ({"share": 0.5}, "share and command: all requests of a connection are numbered together"),
    ],
)
def test_a_mistake_is_named(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(FaultError, match=problem):
        Carrier().faults.add("own_sequence", **settings)
