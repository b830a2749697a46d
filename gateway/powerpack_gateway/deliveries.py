"""What carriers hand over: receipts and handsets' messages, acknowledged once what they changed is on disk."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from powerpack_gateway.defects import Defects, content_of
from powerpack_gateway.doubts import Doubts
from powerpack_gateway.errors import StoreError
from powerpack_gateway.fates import Fates
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.smpp.carrier_route import CarrierRoute
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.plain_read import PlainReceipt
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.scan import deliver_sm
from powerpack_gateway.smpp.statuses import ESME_ROK, ESME_RX_T_APPN
from powerpack_gateway.store.base import Store

UNHEARD_MAX = 10_000
"""Deliveries whose acknowledgement was lost with its link; a carrier's window is far smaller."""

UNHEARD_S_MAX = 3_600.0
"""How long one is taken for the same that comes again: longer than carriers pause between tries and links are away.
Somebody who writes the same word a day later means it, and the carrier may have heard us after all."""


class _Receipts(NamedTuple):
    """Plain ones of one connection, by their sequence_numbers."""

    route: Route
    link: str
    sequences: Sequence[int]


class Deliveries:
    """One for a gateway. ``received`` is told of what is no receipt, with the carrier's name."""

    def __init__(
        self,
        fates: Fates,
        store: Store,
        *,
        received: Callable[[str, Delivery], None],
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._fates = fates
        self._store = store
        self._received = received
        self._clock = clock
        self._journal = journal
        self._defects = Defects(journal)
        self._unacknowledged: list[tuple[CarrierRoute, Delivery, int] | _Receipts] = []  # in the order of coming
        self._doubts = Doubts()
        self._unheard: OrderedDict[Hashable, float] = OrderedDict()  # since when, on the monotonic clock

    def take(self, route: CarrierRoute, delivery: Delivery) -> None:
        """A receipt, or a message from a handset. Whatever goes wrong with it is its own matter: the link lives on."""
        carrier, status = route.name, ESME_ROK
        try:
            if delivery.is_receipt or delivery.is_intermediate:
                self._fates.receipt_came(carrier, delivery)
            elif self._came_before(carrier, delivery):
                self._journal.record(
                    "inbound.redelivered", carrier=carrier, source=delivery.source, destination=delivery.destination
                )
            else:
                self._received(carrier, delivery)
        except Exception as error:  # noqa: BLE001 -- journalled and told; raised, it would cost the link, again and again
            status = self._defects.status_after(error, carrier, delivery)
        self._unacknowledged.append((route, delivery, status))

    def _came_before(self, carrier: str, delivery: Delivery) -> bool:
        """Whether it is one whose acknowledgement was lost; it is expected once more, not twice."""
        since = self._unheard.pop(content_of(carrier, delivery), None) if self._unheard else None
        now = self._clock.monotonic()
        return (since is not None and now - since <= UNHEARD_S_MAX) or self._doubts.settles(carrier, delivery, now)

    def take_receipts(self, route: Route, link: str, receipts: Sequence[PlainReceipt]) -> None:
        """Receipts of messages that arrived, which one connection brought; others are taken alone."""
        plain: list[int] = []
        settled: set[int] = set()

        def alone(receipt: PlainReceipt) -> None:
            settled.add(receipt.sequence)
            if plain:
                settled.update(plain)
                self._unacknowledged.append(_Receipts(route, link, plain.copy()))
                plain.clear()
            self.take(route, deliver_sm(receipt.raw, receipt.sequence, link))

        try:
            self._fates.receipts_together(route.name, receipts, plain.append, alone)
        except Exception as error:  # noqa: BLE001 -- as in take; what it was about is met again by one of them alone
            self._defects.of_a_block(error, route.name, len(receipts) - len(settled))
            for each in receipts:
                if each.sequence not in settled:
                    self.take(route, deliver_sm(each.raw, each.sequence, link))
        else:
            self._unacknowledged.append(_Receipts(route, link, plain))

    def acknowledge(self) -> None:
        """Answer everything that was taken, with one commit."""
        if not self._unacknowledged:
            return
        batch, self._unacknowledged = self._unacknowledged, []

        def acknowledge(error: StoreError | None) -> None:
            for each in batch:
                if isinstance(each, _Receipts):
                    status = ESME_ROK if error is None else ESME_RX_T_APPN
                    each.route.acknowledge_together(each.link, each.sequences, status)
                    continue
                link, delivery, status = each
                was_sent = link.acknowledge(delivery, status if error is None else ESME_RX_T_APPN)
                if not was_sent and error is None and status == ESME_ROK:
                    self.unheard(link.name, delivery)

        self._store.when_durable(acknowledge)

    def doubted(self, carrier: str, deliveries: Sequence[Delivery]) -> None:
        """Our acknowledgements were written, and perhaps not read when the connection broke."""
        self._doubts.add(carrier, deliveries, self._clock.monotonic())

    def unheard(self, carrier: str, delivery: Delivery) -> None:
        """Our acknowledgement found no link: the carrier will deliver it again, and it must not count twice (C52)."""
        if not delivery.is_receipt:
            self._unheard[content_of(carrier, delivery)] = self._clock.monotonic()
            if len(self._unheard) > UNHEARD_MAX:
                self._unheard.popitem(last=False)
