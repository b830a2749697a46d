"""The way to a carrier as the dispatcher sees it: a `Route` of its own, or one that another gateway is bound to."""

from typing import Protocol

from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.smpp.submission import Submission


class CarrierRoute(Protocol):
    """What `Route` promises, for whoever submits through it."""

    @property
    def name(self) -> str:
        """The carrier's name in the settings."""
        ...

    @property
    def settings(self) -> RouteSettings:
        """How the carrier is reached."""
        ...

    @property
    def is_bound(self) -> bool:
        """Whether the carrier can be reached."""
        ...

    @property
    def window_free(self) -> int:
        """How many submits it takes now."""
        ...

    def start(self) -> None:
        """Begin to connect."""
        ...

    async def stop(self, drain_s: float) -> None:
        """Take no more submits; what is unanswered at the end goes to ``submit_unknown``."""
        ...

    def submit(self, submission: Submission, token: object) -> None:
        """Send a submit_sm."""
        ...

    def acknowledge(self, delivery: Delivery, status: int = 0) -> bool:
        """Answer a delivery; False if the carrier will deliver it again."""
        ...


class CarrierHandler(Protocol):
    """What `RouteHandler` is told, by any kind of route."""

    def route_ready(self, route: CarrierRoute) -> None: ...
    def submit_answered(self, route: CarrierRoute, token: object, status: int, message_id: str) -> None: ...
    def submit_unknown(self, route: CarrierRoute, token: object, reason: str) -> None: ...
    def delivered(self, route: CarrierRoute, delivery: Delivery) -> None: ...
    def batch_done(self, route: CarrierRoute) -> None: ...
