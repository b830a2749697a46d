"""A subscriber's text as the deliver_sm that its recipient gets."""

from powerpack_carriers.addresses import wire_address
from powerpack_carriers.smpp.constants import EsmClass
from powerpack_carriers.smpp.hot import DeliverSmTemplate
from powerpack_carriers.text import encode_text, split_text


def text_bodies(*, source: str, destination: str, text: str, reference: int, parts_min: int = 1) -> tuple[bytes, ...]:
    """The bodies of one deliver_sm a part; ``reference`` joins them. Raises ValueError as split_text does."""
    data_coding, octets = encode_text(text)
    parts = split_text(octets, data_coding, reference=reference, parts_min=parts_min)
    template = DeliverSmTemplate(esm_class=EsmClass.UDHI if len(parts) > 1 else 0, data_coding=data_coding)
    (source_type, source_addr), (destination_type, destination_addr) = wire_address(source), wire_address(destination)
    return tuple(
        template.body(
            source=source_type,
            source_addr=source_addr,
            destination=destination_type,
            destination_addr=destination_addr,
            short_message=part,
        )
        for part in parts
    )
