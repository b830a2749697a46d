"""A fleet route: a carrier as the dispatcher sees it, whichever gateway is bound to it at the moment."""

from collections.abc import Callable
from typing import Protocol

from powerpack_gateway.fleet.attached_route import AttachedRoute, Port
from powerpack_gateway.ports import Clock
from powerpack_gateway.route_queue import Submitted
from powerpack_gateway.smpp.carrier_route import CarrierHandler, CarrierRoute
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.smpp.submission import Submission


class DeskPort(Port, Protocol):
    """The desk of texts from here."""

    def submit(self, ref: int, submission: Submission, *, is_answer: bool) -> None: ...


class FleetHandler(CarrierHandler, Protocol):
    """What the dispatcher hears beside what a carrier says."""

    def submit_returned(self, route: CarrierRoute, token: object, key: str, wait_s: float, ago_s: float) -> None:
        """It was not submitted: everything of ``key`` has to wait ``wait_s`` seconds; an empty one is for the route.
        It was handed over ``ago_s`` ago."""
        ...

    def speaks_of_ours(self, route: CarrierRoute, delivery: Delivery) -> bool:
        """Whether a receipt is for a message that is under way here."""
        ...

    def unheard(self, route: CarrierRoute, delivery: Delivery) -> None:
        """A delivery that was acknowledged will come again all the same."""
        ...


class FleetRoute(AttachedRoute[DeskPort]):
    """Implements ``CarrierRoute`` for the dispatcher and ``Client`` for the desk."""

    def __init__(
        self, settings: RouteSettings, handler: FleetHandler, is_alive: Callable[[], bool], *, clock: Clock
    ) -> None:
        super().__init__(settings.name, is_alive, clock)
        self.settings = settings
        self._handler = handler

    def submit(self, submission: Submission, token: object) -> None:
        """Hand a submit to the desk."""
        assert self._desk is not None, "window_free was asked"
        is_answer = isinstance(token, Submitted) and bool(token.segment.message.intent)
        self._desk.submit(self._new_ref(token), submission, is_answer=is_answer)

    def acknowledge(self, delivery: Delivery, status: int = 0) -> bool:
        """Answer a delivery; False if the desk it came from is gone: the carrier will deliver it again."""
        attachment, _, number = delivery.link.partition("/")
        if self._desk is None or attachment != str(self._attachments):
            return False
        self._desk.acknowledge(int(number), status)
        return True

    # Client: what the desk says.

    def answered(self, ref: int, status: int, message_id: str) -> None:
        """The carrier answered."""
        token = self._token_of(ref)
        if token is not None:
            self._handler.submit_answered(self, token, status, message_id)

    def delivered(self, number: int, delivery: Delivery, *, is_offer: bool) -> None:
        """A receipt or a handset's message."""
        if is_offer and not self._handler.speaks_of_ours(self, delivery):
            if self._desk is not None:
                self._desk.decline(number)
            return
        self._handler.delivered(self, delivery._replace(link=f"{self._attachments}/{number}"))

    def unheard(self, delivery: Delivery) -> None:
        """It will come again."""
        self._handler.unheard(self, delivery)

    def _tell_unknown(self, token: object, reason: str) -> None:
        self._handler.submit_unknown(self, token, reason)

    def _tell_returned(self, token: object, key: str, wait_s: float, ago_s: float) -> None:
        self._handler.submit_returned(self, token, key, wait_s, ago_s)

    def _tell_ready(self) -> None:
        self._handler.route_ready(self)

    def _tell_done(self) -> None:
        self._handler.batch_done(self)
