"""Frames: what gateways say to each other, and their octets.

On the wire a frame is its length in four octets (big-endian) and a msgpack array that begins with the frame's number.
The first two frames of each side are `Hello` and `Proof`; everything else is refused before.
"""

import struct
from collections.abc import Iterator
from typing import Annotated, Final, TypeAlias

import msgspec

from powerpack_gateway.fleet.mms import FromHandset, Mms
from powerpack_gateway.mm7.route import MmsAnswer
from powerpack_gateway.receipts import Receipt
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.submission import Submission
from powerpack_gateway.usage import Sent

PROTOCOL_VERSION: Final = 2
"""Grows with every change that an older gateway would misread; both sides of a link have the same."""

FRAME_MAX: Final = 24 << 20
"""Octets of one frame: an upload to the API may have 21,000,000 of body."""

GREETING_MAX: Final = 1_024
"""Octets of a frame from somebody who has not proved yet that he is one of us."""

_LENGTH = struct.Struct(">I")

_Name = Annotated[str, msgspec.Meta(max_length=128)]
_Nonce = Annotated[bytes, msgspec.Meta(min_length=16, max_length=64)]


class BadFrame(ValueError):
    """What came is no frame of this protocol; the connection can not go on."""


class Hello(msgspec.Struct, array_like=True, frozen=True, tag=1):
    """The first frame: who speaks, in which version, and what the other side has to prove its secret with."""

    version: int
    gateway_id: _Name
    nonce: _Nonce


class Proof(msgspec.Struct, array_like=True, frozen=True, tag=2):
    """The second frame: the speaker knows the secret."""

    mac: bytes


class Submit(msgspec.Struct, array_like=True, frozen=True, tag=3):
    """Please submit; ``ref`` is the asker's own and comes back. ``is_answer``: an automatic one, which STOP permits."""

    route: _Name
    ref: int
    submission: Submission
    is_answer: bool


class Answered(msgspec.Struct, array_like=True, frozen=True, tag=4):
    """The carrier answered a submit."""

    route: _Name
    ref: int
    status: int
    message_id: str


class Unanswered(msgspec.Struct, array_like=True, frozen=True, tag=5):
    """Submitted, and whether the carrier has it is unknown."""

    route: _Name
    ref: int
    reason: str


class Returned(msgspec.Struct, array_like=True, frozen=True, tag=6):
    """Not submitted: everything of ``key`` has to wait ``wait_s`` seconds (see `route_desk.Client`)."""

    route: _Name
    ref: int
    key: str
    wait_s: float


class Room(msgspec.Struct, array_like=True, frozen=True, tag=7):
    """How many submits may be unanswered from now on; 0 while the route is not bound."""

    route: _Name
    window: int


class Delivered(msgspec.Struct, array_like=True, frozen=True, tag=8):
    """A deliver_sm came; ``number`` is the desk's own and comes back. An offer may be declined."""

    route: _Name
    number: int
    delivery: Delivery
    is_offer: bool


class Acknowledged(msgspec.Struct, array_like=True, frozen=True, tag=9):
    """What a delivery changed is on disk (status 0), or could not be kept."""

    route: _Name
    number: int
    status: int


class Declined(msgspec.Struct, array_like=True, frozen=True, tag=10):
    """The receipt that was offered speaks of no message here."""

    route: _Name
    number: int


class Unheard(msgspec.Struct, array_like=True, frozen=True, tag=11):
    """The carrier's link was gone when the delivery was to be acknowledged: it will come again."""

    route: _Name
    delivery: Delivery


class Request(msgspec.Struct, array_like=True, frozen=True, tag=12):
    """An HTTP request, whole, for the gateway that holds a lease."""

    ref: int
    lease: _Name
    method: str
    path: str
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    client: str


class Response(msgspec.Struct, array_like=True, frozen=True, tag=13):
    """Its answer, whole."""

    ref: int
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Suspend(msgspec.Struct, array_like=True, frozen=True, tag=14):
    """Traffic told that a number must lose its sending rights; the keeper writes it down."""

    number: _Name
    reason: str


class SubmitMms(msgspec.Struct, array_like=True, frozen=True, tag=16):
    """Please send an MMS; ``ref`` is the asker's own and comes back."""

    route: _Name
    ref: int
    mms: Mms


class MmsAnswered(msgspec.Struct, array_like=True, frozen=True, tag=17):
    """The MMSC answered a SubmitReq."""

    route: _Name
    ref: int
    answer: MmsAnswer


class MmsReported(msgspec.Struct, array_like=True, frozen=True, tag=18):
    """An MMSC posted a delivery report; ``number`` is the desk's own and comes back. An offer may be declined."""

    route: _Name
    number: int
    receipt: Receipt
    is_offer: bool


class MmsReceived(msgspec.Struct, array_like=True, frozen=True, tag=19):
    """An MMSC posted a handset's MMS; ``number`` is the desk's own and comes back."""

    route: _Name
    number: int
    mms: FromHandset


class Spent(msgspec.Struct, array_like=True, frozen=True, tag=15):
    """What the speaker's messages cost so far: its lines that grew. ``is_broke``: one of them found no credit."""

    lines: tuple[Sent, ...]
    is_broke: bool


Frame: TypeAlias = (
    Hello
    | Proof
    | Submit
    | Answered
    | Unanswered
    | Returned
    | Room
    | Delivered
    | Acknowledged
    | Declined
    | Unheard
    | Request
    | Response
    | Suspend
    | Spent
    | SubmitMms
    | MmsAnswered
    | MmsReported
    | MmsReceived
)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Frame).decode


def octets_of(frame: Frame) -> bytes:
    """A frame as it stands on the wire; raises BadFrame for one that nobody would take."""
    packed = _encode(frame)
    if len(packed) > FRAME_MAX:
        raise BadFrame(f"a {type(frame).__name__} has {len(packed)} octets, {FRAME_MAX} is the limit")
    return _LENGTH.pack(len(packed)) + packed


class FrameBuffer:
    """Takes octets as they come and gives frames. ``length_max`` grows once the peer is known."""

    def __init__(self) -> None:
        self.length_max = GREETING_MAX
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Every frame that is complete now; raises BadFrame at the first octets that can be none."""
        self._data += data
        start = 0
        try:
            while len(self._data) - start >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(self._data, start)
                if length > self.length_max:
                    raise BadFrame(f"a frame of {length} octets came, {self.length_max} is the limit")
                end = start + _LENGTH.size + length
                if len(self._data) < end:
                    return
                packed = bytes(self._data[start + _LENGTH.size : end])
                start = end
                yield _frame(packed)
        finally:
            del self._data[:start]


def _frame(packed: bytes) -> Frame:
    try:
        frame: Frame = _decode(packed)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:  # the latter for a str that is no UTF-8
        raise BadFrame(f"{len(packed)} octets are no frame: {error}") from error
    return frame
