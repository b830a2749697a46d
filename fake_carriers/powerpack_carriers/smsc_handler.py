"""Who decides about the links of an SMSC, and who stands between them and the wire."""

from typing import TYPE_CHECKING, Protocol

from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.events import Bind

if TYPE_CHECKING:
    from powerpack_carriers.smsc_link import SmscLink


class SmscHandler(Protocol):
    """Who decides. An exception that it raises ends the link and reaches the loop's exception handler."""

    def authenticate(self, link: "SmscLink", bind: Bind) -> int:
        """The command_status for a bind on a link: 0 lets it in."""
        ...

    def bound(self, link: "SmscLink") -> None:
        """The link is bound; what is delivered here leaves behind the bind_resp."""
        ...

    def unbound(self, link: "SmscLink", reason: str) -> None:
        """A link that was bound is gone; ``link.unanswered()`` has what was delivered and not answered."""
        ...

    def requests(self, link: "SmscLink", requests: list[RawPdu]) -> None:
        """Well-formed requests of one read in their order: answer each through ``link``, now or later."""
        ...

    def responses(self, link: "SmscLink", answered: list[tuple[object, int]]) -> None:
        """Answers to deliver(): (its context, command_status) each, in the order of their arrival."""
        ...

    def plain(self, link: "SmscLink", data: bytes) -> int:
        """Take a whole read the short way, answers included; how many octets that were. 0: nothing was done."""
        ...

    def heard(self, link: "SmscLink") -> None:
        """All of one read of a bound link was handed over, or it may be written to again: deliver what waits."""
        ...


class LinkFilter(Protocol):
    """Something between the sessions and the wire: the place for faults."""

    def incoming(self, link: "SmscLink", data: bytes) -> bytes:
        """What the session shall read instead of ``data``."""
        ...

    def outgoing(self, link: "SmscLink", pdus: list[bytes]) -> list[bytes]:
        """What shall be written instead of ``pdus``; keep one back with ``link.send_raw_later``."""
        ...
