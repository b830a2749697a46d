"""A carrier on loopback, and subscribers that reply, write and report spam."""

import pytest

from carriers.builders import HANDSET, SOURCE, ListJournal, a_profile
from carriers.esme import Esme
from carriers.loopback_carrier import BOUND_TWICE, OWN_NUMBER, a_carrier, run
from carriers.virtual_carrier import World, pass_time, virtually
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.directory import Directory
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.smpp.constants import EsmClass


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


def test_a_text_that_was_written_before_the_start_waits_for_a_bind_however_long_the_machine_is_up() -> None:
    async def scenario(_: World) -> None:
        await pass_time(10 * 86_400)
        carrier = a_carrier()
        carrier.handset(HANDSET).reply("Hello", SOURCE)
        async with carrier, await Esme.bound(carrier) as esme:
            assert (await esme.delivery())["short_message"] == b"Hello"

    virtually(scenario)


def test_a_text_to_what_no_address_can_hold_is_refused() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier):
            with pytest.raises(HandsetError, match=r"found to=.9999.*expected 20 digits or letters at most"):
                carrier.handset(HANDSET).reply("Hello", "9" * 21)

    run(scenario)


def test_7726_is_no_sender_that_could_be_reported() -> None:
    async def scenario() -> None:
        async with a_carrier() as carrier, await Esme.bound(carrier):
            phone = carrier.handset(HANDSET)
            phone.reply("Win!", "7726")
            with pytest.raises(HandsetError, match="found a text of 7726 itself"):
                phone.report_spam()

            assert list(carrier.spam_reports) == []

    run(scenario)
