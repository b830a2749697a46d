"""Faults that are added, strike and are removed."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

import pytest

from carriers.builders import HANDSET, SOURCE, ListJournal, a_message
from powerpack_carriers.errors import FaultError
from powerpack_carriers.faults import pipeline
from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.faults.throttle import ThrottleConfig
from powerpack_carriers.messages import Message
from powerpack_carriers.smpp.constants import CommandId, CommandStatus
from powerpack_carriers.smpp.events import Bind

THROTTLED = CommandStatus.ESME_RTHROTTLED
BIND = Bind(
    command_id=CommandId.bind_transceiver,
    system_id="esme",
    password="secret",
    system_type="",
    interface_version=0x34,
    addr_ton=0,
    addr_npi=0,
    address_range="",
)


class AWire:
    """A connection that came by one port, where nothing else is looked at."""

    name = "att#1"
    system_id = ""

    def __init__(self, listener: int = 1) -> None:
        self.listener = listener

    def send_raw(self, data: bytes) -> None:
        raise NotImplementedError

    def send_raw_later(self, delay_s: float, data: bytes) -> None:
        raise NotImplementedError

    def stall(self) -> None:
        raise NotImplementedError

    def resume(self) -> None:
        raise NotImplementedError

    def abort(self, reason: str) -> None:
        raise NotImplementedError


def _faults(journal: ListJournal | None = None, *, carrier: str = "att", seed: int = 1, now: float = 0.0) -> Faults:
    return Faults(carrier, seed=seed, journal=journal or ListJournal(), now=lambda: now)


def _struck(faults: Faults, number: int = 1, *, now: float = 0.0) -> list[int]:
    statuses = []
    for _ in range(number):
        message = a_message()
        faults.on_submit(message, now)
        statuses.append(message.status)
    return statuses


def test_a_fault_strikes_until_it_is_removed() -> None:
    faults = _faults()

    fault_id = faults.add("throttle")

    assert _struck(faults) == [THROTTLED]
    faults.remove(fault_id)
    assert _struck(faults) == [0]
    assert len(faults) == 0


def test_ids_tell_what_a_fault_is_and_are_not_used_again() -> None:
    faults = _faults()
    ids = [faults.add("throttle"), faults.add("lose_response"), faults.add("throttle")]
    faults.clear()

    assert ids == ["throttle-1", "lose_response-1", "throttle-2"]
    assert faults.add("throttle") == "throttle-3"


def test_a_share_strikes_as_often_as_it_says_the_same_in_every_run() -> None:
    runs = []
    for seed in (1, 1, 2):
        faults = _faults(seed=seed)
        faults.add("throttle", share=0.2)
        runs.append(_struck(faults, 1_000))

    assert runs[0] == runs[1] != runs[2]
    assert 150 < runs[0].count(THROTTLED) < 250


def test_one_more_fault_does_not_shift_the_others() -> None:
    alone, together = _faults(), _faults()
    alone.add("throttle", share=0.5)
    together.add("late_response", share=0.5)
    together.add("throttle", share=0.5)

    assert _struck(alone, 100) == _struck(together, 100)


def test_two_faults_of_one_word_draw_from_two_streams() -> None:
    faults = _faults()
    faults.add("throttle", share=0.5, status=9801)
    faults.add("throttle", share=0.5, status=9802)

    assert {0, 9801, 9802} == set(_struck(faults, 100))


def test_a_schedule_counts_from_when_the_fault_was_added() -> None:
    faults = _faults(now=100.0)
    faults.add("throttle", from_s=5, until_s=10)

    statuses = {now: _struck(faults, now=now)[0] for now in (100.0, 104.9, 105.0, 109.9, 110.0)}

    assert statuses == {100.0: 0, 104.9: 0, 105.0: THROTTLED, 109.9: THROTTLED, 110.0: 0}


def test_a_schedule_from_before_the_start_counts_from_the_start() -> None:
    faults = _faults()
    faults.add("throttle", from_s=5)

    faults.started(1_000.0)

    assert _struck(faults, now=1_004.9) == [0]
    assert _struck(faults, now=1_005.0) == [THROTTLED]


@pytest.mark.parametrize(
    ("scope", "strikes"),
    [
        ({"source": f"+{SOURCE}"}, True),
        ({"source": "12065550199"}, False),
        ({"destination": HANDSET}, True),
        ({"destination": "14155550199"}, False),
        ({"source": SOURCE, "destination": "14155550199"}, False),
    ],
    ids=str,
)
def test_a_fault_may_be_limited_to_a_number(scope: dict[str, object], strikes: bool) -> None:
    faults = _faults()
    faults.add("throttle", **scope)

    assert _struck(faults) == [THROTTLED if strikes else 0]


def test_faults_are_applied_in_their_order() -> None:
    faults = _faults()
    faults.add("throttle", status=9801)
    faults.add("throttle", status=9802)

    assert _struck(faults) == [9802]


def test_receipts_without_faults_are_sent_once_and_now() -> None:
    plan = _faults().on_receipt(a_message(), 0.0)

    assert (plan.copies, plan.delay_s) == (1, 0.0)


def test_faults_of_receipts_add_up() -> None:
    faults = _faults()
    faults.add("duplicate_receipt", copies=2)
    faults.add("delay_receipt", delay_s_min=3, delay_s_max=3)

    plan = faults.on_receipt(a_message(), 0.0)

    assert (plan.copies, plan.delay_s) == (3, 3.0)


def test_the_first_fault_that_refuses_a_bind_decides() -> None:
    faults = _faults()
    assert faults.on_bind(BIND, AWire(), 0.0) == CommandStatus.ESME_ROK
    faults.add("refuse_bind", system_id="other")
    faults.add("refuse_bind", status="ESME_RSYSERR")
    faults.add("refuse_bind")

    assert faults.on_bind(BIND, AWire(), 0.0) == CommandStatus.ESME_RSYSERR


def test_binds_may_be_refused_at_one_port_only() -> None:
    faults = _faults()
    faults.add("refuse_bind", listener=2)

    statuses = [faults.on_bind(BIND, AWire(listener), 0.0) for listener in (0, 1, 2)]

    assert statuses == [0, 0, CommandStatus.ESME_RBINDFAIL]


def test_everything_is_in_the_journal() -> None:
    journal = ListJournal()
    faults = _faults(journal)
    faults.add("throttle")
    faults.add("refuse_bind")
    faults.add("lose_receipt")
    faults.on_submit(a_message(), 0.0)
    faults.on_bind(BIND, AWire(), 0.0)
    faults.on_receipt(a_message(message_id=b"17"), 0.0)
    faults.remove("throttle-1")

    assert [kind for kind, _ in journal.events] == ["fault.added"] * 3 + ["fault.struck"] * 3 + ["fault.removed"]
    assert journal.of("fault.struck") == [
        {"carrier": "att", "fault": "throttle-1", "source": SOURCE, "destination": HANDSET},
        {"carrier": "att", "fault": "refuse_bind-1", "system_id": "esme"},
        {"carrier": "att", "fault": "lose_receipt-1", "message_id": "17"},
    ]
    assert [(active.fault_id, active.struck) for active in faults] == [("refuse_bind-1", 1), ("lose_receipt-1", 1)]


def test_a_config_of_one_s_own_making_is_a_fault_like_the_others() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class ShoutConfig(FaultConfig):
        word: ClassVar[str] = "shout"

        def build(self, dice: Random) -> "Shout":
            return Shout()

    class Shout:
        def on_submit(self, message: Message) -> None:
            message.submitted = message.submitted._replace(short_message=message.submitted.short_message.upper())

    faults, message = _faults(), a_message()

    fault_id = faults.add(ShoutConfig(destination=HANDSET))
    faults.on_submit(message, 0.0)

    assert (fault_id, message.text) == ("shout-1", "HELLO")


def test_a_config_is_taken_as_it_is() -> None:
    faults = _faults()

    faults.add(ThrottleConfig(status=9802))

    assert _struck(faults) == [9802]


@pytest.mark.parametrize(
    ("word", "settings", "problem"),
    [
        (
            "trottle",
            {},
            (
                "unknown fault 'trottle'; did you mean throttle? known: throttle, lose_response, late_response, "
                "undeliverable, disconnect, "
                "lose_receipt, duplicate_receipt, delay_receipt, refuse_bind"
            ),
        ),
        ("throttle", {"share": 1.5}, "fault 'throttle': share: found 1.5, expected 0 to 1"),
        ("throttle", {"from_s": 5, "until_s": 4}, "fault 'throttle': until_s: found 4.0, expected 5 to 1e+09"),
        ("throttle", {"status": "NO"}, "fault 'throttle': status: found 'NO', expected a name such as"),
        ("throttle", {"self": 1}, "fault 'throttle': self: unknown; expected one of share, from_s"),
        ("throttle", {"fault": 1}, "fault 'throttle': fault: unknown; expected one of share, from_s"),
        ("late_response", {"delay_s_min": 9}, "fault 'late_response': delay_s_max: found 5.0, expected 9 to"),
        ("delay_receipt", {"delay_s_max": 0}, "fault 'delay_receipt': delay_s_max: found 0.0, expected 1 to"),
        ("duplicate_receipt", {"copies": 0}, "fault 'duplicate_receipt': copies: found 0, expected 1 to 100"),
        ("disconnect", {"after": 0}, "fault 'disconnect': after: found 0, expected 1 to"),
        ("undeliverable", {"error": "12345"}, "fault 'undeliverable': error: found '12345', expected one to four"),
        ("undeliverable", {"error": 1}, "fault 'undeliverable': error: found 1, expected a string"),
        ("refuse_bind", {"source": SOURCE}, "fault 'refuse_bind': source and destination: a bind has neither"),
    ],
)
def test_a_mistake_says_what_is_wrong(word: str, settings: dict[str, object], problem: str) -> None:
    with pytest.raises(FaultError) as caught:
        _faults().add(word, **settings)

    assert str(caught.value).startswith(problem)


def test_removing_what_is_not_there_says_what_is() -> None:
    faults = _faults()
    with pytest.raises(FaultError, match="att has no fault 'throttle-1'; it has none"):
        faults.remove("throttle-1")
    faults.add("disconnect")
    with pytest.raises(FaultError, match="it has disconnect-1"):
        faults.remove("throttle-1")


def test_there_is_a_most_of_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "FAULTS_MAX", 1)
    faults = _faults()
    faults.add("throttle")

    with pytest.raises(FaultError, match="att has 1 faults, which is the most; remove one first"):
        faults.add("throttle")
