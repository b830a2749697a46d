"""Scenarios against a foreign gateway: smpplib plays it, as a good one and as bad ones; the checks are tested alone."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
import smpplib.exceptions
from click.testing import CliRunner

from carriers.esme import Esme
from carriers.virtual_carrier import pass_time
from lab.sandbox_support import DEADLINE_S, command, environment, refused, wait_until
from powerpack_carriers import Carrier
from powerpack_lab.against_checks import CHECKS, Seen, is_owed, judged
from powerpack_lab.chaos_cli import chaos
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.scenario import START
from powerpack_lab.smpp_client import SmppClient
from powerpack_lab.virtual import VirtualLoop

T = TypeVar("T")

ANA, SHOP = "14155550101", "12065550100"

SCENARIO = f"""\
name: small
about: One carrier that throttles now and then, and one person.
length: 2s
settles_within: 20s
carriers:
  - name: generic
    ports: 2
handsets:
  - name: ana
    count: 1
    first: {ANA}
    behaviours:
      - text: Thanks
        after: 100ms
traffic:
  - to: ana
    count: 3
faults:
  - kind: late_response
    settings:
      delay_s_max: 1s
webhooks:
  fails: 10%
"""


# The checks, each on its own


def checked(
    name: str,
    behave: Callable[[Carrier, Esme], Coroutine[Any, Any, None]],
    *,
    asked: tuple[tuple[str, str], ...] = (),
) -> list[str]:
    """What one check finds in what an ESME did to a carrier."""
    return of_what(behave, CHECKS[name], asked=asked) or []


def of_what(
    behave: Callable[[Carrier, Esme], Coroutine[Any, Any, None]],
    judge: Callable[[Seen], T],
    *,
    asked: tuple[tuple[str, str], ...] = (),
) -> T:
    """What is said of what an ESME did to a carrier, in virtual time."""
    loop = VirtualLoop(seed=1)
    clock = LoopClock(loop, START)
    journal = Journal(moment=clock.monotonic, at=clock.at)

    async def whole() -> T:
        async with Carrier(clock=clock, journal=journal) as carrier, await Esme.bound(carrier) as esme:
            await behave(carrier, esme)
            seen = Seen(
                carriers=[carrier],
                journal=journal,
                asked=asked,
                was_bound=["generic"],
                is_undisturbed=True,
                ended_at=clock.monotonic(),
            )
            return judge(seen)

    try:
        return loop.run(whole())
    finally:
        loop.shutdown()


def test_one_confirmation_may_follow_a_stop_and_nothing_else() -> None:
    async def good(carrier: Carrier, esme: Esme) -> None:
        await esme.submitted(source_addr=SHOP, destination_addr=ANA)
        await pass_time(10)
        carrier.handset(ANA).reply("Stop.")
        await esme.delivery()
        await esme.submitted(b"You have been unsubscribed", source_addr=SHOP, destination_addr=ANA)
        await pass_time(10)

    async def bad(carrier: Carrier, esme: Esme) -> None:
        await good(carrier, esme)
        await esme.submitted(b"Sale!", source_addr=SHOP, destination_addr=ANA)

    async def started(carrier: Carrier, esme: Esme) -> None:
        await good(carrier, esme)
        carrier.handset(ANA).reply("START")
        await esme.delivery()
        await pass_time(10)
        await esme.submitted(b"Sale!", source_addr=SHOP, destination_addr=ANA)

    assert checked("silent after STOP", good) == []
    (problem,) = checked("silent after STOP", bad)
    assert "'Sale!'" in problem
    assert problem.endswith("s after the STOP to its number")
    assert checked("silent after STOP", started) == []


def test_a_delivery_that_is_never_answered_is_found() -> None:
    async def good(carrier: Carrier, esme: Esme) -> None:
        carrier.handset(ANA).reply("Hello", SHOP)
        await esme.delivery()
        await pass_time(1)

    async def bad(carrier: Carrier, esme: Esme) -> None:
        carrier.handset(ANA).reply("Hello", SHOP)
        await pass_time(1)

    assert checked("answers", good) == []
    assert len(checked("answers", bad)) == 1


def test_who_hammers_at_a_carrier_that_refuses_binds_is_found() -> None:
    def knocks(pause_s: float) -> Callable[[Carrier, Esme], Coroutine[Any, Any, None]]:
        async def behave(carrier: Carrier, esme: Esme) -> None:
            carrier.faults.add("refuse_bind")
            for _ in range(25):
                async with await Esme.connect(carrier) as other:
                    await other.bind("trx", carrier.system_id, carrier.password)
                await pass_time(pause_s)

        return behave

    assert checked("backs off", knocks(1.0)) == []
    assert "21 refused binds within" in checked("backs off", knocks(0.1))[0]


def test_who_does_not_come_back_is_found() -> None:
    async def good(carrier: Carrier, esme: Esme) -> None:
        pass

    async def bad(carrier: Carrier, esme: Esme) -> None:
        await esme.unbind()
        await pass_time(1)

    assert checked("comes back", good) == []
    assert checked("comes back", bad) == ["generic: nobody is bound any more"]


def test_what_was_asked_and_never_came_or_came_twice_is_found() -> None:
    async def behave(carrier: Carrier, esme: Esme) -> None:
        for text in (b"one", b"two", b"two"):
            await esme.submitted(text, source_addr=SHOP, destination_addr=ANA)
            await pass_time(1)

    asked = ((ANA, "one"), (ANA, "two"), (ANA, "three"))

    assert checked("conserved", behave, asked=asked) == [f"'three' to {ANA} was never submitted"]
    assert checked("no duplicates", behave, asked=asked) == [f"'two' to {ANA} came 2 times"]


def test_who_does_not_slow_down_when_throttled_is_found() -> None:
    def sends(pause_s: float) -> Callable[[Carrier, Esme], Coroutine[Any, Any, None]]:
        async def behave(carrier: Carrier, esme: Esme) -> None:
            carrier.faults.add("throttle")
            for _ in range(50):
                await esme.submitted(source_addr=SHOP, destination_addr=ANA)
                await pass_time(pause_s)

        return behave

    assert checked("heeds throttling", sends(0.5)) == []
    (problem,) = checked("heeds throttling", sends(0.1))
    assert problem == (
        f"{SHOP} at generic does not slow down: 31 of its messages were answered ESME_RTHROTTLED within 3.0 s"
    )


def test_a_window_that_was_full_when_the_first_throttle_came_is_no_haste() -> None:
    async def behave(carrier: Carrier, esme: Esme) -> None:
        carrier.faults.add("throttle")
        for _ in range(100):
            await esme.submitted(source_addr=SHOP, destination_addr=ANA)

    assert checked("heeds throttling", behave) == []


def test_what_was_taken_at_last_need_not_come_again() -> None:
    async def behave(carrier: Carrier, esme: Esme) -> None:
        carrier.faults.add("throttle")
        await esme.submitted(b"one", source_addr=SHOP, destination_addr=ANA)
        carrier.faults.clear()
        await pass_time(10)
        await esme.submitted(b"one", source_addr=SHOP, destination_addr=ANA)
        await pass_time(61)

    assert checked("tries again", behave, asked=((ANA, "one"),)) == []


@pytest.mark.parametrize(
    ("waits_s", "tries", "is_found"), [(61, 1, True), (59, 1, False), (61, 2, True), (59, 2, False)]
)
def test_what_was_throttled_has_to_come_again(waits_s: float, tries: int, is_found: bool) -> None:
    async def behave(carrier: Carrier, esme: Esme) -> None:
        carrier.faults.add("throttle")
        for _ in range(tries):
            await esme.submitted(b"one", source_addr=SHOP, destination_addr=ANA)
        await pass_time(waits_s)

    at_try = " at try 2" if tries == 2 else ""
    found = [f"'one' to {ANA} was answered ESME_RTHROTTLED{at_try} and never came again"]
    assert checked("tries again", behave, asked=((ANA, "one"),)) == (found if is_found else [])


def test_nobody_has_to_write_to_who_said_stop() -> None:
    async def behave(carrier: Carrier, esme: Esme) -> None:
        await esme.submitted(b"one", source_addr=SHOP, destination_addr=ANA)
        await pass_time(10)
        carrier.handset(ANA).reply("STOP")
        await esme.delivery()

    assert checked("conserved", behave, asked=((ANA, "one"), (ANA, "two"))) == []
    assert checked("conserved", behave, asked=(("14155550102", "two"),)) != []


def test_a_pdu_that_breaks_the_rules_is_found() -> None:
    async def good(carrier: Carrier, esme: Esme) -> None:
        await esme.submitted(destination_addr="")  # refused, but well formed

    async def bad(carrier: Carrier, esme: Esme) -> None:
        esme.send(0x00000077)
        await esme.receive()

    assert checked("speaks SMPP", good) == []
    assert len(checked("speaks SMPP", bad)) == 1


async def _idle(carrier: Carrier, esme: Esme) -> None:
    await pass_time(1)


async def _submits_what_is_throttled(carrier: Carrier, esme: Esme) -> None:
    carrier.faults.add("throttle")
    await esme.submitted(b"one", source_addr=SHOP, destination_addr=ANA)


async def _submits(carrier: Carrier, esme: Esme) -> None:
    await esme.submitted(b"one", source_addr=SHOP, destination_addr=ANA)


async def _hears_stop(carrier: Carrier, esme: Esme) -> None:
    carrier.handset(ANA).reply("STOP", SHOP)
    await esme.delivery()


def test_what_nothing_put_to_the_test_is_said() -> None:
    of_what_was_asked = ("tries again", "conserved", "no duplicates")
    asked = ((ANA, "one"),)

    idle = of_what(_idle, judged)
    assert all(idle.checks.values())
    assert idle.untested == ("silent after STOP", "backs off", "heeds throttling", *of_what_was_asked)
    assert of_what(_hears_stop, judged).untested == ("backs off", "heeds throttling", *of_what_was_asked)
    assert of_what(_submits_what_is_throttled, judged, asked=asked).untested == ("silent after STOP", "backs off")


@pytest.mark.parametrize(
    ("behave", "is_so"),
    [(_idle, True), (_submits_what_is_throttled, True), (_submits, False), (_hears_stop, False)],
    ids=["never came", "was throttled", "was taken", "is not wanted any more"],
)
def test_what_has_still_to_come_is_owed(
    behave: Callable[[Carrier, Esme], Coroutine[Any, Any, None]], is_so: bool
) -> None:
    assert of_what(behave, is_owed, asked=((ANA, "one"),)) is is_so


def test_of_many_failures_alike_a_few_are_shown_and_the_rest_counted() -> None:
    judgement = of_what(_idle, judged, asked=tuple((ANA, f"Message {n}.") for n in range(100)))

    assert len(judgement.failures) == 6
    assert str(judgement.failures[-1]) == "conserved: and 95 more like these"


# The whole, with a foreign client


class Endpoint:
    """Where a carrier of a ready file listens."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.host: str = facts["host"]
        self.port: int = facts["port"]


def test_smpplib_holds_in_real_time(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    ready_file = tmp_path / "ready.json"
    arguments = ("small.yaml", "--against", "smpp", "--port", "0", "--json", "--ready-file", ready_file)
    with subprocess.Popen(
        command("chaos", "run", *arguments),
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_until(lambda: ready_file.exists() or process.poll() is not None, lambda: "no ready file")
        (carrier,) = json.loads(ready_file.read_text(encoding="utf-8"))["carriers"]
        with (
            pytest.raises(smpplib.exceptions.PDUError),
            SmppClient(Endpoint(carrier), system_id="generic", password="secret"),
        ):
            pass
        carrier["port"] = carrier["ports"][1]
        with SmppClient(Endpoint(carrier), system_id=carrier["system_id"], password=carrier["password"]) as client:
            client.send(ANA, "Message 1.", source=SHOP)
            delivered = [client.receive(), client.receive()]  # the receipt, and what Ana says
            with pytest.raises(smpplib.exceptions.ConnectionError):
                client.receive()  # the carriers unbind in the end
        output, errors = process.communicate(timeout=DEADLINE_S)
    result = json.loads(output)

    assert (process.returncode, result["ok"], result["against"]) == (0, True, "smpp"), output + errors
    assert set(result["invariants"]) == set(CHECKS)
    assert result["counts"]["submitted"] == 1
    assert result["counts"]["from_phones"] == 1
    assert "webhooks" in result["left_out"]
    assert any(each.short_message == b"Thanks" for each in delivered)
    hosts = " or ".join(f"127.0.0.1:{port}" for port in carrier["ports"])
    assert f"bind your gateway to:\n  generic    {hosts} as esme / secret" in errors
    assert "generic#1 may not bind as 'generic': ESME_RINVSYSID (there is no such account)" in errors


def test_a_run_in_which_nothing_was_sent_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    ready_file = tmp_path / "ready.json"
    arguments = ("small.yaml", "--against", "smpp", "--port", "0", "--json", "--ready-file", ready_file)
    asking = ("--send-command", f"{sys.executable} -c 'raise SystemExit(3)' {{to}} {{text_in_url}}")
    with subprocess.Popen(
        command("chaos", "run", *arguments, *asking),
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_until(lambda: ready_file.exists() or process.poll() is not None, lambda: "no ready file")
        (carrier,) = json.loads(ready_file.read_text(encoding="utf-8"))["carriers"]
        with SmppClient(Endpoint(carrier), system_id=carrier["system_id"], password=carrier["password"]):
            output, errors = process.communicate(timeout=DEADLINE_S)
    result = json.loads(output)

    assert process.returncode == 1, output + errors
    assert (result["counts"]["asked"], result["counts"]["not_taken"]) == (0, 3)
    assert result["why_not_taken"].endswith("ended with exit code 3")
    (failure,) = [each for each in result["failures"] if each["check"] == "asked"]
    assert failure["what"].startswith("none of 3 messages was taken; the first: ")
    assert re.search(rf"{ANA} Message%20\d\. ended with exit code 3$", failure["what"])  # they are sent side by side


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--send-command", "x {to}"], "--send-command, --send-url and --ready-file are for --against smpp"),
        (["--against", "smpp"], "--against takes one scenario at a time"),
        (["--against", "http"], "'http' is not 'smpp'"),
    ],
)
def test_a_call_that_can_not_be_meant_is_refused(arguments: list[str], problem: str) -> None:
    done = CliRunner().invoke(chaos, ["run", *arguments])

    assert done.exit_code == 4
    assert problem in done.output


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = refused("chaos", "run", "small.yaml", "--against", "smpp", "--port", port, cwd=tmp_path)

    assert done.returncode == 4
    assert "give another port" in done.stderr


# The whole, with our own gateway as the foreign one


def test_our_own_gateway_holds_in_real_time(tmp_path: Path) -> None:
    script = """
import asyncio, json, random, sys
from pathlib import Path

from powerpack_gateway.gateway import Gateway
from powerpack_gateway.holdings import Account, Provision
from powerpack_gateway.http.app import api_app
from powerpack_gateway.settings import Settings
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.clock import real_clock
from powerpack_lab.config import DEFAULT_NUMBERS
from powerpack_lab.client import Client
from powerpack_lab.journal import Journal
from powerpack_lab.serving import serve_as
from powerpack_gateway.numbers import Service


async def main(port: int) -> None:
    clock = real_clock(asyncio.get_running_loop())
    numbers = [each for each in DEFAULT_NUMBERS if not each.for_sale]
    gateway = Gateway(
        Settings(),
        store=SqliteStore(None, secret=b"0" * 32),
        routes=[RouteSettings(name="generic", hosts=(("127.0.0.1", port),), system_id="esme", password="secret")],
        carrier_of=lambda number: "generic",
        clock=clock,
        journal=Journal(moment=clock.monotonic, at=clock.at),
        rng=random.Random(1),
        provision=Provision(
            account=Account(auth_id="MA000000000000000000", auth_token="t" * 40),
            numbers=[each.phone_number() for each in numbers],
            for_sale=[],
            powerpack_name="sandbox",
            pool=[(each.number, Service(each.pool_service)) for each in numbers],
        ),
    )
    await gateway.start()
    api = await serve_as("the API", api_app(gateway), "127.0.0.1", 0)
    client = Client(f"{api.url}/v1/Account", "MA000000000000000000", "t" * 40)
    (powerpack,) = gateway.holdings.powerpacks
    for n in range(3):
        values = {"powerpack_uuid": powerpack.uuid, "dst": sys.argv[2], "text": f"Message {n}."}
        answer = await asyncio.to_thread(client.post, "Message/", values)
        assert answer.status == 202, answer
    await asyncio.sleep(3600)


asyncio.run(main(int(sys.argv[1])))
"""
    (tmp_path / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "gateway.py").write_text(script, encoding="utf-8")
    ready_file = tmp_path / "ready.json"
    arguments = ("small.yaml", "--against", "smpp", "--port", "0", "--json", "--ready-file", ready_file)
    with subprocess.Popen(
        command("chaos", "run", *arguments), env=environment(), cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        wait_until(lambda: ready_file.exists() or process.poll() is not None, lambda: "no ready file")
        (carrier,) = json.loads(ready_file.read_text(encoding="utf-8"))["carriers"]
        with subprocess.Popen(
            [sys.executable, "gateway.py", str(carrier["port"]), ANA], env=environment(), cwd=tmp_path
        ) as gateway:
            output, _ = process.communicate(timeout=2 * DEADLINE_S)
            gateway.kill()
    result = json.loads(output)

    assert (process.returncode, result["ok"]) == (0, True), output
    assert result["counts"]["submitted"] >= 3
    assert result["counts"]["from_phones"] >= 1
