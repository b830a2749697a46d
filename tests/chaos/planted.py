"""Defects planted into the gateway, by name: each is a mistake that somebody made somewhere."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

import pytest

import powerpack_gateway.carrier_answers
import powerpack_gateway.carrier_ids
import powerpack_gateway.deadlines
import powerpack_gateway.fates
import powerpack_gateway.host_names
import powerpack_gateway.inbound
import powerpack_gateway.pacing
import powerpack_gateway.selection
import powerpack_gateway.smpp.binding
import powerpack_gateway.store.sqlite
import powerpack_gateway.underway
from chaos import planted_receipts
from powerpack_gateway.carrier_answers import CarrierAnswers
from powerpack_gateway.carrier_ids import CarrierIds
from powerpack_gateway.dispatcher import Dispatcher
from powerpack_gateway.encoding import EncodedText
from powerpack_gateway.fates import Fates
from powerpack_gateway.gateway import Gateway
from powerpack_gateway.inbound import Inbound
from powerpack_gateway.messages import ErrorCode, Message, Stage
from powerpack_gateway.numbers import PhoneNumber
from powerpack_gateway.pacing import Pacing
from powerpack_gateway.powerpacks import Powerpack
from powerpack_gateway.reasons import Reason, Why
from powerpack_gateway.receipts import Receipt, ReceiptState, parse_receipt
from powerpack_gateway.remedies import Remedy
from powerpack_gateway.route_queue import RouteQueue, Segment, Submitted
from powerpack_gateway.selection import Selector
from powerpack_gateway.settings import DeliverySettings, UnknownOutcome
from powerpack_gateway.signatures import PostSigner
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.events import Event
from powerpack_gateway.smpp.route import Route
from powerpack_gateway.smpp.session import Session
from powerpack_gateway.suppression import Intent, SuppressionEntry, SuppressionList
from powerpack_gateway.throughput import Rate, Turn, next_midnight
from powerpack_gateway.underway import Underway
from powerpack_lab.scenario_world import World
from powerpack_lab.wire import Conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """How to plant it, which shipped scenario finds it, and the check that does."""

    plant: Callable[[pytest.MonkeyPatch], None]
    scenario: str
    check: str


def _allow(code: ErrorCode) -> Callable[[pytest.MonkeyPatch], None]:
    def plant(patch: pytest.MonkeyPatch) -> None:
        sound = Gateway.may_send

        def may_send(gateway: Gateway, message: Message) -> ErrorCode | None:
            found = sound(gateway, message)
            return None if found is code else found

        patch.setattr(Gateway, "may_send", may_send)

    return plant


def _replaced(where: object, name: str, by: object) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(where, name, by)


def _opt_out_of_one_number(patch: pytest.MonkeyPatch) -> None:
    sound = SuppressionList.opt_out

    def opt_out(self: SuppressionList, source: str, handset: str, **more: Any) -> tuple[SuppressionEntry, ...]:
        return sound(self, source, handset, now=more["now"])

    patch.setattr(SuppressionList, "opt_out", opt_out)


def _never_sticky(patch: pytest.MonkeyPatch) -> None:
    sound = Selector.configure

    def configure(self: Selector, powerpack: Powerpack) -> None:
        sound(self, replace(powerpack, sticky_sender=False))

    patch.setattr(Selector, "configure", configure)


def _always_again(patch: pytest.MonkeyPatch) -> None:
    sound = Dispatcher.__init__

    def init(self: Dispatcher, *args: Any, **more: Any) -> None:
        settings = replace(more.pop("settings"), unknown_outcome=UnknownOutcome.AT_LEAST_ONCE)
        sound(self, *args, **more, settings=settings)

    patch.setattr(Dispatcher, "__init__", init)


def _send_twice(patch: pytest.MonkeyPatch) -> None:
    sound = Dispatcher.schedule

    def schedule(self: Dispatcher, message: Message, turn: Turn, encoded: EncodedText | None = None) -> None:
        sound(self, message, turn, encoded)
        sound(self, message, turn, encoded)

    def schedule_all(self: Dispatcher, texts: Sequence[tuple[Message, Turn, EncodedText]]) -> None:
        for message, turn, encoded in texts:
            schedule(self, message, turn, encoded)

    patch.setattr(Dispatcher, "schedule", schedule)
    patch.setattr(Dispatcher, "schedule_all", schedule_all)


def _believe_in_delivery(patch: pytest.MonkeyPatch) -> None:

    def parse(*args: Any) -> Receipt:
        return parse_receipt(*args)._replace(state=ReceiptState.DELIVERED)

    patch.setattr(powerpack_gateway.fates, "parse_receipt", parse)


def _tell_no_sent(patch: pytest.MonkeyPatch) -> None:
    sound = Message.notices

    def notices(message: Message) -> tuple[str, ...]:
        return tuple(each for each in sound(message) if each != "sent")

    patch.setattr(Message, "notices", notices)
    patch.setattr(Message, "notices_due", property(lambda message: len(notices(message))))


def _pace_nothing(patch: pytest.MonkeyPatch) -> None:
    """Neither when a turn is reserved nor when the message goes out."""
    patch.setattr(Turn, "wait_of_part", lambda *_: 0.0)
    patch.setattr(Pacing, "may_go", lambda *_: True)


def _hurry_behind_a_stall(patch: pytest.MonkeyPatch) -> None:
    """It paces as it should, but for the time in which nothing arrives anyway."""
    is_stalled = False
    shape, may_go, wait_of_part = World.shape, Pacing.may_go, Turn.wait_of_part

    def noted(self: World, carrier: str, conditions: Conditions) -> None:
        nonlocal is_stalled
        is_stalled = conditions.stalled
        shape(self, carrier, conditions)

    patch.setattr(World, "shape", noted)
    patch.setattr(Pacing, "may_go", lambda *more: is_stalled or may_go(*more))
    patch.setattr(Turn, "wait_of_part", lambda *more: 0.0 if is_stalled else wait_of_part(*more))


def _without_margin(patch: pytest.MonkeyPatch) -> None:
    sound = Rate.paced
    patch.setattr(Rate, "paced", lambda rate, *_: sound(rate, 0.0))


def _pace_messages_only(patch: pytest.MonkeyPatch) -> None:
    """The parts of a text go together, as if they counted as one."""
    sound = Pacing.may_go

    def may_go(self: Pacing, segment: Segment, carrier: str = "") -> bool:
        return segment.position > 0 or sound(self, segment, carrier)

    patch.setattr(Turn, "wait_of_part", lambda turn, _: turn.wait_s)
    patch.setattr(Pacing, "may_go", may_go)


def _wait_for_ever(patch: pytest.MonkeyPatch) -> None:
    """For receipts: what was sent has no deadline."""
    sound = powerpack_gateway.deadlines.deadline_of

    def deadline_of(message: Message, settings: DeliverySettings) -> float | None:
        return None if message.stage is Stage.SENT else sound(message, settings)

    patch.setattr(powerpack_gateway.deadlines, "deadline_of", deadline_of)


def _adopt_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Dispatcher, "adopt", lambda *_: False)


def _forget(*_: object) -> None:
    """Do nothing where something has to be done."""


def _only_capitals(text: str) -> Intent:
    return {"STOP": Intent.OPTOUT, "START": Intent.OPTIN, "HELP": Intent.HELP}.get(text, Intent.NONE)


def _match_ids_alone(patch: pytest.MonkeyPatch) -> None:
    """Whichever carrier a receipt comes from, it is about the last message that was given its id."""
    put, find = CarrierIds.put, CarrierIds.find
    patch.setattr(CarrierIds, "put", lambda ids, _, *more: put(ids, "", *more))
    patch.setattr(CarrierIds, "find", lambda ids, _, receipt, *more: find(ids, "", receipt))
    patch.setattr(CarrierIds, "put_new", lambda *_: False)  # and so all go the long way
    patch.setattr(CarrierIds, "take", lambda *_: None)
    patch.setattr(CarrierIds, "settled", lambda ids, key, message: ids._messages.pop(key, None))


def _pace_messages_not_routes(patch: pytest.MonkeyPatch) -> None:
    """What was throttled waits by itself, and all others go on."""
    sound = CarrierAnswers._put_back

    def put_back(self: CarrierAnswers, queue: RouteQueue, submitted: Submitted) -> None:
        asyncio.get_running_loop().call_later(5.0, sound, self, queue, submitted)

    patch.setattr(CarrierAnswers, "_hold", _forget)
    patch.setattr(CarrierAnswers, "_put_back", put_back)


def _forget_pairs_at_a_suspension(patch: pytest.MonkeyPatch) -> None:
    sound = Selector.suspend

    def suspend(self: Selector, number: str) -> None:
        sound(self, number)
        self._sms_pairs.clear()

    patch.setattr(Selector, "suspend", suspend)


def _never_in_parts(patch: pytest.MonkeyPatch) -> None:
    """What came in parts is no keyword, whatever it says."""
    sound = Inbound._text

    def read(self: Inbound, carrier: str, source: str, number: PhoneNumber, text: str, units: int, **more: Any) -> None:
        sound(self, carrier, source, number, f"{text} x" if units > 1 else text, units, **more)

    patch.setattr(Inbound, "_text", read)


def _answer_late(patch: pytest.MonkeyPatch) -> None:
    sound = Route.acknowledge

    def acknowledge(self: Route, delivery: Delivery, status: int = 0) -> bool:
        asyncio.get_running_loop().call_later(90.0, sound, self, delivery, status)
        return True

    patch.setattr(Route, "acknowledge", acknowledge)


def _forget_the_window_at_a_good_bye(patch: pytest.MonkeyPatch) -> None:
    sound = Session._receive_unbind

    def receive(self: Session, sequence: int, now: float, events: list[Event]) -> None:
        sound(self, sequence, now, events)
        self._pending.clear()

    patch.setattr(Session, "_receive_unbind", receive)


def _one_part_is_enough(patch: pytest.MonkeyPatch) -> None:
    sound = CarrierIds.find

    def find(self: CarrierIds, carrier: str, receipt: Receipt, *more: Any) -> Any:
        found = sound(self, carrier, receipt, *more)
        if found is not None:
            found[1].arrived = found[1].units - 1
        return found

    patch.setattr(CarrierIds, "find", find)


def _sign_nothing(patch: pytest.MonkeyPatch) -> None:
    """Neither what goes the short way nor what goes the long one."""
    patch.setattr(PostSigner, "sign", lambda *_: (b"", b""))
    patch.setattr(powerpack_gateway.underway, "signature_headers", lambda **_: {})


def _sign_once(patch: pytest.MonkeyPatch) -> None:
    sound, signed = Underway._sign, dict[str, Mapping[str, str]]()

    def sign(self: Underway, method: str, url: str, params: Mapping[str, str]) -> Mapping[str, str]:
        return signed.setdefault(f"{url} {sorted(params.items())}", sound(self, method, url, params))

    patch.setattr(Underway, "_sign", sign)


def _ask_once(patch: pytest.MonkeyPatch) -> None:
    sound, known = powerpack_gateway.host_names._addresses_of, dict[str, list[str]]()

    async def addresses_of(host: str, port: int) -> list[str]:
        if host not in known:
            known[host] = await sound(host, port)
        return known[host]

    patch.setattr(powerpack_gateway.host_names, "_addresses_of", addresses_of)


async def _as_asyncio_does(make: Callable[[], asyncio.Protocol], host: str, port: int, **_: object) -> None:
    await asyncio.get_running_loop().create_connection(make, host, port)


PLANTED: Mapping[str, Planted] = {
    "forgets STOP for queued messages": Planted(
        plant=_allow(ErrorCode.STOPPED), scenario="stop-while-queued", check="silent_after_stop"
    ),
    "forgets STOP between two parts": Planted(
        plant=_allow(ErrorCode.STOPPED), scenario="stop-in-part-two", check="silent_after_stop"
    ),
    "lets a suspended number through": Planted(
        plant=_allow(ErrorCode.INVALID_SOURCE), scenario="complaints-while-queued", check="capable"
    ),
    "rotates to dodge STOP": Planted(plant=_opt_out_of_one_number, scenario="stop-flood", check="silent_after_stop"),
    "knows STOP in capitals only": Planted(
        plant=_replaced(powerpack_gateway.inbound, "classify", _only_capitals),
        scenario="stop-in-part-two",
        check="silent_after_stop",
    ),
    "paces nothing": Planted(plant=_pace_nothing, scenario="stop-while-queued", check="within_rate"),
    "counts messages instead of segments": Planted(
        plant=_pace_messages_only, scenario="stop-in-part-two", check="within_rate"
    ),
    "paces without a margin": Planted(plant=_without_margin, scenario="wires-with-jitter", check="within_rate"),
    "waits for ever for a lost receipt": Planted(plant=_wait_for_ever, scenario="receipts-lost", check="liveness"),
    "forgets what it had accepted when it is killed": Planted(
        plant=_adopt_nothing, scenario="gateway-killed-under-load", check="conserved"
    ),
    "forgets STOP when it is killed": Planted(
        plant=_replaced(SuppressionList, "fill", _forget),
        scenario="stop-while-the-gateway-is-down",
        check="silent_after_stop",
    ),
    "is never sticky": Planted(plant=_never_sticky, scenario="ported-in-mid-conversation", check="sticky"),
    "sends every message twice": Planted(plant=_send_twice, scenario="undeliverable-numbers", check="no_duplicates"),
    "resends on timeout under at-most-once": Planted(
        plant=_always_again, scenario="lost-responses-at-most-once", check="no_duplicates"
    ),
    "believes that every receipt says delivered": Planted(
        plant=_believe_in_delivery, scenario="undeliverable-numbers", check="conserved"
    ),
    "loses the window when the link breaks": Planted(
        plant=_replaced(CarrierAnswers, "submit_unknown", _forget), scenario="hangs-up-under-load", check="counts"
    ),
    "takes a throttle for a refusal": Planted(
        plant=_replaced(powerpack_gateway.carrier_answers, "remedy_of", lambda _: Remedy.NONE),
        scenario="throttled-by-the-carrier",
        check="counts",
    ),
    "signs no callback": Planted(
        plant=_sign_nothing,
        scenario="undeliverable-numbers",
        check="told",
    ),
    "does not tell that a message was sent": Planted(plant=_tell_no_sent, scenario="failing-webhook", check="told"),
    "matches receipts by id alone": Planted(
        plant=_match_ids_alone, scenario="same-ids-at-two-carriers", check="conserved"
    ),
    "matches receipts by id alone at one carrier": Planted(
        plant=_replaced(powerpack_gateway.carrier_ids, "_likeness", lambda *_: 1),
        scenario="ids-that-come-again",
        check="conserved",
    ),
    "paces per message instead of per route": Planted(
        plant=_pace_messages_not_routes, scenario="throttled-altogether", check="counts"
    ),
    "paces nothing while the wire is stalled": Planted(
        plant=_hurry_behind_a_stall, scenario="carrier-falls-silent", check="within_rate"
    ),
    "forgets whom it knows when a number is suspended": Planted(
        plant=_forget_pairs_at_a_suspension, scenario="spam-7726-surge", check="sticky"
    ),
    "answers handsets' texts after a minute and a half": Planted(
        plant=_answer_late, scenario="stop-flood", check="accountable"
    ),
    "writes down what it did fifty milliseconds late": Planted(
        plant=_replaced(powerpack_gateway.store.sqlite, "GROUP_GAP_S", 0.05),
        scenario="gateway-killed-under-load",
        check="conserved",
    ),
    "looks for STOP in whole texts only": Planted(
        plant=_never_in_parts,
        scenario="stop-in-two-parts",
        check="silent_after_stop",
    ),
    "loses the window on unbind": Planted(
        plant=_forget_the_window_at_a_good_bye, scenario="unbinds-under-load", check="counts"
    ),
    "begins the carriers' day at midnight in London": Planted(
        plant=_replaced(powerpack_gateway.pacing, "next_midnight", lambda now, _: next_midnight(now, UTC)),
        scenario="tmobile-cap-kept",
        check="within_rate",
    ),
    "forgets what it sent today when it is killed": Planted(
        plant=_replaced(Dispatcher, "sent_before", _forget), scenario="killed-before-the-cap", check="within_rate"
    ),
    "ends a message at the receipt of one of its parts": Planted(
        plant=_one_part_is_enough, scenario="stop-in-part-two", check="conserved"
    ),
    "drops a receipt that overtook its response": Planted(
        plant=_replaced(Fates, "_park", _forget), scenario="receipts-before-responses", check="counts"
    ),
    "tries a callback again with its first signature": Planted(
        plant=_sign_once, scenario="failing-webhook", check="told"
    ),
    "chooses numbers whatever the area code": Planted(
        plant=_replaced(powerpack_gateway.selection, "_in_the_area", lambda *_: (None, Why(Reason.REGION, ""))),
        scenario="local-numbers",
        check="counts",
    ),
    "asks for a carrier's address once and for all": Planted(
        plant=_ask_once, scenario="dns-leads-to-the-other-host", check="delivered_within"
    ),
    "gives a dead address all the time there is": Planted(
        plant=_replaced(powerpack_gateway.smpp.binding, "connect", _as_asyncio_does),
        scenario="dns-answers-with-a-dead-host",
        check="delivered_within",
    ),
    "reads receipts by the book only": Planted(
        plant=planted_receipts.by_the_book, scenario="odd-receipts", check="accountable"
    ),
    "lets a receipt's quoted text overrule it": Planted(
        plant=planted_receipts.the_last_word, scenario="odd-receipts", check="counts"
    ),
    "reads the parameters of a receipt only": Planted(
        plant=planted_receipts.parameters_only, scenario="odd-receipts", check="counts"
    ),
    "reads the text of a receipt only": Planted(
        plant=planted_receipts.text_only, scenario="odd-receipts", check="counts"
    ),
    "takes ACCEPTED for the end": Planted(
        plant=planted_receipts.accepted_is_an_end, scenario="odd-receipts", check="counts"
    ),
    "compares ids as they are written": Planted(
        plant=planted_receipts.ids_as_written, scenario="odd-receipts", check="counts"
    ),
    "lets a later receipt overrule the end": Planted(
        plant=planted_receipts.the_last_receipt_counts, scenario="odd-receipts", check="conserved"
    ),
    "invents an error code": Planted(
        plant=_replaced(powerpack_gateway.fates, "error_code_for_receipt", lambda _: _Invented("999")),
        scenario="undeliverable-numbers",
        check="accountable",
    ),
}


class _Invented(str):
    """A code that no document knows."""

    __slots__ = ()

    @property
    def value(self) -> str:
        """As an enum would have it."""
        return str(self)
