"""A carrier on loopback, and the ESMEs that get its receipts."""

from carriers.builders import HANDSET, ListJournal
from carriers.esme import Esme
from carriers.loopback_carrier import BOUND_TWICE, a_carrier, receipt_state, run
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.smpp.constants import CommandStatus, MessageState


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
