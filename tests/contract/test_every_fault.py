"""Each fault of the catalogue meets our own gateway: every message ends once, nobody misses a text, and it goes on."""

from collections import Counter
from pathlib import Path

import pytest

from contract_support import Api
from powerpack_carriers.faults.registry import FAULTS
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

PEOPLE = [f"1415555{index:04d}" for index in range(10)]
WRITER, LATER, NUMBER = "14155550123", "14155550150", "14155550181"

ATTEMPTS_MAX = 5
"""How often a message whose answers are lost is submitted."""

ONCE = [
    ("common_ids", {}),
    ("congestion", {}),
    ("delay_receipt", {}),
    ("mo_flood", {"to": NUMBER}),
    ("queue_full", {}),
    ("receipt_storm", {}),
    ("slow_drip", {"gap_s": 0.005}),
    ("unknown_pdu", {}),
]
"""Faults in which every submit has its answer, in time: nobody gets a text twice."""

UNKNOWN = [
    ("already_bound", {}),
    ("disconnect", {"after": 3, "how": "close"}),
    ("garbage", {}),
    ("half_open", {}),
    ("lying_length", {"share": 0.2}),
    ("mute", {}),
    ("reset_in_pdu", {"share": 0.2}),
    ("slow_drip", {}),
    ("slow_reader", {}),
    ("truncated_pdu", {"share": 0.2}),
    ("unbind", {}),
    ("wrong_sequence", {}),
]
"""Faults that lose answers, or the link: at least once is what was promised, and no oftener than we try."""


HEARD = {"truncated_pdu": (0, 1), "slow_reader": (1, 2)}
"""How often a phone's text may be heard where that is not once: one that was cut short is refused, and the carrier
gives it up; one whose acknowledgement the carrier did not read in time is delivered again, and where no link broke
nobody can tell that from a phone that says the same twice."""


def lived_through(word: str, settings: dict[str, object]) -> tuple[Counter[str], Counter[int]]:
    """Half a minute of a fault under traffic, and what came of it: states of the messages, and texts a phone."""
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=(CarrierConfig(name="generic"),))) as lab:
        api, carrier = Api(lab), lab.carrier("generic")
        carrier.faults.add(word, **settings)
        if word == "already_bound":
            carrier.faults.add("disconnect", after=3)  # or nobody would bind
        uuids = [api.accept(person, src=NUMBER if index % 2 else "12065550180") for index, person in enumerate(PEOPLE)]
        lab.handset(WRITER).reply("Hi there", to=NUMBER)
        lab.advance(30)
        assert list(lab.journal.events(kind="fault.struck")), "the fault met something"
        carrier.faults.clear()
        lab.advance(3 * 3_600)
        states = Counter(api.message(uuid)["message_state"] for uuid in uuids)
        ends = Counter(
            event.fields["uuid"]
            for event in lab.journal.events(kind="message.stage")
            if event.fields["uuid"] in uuids
            and str(event.fields["stage"]).lower() in ("delivered", "undelivered", "failed")
        )
        heard = [event.fields["text"] for event in lab.journal.events(kind="message.received")]

        assert ends == dict.fromkeys(uuids, 1)
        assert heard.count("Hi there") in HEARD.get(word, (1,)), "a phone's text counts once"
        assert not list(lab.journal.events(kind="inbound.failed"))
        assert api.send(LATER)["message_state"] == "delivered", "it goes on"
        return states, Counter(lab.handset(person).texts.count("Hello") for person in PEOPLE)


@pytest.mark.parametrize(("word", "settings"), ONCE, ids=[word for word, _ in ONCE])
def test_while_answers_come_every_text_arrives_once(word: str, settings: dict[str, object]) -> None:
    states, texts = lived_through(word, settings)

    assert states == {"delivered": len(PEOPLE)}
    assert texts == {1: len(PEOPLE)}


@pytest.mark.parametrize(
    ("word", "settings"), UNKNOWN, ids=[f"{word} {settings}" if settings else word for word, settings in UNKNOWN]
)
def test_where_answers_are_lost_every_text_arrives_at_least_once(word: str, settings: dict[str, object]) -> None:
    states, texts = lived_through(word, settings)

    assert set(states) <= {"delivered", "undelivered"}, "undelivered: its receipt was lost"
    assert states["delivered"] >= len(PEOPLE) // 2
    assert 0 not in texts
    assert max(texts) <= ATTEMPTS_MAX


def test_every_fault_of_the_catalogue_meets_the_gateway_somewhere() -> None:
    here = {word for word, _ in (*ONCE, *UNKNOWN)}
    elsewhere = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))

    assert [word for word in FAULTS if word not in here and f'"{word}"' not in elsewhere] == []
