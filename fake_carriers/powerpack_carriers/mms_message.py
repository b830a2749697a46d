"""One MMS that a VASP submitted, for one recipient: a message of the carrier like any other, and its pictures."""

from typing import TYPE_CHECKING, ClassVar, Final, cast

from powerpack_carriers.links import Link
from powerpack_carriers.messages import Message
from powerpack_carriers.mm7.content import Content, Media
from powerpack_carriers.mm7.requests import Dialect, Submit
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.constants import CommandId
from powerpack_carriers.smpp.hot import SubmitSm
from powerpack_carriers.text import Concatenation

if TYPE_CHECKING:
    from powerpack_carriers.mailbox import Mailbox

_NO_PDU: Final = RawPdu(b"", CommandId.submit_sm, 0, 0)


class _Mm7Link:
    """What is asked of the link of a message that came over HTTP: its name."""

    def __init__(self, name: str) -> None:
        self.name = name


class MmsMessage(Message):
    """Admission, policy, faults and magic numbers see a message without octets of text, whose ``text`` is what a
    phone shows; so what strikes a submit_sm strikes an MMS as well."""

    is_mms: ClassVar[bool] = True

    __slots__ = ("content", "group", "key", "status_code", "submit", "viewed_at")

    def __init__(
        self, submit: Submit, content: Content, *, recipient: str, link: str, mailbox: "Mailbox", now: float
    ) -> None:
        submitted = SubmitSm(
            service_type=b"MMS",
            source=b"\0\0",
            source_addr=_octets(submit.sender),
            destination=b"\0\0",
            destination_addr=_octets(recipient),
            esm_class=0,
            registered_delivery=int(submit.wants_report),
            data_coding=0,
            short_message=b"",
            tlvs=b"",
        )
        # A cast, since nothing is ever answered or delivered over it: a test submits with every fault at work.
        super().__init__(_NO_PDU, submitted, link=cast("Link", _Mm7Link(link)), mailbox=mailbox, now=now)
        self.submit = submit
        self.content = content
        self.group: tuple[MmsMessage, ...] = (self,)
        """All messages of its SubmitReq that were accepted: they have one MessageID."""
        self.key = ""
        """The unguessable end of its page's address, for phones without MMS."""
        self.viewed_at = 0.0
        self.status_code = 0
        """The MM7 StatusCode that a fault wants; 0: the one that follows from ``status``."""

    @property
    def dialect(self) -> Dialect:
        """How its sender speaks MM7; reports are written so."""
        return self.submit.dialect

    @property
    def text(self) -> str:
        """Subject and text, as a filter reads them."""
        return "\n".join(each for each in (self.submit.subject, self.content.text) if each)

    @property
    def media(self) -> tuple[Media, ...]:
        """What is attached."""
        return self.content.media

    def user_data(self) -> tuple[Concatenation | None, bytes]:
        """No octets that SMPP would count: an MMS counts as one."""
        return None, b""


def _octets(address: str) -> bytes:
    """As SMPP would have it. ``/TYPE=PLMN`` says that a number is one (TS 23.140, B.2); some write it."""
    return address.partition("/TYPE=")[0].encode("latin-1", "replace")
