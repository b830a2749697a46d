"""The ids that a carrier gives to messages."""

from collections.abc import Callable
from random import Random
from typing import Final
from uuid import UUID

from powerpack_carriers.profile import MessageIdForm, MessageIdHabit

_CONVERSIONS: Final[dict[MessageIdForm, tuple[int, str]]] = {
    MessageIdForm.HEX: (16, "x"),
    MessageIdForm.DECIMAL: (10, "d"),
}


SHORT_WIDTH: Final = 8
"""Characters of a message_id for an ESME below version 3.4 (SMPP 3.4, 3.4)."""


def short_message_ids(habit: MessageIdHabit, dice: Random) -> Callable[[], bytes]:
    """The same for ESMEs of old: eight characters at most."""
    form = MessageIdForm.HEX if habit.form is MessageIdForm.UUID else habit.form
    return message_ids(MessageIdHabit(form=form, width=min(habit.width, SHORT_WIDTH)), dice)


def message_ids(habit: MessageIdHabit, dice: Random) -> Callable[[], bytes]:
    """A source of ids that counts up from a random start, so that two carriers' ids do not coincide in a test.

    They repeat after ``base ** width`` messages, as real ones do; those that are uuids are drawn and never repeat.
    """
    if habit.form is MessageIdForm.UUID:
        return lambda: str(UUID(int=dice.getrandbits(128), version=4)).encode("ascii")
    base, letter = _CONVERSIONS[habit.form]
    limit = base**habit.width
    template = f"%0{habit.width}{letter}".encode()
    # Not from the first tenth, so that leading zeros, which peers lose, do not come by accident.
    number = dice.randrange(limit // 10, limit // 2)

    def next_id() -> bytes:
        nonlocal number
        number = (number + 1) % limit
        octets: bytes = template % number
        return octets

    return next_id
