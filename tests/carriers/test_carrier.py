"""A carrier on loopback, with ESMEs that bind, submit and receive."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import smpplib.client
import smpplib.command

from carriers.builders import HANDSET, SOURCE, ListJournal, StandingClock, a_profile
from carriers.esme import Esme
from powerpack_carriers.accounts import Account
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.directory import Directory
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.profile import Rate, ReceiptHabit, SessionHabit, Throughput, load_profile
from powerpack_carriers.smpp.constants import CommandStatus, EsmClass, MessageState, TlvTag
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv

OWN_NUMBER = "12065550142"
FAST = ReceiptHabit(delay_s_min=0, delay_s_max=0)
SLOW = ReceiptHabit(delay_s_min=3_600, delay_s_max=3_600)
BOUND_TWICE = (Account("one"), Account("two", numbers=frozenset({OWN_NUMBER})))


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario to its end, and see that it left no task behind."""

    async def whole() -> None:
        async with asyncio.timeout(30):
            await scenario()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left

    asyncio.run(whole())


def a_carrier(**settings: Any) -> Carrier:
    """A permissive carrier without delay."""
    return Carrier(**{"profile": a_profile(), **settings})


def receipt_state(pdu: Pdu) -> tuple[object, object]:
    """Id and state of a receipt."""
    assert pdu.integer("esm_class") & EsmClass.TYPE_MASK == EsmClass.DELIVERY_RECEIPT, pdu
    return pdu.tlv(TlvTag.receipted_message_id), pdu.tlv(TlvTag.message_state)


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


# Submitting


def test_a_message_is_answered_delivered_and_receipted() -> None:
    async def scenario() -> None:
        journal = ListJournal()
        async with a_carrier(journal=journal) as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(b"Hello", registered_delivery=1)).text("message_id")
            receipt = await esme.delivery()

            assert receipt_state(receipt) == (message_id, MessageState.DELIVERED)
            assert (receipt["source_addr"], receipt["destination_addr"]) == (HANDSET, SOURCE)
            (text,) = carrier.handset(f"+{HANDSET}").inbox
            assert (text.text, text.from_number, text.carrier_message_ids) == ("Hello", SOURCE, (message_id,))
            (message,) = carrier.received
            assert (message.message_id, message.text, message.system_id) == (message_id, "Hello", "generic")
            assert message.state == MessageState.DELIVERED
            assert journal.of("handset.received") == [
                {"number": HANDSET, "carrier": "generic", "source": SOURCE, "message_ids": (message_id,)}
            ]

    run(scenario)


def test_messages_sent_in_one_go_are_answered_in_their_order_with_ids_that_differ() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            sequence_numbers = [esme.submit(b"%d" % number) for number in range(50)]
            responses = [await esme.receive() for _ in sequence_numbers]

            assert [response.sequence_number for response in responses] == sequence_numbers
            assert len({response.text("message_id") for response in responses}) == 50

    run(scenario)


@pytest.mark.parametrize(
    ("profile", "fields", "status"),
    [
        ("generic", {"destination_addr": ""}, CommandStatus.ESME_RINVDSTADR),
        ("generic", {"destination_addr": "hello"}, CommandStatus.ESME_RINVDSTADR),
        ("generic", {"source_addr": "ACME"}, CommandStatus.ESME_ROK),
        ("generic", {"source_addr": ""}, CommandStatus.ESME_ROK),
        ("generic", {"destination_addr": "12"}, CommandStatus.ESME_ROK),
        ("tmobile", {"source_addr": "ACME"}, CommandStatus.ESME_RINVSRCADR),
        ("tmobile", {"destination_addr": "14155550123"}, CommandStatus.ESME_ROK),
    ],
)
def test_addresses_are_checked_as_the_profile_says(profile: str, fields: dict[str, str], status: int) -> None:
    async def scenario() -> None:
        journal = ListJournal()
        async with Carrier(profile, journal=journal) as carrier, await Esme.bound(carrier) as esme:
            addresses = {"source_addr": SOURCE, "destination_addr": HANDSET, **fields}
            response = await esme.submitted(
                source_addr=addresses["source_addr"], destination_addr=addresses["destination_addr"]
            )

            assert response.command_status == status
            assert len(journal.of("carrier.refused")) == (status != 0)

    run(scenario)


def test_a_number_that_nobody_serves_is_refused_where_carriers_share_a_directory() -> None:
    async def scenario() -> None:
        directory = Directory()
        async with Carrier("tmobile", directory=directory) as carrier, await Esme.bound(carrier) as esme:
            foreign = await esme.submitted(destination_addr="33612345678")
            domestic = await esme.submitted()

            assert (foreign.command_status, domestic.command_status) == (CommandStatus.ESME_RINVDSTADR, 0)
            assert directory.find("33612345678") is None

    run(scenario)


def test_a_source_over_its_rate_is_throttled_and_others_are_not() -> None:
    async def scenario() -> None:
        async with Carrier("tmobile") as carrier, await Esme.bound(carrier) as esme:
            for source in (SOURCE, SOURCE, SOURCE, "12065550199", "18005550100"):
                esme.submit(source_addr=source)
            statuses = [(await esme.receive()).command_status for _ in range(5)]

            assert statuses == [0, 0, CommandStatus.ESME_RTHROTTLED, 0, 0]
            assert [message.status for message in carrier.received] == statuses

    run(scenario)


def test_a_token_comes_back_with_the_clock_that_was_given() -> None:
    async def scenario() -> None:
        profile = a_profile(throughput=Throughput(longcode=Rate(per_second=1_000, burst=1)))
        clock = StandingClock()
        async with a_carrier(profile=profile, clock=clock) as carrier, await Esme.bound(carrier) as esme:
            statuses = []
            for later_s in (0, 0.0005, 0.0005):
                clock.seconds += later_s
                statuses.append((await esme.submitted()).command_status)

            assert statuses == [0, CommandStatus.ESME_RTHROTTLED, 0]

    run(scenario)


def test_parts_make_one_text_and_have_a_receipt_each() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            ids = []
            for number in (2, 1):
                part = bytes((5, 0, 3, 9, 2, number)) + (b"Hello ", b"world")[number - 1]
                response = await esme.submitted(part, esm_class=0x40, registered_delivery=1)
                ids.append(response.text("message_id"))
                assert receipt_state(await esme.delivery()) == (ids[-1], MessageState.DELIVERED)

            (text,) = carrier.handset(HANDSET).inbox
            assert (text.text, text.parts, text.carrier_message_ids) == ("Hello world", 2, tuple(reversed(ids)))

    run(scenario)


def test_texts_reach_a_phone_in_the_order_in_which_they_were_sent() -> None:
    async def scenario() -> None:
        profile = a_profile(receipt=ReceiptHabit(delay_s_min=0, delay_s_max=0.2))
        async with a_carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            for number in range(30):
                esme.submit(b"%d" % number, registered_delivery=1)
            for _ in range(60):
                await esme.receive()

            assert [text.text for text in carrier.handset(HANDSET).inbox] == [str(number) for number in range(30)]

    run(scenario)


# Receipts


def test_a_receipt_nobody_asked_for_is_not_sent() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            await esme.submitted(registered_delivery=0)
            await esme.submitted(registered_delivery=2)
            wanted = (await esme.submitted(registered_delivery=1)).text("message_id")

            assert receipt_state(await esme.delivery()) == (wanted, MessageState.DELIVERED)

    run(scenario)


def test_an_undeliverable_message_reaches_no_phone_and_says_why() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("undeliverable", error="069")
            message_id = (await esme.submitted(registered_delivery=2)).text("message_id")
            receipt = await esme.delivery()

            assert receipt_state(receipt) == (message_id, MessageState.UNDELIVERABLE)
            assert b"stat:UNDELIV err:069" in receipt.octets("short_message")
            assert carrier.handset(HANDSET).inbox == []

    run(scenario)


def test_receipts_go_to_a_receiver_of_the_account_and_never_to_a_transmitter() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier, "tx") as sender:
            message_id = (await sender.submitted(registered_delivery=1)).text("message_id")
            async with await Esme.bound(carrier, "rx") as receiver:
                assert receipt_state(await receiver.delivery()) == (message_id, MessageState.DELIVERED)
                # Had the transmitter been sent anything, it would come before this answer.
                await sender.submitted()

    run(scenario)


def test_receipts_of_one_account_do_not_go_to_another() -> None:
    async def scenario() -> None:
        async with (
            a_carrier(accounts=BOUND_TWICE) as carrier,
            await Esme.bound(carrier, account=0) as one,
            await Esme.bound(carrier, account=1) as two,
        ):
            ids = [(await esme.submitted(registered_delivery=1)).text("message_id") for esme in (one, two)]
            receipts = [receipt_state(await esme.delivery())[0] for esme in (one, two)]

            assert receipts == ids

    run(scenario)


def test_what_waits_goes_out_behind_the_next_bind_response() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier:
            async with await Esme.bound(carrier) as esme:
                await esme.submitted(registered_delivery=1)
                await esme.receive()
                await esme.unbind()
            async with await Esme.bound(carrier) as esme:
                assert receipt_state(await esme.delivery())[1] == MessageState.DELIVERED

    run(scenario)


def test_a_delivery_that_is_refused_for_good_is_in_the_journal() -> None:
    async def scenario() -> None:
        journal = ListJournal()
        async with a_carrier(journal=journal) as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(registered_delivery=1)).text("message_id")
            await esme.delivery(CommandStatus.ESME_RX_R_APPN)
            await esme.submitted()

            (dropped,) = journal.of("carrier.delivery_dropped")
            assert (dropped["message_id"], dropped["what"]) == (message_id, "receipt")

    run(scenario)


def test_one_seed_gives_the_same_ids() -> None:
    async def first_id(seed: int) -> str:
        async with Carrier(seed=seed) as carrier, await Esme.bound(carrier) as esme:
            return (await esme.submitted()).text("message_id")

    async def scenario() -> None:
        ids = [await first_id(seed) for seed in (1, 1, 2)]

        assert ids[0] == ids[1] != ids[2]

    run(scenario)


# Faults


def test_a_lost_response_is_not_sent_but_the_message_arrives() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("lose_response")
            esme.submit(registered_delivery=1)
            receipt = await esme.delivery()

            assert receipt_state(receipt)[1] == MessageState.DELIVERED
            assert len(carrier.handset(HANDSET).inbox) == 1

    run(scenario)


def test_a_late_response_may_come_after_the_receipt() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("late_response", delay_s_min=0.1, delay_s_max=0.1)
            sequence_number = esme.submit(registered_delivery=1)
            receipt, response = await esme.delivery(), await esme.receive()

            assert (response.sequence_number, response.command_status) == (sequence_number, 0)
            assert receipt_state(receipt)[0] == response.text("message_id")

    run(scenario)


def test_a_throttled_message_reaches_nobody() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("throttle", status=9802)
            response = await esme.submitted(registered_delivery=1)

            assert response.command_status == 9802
            assert carrier.in_flight == 0

    run(scenario)


def test_a_disconnect_takes_the_message_and_drops_the_link() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("disconnect", after=2)
            await esme.submitted(b"first")
            esme.submit(b"second")
            with pytest.raises(ConnectionError):
                await esme.receive()

            assert [message.text for message in carrier.received] == ["first", "second"]
            assert carrier.received[-1].message_id

    run(scenario)


def test_receipts_come_twice_late_or_not_at_all() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.faults.add("duplicate_receipt", destination="14155550101")
            carrier.faults.add("lose_receipt", destination="14155550102")
            carrier.faults.add("delay_receipt", destination="14155550103", delay_s_min=0.1, delay_s_max=0.1)
            for last in (3, 2, 1):
                esme.submit(destination_addr=f"1415555010{last}", registered_delivery=1)
            pdus = [await esme.receive() for _ in range(6)]
            receipts = [pdu.text("source_addr") for pdu in pdus if not pdu.is_response]

            assert receipts == ["14155550101", "14155550101", "14155550103"]

    run(scenario)


# Subscribers


def test_a_reply_goes_to_the_account_that_sent() -> None:
    async def scenario() -> None:
        journal = ListJournal()
        async with (
            a_carrier(accounts=BOUND_TWICE, journal=journal) as carrier,
            await Esme.bound(carrier, account=0),
            await Esme.bound(carrier, account=1) as two,
        ):
            await two.submitted(registered_delivery=1)
            await two.delivery()
            carrier.handset(HANDSET).reply("Stop €")
            reply = await two.delivery()

            assert (reply["source_addr"], reply["destination_addr"]) == (HANDSET, SOURCE)
            assert (reply["short_message"], reply["data_coding"]) == (b"Stop \x1be", 0)
            assert journal.of("handset.sent") == [
                {"number": HANDSET, "carrier": "generic", "target": SOURCE, "text": "Stop €", "parts": 1}
            ]

    run(scenario)


def test_a_text_out_of_the_blue_goes_to_the_owner_of_the_number() -> None:
    async def scenario() -> None:
        async with (
            a_carrier(accounts=BOUND_TWICE) as carrier,
            await Esme.bound(carrier, account=0),
            await Esme.bound(carrier, "rx", account=1) as owner,
        ):
            carrier.handset(HANDSET).reply("Hi", to=f"+{OWN_NUMBER}")

            assert (await owner.delivery())["destination_addr"] == OWN_NUMBER

    run(scenario)


def test_a_long_reply_comes_in_parts_that_fit_together() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).reply("ы" * 100, to=SOURCE)
            parts = [await esme.delivery() for _ in range(2)]

            assert [part["esm_class"] for part in parts] == [EsmClass.UDHI] * 2
            assert [part.octets("short_message")[:6] for part in parts] == [b"\5\0\3\1\2\1", b"\5\0\3\1\2\2"]
            assert b"".join(part.octets("short_message")[6:] for part in parts).decode("utf-16-be") == "ы" * 100

    run(scenario)


def test_a_text_that_is_too_long_or_goes_to_nobody_is_refused() -> None:
    async def scenario() -> None:
        async with a_carrier(accounts=()) as carrier:
            with pytest.raises(HandsetError, match="the text needs 256 parts"):
                carrier.handset(HANDSET).reply("a" * (255 * 153 + 1), to=SOURCE)
            with pytest.raises(HandsetError, match="belongs to nobody"):
                carrier.handset(HANDSET).reply("a", to=SOURCE)

    run(scenario)


def test_a_spam_report_reaches_the_sender() -> None:
    async def scenario() -> None:
        journal = ListJournal()
        async with a_carrier(journal=journal) as carrier, await Esme.bound(carrier) as esme:
            message_id = (await esme.submitted(b"Win!", registered_delivery=1)).text("message_id")
            await esme.delivery()
            carrier.handset(HANDSET).report_spam()
            notice = await esme.delivery()

            (report,) = carrier.spam_reports
            assert (report.text, report.message_id) == ("Win!", message_id)
            assert (notice["source_addr"], notice["destination_addr"]) == ("7726", SOURCE)
            assert notice.octets("short_message").decode() == report.notice
            assert len(journal.of("carrier.spam_report")) == 1

    run(scenario)


def test_a_message_for_another_carrier_s_subscriber_is_forwarded_and_so_is_the_reply() -> None:
    async def scenario() -> None:
        directory, journal = Directory(), ListJournal()
        directory.assign(HANDSET, "other")
        async with (
            a_carrier(directory=directory, journal=journal) as carrier,
            Carrier(a_profile(name="other"), directory=directory, journal=journal) as other,
            await Esme.bound(carrier) as esme,
            await Esme.bound(other),
        ):
            message_id = (await esme.submitted(registered_delivery=1)).text("message_id")
            await esme.delivery()
            handset = other.handset(HANDSET)
            handset.reply("STOP")
            reply = await esme.delivery()

            assert (handset.carrier, handset.inbox[0].carrier_message_ids) == ("other", (message_id,))
            assert reply["short_message"] == b"STOP"
            assert journal.of("carrier.interconnect") == [
                {"source": "generic", "target": "other", "message_id": message_id},
                {"source": "other", "target": "generic", "number": SOURCE},
            ]

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
        client = smpplib.client.Client(host, port, timeout=10, allow_unknown_opt_params=True)
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
