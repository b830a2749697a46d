"""The messages under way: in memory until they are finished and everybody has been told, on disk from the start."""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import lru_cache, partial

from powerpack_gateway.callbacks import Callbacks, CallbackSettings, Notice
from powerpack_gateway.errors import StoreError, StoreFenced
from powerpack_gateway.history import note, note_told
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.http_client import HttpSender
from powerpack_gateway.http_connection import SenderLimits
from powerpack_gateway.messages import FINAL_VALUES, Direction, ErrorCode, Input, Message, Stage, step
from powerpack_gateway.nanp import country_of
from powerpack_gateway.notices import inbound_params, rate_of, status_params, status_values
from powerpack_gateway.numbers import NumberType, PhoneNumber, Service
from powerpack_gateway.plain_callbacks import PlainCall
from powerpack_gateway.ports import Clock, Journal, unix_clock
from powerpack_gateway.sending import MESSAGE_EXPIRY_S, SendRequest
from powerpack_gateway.signatures import new_nonce, signature_headers
from powerpack_gateway.status_posts import StatusPost
from powerpack_gateway.store.base import Store

_UNTOLD_ENDS = FINAL_VALUES | {Stage.RECEIVED.value}
"""Where a message that nobody is told of is finished."""

_OUTBOUND, _INBOUND = Direction.OUTBOUND, Direction.INBOUND

AGAIN_S = 1.0
"""After a commit that failed the store is asked so much later whether what changed is on disk now."""

POSTS_MAX = 1_024
"""Addresses of status callbacks that are kept ready to be posted to; an account has a handful."""


class Underway:
    """Makes messages, keeps them, tells their callbacks, and lets go of them when nothing is owed any more."""

    def __init__(
        self,
        store: Store,
        holdings: Holdings,
        *,
        settings: CallbackSettings,
        clock: Clock,
        journal: Journal,
        rng: random.Random,
    ) -> None:
        self._store = store
        self._holdings = holdings
        self._unix = unix_clock(clock)
        self._journal = journal
        self._rng = rng
        self._live: dict[int, Message] = {}
        self._last_id = 0
        self._is_over = False
        self.next_id: Callable[[], int] = self._count_id
        """The id of a new message; set by a gateway that shares its database with others."""
        self.hand_on: Callable[[Message], bool] | None = None
        """Where several gateways share a database: says whose work a new message is, and whether it was kept for
        another one."""
        self.media_url_of: Callable[[str], str] = str
        """Where a file is to be had; the gateway sets it."""
        limits = SenderLimits(connections_per_origin=settings.connections_max, idle_s=settings.idle_s)
        self._sender = HttpSender(clock=clock, journal=journal, limits=limits)
        self.answered: Callable[[Message, bytes], None] = lambda message, body: None
        """What is done with an application's answer to an incoming message; set once by the gateway."""
        self._callbacks = Callbacks(
            sender=self._sender,
            clock=clock,
            journal=journal,
            sign=self._sign,
            settled=self._settled,
            settings=settings,
            tried=self._tried,
            told=self._told,
        )
        self._post_to = lru_cache(maxsize=POSTS_MAX)(self._new_post)

    def __len__(self) -> int:
        return len(self._live)

    @property
    def callbacks_in_flight(self) -> int:
        """Tries whose answer has not come."""
        return self._callbacks.in_flight

    @property
    def callbacks_pending(self) -> int:
        """Callbacks that are owed to somebody who has not acknowledged them."""
        return self._callbacks.pending

    def restore(self, messages: Iterable[Message], last_id: int) -> None:
        """Take up what an earlier process left unfinished."""
        self._live = {message.id: message for message in messages}
        self._last_id = last_id

    def adopt(self, message: Message) -> None:
        """Take up one that another gateway accepted, or left unfinished."""
        self._live[message.id] = message

    def _count_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def stop(self, drain_s: float) -> None:
        """Give callbacks a moment; those that are still owed go out after the next start."""
        self._is_over = True
        await self._callbacks.drain(drain_s)
        await self._callbacks.stop()
        await self._sender.close()

    def all(self) -> list[Message]:
        """Every message that is not finished, or owes a callback."""
        return list(self._live.values())

    def get(self, row: int) -> Message | None:
        """A message that is under way."""
        return self._live.get(row)

    def new(self, *, destination: str, text: str, units: int) -> Message:
        """An outbound SMS of this moment; not kept yet."""
        row = self.next_id()
        now = self._unix()
        return Message(
            id=row,
            uuid=self._store.ids.uuid(row),
            direction=Direction.OUTBOUND,
            service=Service.SMS,
            destination=destination,
            text=text,
            units=units,
            country=country_of(destination) or "",
            created_at=now,
            updated_at=now,
            expires_at=now + MESSAGE_EXPIRY_S,
        )

    def new_texts(self, request: SendRequest, destinations: Sequence[str], units: int) -> list[Message]:
        """Outbound messages of this moment, as a request wants them; not kept yet."""
        now = self._unix()
        next_id, uuid = self.next_id, self._store.ids.uuid
        row = next_id()
        first = Message(
            id=row,
            uuid=uuid(row),
            direction=_OUTBOUND,
            service=request.service,
            destination=destinations[0],
            text=request.text,
            units=units,
            country=country_of(destinations[0]) or "",
            created_at=now,
            updated_at=now,
            expires_at=now + request.message_expiry_s,
            callback_url=request.url,
            callback_method=request.method,
            log=request.log,
            requester_ip=request.requester_ip,
            powerpack_uuid=request.powerpack_uuid,
        )
        messages = [first]
        for destination in destinations[1:]:
            message = copy(first)
            message.id = row = next_id()
            message.uuid = uuid(row)
            message.destination = destination
            message.country = country_of(destination) or ""
            messages.append(message)
        return messages

    def keep_all(self, messages: Sequence[Message]) -> None:
        """``keep`` for several."""
        if self.hand_on is not None:
            for message in messages:
                self.keep(message)
            return
        live = self._live
        for message in messages:
            live[message.id] = message
        self._store.insert_all(messages)

    def keep(self, message: Message) -> bool:
        """Keep a new message; it is on disk after the next commit. False: another gateway goes on with it then."""
        if self.hand_on is not None and self.hand_on(message):
            return False
        self._live[message.id] = message
        self._store.insert(message)
        return True

    def drop(self, message: Message) -> None:
        """Forget a message that could not be stored: it was never accepted."""
        self._live.pop(message.id, None)

    def leave(self, messages: Sequence[Message]) -> None:
        """Another gateway goes on with these, and tells what is owed of them."""
        owed = {message.id: max(0, message.announced - message.told) for message in messages if message.callback_url}
        for message in messages:
            self._live.pop(message.id, None)
        self._callbacks.forget(owed)

    def changed(self, messages: Sequence[Message]) -> None:
        """Keep what changed, all of it to the same stage, tell the callbacks once it is on disk, and let go of each
        message if that was all. Who was told an end must not hear of another one from whoever goes on after a kill."""
        self._store.update_all(messages)
        is_owed = False
        for message in messages:
            if message.callback_url is not None:
                is_owed = True
            elif message.stage._value_ in _UNTOLD_ENDS:
                self._live.pop(message.id, None)
        if is_owed:
            self._store.when_durable(partial(self._kept, messages, messages[0].stage._value_ in FINAL_VALUES))

    def _kept(self, messages: Sequence[Message], is_end: bool, error: StoreError | None) -> None:
        """One that has ended since hears of both when its end is on disk."""
        if error is None:
            live = self._live
            self.tell_all(
                [each for each in messages if each.id in live and (is_end or each.stage._value_ not in FINAL_VALUES)]
            )
        elif not isinstance(error, StoreFenced):  # the store tries again, and so does this
            asyncio.get_running_loop().call_later(AGAIN_S, self._ask_again, messages, is_end)

    def _ask_again(self, messages: Sequence[Message], is_end: bool) -> None:
        if not self._is_over:
            self._store.when_durable(partial(self._kept, messages, is_end))

    def tell(self, message: Message) -> None:
        """Hand every notice that is owed and not yet handed over to the callbacks."""
        self.tell_all((message,))

    def tell_all(self, messages: Iterable[Message]) -> None:
        """``tell`` for several, and let go of each message if that was all."""
        plain: list[PlainCall] = []
        number_of, subaccounts = self._holdings.numbers.get, self._holdings.subaccounts
        for message in messages:
            url = message.callback_url
            if url is None:
                if message.stage._value_ in _UNTOLD_ENDS:
                    self._live.pop(message.id, None)
                continue
            owed = message.notices_due
            first = max(message.announced, message.told)
            post = None
            if message.callback_method != "GET":
                post = self._post_to(url, self._subaccount_of(message.source) if subaccounts else None)
            if post is None or message.direction is _INBOUND:
                for index in range(first, owed):
                    self._callbacks.tell(self._notice(message, url, index))
            elif first < owed:
                rate = _rate_of(number_of(message.source), message)
                for index in range(first, owed):  # once, mostly
                    values = status_values(message, index, rate)
                    plain.append(PlainCall(message.id, index, post, values))
            message.announced = owed
            if message.told >= owed:  # else what is told now is not heard yet
                self._forget_if_done(message)
        if plain:
            self._callbacks.tell_plain(plain)

    def _new_post(self, url: str, subaccount: str | None) -> StatusPost | None:
        """None for an address that nobody can connect to: the callbacks say so of each notice."""

        def main_token() -> str:
            return self._holdings.account.auth_token

        def token() -> str:
            return self._token_of(subaccount)

        try:
            return StatusPost(url, token=token if subaccount else main_token, main_token=main_token, rng=self._rng)
        except ValueError:
            return None

    def _notice(self, message: Message, url: str, index: int) -> Notice:
        is_inbound = message.direction is Direction.INBOUND
        if is_inbound:
            params = inbound_params(message, [self.media_url_of(each) for each in message.media])
        else:
            params = status_params(message, index, _rate_of(self._holdings.numbers.get(message.source), message))
        return Notice(
            key=message.id,
            index=index,
            url=url,
            method="GET" if message.callback_method == "GET" else "POST",
            params=params,
            what="inbound" if is_inbound else "status",
        )

    def _tried(self, notice: Notice, attempt: int, outcome: int | str) -> None:
        message = self._live.get(notice.key)
        if message is not None:
            note(message, self._unix(), "callback", notice.index, attempt, outcome)
            if isinstance(outcome, str) or not 200 <= outcome < 300:  # else it is settled next, and kept then
                self._store.update_later(message)

    def _told(self, calls: Sequence[PlainCall]) -> None:
        """Status callbacks that were acknowledged at their first try."""
        live = self._live
        told = [(message, call.index, call.status) for call in calls if (message := live.get(call.key)) is not None]
        note_told(told, self._unix())
        for message, index, _ in told:
            message.told = index + 1
            if message.stage._value_ in FINAL_VALUES and message.told >= 2 + (message.sent_at is not None):
                del live[message.id]
        self._store.update_all_later([message for message, _, _ in told])

    def _settled(self, notice: Notice, acknowledged: bool, body: bytes) -> None:
        """A notice was acknowledged or given up; either way it is no longer owed."""
        message = self._live.get(notice.key)
        if message is None:
            return
        message.told = notice.index + 1
        if message.direction is Direction.INBOUND:
            self._heard(message, is_heard=acknowledged)
            self._store.update(message)
            if acknowledged and body:
                self.answered(message, body)  # in the same group as the line above: told once, answered once
        else:
            self._store.update_later(message)
        self._forget_if_done(message)

    def _heard(self, message: Message, *, is_heard: bool) -> None:
        """What became of a handset's message is what its application made of it (plivo_api.md 3.1)."""
        happened = Input.HEAR if is_heard else Input.MISS
        stage = step(message.stage, happened)
        if stage is None:
            return  # it was settled before
        self._journal.record(
            "message.stage",
            uuid=message.uuid,
            stage=stage.name,
            before=message.stage.name,
            input=happened.value,
        )
        message.stage = stage
        message.updated_at = self._unix()
        if is_heard:
            message.error_code = ErrorCode.NONE

    def _forget_if_done(self, message: Message) -> None:
        if (message.stage._value_ in FINAL_VALUES or message.is_final) and (
            message.callback_url is None or message.told >= message.notices_due
        ):
            self._live.pop(message.id, None)

    def _sign(self, method: str, url: str, params: Mapping[str, str]) -> Mapping[str, str]:
        ours = params["From" if "Status" in params else "To"]  # a handset's message has no Status
        main, nonce = self._holdings.account.auth_token, new_nonce(self._rng)
        token = self._token_of(self._subaccount_of(ours)) if self._holdings.subaccounts else main
        return signature_headers(token=token, main_token=main, method=method, url=url, params=params, nonce=nonce)

    def _subaccount_of(self, number: str) -> str | None:
        """The auth_id of the subaccount that one of our numbers belongs to today; None: the account itself."""
        ours = self._holdings.numbers.get(number)
        return None if ours is None else ours.subaccount

    def _token_of(self, subaccount: str | None) -> str:
        """The subaccount's, or the account's where there is no such one (plivo_api.md 3.4)."""
        owner = self._holdings.subaccounts.get(subaccount or "")
        return self._holdings.account.auth_token if owner is None else owner.auth_token


def _rate_of(number: PhoneNumber | None, message: Message) -> str:
    return rate_of(NumberType.LONGCODE if number is None else number.type, message.service)
