"""history.py: notes that cost little, and the events that are read from them."""

from powerpack_gateway.history import HISTORY_OCTETS_MAX, HistoryEvent, history_of, note
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service

BEGAN = 1_774_960_000.0


def message(**changes: object) -> Message:
    made = Message(
        id=1,
        uuid="u",
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        destination="14155550199",
        text="hello",
        created_at=BEGAN,
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def words(given: Message) -> list[str]:
    return [each.event for each in history_of(given)]


def test_a_message_begins_with_its_acceptance() -> None:
    assert list(history_of(message())) == [HistoryEvent(at=BEGAN, event="accepted", stage=Stage.QUEUED)]


def test_a_message_from_a_handset_begins_with_its_arrival() -> None:
    given = message(direction=Direction.INBOUND, stage=Stage.RECEIVED)

    assert list(history_of(given)) == [HistoryEvent(at=BEGAN, event="received", stage=Stage.RECEIVED)]


def test_what_is_noted_is_read_with_its_time_and_the_stage_that_it_led_to() -> None:
    given = message(stage=Stage.SUBMITTED)
    note(given, BEGAN + 0.25, "submit", "acme", 0)
    given.stage = Stage.SENT
    note(given, BEGAN + 0.5, "answer", 0, 0, "id-1")
    note(given, BEGAN + 1.5, "receipt", "id-1", "DELIVRD", None)
    note(given, BEGAN + 2.0, "callback", 0, 1, 204)
    note(given, BEGAN + 3.0, "callback", 1, 1, "timeout: 5 s")

    assert list(history_of(given))[1:] == [
        HistoryEvent(at=BEGAN + 0.25, event="submit", stage=Stage.SUBMITTED, carrier="acme", part=0, attempt=1),
        HistoryEvent(at=BEGAN + 0.5, event="answer", stage=Stage.SENT, part=0, status=0, carrier_message_id="id-1"),
        HistoryEvent(at=BEGAN + 1.5, event="receipt", stage=Stage.SENT, carrier_message_id="id-1", reported="DELIVRD"),
        HistoryEvent(at=BEGAN + 2.0, event="callback", stage=Stage.SENT, notice=0, attempt=1, outcome=204),
        HistoryEvent(at=BEGAN + 3.0, event="callback", stage=Stage.SENT, notice=1, attempt=1, outcome="timeout: 5 s"),
    ]


def test_each_part_counts_its_own_submits() -> None:
    given = message()
    for part in (0, 1, 0):
        note(given, BEGAN, "submit", "acme", part)

    assert [(each.part, each.attempt) for each in list(history_of(given))[1:]] == [(0, 1), (1, 1), (0, 2)]


def test_any_octets_a_carrier_may_send_are_kept_as_they_are() -> None:
    given = message()
    strange = 'a"],[\\ \x01\n\xff🚀'
    note(given, BEGAN, "receipt", strange, strange, strange)

    assert list(history_of(given))[1].reported == strange


def test_a_long_reason_is_cut() -> None:
    given = message()
    note(given, BEGAN, "no_answer", 0, "x" * 10_000)

    assert list(history_of(given))[1].reason == "x" * 200


def test_a_history_does_not_grow_without_end_and_keeps_the_end() -> None:
    given = message()
    for _ in range(10_000):
        note(given, BEGAN, "answer", 0, 0x58)
    given.stage = Stage.FAILED
    note(given, BEGAN + 9, "ended", "420", "its message_expiry passed")
    for _ in range(1_000):
        note(given, BEGAN, "callback", 0, 1, 500)

    assert len(given.history) < HISTORY_OCTETS_MAX + 200
    assert words(given)[-2:] == ["omitted", "ended"]


def test_a_note_of_an_older_version_lacks_what_came_later() -> None:
    given = message(history=b'[5,"answer",3,0,0],')

    (_, event) = history_of(given)
    assert (event.status, event.carrier_message_id) == (0, None)
