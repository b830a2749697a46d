"""smpplib's blocking client, unmodified, against every carrier of a lab: binds, sends, gets receipt and reply."""

from collections.abc import Iterator
from typing import Any

import pytest
import smpplib.client
import smpplib.consts
import smpplib.exceptions

from powerpack_lab.config import GUEST_SYSTEM_ID
from powerpack_lab.lab import Lab

ANA = "14155550101"

SOURCE = "12065550199"
"""A number that is nobody's in the lab."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One lab on real sockets for all carriers."""
    with Lab(seed=2) as lab:
        yield lab


class Esme:
    """The client, and what it was handed."""

    def __init__(self, host: str, port: int, password: str = "secret") -> None:
        self.client = smpplib.client.Client(host, port, timeout=60, allow_unknown_opt_params=True)
        self.answers: list[Any] = []
        self.delivered: list[Any] = []
        self.client.set_message_sent_handler(self._answer)
        self.client.set_message_received_handler(self._deliver)
        self.client.connect()
        try:
            self.client.bind_transceiver(system_id=GUEST_SYSTEM_ID, password=password)
        except smpplib.exceptions.PDUError:
            self.client.disconnect()
            raise

    def _answer(self, pdu: Any, **_: object) -> None:
        self.answers.append(pdu)

    def _deliver(self, pdu: Any, **_: object) -> int:
        self.delivered.append(pdu)
        return int(smpplib.consts.SMPP_ESME_ROK)

    def submit(self, text: bytes) -> Any:
        """Send, and return the submit_sm_resp."""
        self.client.send_message(
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=SOURCE,
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=ANA,
            short_message=text,
            registered_delivery=True,
        )
        self.client.read_once()
        return self.answers[-1]

    def close(self) -> None:
        """Unbind and hang up."""
        self.client.unbind()
        self.client.disconnect()


@pytest.mark.parametrize("name", ["att", "tmobile", "verizon", "rogers", "bell", "generic"])
def test_it_binds_sends_and_hears_of_delivery_and_reply(lab: Lab, name: str) -> None:
    carrier = lab.carrier(name)
    esme = Esme(carrier.host, carrier.port)
    try:
        answer = esme.submit(f"Hello from {name}".encode())
        phone = lab.handset(ANA)
        phone.expect(f"Hello from {name}")
        lab.advance(5)
        esme.client.read_once()
        phone.reply("Hello back", to=SOURCE)
        esme.client.read_once()
    finally:
        esme.close()

    receipt, reply = esme.delivered
    assert answer.status == 0
    assert receipt.receipted_message_id == answer.message_id
    assert receipt.message_state == smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED
    assert b"stat:DELIVRD" in receipt.short_message
    assert (reply.source_addr, reply.destination_addr) == (ANA.encode(), SOURCE.encode())
    assert reply.short_message == b"Hello back"


def test_a_wrong_password_is_refused(lab: Lab) -> None:
    carrier = lab.carrier("att")

    with pytest.raises(smpplib.exceptions.PDUError) as refused:
        Esme(carrier.host, carrier.port, password="wrong")
    assert refused.value.args[1] in (smpplib.consts.SMPP_ESME_RINVPASWD, smpplib.consts.SMPP_ESME_RBINDFAIL)
