"""Permits: what forbids a message at the moment at which it would go out."""

from dataclasses import replace
from typing import Final

from powerpack_gateway.holdings import Holdings
from powerpack_gateway.messages import ErrorCode, Message, Stage
from powerpack_gateway.numbers import PhoneNumber
from powerpack_gateway.usage import price_of

_QUEUED: Final = Stage.QUEUED


class Permits:
    """As things are now: made for one turn of the loop, in which no STOP, suspension or payment can come."""

    def __init__(self, holdings: Holdings) -> None:
        self._everything = None if holdings.account.suspended is None else ErrorCode.ACCOUNT_DISABLED
        self._geo = holdings.geo if holdings.geo.is_limited else None
        self._number = holdings.numbers.get
        self._may_send = holdings.pools.may_send
        self._owner_of = holdings.powerpacks.owner_uuid_of
        self._stops = holdings.suppression or None
        self._book = holdings.book
        self._credit: int | None = None

    def forbids(self, message: Message) -> ErrorCode | None:
        """The code it fails with, or None. Neither a STOP nor the suspension that many of them bring about forbids an
        automatic answer."""
        if self._everything is not None:
            return self._everything
        if self._geo is not None and not self._geo.allows(message.country):
            return ErrorCode.COUNTRY_BARRED
        source, powerpack_uuid = message.source, message.powerpack_uuid
        number = self._number(source)
        if number is None or not (self._may_send(number) or (message.intent and self._may_answer(number))):
            return self._without_number(message)
        if message.intent:
            return None
        if powerpack_uuid is not None and self._owner_of(source) != powerpack_uuid:
            return self._without_number(message)
        if self._stops is not None and (
            self._stops.is_suppressed(source, number.campaign_id, powerpack_uuid, message.destination) is not None
        ):
            return ErrorCode.STOPPED
        if message.stage is _QUEUED:
            credit = self._credit
            if credit is None:
                credit = self._credit = self._book.credit_for_messages
            if price_of(number.type, message.service, message.units) > credit:
                return ErrorCode.INSUFFICIENT_CREDIT
        return None

    def _may_answer(self, number: PhoneNumber) -> bool:
        """Whether a number that may not send would have the right, were it not suspended: whoever says STOP gets a
        confirmation (CTIA 5.1.3), all the more when so many do that the number is silenced for it."""
        return number.suspended is not None and self._may_send(replace(number, suspended=None))

    def _without_number(self, message: Message) -> ErrorCode:
        """It would be selected anew, and no other number gets around a STOP."""
        powerpack_uuid = message.powerpack_uuid
        if powerpack_uuid is None or message.intent or self._stops is None:
            return ErrorCode.INVALID_SOURCE
        stop = self._stops.is_suppressed(None, None, powerpack_uuid, message.destination)
        return ErrorCode.INVALID_SOURCE if stop is None else ErrorCode.STOPPED
