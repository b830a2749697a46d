"""From a request to stored messages with a number each, and on their way."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from powerpack_gateway.encoding import EncodedText, encode_text
from powerpack_gateway.errors import (
    ApiError,
    BadRequest,
    Forbidden,
    PaymentRequired,
    StoreError,
    StoreFenced,
    Unavailable,
    Unprocessable,
)
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.lanes import HOME, serving_countries
from powerpack_gateway.media_library import MediaLibrary, Problem
from powerpack_gateway.messages import ERROR_WORDS, ErrorCode, Message
from powerpack_gateway.nanp import country_of, parse_number, parse_source
from powerpack_gateway.numbers import NumberType, PhoneNumber, Service
from powerpack_gateway.permits import Permits
from powerpack_gateway.pools import NEVER, Choice
from powerpack_gateway.ports import Clock, Journal, group_recorder
from powerpack_gateway.powerpacks import COUNTRIES, Powerpack
from powerpack_gateway.reasons import Reason
from powerpack_gateway.sending import SendRequest, Sent
from powerpack_gateway.store.base import Store
from powerpack_gateway.suppression import SuppressionEntry
from powerpack_gateway.throughput import Turn
from powerpack_gateway.tollfree_tiers import Unverified
from powerpack_gateway.underway import Underway
from powerpack_gateway.watch import Watch

NOT_QUEUED = "Your message could not be queued at this time. If the problem persists, please contact"
"""Seed 001's words, which end there in print; whom to contact is a setting."""


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

    def schedule_all(self, messages: Sequence[tuple[Message, Turn]], encoded: EncodedText | None) -> None: ...

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


class Outgoing:
    """Accepts, chooses numbers, stores, launches."""

    def __init__(
        self,
        store: Store,
        holdings: Holdings,
        underway: Underway,
        watch: Watch,
        *,
        media: MediaLibrary,
        contact: str,
        under_way_max: int,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._store = store
        self._holdings = holdings
        self._underway = underway
        self._media = media
        self._watch = watch
        self._contact = contact
        self._under_way_max = under_way_max
        self._clock = clock
        self._journal = journal
        self._record_group = group_recorder(journal)
        self._broke_until = -math.inf
        self.motor: Motor | None = None
        """Set once by the gateway, since the motor asks us too."""
        self.fellows: Fellows | None = None
        """Set by a gateway that shares its database with others."""

    def send(self, request: SendRequest, done: Callable[[Sent | ApiError], None]) -> None:
        """Accept a message for each destination; ``done`` is called when they are on disk, or can not be kept.

        Raises ApiError for what is refused at once; then ``done`` is not called. No future and no task belong to a
        request, since requests come as often as messages.
        """
        if self._clock.monotonic() < self._broke_until:
            raise PaymentRequired("Insufficient Credit: nothing is accepted for 2 minutes after it was found used up")
        powerpack, source = self._sender_of(request)
        destinations, invalid = self._destinations(request)
        waiting = len(self._underway)
        if source is not None and source.number in destinations:
            raise Unprocessable("src is identical to src in dst")
        sender = None if powerpack is None else powerpack.uuid, "" if source is None else source.number
        is_given = self.fellows is not None and self.fellows.work_for(*sender)
        if is_given and self.fellows is not None:
            waiting = self.fellows.waiting_for(*sender)
        if waiting + len(destinations) > self._under_way_max:
            raise self._crowded(waiting, len(destinations))
        if is_given:
            self._give(request, destinations, sender, tuple(invalid), done)
            return
        files = self._media.take(request.media_ids, request.media_urls)
        encoded = encode_text(request.text) if request.service is Service.SMS else None
        units = 1 if encoded is None else encoded.units
        now, moment = self._clock.now(), self._clock.monotonic()
        refusals: list[str] = []
        messages = self._underway.new_texts(request, destinations, units)
        if files:
            for message in messages:
                message.media = tuple([each.id for each in files])
        accepted: list[tuple[Message, Choice | None]]
        if powerpack is None:
            assert source is not None, "either is given"
            accepted = [(message, self._choose_own(message, source)) for message in messages]
        else:
            accepted = self._choose(messages, powerpack, refusals, now, moment)
        if self._holdings.geo.is_limited or self._holdings.unverified is Unverified.CAPPED:
            accepted = [(message, self._within_limits(message, choice)) for message, choice in accepted]
        if len(refusals) == len(accepted):
            raise self._not_queued("; ".join(refusals))
        if files:
            self._media.use(files, len(accepted))
        self._underway.keep_all(messages)

        def stored(error: StoreError | None) -> None:
            if error is not None:
                done(self._not_kept(accepted, error))
                return
            self._start(accepted, encoded)
            done(Sent(message_uuids=tuple([each.uuid for each, _ in accepted]), invalid_numbers=tuple(invalid)))

        self._store.when_durable(stored)

    def _give(
        self,
        request: SendRequest,
        destinations: Sequence[str],
        sender: tuple[str | None, str],
        invalid: tuple[str, ...],
        done: Callable[[Sent | ApiError], None],
    ) -> None:
        """Accept messages that another gateway takes to the carriers: it chooses the number and tells the callbacks."""
        assert self.fellows is not None, "there are others"
        files = self._media.take(request.media_ids, request.media_urls)
        units = encode_text(request.text).units if request.service is Service.SMS else 1
        given: list[tuple[Message, Choice | None]] = []
        for destination in destinations:
            (message,) = self._underway.new_texts(request, (destination,), units)
            message.powerpack_uuid, message.source = sender
            message.media = tuple([each.id for each in files])
            self.fellows.give(message)
            given.append((message, None))
        self._media.use(files, len(given))

        def stored(error: StoreError | None) -> None:
            if error is not None:
                done(self._not_kept(given, error))
                return
            self._record_accepted(given)
            done(Sent(message_uuids=tuple([each.uuid for each, _ in given]), invalid_numbers=invalid))

        self._store.when_durable(stored)

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

    def _sender_of(self, request: SendRequest) -> tuple[Powerpack | None, PhoneNumber | None]:
        """The Powerpack or the number that shall send; raises what the documents say (plivo_api.md 1.5)."""
        if request.powerpack_uuid is not None:
            powerpack = self._holdings.powerpacks.get(request.powerpack_uuid)
            if powerpack is None:
                raise self._not_queued(f"powerpack {request.powerpack_uuid} is unknown")
            if request.service is Service.MMS and not self._holdings.pools.can_mms(powerpack.uuid):
                raise self._not_queued(f"powerpack {powerpack.name} has no MMS number")
            return powerpack, None
        given = request.src or ""
        source = self._holdings.numbers.get(parse_source(given) or "")
        if source is None:
            raise BadRequest(
                f"this caller ID is not allowed for outbound message: '{given}' is no number of this account"
            )
        if request.service is Service.MMS and not source.mms_enabled:
            raise BadRequest(f"source number {source.number} is not MMS enabled")
        return None, source

    def _destinations(self, request: SendRequest) -> tuple[list[str], list[str]]:
        """The unique valid destinations in order, and the texts that are none."""
        valid: dict[str, None] = {}
        invalid: list[str] = []
        barred: list[str] = []
        geo = self._holdings.geo
        for text in request.destinations:
            number = parse_number(text)
            if number is not None and request.service is Service.MMS and country_of(number) not in COUNTRIES:
                raise BadRequest(f"MMS can be sent to the US and Canada only, and '{number}' is elsewhere")
            if number is None:
                invalid.append(text.strip().removeprefix("+"))
            elif geo.is_limited and not geo.allows(country_of(number) or ""):
                barred.append(number)
            else:
                valid[number] = None
        if barred and not valid:
            raise Forbidden(f"Geo-Permission Denied: destination country not enabled for {barred[0]}")
        invalid += barred
        if not valid:
            raise BadRequest(f"'{invalid[0] if invalid else ''}' is not a valid phone number.")
        return list(valid), invalid

    def _within_limits(self, message: Message, choice: Choice | None) -> Choice | None:
        """The choice, unless the message is over its country's hour or its number's tier."""
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

    def _choose_own(self, message: Message, source: PhoneNumber) -> Choice | None:
        """Give the message the number that was asked for; None when that does not reach the destination."""
        message.source = source.number
        if source.country not in serving_countries(source.type, HOME.get(message.country, message.country)):
            message.reasons = (_border_of(source, message),)
            return None
        choice = self._reserve(source, message)
        message.reasons = choice.reasons
        return choice

    def _choose_one(self, message: Message, powerpack: Powerpack) -> Choice | None:
        return self._choose((message,), powerpack, [], self._clock.now(), self._clock.monotonic())[0][1]

    def _choose(
        self, messages: Sequence[Message], powerpack: Powerpack, refusals: list[str], now: datetime, moment: float
    ) -> list[tuple[Message, Choice | None]]:
        """Give messages their numbers; None for one that will fail (STOP), or has none (then ``refusals`` says why)."""
        stops = self._holdings.suppression
        if stops and any(stops.is_suppressed(None, None, powerpack.uuid, each.destination) for each in messages):
            if len(messages) == 1:
                self._stopped(messages[0])
                return [(messages[0], None)]
            return [self._choose((each,), powerpack, refusals, now, moment)[0] for each in messages]
        chosen: list[tuple[Message, Choice | None]] = []
        told: list[tuple[str, str, str, float, tuple[str, ...]]] = []
        choices = self._holdings.pools.choose_all(powerpack, messages, now, moment)
        for message, choice in zip(messages, choices, strict=True):
            number, turn, reasons, is_new_pair = choice
            message.reasons = reasons
            if number is None:
                if BORDER not in reasons:
                    refusals.append("; ".join(reasons))
                chosen.append((message, None))
                continue
            message.source = number
            if is_new_pair:
                self._store.put_sticky(powerpack.uuid, message.service, message.destination, number)
            told.append((message.uuid, number, message.destination, turn.wait_s, reasons))
            chosen.append((message, choice))
        names = ("uuid", "number", "destination", "wait_s", "reasons")
        self._record_group("number.selected", len(told), lambda: [dict(zip(names, each, strict=True)) for each in told])
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

    def _crowded(self, under_way: int, wanted: int) -> Unavailable:
        """Too much waits already: what is accepted must also fit into memory, and be delivered in its time."""
        limit = self._under_way_max
        self._journal.record("message.crowded", under_way=under_way, under_way_max=limit, wanted=wanted)
        return Unavailable(
            f"{under_way} messages are under way and {limit} is the limit (under_way_max): nothing of this request was"
            " accepted, send it again later"
        )

    def _not_kept(self, accepted: Sequence[tuple[Message, Choice | None]], error: StoreError) -> Unavailable:
        for message, _ in accepted:
            self._underway.drop(message)
        self._journal.record("store.failed", error=str(error), messages=len(accepted))
        unavailable = Unavailable(f"the message was not accepted: {error}")
        unavailable.__cause__ = error
        return unavailable

    def _start(self, accepted: Sequence[tuple[Message, Choice | None]], encoded: EncodedText | None) -> None:
        assert self.motor is not None, "the gateway is wired"
        self._record_accepted(accepted)
        texts: list[tuple[Message, Turn]] = []
        for message, choice in accepted:
            if choice is None or message.service is not Service.SMS:
                self._launch(message, choice, encoded)
                continue
            if message.callback_url is not None:
                self._underway.tell(message)
            texts.append((message, choice.turn))
        if texts:
            self._watch.sends([message for message, _ in texts])
            self.motor.schedule_all(texts, encoded)

    def _record_accepted(self, accepted: Sequence[tuple[Message, Choice | None]]) -> None:
        told = [(message.uuid, message.source, message.destination, message.units) for message, _ in accepted]
        names = ("uuid", "source", "destination", "units")
        self._record_group(
            "message.accepted", len(told), lambda: [dict(zip(names, each, strict=True)) for each in told]
        )

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

    def _not_queued(self, why: str) -> BadRequest:
        """Seed 001's answer; why goes to the journal, since the documented text does not say."""
        self._journal.record("message.refused", why=why)
        return BadRequest(f"{NOT_QUEUED} {self._contact}")


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
