"""The way of MMS to a carrier as the dispatcher sees it: an `Mm7Route` of its own, or one of another gateway."""

from abc import ABC, abstractmethod

from powerpack_gateway.messages import Message
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_gateway.numbers import Service
from powerpack_gateway.route_names import route_name


class MmsRoute(ABC):
    """What `Mm7Route` promises. A class and no Protocol: for each submit it is asked which kind of route one is."""

    settings: Mm7Settings

    @property
    def name(self) -> str:
        """The carrier's name and ``mm7``: its ids are not those of SMPP."""
        return route_name(self.settings.name, Service.MMS)

    @property
    def carrier(self) -> str:
        """The carrier's name."""
        return self.settings.name

    @property
    @abstractmethod
    def window_free(self) -> int:
        """How many submits the route takes now."""

    @abstractmethod
    def start(self) -> None:
        """Take submits from now on."""

    @abstractmethod
    async def stop(self, drain_s: float) -> None:
        """Take no more submits; what is unanswered after ``drain_s`` goes to ``submit_unknown``."""

    @abstractmethod
    def submit(self, message: Message, token: object) -> None:
        """Send a message; exactly one of ``mms_answered`` and ``submit_unknown`` follows."""
