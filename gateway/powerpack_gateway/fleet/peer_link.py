"""A peer link: one connection between two gateways, from the greeting to its end.

Each side says who it is and gives a nonce, and proves with the other's nonce that it knows the secret which only the
database tells. What follows is neither signed nor encrypted: gateways talk over a network of their own.
"""

import asyncio
import hmac
from collections.abc import Sequence
from typing import Final, Protocol, cast

from powerpack_gateway.fleet.frames import FRAME_MAX, PROTOCOL_VERSION, BadFrame, Frame, FrameBuffer, Hello, Proof
from powerpack_gateway.fleet.frames import octets_of as octets_of

GREETING_S: Final = 5.0
"""How long a connection may take to prove itself; a peer does it in two trips."""

NONCE_BYTES: Final = 32

OUTPUT_MAX: Final = 64 << 20
"""Octets that may wait for a peer that does not read. Windows and the limit on requests keep it far below; who gets
there is broken."""


class LinkOwner(Protocol):
    """Who hears what happens on a link."""

    def link_opened(self, link: "PeerLink") -> None:
        """The peer has proved who it is; from now on frames come and go."""

    def link_frames(self, link: "PeerLink", frames: Sequence[Frame]) -> None:
        """All frames of one read."""

    def link_writable(self, link: "PeerLink") -> None:
        """The peer began or ceased to read."""

    def link_closed(self, link: "PeerLink", reason: str) -> None:
        """The connection is over; nothing comes after this. ``peer_id`` is None for one that never opened."""


class PeerLink(asyncio.Protocol):
    """One connection. What is sent in one turn of the loop leaves in one write. ``is_called``: the peer connected."""

    def __init__(self, owner: LinkOwner, *, gateway_id: str, secret: bytes, nonce: bytes, is_called: bool) -> None:
        self.peer_id: str | None = None
        self.is_open = False
        self.is_writable = True
        self._owner = owner
        self._gateway_id = gateway_id
        self._is_called = is_called
        self._secret = secret
        self._nonce = nonce
        self._peer_nonce = b""
        self._buffer = FrameBuffer()
        self._output: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._flush_handle: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reason = ""

    def __repr__(self) -> str:
        state = "open" if self.is_open else "greeting" if self._transport is not None else "closed"
        return f"<PeerLink {self._gateway_id} to {self.peer_id or 'somebody'}: {state}>"

    def send(self, frame: Frame) -> None:
        """Queue a frame; one for a link that is over goes nowhere, and its end is told to the owner anyway."""
        if self._transport is None:
            return
        self._output.append(octets_of(frame))
        if self._flush_handle is None:
            self._flush_handle = self._loop.call_soon(self._flush)

    def close(self, reason: str) -> None:
        """Cut the connection off; ``link_closed`` follows."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, because not every loop's transports inherit from asyncio's: uvloop's and in-memory ones do not.
        self._transport = cast("asyncio.Transport", transport)
        self._timer = self._loop.call_later(
            GREETING_S, self.close, f"the peer did not prove who it is within {GREETING_S:g} s"
        )
        self.send(Hello(PROTOCOL_VERSION, self._gateway_id, self._nonce))

    def data_received(self, data: bytes) -> None:
        try:
            frames = []
            for frame in self._buffer.feed(data):
                if self.is_open:
                    if isinstance(frame, Hello | Proof):
                        raise BadFrame(f"a second {type(frame).__name__} came")  # noqa: TRY301 -- one place closes
                    frames.append(frame)
                else:
                    self._greet(frame)
        except BadFrame as error:
            self.close(str(error))
            return
        if frames:
            self._owner.link_frames(self, frames)

    def pause_writing(self) -> None:
        self.is_writable = False
        self._tell_writable()

    def resume_writing(self) -> None:
        self.is_writable = True
        self._tell_writable()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        for handle in (self._flush_handle, self._timer):
            if handle is not None:
                handle.cancel()
        self._flush_handle = self._timer = None
        self._output.clear()
        self.is_open = False
        end = f"the connection broke: {exc}" if exc else "the peer closed the connection"
        self._owner.link_closed(self, self._reason or end)

    # The greeting.

    def _greet(self, frame: Frame) -> None:
        if isinstance(frame, Hello) and self.peer_id is None:
            self._hear(frame)
        elif isinstance(frame, Proof) and self.peer_id is not None:
            if not hmac.compare_digest(frame.mac, self._mac(self.peer_id, self._nonce, self._peer_nonce)):
                raise BadFrame(f"{self.peer_id} does not know the secret that our database tells")
            self._open()
        else:
            raise BadFrame(f"a {type(frame).__name__} came before its sender had proved who it is")

    def _hear(self, hello: Hello) -> None:
        if hello.version != PROTOCOL_VERSION:
            raise BadFrame(
                f"{hello.gateway_id} speaks version {hello.version} of the peer protocol, expected {PROTOCOL_VERSION}:"
                " all gateways of a database must be of one release"
            )
        if hello.gateway_id == self._gateway_id:
            raise BadFrame(f"a peer calls itself {hello.gateway_id}, as this gateway does")
        if self._is_called and hello.gateway_id > self._gateway_id:
            # Before it gets a proof: whoever connects to two gateways could pass each one's proof on to the other.
            raise BadFrame(
                f"{hello.gateway_id} connects to {self._gateway_id}: of two, the one with the smaller name does"
            )
        self.peer_id, self._peer_nonce = hello.gateway_id, hello.nonce
        self.send(Proof(self._mac(self._gateway_id, hello.nonce, self._nonce)))

    def _mac(self, speaker: str, asked: bytes, given: bytes) -> bytes:
        """What only a holder of the secret can say to a nonce; the speaker's name keeps it from being said back."""
        return hmac.digest(self._secret, b"\0".join((b"powerpack peer", speaker.encode(), asked, given)), "sha256")

    def _open(self) -> None:
        self.is_open = True
        self._buffer.length_max = FRAME_MAX
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._owner.link_opened(self)

    def _tell_writable(self) -> None:
        if self.is_open:
            self._owner.link_writable(self)

    def _flush(self) -> None:
        self._flush_handle = None
        if self._transport is None or not self._output:
            return
        self._transport.write(b"".join(self._output))
        self._output.clear()
        if self._transport.get_write_buffer_size() > OUTPUT_MAX:
            self.close(f"the peer reads nothing: more than {OUTPUT_MAX} octets wait for it")
