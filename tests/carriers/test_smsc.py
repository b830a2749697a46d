"""The SMSC as a whole: how many it takes, how it ends, whom it tells."""

import asyncio
import threading

import pytest
import smpplib.client
import smpplib.consts

from carriers.smsc_setting import (
    RECEIPT,
    TIMEOUT_S,
    Application,
    FixedClock,
    ListJournal,
    run,
    run_virtually,
    running,
    submit,
)
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.codec import encode_raw
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smsc import Smsc, SmscLimits, SmscLink


def test_more_connections_than_allowed_are_reset() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(links_max=1)) as lab:
            first = await lab.connect()
            await first.bind()

            await (await lab.connect()).closed

            assert len(lab.smsc.links) == 1
            assert not first.closed.done()

    run(scenario)


def test_stop_unbinds_and_waits_for_the_answers() -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()

            stopping = asyncio.ensure_future(lab.smsc.stop())
            asked = await client.read()
            client.send(submit(2), encode_raw(CommandId.unbind_resp, 0, asked.sequence_number))
            await stopping

            assert asked.name == "unbind"
            assert (await client.read()).name == "submit_sm_resp"
            assert lab.application.unbound_for == ["unbound by the carrier"]
            assert repr(lab.smsc) == "<Smsc tmobile stopped: 0 connected, 0 bound>"

    run(scenario)


def test_stop_does_not_wait_for_ever() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(end_within_s=0.01)) as lab:
            await (await lab.connect()).bind()
            await lab.connect()

            await lab.smsc.stop()

            assert lab.application.unbound_for == ["no unbind_resp within 0.01 s"]
            assert lab.smsc.links == []

    run_virtually(scenario)


def test_a_port_in_use_says_who_wanted_it() -> None:
    async def scenario() -> None:
        async with running() as lab:
            second = Smsc("att", lab.application, clock=FixedClock(), journal=lab.journal, port=lab.smsc.port)

            with pytest.raises(OSError, match=f"carrier att can not listen on 127.0.0.1:{lab.smsc.port}: "):
                await second.start()

    run(scenario)


def test_smpplib_binds_submits_receives_and_unbinds() -> None:
    delivered: list[object] = []
    answered: list[object] = []

    def esme(port: int) -> None:
        client = smpplib.client.Client("127.0.0.1", port, timeout=TIMEOUT_S, allow_unknown_opt_params=True)
        client.set_message_sent_handler(lambda pdu: answered.append(pdu.message_id))
        client.set_message_received_handler(lambda pdu: delivered.append(pdu.short_message))
        client.connect()
        client.bind_transceiver(system_id="esme", password="pwd")
        client.send_message(source_addr="12", destination_addr="34", short_message=b"hi", registered_delivery=True)
        while not (answered and delivered):
            client.read_once()
        client.unbind()
        client.disconnect()

    class Receipting(Application):
        def requests(self, link: SmscLink, requests: list[RawPdu]) -> None:
            super().requests(link, requests)
            link.deliver(RECEIPT, "receipt")

    async def scenario() -> None:
        application, journal = Receipting(), ListJournal()
        smsc = Smsc("att", application, clock=FixedClock(), journal=journal)
        await smsc.start()
        thread = threading.Thread(target=esme, args=(smsc.port,))
        thread.start()

        await application.until(lambda: bool(application.unbound_for))
        await smsc.stop()
        thread.join()

        assert (answered, delivered) == ([b"3"], [b"id:1 stat:DELIVRD"])
        assert application.answered == [("receipt", 0)]
        assert application.unbound_for == ["unbound by the ESME"]

    run(scenario)
