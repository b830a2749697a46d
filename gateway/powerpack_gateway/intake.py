"""The intake: requests become stored messages, all those of one turn of the loop as one block.

What a request says wrong is its own matter; what is right about it goes with the others: their messages are made, get
their numbers, are kept, journalled and scheduled together, and one commit answers them all. Nobody waits for that: a
commit comes no earlier than the turn ends.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from powerpack_gateway.encoding import EncodedText, encode_text
from powerpack_gateway.errors import (
    BadRequest,
    Forbidden,
    PaymentRequired,
    StoreError,
    Unavailable,
    Unprocessable,
)
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.media import Media
from powerpack_gateway.media_library import MediaLibrary
from powerpack_gateway.messages import Message
from powerpack_gateway.nanp import are_plain, country_of, parse_number, parse_source
from powerpack_gateway.numbers import PhoneNumber, Service
from powerpack_gateway.outgoing import Accepted, Fellows, Outgoing
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.powerpacks import COUNTRIES, Powerpack
from powerpack_gateway.sending import SendRequest, Sent
from powerpack_gateway.store.base import Store
from powerpack_gateway.underway import Underway

NOT_QUEUED = "Your message could not be queued at this time. If the problem persists, please contact"
"""Seed 001's words, which end there in print; whom to contact is a setting."""

Done = Callable[[Sent | Exception], None]
"""Hears once what came of a request: an ApiError is an answer, any other error is a defect or the store's."""


_make = tuple.__new__
"""Makes a tuple with names as its own class does, in a third of the time."""


_SMS: Final = Service.SMS


class _Taken(NamedTuple):
    """A request that was found to be right, and its messages."""

    request: SendRequest
    done: Done
    messages: list[Message]
    invalid: tuple[str, ...]
    powerpack: Powerpack | None
    source: PhoneNumber | None
    encoded: EncodedText | None
    files: tuple[Media, ...]


class Intake:
    """One for a gateway."""

    def __init__(
        self,
        store: Store,
        holdings: Holdings,
        underway: Underway,
        outgoing: Outgoing,
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
        self._outgoing = outgoing
        self._media = media
        self._contact = contact
        self._under_way_max = under_way_max
        self._clock = clock
        self._journal = journal
        self._gathered: list[tuple[SendRequest, Done]] = []

    def send_soon(self, request: SendRequest, done: Done) -> None:
        """Accept a message for each destination, with all that is asked for in this turn of the loop.

        ``done`` is called when they are on disk, or can not be kept; no future and no task belong to a request, since
        requests come as often as messages.
        """
        if self._outgoing.fellows is not None:
            self.send(request, done)  # leases, and the ids of new messages, are looked at for each request
            return
        self._gathered.append((request, done))
        if len(self._gathered) == 1:
            asyncio.get_running_loop().call_soon(self._send_gathered)

    def send(self, request: SendRequest, done: Done) -> None:
        """The same now, in the group of changes that is open."""
        self._send_block([(request, done)])

    def _send_gathered(self) -> None:
        gathered, self._gathered = self._gathered, []
        block: list[tuple[SendRequest, Done]] = []
        for each in gathered:
            if each[0].service is _SMS:
                block.append(each)
                continue
            # One that holds files goes by itself, behind those before it: each use of a file counts.
            self._send_block(block)
            self._send_block([each])
            block = []
        self._send_block(block)

    def _send_block(self, block: Sequence[tuple[SendRequest, Done]]) -> None:
        taken: list[_Taken] = []
        waiting = len(self._underway)
        for request, done in block:
            try:
                one = self._take(request, done, waiting)
            except Exception as error:  # noqa: BLE001 -- whatever is wrong with one request, the others go on
                done(error)
                continue
            if one is not None:
                taken.append(one)
                waiting += len(one.messages)
        if not taken:
            return
        try:
            refused = self._keep(taken)
        except Exception as error:  # noqa: BLE001 -- nothing was kept: alone, only that one fails for which it fails
            if len(taken) == 1:
                taken[0].done(error)
                return
            for one in taken:
                self._send_block([(one.request, one.done)])
            return
        # Not in reach of that repetition: what is kept already must not be sent again, whatever an answer runs into.
        for one, why in refused:
            one.done(self._not_queued(why))

    def _take(self, request: SendRequest, done: Done, waiting: int) -> _Taken | None:
        """The messages of a request, if nothing is wrong with it; None when another gateway goes on with it."""
        if self._outgoing.is_broke:
            raise PaymentRequired("Insufficient Credit: nothing is accepted for 2 minutes after it was found used up")
        powerpack, source = self._sender_of(request)
        destinations, invalid = self._destinations(request)
        if source is not None and source.number in destinations:
            raise Unprocessable("src is identical to src in dst")
        fellows = self._outgoing.fellows
        is_given = False
        sender: tuple[str | None, str] = None, ""
        if fellows is not None:
            sender = None if powerpack is None else powerpack.uuid, "" if source is None else source.number
            is_given = fellows.work_for(*sender)
            if is_given:
                waiting = fellows.waiting_for(*sender)
        if waiting + len(destinations) > self._under_way_max:
            raise self._crowded(waiting, len(destinations))
        if fellows is not None and is_given:
            self._give(request, destinations, sender, tuple(invalid), done, fellows)
            return None
        files = self._media.take(request.media_ids, request.media_urls)
        encoded = encode_text(request.text) if request.service is _SMS else None
        messages = self._underway.new_texts(request, destinations, 1 if encoded is None else encoded.units)
        if files:
            for message in messages:
                message.media = tuple([each.id for each in files])
        return _make(_Taken, (request, done, messages, tuple(invalid), powerpack, source, encoded, files))

    def _keep(self, taken: Sequence[_Taken]) -> list[tuple[_Taken, str]]:
        """Choose, keep, and go on after the commit; those that no number takes, and why."""
        now, moment = self._clock.now(), self._clock.monotonic()
        kept: list[tuple[_Taken, list[Accepted]]] = []
        refused: list[tuple[_Taken, str]] = []
        for powerpack, run in _by_powerpack(taken):
            if powerpack is None:
                for one in run:
                    assert one.source is not None, "either is given"
                    kept.append((one, self._outgoing.choose_own(one.messages, one.source)))
            else:
                self._choose(run, powerpack, now, moment, kept, refused)
        if self._outgoing.has_limits:
            kept = [(one, self._outgoing.within_limits(accepted)) for one, accepted in kept]
        messages: list[Message] = []
        for one, _ in kept:
            messages += one.messages
            if one.files:
                self._media.use(one.files, len(one.messages))
        if messages:
            self._underway.keep_all(messages)
            self._store.when_durable(partial(self._stored, kept))
        return refused

    def _choose(
        self,
        run: Sequence[_Taken],
        powerpack: Powerpack,
        now: datetime,
        moment: float,
        kept: list[tuple[_Taken, list[Accepted]]],
        refused: list[tuple[_Taken, str]],
    ) -> None:
        """Give messages their numbers; a request none of whose messages has one is refused."""
        messages = run[0].messages if len(run) == 1 else [each for one in run for each in one.messages]
        refusals: dict[int, str] = {}
        accepted = self._outgoing.choose(messages, powerpack, refusals, now, moment)
        if len(run) == 1 and not refusals:
            kept.append((run[0], accepted))
            return
        at = 0
        for one in run:
            end = at + len(one.messages)
            whys = [refusals[each.id] for each in one.messages if each.id in refusals] if refusals else ()
            if len(whys) == len(one.messages):
                refused.append((one, "; ".join(whys)))
            else:
                kept.append((one, accepted[at:end]))
            at = end

    def _stored(self, kept: Sequence[tuple[_Taken, list[Accepted]]], error: StoreError | None) -> None:
        if error is not None:
            for one, _ in kept:
                one.done(self._not_kept(one.messages, error))
            return
        try:
            self._outgoing.start([(accepted, one.encoded) for one, accepted in kept])
        finally:  # they are on disk, whatever became of their start
            for one, _ in kept:
                one.done(_make(Sent, (tuple([each.uuid for each in one.messages]), one.invalid)))

    def _give(
        self,
        request: SendRequest,
        destinations: Sequence[str],
        sender: tuple[str | None, str],
        invalid: tuple[str, ...],
        done: Done,
        fellows: Fellows,
    ) -> None:
        """Accept messages that another gateway takes to the carriers: it chooses the number and tells the callbacks."""
        files = self._media.take(request.media_ids, request.media_urls)
        units = encode_text(request.text).units if request.service is Service.SMS else 1
        given = self._underway.new_texts(request, destinations, units)
        for message in given:
            message.powerpack_uuid, message.source = sender
            message.media = tuple([each.id for each in files])
            fellows.give(message)
        self._media.use(files, len(given))

        def stored(error: StoreError | None) -> None:
            if error is not None:
                done(self._not_kept(given, error))
                return
            self._outgoing.record_accepted(given)
            done(Sent(tuple([each.uuid for each in given]), invalid))

        self._store.when_durable(stored)

    def _sender_of(self, request: SendRequest) -> tuple[Powerpack | None, PhoneNumber | None]:
        """The Powerpack or the number that shall send; raises what the documents say (plivo_api.md 1.5)."""
        if request.powerpack_uuid is not None:
            powerpack = self._holdings.powerpacks.get(request.powerpack_uuid)
            if powerpack is None:
                raise self._not_queued(f"powerpack {request.powerpack_uuid} is unknown")
            if request.service is not _SMS and not self._holdings.pools.can_mms(powerpack.uuid):
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
        if request.service is _SMS and are_plain(request.destinations) and not self._holdings.geo.is_limited:
            return list(dict.fromkeys(request.destinations)), []  # as nearly always
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

    def _crowded(self, under_way: int, wanted: int) -> Unavailable:
        """Too much waits already: what is accepted must also fit into memory, and be delivered in its time."""
        limit = self._under_way_max
        self._journal.record("message.crowded", under_way=under_way, under_way_max=limit, wanted=wanted)
        return Unavailable(
            f"{under_way} messages are under way and {limit} is the limit (under_way_max): nothing of this request was"
            " accepted, send it again later"
        )

    def _not_kept(self, messages: Sequence[Message], error: StoreError) -> Unavailable:
        for message in messages:
            self._underway.drop(message)
        self._journal.record("store.failed", error=str(error), messages=len(messages))
        unavailable = Unavailable(f"the message was not accepted: {error}")
        unavailable.__cause__ = error
        return unavailable

    def _not_queued(self, why: str) -> BadRequest:
        """Seed 001's answer; why goes to the journal, since the documented text does not say."""
        self._journal.record("message.refused", why=why)
        return BadRequest(f"{NOT_QUEUED} {self._contact}")


def _by_powerpack(taken: Sequence[_Taken]) -> Iterator[tuple[Powerpack | None, Sequence[_Taken]]]:
    """Those that follow each other and go through the same Powerpack, or through none."""
    at = 0
    for index, one in enumerate(taken):
        if one.powerpack is not taken[at].powerpack:
            yield taken[at].powerpack, taken[at:index]
            at = index
    yield taken[at].powerpack, taken[at:]
