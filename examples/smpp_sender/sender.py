"""Sends texts over SMPP with smpplib, tries again while it is throttled, and keeps the receipts."""

from typing import Any

import smpplib.client
import smpplib.consts
import smpplib.exceptions

TRIES_MAX = 8


class Throttled(Exception):
    """The carrier took none of the tries."""


class Sender:
    """One transceiver."""

    def __init__(self, host: str, port: int) -> None:
        self.receipts: dict[str, int] = {}
        self.replies: list[tuple[str, str]] = []
        self._answer: Any = None
        self._client = smpplib.client.Client(host, port, timeout=5, allow_unknown_opt_params=True)
        self._client.set_message_sent_handler(self._keep_answer)
        self._client.set_error_pdu_handler(self._keep_answer)
        self._client.set_message_received_handler(self._take)

    def bind(self, system_id: str, password: str) -> None:
        """Connect and bind."""
        self._client.connect()
        self._client.bind_transceiver(system_id=system_id, password=password)

    def close(self) -> None:
        """Unbind and hang up."""
        if self._client.state != smpplib.consts.SMPP_CLIENT_STATE_OPEN:
            self._client.unbind()
        self._client.disconnect()

    def send(self, source: str, target: str, text: str) -> str:
        """The carrier's id of the message; Throttled after eight tries."""
        for _ in range(TRIES_MAX):
            self._answer = None
            self._client.send_message(
                source_addr_ton=smpplib.consts.SMPP_TON_INTL,
                source_addr=source,
                dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                destination_addr=target,
                short_message=text.encode("ascii"),
                registered_delivery=True,
            )
            while self._answer is None:
                self.read()
            if self._answer.status == smpplib.consts.SMPP_ESME_ROK:
                message_id: str = self._answer.message_id.decode()
                return message_id
        raise Throttled(f"{target}: status {self._answer.status} {TRIES_MAX} times")

    def read(self) -> None:
        """Take what the carrier says next."""
        self._client.read_once(auto_send_enquire_link=False)

    def _keep_answer(self, pdu: Any, **_: object) -> None:
        self._answer = pdu

    def _take(self, pdu: Any, **_: object) -> int:
        if pdu.receipted_message_id:
            self.receipts[pdu.receipted_message_id.decode()] = pdu.message_state
        else:
            self.replies.append((pdu.source_addr.decode(), pdu.short_message.decode()))
        return int(smpplib.consts.SMPP_ESME_ROK)
