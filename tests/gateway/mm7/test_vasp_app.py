"""What MMSCs post: a handset's message that comes again while the first is not on disk yet."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from powerpack_gateway.errors import StoreError
from powerpack_gateway.mm7.mime import Part
from powerpack_gateway.mm7.route import basic
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_gateway.mm7.vasp_app import PATH, VaspApp
from powerpack_gateway.receipts import Receipt
from powerpack_lab.virtual import VirtualLoop
from real_loop import NoJournal

SETTINGS = Mm7Settings(name="att", url="http://mmsc/", vaspid="us", password="p", inbound_password="secret")
DELIVER = b"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<DeliverReq xmlns="http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4">
<LinkedID>%b</LinkedID><Sender><Number>14155550123</Number></Sender>
<Recipients><To><Number>14155550180</Number></To></Recipients></DeliverReq></e:Body></e:Envelope>"""


class SlowReceiver:
    """Takes two seconds to keep a message; the first ``fails`` of them it can not keep."""

    def __init__(self, *, fails: int = 0) -> None:
        self.fails = fails
        self.kept: list[str] = []
        self.said: list[tuple[str, list[str]]] = []

    async def mms_reported(self, carrier: str, receipt: Receipt) -> None:
        raise NotImplementedError

    async def mms_received(
        self, carrier: str, *, source: str, destination: str, text: str, media: Sequence[Part]
    ) -> bool:
        await asyncio.sleep(2.0)
        if self.fails:
            self.fails -= 1
            raise StoreError("the disk is full")
        self.kept.append(destination)
        self.said.append((text, [part.content_type for part in media]))
        return True


async def post(
    app: VaspApp,
    linked_id: bytes,
    *,
    password: str = "secret",
    body: bytes | None = None,
    content_type: bytes = b"text/xml",
) -> str:
    """What the MMSC hears: the StatusCode, or the HTTP status where there is none."""
    sent: list[Any] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body or DELIVER % linked_id, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", basic("att", password).encode()), (b"content-type", content_type)]
    await app({"type": "http", "method": "POST", "path": f"{PATH}att", "headers": headers}, receive, send)
    answer: bytes = sent[1]["body"]
    return answer.partition(b"<StatusCode>")[2][:4].decode() or str(sent[0]["status"])


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.shutdown()


@pytest.mark.parametrize("smil", [b"application/smil", b"application/smil+xml"])
def test_texts_are_joined_and_how_they_are_arranged_is_no_attachment(loop: VirtualLoop, smil: bytes) -> None:
    parts = [
        b"Content-Type: text/xml\r\n\r\n" + DELIVER % b"x",
        b"Content-Type: %b\r\n\r\n<smil/>" % smil,
        b"Content-Type: text/plain; charset=utf-8\r\n\r\none",
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8",
        b"Content-Type: text/plain\r\n\r\ntwo",
    ]
    body = b"".join(b"--b\r\n%b\r\n" % each for each in parts) + b"--b--"
    receiver = SlowReceiver()
    app = VaspApp(receiver, {"att": SETTINGS}, NoJournal())

    assert loop.run(post(app, b"", body=body, content_type=b"multipart/related; boundary=b")) == "1000"
    assert receiver.said == [("one\ntwo", ["image/jpeg"])]


def test_where_no_password_is_set_nobody_may_post(loop: VirtualLoop) -> None:
    receiver = SlowReceiver()
    app = VaspApp(receiver, {"att": replace(SETTINGS, inbound_password="")}, NoJournal())

    assert loop.run(post(app, b"x", password="")) == "401"
    assert receiver.kept == []


def posted(loop: VirtualLoop, receiver: SlowReceiver, *linked_ids: bytes) -> list[str]:
    """The answers to messages that are posted a second after each other."""
    app = VaspApp(receiver, {"att": SETTINGS}, NoJournal())

    async def later(index: int, linked_id: bytes) -> str:
        await asyncio.sleep(index)
        return await post(app, linked_id)

    async def story() -> list[str]:
        answers: list[Coroutine[Any, Any, str]] = [later(index, each) for index, each in enumerate(linked_ids)]
        return list(await asyncio.gather(*answers))

    return loop.run(story())


def test_what_is_posted_again_before_it_was_answered_counts_once(loop: VirtualLoop) -> None:
    receiver = SlowReceiver()

    assert posted(loop, receiver, b"x", b"x", b"x") == ["1000"] * 3
    assert len(receiver.kept) == 1


def test_what_is_posted_again_is_taken_where_the_first_could_not_be_kept(loop: VirtualLoop) -> None:
    receiver = SlowReceiver(fails=1)

    assert posted(loop, receiver, b"x", b"x", b"x") == ["3000", "1000", "1000"]
    assert len(receiver.kept) == 1


def test_others_do_not_wait_for_it(loop: VirtualLoop) -> None:
    receiver = SlowReceiver()

    assert posted(loop, receiver, b"x", b"y", b"", b"") == ["1000"] * 4
    assert len(receiver.kept) == 4
    assert loop.time() < 6.0
