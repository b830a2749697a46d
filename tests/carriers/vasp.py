"""A VASP for tests of the MMSC: writes MM7 by hand, over asyncio streams, and keeps what is posted to it."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field

from carriers.builders import HANDSET, SOURCE
from powerpack_carriers.carrier import Carrier

NAMESPACE = "http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4"
PICTURE = bytes(range(256)) * 4 + b"\r\n--\r\n\n\r\0"

SUBMIT = """<?xml version="1.0" encoding="UTF-8"?>
<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Header>
<mm7:TransactionID xmlns:mm7="{namespace}" env:mustUnderstand="1">{transaction}</mm7:TransactionID></env:Header>
<env:Body><SubmitReq xmlns="{namespace}"><MM7Version>6.8.0</MM7Version>
<SenderIdentification><VASPID>{vaspid}</VASPID><VASID>tests</VASID>
<SenderAddress><Number>{source}</Number></SenderAddress></SenderIdentification>
<Recipients>{recipients}</Recipients>{more}
<DeliveryReport>true</DeliveryReport><Subject>Holiday</Subject><Content href="cid:content-1"/>
</SubmitReq></env:Body></env:Envelope>"""


def submit_req(
    *destinations: str,
    source: str = SOURCE,
    vaspid: str = "generic",
    transaction: str = "t-1",
    namespace: str = NAMESPACE,
    more: str = "",
) -> bytes:
    """A SubmitReq."""
    recipients = "".join(f"<To><Number>{each}</Number></To>" for each in destinations or (HANDSET,))
    return SUBMIT.format(
        namespace=namespace, transaction=transaction, vaspid=vaspid, source=source, recipients=recipients, more=more
    ).encode()


def with_content(soap: bytes, *, text: str = "Look!", picture: bytes = PICTURE) -> tuple[str, bytes]:
    """Content-Type and body of a request with a text, in binary, and a picture, in base64."""
    body = b"\r\n".join(
        [
            b"--outer",
            b"Content-Type: text/xml; charset=utf-8",
            b"Content-ID: <soap-1>",
            b"",
            soap,
            b"--outer",
            b'Content-Type: multipart/mixed; boundary="inner"',
            b"Content-ID: <content-1>",
            b"",
            b"--inner",
            b"Content-Type: application/smil",
            b"",
            b"<smil/>",
            b"--inner",
            b"Content-Type: text/plain; charset=utf-8",
            b"",
            text.encode(),
            b"--inner",
            b'Content-Type: image/jpeg; name="beach.jpg"',
            b"Content-Transfer-Encoding: base64",
            b"",
            b64encode(picture),
            b"--inner--",
            b"--outer--",
            b"",
        ]
    )
    return 'multipart/related; type="text/xml"; start="<soap-1>"; boundary="outer"', body


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; status 0: the connection ended without one."""

    status: int
    body: str


async def post(
    carrier: Carrier,
    content_type: str,
    body: bytes,
    *,
    user: str = "generic:secret",
    path: str = "/mm7",
    method: str = "POST",
) -> Answer:
    """Post to a carrier's MMSC."""
    reader, writer = await asyncio.open_connection(carrier.host, carrier.mmsc.port)
    head = [
        f"{method} {path} HTTP/1.1",
        "Host: mmsc",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if user:
        head.append(f"Authorization: Basic {b64encode(user.encode()).decode()}")
    writer.write("\r\n".join([*head, "", ""]).encode() + body)
    raw = await reader.read()
    writer.close()
    if not raw:
        return Answer(0, "")
    answer_head, _, answer_body = raw.partition(b"\r\n\r\n")
    return Answer(int(answer_head.split()[1]), answer_body.decode("utf-8", "replace"))


async def submit(carrier: Carrier, soap: bytes | None = None, *, text: str = "Look!") -> Answer:
    """Submit an MMS with text and picture."""
    return await post(carrier, *with_content(soap or submit_req(), text=text))


@dataclass
class FakeVasp:
    """Listens for what an MMSC posts; ``status`` is what it answers with, 0: it hangs up."""

    status: int = 1000
    bodies: list[bytes] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    async def start(self) -> str:
        """Its URL."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://relay:pass@127.0.0.1:{self._server.sockets[0].getsockname()[1]}/mm7/generic"

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next(
                    int(line.partition(":")[2]) for line in head.splitlines() if line.startswith("Content-Length")
                )
                self.heads.append(head)
                self.bodies.append(await reader.readexactly(length))
                if not self.status:
                    break
                body = (
                    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><DeliveryReportRsp>'
                    f"<Status><StatusCode>{self.status}</StatusCode></Status></DeliveryReportRsp></e:Body></e:Envelope>"
                )
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()
