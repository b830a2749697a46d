"""What a carrier does with deliver_sm that are not answered as they should be, over the wire."""

import pytest

from carriers.builders import HANDSET, SOURCE
from carriers.esme import Esme
from carriers.virtual_carrier import World, delivery_after, pass_time, says_nothing_for, virtually
from powerpack_carriers.mailbox import ATTEMPTS_MAX
from powerpack_carriers.smpp.constants import CommandId, CommandStatus


def test_a_receipt_without_an_answer_is_sent_again_until_it_has_one() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            await esme.submitted(registered_delivery=1)
            first = await esme.receive()
            again = await delivery_after(esme, 30.1)
            await says_nothing_for(esme, 3_600)

            assert again.fields == first.fields
            assert again.sequence_number != first.sequence_number
            assert len(world.journal.of("carrier.delivery_unanswered")) == 1
            # The first one's number is nobody's any more.
            esme.answer(first)
            await says_nothing_for(esme, 1)
            assert len(world.journal.of("carrier.unexpected_response")) == 1

    virtually(scenario)


def test_a_text_that_is_never_answered_is_dropped_in_the_end() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).reply("Hello", to=SOURCE)
            await pass_time(3_600)
            received = [await esme.receive() for _ in range(ATTEMPTS_MAX)]
            await says_nothing_for(esme, 3_600)

            assert {pdu.command_id for pdu in received} == {CommandId.deliver_sm}
            (dropped,) = world.journal.of("carrier.delivery_dropped")
            assert dropped["reason"] == "no answer within 30 s at attempt 8"

    virtually(scenario)


def test_a_text_that_waits_for_a_bind_comes_with_the_bind() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier:
            carrier.handset(HANDSET).reply("Hello", to=SOURCE)
            await pass_time(100)
            async with await Esme.bound(carrier) as esme:
                await esme.delivery()

                assert world.elapsed_s == 100.0

    virtually(scenario)


def test_a_text_that_a_dead_session_swallowed_comes_to_the_next_one_when_its_answer_is_overdue() -> None:
    """Nobody told the carrier that the first one is dead: it waits its 30 s for the answer, as Rakuten's SMSC does."""

    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier), await Esme.connect(carrier) as second:
            carrier.faults.add("half_open", session=1)
            carrier.handset(HANDSET).reply("Hello", to=SOURCE)
            await pass_time(5)
            assert (await second.bind("trx", carrier.system_id, carrier.password)).command_status == 0
            await says_nothing_for(second, 24)
            await delivery_after(second, 1.1)

            assert world.elapsed_s == 30.1
            assert len(world.journal.of("carrier.delivery_unanswered")) == 1

    virtually(scenario)


def test_a_text_that_a_dead_session_swallowed_comes_at_once_when_that_is_known_to_be_dead() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as first, await Esme.bound(carrier) as second:
            carrier.faults.add("half_open", session=1)
            for text in ("one", "two"):
                carrier.handset(HANDSET).reply(text, to=SOURCE)
            await second.delivery()
            await pass_time(5)
            await first.close()
            await delivery_after(second, 0.1)

            assert world.journal.of("carrier.delivery_unanswered") == []

    virtually(scenario)


# RX_T_APPN asks for another try; RX_P_APPN and RX_R_APPN, and whatever else, are the end.
@pytest.mark.parametrize(
    ("status", "is_sent_again"),
    [
        (CommandStatus.ESME_RX_T_APPN, True),
        (CommandStatus.ESME_RX_P_APPN, False),
        (CommandStatus.ESME_RX_R_APPN, False),
        (CommandStatus.ESME_RSYSERR, False),
    ],
)
def test_an_error_in_the_answer_says_whether_to_try_again(status: int, is_sent_again: bool) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).reply("Hello", to=SOURCE)
            await esme.delivery(status)
            if is_sent_again:
                await delivery_after(esme, 1.1)
            await says_nothing_for(esme, 3_600)

            assert len(world.journal.of("carrier.delivery_dropped")) == (not is_sent_again)

    virtually(scenario)
