"""A carrier on loopback, and ESMEs that submit."""

import pytest

from carriers.builders import HANDSET, SOURCE, ListJournal, StandingClock, a_profile
from carriers.esme import Esme
from carriers.loopback_carrier import a_carrier, receipt_state, run
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.directory import Directory
from powerpack_carriers.profile import Rate, ReceiptHabit, Throughput
from powerpack_carriers.smpp.constants import CommandStatus, MessageState


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
        ("generic", {"destination_addr": "hello"}, CommandStatus.ESME_ROK),
        ("generic", {"source_addr": "ACME"}, CommandStatus.ESME_ROK),
        ("generic", {"source_addr": ""}, CommandStatus.ESME_ROK),
        ("generic", {"destination_addr": "12"}, CommandStatus.ESME_ROK),
        ("tmobile", {"source_addr": "ACME"}, CommandStatus.ESME_RINVSRCADR),
        ("tmobile", {"destination_addr": "hello"}, CommandStatus.ESME_RINVDSTADR),
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
