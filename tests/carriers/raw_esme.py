"""An ESME that looks at octets as they are, for what a carrier sends that is no SMPP."""

import asyncio
from collections.abc import Awaitable, Callable

from carriers.builders import HANDSET, SOURCE
from carriers.virtual_carrier import World, pass_time, virtually
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.smpp.buffer import split_pdus
from powerpack_carriers.smpp.codec import decode, encode
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu


class RawEsme:
    """A connection whose octets are looked at as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._sequence_number = 0

    def send(self, command_id: int, **fields: FieldValue) -> int:
        """Send a request; its sequence number."""
        self._sequence_number += 1
        self._writer.write(encode(Pdu(command_id=command_id, sequence_number=self._sequence_number, fields=fields)))
        return self._sequence_number

    def submit(self, **fields: FieldValue) -> int:
        """Send a submit_sm; its sequence number."""
        return self.send(
            CommandId.submit_sm,
            **{"source_addr": SOURCE, "destination_addr": HANDSET, "short_message": b"Hello", **fields},
        )

    def write(self, octets: bytes) -> None:
        """Send octets, whatever they are."""
        self._writer.write(octets)

    def answer(self, delivery: Pdu) -> None:
        """Acknowledge a deliver_sm."""
        answer = Pdu(command_id=CommandId.deliver_sm_resp, sequence_number=delivery.sequence_number)
        self._writer.write(encode(answer))

    async def octets(self, seconds: float = 1.0) -> bytes:
        """All that comes within so many seconds."""
        await pass_time(seconds)
        try:
            return await asyncio.wait_for(self._reader.read(1_000_000), 0.001)
        except TimeoutError:
            return b""

    async def all_octets(self) -> bytes:
        """All that comes until the end."""
        return await self._reader.read()

    async def pdus(self, seconds: float = 1.0) -> list[Pdu]:
        """The same as PDUs."""
        return [decode(each) for each in split_pdus(await self.octets(seconds))]

    def close(self) -> None:
        """End it."""
        self._writer.close()


Scenario = Callable[[World, Carrier, RawEsme], Awaitable[None]]


def bound(scenario: Scenario, *, before: Callable[[Carrier], None] = lambda carrier: None) -> None:
    """Run a scenario with a carrier and an ESME that is bound to it."""

    async def whole(world: World) -> None:
        async with world.carrier() as carrier:
            esme = RawEsme(*await asyncio.open_connection(carrier.host, carrier.port))
            before(carrier)
            who: dict[str, FieldValue] = {"system_id": carrier.system_id, "password": carrier.password}
            esme.send(CommandId.bind_transceiver, **who, interface_version=0x34)
            if not len(carrier.faults):
                assert (await esme.pdus())[0].command_status == 0
            await scenario(world, carrier, esme)
            carrier.faults.clear()
            esme.close()
            await pass_time(1)

    virtually(whole)
