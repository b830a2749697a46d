"""A small ESME on asyncio for tests against a listening carrier: octets through the carriers' own codec."""

import asyncio
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

from powerpack_carriers.carrier import Carrier
from powerpack_carriers.smpp.buffer import PduBuffer
from powerpack_carriers.smpp.codec import encode
from powerpack_carriers.smpp.constants import RESPONSE_BIT, CommandId
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv

PATIENCE_S = 10.0
"""A test that waits longer has failed."""

BINDS = {"trx": CommandId.bind_transceiver, "rx": CommandId.bind_receiver, "tx": CommandId.bind_transmitter}


class Esme:
    """One connection; requests are numbered from 1 on. Nothing is answered unless the test says so."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._buffer = PduBuffer()
        self._pdus: deque[Pdu] = deque()
        self._sequence_number = 0

    @classmethod
    async def connect(cls, carrier: Carrier) -> Self:
        """Connected, not bound."""
        return cls(*await asyncio.open_connection(carrier.host, carrier.port))

    @classmethod
    async def bound(cls, carrier: Carrier, kind: str = "trx", *, account: int = 0) -> Self:
        """Bound as one of the carrier's accounts."""
        esme = await cls.connect(carrier)
        found = carrier.accounts[account]
        response = await esme.bind(kind, found.system_id, found.password)
        assert response.command_status == 0, response
        return esme

    async def bind(self, kind: str, system_id: str, password: str) -> Pdu:
        """The response to a bind."""
        return await self.request(BINDS[kind], system_id=system_id, password=password, interface_version=0x34)

    def send(self, command_id: int, *, tlvs: tuple[Tlv, ...] = (), **fields: FieldValue) -> int:
        """Send a request; its sequence number."""
        self._sequence_number += 1
        pdu = Pdu(command_id=command_id, sequence_number=self._sequence_number, fields=fields, tlvs=tlvs)
        self._writer.write(encode(pdu))
        return self._sequence_number

    def send_raw(self, octets: bytes) -> None:
        """Send octets as they are."""
        self._writer.write(octets)

    def submit(self, text: bytes = b"Hello", *, tlvs: tuple[Tlv, ...] = (), **fields: FieldValue) -> int:
        """Send a submit_sm; its sequence number."""
        given: dict[str, FieldValue] = {
            "source_addr": "12065550100",
            "destination_addr": "14155550123",
            "short_message": text,
            **fields,
        }
        for stem in ("source_addr", "dest_addr"):
            given.setdefault(f"{stem}_ton", 1)
            given.setdefault(f"{stem}_npi", 1)
        return self.send(CommandId.submit_sm, tlvs=tlvs, **given)

    async def request(self, command_id: int, *, tlvs: tuple[Tlv, ...] = (), **fields: FieldValue) -> Pdu:
        """Send a request and wait for its response; it must be the next PDU that comes."""
        sequence_number = self.send(command_id, tlvs=tlvs, **fields)
        response = await self.receive()
        assert (response.command_id, response.sequence_number) == (command_id | RESPONSE_BIT, sequence_number)
        return response

    async def submitted(self, text: bytes = b"Hello", *, tlvs: tuple[Tlv, ...] = (), **fields: FieldValue) -> Pdu:
        """Send a submit_sm and wait for its response."""
        sequence_number = self.submit(text, tlvs=tlvs, **fields)
        response = await self.receive()
        assert (response.command_id, response.sequence_number) == (CommandId.submit_sm_resp, sequence_number)
        return response

    async def receive(self) -> Pdu:
        """The next PDU from the carrier; ConnectionError at the end."""
        while not self._pdus:
            async with asyncio.timeout(PATIENCE_S):
                data = await self._reader.read(65_536)
            if not data:
                raise ConnectionError("the carrier closed the connection")
            self._pdus += [raw.decode() for raw in self._buffer.feed(data)]
        return self._pdus.popleft()

    async def delivery(self, status: int = 0) -> Pdu:
        """The next PDU, which must be a deliver_sm, answered with ``status``."""
        pdu = await self.receive()
        assert pdu.command_id == CommandId.deliver_sm, pdu
        self.answer(pdu, status)
        return pdu

    def answer(self, request: Pdu, status: int = 0) -> None:
        """Answer a request of the carrier's."""
        response = request.command_id | RESPONSE_BIT
        self._writer.write(
            encode(Pdu(command_id=response, command_status=status, sequence_number=request.sequence_number))
        )

    async def unbind(self) -> None:
        """Leave politely."""
        await self.request(CommandId.unbind)
        await self.close()

    async def close(self) -> None:
        """Drop the connection."""
        self._writer.close()
        # The carrier may have had something to say to us that we did not read.
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
