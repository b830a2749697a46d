"""Faults of the wire, as an ESME sees them: the octets that come, and what becomes of the connection."""

import asyncio
from contextlib import suppress

import pytest

from carriers.builders import SOURCE
from carriers.raw_esme import RawEsme, bound
from carriers.virtual_carrier import World, pass_time
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.errors import FaultError
from powerpack_carriers.smpp.buffer import split_pdus
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import RESPONSE_BIT, CommandId, CommandStatus
from powerpack_carriers.smpp.pdus import Pdu


def test_a_pdu_is_truncated_and_the_stream_goes_on() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("truncated_pdu", command="submit_sm_resp")
        esme.submit()
        cut = await esme.octets()
        esme.send(CommandId.enquire_link)
        (after,) = await esme.pdus()

        assert 0 < len(cut) < int.from_bytes(cut[:4].ljust(4, b"\xff"), "big")
        assert after.command_id == CommandId.enquire_link_resp
        assert carrier.bind_count == 1
        assert world.journal.of("fault.struck")[0]["fault"] == "truncated_pdu-1"

    bound(scenario)


def test_the_connection_is_reset_in_a_pdu() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("reset_in_pdu", command="submit_sm_resp")
        esme.submit()
        octets = b""
        with suppress(ConnectionResetError):  # a reset may overtake what was written before it
            octets = await esme.all_octets()

        assert len(octets) < 16 + len("message_id")
        assert carrier.bind_count == 0
        assert world.journal.of("carrier.disconnected")[0]["reason"] == "a fault of the carrier"

    bound(scenario)


def test_the_connection_is_closed_without_an_unbind() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("disconnect", how="close", after=2)
        numbers = [esme.submit(), esme.submit()]
        (answer,) = map(decode, split_pdus(await esme.all_octets()))

        assert (answer.command_id, answer.sequence_number) == (CommandId.submit_sm_resp, numbers[0])
        assert carrier.texts == ["Hello", "Hello"]
        assert world.journal.of("carrier.disconnected")[0]["reason"] == "a fault of the carrier"

    bound(scenario)


@pytest.mark.parametrize("how", ["reset", "close"])
def test_what_is_behind_a_message_at_which_the_connection_is_dropped_is_lost(how: str) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("disconnect", how=how)
        esme.submit()
        esme.submit()
        with suppress(ConnectionResetError):
            assert await esme.all_octets() == b""

        assert carrier.texts == ["Hello"]

    bound(scenario)


def test_garbage_comes_between_pdus() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("garbage", octets=7)
        esme.send(CommandId.enquire_link)
        octets = await esme.octets()

        assert len(octets) == 7 + 16
        assert decode(octets[7:]).command_id == CommandId.enquire_link_resp

    bound(scenario)


def test_a_length_lies() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("lying_length", length=5)
        esme.send(CommandId.enquire_link)
        octets = await esme.octets()

        assert octets[:8].hex() == "0000000580000015"
        assert len(octets) == 16

    bound(scenario)


def test_an_answer_has_a_number_that_was_never_asked() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("wrong_sequence", off_by=100)
        number = esme.submit(registered_delivery=1)
        answer, receipt = await esme.pdus()

        assert (answer.command_id, answer.sequence_number) == (CommandId.submit_sm_resp, number + 100)
        assert (receipt.command_id, receipt.sequence_number) == (CommandId.deliver_sm, 1)

    bound(scenario)


def test_an_answer_comes_twice() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("duplicate_response")
        esme.submit(registered_delivery=1)
        found = await esme.pdus()

        assert [each.command_id for each in found] == [CommandId.submit_sm_resp] * 2 + [CommandId.deliver_sm]
        assert found[0] == found[1]

    bound(scenario)


def test_answers_tell_of_congestion() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("congestion", level=85)
        esme.submit()
        esme.send(CommandId.enquire_link)
        octets = await esme.octets()
        # The session itself answers enquire_link: which of the two leaves first is its business.
        other, answer = sorted(split_pdus(octets), key=len)

        assert answer.endswith(bytes.fromhex("0428000155"))
        assert decode(answer).command_id == CommandId.submit_sm_resp
        assert len(other) == 16

    bound(scenario)


def test_pdus_drip_and_stay_in_order() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("slow_drip", gap_s=0.5)
        esme.send(CommandId.enquire_link)
        esme.send(CommandId.enquire_link)
        part = await esme.octets(4.1)
        rest = await esme.octets(20)

        assert len(part) == 8
        assert [each.sequence_number for each in map(decode, split_pdus(part + rest))] == [2, 3]

    bound(scenario)


def test_nothing_comes_and_nothing_is_heard_on_a_connection_that_is_half_open() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        fault = carrier.faults.add("half_open")
        esme.submit()
        silence = await esme.octets(60)
        carrier.faults.remove(fault)
        esme.send(CommandId.enquire_link)
        (answer,) = await esme.pdus()

        assert silence == b""
        assert carrier.texts == []
        assert answer.command_id == CommandId.enquire_link_resp

    bound(scenario)


def silence_binds(carrier: Carrier) -> None:
    """It answers no bind."""
    carrier.faults.add("mute", command="bind_transceiver_resp")


def test_a_bind_is_never_answered() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        assert await esme.octets(5) == b""
        assert carrier.bind_count == 1
        esme.send(CommandId.enquire_link)
        assert len(await esme.octets()) == 16

    bound(scenario, before=silence_binds)


def test_the_carrier_stops_reading_and_reads_on() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        fault = carrier.faults.add("slow_reader")
        esme.submit()
        first = await esme.pdus()
        esme.submit(short_message=b"again")
        second = await esme.pdus(60)
        carrier.faults.remove(fault)
        third = await esme.pdus()

        assert [len(each) for each in (first, second, third)] == [1, 0, 1]
        assert carrier.texts == ["Hello", "again"]

    bound(scenario)


def test_it_reads_on_when_its_time_is_over_too() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("slow_reader", until_s=30)
        esme.submit()
        await esme.pdus()
        esme.submit(short_message=b"again")

        assert await esme.pdus(20) == []
        assert len(await esme.pdus(20)) == 1

    bound(scenario)


def test_a_fault_is_limited_to_an_account_or_a_session() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("mute", system_id="other")
        carrier.faults.add("mute", session=2)
        esme.send(CommandId.enquire_link)
        other = RawEsme(*await asyncio.open_connection(carrier.host, carrier.port))
        other.send(CommandId.bind_transceiver, system_id=carrier.system_id, password=carrier.password)

        assert len(await esme.pdus()) == 1
        assert await other.octets() == b""
        other.close()
        await pass_time(1)

    bound(scenario)


def test_a_share_of_pdus_is_struck() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("mute", share=0.5)
        for _ in range(200):
            esme.send(CommandId.enquire_link)

        assert 70 < len(await esme.pdus()) < 130

    bound(scenario)


def test_a_carrier_without_faults_of_the_wire_has_no_filter_there() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        fault = carrier.faults.add("mute", session=99)
        carrier.faults.add("throttle", share=0.0)
        carrier.faults.remove(fault)
        esme.submit()
        (answer,) = await esme.pdus()

        assert answer.command_id == CommandId.submit_sm | RESPONSE_BIT

    bound(scenario)


@pytest.mark.parametrize(
    ("word", "settings", "problem"),
    [
        ("mute", {"source": SOURCE}, "source and destination: octets have neither; expected system_id"),
        ("mute", {"command": "submit"}, "command: found 'submit', expected a name such as 'submit_sm_resp'"),
        ("garbage", {"octets": 0}, "octets: found 0, expected 1 to"),
        ("lying_length", {"length": -1}, "length: found -1, expected 0 to"),
        ("half_open", {"share": 0.5}, "share and command: a dead connection is wholly dead"),
        ("slow_drip", {"command": "deliver_sm"}, "share and command: what drips can not be overtaken"),
        ("congestion", {"level": 101}, "level: found 101, expected 0 to 100"),
        ("mo_flood", {"first": "Ana"}, "first: found 'Ana', expected a number"),
        ("mo_flood", {"first": "\u00b2" * 8}, "expected a number"),
        ("fail_over", {"source": SOURCE}, "it strikes by the clock, not at messages"),
        ("mo_flood", {"every_s": 0}, "every_s: found 0"),
        ("fail_over", {"listener": 2}, "listener: found 2, expected 1 to 1"),
        ("fail_over", {"every_s": 30}, "lasts_s: found 60.0, expected 0.01 to 30"),
        ("fail_over", {"how": "slowly"}, "how: found 'slowly', expected one of 'refuse', 'reset', 'silent', 'bind'"),
        ("silent_port", {"listener": 0}, "listener: found 0, expected 1 to 1"),
        ("mute", {"listener": 7}, "listener: found 7, expected 1 to 1"),
        ("refuse_bind", {"listener": 7}, "listener: found 7, expected 1 to 1"),
    ],
)
def test_a_mistake_is_named(word: str, settings: dict[str, object], problem: str) -> None:
    with pytest.raises(FaultError, match=problem):
        Carrier().faults.add(word, **settings)


def test_a_reset_is_one_on_a_real_socket() -> None:
    """What the peer's kernel says: ECONNRESET, where a FIN would read as the end of the stream."""

    async def scenario() -> bytes:
        async with Carrier("generic") as carrier:
            reader, writer = await asyncio.open_connection(carrier.host, carrier.port)
            carrier.faults.add("reset_in_pdu")
            writer.write(encode(Pdu(command_id=CommandId.enquire_link, sequence_number=1)))
            try:
                return await reader.read()
            finally:
                writer.close()

    with pytest.raises(ConnectionResetError):
        asyncio.run(asyncio.wait_for(scenario(), 30))


@pytest.mark.parametrize(("settings", "number"), [({}, 2), ({"numbered": False}, 0)])
def test_a_submit_is_answered_with_a_generic_nack(settings: dict[str, object], number: int) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("nack", **settings)
        esme.submit(registered_delivery=1)
        nack, receipt = await esme.pdus()

        assert (nack.command_id, nack.command_status, nack.sequence_number) == (CommandId.generic_nack, 8, number)
        assert receipt.command_id == CommandId.deliver_sm

    bound(scenario)


@pytest.mark.parametrize(("body", "octets"), [(True, "00000011 80000004 00000000 00000002 00"), (False, "00000010")])
def test_a_submit_is_accepted_without_an_id(body: bool, octets: str) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("no_message_id", body=body)
        esme.submit()
        found = await esme.octets()

        assert found.startswith(bytes.fromhex(octets))
        assert len(found) == (17 if body else 16)
        assert carrier.received[0].message_id != ""

    bound(scenario)


def test_a_pdu_of_a_vendor_comes_between_the_others() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("unknown_pdu", octets=3)
        esme.send(CommandId.enquire_link)
        vendor, answer = split_pdus(await esme.octets())

        assert vendor[:16] == bytes.fromhex("00000013 00010200 00000000 70000001")
        assert decode(answer).command_id == CommandId.enquire_link_resp

    bound(scenario)


def test_two_answers_disagree() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("duplicate_response", status="ESME_RSYSERR")
        esme.submit()
        first, second = await esme.pdus()

        assert (first.command_status, second.command_status) == (0, 8)
        assert first.sequence_number == second.sequence_number

    bound(scenario)


def test_a_refusal_tells_of_congestion_too() -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("congestion", level=85)
        carrier.faults.add("throttle")
        esme.submit()
        (answer,) = await esme.pdus()

        assert answer.command_status == CommandStatus.ESME_RTHROTTLED
        assert answer.tlv(0x0428) == 85

    bound(scenario)


@pytest.mark.parametrize("second", ["truncated_pdu", "wrong_sequence", "duplicate_response", "nack", "lying_length"])
def test_a_fault_survives_the_single_octet_of_another(second: str) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("garbage", octets=1)
        settings: dict[str, object] = {"command": None} if second == "nack" else {}
        carrier.faults.add(second, **settings)
        esme.submit()
        await esme.octets()
        carrier.faults.clear()
        esme.send(CommandId.enquire_link)
        (after,) = await esme.pdus()

        assert carrier.texts == ["Hello"]
        assert after.command_id == CommandId.enquire_link_resp

    bound(scenario)


@pytest.mark.parametrize("fault", ["wrong_sequence", "duplicate_response"])
def test_an_octet_that_is_no_answer_is_left_alone(fault: str) -> None:
    async def scenario(world: World, carrier: Carrier, esme: RawEsme) -> None:
        carrier.faults.add("garbage", octets=1)
        carrier.faults.add(fault)
        esme.submit()
        (first, *rest) = split_pdus((await esme.octets())[1:])

        assert decode(first).command_id == CommandId.submit_sm_resp
        assert len(rest) == (fault == "duplicate_response")

    bound(scenario)
