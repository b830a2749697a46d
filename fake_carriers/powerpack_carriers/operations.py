"""The requests besides submit_sm: data_sm, submit_multi, query_sm, cancel_sm, replace_sm."""

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from powerpack_carriers.lifecycle import Lifecycle
from powerpack_carriers.links import Link
from powerpack_carriers.mailbox import Mailbox
from powerpack_carriers.messages import Message
from powerpack_carriers.ports import Clock
from powerpack_carriers.receipts import moment_of
from powerpack_carriers.smpp.buffer import RawPdu
from powerpack_carriers.smpp.codec import encode_tlvs
from powerpack_carriers.smpp.constants import CommandId, CommandStatus, EsmClass, MessageState, TlvTag
from powerpack_carriers.smpp.fields import SmeAddress, UnsuccessSme
from powerpack_carriers.smpp.hot import SubmitSm, Terms, submitted
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.rules import NPIS, TONS, header_fits
from powerpack_carriers.smpp.tlvs import read_tlvs
from powerpack_carriers.timed import TimedMessages
from powerpack_carriers.times import write_time
from powerpack_carriers.transactions import Transactions

ERROR_CODE_MAX: Final = 0xFF
"""error_code of query_sm_resp is one octet: longer carrier codes do not fit (SMPP 3.4, 4.8.2)."""


class Desk(Protocol):
    """What a carrier does with messages, for requests that make them or end them."""

    def take(self, request: RawPdu, submitted: SubmitSm, *, link: Link, mailbox: Mailbox, now: float) -> Message:
        """Admit or refuse a message, without an answer."""
        ...

    def answer(self, message: Message, now: float) -> None:
        """Answer the request that brought the message."""
        ...

    def answer_after(self, link: Link, delay_s: float, respond: Callable[[], None], now: float) -> None:
        """Answer a request that brought several: call ``respond`` now, later or never."""
        ...

    def judge_text(self, message: Message) -> int:
        """The status for the new text of a message that was let in."""
        ...

    def end(self, message: Message, now: float, state: int) -> bool:
        """Bring a message to a final state; False when it is in one."""
        ...


class Operations:
    """Answers what ESMEs seldom ask."""

    def __init__(
        self, desk: Desk, lifecycle: Lifecycle, timed: TimedMessages, transactions: Transactions, clock: Clock
    ) -> None:
        self._desk = desk
        self._lifecycle = lifecycle
        self._timed = timed
        self._transactions = transactions
        self._clock = clock

    def serve(self, request: RawPdu, *, link: Link, mailbox: Mailbox, now: float) -> list[Message]:
        """Answer one request that the session found well formed; the messages that it brought."""
        pdu = request.decode()
        messages: list[Message] = []
        match request.command_id:
            case CommandId.data_sm:
                message = self._desk.take(request, submitted(pdu), link=link, mailbox=mailbox, now=now)
                is_transaction = message.submitted.esm_class & EsmClass.MODE_MASK == EsmClass.MODE_TRANSACTION
                if not (is_transaction and not message.status and self._transactions.open(message)):
                    self._desk.answer(message, now)
                messages = [message]
            case CommandId.submit_multi:
                messages = self._submit_multi(request, pdu, link=link, mailbox=mailbox, now=now)
            case CommandId.query_sm:
                self._query(request, pdu, link=link, mailbox=mailbox)
            case CommandId.cancel_sm:
                self._cancel(request, pdu, link=link, mailbox=mailbox, now=now)
            case CommandId.replace_sm:
                link.respond(request, self._replace(pdu, mailbox=mailbox, now=now))
            case _:
                link.respond(request, CommandStatus.ESME_RINVCMDID)
        return messages

    def _submit_multi(self, request: RawPdu, pdu: Pdu, *, link: Link, mailbox: Mailbox, now: float) -> list[Message]:
        """One message a destination, all with the id that the ESME is told (SMPP 3.4, 4.5).

        The answer to all of them is as late as the latest would be.
        """
        messages: list[Message] = []
        failures: list[UnsuccessSme] = []
        common = submitted(pdu)
        addresses = pdu["dest_address"]
        assert isinstance(addresses, tuple)
        for address in addresses:
            if not isinstance(address, SmeAddress):
                # Distribution lists are kept by the operator; this one keeps none.
                name = getattr(address, "dl_name", "")
                failures.append(UnsuccessSme(destination_addr=name, error_status_code=CommandStatus.ESME_RINVDLNAME))
                continue
            if status := _misfit(address):
                failures.append(_failure(address, status))
                continue
            one = common._replace(
                destination=bytes((address.dest_addr_ton, address.dest_addr_npi)),
                destination_addr=address.destination_addr.encode("latin-1"),
            )
            message = self._desk.take(request, one, link=link, mailbox=mailbox, now=now)
            messages.append(message)
            if message.status != CommandStatus.ESME_ROK:
                failures.append(_failure(address, message.status))
        accepted = [message for message in messages if message.status == CommandStatus.ESME_ROK]
        for message in accepted:
            message.id_octets = accepted[0].id_octets
        self._lifecycle.submitted_together(accepted)
        if accepted:
            respond = partial(link.respond, request, message_id=accepted[0].message_id, unsuccess_sme=tuple(failures))
        else:
            status = failures[0].error_status_code if failures else CommandStatus.ESME_RINVNUMDESTS
            respond = partial(link.respond, request, status)
        delay_s = max((message.response_delay_s for message in messages), default=0.0)
        self._desk.answer_after(link, delay_s, respond, now)
        return messages

    def _query(self, request: RawPdu, pdu: Pdu, *, link: Link, mailbox: Mailbox) -> None:
        found = self._find(pdu, mailbox)
        if found is None:
            link.respond(request, CommandStatus.ESME_RINVMSGID)
            return
        message = _least_far(self._lifecycle.alike(found))
        is_final = message.state != MessageState.ENROUTE
        error = int(message.error) if is_final and message.error.isdigit() else 0
        link.respond(
            request,
            message_id=message.message_id,
            final_date=write_time(moment_of(self._clock, message.done_at)) if is_final else "",
            message_state=message.state,
            error_code=error if error <= ERROR_CODE_MAX else 0,
        )

    def _cancel(self, request: RawPdu, pdu: Pdu, *, link: Link, mailbox: Mailbox, now: float) -> None:
        """One message by its id, or all between two parties when there is none (SMPP 3.4, 4.9.1).

        A submit_multi is one message to its sender: its id means all that it brought, or the one for a destination.
        """
        if pdu.text("message_id"):
            message = self._find(pdu, mailbox)
            if message is None:
                link.respond(request, CommandStatus.ESME_RINVMSGID)
                return
            destination = pdu.text("destination_addr")
            messages = [
                each
                for each in self._lifecycle.alike(message)
                if each.state == MessageState.ENROUTE and destination in ("", each.destination_addr)
            ]
        else:
            enroute = self._lifecycle.enroute(
                source_addr=pdu.text("source_addr"),
                destination_addr=pdu.text("destination_addr"),
                service_type=pdu.text("service_type"),
            )
            messages = [message for message in enroute if message.mailbox is mailbox]
        # The answer first: the end of a message may send its receipt.
        link.respond(request, CommandStatus.ESME_ROK if messages else CommandStatus.ESME_RCANCELFAIL)
        for message in messages:
            self._desk.end(message, now, MessageState.DELETED)

    def _replace(self, pdu: Pdu, *, mailbox: Mailbox, now: float) -> int:
        """A new text and perhaps new times for a message that is on its way (SMPP 3.4, 4.10.1).

        Of a submit_multi for all that are; the answer says no when there is none, or when none takes the new text.
        """
        message = self._find(pdu, mailbox)
        if message is None:
            return CommandStatus.ESME_RINVMSGID
        enroute = [each for each in self._lifecycle.alike(message) if each.state == MessageState.ENROUTE]
        statuses = [self._replace_one(each, pdu, now=now) for each in enroute]
        return min(statuses, default=CommandStatus.ESME_RREPLACEFAIL)

    def _replace_one(self, message: Message, pdu: Pdu, *, now: float) -> int:
        """Its coding, its parties and its TLVs stay, but for the message_payload that the new text replaces.

        The carrier reads the new text as it read the first.
        """
        text = pdu.octets("short_message")
        if message.submitted.esm_class & EsmClass.UDHI and not header_fits(text):
            return CommandStatus.ESME_RREPLACEFAIL
        before = message.submitted, message.fate, message.error, message.rejected_by
        others = [tlv for tlv in read_tlvs(message.submitted.tlvs, 0, "submit_sm") if tlv.tag != TlvTag.message_payload]
        message.submitted = message.submitted._replace(
            short_message=text, registered_delivery=pdu.integer("registered_delivery"), tlvs=encode_tlvs(tuple(others))
        )
        terms = Terms(pdu.text("schedule_delivery_time"), pdu.text("validity_period"))
        status = self._desk.judge_text(message) or (self._timed.change(message, terms, now) if any(terms) else 0)
        if status:
            message.submitted, message.fate, message.error, message.rejected_by = before
        elif not message.fate:
            self._lifecycle.decide(message)
        return status

    def _find(self, pdu: Pdu, mailbox: Mailbox) -> Message | None:
        """The message that a request names, if it is one of the account's own."""
        message = self._lifecycle.find(pdu.text("message_id"), source_addr=pdu.text("source_addr"))
        return message if message is not None and message.mailbox is mailbox else None


def _least_far(messages: tuple[Message, ...]) -> Message:
    """What a sender hears of several messages with one id: one that is on its way, else one that did not arrive, else
    the last that did."""
    return max(
        messages,
        key=lambda each: (each.state == MessageState.ENROUTE, each.state != MessageState.DELIVERED, each.done_at),
    )


def _misfit(address: SmeAddress) -> int:
    """The status for a destination of a kind that does not exist; 0 for all others."""
    if address.dest_addr_ton not in TONS:
        return CommandStatus.ESME_RINVDSTTON
    return 0 if address.dest_addr_npi in NPIS else CommandStatus.ESME_RINVDSTNPI


def _failure(address: SmeAddress, status: int) -> UnsuccessSme:
    return UnsuccessSme(
        dest_addr_ton=address.dest_addr_ton,
        dest_addr_npi=address.dest_addr_npi,
        destination_addr=address.destination_addr,
        error_status_code=status,
    )
