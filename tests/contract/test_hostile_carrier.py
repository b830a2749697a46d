"""A carrier from which anything may come: every message of ours still ends once, and the next carrier is served."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import ClassVar, Final

import pytest

from contract_support import FINAL, Api
from powerpack_carriers.faults.places import Wire
from powerpack_carriers.faults.wire import WireFaultConfig
from powerpack_carriers.smpp.constants import RESPONSE_BIT, CommandId, TlvTag
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

COMMANDS: Final = [*CommandId, *(each | RESPONSE_BIT for each in CommandId), 0, 0x0110, 0x0001_0200]
HEADER: Final = 16

Damage = Callable[[bytearray, Random], object]


def set_number(pdu: bytearray, at: int, value: int) -> None:
    """Write one field of the header."""
    pdu[at : at + 4] = value.to_bytes(4, "big")


def add_tlv(pdu: bytearray, dice: Random) -> None:
    """Any parameter, of any length."""
    length = dice.choice((0, 1, 2, 3, 4, 200))
    pdu += dice.choice(list(TlvTag)).to_bytes(2, "big") + length.to_bytes(2, "big") + dice.randbytes(length)


def drop_nul(pdu: bytearray, dice: Random) -> None:
    """The end of a string."""
    places = [place for place in range(HEADER, len(pdu)) if not pdu[place]]
    if places:
        del pdu[dice.choice(places)]


def cut(pdu: bytearray, dice: Random) -> None:
    """What is behind a place."""
    del pdu[dice.randrange(HEADER, len(pdu) + 1) :]


def change_octet(pdu: bytearray, dice: Random) -> None:
    """One of the body."""
    if len(pdu) > HEADER:
        pdu[dice.randrange(HEADER, len(pdu))] = dice.randrange(256)


DAMAGES: Final[tuple[Damage, ...]] = (
    add_tlv,
    drop_nul,
    cut,
    change_octet,
    lambda pdu, dice: pdu.extend(dice.randbytes(dice.randrange(1, 9))),
    lambda pdu, dice: set_number(pdu, 4, dice.choice(COMMANDS)),
    lambda pdu, dice: set_number(pdu, 8, dice.getrandbits(32)),
    lambda pdu, dice: set_number(pdu, 12, dice.choice((0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))),
)
"""All but command_length, without which no PDU comes through: ``lying_length`` has that."""


def damaged(pdu: bytes, dice: Random) -> bytes:
    """Something like it, with its own length."""
    changed = bytearray(pdu)
    for _ in range(dice.randrange(1, 4)):
        dice.choice(DAMAGES)(changed, dice)
    set_number(changed, 0, len(changed))
    return bytes(changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileConfig(WireFaultConfig):
    """Of ten PDUs three are as they should be."""

    word: ClassVar[str] = "hostile"

    def build(self, dice: Random) -> "Hostile":
        return Hostile(dice)


class Hostile:
    """Damages, repeats, invents and swallows."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice

    def on_pdu(self, wire: Wire, pdu: bytes, now: float) -> list[bytes]:
        dice = self._dice
        return dice.choice(
            (
                [pdu],
                [pdu],
                [pdu],
                [damaged(pdu, dice)],
                [damaged(pdu, dice)],
                [damaged(pdu, dice)],
                [pdu, damaged(pdu, dice)],
                [damaged(pdu, dice), pdu],
                [pdu, pdu],
                [],
            )
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_comes_every_message_ends_once_and_the_gateway_goes_on(seed: int) -> None:
    config = LabConfig(carriers=(CarrierConfig(name="generic", profile="generic"),))
    with Lab(seed=seed, clock="virtual", config=config) as lab:
        api, dice = Api(lab), Random(seed)
        lab.carrier("generic").faults.add(HostileConfig())
        uuids = []
        for _ in range(15):
            people = [f"1415555{dice.randrange(100, 140):04d}" for _ in range(4)]
            uuids += [api.accept(person, dice.choice(("Hello", "x" * 300, "é😀" * 50))) for person in people]
            lab.handset(people[0]).reply(dice.choice(("Hi", "STOP", "START", "é😀" * 90)), to="14155550181")
            lab.advance(5)
        lab.carrier("generic").faults.clear()
        lab.advance(3 * 3_600)

        assert Counter(api.message(uuid)["message_state"] in FINAL for uuid in uuids) == {True: len(uuids)}
        ends = Counter(
            event.fields["uuid"]
            for event in lab.journal.events(kind="message.stage")
            if str(event.fields["stage"]).lower() in FINAL
        )
        assert {ends[uuid] for uuid in uuids} == {1}
        assert list(lab.journal.events(kind="gateway.bad_pdu"))
        assert api.send("14155550150")["message_state"] == "delivered"
