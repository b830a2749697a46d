"""Which message a carrier speaks of: its ids, and receipts that came before anybody knew the id."""

from collections import OrderedDict
from typing import NamedTuple

from powerpack_gateway.messages import Message
from powerpack_gateway.receipts import Receipt, candidate_ids
from powerpack_gateway.route_names import route_name_of

PARKED_MAX = 10_000
"""Receipts that came before their submit_sm_resp, or belong to nobody; the oldest go first, into the journal."""


class CarrierId(NamedTuple):
    """An id and the route of the carrier that gave it: two carriers may give the same (facts/carriers.md C24)."""

    carrier: str
    message_id: str


class CarrierIds:
    """The ids that receipts are waited for."""

    def __init__(self) -> None:
        self._messages: dict[CarrierId, Message] = {}
        self._parked: OrderedDict[CarrierId, Receipt] = OrderedDict()

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, carrier: str, message_id: str, message: Message) -> Receipt | None:
        """Wait for a receipt for one part of a message; returns it when it came before (Q10)."""
        self._messages[CarrierId(carrier, message_id)] = message
        if not self._parked:
            return None
        forms = (CarrierId(carrier, form) for form in candidate_ids(message_id))
        return next((self._parked.pop(form) for form in forms if form in self._parked), None)

    def find(self, carrier: str, receipt: Receipt) -> tuple[CarrierId, Message] | None:
        """The message that a receipt speaks of, whatever form the carrier writes the id in (Q1, Q2)."""
        key = CarrierId(carrier, receipt.message_id)
        message = self._messages.get(key)  # as it was told, nearly always
        if message is not None:
            return key, message
        for candidate in candidate_ids(receipt.message_id):
            key = CarrierId(carrier, candidate)
            message = self._messages.get(key)
            if message is not None:
                return key, message
        return None

    def settled(self, key: CarrierId) -> None:
        """The final receipt came; ids come again some day, so this one is forgotten."""
        del self._messages[key]

    def forget(self, message: Message) -> None:
        """The message is finished without its receipts."""
        route = route_name_of(message)
        for message_id in message.carrier_ids:
            key = CarrierId(route, message_id)
            if self._messages.get(key) is message:
                del self._messages[key]

    def park(self, carrier: str, receipt: Receipt) -> CarrierId | None:
        """Keep a receipt that nobody waits for yet; returns the id of the one that had to go for it."""
        self._parked[CarrierId(carrier, receipt.message_id)] = receipt
        if len(self._parked) > PARKED_MAX:
            return self._parked.popitem(last=False)[0]
        return None
