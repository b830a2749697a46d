"""Wireshark's dissector reads every PDU that the carriers send, and finds none of them malformed."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from carriers.builders import HANDSET, SOURCE, ListJournal, a_profile
from carriers.esme import Esme
from carriers.virtual_carrier import World, pass_time, virtually
from interop.pcap import PORT, write_pcap
from powerpack_carriers.accounts import Account
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.faults.congestion import CONGESTION_STATE
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.profile import SessionHabit, profile_names
from powerpack_carriers.quirky_receipts import VENDOR_TLVS
from powerpack_carriers.smpp.codec import decode, encode_raw
from powerpack_carriers.smpp.constants import RESPONSE_BIT, CommandId, TlvTag
from powerpack_carriers.smpp.fields import DistributionList, FieldValue, SmeAddress
from powerpack_carriers.smpp.tlvs import Tlv

TSHARK = shutil.which("tshark")
pytestmark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed: apt-get install tshark")

LATER = "000000010000000R"
PAYLOAD = Tlv.of(TlvTag.message_payload, b"Hello")
TSHARK_S_MAX = 50
CALLED = 2776
FROM_CARRIER = "ip.src == 127.0.0.2"

SENT_COMMANDS = {
    *(each for each in CommandId if each & RESPONSE_BIT),
    *(CommandId.outbind, CommandId.unbind, CommandId.enquire_link),
    *(CommandId.deliver_sm, CommandId.data_sm, CommandId.alert_notification),
} - {CommandId.deliver_sm_resp}
"""What an SMSC sends: all responses but one, and its own requests (SMPP 3.4, 2.3)."""

SENT_TLVS = {
    *(TlvTag.sc_interface_version, TlvTag.receipted_message_id, TlvTag.message_state, TlvTag.network_error_code),
    *(TlvTag.user_message_reference, TlvTag.user_response_code, TlvTag.message_payload),
    *(TlvTag.delivery_failure_reason, TlvTag.dpf_result, TlvTag.ms_availability_status),
    *(CONGESTION_STATE, *(tlv.tag for tlv in VENDOR_TLVS)),
}
"""Every parameter that some line of the carriers sends."""

BAD = "_ws.malformed || _ws.expert.severity >= 0x600000"
"""What the dissector can not read, and what it warns of."""


def dissected(folder: Path, capture: bytes, *fields: str, only: str = "smpp") -> list[list[str]]:
    """These fields of the frames that a filter takes, as tshark reads the capture."""
    assert TSHARK is not None, "the tests are skipped without it"
    file = folder / "run.pcap"
    file.write_bytes(capture)
    command = [TSHARK, "-r", str(file), "-d", f"tcp.port=={PORT},smpp", "-Y", only, "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TSHARK_S_MAX)
    return [line.split("\t") for line in done.stdout.splitlines()]


def captured(journal: ListJournal) -> list[tuple[str, str, bytes]]:
    """The PDUs of a run: link, direction, octets."""
    found = []
    for event in journal.of("pdu"):
        raw = event["raw"]
        assert isinstance(raw, bytes)
        found.append((str(event["link"]), str(event["direction"]), raw))
    return found


def a_run_with_everything() -> list[tuple[str, str, bytes]]:
    """Every operation of an ESME, right and wrong, and all that comes back."""

    async def scenario(world: World) -> list[tuple[str, str, bytes]]:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            handset = carrier.handset(HANDSET)
            ends: dict[str, FieldValue] = {"source_addr": SOURCE, "destination_addr": HANDSET}
            await esme.submitted(registered_delivery=0x1D, tlvs=(Tlv.of(TlvTag.user_message_reference, 7),))
            await pass_time(1)
            for _ in range(4):
                await esme.delivery()
            handset.reply("Grüße für 5 €", to=SOURCE)
            await esme.delivery()
            handset.reply("日本語 " * 50, to=SOURCE)
            for _ in range(3):
                await esme.delivery()
            message_id = (await esme.submitted(schedule_delivery_time=LATER)).text("message_id")
            await esme.request(CommandId.query_sm, message_id=message_id)
            await esme.request(CommandId.replace_sm, message_id=message_id, short_message=b"new")
            await esme.request(CommandId.cancel_sm, message_id=message_id, source_addr=SOURCE)
            await esme.request(CommandId.query_sm, message_id=message_id)
            await esme.request(CommandId.data_sm, tlvs=(PAYLOAD,), **ends)
            failing: dict[str, FieldValue] = {**ends, "destination_addr": "15005550100", "esm_class": 2}
            await esme.request(CommandId.data_sm, tlvs=(PAYLOAD,), **failing)
            await esme.request(
                CommandId.submit_multi,
                source_addr=SOURCE,
                dest_address=(SmeAddress(destination_addr=HANDSET), DistributionList(dl_name="friends")),
            )
            await esme.submitted(priority_flag=9)
            await esme.request(CommandId.query_sm, message_id="nonsense")
            await esme.request(CommandId.enquire_link)
            await esme.request(CommandId.bind_transceiver)
            await esme.unbind()
        return captured(world.journal)

    return virtually(scenario)


def a_run_with_the_rest() -> list[tuple[str, str, bytes]]:
    """What a polite ESME seldom sees: other binds, calls, errors of framing, odd receipts, what a carrier asks."""

    async def scenario(world: World) -> list[tuple[str, str, bytes]]:
        accounts = (Account("esme", "pwd", outbind=("127.0.0.1", CALLED)),)
        profile = a_profile(sessions=SessionHabit(enquire_link_s=60))
        async with world.carrier(profile=profile, accounts=accounts) as carrier:
            calls: asyncio.Queue[Esme] = asyncio.Queue()
            async with await asyncio.start_server(
                lambda reader, writer: calls.put_nowait(Esme(reader, writer)), "127.0.0.1", CALLED
            ):
                await carrier.outbind("127.0.0.1", CALLED)
                async with await calls.get() as called:
                    await called.receive()
                    await called.bind("rx", "esme", "pwd")
            async with await Esme.bound(carrier, "tx") as sender:
                await sender.submitted()
            async with await Esme.connect(carrier) as broken:
                broken.send_raw(encode_raw(0x0110, 0, 1, b"what?"))
                await broken.receive()
                broken.send_raw(bytes(16))
                await broken.receive()
            async with await Esme.bound(carrier) as esme:
                await odd_receipts(carrier, esme)
                await pass_time(61)
                esme.answer(await esme.receive())
                carrier.links[-1].unbind()
                esme.answer(await esme.receive())
                await pass_time(1)
        return captured(world.journal)

    return virtually(scenario)


async def odd_receipts(carrier: Carrier, esme: Esme) -> None:
    """Receipts of every shape, and what becomes of phones that are off."""
    for quirks in ({"pdu": "data_sm"}, {"place": "message_payload"}, {"has_vendor_tlvs": True}):
        fault = carrier.faults.add("receipt_quirk", quirks=quirks)
        await esme.submitted(registered_delivery=1)
        esme.answer(await esme.receive())
        carrier.faults.remove(fault)
    await esme.submitted(destination_addr="15005550100", registered_delivery=1)
    await esme.delivery()
    fault = carrier.faults.add("congestion")
    await esme.submitted()
    carrier.faults.remove(fault)
    phone = carrier.handset(HANDSET)
    phone.state = HandsetState.OFF
    await esme.request(
        CommandId.data_sm,
        tlvs=(PAYLOAD, Tlv.of(TlvTag.set_dpf, 1)),
        source_addr=SOURCE,
        destination_addr=HANDSET,
        esm_class=2,
    )
    phone.state = HandsetState.ON
    await esme.receive()


def test_every_pdu_and_every_parameter_that_carriers_send_is_read(tmp_path: Path) -> None:
    pdus = [*a_run_with_everything(), *a_run_with_the_rest()]
    sent = [decode(raw) for _, direction, raw in pdus if direction == ">"]

    assert {pdu.command_id for pdu in sent} == SENT_COMMANDS
    assert {tlv.tag for pdu in sent for tlv in pdu.tlvs} == SENT_TLVS
    # The ESME breaks some on purpose: those of the carrier are looked at alone.
    frames = dissected(tmp_path, write_pcap(pdus), "smpp.command_id", only=f"smpp && {FROM_CARRIER}")
    assert [int(command, 16) for (command,) in frames] == [pdu.command_id for pdu in sent]
    assert dissected(tmp_path, write_pcap(pdus), "frame.number", only=f"({BAD}) && {FROM_CARRIER}") == []


def test_nothing_in_a_run_with_everything_is_malformed(tmp_path: Path) -> None:
    pdus = a_run_with_everything()

    frames = dissected(tmp_path, write_pcap(pdus), "smpp.command_id", "smpp.sequence_number")

    assert [int(command, 16) for command, _ in frames] == [int.from_bytes(raw[4:8], "big") for *_, raw in pdus]
    assert [int(sequence) for _, sequence in frames] == [int.from_bytes(raw[12:16], "big") for *_, raw in pdus]
    assert (
        dissected(tmp_path, write_pcap(pdus), "frame.number", only="_ws.malformed || _ws.expert.severity >= 0x600000")
        == []
    )


def test_it_would_be_seen_if_one_were(tmp_path: Path) -> None:
    body = bytes(16) + b"\xc8short"  # an sm_length of 200
    capture = write_pcap([("generic#1", ">", encode_raw(CommandId.deliver_sm, 0, 1, body))])

    assert len(dissected(tmp_path, capture, "frame.number", only="_ws.malformed")) == 1


@pytest.mark.parametrize("name", profile_names())
def test_no_receipt_of_any_carrier_is_malformed(tmp_path: Path, name: str) -> None:
    async def scenario(world: World) -> list[tuple[str, str, bytes]]:
        async with world.carrier(profile=name) as carrier, await Esme.bound(carrier) as esme:
            for number in ("14155550123", "15005550100", "15005550101"):
                await esme.submitted(destination_addr=number, registered_delivery=1, source_addr="18335550199")
                await pass_time(20)
                await esme.delivery()
        return captured(world.journal)

    capture = write_pcap(virtually(scenario))

    states = [state for (state,) in dissected(tmp_path, capture, "smpp.message_state", only="smpp.command_id == 5")]
    assert [int(state, 0) for state in states] == [2, 5, 3]
    assert dissected(tmp_path, capture, "frame.number", only=BAD) == []
