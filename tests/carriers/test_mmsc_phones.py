"""An MMSC and its phones: those without MMS, those that write, those that are off."""

import asyncio
from dataclasses import replace

import pytest

from carriers.builders import EPOCH, HANDSET, SOURCE, a_profile
from carriers.mms_world import World, run, status_of
from carriers.vasp import PICTURE, post, submit, submit_req
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.handsets import Device
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.mms_habit import MmsHabit, WithoutMms
from powerpack_lab.clock import LoopClock

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
