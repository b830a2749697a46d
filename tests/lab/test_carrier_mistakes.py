"""docs/carrier.md tells what `powerpack-lab carrier` says of mistakes: they are made here, each line is compared."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from carriers.esme import Esme
from carriers.virtual_carrier import World, pass_time, virtually
from powerpack_carriers import Carrier
from powerpack_carriers.smpp.codec import encode
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_lab.journal import Journal
from powerpack_lab.overheard import Overheard

PAGE = (Path(__file__).parents[2] / "docs" / "carrier.md").read_text("utf-8")

Mistake = Callable[[Esme, Carrier], Awaitable[object]]


async def bound(esme: Esme, carrier: Carrier, kind: str = "trx") -> None:
    await esme.bind(kind, carrier.system_id, carrier.password)


async def a_wrong_password(esme: Esme, carrier: Carrier) -> None:
    await esme.bind("trx", carrier.system_id, "geheim")


async def a_system_id_of_its_own(esme: Esme, carrier: Carrier) -> None:
    await esme.bind("trx", "smppclient1", carrier.password)


async def no_bind(esme: Esme, carrier: Carrier) -> None:
    await esme.submitted()


async def a_receiver_that_sends(esme: Esme, carrier: Carrier) -> None:
    await bound(esme, carrier, "rx")
    await esme.submitted()


async def a_name_as_sender(esme: Esme, carrier: Carrier) -> None:
    await bound(esme, carrier)
    await esme.submitted(source_addr="ACME", source_addr_ton=5, source_addr_npi=0)


async def a_name_as_destination(esme: Esme, carrier: Carrier) -> None:
    await bound(esme, carrier)
    await esme.submitted(destination_addr="ACME")


async def an_unknown_type_of_number(esme: Esme, carrier: Carrier) -> None:
    await bound(esme, carrier)
    await esme.submitted(dest_addr_ton=7)


async def a_header_that_is_none(esme: Esme, carrier: Carrier) -> None:
    await bound(esme, carrier)
    await esme.submitted(esm_class=0x40)


async def too_fast(esme: Esme, carrier: Carrier) -> None:
    await bound(esme, carrier)
    for _ in range(3):
        await esme.submitted()


async def half_a_pdu(esme: Esme, carrier: Carrier) -> None:
    await bound(esme, carrier)
    pdu = encode(Pdu(command_id=CommandId.enquire_link, sequence_number=9, fields={}, tlvs=()))
    esme.send_raw(pdu[:10])
    await esme.close()


async def http(esme: Esme, carrier: Carrier) -> None:
    esme.send_raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")


async def silence_before_the_bind(esme: Esme, carrier: Carrier) -> None:
    await pass_time(11)


MISTAKES: dict[str, Mistake] = {
    "another password": a_wrong_password,
    "a `system_id` of its own": a_system_id_of_its_own,
    "a submit before the bind": no_bind,
    "a submit on a receiver": a_receiver_that_sends,
    "a name as sender": a_name_as_sender,
    "a name as destination": a_name_as_destination,
    "a type of number that there is not": an_unknown_type_of_number,
    "`esm_class` 0x40 without a header": a_header_that_is_none,
    "three texts at once from a long code": too_fast,
    "half a PDU": half_a_pdu,
    "HTTP": http,
    "no bind": silence_before_the_bind,
}


def test_the_page_has_these_mistakes() -> None:
    rows = re.findall(r"^\| (.+?) \| `tmobile#1", PAGE, re.MULTILINE)

    assert rows == list(MISTAKES)


@pytest.mark.parametrize("name", MISTAKES)
def test_it_says_what_the_page_says(name: str) -> None:
    lines: list[str] = []

    async def scenario(world: World) -> None:
        journal = Overheard(Journal(moment=world.clock.monotonic, at=world.clock.at), lines.append)
        async with (
            Carrier("tmobile", clock=world.clock, journal=journal) as carrier,
            await Esme.connect(carrier) as esme,
        ):
            await MISTAKES[name](esme, carrier)
            await pass_time(1)

    virtually(scenario)

    assert [f"| {name} | `{line}` |" for line in lines] == [
        line for line in PAGE.splitlines() if line.startswith(f"| {name} | `tmobile#1")
    ]
