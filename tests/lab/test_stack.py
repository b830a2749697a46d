"""The stack opens everything in order, and closes everything whatever happens on the way."""

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from carriers.esme import Esme
from contract_support import Api
from powerpack_carriers import Carrier
from powerpack_carriers.access import AccountForm, ListenerForm
from powerpack_gateway.gateway import Gateway
from powerpack_lab.clock import LoopClock
from powerpack_lab.config import DEFAULT_NUMBERS, GATEWAY_SYSTEM_ID, GUEST_SYSTEM_ID, CarrierConfig, LabConfig
from powerpack_lab.journal import Journal
from powerpack_lab.lab import VIRTUAL_EPOCH, Lab
from powerpack_lab.sandbox import facts_of
from powerpack_lab.stack import Ports, Stack
from powerpack_lab.steered import SteeredThread
from powerpack_lab.virtual import VirtualLoop

CONFIG = LabConfig(carriers=(CarrierConfig(name="acme"), CarrierConfig(name="bell", profile="bell")))


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    """A loop in virtual time."""
    loop = VirtualLoop(seed=1)
    yield loop
    loop.shutdown()


def a_stack(loop: Any, **more: Any) -> Stack:
    clock = LoopClock(loop, VIRTUAL_EPOCH)
    journal = Journal(moment=clock.monotonic, at=clock.at)
    return Stack(**{"config": CONFIG, "clock": clock, "journal": journal, "seed": 1, **more})


def test_the_gateway_is_bound_to_every_carrier_when_it_has_started(loop: VirtualLoop) -> None:
    stack = a_stack(loop)
    loop.run(stack.start())

    bound = [event.fields["system_id"] for event in stack.journal.events(kind="carrier.bound")]
    loop.run(stack.stop())

    assert list(stack.carriers) == ["acme", "bell"]
    assert bound == [GATEWAY_SYSTEM_ID] * 2
    assert GUEST_SYSTEM_ID not in bound


def test_a_carrier_has_the_accounts_and_ports_of_its_configuration(loop: VirtualLoop) -> None:
    carrier = CarrierConfig(
        name="acme",
        accounts=(AccountForm(system_id="mine", password="pwd", sources=("12065550199",)),),
        listeners=(ListenerForm(), ListenerForm()),
    )
    stack = a_stack(loop, config=LabConfig(carriers=(carrier,)))

    async def bind_at_the_last_port() -> int:
        port = stack.carriers["acme"].listeners[-1].port
        async with Esme(*await asyncio.open_connection("127.0.0.1", port)) as esme:
            return (await esme.bind("trx", "mine", "pwd")).command_status

    loop.run(stack.start())
    status = loop.run(bind_at_the_last_port())
    (facts,) = json.loads(json.dumps(facts_of(stack)["carriers"]))
    loop.run(stack.stop())

    assert status == 0
    assert [each["port"] for each in facts["ports"]] == [each.port for each in stack.carriers["acme"].listeners]
    assert facts["accounts"] == [
        {"system_id": "esme", "password": "secret"},
        {"system_id": "mine", "password": "pwd"},
    ]


def test_ids_and_tokens_follow_from_a_seed_and_from_nothing_else(loop: VirtualLoop) -> None:
    stacks = [a_stack(loop, is_seeded=is_seeded) for is_seeded in (True, True, False, False)]
    tokens = []
    for stack in stacks:
        loop.run(stack.start())
        subaccount = loop.run(stack.gateway.holdings.create_subaccount("x", enabled=True))
        tokens.append((stack.gateway.account.auth_token, subaccount.auth_token, stack.gateway.new_uuid()))
        loop.run(stack.stop())

    assert tokens[0] == tokens[1]
    assert len({*tokens[0], *tokens[2], *tokens[3]}) == 9


def test_the_powerpack_is_found_under_another_name_until_it_is_deleted() -> None:
    with Lab(clock="virtual") as lab:
        api, uuid = Api(lab), lab.powerpack_uuid
        api.post(f"Powerpack/{uuid}/", {"name": "sales"})
        renamed = lab.powerpack_uuid
        api.request("DELETE", f"Powerpack/{uuid}/")
        deleted = lab.powerpack_uuid

    assert len(uuid) == 36
    assert (renamed, deleted) == (uuid, "")


def test_the_pool_holds_what_the_configuration_puts_there() -> None:
    numbers = tuple(each for each in DEFAULT_NUMBERS if each.number in ("14155550181", "72345", "14155550190"))
    with Lab(clock="virtual", config=LabConfig(carriers=CONFIG.carriers, numbers=numbers)) as lab:
        api = Api(lab)
        pool = api.get(f"Powerpack/{lab.powerpack_uuid}/").body["number_pool"].split("/")[-2]
        pooled = api.get(f"NumberPool/{pool}/Number/").body["objects"]
        short = api.get(f"NumberPool/{pool}/Shortcode/").body["objects"]
        offered = api.get("PhoneNumber/?country_iso=US&type=local").body["objects"]

    assert [each["number"] for each in pooled] == ["14155550181"]
    assert [each["shortcode"] for each in short] == ["72345"]
    assert [each["number"] for each in offered] == ["14155550190"]


@pytest.mark.parametrize(
    ("which", "what"), [("api", "the API"), ("control", "the control API"), ("webhooks", "the receiver of webhooks")]
)
def test_a_port_in_use_is_named_and_everything_is_closed_again(which: str, what: str) -> None:
    thread = SteeredThread()
    thread.start()
    try:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            stack = a_stack(thread.loop, clock=thread.clock, ports=Ports(**{which: port}))

            with pytest.raises(OSError, match=f"{what} can not listen on 127.0.0.1:{port}: Address already in use"):
                thread.call(stack.start(), 10.0)

        for carrier in stack.carriers.values():
            assert repr(carrier).startswith("<Carrier")
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=5)
    finally:
        thread.stop()


def test_a_part_that_fails_to_stop_keeps_no_other_from_stopping(
    loop: VirtualLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = a_stack(loop)
    loop.run(stack.start())
    stopped: list[str] = []
    stop_gateway, stop_carrier = Gateway.stop, Carrier.stop

    async def breaks(gateway: Gateway, drain_s: float) -> None:
        await stop_gateway(gateway, drain_s)
        raise RuntimeError("the gateway broke")

    async def noted(carrier: Carrier) -> None:
        stopped.append(carrier.name)
        await stop_carrier(carrier)

    monkeypatch.setattr(Gateway, "stop", breaks)
    monkeypatch.setattr(Carrier, "stop", noted)

    with pytest.raises(RuntimeError, match="the gateway broke"):
        loop.run(stack.stop())

    assert stopped == ["acme", "bell"]


def test_a_gateway_that_can_not_bind_names_the_carriers(loop: VirtualLoop) -> None:
    stack = a_stack(loop)
    loop.run(stack.start())

    async def without_bell() -> None:
        await stack.carriers["bell"].stop()
        await stack.bound(within_s=1.0)

    with pytest.raises(TimeoutError, match=r"the gateway did not bind to bell within 1\.0 s"):
        loop.run(without_bell())

    loop.run(stack.stop())
