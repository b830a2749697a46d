"""Messages get their numbers, and start on their way once they are stored."""

import math
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from powerpack_gateway.encoding import EncodedText, encode_text
from powerpack_gateway.errors import (
    StoreError,
    StoreFenced,
)
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.lanes import HOME, serving_countries
from powerpack_gateway.media_library import MediaLibrary, Problem
from powerpack_gateway.messages import ERROR_WORDS, ErrorCode, Message
from powerpack_gateway.numbers import NumberType, PhoneNumber, Service
from powerpack_gateway.permits import Permits
from powerpack_gateway.pools import NEVER, Choice
from powerpack_gateway.ports import Clock, Journal, group_recorder
from powerpack_gateway.powerpacks import Powerpack
from powerpack_gateway.reasons import Reason
from powerpack_gateway.store.base import Store
from powerpack_gateway.suppression import SuppressionEntry
from powerpack_gateway.throughput import Turn
from powerpack_gateway.tollfree_tiers import Unverified
from powerpack_gateway.underway import Underway
from powerpack_gateway.watch import Watch

BORDER = Reason.TOLLFREE_TO_CANADA.words
"""Such a message is accepted and ends with 201 (plivo_api.md 3.2)."""


GEO_THRESHOLD = "geo permissions: the country's messages of this hour are used up"

TIER_USED_UP = "toll-free tier used up: "

SAID_STOP = " said STOP to"


NATIONAL = "toll-free numbers and short codes are national"


BROKE_S = 120.0
"""How long nothing more is accepted after a message failed for want of credit (plivo_api.md 3.2, 900)."""


class Motor(Protocol):
    """What takes stored messages to the carriers: the dispatcher."""

    def schedule(self, message: Message, turn: Turn, encoded: EncodedText | None = None) -> None: ...

    def schedule_all(self, texts: Sequence[tuple[Message, Turn, EncodedText]]) -> None: ...

    def block(self, message: Message, code: ErrorCode, why: str) -> None: ...


class Fellows(Protocol):
    """The other gateways on the same database."""

    def work_for(self, powerpack_uuid: str | None, number: str) -> bool:
        """Whether another gateway works for a Powerpack, or none yet; for a number if no Powerpack was asked for."""
        ...

    def waiting_for(self, powerpack_uuid: str | None, number: str) -> int:
        """How many messages wait for the gateway that works for it, and are in nobody's memory yet."""
        ...

    def give(self, message: Message) -> None:
        """Keep a new message for whoever does; it is on disk after the next commit."""
        ...

    def broke(self) -> None:
        """A message found no credit: none of them accepts any for a while."""
        ...


Accepted = tuple[Message, Choice | None]
"""A message and the number it got, or None: then it fails as soon as it is stored."""


class Outgoing:
    """Chooses numbers, and launches what is stored."""

    def __init__(
        self,
        store: Store,
        holdings: Holdings,
        underway: Underway,
        watch: Watch,
        *,
        media: MediaLibrary,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._store = store
        self._holdings = holdings
        self._underway = underway
        self._media = media
        self._watch = watch
        self._clock = clock
        self._journal = journal
        self._record_group = group_recorder(journal)
        self._broke_until = -math.inf
        self.motor: Motor | None = None
        """Set once by the gateway, since the motor asks us too."""
        self.fellows: Fellows | None = None
        """Set by a gateway that shares its database with others."""

    def take_in(self, message: Message) -> None:
        """Go on with a message that another gateway accepted (``_give``), after its commit."""
        powerpack = self._holdings.powerpacks.get(message.powerpack_uuid or "")
        source = self._holdings.numbers.get(message.source)
        choice: Choice | None = None
        if powerpack is not None:
            choice = self._choose_one(message, powerpack)
        elif source is not None and message.powerpack_uuid is None:
            choice = self._choose_own(message, source)
        else:
            message.reasons = ("its Powerpack or its number left the account before its turn came",)
        choice = self._within_limits(message, choice)
        self._store.update(message)

        def stored(error: StoreError | None) -> None:
            if not isinstance(error, StoreFenced):  # any other is tried again by the store, which has the message
                self._launch(message, choice)

        self._store.when_durable(stored)

    def answer(self, number: PhoneNumber, handset: str, text: str, intent: str) -> None:
        """Send an automatic reply from the number that was written to."""
        powerpack = self._holdings.powerpacks.owner_of(number.number)
        message = self._underway.new(destination=handset, text=text, units=encode_text(text).units)
        message.source = number.number
        message.intent = intent
        message.powerpack_uuid = None if powerpack is None else powerpack.uuid
        message.reasons = (f"automatic reply to {intent}",)
        choice = self._reserve(number, message, is_answer=True)
        is_here = self._underway.keep(message)

        def stored(error: StoreError | None) -> None:
            if error is None:
                self._journal.record(
                    "reply.automatic", uuid=message.uuid, source=number.number, destination=handset, intent=intent
                )
                if is_here:
                    self._launch(message, choice)
            else:
                self._underway.drop(message)
                self._journal.record("store.failed", error=str(error), messages=1)

        self._store.when_durable(stored)

    def resume(self, message: Message) -> None:
        """A message that was on its way when the last process ended: its answer can not come any more.

        One whose number has left the account has its turn at once: then it is selected anew, or ends (``may_send``).
        """
        number = self._holdings.numbers.get(message.source)
        if number is not None:
            self._launch(message, self._reserve(number, message))
        elif message.source:
            self._launch(message, Choice(message.source, NEVER, message.reasons))
        else:
            self._launch(message, None)

    def choose_again(self, message: Message) -> Turn | None:
        """Select anew for a message whose number left the pool or was suspended; None when there is no other."""
        powerpack = self._holdings.powerpacks.get(message.powerpack_uuid or "")
        if powerpack is None:
            return None
        choice = self._choose_one(message, powerpack)
        if choice is None:
            return None
        self._store.update(message)
        return choice.turn

    def may_send(self, message: Message) -> ErrorCode | None:
        """What forbids a message at the moment it would go out; a STOP does not forbid its own automatic answer."""
        forbidden = Permits(self._holdings).forbids(message)
        if forbidden is ErrorCode.INSUFFICIENT_CREDIT:
            self.found_broke()
            if self.fellows is not None:
                self.fellows.broke()
        return forbidden

    def why_forbidden(self, message: Message, code: ErrorCode) -> str:
        """What ``may_send`` found, in words."""
        number = self._holdings.numbers.get(message.source)
        stop = self._stop_of(message, number) if code is ErrorCode.STOPPED else None
        return f"forbidden when its turn came: {ERROR_WORDS[code] if stop is None else _words_of(stop)}"

    def _stop_of(self, message: Message, number: PhoneNumber | None) -> SuppressionEntry | None:
        """The STOP that forbids it; without a number, the one to its Powerpack."""
        if message.intent:
            return None
        source, campaign_id = (None, None) if number is None else (number.number, number.campaign_id)
        return self._holdings.suppression.is_suppressed(
            source, campaign_id, message.powerpack_uuid, message.destination
        )

    def found_broke(self) -> None:
        """A message failed for want of credit: nothing is accepted for a while."""
        self._broke_until = self._clock.monotonic() + BROKE_S

    @property
    def is_broke(self) -> bool:
        """Whether that was just now."""
        return self._clock.monotonic() < self._broke_until

    @property
    def has_limits(self) -> bool:
        """Whether a country or a tier may be over its limit."""
        return self._holdings.geo.is_limited or self._holdings.unverified is Unverified.CAPPED

    def within_limits(self, accepted: Sequence[Accepted]) -> list[Accepted]:
        """The same, without the numbers of those that are over their country's hour or their number's tier."""
        return [(message, self._within_limits(message, choice)) for message, choice in accepted]

    def _within_limits(self, message: Message, choice: Choice | None) -> Choice | None:
        if self._holdings.geo.is_limited:
            choice = self._within_the_hour(message, choice)
        if self._holdings.unverified is Unverified.CAPPED:
            choice = self._within_the_tier(message, choice)
        return choice

    def _within_the_hour(self, message: Message, choice: Choice | None) -> Choice | None:
        """The choice, unless the message is over its country's threshold (plivo_api.md 3.2, 451)."""
        if choice is None or self._holdings.geo.has_room(message.country, self._clock.monotonic()):
            return choice
        message.reasons = (GEO_THRESHOLD,)
        return None

    def _within_the_tier(self, message: Message, choice: Choice | None) -> Choice | None:
        """The choice, unless it is a toll-free number that is not verified and has used up its tier (960)."""
        number = self._holdings.numbers.get(message.source)
        if choice is None or number is None or number.verification is None or number.country != "US":
            return choice
        over = self._holdings.tiers.take(number.number, number.verification, message.units, self._clock.now())
        if over is None:
            return choice
        message.reasons = (f"{TIER_USED_UP}{over}",)
        return None

    def choose_own(self, messages: Sequence[Message], source: PhoneNumber) -> list[Accepted]:
        """Give messages the number that was asked for; None for one whose destination it does not reach."""
        return [(message, self._choose_own(message, source)) for message in messages]

    def _choose_own(self, message: Message, source: PhoneNumber) -> Choice | None:
        message.source = source.number
        if source.country not in serving_countries(source.type, HOME.get(message.country, message.country)):
            message.reasons = (_border_of(source, message),)
            return None
        choice = self._reserve(source, message)
        message.reasons = choice.reasons
        return choice

    def _choose_one(self, message: Message, powerpack: Powerpack) -> Choice | None:
        return self.choose((message,), powerpack, {}, self._clock.now(), self._clock.monotonic())[0][1]

    def choose(
        self, messages: Sequence[Message], powerpack: Powerpack, refusals: dict[int, str], now: datetime, moment: float
    ) -> list[Accepted]:
        """Give messages their numbers; None for one that will fail (STOP), or has none (then ``refusals`` says why, by
        the message's id)."""
        stops = self._holdings.suppression
        if stops and any(stops.is_suppressed(None, None, powerpack.uuid, each.destination) for each in messages):
            if len(messages) == 1:
                self._stopped(messages[0])
                return [(messages[0], None)]
            return [self.choose((each,), powerpack, refusals, now, moment)[0] for each in messages]
        chosen: list[Accepted] = []
        told: list[Choice] = []
        uuids: list[str] = []
        destinations: list[str] = []
        pairs: list[tuple[str, str]] = []
        choices = self._holdings.pools.choose_all(powerpack, messages, now, moment)
        for message, choice in zip(messages, choices, strict=True):
            number, _, reasons, is_new_pair = choice
            message.reasons = reasons
            if number is None:
                if BORDER not in reasons:
                    refusals[message.id] = "; ".join(reasons)
                chosen.append((message, None))
                continue
            message.source = number
            destination = message.destination
            if is_new_pair:
                pairs.append((destination, number))
            uuids.append(message.uuid)
            destinations.append(destination)
            told.append(choice)
            chosen.append((message, choice))
        if pairs:
            self._store.put_pairs(powerpack.uuid, messages[0].service, pairs)
        self._record_group("number.selected", len(told), partial(_selected, uuids, destinations, told))
        return chosen

    def _stopped(self, message: Message) -> None:
        """Nobody of its Powerpack may write to this handset."""
        stop = self._holdings.suppression.is_suppressed(None, None, message.powerpack_uuid, message.destination)
        assert stop is not None, "it was found"
        message.source = stop.source_number
        message.reasons = (_words_of(stop),)

    def _reserve(self, number: PhoneNumber, message: Message, *, is_answer: bool = False) -> Choice:
        now, moment = self._clock.now(), self._clock.monotonic()
        return self._holdings.pools.reserve(number, message.units, now, moment, is_answer=is_answer)

    def start(self, block: Sequence[tuple[Sequence[Accepted], EncodedText | None]]) -> None:
        """Stored messages of some requests start on their way; with each request's its text, encoded."""
        assert self.motor is not None, "the gateway is wired"
        self.record_accepted([message for accepted, _ in block for message, _ in accepted])
        texts: list[tuple[Message, Turn, EncodedText]] = []
        for accepted, encoded in block:
            for message, choice in accepted:
                if choice is None or encoded is None:
                    self._launch(message, choice, encoded)
                    continue
                texts.append((message, choice.turn, encoded))
        if texts:
            told = [message for message, _, _ in texts if message.callback_url is not None]
            if told:
                self._underway.tell_all(told)
            self._watch.sends([message for message, _, _ in texts])
            self.motor.schedule_all(texts)

    def record_accepted(self, messages: Sequence[Message]) -> None:
        """Journal that they are kept."""
        told = [(message.uuid, message.source, message.destination, message.units) for message in messages]
        self._record_group("message.accepted", len(told), partial(_each, _ACCEPTED, told))

    def _launch(self, message: Message, choice: Choice | None, encoded: EncodedText | None = None) -> None:
        """A stored message starts on its way; its first notice is that it is queued."""
        assert self.motor is not None, "the gateway is wired"
        self._underway.tell(message)
        if choice is not None:
            self._watch.sends((message,))
        if choice is None:
            self.motor.block(message, _code_without_choice(message), message.reasons[-1])
        elif message.service is Service.MMS:
            turn, reserved_at = choice.turn, self._clock.monotonic()
            self._media.prepare(message, lambda problem: self._prepared(message, turn, reserved_at, problem))
        else:
            self.motor.schedule(message, choice.turn, encoded)

    def _prepared(self, message: Message, turn: Turn, reserved_at: float, problem: Problem | None) -> None:
        """The media of an MMS are there, or can not be had; its turn has come nearer meanwhile."""
        assert self.motor is not None, "the gateway is wired"
        if problem is not None:
            self.motor.block(message, *problem)
            return
        waited_s = self._clock.monotonic() - reserved_at
        wait_s, paced_from_s = max(0.0, turn.wait_s - waited_s), turn.paced_from_s - waited_s
        self.motor.schedule(message, turn._replace(wait_s=wait_s, paced_from_s=paced_from_s))


def _code_without_choice(message: Message) -> ErrorCode:
    """Why a message has no number: a STOP, which names the number that was told; the border; nobody serves it; or its
    number has left the account."""
    if GEO_THRESHOLD in message.reasons:
        return ErrorCode.GEO_THRESHOLD
    if message.reasons[0].startswith(TIER_USED_UP):
        return ErrorCode.TOLLFREE_LIMIT
    if BORDER in message.reasons:
        return ErrorCode.TOLLFREE_TO_CANADA
    if SAID_STOP in message.reasons[0]:
        return ErrorCode.STOPPED
    if not message.source or message.reasons[0].startswith(NATIONAL):
        return ErrorCode.NO_ROUTE
    return ErrorCode.INVALID_SOURCE


def _words_of(stop: SuppressionEntry) -> str:
    """Who said STOP to whom, and when."""
    whom = stop.source_number or f"{stop.scope.value} {stop.key}, by hand,"
    return f"{stop.handset}{SAID_STOP} {whom} at {stop.since:%Y-%m-%d %H:%M:%S}"


def _border_of(source: PhoneNumber, message: Message) -> str:
    """Why a number of this type does not reach this country."""
    if (source.type, source.country, message.country) == (NumberType.TOLLFREE, "US", "CA"):
        return BORDER
    return f"{NATIONAL}: {source.country} {source.type.value} {source.number} does not reach {message.country or 'it'}"


_ACCEPTED = ("uuid", "source", "destination", "units")


def _each(names: Sequence[str], told: Sequence[tuple[object, ...]]) -> list[dict[str, object]]:
    """The fields of each event of a group."""
    return [dict(zip(names, each, strict=True)) for each in told]


def _selected(uuids: Sequence[str], destinations: Sequence[str], choices: Sequence[Choice]) -> list[dict[str, object]]:
    """What is journalled about numbers that were selected."""
    return [
        {"uuid": uuid, "number": number, "destination": to, "wait_s": turn.wait_s, "reasons": reasons}
        for uuid, to, (number, turn, reasons, _) in zip(uuids, destinations, choices, strict=True)
    ]
