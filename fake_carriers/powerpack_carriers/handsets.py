"""A phone: it puts parts together, shows texts, answers, and reports spam."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import groupby
from random import Random
from typing import TYPE_CHECKING, Final, Protocol

from powerpack_carriers.arrivals import Arrivals
from powerpack_carriers.behaviour import Behaviour
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.in_parts import WHOLE, InParts
from powerpack_carriers.messages import Message
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.numbering import country_of, digits_of
from powerpack_carriers.smpp.constants import EsmClass
from powerpack_carriers.smpp.fields import ADDRESS_OCTETS_MAX
from powerpack_carriers.text import Concatenation, decode_text

if TYPE_CHECKING:
    from powerpack_carriers.spam import SpamReport

INBOX_TEXTS_MAX: Final = 1_000
"""Texts that a phone keeps, the newest; a load test that sends a million to one number must not fill the memory."""

_UDHI: Final = EsmClass.UDHI

MMS_OCTETS_MAX: Final = 5_000_000
"""What a phone may send; phones shrink their pictures to less."""

UNFINISHED_MAX: Final = 16
"""Long texts that a phone collects parts of at once; when there is one more the oldest is given up, as phones do."""


class Device(Enum):
    """What a phone can show."""

    MMS = "mms"
    """Texts and MMS: nearly all."""
    SMS = "sms"
    """Texts only: old phones, and lines without data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """A whole text as the phone shows it.

    ``carrier_message_ids`` are the ids of its parts in their order, as the sender was told them; ``from_number`` is as
    submitted, without a plus. An MMS has ``media``, and perhaps a ``subject``.
    """

    text: str
    from_number: str
    to_number: str
    received_at: datetime
    carrier_message_ids: tuple[str, ...]
    parts: int
    subject: str = ""
    media: tuple[Media, ...] = ()


class HandsetNetwork(Protocol):
    """What a phone can ask of its network."""

    def originate(self, handset: "Handset", to: str, text: str, parts: InParts = WHOLE) -> None:
        """Carry a text from the phone to a number. Raises HandsetError where nobody serves the phone."""
        ...

    def originate_mms(self, handset: "Handset", to: str, text: str, media: tuple[Media, ...], subject: str) -> None:
        """Carry an MMS from the phone to a number. Raises HandsetError where nobody serves the phone."""
        ...

    def read_mms(self, handset: "Handset", message: TextMessage) -> None:
        """Tell an MMS's sender, if it asked to be told, that somebody looked at it."""
        ...

    def state_changed(self, handset: "Handset") -> None:
        """The phone is in another state."""
        ...

    def dice_of(self, handset: "Handset") -> Random:
        """A stream of chance of the phone's own."""
        ...

    def report_spam(self, handset: "Handset", message: TextMessage) -> "SpamReport":
        """Forward a text to 7726. Raises HandsetError where nobody serves the phone."""
        ...


class Handset:
    """The phone behind one number (``number``: its digits); ``carrier`` serves it, None: nobody does."""

    __slots__ = (
        "_arrived",
        "_behaviours",
        "_dice",
        "_ignored",
        "_network",
        "_seen",
        "_state",
        "_texts",
        "_unfinished",
        "busy_until",
        "carrier",
        "device",
        "number",
    )

    def __init__(self, number: str, *, carrier: str | None, network: HandsetNetwork) -> None:
        self.number = number
        self.carrier = carrier
        self.device = Device.MMS
        self._network = network
        self.busy_until = 0.0
        """When the last text that was accepted for it arrives."""
        self._texts: list[TextMessage] = []
        self._arrived: Arrivals | None = None
        self._unfinished: dict[tuple[str, Concatenation], dict[int, Message]] | None = None
        self._state = HandsetState.ON
        self._behaviours: tuple[Behaviour, ...] = ()
        self._ignored: frozenset[str] = frozenset()
        self._seen = 0
        self._dice: Random | None = None

    @property
    def country(self) -> str:
        """``US`` or ``CA``; empty for the rest of the world."""
        return country_of(self.number)

    @property
    def state(self) -> HandsetState:
        """Where it is; may be set."""
        return self._state

    @state.setter
    def state(self, state: HandsetState) -> None:
        if state is not self._state:
            self._state = state
            self._network.state_changed(self)

    @property
    def behaviours(self) -> tuple[Behaviour, ...]:
        """What its owner does about texts; ``behave`` changes it."""
        return self._behaviours

    @property
    def dice(self) -> Random:
        """Its own stream of chance."""
        if self._dice is None:
            self._dice = self._network.dice_of(self)
        return self._dice

    @property
    def inbox(self) -> list[TextMessage]:
        """The whole texts it got, oldest first, the newest 1,000; the list is the phone's own: clear it as you like."""
        if self._arrived:
            # Texts are decoded when somebody looks: under load nobody does.
            self._texts += [self._show(*arrived) for arrived in self._arrived.take()]
            del self._texts[:-INBOX_TEXTS_MAX]
        return self._texts

    @property
    def text_count(self) -> int:
        """How many texts the inbox holds, without decoding them."""
        return min(INBOX_TEXTS_MAX, len(self._texts) + len(self._arrived or ()))

    @property
    def unfinished(self) -> int:
        """How many long texts wait for parts."""
        return len(self._unfinished) if self._unfinished else 0

    def queue_until(self, due: float) -> float:
        """When a text that could arrive at ``due`` does: never before one that was accepted earlier.

        An SMSC keeps a queue a subscriber and hands over in its order; monotonic seconds.
        """
        if due > self.busy_until:
            self.busy_until = due
        return self.busy_until

    def receive(self, message: Message, received_at: datetime) -> tuple[Message, ...]:
        """Take one part from the carrier; the parts of the text that is whole now, empty while some are missing.

        Parts come in any order; one that comes again replaces the first.
        """
        submitted = message.submitted
        if not submitted.tlvs and not submitted.esm_class & _UDHI:
            return self._keep((message,), received_at)
        concatenation, _ = message.user_data()
        if concatenation is None or concatenation.total == 1:
            return self._keep((message,), received_at)
        return self._collect(message, concatenation, received_at)

    def behave(self, *behaviours: Behaviour, ignored: Iterable[str] = ()) -> None:
        """Do so from now on, and nothing else; texts are counted anew. ``ignored`` texts are not even counted."""
        self._behaviours = behaviours
        self._ignored = frozenset(ignored)
        self._seen = 0

    def due_behaviours(self, text: str) -> list[Behaviour]:
        """What its owner will do about a text that has just come; for the network."""
        if text in self._ignored:
            return []
        self._seen += 1
        return [each for each in self._behaviours if each.strikes(self._seen, text, self.dice)]

    def reply(self, text: str, to: str | None = None, *, parts: InParts = WHOLE) -> None:
        """Send a text to ``to``, or else to whom the last text came from; ``parts``: how it travels.

        Raises HandsetError when there is nobody to answer, and where the phone has no network.
        """
        self._expect_network()
        to = self._whom(to)
        if not to or not text:
            raise HandsetError(f"handset {self.number}: found to={to!r} and text={text!r}, expected both to be there")
        self._network.originate(self, digits_of(to), text, parts)

    def send_mms(
        self, text: str = "", *, media: Sequence[Media] = (), to: str | None = None, subject: str = ""
    ) -> None:
        """Send an MMS, to whom the last message came from unless told otherwise. Raises HandsetError."""
        self._expect_network()
        to = self._whom(to)
        if self.device is Device.SMS:
            raise HandsetError(f"handset {self.number} has no MMS: its device is 'sms'")
        if not to or not (text or media):
            raise HandsetError(f"handset {self.number}: found to={to!r}, expected a number, and a text or media")
        size = sum(each.size for each in media)
        if size > MMS_OCTETS_MAX:
            raise HandsetError(f"handset {self.number}: the media have {size} octets, {MMS_OCTETS_MAX} is the limit")
        self._network.originate_mms(self, digits_of(to), text, tuple(media), subject)

    def read(self, index: int = -1) -> None:
        """Look at a message of the inbox, the last one unless told otherwise: an MMS's sender may want to know.

        Raises HandsetError where there is none.
        """
        inbox = self.inbox
        if not -len(inbox) <= index < len(inbox):
            raise HandsetError(f"handset {self.number} has no message {index}: its inbox holds {len(inbox)}")
        self._network.read_mms(self, inbox[index])

    def _whom(self, to: str | None) -> str:
        if to is not None:
            if len(digits_of(to)) >= ADDRESS_OCTETS_MAX:
                found = f"found to={to[:40]!r}, expected {ADDRESS_OCTETS_MAX - 1} digits or letters at most"
                raise HandsetError(f"handset {self.number}: {found}")
            return to
        if not self.inbox:
            raise HandsetError(
                f"handset {self.number} has nobody to answer: its inbox is empty; expect a text first, or say to whom"
            )
        return self.inbox[-1].from_number

    def report_spam(self, index: int = -1) -> "SpamReport":
        """Forward a text of the inbox to 7726, the last one unless told otherwise; what the carrier made of it.

        Raises HandsetError where there is none, or where the phone can not send.
        """
        inbox = self.inbox
        if not -len(inbox) <= index < len(inbox):
            raise HandsetError(f"handset {self.number} has no message {index}: its inbox holds {len(inbox)}")
        return self.report(inbox[index])

    def report(self, text: TextMessage) -> "SpamReport":
        """The same for a text that it showed."""
        self._expect_network()
        return self._network.report_spam(self, text)

    def _expect_network(self) -> None:
        if self._state not in (HandsetState.ON, HandsetState.ROAMING):
            raise HandsetError(f"handset {self.number} is {self._state}: it can not send; expected it on or roaming")

    def _collect(self, message: Message, concatenation: Concatenation, received_at: datetime) -> tuple[Message, ...]:
        if self._unfinished is None:
            self._unfinished = {}
        whole = Concatenation(
            series=concatenation.series, reference=concatenation.reference, total=concatenation.total, number=1
        )
        key = (message.source.digits, whole)
        if key not in self._unfinished and len(self._unfinished) >= UNFINISHED_MAX:
            del self._unfinished[next(iter(self._unfinished))]
        parts = self._unfinished.setdefault(key, {})
        parts[concatenation.number] = message
        if len(parts) < concatenation.total:
            return ()
        del self._unfinished[key]
        return self._keep(tuple(parts[number] for number in sorted(parts)), received_at)

    def _keep(self, parts: tuple[Message, ...], received_at: datetime) -> tuple[Message, ...]:
        self.arrivals.append((parts, received_at), 1)
        return parts

    @property
    def arrivals(self) -> Arrivals:
        """Where whole texts come, for carriers that hand over many: they are shown when somebody looks."""
        if self._arrived is None:
            self._arrived = Arrivals(INBOX_TEXTS_MAX)
        return self._arrived

    def _show(self, parts: tuple[Message, ...], received_at: datetime) -> TextMessage:
        # Neighbours of one coding are joined before they are read: some senders cut a character in two (ofono 77).
        alike = groupby(parts, key=lambda part: (part.submitted.data_coding, part.language))
        return TextMessage(
            text="".join([decode_text(b"".join([part.user_data()[1] for part in run]), *how) for how, run in alike]),
            from_number=parts[0].source.digits,
            to_number=self.number,
            received_at=received_at,
            carrier_message_ids=tuple([part.message_id for part in parts]),
            parts=len(parts),
        )

    def __repr__(self) -> str:
        state = "" if self._state is HandsetState.ON else f", {self._state}"
        return f"<Handset {self.number} at {self.carrier or 'no carrier'}{state}: {self.text_count} texts>"
