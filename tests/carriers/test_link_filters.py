"""What stands between the sessions and the wire, over real loopback sockets."""

from collections.abc import Callable

import pytest

from carriers.smsc_setting import run, running, submit
from powerpack_carriers.smpp.codec import decode, encode_raw
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smsc import SmscLink


class Fault:
    """What a fault may do: give it a function over the PDUs that leave."""

    def __init__(self, change: Callable[[SmscLink, list[bytes]], list[bytes]]) -> None:
        self._change = change

    def incoming(self, link: SmscLink, data: bytes) -> bytes:
        return data.replace(b"hi", b"HI")

    def outgoing(self, link: SmscLink, pdus: list[bytes]) -> list[bytes]:
        return self._change(link, pdus)


def without_submit_responses(pdus: list[bytes]) -> list[bytes]:
    return [pdu for pdu in pdus if decode(pdu).command_id != CommandId.submit_sm_resp]


def delayed(link: SmscLink, pdus: list[bytes], delay_s: float = 0.001) -> list[bytes]:
    for pdu in pdus:
        if decode(pdu).command_id == CommandId.submit_sm_resp:
            link.send_raw_later(delay_s, pdu)
    return without_submit_responses(pdus)


FAULTS: dict[str, tuple[Callable[[SmscLink, list[bytes]], list[bytes]], list[str]]] = {
    "drop": (lambda link, pdus: without_submit_responses(pdus), ["enquire_link_resp"]),
    "duplicate": (
        lambda link, pdus: [p for pdu in pdus for p in (pdu, pdu)],
        ["submit_sm_resp"] * 2 + ["enquire_link_resp"] * 2,
    ),
    "delay": (delayed, ["enquire_link_resp", "submit_sm_resp"]),
}


@pytest.mark.parametrize(("change", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_filter_may_change_what_leaves(
    change: Callable[[SmscLink, list[bytes]], list[bytes]], expected: list[str]
) -> None:
    async def scenario() -> None:
        async with running() as lab:
            client = await lab.connect()
            await client.bind()
            lab.smsc.filters.append(Fault(change))

            client.send(submit(2), encode_raw(CommandId.enquire_link, 0, 3))

            assert [(await client.read()).name for _ in expected] == expected
            assert lab.application.batches[0][0].submit_sm().short_message == b"HI"

    run(scenario)


def test_a_late_answer_is_dropped_when_the_link_is_gone() -> None:
    async def scenario() -> None:
        async with running(filters=(Fault(lambda link, pdus: delayed(link, pdus, 3600.0)),)) as lab:
            client = await lab.connect()
            await client.bind()
            client.send(submit(2), encode_raw(CommandId.unbind, 0, 3))

            await client.closed

            assert lab.journal.pdus()[-1] == "> unbind_resp"
            assert "> submit_sm_resp" not in lab.journal.pdus()

    run(scenario)
