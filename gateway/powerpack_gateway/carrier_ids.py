"""Which message a carrier speaks of: its ids, and receipts that came before anybody knew the id.

An id alone says little: two carriers give the same, and one carrier gives it again after a restart or a wrap-around
(facts/carriers.md C24). So an id belongs to its carrier's route, several messages may wait with the same, and a receipt
goes to the one whose handset and sender it names, the newest of them.
"""

from powerpack_gateway.id_forms import SHORT, IdForms
from powerpack_gateway.messages import Message, Stage
from powerpack_gateway.parked_receipts import Between, CarrierId, Parked, ParkedReceipts
from powerpack_gateway.receipts import Receipt
from powerpack_gateway.route_names import route_name_of

NUMBER_DIGITS = 10
"""Digits that tell a handset, however the carrier writes its country. A shorter address (a short code, a service of the
carrier's) says nothing about whom a receipt is for."""


NOBODY = Between()

_SENT = Stage.SENT


class CarrierIds:
    """The ids that receipts are waited for. Times are Unix seconds."""

    def __init__(self) -> None:
        # A plain tuple finds what a CarrierId does, and is made in a fifth of the time.
        self._messages: dict[tuple[str, str], Message] = {}
        self._older: dict[tuple[str, str], list[Message]] = {}  # of an id that came again, oldest first
        self._parked = ParkedReceipts()
        self.forms = IdForms()

    def __len__(self) -> int:
        return len(self._messages) + sum(map(len, self._older.values()))

    def put(self, carrier: str, message_id: str, message: Message, now: float) -> list[Parked]:
        """Wait for a receipt for one part of a message; returns what came before (Q10), in that order."""
        self.forms.told(carrier, message_id)
        key = CarrierId(carrier, message_id)
        before = self._messages.get(key)
        if before is not None and before is not message:
            self._older.setdefault(key, []).append(before)
        self._messages[key] = message
        if not self._parked.by_number:
            return []
        forms = (CarrierId(carrier, form) for form in self.forms.that_report(carrier, message_id))
        return self._parked.taken(forms, now, lambda between: _likeness(message, between) > 0)

    def put_new(self, carrier: str, message_id: str, message: Message) -> bool:
        """Wait for a receipt, where nothing else is known of this id; False: ``put`` it."""
        if self._parked.by_number or (carrier, message_id) in self._messages:
            return False
        self._messages[carrier, message_id] = message
        return True

    def take(self, carrier: str, message_id: str, handset: str) -> Message | None:
        """The one message of a single part that was sent and waits with this id, if this is its handset and the id can
        mean no other: it waits no more. None: ``find`` it."""
        is_sure = carrier in self.forms.as_told
        if not is_sure and len(message_id.lstrip("0")) <= SHORT:
            return None
        key = carrier, message_id
        message = self._messages.get(key)
        if message is None or message.destination != handset or message.stage is not _SENT:
            return None
        if message.units != 1 or key in self._older:
            return None
        del self._messages[key]
        if not is_sure:
            self.forms.reported(carrier, message_id)
        return message

    def reported(self, carrier: str, receipt: Receipt, between: Between) -> tuple[CarrierId, Message] | None:
        """``find`` for a receipt that came: its id shows how this carrier writes them. One with a letter that leads to
        no message shows nothing: it may be garbled, or of another client of the carrier's."""
        found = self.find(carrier, receipt, between)
        if found is not None or receipt.message_id.isdecimal():
            self.forms.reported(carrier, receipt.message_id)
        return found

    def find(self, carrier: str, receipt: Receipt, between: Between = NOBODY) -> tuple[CarrierId, Message] | None:
        """The message that a receipt speaks of, whatever form the carrier writes the id in (Q1, Q2): of several, the
        one that its addresses fit best."""
        key = CarrierId(carrier, receipt.message_id)
        message = self._messages.get(key)  # as it was told, nearly always
        if (
            message is not None
            and carrier in self.forms.as_told
            and (between.source, between.destination) == (message.destination, message.source)
        ):
            return key, message
        best: tuple[CarrierId, Message] | None = None
        likeness = 0
        for candidate in self.forms.that_told(carrier, receipt.message_id):
            key = CarrierId(carrier, candidate)
            if key in self._messages:
                for message in (self._messages[key], *reversed(self._older.get(key, ()))):
                    like = _likeness(message, between)
                    if like > likeness:
                        best, likeness = (key, message), like
        return best

    def settled(self, key: tuple[str, str], message: Message) -> None:
        """The final receipt came; ids come again some day, so this one is forgotten."""
        older = self._older.get(key)
        if self._messages[key] is not message:
            assert older is not None, "it was found there"
            older.remove(message)
        elif older:
            self._messages[key] = older.pop()
        else:
            del self._messages[key]
        if older is not None and not older:
            del self._older[key]

    def forget(self, message: Message) -> None:
        """The message is finished without its receipts."""
        route = route_name_of(message)
        for message_id in message.carrier_ids:
            key = CarrierId(route, message_id)
            if self._messages.get(key) is message or message in self._older.get(key, ()):
                self.settled(key, message)

    def park(self, carrier: str, receipt: Receipt, between: Between, now: float) -> list[CarrierId]:
        """Keep a receipt that nobody waits for yet; returns the ids of those that had to make room."""
        return self._parked.add(CarrierId(carrier, receipt.message_id), Parked(receipt, between, now))

    def let_go(self, now: float) -> list[CarrierId]:
        """Forget receipts that came too long ago to be for a message whose answer is still to come, as they do where a
        carrier took a message twice and its first answer was lost; returns their ids."""
        return self._parked.let_go(now)


def _likeness(message: Message, between: Between) -> int:
    """How well a receipt between these two fits a message: 0, not at all, if it comes from another handset. 1: where it
    comes from a service of the carrier's, or from our own number, nothing speaks against it. 2: it names the handset;
    3: and our number."""
    handset, ours = message.destination[-NUMBER_DIGITS:], message.source[-NUMBER_DIGITS:]
    source, destination = between.source[-NUMBER_DIGITS:], between.destination[-NUMBER_DIGITS:]
    if handset in (source, destination):
        return 3 if ours in (source, destination) else 2
    names_a_handset = len(source) == NUMBER_DIGITS and source.isdecimal()
    return 1 if not names_a_handset or source == ours else 0
