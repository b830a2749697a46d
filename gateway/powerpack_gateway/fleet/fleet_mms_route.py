"""A fleet's way of MMS to a carrier, whichever gateway works for the carrier at the moment."""

from collections.abc import Callable
from typing import Protocol

from powerpack_gateway.errors import ApiError, StoreError
from powerpack_gateway.fleet.attached_route import AttachedRoute, Port
from powerpack_gateway.fleet.mms import KEPT, NOT_KEPT, NOT_OURS, FromHandset, Mms
from powerpack_gateway.messages import Message
from powerpack_gateway.mm7.mms_route import MmsRoute
from powerpack_gateway.mm7.route import MmsAnswer, MmsHandler
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_gateway.numbers import Service
from powerpack_gateway.ports import Clock
from powerpack_gateway.receipts import Receipt
from powerpack_gateway.route_names import route_name
from powerpack_gateway.store.base import Durable


class MmsDeskPort(Port, Protocol):
    """The desk of MMS from here."""

    def submit(self, ref: int, mms: Mms) -> None: ...


class FleetMmsHandler(MmsHandler, Protocol):
    """What the dispatcher hears beside what an MMSC answers."""

    def submit_returned(self, route: MmsRoute, token: object, key: str, wait_s: float, ago_s: float) -> None:
        """As of a `FleetRoute`."""
        ...

    def knows_mms(self, carrier: str, receipt: Receipt) -> bool:
        """Whether a delivery report is for a message that is under way here."""
        ...

    def mms_reported(self, carrier: str, receipt: Receipt) -> None:
        """A delivery report came."""
        ...


class FleetMmsRoute(AttachedRoute[MmsDeskPort], MmsRoute):
    """Implements ``MmsRoute`` for the dispatcher and ``MmsClient`` for the desk.

    ``received`` takes a handset's MMS in, and says whether its number is ours; ``when_durable`` is the store's.
    """

    def __init__(
        self,
        settings: Mm7Settings,
        handler: FleetMmsHandler,
        is_alive: Callable[[], bool],
        *,
        received: Callable[[FromHandset], bool],
        when_durable: Callable[[Durable], None],
        clock: Clock,
    ) -> None:
        super().__init__(route_name(settings.name, Service.MMS), is_alive, clock)
        self.settings = settings
        self._handler = handler
        self._received = received
        self._when_durable = when_durable

    def submit(self, message: Message, token: object) -> None:
        """Hand a message to the desk, which may be another gateway's: once its files are in the database."""
        ref, attachment = self._new_ref(token), self._attachments
        mms = Mms(message.uuid, message.attempts, message.source, message.destination, message.text, message.media)

        def stored(error: StoreError | None) -> None:
            if self._desk is None or self._attachments != attachment:
                return  # the desk is gone, and everything that it had was told so
            if error is None:
                self._desk.submit(ref, mms)
            else:
                self.returned(ref, "", 0.0)

        self._when_durable(stored)

    # MmsClient: what the desk says.

    def answered(self, ref: int, answer: MmsAnswer) -> None:
        """The MMSC answered."""
        token = self._token_of(ref)
        if token is not None:
            self._handler.mms_answered(self, token, answer)

    def reported(self, number: int, receipt: Receipt, *, is_offer: bool) -> None:
        """A delivery report."""
        if is_offer and not self._handler.knows_mms(self.carrier, receipt):
            if self._desk is not None:
                self._desk.decline(number)
            return
        self._handler.mms_reported(self.carrier, receipt)
        self._acknowledge(number, KEPT)

    def received(self, number: int, mms: FromHandset) -> None:
        """A handset's MMS."""
        try:
            status = KEPT if self._received(mms) else NOT_OURS
        except ApiError:  # no ids for messages: raised, it would cost the link to the desk
            status = NOT_KEPT
        self._acknowledge(number, status)

    def _acknowledge(self, number: int, status: int) -> None:
        """When what it changed is on disk; a desk that is gone by then has told the MMSC that nothing was kept."""
        attachment = self._attachments

        def stored(error: StoreError | None) -> None:
            if self._desk is not None and self._attachments == attachment:
                self._desk.acknowledge(number, status if error is None else NOT_KEPT)

        self._when_durable(stored)

    def _tell_unknown(self, token: object, reason: str) -> None:
        self._handler.submit_unknown(self, token, reason)

    def _tell_returned(self, token: object, key: str, wait_s: float, ago_s: float) -> None:
        self._handler.submit_returned(self, token, key, wait_s, ago_s)

    def _tell_ready(self) -> None:
        self._handler.mms_ready(self)

    def _tell_done(self) -> None:
        if self.window_free > 0:
            self._handler.mms_ready(self)
