"""The ids that a carrier gives to messages."""

from functools import lru_cache
from random import Random
from typing import Final, Protocol
from uuid import UUID

from powerpack_carriers.profile import MessageIdForm, MessageIdHabit

_CONVERSIONS: Final[dict[MessageIdForm, tuple[int, str]]] = {
    MessageIdForm.HEX: (16, "x"),
    MessageIdForm.DECIMAL: (10, "d"),
}


SHORT_WIDTH: Final = 8
"""Characters of a message_id for an ESME below version 3.4 (SMPP 3.4, 3.4)."""


TAIL_DIGITS: Final = 3
"""Digits at the end of an id that are looked up: a thousand, or four thousand hexadecimal ones, some 150 kB."""


_FEW: Final = 8
"""So many ids are sooner written one by one."""


class MessageIds(Protocol):
    """Called for the next id."""

    def __call__(self) -> bytes:
        """An id that no message has."""
        ...


def message_ids(habit: MessageIdHabit, dice: Random) -> "CountedIds | UuidIds":
    """A source of ids; those that are counted repeat after ``base ** width`` messages, as real ones do."""
    return UuidIds(dice) if habit.form is MessageIdForm.UUID else CountedIds(habit, dice)


def short_message_ids(habit: MessageIdHabit, dice: Random) -> MessageIds:
    """The same for ESMEs of old: eight characters at most."""
    form = MessageIdForm.HEX if habit.form is MessageIdForm.UUID else habit.form
    return message_ids(MessageIdHabit(form=form, width=min(habit.width, SHORT_WIDTH)), dice)


@lru_cache(maxsize=2)
def _tails(letter: str, count: int) -> list[bytes]:
    """The last digits of ids, in their order."""
    template = f"%0{TAIL_DIGITS}{letter}".encode()
    return [template % number for number in range(count)]


class UuidIds:
    """Ids that are drawn and never repeat."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice

    def __call__(self) -> bytes:
        """The next one."""
        return str(UUID(int=self._dice.getrandbits(128), version=4)).encode("ascii")


class CountedIds:
    """Ids that count up from a random start, so that two carriers' ids do not coincide in a test.

    Each has ``octets``; after ``limit`` they begin anew.
    """

    def __init__(self, habit: MessageIdHabit, dice: Random) -> None:
        self._base, letter = _CONVERSIONS[habit.form]
        self.octets = habit.width
        self.limit = self._base**habit.width
        self._template = f"%0{habit.width}{letter}".encode()
        self._front = f"%0{habit.width - TAIL_DIGITS}{letter}".encode()
        """Writes what stands before the last three digits, which those of a thousand ids have in common."""
        self._letter = letter
        self._block_number = -1
        self._block = b""
        """The ids that have that number for a front, joined: most reads take a slice of it."""
        # Not from the first tenth, so that leading zeros, which peers lose, do not come by accident.
        self._number = dice.randrange(self.limit // 10, self.limit // 2)

    def __call__(self) -> bytes:
        """The next one."""
        self._number = (self._number + 1) % self.limit
        octets: bytes = self._template % self._number
        return octets

    def take(self, count: int) -> tuple[int, bytes] | None:
        """The number of the next id, and so many of them joined; None where they would begin anew in between."""
        first = self._number + 1
        if first + count > self.limit:
            return None
        self._number += count
        return first, self._template % first if count == 1 else self._written(first, first + count)

    def _written(self, number: int, end: int) -> bytes:
        if end - number < _FEW:
            octets: bytes = self._template * (end - number) % tuple(range(number, end))
            return octets
        size, octets_each = self._base**TAIL_DIGITS, self.octets
        pieces: list[bytes] = []
        while number < end:
            block, start = divmod(number, size)
            stop = min(start + end - number, size)
            if block != self._block_number:
                front: bytes = self._front % block
                self._block_number, self._block = block, front + front.join(_tails(self._letter, size))
            pieces.append(self._block[start * octets_each : stop * octets_each])
            number += stop - start
        return b"".join(pieces)

    def number_of(self, message_id: bytes) -> int | None:
        """The number that was written so; None for what is no id of ours."""
        try:
            number = int(message_id, self._base)
        except ValueError:
            return None
        return number if self._template % number == message_id else None
