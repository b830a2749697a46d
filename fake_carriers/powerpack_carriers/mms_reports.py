"""Tells VASPs what became of their messages, and hands them what phones send, until they have heard it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from types import MappingProxyType
from typing import Final

from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.mailbox import Mailbox
from powerpack_carriers.messages import NO_ERROR
from powerpack_carriers.mm7.answers import deliver_req, delivery_report_req, read_reply_req
from powerpack_carriers.mm7.content import Media, write_content
from powerpack_carriers.mm7.errors import Mm7Error
from powerpack_carriers.mm7.http_client import Posted, VaspClient
from powerpack_carriers.mm7.requests import Dialect, read_answer
from powerpack_carriers.mm7.status import StatusCode
from powerpack_carriers.mms_message import MmsMessage
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.timeline import Action

RETRY_DELAYS_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 300.0, 900.0, 3600.0)
"""The pauses after an answer that says "later", or after none; when they are used up the delivery is given up."""

WAITING_MAX: Final = 10_000
"""Deliveries that wait for one VASP; a message from a phone has its pictures with it."""

_LATER: Final = frozenset({StatusCode.SERVER_ERROR, StatusCode.GENERAL_SERVICE_ERROR, StatusCode.SERVICE_UNAVAILABLE})


@dataclass(slots=True, kw_only=True)
class _Outgoing:
    """One request to a VASP."""

    system_id: str
    what: str
    message_id: str
    content_type: str
    body: bytes
    attempts: int = 0
    said: Mapping[str, str] = field(default_factory=dict)
    """Of a phone's message: who said what to whom, for the journal."""


class MmsReports:
    """The ways to the VASPs of one carrier. ``connect`` says where an account is reached."""

    def __init__(
        self,
        carrier: str,
        *,
        faults: Faults,
        dice: Random,
        plan: Callable[[float, Action], None],
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._carrier = carrier
        self._faults = faults
        self._dice = dice
        self._plan = plan
        self._clock = clock
        self._journal = journal
        self._clients: dict[str, VaspClient] = {}
        self._transactions = 0

    def connect(self, system_id: str, url: str) -> None:
        """Post an account's reports and messages to this URL from now on; credentials stand in it."""
        client = self._clients.get(system_id)
        if client is None:
            self._clients[system_id] = VaspClient(url, clock=self._clock)
        else:
            client.move_to(url)

    async def stop(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.stop()

    # Reports

    def end(self, message: MmsMessage, status: str, now: float) -> None:
        """The final report, as often and as late as faults and quirks want it."""
        quirks = message.quirks
        if quirks is not None and quirks.lost:
            return
        plan = self._faults.on_receipt(message, now)
        copies = plan.copies and plan.copies + (quirks.copies if quirks is not None else 0)
        delay_s = plan.delay_s + (quirks.late_s if quirks is not None else 0.0)
        text = "" if message.error == NO_ERROR else message.error
        for _ in range(copies):
            if delay_s:
                self._plan(now + delay_s, lambda _: self.report(message, status, text))
            else:
                self.report(message, status, text)

    def report(self, message: MmsMessage, status: str, text: str) -> None:
        """A DeliveryReportReq, if the sender asked for one."""
        if not message.submit.wants_report:
            return
        body = delivery_report_req(
            self._dialect(message.dialect),
            relay=self._carrier,
            message_id=message.message_id,
            sender=message.source.digits,
            recipient=message.destination.digits,
            date=self._clock.now(),
            status=status,
            status_text=text,
        )
        self._post(message.system_id, f"delivery report {status}", message.message_id, "text/xml; charset=utf-8", body)

    def read(self, message: MmsMessage, status: str = "Read") -> None:
        """A ReadReplyReq, if the sender asked for one."""
        if not message.submit.wants_read_reply:
            return
        body = read_reply_req(
            self._dialect(message.dialect),
            relay=self._carrier,
            message_id=message.message_id,
            sender=message.source.digits,
            recipient=message.destination.digits,
            date=self._clock.now(),
            status=status,
        )
        self._post(message.system_id, "read reply", message.message_id, "text/xml; charset=utf-8", body)

    # Messages from phones

    def deliver(
        self, mailbox: Mailbox, *, sender: str, to: str, text: str, subject: str, media: tuple[Media, ...]
    ) -> bool:
        """Hand a phone's MMS to the account of a mailbox; False when nobody is connected for it."""
        if mailbox.account.system_id not in self._clients:
            return False
        dialect = self._dialect(Dialect())
        mark = f"{self._dice.getrandbits(96):024x}"
        soap = deliver_req(
            dialect,
            relay=self._carrier,
            vaspid=mailbox.account.system_id,
            linked_id=mark,
            sender=sender,
            recipients=[to],
            date=self._clock.now(),
            subject=subject,
            content_id=f"content-{mark}",
        )
        content = write_content(text, media, content_id=f"content-{mark}", boundary=f"part-{mark}")
        head = b'Content-Type: text/xml; charset="utf-8"\r\nContent-ID: <soap-%s>\r\n\r\n' % mark.encode()
        edge = f"whole-{mark}".encode()
        body = b"--%s\r\n%s%s\r\n--%s\r\n%s\r\n--%s--\r\n" % (edge, head, soap, edge, content, edge)
        content_type = f'multipart/related; type="text/xml"; start="<soap-{mark}>"; boundary="whole-{mark}"'
        said = {"source": sender, "destination": to, "text": text}
        self._post(mailbox.account.system_id, "message", mark, content_type, body, said)
        return True

    # The wire

    def _post(
        self,
        system_id: str,
        what: str,
        message_id: str,
        content_type: str,
        body: bytes,
        said: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        outgoing = _Outgoing(
            system_id=system_id, what=what, message_id=message_id, content_type=content_type, body=body, said=said
        )
        client = self._clients.get(system_id)
        if client is None:
            self._give_up(outgoing, "no VASP is connected for the account")
        elif client.waiting >= WAITING_MAX:
            self._give_up(outgoing, f"{WAITING_MAX} deliveries wait already")
        else:
            self._send(outgoing, 0.0)

    def _send(self, outgoing: _Outgoing, now: float) -> None:
        outgoing.attempts += 1
        client = self._clients[outgoing.system_id]
        client.post(outgoing.content_type, outgoing.body, partial(self._answered, outgoing))

    def _answered(self, outgoing: _Outgoing, posted: Posted) -> None:
        status, problem = _judge(posted)
        self._journal.record(
            "mm7",
            side="carrier",
            link=self._carrier,
            direction=">",
            operation=outgoing.what,
            status=status,
            message_id=outgoing.message_id,
            problem=problem,
            **outgoing.said,
        )
        if 1000 <= status < 2000:
            return
        if (status == 0 or status in _LATER) and outgoing.attempts <= len(RETRY_DELAYS_S):
            due = self._clock.monotonic() + RETRY_DELAYS_S[outgoing.attempts - 1]
            self._plan(due, partial(self._send, outgoing))
        else:
            self._give_up(outgoing, f"the VASP answered {status or problem} at attempt {outgoing.attempts}")

    def _give_up(self, outgoing: _Outgoing, reason: str) -> None:
        self._journal.record(
            "carrier.delivery_dropped",
            carrier=self._carrier,
            system_id=outgoing.system_id,
            what=f"MM7 {outgoing.what}",
            message_id=outgoing.message_id,
            reason=reason,
        )

    def _dialect(self, dialect: Dialect) -> Dialect:
        """The same words for a transaction of our own."""
        self._transactions += 1
        transaction_id = f"{self._carrier}-{self._transactions}"
        return Dialect(transaction_id=transaction_id, namespace=dialect.namespace, version=dialect.version)


def _judge(posted: Posted) -> tuple[int, str]:
    """The MM7 status that a VASP answered, or 0 and what there was instead."""
    if posted.problem:
        return 0, posted.problem
    if posted.status in (401, 403):
        return StatusCode.SERVICE_DENIED, f"HTTP {posted.status}"
    try:
        return read_answer(posted.body).status, ""
    except Mm7Error as error:
        return 0, f"HTTP {posted.status}: {error}"
