"""aiosmpplib, unmodified, against a carrier: another implementation, asyncio, reassembly and all."""

import asyncio

import pytest
from aiosmpplib import ESME, AbstractHook, DeliverSm, PhoneNumber, SmppMessage, SubmitSm, SubmitSmResp

from powerpack_carriers import Carrier

ANA = "14155550101"


class Hook(AbstractHook):  # type: ignore[misc] # the library has no types
    """Keeps what comes; each arrival can be waited for."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[SubmitSmResp] = asyncio.Queue()
        self.delivered: asyncio.Queue[DeliverSm] = asyncio.Queue()
        self.errors: list[Exception] = []

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        """Nothing to do."""

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        """Sort what came."""
        if isinstance(smpp_message, SubmitSmResp):
            self.answers.put_nowait(smpp_message)
        elif isinstance(smpp_message, DeliverSm):
            self.delivered.put_nowait(smpp_message)

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        """Remember it."""
        self.errors.append(error)


# The library leaves its StreamWriter to the garbage collector when it is stopped.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")


async def _talk(text: str, reply: str, **how: object) -> tuple[list[str], DeliverSm, DeliverSm, Hook]:
    hook = Hook()
    async with Carrier("generic", name="generic") as carrier:
        esme = ESME(smsc_host=carrier.host, smsc_port=carrier.port, system_id="generic", password="secret", hook=hook)
        running = asyncio.create_task(esme.start())
        message = SubmitSm(
            short_message=text,
            source=PhoneNumber("12065550199"),
            destination=PhoneNumber(ANA),
            log_id="1",
            registered_delivery=1,
            **how,
        )
        await esme.broker.enqueue(message)
        receipt = await hook.delivered.get()
        carrier.handset(ANA).reply(reply)
        answer = await hook.delivered.get()
        texts = [each.text for each in carrier.handset(ANA).inbox]
        await esme.stop()
        await running
        return texts, receipt, answer, hook


def test_it_sends_and_hears_of_delivery_and_reply() -> None:
    texts, receipt, reply, hook = asyncio.run(_talk("Hello", "Hello back"))

    assert texts == ["Hello"]
    assert receipt.is_receipt()
    assert not reply.is_receipt()
    assert reply.short_message == "Hello back"
    assert hook.errors == []


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"auto_message_payload": False, "esm_class": 0b01000000}, id="user-data-header"),
        # Its third way, sar_* TLVs, sends nothing at all in 0.7.4.
        pytest.param({"auto_message_payload": True}, id="message-payload"),
    ],
)
def test_long_texts_arrive_whole_in_both_directions(how: dict[str, object]) -> None:
    text, answer = "From here to there. " * 20, "And back again. " * 20
    texts, _, reply, _ = asyncio.run(_talk(text, answer, **how))

    assert texts == [text]
    assert reply.short_message == answer
