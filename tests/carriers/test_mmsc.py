"""An MMSC in memory, with a VASP that posts MM7 to it and hears what became of it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from carriers.builders import EPOCH, HANDSET, SOURCE, ListJournal, a_profile
from carriers.vasp import PICTURE, Answer, FakeVasp, post, submit, submit_req, with_content
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.content import ContentRules
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.faults.registry import FAULTS
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.handsets import Device
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.mms_habit import MmsHabit, SizeMax, WithoutMms
from powerpack_carriers.profile import ReceiptHabit
from powerpack_carriers.registration import Registry
from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.verdict import Verdict
from powerpack_lab.clock import LoopClock
from powerpack_lab.virtual import VirtualLoop

SLOW = ReceiptHabit(delay_s_min=3_600, delay_s_max=3_600)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario where time jumps, and see that it left no task behind."""
    loop = VirtualLoop()
    try:
        loop.run(scenario())
        loop.settle()
        assert loop.tasks() == []
    finally:
        loop.shutdown()


class World:
    """A carrier and a VASP that is connected to it."""

    def __init__(self, journal: ListJournal | None = None, **settings: Any) -> None:
        self.journal = journal or ListJournal()
        self.carrier = Carrier(**{"profile": a_profile(), "journal": self.journal, **settings})
        self.vasp = FakeVasp()

    async def __aenter__(self) -> "World":
        await self.carrier.start()
        self.carrier.connect_vasp("generic", await self.vasp.start())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.carrier.stop()
        await self.vasp.stop()

    async def heard(self, count: int = 1) -> list[bytes]:
        """What the VASP was told, once it is so much."""
        for _ in range(100_000):
            if len(self.vasp.bodies) >= count:
                break
            await asyncio.sleep(1)
        return self.vasp.bodies

    async def heard_nothing_more(self) -> None:
        """A day passes."""
        await asyncio.sleep(86_400)


def status_of(answer: Answer) -> str:
    """The StatusCode in an answer."""
    return answer.body.partition("StatusCode>")[2][:4]


# Submit


def test_a_submitted_mms_reaches_the_phone_whole_and_is_reported() -> None:
    async def scenario() -> None:
        async with World() as world:
            answer = await submit(world.carrier)
            (report,) = await world.heard()

            (message,) = world.carrier.handset(HANDSET).inbox
            assert (answer.status, status_of(answer)) == (200, "1000")
            assert ">t-1<" in answer.body
            assert (message.text, message.subject, message.from_number) == ("Look!", "Holiday", SOURCE)
            assert message.media == (Media(content_type="image/jpeg", name="beach.jpg", data=PICTURE),)
            assert message.carrier_message_ids[0] in answer.body
            assert b"MMStatus>Retrieved<" in report
            assert message.carrier_message_ids[0].encode() in report
            assert "Authorization: Basic" in world.vasp.heads[0]

    run(scenario)


@pytest.mark.parametrize(
    ("user", "status"), [("", 401), ("generic:wrong", 401), ("nobody:secret", 401), ("generic:secret", 200)]
)
def test_only_accounts_may_submit(user: str, status: int) -> None:
    async def scenario() -> None:
        async with World() as world:
            answer = await post(world.carrier, *with_content(submit_req()), user=user)

            assert answer.status == status
            assert len(world.carrier.received_mms) == (status == 200)

    run(scenario)


REFUSALS = {
    "another account's VASPID": (submit_req(vaspid="somebody"), "4001"),
    "a name space that is no MM7": (submit_req(namespace="urn:other"), "4002"),
    "no sender": (submit_req(source=""), "2002"),
    "a destination that is no number": (submit_req("somebody@example.com"), "2003"),
    "no recipient": (submit_req().replace(b"<To>", b"<!--").replace(b"</To>", b"-->"), "4004"),
    "a delivery report that is neither true nor false": (
        submit_req().replace(b"<DeliveryReport>true", b"<DeliveryReport>maybe"),
        "4004",
    ),
    "an operation that nobody serves": (submit_req().replace(b"SubmitReq", b"PartyReq"), "4003"),
    "no transaction": (submit_req(transaction=""), "2007"),
    "no XML": (b"hello", "2007"),
    "a document type": (submit_req().replace(b"<env:Envelope", b"<!DOCTYPE x [<!ENTITY a 'b'>]><env:Envelope"), "2007"),
    "a content part that is not there": (submit_req().replace(b"cid:content-1", b"cid:content-2"), "2007"),
}  # fmt: skip


@pytest.mark.parametrize(("soap", "status"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_wrong_is_refused_with_its_status(soap: bytes, status: str) -> None:
    async def scenario() -> None:
        async with World() as world:
            answer = await submit(world.carrier, soap)

            assert status_of(answer) == status
            assert "RSErrorRsp" in answer.body
            assert world.carrier.handset(HANDSET).inbox == []
            assert world.journal.of("carrier.mm7_refused")

    run(scenario)


def test_content_over_the_limit_of_its_kind_of_number_is_refused() -> None:
    async def scenario() -> None:
        profile = replace(a_profile(), mms=MmsHabit(size_max=SizeMax(longcode=1_000, tollfree=600_000)))
        async with World(profile=profile) as world:
            longcode = await submit(world.carrier)
            tollfree = await submit(world.carrier, submit_req(source="18335550100"))

            assert (status_of(longcode), status_of(tollfree)) == ("2004", "1000")
            assert "1000" in longcode.body

    run(scenario)


def test_a_number_over_its_rate_is_told_to_come_later() -> None:
    async def scenario() -> None:
        profile = replace(a_profile(), mms=MmsHabit(longcode_per_second=0.25, burst=1))
        async with World(profile=profile) as world:
            answers = [await submit(world.carrier), await submit(world.carrier)]

            assert [status_of(each) for each in answers] == ["1000", "4006"]

    run(scenario)


def test_a_registry_knows_who_may_send_mms() -> None:
    async def scenario() -> None:
        registry = Registry()
        registry.enable_mms(SOURCE, is_enabled=False)
        async with World(registry=registry) as world:
            answers = [await submit(world.carrier), await submit(world.carrier, submit_req(source="12065550109"))]

            assert [status_of(each) for each in answers] == ["2001", "1000"]

    run(scenario)


def test_several_recipients_get_one_id_and_a_report_each() -> None:
    async def scenario() -> None:
        other = "14155550124"
        async with World() as world:
            answer = await submit(world.carrier, submit_req(HANDSET, other))
            reports = await world.heard(2)

            assert status_of(answer) == "1000"
            assert [len(world.carrier.handset(each).inbox) for each in (HANDSET, other)] == [1, 1]
            assert {each.encode() in b"".join(reports) for each in (HANDSET, other)} == {True}

    run(scenario)


@pytest.mark.parametrize(
    ("path", "method", "status"), [("/other", "POST", 404), ("/mm7", "GET", 405), ("/mms/unknown", "GET", 404)]
)
def test_other_requests_are_told_what_there_is(path: str, method: str, status: int) -> None:
    async def scenario() -> None:
        async with World() as world:
            assert (await post(world.carrier, "text/xml", b"", path=path, method=method)).status == status

    run(scenario)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"SSH-2.0-x\r\n\r\n", b"400"),
        (b"POST /mm7 HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"POST /mm7 HTTP/1.1\r\nX: " + b"x" * 20_000, b"431"),
    ],
    ids=["no HTTP", "a huge body", "a huge head"],
)
def test_octets_that_are_no_request_are_answered_and_cut_off(raw: bytes, status: bytes) -> None:
    async def scenario() -> None:
        async with World() as world:
            reader, writer = await asyncio.open_connection(world.carrier.host, world.carrier.mmsc.port)
            writer.write(raw)

            assert (await reader.read()).split()[1] == status
            writer.close()

    run(scenario)


# Phones without MMS


def test_a_phone_without_mms_gets_a_link_and_the_report_follows_when_it_is_opened() -> None:
    async def scenario() -> None:
        profile = replace(a_profile(), mms=MmsHabit(without_mms=WithoutMms.LINK))
        async with World(profile=profile) as world:
            phone = world.carrier.handset(HANDSET)
            phone.device = Device.SMS
            await submit(world.carrier)
            await world.heard(1)
            (text,) = phone.inbox
            path = "/mms/" + text.text.rpartition("/")[2]
            page = await post(world.carrier, "", b"", path=path, method="GET", user="")
            picture = await post(world.carrier, "", b"", path=f"{path}/0", method="GET", user="")
            reports = await world.heard(2)

            assert text.text.startswith("Look! http://")
            assert text.media == ()
            assert "beach.jpg" in page.body
            assert picture.status == 200
            assert [b"Deferred" in reports[0], b"Retrieved" in reports[1]] == [True, True]

    run(scenario)


def test_a_link_that_nobody_opens_expires() -> None:
    async def scenario() -> None:
        profile = replace(a_profile(), mms=MmsHabit(without_mms=WithoutMms.LINK, kept_s=60))
        async with World(profile=profile) as world:
            phone = world.carrier.handset(HANDSET)
            phone.device = Device.SMS
            await submit(world.carrier)
            reports = await world.heard(2)
            path = "/mms/" + phone.inbox[0].text.rpartition("/")[2]

            assert b"MMStatus>Expired<" in reports[1]
            assert (await post(world.carrier, "", b"", path=path, method="GET", user="")).status == 404

    run(scenario)


def test_a_carrier_without_pages_reports_that_the_phone_has_no_mms() -> None:
    async def scenario() -> None:
        async with World() as world:
            world.carrier.handset(HANDSET).device = Device.SMS
            await submit(world.carrier)
            (report,) = await world.heard()

            assert b"MMStatus>Unrecognised<" in report
            assert b"StatusText>4700<" in report
            assert world.carrier.handset(HANDSET).inbox == []

    run(scenario)


# From phones


def test_a_phones_mms_goes_to_the_account_that_wrote_to_it() -> None:
    async def scenario() -> None:
        async with World() as world:
            await submit(world.carrier)
            await world.heard(1)
            phone = world.carrier.handset(HANDSET)
            phone.send_mms("My dog", media=[Media(content_type="image/png", name="dog.png", data=PICTURE)])
            _, delivered = await world.heard(2)

            assert b"DeliverReq" in delivered
            assert b"My dog" in delivered
            assert PICTURE in delivered
            assert HANDSET.encode() in delivered

    run(scenario)


def test_a_phone_says_why_it_can_not_send() -> None:
    carrier = Carrier(a_profile())
    phone = carrier.handset(HANDSET)
    with pytest.raises(HandsetError, match="nobody to answer"):
        phone.send_mms("hello")
    with pytest.raises(HandsetError, match="a text or media"):
        phone.send_mms(to=SOURCE)
    with pytest.raises(HandsetError, match="not connected over MM7"):
        phone.send_mms("hello", to=SOURCE)
    with pytest.raises(HandsetError, match="5000000 is the limit"):
        phone.send_mms(media=[Media(content_type="image/png", data=bytes(5_000_001))], to=SOURCE)
    phone.device = Device.SMS
    with pytest.raises(HandsetError, match="its device is 'sms'"):
        phone.send_mms("hello", to=SOURCE)


@pytest.mark.parametrize("status", [4006, 0])
def test_a_vasp_that_is_busy_or_hangs_up_is_told_again(status: int) -> None:
    async def scenario() -> None:
        async with World() as world:
            world.vasp.status = status
            await submit(world.carrier)
            await world.heard(2)
            world.vasp.status = 1000
            reports = await world.heard(3)

            assert reports[0].count(b"DeliveryReportReq") == reports[2].count(b"DeliveryReportReq") > 0
            assert world.journal.of("carrier.delivery_dropped") == []

    run(scenario)


def test_a_vasp_that_refuses_is_not_asked_again() -> None:
    async def scenario() -> None:
        async with World() as world:
            world.vasp.status = 2005
            await submit(world.carrier)
            await world.heard(1)
            await world.heard_nothing_more()

            assert len(world.vasp.bodies) == 1
            (dropped,) = world.journal.of("carrier.delivery_dropped")
            assert "2005" in str(dropped["reason"])

    run(scenario)


# Cancel and replace


def operation(name: str, message_id: str) -> bytes:
    """A CancelReq or ReplaceReq."""
    soap = submit_req().replace(b"SubmitReq", name.encode())
    return soap.replace(b"<Recipients>", f"<MessageID>{message_id}</MessageID><Recipients>".encode())


def test_a_message_that_has_not_arrived_can_be_cancelled_or_replaced() -> None:
    async def scenario() -> None:
        async with World(profile=replace(a_profile(), receipt=SLOW)) as world:
            first = (await submit(world.carrier)).body.partition("MessageID>")[2].partition("<")[0]
            second = (await submit(world.carrier)).body.partition("MessageID>")[2].partition("<")[0]
            cancelled = await post(world.carrier, "text/xml", operation("CancelReq", first))
            replaced = await post(world.carrier, *with_content(operation("ReplaceReq", second), text="Look there!"))
            again = await post(world.carrier, "text/xml", operation("CancelReq", first))
            unknown = await post(world.carrier, "text/xml", operation("CancelReq", "nothing"))
            await world.heard(1)

            assert [each.text for each in world.carrier.handset(HANDSET).inbox] == ["Look there!"]
            answers = (cancelled, replaced, again, unknown)
            assert [status_of(each) for each in answers] == ["1000", "1000", "3001", "2005"]

    run(scenario)


# Faults


OTHER = "14155550124"


def id_in(answer: Answer) -> str:
    """The MessageID of a SubmitRsp."""
    return answer.body.partition("MessageID>")[2].partition("<")[0]


def test_a_message_to_several_is_cancelled_and_replaced_for_all_that_do_not_have_it() -> None:
    async def scenario() -> None:
        async with World(profile=replace(a_profile(), receipt=SLOW)) as world:
            cancelled = await submit(world.carrier, submit_req(HANDSET, OTHER))
            replaced = await submit(world.carrier, submit_req(HANDSET, OTHER))
            answers = (
                await post(world.carrier, "text/xml", operation("CancelReq", id_in(cancelled))),
                await post(world.carrier, *with_content(operation("ReplaceReq", id_in(replaced)), text="Look there!")),
            )
            await world.heard(2)

            assert [status_of(each) for each in answers] == ["1000", "1000"]
            for number in (HANDSET, OTHER):
                assert [each.text for each in world.carrier.handset(number).inbox] == ["Look there!"]

    run(scenario)


def test_each_of_several_recipients_may_read_and_be_told_of() -> None:
    async def scenario() -> None:
        async with World() as world:
            await submit(world.carrier, submit_req(HANDSET, OTHER, more="<ReadReply>true</ReadReply>"))
            await world.heard(2)
            world.carrier.handset(OTHER).read()
            await world.heard(3)

            assert OTHER.encode() in world.vasp.bodies[2]
            assert b"ReadReplyReq" in world.vasp.bodies[2]

    run(scenario)


def test_a_new_content_is_judged_as_the_first_one_was() -> None:
    async def scenario() -> None:
        rules = ContentRules(shaft=Verdict(status=CommandStatus.ESME_RSUBMITFAIL))
        mms = MmsHabit(size_max=SizeMax(longcode=5_000))
        async with World(profile=replace(a_profile(), receipt=SLOW, content=rules, mms=mms)) as world:
            message_id = id_in(await submit(world.carrier))
            wanted = operation("ReplaceReq", message_id)
            answers = [
                await post(world.carrier, *with_content(wanted, picture=bytes(6_000))),
                await post(world.carrier, *with_content(wanted, text="cheap vodka")),
                await post(world.carrier, *with_content(wanted, text="Look there!")),
            ]
            await world.heard(1)

            assert [status_of(each) for each in answers] == ["2004", "3002", "1000"]
            assert [each.text for each in world.carrier.handset(HANDSET).inbox] == ["Look there!"]

    run(scenario)


@pytest.mark.parametrize("word", FAULTS)
def test_a_carrier_with_any_fault_goes_on(word: str) -> None:
    async def scenario() -> None:
        async with World() as world:
            fault = world.carrier.faults.add(word)
            if word != "lose_response":
                await submit(world.carrier)
            world.carrier.faults.remove(fault)

            assert status_of(await submit(world.carrier)) == "1000"

    run(scenario)


@pytest.mark.parametrize(
    ("settings", "status", "words"),
    [
        ({}, 200, "4006"),
        ({"status_code": 4005}, 200, "4005"),
        ({"status_code": 1100}, 200, "1100"),
        ({"form": "http_500", "status_code": 4006}, 500, "1000"),
        ({"form": "not_xml"}, 502, "Bad Gateway"),
        ({"form": "empty"}, 200, ""),
        ({"form": "wrong_transaction"}, 200, "somebody-else-1"),
        ({"form": "unknown_namespace"}, 200, "REL-99-MM7-99-0"),
        ({"form": "no_length"}, 200, "1000"),
        ({"form": "hang_up"}, 0, ""),
    ],
)
def test_an_answer_can_be_spoiled(settings: dict[str, object], status: int, words: str) -> None:
    async def scenario() -> None:
        async with World() as world:
            world.carrier.faults.add("mm7_answer", **settings)
            answer = await submit(world.carrier)

            assert answer.status == status
            assert words in answer.body
            is_refused = "400" in words
            if not is_refused:
                await world.heard(1)
            assert len(world.carrier.handset(HANDSET).inbox) == (not is_refused)

    run(scenario)


def test_an_mms_has_no_session_that_a_carrier_could_unbind() -> None:
    async def scenario() -> None:
        async with World() as world:
            world.carrier.faults.add("unbind", after=1)
            answer = await submit(world.carrier)

            assert status_of(answer) == "1000"

    run(scenario)


@pytest.mark.parametrize("how", ["reset", "close"])
def test_an_mms_at_which_the_connection_is_dropped_is_taken_all_the_same(how: str) -> None:
    async def scenario() -> None:
        async with World() as world:
            world.carrier.faults.add("disconnect", how=how)
            answer = await submit(world.carrier)
            await world.heard(1)

            assert answer.status == 0
            assert len(world.carrier.handset(HANDSET).inbox) == 1

    run(scenario)


def test_throttle_undeliverable_and_lost_reports_strike_mms_as_they_strike_sms() -> None:
    async def scenario() -> None:
        async with World() as world:
            faults = world.carrier.faults
            faults.add("throttle")
            throttled = await submit(world.carrier)
            faults.clear()
            faults.add("undeliverable", error="4720")
            await submit(world.carrier)
            (report,) = await world.heard(1)
            faults.clear()
            faults.add("lose_receipt")
            await submit(world.carrier)
            await world.heard_nothing_more()

            assert status_of(throttled) == "4006"
            assert b"Unreachable" in report
            assert b"StatusText>4720<" in report
            assert len(world.carrier.handset(HANDSET).inbox) == 1
            assert len(world.vasp.bodies) == 1

    run(scenario)


def test_a_sender_that_asks_hears_once_that_its_mms_was_read() -> None:
    async def scenario() -> None:
        async with World() as world:
            await submit(world.carrier, submit_req(more="<ReadReply>true</ReadReply>"))
            await world.heard(1)
            phone = world.carrier.handset(HANDSET)
            phone.read()
            phone.read()
            await world.heard_nothing_more()

            assert [b"ReadReplyReq" in each for each in world.vasp.bodies] == [False, True]
            assert b"MMStatus>Read<" in world.vasp.bodies[1]

    run(scenario)


def test_a_sender_that_does_not_ask_is_not_told() -> None:
    async def scenario() -> None:
        async with World() as world:
            await submit(world.carrier)
            await world.heard(1)
            world.carrier.handset(HANDSET).read()
            await world.heard_nothing_more()

            assert len(world.vasp.bodies) == 1

    run(scenario)


# Phones that are not there


def test_an_mms_waits_for_a_phone_that_is_off() -> None:
    async def scenario() -> None:
        async with World() as world:
            phone = world.carrier.handset(HANDSET)
            phone.state = HandsetState.OFF
            await submit(world.carrier)
            (deferred,) = await world.heard(1)
            held = len(phone.inbox)
            phone.state = HandsetState.ON
            _, retrieved = await world.heard(2)

            assert (held, len(phone.inbox)) == (0, 1)
            assert b"MMStatus>Deferred<" in deferred
            assert b"MMStatus>Retrieved<" in retrieved

    run(scenario)


def test_an_mms_to_a_phone_that_stays_off_expires() -> None:
    async def scenario() -> None:
        async with World() as world:
            world.carrier.handset(HANDSET).state = HandsetState.OFF
            await submit(world.carrier)
            for _ in range(40):
                await world.heard_nothing_more()

            assert b"MMStatus>Expired<" in world.vasp.bodies[-1]
            assert world.carrier.handset(HANDSET).inbox == []

    run(scenario)


@pytest.mark.parametrize(("expiry", "after_s"), [("PT2H", 7_200), ("2026-11-22T02:30:00Z", 3_600), ("P1DT1S", 86_401)])
def test_an_mms_waits_no_longer_than_its_expiry(expiry: str, after_s: int) -> None:
    async def scenario() -> None:
        async with World(clock=LoopClock(asyncio.get_running_loop(), EPOCH)) as world:
            world.carrier.handset(HANDSET).state = HandsetState.OFF
            await submit(world.carrier, submit_req(more=f"<ExpiryDate>{expiry}</ExpiryDate>"))
            began = asyncio.get_running_loop().time()
            _, expired = await world.heard(2)

            assert b"MMStatus>Expired<" in expired
            assert asyncio.get_running_loop().time() - began == pytest.approx(after_s, abs=5)

    run(scenario)


@pytest.mark.parametrize("expiry", ["soon", "P", "PT", "2026-11-22T01:29:00Z", "2026-13-01"])
def test_an_expiry_that_can_not_be_is_refused(expiry: str) -> None:
    async def scenario() -> None:
        async with World(clock=LoopClock(asyncio.get_running_loop(), EPOCH)) as world:
            answer = await submit(world.carrier, submit_req(more=f"<ExpiryDate>{expiry}</ExpiryDate>"))

            assert status_of(answer) == "4004"

    run(scenario)
