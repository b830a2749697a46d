"""An MMSC and the VASP that submits to it: what is taken, refused, cancelled and replaced."""

import asyncio
from dataclasses import replace

import pytest

from carriers.builders import HANDSET, SOURCE, a_profile
from carriers.mms_world import OTHER, SLOW, World, id_in, operation, run, status_of
from carriers.vasp import PICTURE, post, submit, submit_req, with_content
from powerpack_carriers.content import ContentRules
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.mms_habit import MmsHabit, SizeMax
from powerpack_carriers.registration import Registry
from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.verdict import Verdict

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
        (b"POST /mm7 HTTP/1.1\r\n" + b"X: x\r\n" * 3_000 + b"\r\n", b"431"),
        (b"POST /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", b"431"),
    ],
    ids=["no HTTP", "a huge body", "a header without end", "many headers", "a huge address"],
)
def test_octets_that_are_no_request_are_answered_and_cut_off(raw: bytes, status: bytes) -> None:
    async def scenario() -> None:
        async with World() as world:
            reader, writer = await asyncio.open_connection(world.carrier.host, world.carrier.mmsc.port)
            writer.write(raw)

            assert (await reader.read()).split()[1] == status
            writer.close()

    run(scenario)


def test_what_frames_small_chunks_is_no_head() -> None:
    """A client that writes octet by octet frames 20,000 octets with five times as many."""
    chunks = b"1\r\nx\r\n" * 20_000 + b"0\r\n\r\n"

    async def scenario() -> None:
        async with World() as world:
            reader, writer = await asyncio.open_connection(world.carrier.host, world.carrier.mmsc.port)
            writer.write(b"POST /mm7 HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            for begin in range(0, len(chunks), 10_000):
                writer.write(chunks[begin : begin + 10_000])

            assert (await reader.read()).split()[1] == b"401"  # it is read to its end, and has no password
            writer.close()

    run(scenario)


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
