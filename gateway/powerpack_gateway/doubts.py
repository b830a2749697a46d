"""Texts of handsets of which nobody knows whether their carrier heard that they came: it may bring them once more.

An acknowledgement that was written to a connection is not read yet, and when the connection breaks the carrier delivers
again what it believes unheard. A repeat is the same in every octet that the carrier wrote but its sequence_number.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Final

from powerpack_gateway.encoding import ESM_CLASS_UDHI, decode_text
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.suppression import Intent, classify

DOUBTED_S: Final = 120.0
"""How long after the break the same text counts as a repeat: carriers repeat when they are bound to again, or within a
minute after a refusal. Later it is rather somebody who says the same word again."""

DOUBTS_MAX: Final = 10_000
"""As many as acknowledgements that are known to be lost."""


class Doubts:
    """Of one gateway, or of one desk. Times are of one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._since: OrderedDict[Hashable, list[float]] = OrderedDict()

    def add(self, carrier: str, deliveries: Sequence[Delivery], now: float) -> None:
        """A connection broke before the carrier can be known to have read our answers to these.

        Words that change what may be sent are heard every time, since STOP, START, STOP within a minute is three words;
        parts of long texts are known by their reference (``LongMessages``).
        """
        for each in deliveries:
            is_part = bool(each.esm_class & ESM_CLASS_UDHI)
            if is_part or classify(decode_text(each.short_message, each.data_coding)) is not Intent.NONE:
                continue
            self._since.setdefault(_octets_of(carrier, each), []).append(now)
            if len(self._since) > DOUBTS_MAX:
                self._since.popitem(last=False)

    def settles(self, carrier: str, delivery: Delivery, now: float) -> bool:
        """Whether this is the repeat of one of them, which is expected no more then."""
        if not self._since:
            return False
        since = self._since.pop(key := _octets_of(carrier, delivery), [])
        if len(since) > 1:
            self._since[key] = since[1:]
        return bool(since) and now - since[0] <= DOUBTED_S


def _octets_of(carrier: str, delivery: Delivery) -> Hashable:
    return (
        carrier, delivery.source, delivery.destination, delivery.esm_class, delivery.data_coding,
        delivery.short_message, tuple(sorted(delivery.tlvs.items())),
    )  # fmt: skip
