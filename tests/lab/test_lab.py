"""The lab: started and stopped without a trace, driven from the outside, and open about what it knows."""

import asyncio
import gc
import os
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from contract_support import Api
from powerpack_carriers import Behaviour, HandsetState, InParts, PartOrder
from powerpack_carriers.errors import HandsetError
from powerpack_gateway.errors import StoreError
from powerpack_lab.client import Client
from powerpack_lab.lab import Lab

ANA, BEN = "14155550101", "12065550102"

Mode = Literal["steered", "virtual"]

both_modes = pytest.mark.parametrize("mode", ["steered", "virtual"])


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab in virtual time."""
    with Lab(seed=1, clock="virtual") as lab:
        yield lab


@pytest.fixture
def api(lab: Lab) -> Api:
    """Its API."""
    return Api(lab)


# What there is


def test_a_powerpack_tells_its_numbers_and_why_they_were_chosen(lab: Lab, api: Api) -> None:
    api.accept(ANA)
    api.accept(ANA)

    powerpack = lab.powerpack()

    assert powerpack.uuid == lab.powerpack(powerpack.name).uuid == lab.powerpack_uuid
    assert "72345" in powerpack.numbers
    assert [(each.number, each.destination) for each in powerpack.selections] == [("72345", ANA)] * 2
    assert powerpack.selections[1].reasons == ("sticky sender: the handset knows 72345",)
    assert repr(powerpack).endswith("11 numbers, 2 selections>")
    with pytest.raises(KeyError, match="there is no Powerpack 'codes'; there are: "):
        lab.powerpack("codes")


# Start and stop


@pytest.fixture
def only_new_objects() -> Iterator[None]:
    """What is there already is passed over by ``gc.get_objects``: a million objects late in a session."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def open_files() -> list[str]:
    """What this process holds open."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:  # the listing's own
            continue
    return sorted(found)


def unfinished_tasks() -> list[str]:
    """Tasks that nobody ended."""
    gc.collect()
    # By type: a lazy object, as Django's settings are, would come to life when asked what it is.
    tasks = [each for each in gc.get_objects() if issubclass(type(each), asyncio.Task)]
    return [repr(each) for each in tasks if not each.done()]


def open_loops() -> int:
    """Event loops that nobody closed."""
    gc.collect()
    return sum(not each.is_closed() for each in gc.get_objects() if issubclass(type(each), asyncio.BaseEventLoop))


def send(lab: Lab, to: str, text: str) -> None:
    """Send over real HTTP, or over the wires in memory."""
    if "steered" in repr(lab):
        values = {"powerpack_uuid": lab.powerpack_uuid, "dst": to, "text": text, "url": lab.webhooks.url()}
        assert Client(lab.api_url, lab.auth_id, lab.auth_token).post("Message/", values).status == 202
    else:
        Api(lab).accept(to, text, url=lab.webhooks.url())


@both_modes
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux lists a process's files")
@pytest.mark.usefixtures("only_new_objects")
def test_nothing_is_left_when_a_lab_has_stopped(mode: Mode, tmp_path: Path) -> None:
    before = (threading.enumerate(), open_files(), unfinished_tasks(), open_loops())

    with Lab(clock=mode, state=tmp_path / "state.db", journal=tmp_path / "events.jsonl") as lab:
        send(lab, ANA, "Hello")
        lab.handset(ANA).expect("Hello")

    assert (threading.enumerate(), open_files(), unfinished_tasks(), open_loops()) == before


@both_modes
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux lists a process's files")
@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"journal": "missing/events.jsonl"}, FileNotFoundError),
        ({"state": "missing/state.db"}, StoreError),
    ],
    ids=["journal", "state"],
)
@pytest.mark.usefixtures("only_new_objects")
def test_nothing_is_left_of_a_lab_that_could_not_start(
    mode: Mode, files: dict[str, str], error: type[Exception], tmp_path: Path
) -> None:
    paths = {name: tmp_path / file for name, file in files.items()}
    lab = Lab(clock=mode, state=paths.get("state"), journal=paths.get("journal"))
    before = (threading.enumerate(), open_files(), unfinished_tasks(), open_loops())

    with pytest.raises(error):
        lab.start()

    assert (threading.enumerate(), open_files(), unfinished_tasks(), open_loops()) == before
    assert repr(lab).endswith("not started>")


def test_carriers_that_do_not_answer_do_not_hold_up_the_end() -> None:
    lab = Lab(seed=1)
    lab.start()
    for carrier in lab.carriers.values():
        carrier.faults.add("lose_response")
    for index in range(12):
        send(lab, f"1415555{index:04d}", "Hello")
    lab.advance(1)
    begin = lab.clock.monotonic()

    lab.stop()

    assert lab.clock.monotonic() - begin < 3.0  # it waits for all at once, and briefly


@both_modes
def test_stopping_twice_is_stopping_once(mode: Mode) -> None:
    lab = Lab(clock=mode)
    lab.start()

    lab.stop()
    lab.stop()

    assert len(lab.journal) > 0


def test_a_lab_that_runs_is_not_started_again(lab: Lab) -> None:
    with pytest.raises(RuntimeError, match=r"running already: call stop\(\) first"):
        lab.start()


@pytest.mark.parametrize(
    "use",
    [
        lambda lab: lab.api_url,
        lambda lab: lab.journal,
        lambda lab: lab.handset(ANA),
        lambda lab: lab.advance(1),
        lambda lab: lab.run_until(lambda: True),
    ],
    ids=["api_url", "journal", "handset", "advance", "run_until"],
)
def test_a_lab_that_is_not_started_says_how_to_start_it(use: Callable[[Lab], object]) -> None:
    with pytest.raises(RuntimeError, match=r"use it as a context manager, or call start\(\)"):
        use(Lab())


def test_a_lab_that_has_stopped_says_so_and_can_be_read() -> None:
    with Lab(clock="virtual", seed=1) as lab:
        pass

    assert lab.handset(ANA).texts == []
    with pytest.raises(RuntimeError, match="not running any more: what it saw can be read"):
        lab.handset(ANA).expect("Hello")


def test_a_lab_tells_what_it_is_in_one_line(lab: Lab) -> None:
    assert repr(Lab(seed=4)) == "<Lab seed 4, steered: not started>"
    assert repr(lab).startswith("<Lab seed 1, virtual, 2026-01-05 17:00:00: <Gateway ")


def test_ports_are_free_again(tmp_path: Path) -> None:
    with Lab() as lab:
        ports = [carrier.port for carrier in lab.carriers.values()]

    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)


# The same every time


def test_the_same_seed_makes_the_same_journal() -> None:
    def digest(seed: int) -> str:
        with Lab(seed=seed, clock="virtual") as lab:
            Api(lab).send(ANA, "Hello")
            return lab.journal.digest()

    assert digest(1) == digest(1) != digest(2)


@both_modes
def test_the_calendar_begins_where_it_is_told(mode: Mode) -> None:
    with Lab(clock=mode, epoch=datetime(2024, 2, 28, 23, 0, tzinfo=UTC)) as lab:
        lab.advance(hours=2)

        assert lab.clock.now().isoformat()[:13] == "2024-02-29T01"


# Time


@both_modes
def test_a_day_passes_at_once_and_what_is_due_happens(mode: Mode) -> None:
    happened: list[datetime] = []
    with Lab(clock=mode) as lab:
        before = lab.clock.now()

        async def plan() -> None:
            asyncio.get_running_loop().call_later(3600, lambda: happened.append(lab.clock.now()))

        lab.call(plan())
        lab.advance(minutes=59)
        too_early = list(happened)
        lab.advance(days=1)

        assert too_early == []
        assert 3600 <= (happened[0] - before).total_seconds() < 3660
        assert (lab.clock.now() - before).total_seconds() >= 86_400 + 59 * 60


@both_modes
def test_time_does_not_go_back(mode: Mode) -> None:
    with Lab(clock=mode) as lab, pytest.raises(ValueError, match=r"-1|only goes forward"):
        lab.advance(-1)


@both_modes
def test_time_goes_to_a_moment(mode: Mode) -> None:
    with Lab(clock=mode, epoch=datetime(2026, 2, 27, 8, 0, tzinfo=UTC)) as lab:
        lab.advance_to("2026-02-28T00:00:00-08:00")
        midnight = lab.clock.now()
        lab.advance_to(datetime(2026, 3, 1, tzinfo=UTC))

        assert midnight.isoformat()[:16] == "2026-02-28T08:00"
        assert lab.clock.now().isoformat()[:16] == "2026-03-01T00:00"


@both_modes
@pytest.mark.parametrize("moment", ["2026-02-27T07:59:59Z", "2026-03-01T00:00:00", "tomorrow"])
def test_no_moment_that_has_passed_or_that_nobody_can_place(mode: Mode, moment: str) -> None:
    with Lab(clock=mode, epoch=datetime(2026, 2, 27, 8, 0, tzinfo=UTC)) as lab, pytest.raises(ValueError):
        lab.advance_to(moment)


def test_settling_runs_what_is_due_and_takes_no_time() -> None:
    happened: list[int] = []
    with Lab(clock="virtual") as lab:

        async def plan() -> None:
            asyncio.get_running_loop().call_later(0, happened.append, 1)
            asyncio.get_running_loop().call_later(0.001, happened.append, 2)

        before = lab.clock.monotonic()
        lab.call(plan())
        lab.settle()

        assert happened == [1]
        assert lab.clock.monotonic() == before


@both_modes
def test_waiting_ends_when_it_holds_or_when_the_time_is_up(mode: Mode) -> None:
    with Lab(clock=mode) as lab:
        begin = lab.clock.monotonic()
        held = lab.run_until(lambda: lab.clock.monotonic() >= begin + 5, within=60)
        waited = lab.clock.monotonic() - begin
        never = lab.run_until(lambda: False, within=60)

        assert (held, never) == (True, False)
        assert 5 <= waited < 60 <= lab.clock.monotonic() - begin - waited


def test_an_error_in_what_is_waited_for_reaches_the_test(lab: Lab) -> None:
    def fails() -> bool:
        raise ZeroDivisionError("in the test")

    with pytest.raises(ZeroDivisionError, match="in the test"):
        lab.run_until(fails)


# Phones


def test_a_number_may_be_written_with_a_plus(lab: Lab, api: Api) -> None:
    api.send(ANA, "Hello")

    assert lab.handset(f"+{ANA}").texts == lab.handset(ANA).texts == ["Hello"]


def test_expect_gives_the_message_whole(lab: Lab, api: Api) -> None:
    text = "Grüße 😀 " * 40
    api.accept(ANA, text)

    message = lab.handset(ANA).expect("Grüße 😀")

    assert (message.text, message.from_number) == (text, "72345")


def test_expect_says_what_came_instead(lab: Lab, api: Api) -> None:
    api.accept(ANA, "Your code is 4711")
    phone = lab.handset(ANA)

    with pytest.raises(AssertionError) as failed:
        phone.expect("Your code is 4712")

    said = str(failed.value)
    assert f"no message with 'Your code is 4712' came to +{ANA} within 60 s" in said
    assert "from 72345: 'Your code is 4711'" in said
    assert "- Your code is 4711" in said
    assert "+ Your code is 4712" in said
    assert "message.accepted" in said


def test_expect_says_when_nothing_came_and_nothing_is_known(lab: Lab) -> None:
    with pytest.raises(AssertionError) as failed:
        lab.handset(ANA).expect("Hello", within=1)

    assert "its inbox is empty" in str(failed.value)
    assert "the journal knows nothing about it" in str(failed.value)


def test_expect_says_that_a_stop_blocks_it(lab: Lab, api: Api) -> None:
    api.send(ANA, "Hello")
    lab.handset(ANA).reply("STOP")
    api.accept(ANA, "Still there?")

    with pytest.raises(AssertionError, match="error_code=200") as failed:
        lab.handset(ANA).expect("Still there?")

    assert "STOP" in str(failed.value)


def test_a_phone_without_messages_has_nobody_to_answer(lab: Lab) -> None:
    with pytest.raises(HandsetError, match="its inbox is empty; expect a text first, or say to whom"):
        lab.handset(ANA).reply("Hello?")
    with pytest.raises(HandsetError, match="its inbox holds 0"):
        lab.handset(ANA).report_spam()


def test_a_phone_without_a_number_is_refused(lab: Lab) -> None:
    with pytest.raises(HandsetError, match=r"number: found 'Ana', expected E\.164"):
        lab.handset("Ana")


def test_a_phone_shows_who_it_is_and_how_much_it_got(lab: Lab, api: Api) -> None:
    api.send(ANA)

    assert repr(lab.handset(ANA)) == f"<LabHandset +{ANA}: 1 messages>"


# Carriers and journal


def test_an_unknown_carrier_is_answered_with_those_there_are(lab: Lab) -> None:
    with pytest.raises(KeyError, match="no carrier 'nope'; there are att, tmobile, verizon, rogers, bell, generic"):
        lab.carrier("nope")


def test_the_tail_tells_about_whom_it_is_asked(lab: Lab, api: Api) -> None:
    api.send(ANA, "for Ana")
    uuid = str(api.send(BEN, "for Ben")["message_uuid"])

    about = lab.tail(about=[uuid])

    assert "message.accepted" in about
    assert uuid in about
    assert ANA not in about
    assert len(lab.tail(3).splitlines()) == 3


# State


@both_modes
def test_the_next_lab_knows_what_the_last_one_did(mode: Mode, tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with Lab(seed=1, clock=mode, state=state) as first:
        send(first, ANA, "Hello")
        first.handset(ANA).expect("Hello")
        first.handset(ANA).reply("STOP")
        account = first.auth_id
    with Lab(seed=2, clock=mode, state=state) as second:
        send(second, ANA, "Still there?")
        second.run_until(lambda: any(second.journal.events(kind="message.failed")))
        (failure,) = second.journal.events(kind="message.failed")

        assert second.auth_id == account
        assert failure.fields["error_code"] == "200"


def test_one_state_is_used_by_one_lab_at_a_time(tmp_path: Path) -> None:
    with Lab(clock="virtual", state=tmp_path / "state.db"), pytest.raises(StoreError, match="in use"):
        Lab(clock="virtual", state=tmp_path / "state.db").start()


# Phones with a will of their own


def test_a_phone_is_switched_off_and_on_and_behaves(lab: Lab, api: Api) -> None:
    phone = lab.handset(ANA)
    phone.behave(Behaviour(text="STOP", nth=1, after_s=30))
    phone.state = "off"
    api.accept(ANA, "Hello")
    lab.advance(hours=1)
    before = list(phone.texts)
    phone.state = HandsetState.ON
    phone.expect("You have been unsubscribed", within=120)

    assert before == []
    assert phone.texts[0] == "Hello"
    assert phone.state is HandsetState.ON
    assert phone.carrier == lab.stack.directory.carrier_of(ANA)


def test_a_reply_travels_in_parts(lab: Lab, api: Api) -> None:
    api.send(ANA, "Hello")
    phone = lab.handset(ANA)
    phone.expect("Hello")
    phone.reply("Please call me back", parts=InParts(at_least=2, order=PartOrder.REVERSED))
    lab.advance(60)

    (received,) = lab.journal.events(kind="message.received")
    assert received.fields["text"] == "Please call me back"
