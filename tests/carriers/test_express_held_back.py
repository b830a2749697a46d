"""Who takes fewer receipts than it sends messages, on the short way."""

import asyncio

import pytest

from carriers.both_ways import (
    GENERIC,
    NARROW,
    SUBMIT_SM_RESP,
    Answer,
    Client,
    Look,
    Send,
    Step,
    Wait,
    heard,
    many,
    play,
    same,
)
from carriers.builders import EPOCH
from carriers.esme import Esme
from powerpack_carriers import mailbox
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.smpp.codec import encode
from powerpack_carriers.smpp.constants import RESPONSE_BIT, CommandId
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Event, Journal
from powerpack_lab.virtual import VirtualLoop


def test_who_takes_less_than_it_sends_is_answered_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "OWED_MAX", 3)
    monkeypatch.setattr(mailbox, "LATER_S_EACH", 0.01)

    outcome = same([Answer(()), Send(many(9)), Wait(0.5), Send(many(9)), Wait(5), Answer((0,))], NARROW)

    first, second = (
        next(at for at, octets in outcome.heard[0] if octets.startswith(SUBMIT_SM_RESP) and at > after)
        for after in (-1.0, 0.3)
    )
    assert first < 0.01
    assert second == pytest.approx(0.5 + 0.04, abs=0.015)
    assert outcome.express_reads > 1, "who is answered later is not served the long way"


def test_answers_that_wait_are_not_sent_to_who_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "OWED_MAX", 3)
    monkeypatch.setattr(mailbox, "LATER_S_EACH", 0.01)

    def drop(carrier: Carrier) -> None:
        carrier.links[0].abort("a cable was pulled")

    late: list[Step] = [Answer(()), Send(many(9)), Wait(0.5), Send(many(9)), Look(drop, "drop it")]
    outcome = same(late, NARROW, ("trx", "trx"))

    assert b"".join(octets for _, octets in outcome.heard[0]).count(SUBMIT_SM_RESP) == 9


def test_an_esme_that_takes_no_receipts_for_a_while_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a second it sends as fast as it is answered, many times what may wait, and answers no receipt."""
    for name, value in (("OWED_MAX", 20), ("EXPECTED_MAX", 60), ("LATER_S_EACH", 0.01)):
        monkeypatch.setattr(mailbox, name, value)
    defaults = mailbox.Mailbox.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "receipts_max", 100)

    async def scenario(loop: VirtualLoop) -> tuple[int, int, int, list[Event]]:
        clock = LoopClock(loop, EPOCH)
        journal = Journal(moment=clock.monotonic, at=clock.at)
        async with Carrier(NARROW, clock=clock, journal=journal) as carrier:
            esme = await Esme.bound(carrier)
            client = Client(esme._reader, esme._writer)
            client.statuses = ()
            listener = asyncio.ensure_future(client.listen())
            accepted, stop_at = 0, loop.time() + 1
            while loop.time() < stop_at:
                if heard(client, SUBMIT_SM_RESP) == accepted:
                    client.writer.write(many(10))
                    accepted += 10
                await asyncio.sleep(0.001)
            waited = carrier.mailboxes[0].waiting
            client.statuses = (0,)
            for number in (1, 2):  # its window's, which it has not answered; the others it answers as they come
                response = CommandId.deliver_sm | RESPONSE_BIT
                client.writer.write(encode(Pdu(command_id=response, command_status=0, sequence_number=number)))
            await asyncio.sleep(60)
            client.writer.close()
            await asyncio.wait([listener])
            dropped = list(journal.events(kind="carrier.delivery_dropped"))
            return accepted, waited, heard(client, b"stat:DELIVRD"), dropped

    loop = VirtualLoop(seed=1)
    try:
        accepted, waited, receipts, dropped = loop.run(scenario(loop))
    finally:
        loop.shutdown()

    assert 60 < waited <= 100
    assert (receipts, dropped) == (accepted, [])


def test_receipts_that_are_still_to_come_hold_answers_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "EXPECTED_MAX", 20)
    monkeypatch.setattr(mailbox, "LATER_S_EACH", 0.001)

    outcome = play([Send(many(50)), Send(many(5)), Wait(1), Send(many(5))], GENERIC, is_long=False)

    answers = [at for at, octets in outcome.heard[0] for _ in range(octets.count(SUBMIT_SM_RESP))]
    assert len(answers) == 60
    assert max(answers[:50]) < 0.001
    assert all(0.03 <= at < 0.05 for at in answers[50:55])
    assert max(answers[55:]) < 1.01
