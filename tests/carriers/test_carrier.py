"""A carrier on loopback: who may bind, and the carrier itself."""

import asyncio
import threading

import pytest
import smpplib.client
import smpplib.command

from carriers.builders import HANDSET, SOURCE, ListJournal, a_profile
from carriers.esme import Esme
from carriers.loopback_carrier import SLOW, a_carrier, receipt_state, run
from powerpack_carriers.accounts import Account
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.profile import ReceiptHabit, SessionHabit, load_profile
from powerpack_carriers.smpp.constants import CommandStatus, EsmClass, MessageState, TlvTag
from powerpack_carriers.smpp.tlvs import Tlv

# Binding


@pytest.mark.parametrize(
    ("system_id", "password", "status"),
    [
        ("generic", "secret", CommandStatus.ESME_ROK),
        ("generic", "wrong", CommandStatus.ESME_RINVPASWD),
        ("nobody", "secret", CommandStatus.ESME_RINVSYSID),
    ],
)
def test_only_accounts_may_bind(system_id: str, password: str, status: int) -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.connect(carrier) as esme:
            response = await esme.bind("trx", system_id, password)

            assert response.command_status == status
            assert carrier.bind_count == (status == CommandStatus.ESME_ROK)

    run(scenario)


def test_an_account_has_so_many_binds_and_no_more() -> None:
    async def scenario() -> None:
        profile = a_profile(sessions=SessionHabit(binds_max=1))
        async with a_carrier(profile=profile) as carrier, await Esme.bound(carrier) as first:
            async with await Esme.connect(carrier) as second:
                refused = await second.bind("rx", "generic", "secret")
                await first.unbind()
                accepted = await second.bind("rx", "generic", "secret")

            assert refused.command_status == CommandStatus.ESME_RALYBND
            assert accepted.command_status == CommandStatus.ESME_ROK

    run(scenario)


def test_a_fault_refuses_binds_while_it_lasts() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.connect(carrier) as esme:
            carrier.faults.add("refuse_bind", status="ESME_RSYSERR")
            refused = await esme.bind("trx", "generic", "secret")
            carrier.faults.clear()
            accepted = await esme.bind("trx", "generic", "secret")

            assert (refused.command_status, accepted.command_status) == (CommandStatus.ESME_RSYSERR, 0)

    run(scenario)


# The carrier itself


def test_a_carrier_shows_where_it_is_and_what_it_does() -> None:
    async def scenario() -> None:
        carrier = a_carrier(profile=a_profile(receipt=SLOW), name="acme")
        assert repr(carrier) == "<Carrier acme stopped: 0 bound, 0 in flight>"
        async with carrier, await Esme.bound(carrier) as esme:
            await esme.submitted()
            assert repr(carrier) == f"<Carrier acme 127.0.0.1:{carrier.port}: 1 bound, 1 in flight>"
            assert len(carrier.links) == 1

    run(scenario)


def test_what_is_on_its_way_survives_a_restart() -> None:
    async def scenario() -> None:
        carrier = a_carrier(profile=a_profile(receipt=ReceiptHabit(delay_s_min=0.05, delay_s_max=0.05)))
        async with carrier:
            esme = await Esme.bound(carrier)
            message_id = (await esme.submitted(registered_delivery=1)).text("message_id")
            await esme.close()
            port = carrier.port
        async with carrier:
            assert carrier.port == port
            async with await Esme.bound(carrier) as esme:
                assert receipt_state(await esme.delivery()) == (message_id, MessageState.DELIVERED)

    run(scenario)


def test_the_first_account_is_named_as_the_carrier() -> None:
    assert Carrier("bell").accounts == (Account("bell", "secret"),)
    assert Carrier("bell", name="bell-mobility-of-canada").accounts[0].system_id == "bell-mobility-o"


def test_two_accounts_of_one_system_id_are_refused() -> None:
    with pytest.raises(ValueError, match="found two accounts with one system_id"):
        a_carrier(accounts=(Account("one"), Account("one", "other")))


def test_a_port_in_use_is_named() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier:
            with pytest.raises(OSError, match=f"carrier generic can not listen on 127.0.0.1:{carrier.port}"):
                await a_carrier(port=carrier.port).start()

    run(scenario)


def test_tlvs_and_sar_parts_reach_the_phone() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            for number, text in ((1, b"Hello "), (2, b"world")):
                tlvs = (
                    Tlv.of(TlvTag.sar_msg_ref_num, 1),
                    Tlv.of(TlvTag.sar_total_segments, 2),
                    Tlv.of(TlvTag.sar_segment_seqnum, number),
                )
                await esme.submitted(text, tlvs=tlvs, registered_delivery=1)
                await esme.delivery()

            assert [text.text for text in carrier.handset(HANDSET).inbox] == ["Hello world"]

    run(scenario)


def test_named_profiles_start_from_their_files() -> None:
    assert Carrier("rogers").profile == load_profile("rogers")


def test_smpplib_sends_and_gets_receipt_and_reply() -> None:
    got: list[tuple[int, bytes]] = []
    sent: list[bytes] = []

    def esme(host: str, port: int) -> None:
        client = smpplib.client.Client(host, port, timeout=60, allow_unknown_opt_params=True)
        client.set_message_sent_handler(lambda pdu: sent.append(pdu.message_id))
        client.set_message_received_handler(lambda pdu: got.append((pdu.esm_class, pdu.short_message)))
        client.connect()
        client.bind_transceiver(system_id="generic", password="secret")
        client.send_message(
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=SOURCE,
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=HANDSET,
            short_message=b"Hello",
            registered_delivery=True,
        )
        while len(got) < 2:
            client.read_once()
        client.unbind()
        client.disconnect()

    async def scenario() -> None:
        arrived = asyncio.Event()

        class WatchingJournal(ListJournal):
            def record(self, kind: str, /, **fields: object) -> None:
                super().record(kind, **fields)
                if kind == "handset.received":
                    arrived.set()

        async with a_carrier(journal=WatchingJournal()) as carrier:
            thread = threading.Thread(target=esme, args=(carrier.host, carrier.port))
            thread.start()
            await arrived.wait()
            carrier.handset(HANDSET).reply("STOP")
            await asyncio.to_thread(thread.join)
            message_id = carrier.received[0].id_octets

        assert sent == [message_id]
        assert sorted(esm_class for esm_class, _ in got) == [0, EsmClass.DELIVERY_RECEIPT]
        assert (0, b"STOP") in got
        assert any(text.startswith(b"id:" + message_id) for _, text in got)

    run(scenario)
