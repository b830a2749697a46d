"""The watch over one link: it ends what hangs, and asks who is silent. It is one timer, set again when it fires."""

import asyncio
from typing import Protocol

from powerpack_carriers.smpp.session import Session
from powerpack_carriers.smsc_limits import SmscLimits


class Watched(Protocol):
    """What can be done to a link that hangs."""

    session: Session

    def flush(self) -> None:
        """Write what is queued."""
        ...

    def unbind(self, reason: str = "") -> None:
        """Say good-bye to a bound ESME."""
        ...

    def close(self, reason: str) -> None:
        """Write what is queued, then close."""
        ...

    def abort(self, reason: str) -> None:
        """Reset the connection."""
        ...


class LinkWatch:
    """The timers of SMPP 3.4, 7.2, as ``limits`` have them. The link says what begins, and when it heard something."""

    __slots__ = ("_limits", "_link", "_loop", "_timer", "heard_at_s")

    def __init__(self, link: Watched, limits: SmscLimits) -> None:
        self.heard_at_s = 0.0
        """When the last octets came, in the loop's time; kept by the link."""
        self._link = link
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def connected(self) -> None:
        """The ESME has to bind now."""
        self._timer = self._loop.call_later(self._limits.bind_within_s, self._bind_is_late)

    def bound(self) -> None:
        """From now on it must not be silent for too long."""
        self.cancel()
        self._watch_for_silence()

    def ending(self, problem: str) -> None:
        """The end has begun: cut it off for the ``problem`` when that takes too long."""
        self.cancel()
        within_s = self._limits.end_within_s
        self._timer = self._loop.call_later(within_s, self._link.abort, f"{problem} within {within_s:g} s")

    def cancel(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _bind_is_late(self) -> None:
        self._link.close(f"no bind within {self._limits.bind_within_s:g} s")

    def _watch_for_silence(self) -> None:
        limits = self._limits
        silences = [each for each in (limits.idle_enquire_s, limits.inactivity_s) if each is not None]
        if silences:
            due = self.heard_at_s + min(silences)
            self._timer = self._loop.call_at(due, self._enquire_if_silent, self.heard_at_s)

    def _enquire_if_silent(self, heard_at_s: float) -> None:
        link = self._link
        if not link.session.is_bound:
            return
        if self.heard_at_s != heard_at_s:
            self._watch_for_silence()
            return
        enquire_s, inactivity_s = self._limits.idle_enquire_s, self._limits.inactivity_s
        if enquire_s is None or (inactivity_s is not None and inactivity_s <= enquire_s):
            link.unbind(f"nothing was heard for {inactivity_s:g} s")
            return
        link.session.enquire_link()
        link.flush()
        within_s = self._limits.enquire_answer_within_s
        self._timer = self._loop.call_later(within_s, self._end_if_silent, heard_at_s)

    def _end_if_silent(self, heard_at_s: float) -> None:
        if self.heard_at_s == heard_at_s:
            self._link.abort(f"no answer to enquire_link within {self._limits.enquire_answer_within_s:g} s")
        else:
            self._watch_for_silence()
