"""A desk whose receipts are odd, and the octets of a receipt that is not."""

from carriers.builders import FakeLink, ListJournal, Plan, StandingClock, a_mailbox, a_message, a_profile, a_submit
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.mailbox import Delivery
from powerpack_carriers.messages import Message
from powerpack_carriers.profile import MessageIdForm, MessageIdHabit, Profile, ReceiptHabit
from powerpack_carriers.receipt_desk import ReceiptDesk
from powerpack_carriers.receipt_quirks import ReceiptQuirks
from powerpack_carriers.smpp.codec import decode, encode_raw
from powerpack_carriers.smpp.constants import CommandId, MessageState
from powerpack_carriers.smpp.pdus import Pdu

DELIVERED, UNDELIVERABLE = MessageState.DELIVERED, MessageState.UNDELIVERABLE
PLAIN_TEXT = (
    b"id:00b8be19 sub:001 dlvrd:001 submit date:2611220130 done date:2611220130 stat:DELIVRD err:000 text:Hello"
)
PLAIN_TLVS = "001e0009303062386265313900" + "0427000102"
"""receipted_message_id and message_state, as they are on the wire."""
FAILED_TEXT = PLAIN_TEXT.replace(b"dlvrd:001", b"dlvrd:000").replace(b"DELIVRD err:000", b"UNDELIV err:070")


class Setting:
    """A desk with one message's mailbox, and time that moves by hand."""

    def __init__(self, quirks: ReceiptQuirks, *, profile: Profile | None = None) -> None:
        self.clock = StandingClock()
        self.plan = Plan()
        self.journal = ListJournal()
        self.links = (FakeLink("one"), FakeLink("two"))
        self.mailbox = a_mailbox()
        for link in self.links:
            self.mailbox.attach(link, self.clock.monotonic())
        self.desk = ReceiptDesk(
            profile or profile_of(quirks),
            faults=Faults("acme", seed=1, journal=self.journal, now=self.clock.monotonic),
            plan=self.plan,
            new_id=lambda: b"deadbeef",
            clock=self.clock,
            journal=self.journal,
        )

    def message(self, text: bytes = b"Hello", *, message_id: bytes = b"00b8be19", **submit: object) -> Message:
        """An accepted message whose sender asked for a receipt."""
        submitted = a_submit(text, **{"registered_delivery": 1, **submit})  # type: ignore[arg-type]  # the caller's
        return a_message(submitted, message_id=message_id, mailbox=self.mailbox)

    def end(self, message: Message, state: int = DELIVERED, error: str = "000") -> None:
        """Bring a message to its end."""
        message.state, message.error, message.done_at = state, error, self.clock.monotonic()
        self.desk.ended(message, self.clock.monotonic())

    def wait(self, seconds: float) -> None:
        """Let what is due happen."""
        self.clock.seconds += seconds
        self.plan.run_until(self.clock.seconds)

    def sent(self) -> list[Pdu]:
        """The receipts, those on the first link first."""
        return [pdu_of(delivery) for link in self.links for delivery in link.delivered]


def profile_of(quirks: ReceiptQuirks, form: MessageIdForm = MessageIdForm.HEX) -> Profile:
    habit = ReceiptHabit(delay_s_min=0, delay_s_max=0, quirks=quirks)
    return a_profile(receipt=habit, message_id=MessageIdHabit(form=form))


def pdu_of(delivery: object) -> Pdu:
    assert isinstance(delivery, Delivery)
    if isinstance(delivery.body, Pdu):
        return delivery.body
    return decode(encode_raw(CommandId.deliver_sm, 0, 1, delivery.body))


def body_of(
    quirks: ReceiptQuirks,
    *,
    state: int = DELIVERED,
    error: str = "000",
    form: MessageIdForm = MessageIdForm.HEX,
    message_id: bytes = b"00b8be19",
    **submit: object,
) -> bytes:
    """The only receipt of one message, as octets behind destination_addr."""
    setting = Setting(quirks, profile=profile_of(quirks, form))
    setting.end(setting.message(message_id=message_id, **submit), state, error)  # type: ignore[arg-type]  # the caller's
    (delivery,) = [delivery for link in setting.links for delivery in link.delivered]
    assert isinstance(delivery, Delivery)
    assert isinstance(delivery.body, bytes)
    return delivery.body.split(b"12065550100\0", 1)[1]


def octets_of(text: bytes, tlvs: str = PLAIN_TLVS, *, esm_class: int = 4) -> bytes:
    """What is behind destination_addr: esm_class to sm_length, the text, and TLVs in hex."""
    return bytes((esm_class, 0, 0, 0, 0, 0, 0, 0, 0, len(text))) + text + bytes.fromhex(tlvs)


def with_id(written: bytes) -> bytes:
    return PLAIN_TEXT.replace(b"00b8be19", written)
