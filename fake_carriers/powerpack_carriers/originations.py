"""What the subscribers of a carrier send: texts, MMS, reports of spam; and what the network itself writes to them."""

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Final

from powerpack_carriers.directory import Directory
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.handsets import Handset, TextMessage
from powerpack_carriers.in_parts import WHOLE, InParts
from powerpack_carriers.mailbox import Delivery, Mailbox
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.numbering import digits_of
from powerpack_carriers.policy import Policy
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.spam import SPAM_NUMBER, SpamReport
from powerpack_carriers.spam_dialogue import SpamDialogues
from powerpack_carriers.subscriber_text import text_bodies
from powerpack_carriers.timeline import Action

TEXT: Final = "text"
"""What a delivery is that a phone wrote."""


class Originations:
    """Carries what phones send to whom it is for. ``reports`` takes what they report, ``new_id`` makes message ids."""

    def __init__(
        self,
        carrier: str,
        *,
        directory: Directory,
        policy: Policy,
        faults: Faults,
        reports: deque[SpamReport],
        new_id: Callable[[], bytes],
        dice: Random,
        plan: Callable[[float, Action], None],
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._carrier = carrier
        self._directory = directory
        self._policy = policy
        self._faults = faults
        self._reports = reports
        self._new_id = new_id
        self._part_dice = dice
        self._plan = plan
        self._clock = clock
        self._journal = journal
        self._dialogues = SpamDialogues(carrier, tell=self._write_to, report=self.report_spam, journal=journal)
        self._reference = 0

    def text(self, handset: Handset, to: str, text: str, parts: InParts = WHOLE) -> None:
        """Carry a text from a phone to the account behind a number, which may be another carrier's, or to 7726.

        Raises HandsetError for a text that is too long, and when nobody could ever get it.
        """
        if to == SPAM_NUMBER:
            self._journal.record(
                "handset.sent", number=handset.number, carrier=self._carrier, target=to, text=text, parts=1
            )
            self._dialogues.hear(handset, text)
            return
        self._reference = self._reference % 0xFF + 1
        try:
            bodies = text_bodies(
                source=handset.number,
                destination=to,
                text=text,
                reference=self._reference,
                parts_min=parts.at_least,
            )
        except ValueError as error:
            raise HandsetError(f"handset {handset.number}: {error}") from error
        self._journal.record(
            "handset.sent", number=handset.number, carrier=self._carrier, target=to, text=text, parts=len(bodies)
        )
        leaving = bodies if parts is WHOLE else parts.arranged(bodies, self._part_dice)
        self._deliver([Delivery(TEXT, body) for body in leaving], number=to, handset=handset, gap_s=parts.gap_s)
        if not parts.loses_of(len(bodies)):  # of a text that never comes together the network knows no word
            self._hear(handset, to, text)

    def _hear(self, handset: Handset, to: str, text: str) -> None:
        """The network itself may answer a text to one of its toll-free numbers."""
        if answer := self._policy.hear(text, number=to, handset=handset.number):
            self._write_to(handset, to, answer)

    def mms(self, handset: Handset, to: str, text: str, media: tuple[Media, ...], subject: str) -> None:
        """Carry an MMS from a phone to the account behind a number, which may be another carrier's.

        Raises HandsetError when nobody could ever get it.
        """
        mailbox = self._directory.mailbox_for(to, handset)
        owner = None if mailbox is None else self._directory.carrier_named(mailbox.carrier)
        if mailbox is None or owner is None:
            raise HandsetError(f"handset {handset.number}: {to} belongs to nobody, as no carrier has an account")
        is_taken = owner.deliver_mms(mailbox, sender=handset.number, to=to, text=text, subject=subject, media=media)
        if not is_taken:
            who = f"account {mailbox.account.system_id} of {mailbox.carrier}"
            raise HandsetError(f"handset {handset.number}: {to} belongs to {who}, which is not connected over MM7")
        self._journal.record(
            "handset.sent_mms",
            number=handset.number,
            carrier=self._carrier,
            target=to,
            text=text,
            media=[f"{each.content_type} {each.size}" for each in media],
        )
        self._hear(handset, to, text)

    def _write_to(self, handset: Handset, number: str, text: str) -> None:
        """The network itself writes to a phone: in the name of a toll-free number, or as 7726."""
        message_id = self._new_id().decode("ascii")
        handset.inbox.append(
            TextMessage(
                text=text,
                from_number=number,
                to_number=handset.number,
                received_at=self._clock.now(),
                carrier_message_ids=(message_id,),
                parts=1,
            )
        )
        self._journal.record(
            "carrier.network_message", carrier=self._carrier, number=handset.number, source=number, text=text
        )

    def report_spam(self, handset: Handset, message: TextMessage) -> SpamReport:
        """Tell the owner of the source number that a subscriber reported one of its texts. Raises HandsetError."""
        if message.from_number == SPAM_NUMBER:
            raise HandsetError(f"handset {handset.number}: found a text of {SPAM_NUMBER} itself, expected a sender's")
        report = SpamReport.of(message)
        self._reports.append(report)
        self._journal.record(
            "carrier.spam_report",
            carrier=self._carrier,
            source=report.source,
            destination=report.destination,
            message_id=report.message_id,
        )
        notice = Delivery("spam report", report.body(), message_id=report.message_id.encode("ascii"))
        self._deliver([notice], number=report.source, handset=handset)
        self._policy.complained(report.source, self._clock.monotonic(), handset=handset.number)
        return report

    def _deliver(self, deliveries: Sequence[Delivery], *, number: str, handset: Handset, gap_s: float = 0.0) -> None:
        mailbox = self._directory.mailbox_for(number, handset)
        if mailbox is None:
            raise HandsetError(f"handset {handset.number}: {number} belongs to nobody, as no carrier has an account")
        if mailbox.carrier != self._carrier:
            self._journal.record("carrier.interconnect", source=self._carrier, target=mailbox.carrier, number=number)
        now = self._clock.monotonic()
        for place, delivery in enumerate(deliveries):
            for delay_s in self._delays_s(delivery, number, handset, now):
                # Each has an object of its own, as that knows how often it was tried.
                copy = Delivery(delivery.what, delivery.body, message_id=delivery.message_id)
                if after_s := place * gap_s + delay_s:
                    self._plan(now + after_s, partial(_post, mailbox, copy))
                else:
                    mailbox.post(copy, now)
        mailbox.flush()

    def _delays_s(self, delivery: Delivery, number: str, handset: Handset, now: float) -> list[float]:
        """How many copies leave, and when: one at once, unless a fault strikes a text."""
        if delivery.what != TEXT:
            return [0.0]
        plan = self._faults.on_text(handset.number, digits_of(number), now)
        if not plan.copies:
            self._journal.record("carrier.text_lost", carrier=self._carrier, number=handset.number, target=number)
        return plan.delays_s


def _post(mailbox: Mailbox, delivery: Delivery, now: float) -> None:
    mailbox.post(delivery, now)
    # It may be another carrier's, whose own agenda knows nothing of this.
    mailbox.flush()
