"""Spam reports: what a carrier tells the sender when a subscriber forwards a text to 7726.

How carriers tell providers is private, only its content is known: source number, destination number, timestamp and id
of the original message. Our convention is a deliver_sm to the account that owns the reported number:

- source_addr ``7726`` (TON network specific, NPI unknown), destination_addr the reported number, esm_class 0;
- short_message, in ASCII: ``7726 report source:<source> destination:<handset> date:<ISO 8601, UTC, with Z> id:<id>``,
  where ``date`` is when the handset got the message and ``id`` the message_id of its (first) submit_sm_resp;
- the TLV receipted_message_id with the same id.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from powerpack_carriers.addresses import wire_address
from powerpack_carriers.handsets import TextMessage
from powerpack_carriers.smpp.constants import Npi, TlvTag, Ton
from powerpack_carriers.smpp.hot import DeliverSmTemplate
from powerpack_carriers.smpp.tlvs import Tlv

SPAM_NUMBER: Final = "7726"
"""Spells SPAM; the number that US and Canadian carriers take reports at (GSMA Spam Reporting Service)."""

_TEMPLATE: Final = DeliverSmTemplate(esm_class=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamReport:
    """One subscriber's report of one text; ``message_id`` is the carrier's id of the reported message."""

    source: str
    destination: str
    message_id: str
    received_at: datetime
    text: str

    @classmethod
    def of(cls, message: TextMessage) -> "SpamReport":
        """The report of a text in an inbox."""
        return cls(
            source=message.from_number,
            destination=message.to_number,
            message_id=message.carrier_message_ids[0],
            received_at=message.received_at,
            text=message.text,
        )

    @property
    def notice(self) -> str:
        """What the owner of the source number reads."""
        date = self.received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (
            f"{SPAM_NUMBER} report source:{self.source} destination:{self.destination} date:{date} id:{self.message_id}"
        )

    def body(self) -> bytes:
        """The body of the deliver_sm that carries the notice."""
        destination, destination_addr = wire_address(self.source)
        return _TEMPLATE.body(
            source=bytes((Ton.NETWORK_SPECIFIC, Npi.UNKNOWN)),
            source_addr=SPAM_NUMBER.encode("ascii"),
            destination=destination,
            destination_addr=destination_addr,
            short_message=self.notice.encode("ascii", "replace"),
            tlvs=Tlv.of(TlvTag.receipted_message_id, self.message_id).encode(),
        )
