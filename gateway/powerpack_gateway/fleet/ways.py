"""The ways between a fleet route and a route desk: within one gateway, and over a peer link."""

from powerpack_gateway.fleet.frames import (
    Acknowledged,
    Answered,
    Declined,
    Delivered,
    Frame,
    MmsAnswered,
    MmsReceived,
    MmsReported,
    Returned,
    Room,
    Submit,
    SubmitMms,
    Unanswered,
    Unheard,
)
from powerpack_gateway.fleet.mms import FromHandset, Mms
from powerpack_gateway.fleet.mms_desk import MmsDesk
from powerpack_gateway.fleet.peers import Peers
from powerpack_gateway.fleet.route_desk import RouteDesk
from powerpack_gateway.mm7.route import MmsAnswer
from powerpack_gateway.receipts import Receipt
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.submission import Submission


class OwnDesk:
    """The desk of this gateway, as its own fleet route sees it."""

    is_writable = True

    def __init__(self, desk: RouteDesk, gateway_id: str) -> None:
        self._desk = desk
        self._gateway_id = gateway_id

    def submit(self, ref: int, submission: Submission, *, is_answer: bool) -> None:
        """Ask the desk."""
        self._desk.submit(self._gateway_id, ref, submission, is_answer=is_answer)

    def acknowledge(self, number: int, status: int) -> None:
        """Tell the desk."""
        self._desk.acknowledge(self._gateway_id, number, status)

    def decline(self, number: int) -> None:
        """Tell the desk."""
        self._desk.decline(number)


class OwnMmsDesk:
    """The desk of MMS of this gateway."""

    is_writable = True

    def __init__(self, desk: MmsDesk, gateway_id: str) -> None:
        self._desk = desk
        self._gateway_id = gateway_id

    def submit(self, ref: int, mms: Mms) -> None:
        """Ask the desk."""
        self._desk.submit(self._gateway_id, ref, mms)

    def acknowledge(self, number: int, status: int) -> None:
        """Tell the desk."""
        self._desk.acknowledge(self._gateway_id, number, status)

    def decline(self, number: int) -> None:
        """Tell the desk."""
        self._desk.decline(number)


class _Peers:
    """What the desks of another gateway have in common."""

    def __init__(self, peers: Peers, holder: str, route: str) -> None:
        self._peers = peers
        self._holder = holder
        self._route = route

    @property
    def is_writable(self) -> bool:
        """Whether the peer reads."""
        return self._peers.is_writable(self._holder)

    def acknowledge(self, number: int, status: int) -> None:
        """Tell the desk."""
        self._peers.send(self._holder, Acknowledged(self._route, number, status))

    def decline(self, number: int) -> None:
        """Tell the desk."""
        self._peers.send(self._holder, Declined(self._route, number))


class PeersDesk(_Peers):
    """The desk of another gateway."""

    def submit(self, ref: int, submission: Submission, *, is_answer: bool) -> None:
        """Ask the desk."""
        self._peers.send(self._holder, Submit(self._route, ref, submission, is_answer))


class PeersMmsDesk(_Peers):
    """The desk of MMS of another gateway."""

    def submit(self, ref: int, mms: Mms) -> None:
        """Ask the desk."""
        self._peers.send(self._holder, SubmitMms(self._route, ref, mms))


class _Client:
    """What another gateway is told by desks of either kind."""

    def __init__(self, peers: Peers, peer_id: str, route: str) -> None:
        self._peers = peers
        self._peer_id = peer_id
        self._route = route

    def unanswered(self, ref: int, reason: str) -> None:
        """Tell the peer."""
        self._send(Unanswered(self._route, ref, reason))

    def returned(self, ref: int, key: str, wait_s: float) -> None:
        """Tell the peer."""
        self._send(Returned(self._route, ref, key, wait_s))

    def room(self, window: int) -> None:
        """Tell the peer."""
        self._send(Room(self._route, window))

    def _send(self, frame: Frame) -> None:
        self._peers.send(self._peer_id, frame)


class PeerClient(_Client):
    """Another gateway, as the desk of this one sees it. Implements ``Client``."""

    def answered(self, ref: int, status: int, message_id: str) -> None:
        """Tell the peer."""
        self._send(Answered(self._route, ref, status, message_id))

    def delivered(self, number: int, delivery: Delivery, *, is_offer: bool) -> None:
        """Hand it to the peer."""
        self._send(Delivered(self._route, number, delivery, is_offer))

    def unheard(self, delivery: Delivery) -> None:
        """Tell the peer."""
        self._send(Unheard(self._route, delivery))

    def done(self) -> None:
        """The peer takes every read as a whole."""


class PeerMmsClient(_Client):
    """Another gateway, as the desk of MMS of this one sees it. Implements ``MmsClient``."""

    def answered(self, ref: int, answer: MmsAnswer) -> None:
        """Tell the peer."""
        self._send(MmsAnswered(self._route, ref, answer))

    def reported(self, number: int, receipt: Receipt, *, is_offer: bool) -> None:
        """Hand it to the peer."""
        self._send(MmsReported(self._route, number, receipt, is_offer))

    def received(self, number: int, mms: FromHandset) -> None:
        """Hand it to the peer."""
        self._send(MmsReceived(self._route, number, mms))
