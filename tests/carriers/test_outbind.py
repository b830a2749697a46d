"""A carrier that calls an ESME that listens (SMPP 3.4, 2.7.1), on a clock that jumps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from carriers.builders import HANDSET, SOURCE
from carriers.esme import Esme
from carriers.loopback_carrier import receipt_state
from carriers.virtual_carrier import World, pass_time, virtually
from powerpack_carriers.accounts import Account
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, MessageState
from powerpack_carriers.smpp.fields import FieldValue

PORT = 2776
CALLED = Account("esme", "pwd", outbind=("127.0.0.1", PORT))
CREDENTIALS: dict[str, FieldValue] = {"system_id": "esme", "password": "pwd", "interface_version": 0x34}


@asynccontextmanager
async def listening() -> AsyncIterator[asyncio.Queue[Esme]]:
    """An ESME that listens: the connections that it got."""
    calls: asyncio.Queue[Esme] = asyncio.Queue()
    async with await asyncio.start_server(
        lambda reader, writer: calls.put_nowait(Esme(reader, writer)), "127.0.0.1", PORT
    ):
        yield calls


def test_a_carrier_calls_says_who_it_is_and_delivers_when_the_esme_has_bound() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(accounts=(CALLED,)) as carrier, listening() as calls:
            await carrier.outbind("127.0.0.1", PORT)
            async with await calls.get() as esme:
                outbind = await esme.receive()
                bound = await esme.request(CommandId.bind_receiver, tlvs=(), **CREDENTIALS)
                carrier.handset(HANDSET).reply("Hello", to=SOURCE)
                delivery = await esme.delivery()

            assert outbind.command_id == CommandId.outbind
            assert (outbind["system_id"], outbind["password"]) == ("generic", "pwd")
            assert (bound.command_status, bound["system_id"]) == (0, "generic")
            assert delivery.octets("short_message") == b"Hello"

    virtually(scenario)


def test_a_carrier_calls_by_itself_when_something_waits_for_an_account() -> None:
    async def scenario(world: World) -> None:
        async with (
            world.carrier(accounts=(CALLED,)) as carrier,
            listening() as calls,
            await Esme.bound(carrier, "tx") as sender,
        ):
            message_id = (await sender.submitted(registered_delivery=1)).text("message_id")
            async with await calls.get() as esme:
                assert (await esme.receive()).command_id == CommandId.outbind
                await esme.request(CommandId.bind_receiver, tlvs=(), **CREDENTIALS)
                receipt = await esme.delivery()
                await pass_time(120)

                assert receipt_state(receipt) == (message_id, MessageState.DELIVERED)
                assert len(world.journal.of("carrier.outbind")) == 1

    virtually(scenario)


def test_a_carrier_calls_again_while_nobody_answers_and_something_waits() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(accounts=(CALLED,)) as carrier:
            carrier.handset(HANDSET).reply("Hello", to=SOURCE)
            await pass_time(65)
            assert len(world.journal.of("carrier.outbind_failed")) == 3
            async with listening() as calls, await calls.get() as esme:
                await esme.receive()
                await esme.request(CommandId.bind_receiver, tlvs=(), **CREDENTIALS)
                delivery = await esme.delivery()

            assert delivery.octets("short_message") == b"Hello"
            failed = world.journal.of("carrier.outbind_failed")[0]
            assert (failed["system_id"], failed["port"]) == ("esme", PORT)

    virtually(scenario)


def test_who_was_called_and_does_not_bind_is_hung_up_on() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(accounts=(CALLED,)) as carrier, listening() as calls:
            await carrier.outbind("127.0.0.1", PORT)
            async with await calls.get() as esme:
                await esme.receive()
                await pass_time(9.9)
                assert len(carrier.links) == 1
                with pytest.raises(ConnectionError):
                    await esme.receive()

            assert world.elapsed_s == 10.0
            assert world.journal.of("carrier.disconnected")[0]["reason"] == "no bind within 10 s"

    virtually(scenario)


def test_who_was_called_must_know_the_password_like_everybody() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(accounts=(CALLED,)) as carrier, listening() as calls:
            await carrier.outbind("127.0.0.1", PORT, system_id="esme")
            async with await calls.get() as esme:
                await esme.receive()
                refused = await esme.request(CommandId.bind_receiver, tlvs=(), **{**CREDENTIALS, "password": "wrong"})
                accepted = await esme.request(CommandId.bind_transceiver, tlvs=(), **CREDENTIALS)

                assert refused.command_status == CommandStatus.ESME_RINVPASWD
                assert accepted.command_status == 0

    virtually(scenario)


def test_a_call_that_nobody_takes_is_an_error() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(accounts=(CALLED,)) as carrier:
            with pytest.raises(OSError):
                await carrier.outbind("127.0.0.1", PORT)

    virtually(scenario)


def test_a_carrier_that_stops_gives_its_calls_up() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(accounts=(CALLED,)) as carrier:
            carrier.handset(HANDSET).reply("Hello", to=SOURCE)
            await pass_time(0.05)
        left = asyncio.all_tasks() - {asyncio.current_task()}

        assert not left

    virtually(scenario)


def test_a_carrier_that_stops_calls_nobody_whose_answer_it_waits_for() -> None:
    async def scenario(world: World) -> None:
        carrier = world.carrier(accounts=(CALLED,))
        async with carrier, await Esme.bound(carrier) as esme, await Esme.bound(carrier, "tx") as silent:
            carrier.handset(HANDSET).reply("Hello", to=SOURCE)
            await esme.receive()  # the text, which is not answered
            stopping = asyncio.ensure_future(carrier.stop())
            esme.answer(await esme.receive())  # the unbind; the other one lets the carrier wait
            await stopping

            assert (await silent.receive()).command_id == CommandId.unbind
            assert world.journal.of("carrier.outbind") == []
            assert carrier.mailboxes[0].waiting == 1

    virtually(scenario)
