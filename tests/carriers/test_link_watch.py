"""Links that hang are ended in time, to the moment: a clock that jumps."""

import asyncio

from carriers.smsc_setting import (
    run_virtually,
    running,
)
from powerpack_carriers.smpp.codec import encode_raw
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smsc import SmscLimits


def test_who_does_not_bind_in_time_is_closed() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(bind_within_s=0.01)) as lab:
            client = await lab.connect()

            await client.closed

            await asyncio.sleep(0)
            assert [fields["reason"] for fields in lab.journal.of("carrier.disconnected")] == ["no bind within 0.01 s"]

    run_virtually(scenario)


def test_a_silent_esme_is_asked_and_then_cut_off() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(idle_enquire_s=0.01, enquire_answer_within_s=0.01)) as lab:
            client = await lab.connect()
            await client.bind()

            asked = await client.read()
            await client.closed
            await lab.application.until(lambda: bool(lab.application.unbound_for))

            assert asked.name == "enquire_link"
            assert lab.application.unbound_for == ["no answer to enquire_link within 0.01 s"]

    run_virtually(scenario)


def test_an_esme_that_answers_enquire_link_is_asked_again() -> None:
    async def scenario() -> None:
        async with running(SmscLimits(idle_enquire_s=0.01, enquire_answer_within_s=0.25)) as lab:
            client = await lab.connect()
            await client.bind()

            for _ in range(2):
                asked = await client.read()
                client.send(encode_raw(CommandId.enquire_link_resp, 0, asked.sequence_number))

            assert lab.application.unbound_for == []

    run_virtually(scenario)
