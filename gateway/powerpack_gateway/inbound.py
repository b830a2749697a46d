"""What handsets and carriers say to the account: texts, STOP, and reports of spam."""

from collections.abc import Callable
from dataclasses import replace

from powerpack_gateway.compliance import SPAM_SERVICE, UnreadableSpamReport, parse_spam_report
from powerpack_gateway.encoding import ESM_CLASS_UDHI, decode_text, sar_concatenation, split_udh, split_unflagged
from powerpack_gateway.errors import StoreError
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.long_messages import LongMessages, Part, Whole
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.nanp import parse_national, parse_number, parse_source, without_prefix
from powerpack_gateway.national_tables import as_told
from powerpack_gateway.numbers import NumberType, PhoneNumber, Service
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.settings import Settings
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.store.base import Store
from powerpack_gateway.suppression import REPLIES, Intent, classify
from powerpack_gateway.underway import Underway

Answer = Callable[[PhoneNumber, str, str, str], None]
"""(number, handset, text, intent): send an automatic reply."""


class Inbound:
    """Takes what the dispatcher gets that is no receipt."""

    def __init__(
        self,
        store: Store,
        holdings: Holdings,
        underway: Underway,
        answer: Answer,
        hears: Callable[[str, str], None],
        *,
        settings: Settings,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._store = store
        self._holdings = holdings
        self._underway = underway
        self._answer = answer
        self._hears = hears
        self._settings = settings
        self._journal = journal
        self.long_messages = LongMessages(store, self._long, clock=clock, journal=journal)

    def receive(self, carrier: str, delivery: Delivery) -> None:
        """One deliver_sm or data_sm from a carrier."""
        concatenation, payload = split_udh(delivery.esm_class, delivery.short_message)
        concatenation = concatenation or sar_concatenation(delivery.tlvs)
        if concatenation is None and not delivery.esm_class & ESM_CLASS_UDHI:
            concatenation, payload = split_unflagged(payload)
        told, data_coding = as_told(delivery.esm_class, delivery.short_message, payload, delivery.data_coding)
        text = decode_text(told, data_coding)
        if payload is delivery.short_message and delivery.esm_class & ESM_CLASS_UDHI:
            text = _heard_behind(payload, delivery.data_coding, text)
        writer = without_prefix(delivery.source)
        number, is_national = self._written_to(delivery.destination)
        if writer == SPAM_SERVICE:
            self._spam(carrier, text)
        elif number is None:
            self._journal.record(
                "inbound.unknown_number",
                carrier=carrier,
                source=delivery.source,
                destination=delivery.destination,
                text=text,
            )
        else:
            source = _handset(writer, is_national=is_national)
            if concatenation is None:
                self._text(carrier, source, number, text, 1)
            else:
                part = Part(data_coding, told)
                self.long_messages.put(carrier, source, number.number, concatenation, part)

    def receive_mms(
        self, carrier: str, *, source: str, destination: str, text: str, keep: Callable[[], tuple[str, ...]]
    ) -> bool:
        """An MMS from a handset; ``keep`` stores its files and gives their ids. False when the number is not ours."""
        number, is_national = self._written_to(destination)
        if number is None:
            self._journal.record(
                "inbound.unknown_number", carrier=carrier, source=source, destination=destination, text=text
            )
            return False
        handset = _handset(without_prefix(source), is_national=is_national)
        self._text(carrier, handset, number, text, 1, service=Service.MMS, media=keep())
        return True

    def _written_to(self, address: str) -> tuple[PhoneNumber | None, bool]:
        """Our number, and whether a handset's may stand without its country code: the carrier writes ours so, or it is
        a short code, to which nobody writes from abroad."""
        address = without_prefix(address)
        number = self._holdings.numbers.get(parse_source(address) or address)
        if number is not None:
            return number, number.type is NumberType.SHORTCODE
        return self._holdings.numbers.get(parse_national(address) or ""), True

    def _long(self, whole: Whole, take_back: Callable[[], None]) -> None:
        """A long message is whole, or no more of it is to be expected."""
        number = self._holdings.numbers.get(whole.number)
        if number is None:  # it left the account between two parts
            self._journal.record(
                "inbound.unknown_number",
                carrier=whole.carrier,
                source=whole.source,
                destination=whole.number,
                text=whole.text,
            )
        else:
            self._text(whole.carrier, whole.source, number, whole.text, whole.units, unkept=take_back)

    def close(self) -> None:
        """Forget the timer; parts of unfinished messages are in the store."""
        self.long_messages.close()

    def _text(
        self,
        carrier: str,
        source: str,
        number: PhoneNumber,
        text: str,
        units: int,
        *,
        service: Service = Service.SMS,
        media: tuple[str, ...] = (),
        unkept: Callable[[], None] | None = None,
    ) -> None:
        holdings = self._holdings
        intent = self._intent(number, text)
        powerpack = holdings.powerpacks.owner_of(number.number)
        of_powerpack = powerpack.application_id if powerpack is not None else ""
        message = self._underway.new(destination=number.number, text=text, units=units)
        message.direction = Direction.INBOUND
        message.stage = Stage.RECEIVED
        message.source = source
        message.service = service
        message.media = media
        message.carrier = carrier
        message.intent = intent.value
        message.powerpack_uuid = None if powerpack is None else powerpack.uuid
        self._address(message, of_powerpack or number.application_id or "")
        self._journal.record(
            "message.received",
            uuid=message.uuid,
            source=source,
            destination=number.number,
            text=text,
            intent=intent.value,
        )
        self._keep(message, unkept)
        self._hears(number.number, text)
        self._act(intent, number, source)

    def _address(self, message: Message, application_id: str) -> None:
        """Whom to tell of a handset's message: the application, or whoever stands for the PHLO."""
        application = self._holdings.applications.get(application_id)
        phlo = self._holdings.phlos.get(application_id)
        if application is not None and application.message_url:
            message.callback_url = application.message_url
            message.callback_method = application.message_method
        elif phlo is not None:
            message.callback_url = phlo.url
            message.callback_method = phlo.method
        elif application_id and application is None:
            self._journal.record("inbound.nobody", uuid=message.uuid, application_id=application_id)

    def _keep(self, message: Message, unkept: Callable[[], None] | None) -> None:
        """Store a handset's message; its webhook goes out once it is on disk."""
        is_here = self._underway.keep(message)

        def stored(error: StoreError | None) -> None:
            if error is None:
                if is_here:
                    self._underway.tell(message)
            else:
                self._underway.drop(message)  # the carrier hears a temporary error and sends it again
                if unkept is not None:
                    unkept()

        self._store.when_durable(stored)

    def _intent(self, number: PhoneNumber, text: str) -> Intent:
        if number.type is NumberType.SHORTCODE and not self._settings.shortcode_opt_out:
            return Intent.NONE
        return classify(text)

    def _act(self, intent: Intent, number: PhoneNumber, handset: str) -> None:
        """STOP takes effect here, before the carrier's deliver_sm is acknowledged."""
        if intent is Intent.NONE:
            return
        if intent is Intent.OPTOUT:
            added = self._holdings.opt_outs.stop(number, handset)
            self._journal.record("suppression.added", number=number.number, handset=handset, entries=added)
        if intent is Intent.OPTIN:
            lifted = self._holdings.opt_outs.start(number, handset)
            self._journal.record("suppression.lifted", number=number.number, handset=handset, entries=lifted)
            if not lifted:
                return  # no reply to a START that lifts nothing (plivo_api.md 4)
            self._prefer(number, handset)
        if parse_number(handset) is not None:  # a word or a short code is no phone: a service that writes to another
            self._answer(number, handset, REPLIES[intent], intent.value)

    def _prefer(self, number: PhoneNumber, handset: str) -> None:
        """Who says START to one number of a pool wants to hear from that one: another that was told STOP stays silent,
        and as the handset's sticky number it would silence the whole pool."""
        powerpack = self._holdings.powerpacks.owner_of(number.number)
        if powerpack is not None:
            for service, kept in self._holdings.pools.prefer(powerpack.uuid, handset, number.number):
                self._store.put_sticky(powerpack.uuid, service, handset, kept)

    def _spam(self, carrier: str, text: str) -> None:
        try:
            notice = parse_spam_report(text)
        except UnreadableSpamReport as error:
            self._journal.record("complaint.unreadable", carrier=carrier, text=text, error=str(error))
            return
        number, _ = self._written_to(notice.source_number)
        if number is None:
            fields = {"source": notice.source_number, "destination": notice.destination_number}
            self._journal.record("complaint.unknown_number", carrier=carrier, **fields)
            return
        notice = replace(notice, source_number=number.number)
        verdict = self._holdings.complaints.complain(notice)
        self._journal.record(
            "complaint.received",
            carrier=carrier,
            source=notice.source_number,
            destination=notice.destination_number,
            timestamp=notice.timestamp,
            original_message_id=notice.original_message_id,
            suspends=verdict.suspend,
        )


def _heard_behind(payload: bytes, data_coding: int, text: str) -> str:
    """The text of a message whose header is not there, or does not fit into it: all of it, as phones show it. But where
    a keyword stands behind the octet that lies, somebody said that word, and a STOP has to be heard."""
    behind = decode_text(payload[1:], data_coding)
    return text if classify(behind) is Intent.NONE else behind


def _handset(address: str, *, is_national: bool) -> str:
    """Who wrote, by the digits that messages to it have: a STOP has to be theirs, however the carrier writes them."""
    national = parse_national(address)
    if is_national and national is not None:
        return national
    return parse_source(address) or national or address
