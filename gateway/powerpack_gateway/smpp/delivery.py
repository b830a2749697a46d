"""Delivery: what a carrier hands to the gateway."""

from typing import Final, NamedTuple

#: The message type inside esm_class; the other bits say nothing about it (SMPP 3.4, 5.2.12).
_TYPE_BITS: Final = 0x3C
_DELIVERY_RECEIPT: Final = 0x04
_INTERMEDIATE_NOTIFICATION: Final = 0x20


class Delivery(NamedTuple):
    """One deliver_sm or data_sm, as the PDU says it (a NamedTuple, because receipts come as often as submits go).

    ``short_message`` is the message_payload TLV where the carrier used that. ``link`` is the name of the connection on
    which it came and on which alone it can be acknowledged; ``sequence`` is the carrier's, 0 to 0xFFFFFFFF.
    """

    source: str
    destination: str
    short_message: bytes
    esm_class: int
    data_coding: int
    tlvs: dict[int, bytes]
    raw: bytes
    link: str
    sequence: int
    command_id: int

    @property
    def is_receipt(self) -> bool:
        """Whether it reports the fate of a message of ours (a reply path or header indicator may be set too)."""
        return self.esm_class & _TYPE_BITS == _DELIVERY_RECEIPT

    @property
    def is_intermediate(self) -> bool:
        """Whether it reports progress that is not final."""
        return self.esm_class & _TYPE_BITS == _INTERMEDIATE_NOTIFICATION
