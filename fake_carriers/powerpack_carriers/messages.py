"""One message that an ESME submitted, and what becomes of it."""

from typing import TYPE_CHECKING, ClassVar, Final

from powerpack_carriers.links import Link
from powerpack_carriers.national_tables import DEFAULT, Language, language_of
from powerpack_carriers.numbering import read_address, read_sender
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.constants import CommandStatus, EsmClass, MessageState, TlvTag, status_name
from powerpack_carriers.smpp.hot import SubmitSm
from powerpack_carriers.smpp.tlvs import read_tlvs
from powerpack_carriers.text import (
    UCS2_OCTETS_MAX,
    Concatenation,
    decode_text,
    sar_concatenation,
    segments_of,
    take_header,
)

if TYPE_CHECKING:
    from powerpack_carriers.handsets import Handset
    from powerpack_carriers.mailbox import Mailbox
    from powerpack_carriers.receipt_quirks import ReceiptQuirks
    from powerpack_carriers.terms import When

NEVER: Final = float("inf")
"""The response delay of a submit that is not answered."""

NO_ERROR: Final = "000"
"""The receipt's ``err:`` of a message that was delivered."""

UNDECIDED: Final = 0
"""The fate of a message that nobody has decided yet; no MessageState of SMPP 3.4."""

SWALLOWED: Final = -1
"""The fate of a message that is told to be delivered and is not; no MessageState either."""

# Looked up once: to get a member out of an enum costs as much as a call, and every message needs these.
_ROK: Final = CommandStatus.ESME_ROK
_ENROUTE: Final = MessageState.ENROUTE
_UDHI: Final = EsmClass.UDHI


class Message:
    """One submit_sm, data_sm or destination of a submit_multi; a long text is several of these.

    Faults change how it is answered (``status``, ``response_delay_s``, ``hangs_up``), how it ends (``fate``,
    ``error``) and how that is told (``quirks``). ``state`` is where it is now, ``accepted_at`` and ``done_at`` are the
    clock's monotonic seconds.
    """

    __slots__ = (
        "accepted_at",
        "destination",
        "done_at",
        "error",
        "fate",
        "handset",
        "hangs_up",
        "id_octets",
        "link",
        "mailbox",
        "quirks",
        "rejected_by",
        "request",
        "response_delay_s",
        "source",
        "state",
        "status",
        "submitted",
        "when",
    )

    def __init__(self, request: RawPdu, submitted: SubmitSm, *, link: Link, mailbox: "Mailbox", now: float) -> None:
        self.request = request
        self.submitted = submitted
        self.source = read_sender(submitted.source_addr, submitted.source[0])
        self.destination = read_address(submitted.destination_addr)
        self.link = link
        self.mailbox = mailbox
        self.accepted_at = now
        self.done_at = 0.0
        self.status: int = _ROK
        self.response_delay_s = 0.0
        self.hangs_up = False
        self.id_octets = b""
        self.state: int = _ENROUTE
        self.fate: int = UNDECIDED
        self.error = NO_ERROR
        self.rejected_by = ""
        """The rule of the carrier's policy by which it is refused, or fated to end REJECTED; empty as a rule."""
        self.quirks: ReceiptQuirks | None = None
        """How its receipt is odd; None: as the carrier's profile has it."""
        self.handset: Handset | None = None
        """None until it is accepted."""
        self.when: When | None = None
        """When it may start and must end, where its sender said so; None: now, and as long as the carrier likes."""

    is_mms: ClassVar[bool] = False
    """Whether it came to the MMSC."""

    @property
    def message_id(self) -> str:
        """The id that the ESME was told; empty when the message was refused."""
        return self.id_octets.decode("ascii")

    @property
    def source_addr(self) -> str:
        """As submitted."""
        return self.source.text

    @property
    def destination_addr(self) -> str:
        """As submitted."""
        return self.destination.text

    @property
    def system_id(self) -> str:
        """The account that submitted it."""
        return self.mailbox.account.system_id

    @property
    def text(self) -> str:
        """Its text, of this part alone when it is one of several."""
        return decode_text(self.user_data()[1], self.submitted.data_coding, self.language)

    @property
    def language(self) -> Language:
        """The national tables that its user data header names."""
        return language_of(self._octets()[0]) if self.submitted.esm_class & _UDHI else DEFAULT

    @property
    def segments(self) -> int:
        """How many parts of it go over the air."""
        submitted = self.submitted
        if not submitted.tlvs and len(submitted.short_message) <= UCS2_OCTETS_MAX:
            return 1
        octets, _ = self._octets()
        if not submitted.esm_class & _UDHI:
            return segments_of(len(octets), submitted.data_coding)
        part, text = take_header(octets)
        header = len(octets) - len(text)
        return segments_of(len(text), submitted.data_coding, header=header, is_part=part is not None)

    def _octets(self) -> tuple[bytes, dict[int, int | str | bytes]]:
        """The octets in short_message or in the TLV message_payload (SMPP 3.4, 5.3.2.32), and all its TLVs."""
        submitted = self.submitted
        if not submitted.tlvs:
            return submitted.short_message, {}
        values = {tlv.tag: tlv.value for tlv in read_tlvs(submitted.tlvs, 0, "submit_sm")}
        payload = values.get(TlvTag.message_payload)
        if isinstance(payload, bytes) and not submitted.short_message:
            return payload, values
        return submitted.short_message, values

    def user_data(self) -> tuple[Concatenation | None, bytes]:
        """Which part of a longer text it is (None: it is the whole), and the octets of its text.

        The part is told by a user data header or by sar_* TLVs, which do not go together (SMPP 3.4, 5.2.12): the header
        wins.
        """
        octets, values = self._octets()
        if self.submitted.esm_class & _UDHI:
            return take_header(octets)
        match [values.get(tag) for tag in _SAR_TAGS]:
            case [int(reference), int(total), int(number)]:
                return sar_concatenation(reference, total, number), octets
        return None, octets

    def __repr__(self) -> str:
        parties = f"{self.source_addr} -> {self.destination_addr}"
        if self.status:
            return f"<Message {parties} {status_name(self.status)} {self.text!r}>"
        return f"<Message {self.message_id} {parties} {MessageState(self.state).name} {self.text!r}>"


_SAR_TAGS: Final = (TlvTag.sar_msg_ref_num, TlvTag.sar_total_segments, TlvTag.sar_segment_seqnum)
