"""Waiting for what an ESME sends, and saying what came instead."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from powerpack_carriers.messages import Message
from powerpack_carriers.numbering import digits_of, is_from

WITHIN_S: Final = 10.0
"""How long is waited unless told otherwise: a thousand times what loopback takes."""

SHOWN_MAX: Final = 15
"""Messages that an error shows, the newest."""

_LOOK_EVERY_S: Final = 0.005
"""Nothing is told of each message, which would cost every one of them; looking now and then costs who waits."""


async def hold_within(holds: Callable[[], bool], within: float) -> bool:
    """Wait until something holds; False when it does not within so many seconds of the loop."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not holds():
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(_LOOK_EVERY_S)
    return True


def matching(
    messages: Iterable[Message], *, text: str = "", source: str | None = None, destination: str | None = None
) -> list[Message]:
    """The messages that hold ``text`` and are between these numbers, with or without plus."""
    return [
        message
        for message in messages
        if (source is None or is_from(message.source, source))
        and (destination is None or message.destination.digits == digits_of(destination))
        and text in message.text
    ]


def explain_missing(
    carrier: object, messages: Iterable[Message], *, text: str, source: str | None, destination: str | None
) -> str:
    """What was waited for, and what came instead."""
    wanted = f"with {text!r}" if text else "at all"
    parties = "".join([f" from {source}" if source else "", f" to {destination}" if destination else ""])
    came = list(messages)
    shown = [f"  {message!r}" for message in came[-SHOWN_MAX:]]
    return "\n".join([f"{carrier!r} got no message {wanted}{parties}; it got {len(came)}:", *shown])
