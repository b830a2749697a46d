"""What handsets and carriers say to the account: texts, STOP, and reports of spam."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from powerpack_gateway.compliance import Notice, parse_spam_report
from powerpack_gateway.encoding import Concatenation, decode_text, split_udh
from powerpack_gateway.nanp import parse_source
from powerpack_gateway.numbers import NumberType, PhoneNumber
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.suppression import REPLIES, Intent, classify

if TYPE_CHECKING:
    from powerpack_gateway.gateway import Gateway

SPAM_SERVICE = "7726"
"""Where handsets forward spam to, and who tells us of it (seed 002, Consumer complaints)."""

UNFINISHED_MAX = 1_000
"""Long messages of which parts are missing; the oldest is passed on as it is when there are more."""


class _Key(NamedTuple):
    source: str
    destination: str
    reference: int
    total: int
    width: int


@dataclass(slots=True)
class _Unfinished:
    """The parts of one long message so far, by their sequence number."""

    parts: dict[int, str] = field(default_factory=dict)


class Inbound:
    """Takes what the dispatcher gets that is no receipt."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._unfinished: OrderedDict[_Key, _Unfinished] = OrderedDict()

    def restore(self, documents: Mapping[tuple[str, str], bytes]) -> None:
        """Take up the complaints of earlier runs."""
        for (kind, _), raw in documents.items():
            if kind == "complaint":
                self._gateway.compliance.complain(msgspec.json.decode(raw, type=Notice))

    def receive(self, carrier: str, delivery: Delivery) -> None:
        """One deliver_sm or data_sm from a carrier."""
        concatenation, payload = split_udh(delivery.esm_class, delivery.short_message)
        text = decode_text(payload, delivery.data_coding)
        number = self._gateway.numbers.get(parse_source(delivery.destination) or delivery.destination)
        if delivery.source == SPAM_SERVICE:
            self._spam(carrier, text)
        elif number is None:
            self._gateway.journal.record(
                "inbound.unknown_number",
                carrier=carrier,
                source=delivery.source,
                destination=delivery.destination,
                text=text,
            )
        else:
            source = parse_source(delivery.source) or delivery.source
            units, whole = self._joined(source, number.number, concatenation, text)
            if whole is not None:
                self._text(carrier, source, number, whole, units)

    def _joined(self, source: str, destination: str, part: Concatenation | None, text: str) -> tuple[int, str | None]:
        """The whole text and its number of parts; None while parts are missing."""
        if part is None:
            return 1, text
        key = _Key(source, destination, part.reference, part.total, part.width)
        unfinished = self._unfinished.setdefault(key, _Unfinished())
        unfinished.parts[part.sequence] = text
        if len(unfinished.parts) < part.total:
            if len(self._unfinished) > UNFINISHED_MAX:
                lost, _ = self._unfinished.popitem(last=False)
                self._gateway.journal.record("inbound.part_lost", source=lost.source, destination=lost.destination)
            return part.total, None
        del self._unfinished[key]
        return part.total, "".join(text for _, text in sorted(unfinished.parts.items()))

    def _text(self, carrier: str, source: str, number: PhoneNumber, text: str, units: int) -> None:
        gateway = self._gateway
        message = gateway.new_inbound(source=source, destination=number.number, text=text, units=units)
        intent = self._intent(number, text)
        powerpack = gateway.powerpacks.owner_of(number.number)
        application_id = (
            powerpack.application_id if powerpack is not None and powerpack.application_id else number.application_id
        )
        application = gateway.applications.get(application_id)
        message.carrier = carrier
        message.intent = intent.value
        message.powerpack_uuid = None if powerpack is None else powerpack.uuid
        if application is not None and application.message_url:
            message.callback_url = application.message_url
            message.callback_method = application.message_method
        gateway.journal.record(
            "message.received",
            uuid=message.uuid,
            source=source,
            destination=number.number,
            text=text,
            intent=intent.value,
        )
        gateway.keep_inbound(message)
        self._act(intent, number, source, None if powerpack is None else powerpack.uuid)

    def _intent(self, number: PhoneNumber, text: str) -> Intent:
        if number.type is NumberType.SHORTCODE and not self._gateway.settings.shortcode_opt_out:
            return Intent.NONE
        return classify(text)

    def _act(self, intent: Intent, number: PhoneNumber, handset: str, powerpack_uuid: str | None) -> None:
        """STOP takes effect here, before the carrier's deliver_sm is acknowledged."""
        gateway, now = self._gateway, self._gateway.clock.now()
        scopes = {"campaign_id": number.campaign_id, "powerpack_uuid": powerpack_uuid}
        if intent is Intent.NONE:
            return
        if intent is Intent.OPTOUT:
            added = gateway.suppression.opt_out(number.number, handset, now=now, **scopes)
            for entry in added:
                gateway.keep_suppression(entry)
            gateway.journal.record("suppression.added", number=number.number, handset=handset, entries=len(added))
            verdict = gateway.compliance.opted_out(number.number, handset, now)
            if verdict.suspend:
                gateway.suspend(number.number, verdict.reason)
        if intent is Intent.OPTIN:
            lifted = gateway.suppression.opt_in(number.number, handset, **scopes)
            for entry in lifted:
                gateway.keep_suppression(entry, lifted=True)
            gateway.journal.record("suppression.lifted", number=number.number, handset=handset, entries=len(lifted))
            if not lifted:
                return  # no reply to a START that lifts nothing (plivo_api.md 4)
        gateway.answer(number, handset, REPLIES[intent], intent.value)

    def _spam(self, carrier: str, text: str) -> None:
        gateway = self._gateway
        try:
            notice = parse_spam_report(text)
        except ValueError as error:
            gateway.journal.record("complaint.unreadable", carrier=carrier, text=text, error=str(error))
            return
        verdict = gateway.compliance.complain(notice)
        gateway.keep_document("complaint", f"{notice.source_number}/{notice.original_message_id}", notice)
        gateway.journal.record(
            "complaint.received",
            carrier=carrier,
            source=notice.source_number,
            destination=notice.destination_number,
            timestamp=notice.timestamp,
            original_message_id=notice.original_message_id,
            suspends=verdict.suspend,
        )
        number = gateway.numbers.get(notice.source_number)
        if verdict.suspend and number is not None and number.suspended is None:
            gateway.suspend(notice.source_number, verdict.reason)
