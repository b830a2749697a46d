"""What carriers hand over: receipts and handsets' messages, acknowledged once what they changed is on disk."""

from collections import OrderedDict
from collections.abc import Callable

from powerpack_gateway.errors import StoreError
from powerpack_gateway.fates import Fates
from powerpack_gateway.ports import Journal
from powerpack_gateway.smpp.carrier_route import CarrierRoute
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.statuses import ESME_ROK, ESME_RX_T_APPN
from powerpack_gateway.store.base import Store

UNHEARD_MAX = 10_000
"""Deliveries whose acknowledgement was lost with its link; a carrier's window is far smaller."""


class Deliveries:
    """One for a gateway. ``received`` is told of what is no receipt, with the carrier's name."""

    def __init__(
        self, fates: Fates, store: Store, *, received: Callable[[str, Delivery], None], journal: Journal
    ) -> None:
        self._fates = fates
        self._store = store
        self._received = received
        self._journal = journal
        self._unacknowledged: list[tuple[CarrierRoute, Delivery]] = []
        self._unheard: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def take(self, route: CarrierRoute, delivery: Delivery) -> None:
        """A receipt, or a message from a handset."""
        if delivery.is_receipt or delivery.is_intermediate:
            self._fates.receipt_came(route.name, delivery)
        elif (content := _content_of(route.name, delivery)) in self._unheard:
            del self._unheard[content]
            self._journal.record(
                "inbound.redelivered", carrier=route.name, source=delivery.source, destination=delivery.destination
            )
        else:
            self._received(route.name, delivery)
        self._unacknowledged.append((route, delivery))

    def acknowledge(self) -> None:
        """Answer everything that was taken, with one commit."""
        if not self._unacknowledged:
            return
        batch, self._unacknowledged = self._unacknowledged, []

        def acknowledge(error: StoreError | None) -> None:
            for link, delivery in batch:
                was_sent = link.acknowledge(delivery, ESME_ROK if error is None else ESME_RX_T_APPN)
                if not was_sent and error is None:
                    self.unheard(link.name, delivery)

        self._store.when_durable(acknowledge)

    def unheard(self, carrier: str, delivery: Delivery) -> None:
        """Our acknowledgement found no link: the carrier will deliver it again, and it must not count twice (C52)."""
        if not delivery.is_receipt:
            self._unheard[_content_of(carrier, delivery)] = None
            if len(self._unheard) > UNHEARD_MAX:
                self._unheard.popitem(last=False)


def _content_of(carrier: str, delivery: Delivery) -> tuple[object, ...]:
    """What makes two deliveries the same: a carrier that delivers again numbers anew."""
    return (carrier, delivery.source, delivery.destination, delivery.esm_class, delivery.short_message)
