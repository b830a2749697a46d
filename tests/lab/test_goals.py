"""Goals: each has a sentence, and is reached by its event and by no other."""

import pytest

from powerpack_lab.goals import GOALS, Reached
from powerpack_lab.observed import Observed


def _event(kind: str, **fields: object) -> Observed:
    return Observed(n=1, moment=0.0, kind=kind, fields=fields)


@pytest.mark.parametrize(
    ("name", "event", "other"),
    [
        (
            "throttled",
            _event("carrier.refused", status="ESME_RTHROTTLED"),
            _event("carrier.refused", status="ESME_RINVDSTADR"),
        ),
        (
            "stop_while_queued",
            _event("message.failed", error_code="200", why="forbidden when its turn came"),
            _event("message.failed", error_code="200", why="14155550101 said STOP"),
        ),
        ("expired", _event("message.failed", error_code="420"), _event("message.failed", error_code="200")),
        (
            "long_text",
            _event("handset.received", message_ids=("a", "b")),
            _event("handset.received", message_ids=("a",)),
        ),
        (
            "number_left",
            _event("number.selected", reasons=("sticky sender: 72345 is no longer in the pool",)),
            _event("number.selected", reasons=("sticky sender: the handset knows 72345",)),
        ),
        ("held", _event("gateway.held"), _event("gateway.bound")),
        ("killed", _event("scenario.gateway_down", killed=True), _event("scenario.gateway_down", killed=False)),
        (
            "capped",
            _event("carrier.blocked", rule="limit: brand per pacific day"),
            _event("carrier.blocked", rule="content: shaft"),
        ),
        (
            "receipt_never_came",
            _event("message.failed", why="att sent no receipt within 7200 s"),
            _event("message.failed", why="its message_expiry passed"),
        ),
        ("callback_timed_out", _event("callback.failed", reason="timeout"), _event("callback.failed", reason="503")),
        (
            "stopped_by_mms",
            _event("carrier>message", text="stop", status=1000),
            _event("carrier>message", text="stop", status=3000),
        ),
        ("reinstated", _event("number.reinstated"), _event("number.suspended")),
        ("rough_wires", _event("scenario.wires"), _event("scenario.step")),
        (
            "dead_host",
            _event("gateway.connect_failed", reason="192.0.2.1: no connection within 5 s"),
            _event("gateway.connect_failed", reason="refused"),
        ),
        (
            "no_such_host",
            _event("gateway.connect_failed", reason="[Errno -2] the host 'smpp.att.test' has no address now"),
            _event("gateway.connect_failed", reason="refused"),
        ),
        (
            "other_host",
            _event("gateway.connected", address="127.0.1.2"),
            _event("gateway.connected", address="127.0.0.1"),
        ),
        (
            "nearby",
            _event("number.selected", reasons=("local connect: state CA",)),
            _event("number.selected", reasons=("local connect: area code 916",)),
        ),
        ("renewed", _event("number.renewed"), _event("number.rented")),
    ],
)
def test_a_goal_is_reached_by_its_event_only(name: str, event: Observed, other: Observed) -> None:
    reached = Reached((name,))
    reached.see(other)
    before = dict(reached.counts)
    reached.see(event)

    assert (before, reached.counts) == ({name: 0}, {name: 1})


def test_every_goal_has_a_sentence() -> None:
    assert all(goal.sentence and goal.kind for goal in GOALS.values())
