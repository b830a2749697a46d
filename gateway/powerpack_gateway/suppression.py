"""Suppression: who said STOP to whom, and what the gateway answers."""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from powerpack_gateway.errors import NotFound


class Intent(StrEnum):
    """What a handset's text asks for; the values are Plivo's ``MessageIntent`` (plivo_api.md 3.5)."""

    OPTOUT = "optout"
    OPTIN = "optin"
    HELP = "help"
    NONE = ""


KEYWORDS: dict[Intent, tuple[str, ...]] = {
    # Plivo's seven, then those that 47 CFR 64.1200(a)(10) names, CTIA's sentence, and the French of Canada.
    Intent.OPTOUT: (
        *("stop", "end", "quit", "cancel", "unsubscribe", "unsub", "stop all", "stopall"),
        *("revoke", "opt out", "optout", "opt-out", "please opt me out"),
        *("arret", "arrêt", "arreter", "arrêter"),
    ),
    Intent.OPTIN: ("start", "yes", "resume", "unstop", "go", "nonarret", "nonarrêt"),
    Intent.HELP: ("help", "info", "aide"),
    Intent.NONE: (),
}
"""The words, as a person writes them; one is meant only when it is the whole message (carriers.md 4.4)."""

OPTOUT_REPLY = "You have been unsubscribed and will not receive any more messages from this number."
OPTIN_REPLY = (
    "You have been resubscribed to receiving messages from this number. Reply HELP for help or STOP to stop receiving"
    " messages. Message and data rates may apply."
)
HELP_REPLY = "Text STOP to stop receiving messages from this number. Message and data rates may apply."

REPLIES: dict[Intent, str] = {
    Intent.OPTOUT: OPTOUT_REPLY,
    Intent.OPTIN: OPTIN_REPLY,
    Intent.HELP: HELP_REPLY,
}
"""Plivo's automatic answers. START is answered only when something was lifted (plivo_api.md 4)."""

KEYWORD_TEXT_MAX = 40
"""Longer texts are never looked at: twice the longest keyword, so that trailing dots and blanks still pass."""


class Scope(StrEnum):
    """How far a STOP reaches."""

    NUMBER = "number"
    CAMPAIGN = "campaign"
    POWERPACK = "powerpack"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionEntry:
    """One handset's STOP within one scope; ``key`` is the number, the campaign's id or the Powerpack's uuid.

    ``source_number`` is the number that was told, ``since`` when.
    """

    scope: Scope
    key: str
    handset: str
    source_number: str
    since: datetime

    @property
    def id(self) -> str:
        """What names it: its scope, whose it is, the handset."""
        return f"{self.scope.value}/{self.key}/{self.handset}"


def classify(text: str) -> Intent:
    """What a text asks for, when a keyword is all there is to it.

    Case, blanks around and punctuation do not matter (CTIA 5.1.3): ``" Stop. "`` is STOP, ``"please don't stop"`` is
    not, and neither is ``"Stop it!"``.
    """
    if len(text) > KEYWORD_TEXT_MAX:
        return Intent.NONE
    return _INTENT_OF.get(_bare(text), Intent.NONE)


class SuppressionList:
    """Every STOP that is in force. Methods that change it return the entries concerned, for the caller to store."""

    def __init__(self, entries: Iterable[SuppressionEntry] = ()) -> None:
        self._of: dict[Scope, dict[tuple[str, str], SuppressionEntry]] = {scope: {} for scope in Scope}
        # Looked at for every message, so not by way of the enum, whose hash is computed in Python.
        self._numbers = self._of[Scope.NUMBER]
        self._campaigns = self._of[Scope.CAMPAIGN]
        self._powerpacks = self._of[Scope.POWERPACK]
        self.fill(entries)

    def __iter__(self) -> Iterator[SuppressionEntry]:
        return itertools.chain.from_iterable(entries.values() for entries in self._of.values())

    def fill(self, entries: Iterable[SuppressionEntry]) -> None:
        """Take entries in that were stored."""
        for each in entries:
            self._of[each.scope][each.key, each.handset] = each

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._numbers or self._campaigns or self._powerpacks)

    def __len__(self) -> int:
        return sum(len(entries) for entries in self._of.values())

    def opt_out(
        self,
        source_number: str,
        handset: str,
        *,
        campaign_id: str | None = None,
        powerpack_uuid: str | None = None,
        now: datetime,
    ) -> tuple[SuppressionEntry, ...]:
        """Take a STOP to ``source_number``; returns the entries that are new.

        It holds for the number, for all numbers of its 10DLC campaign (plivo_api.md 4), and for its Powerpack, which
        must not get around it with another number. A second STOP changes nothing.
        """
        added = []
        for scope, key in _scopes(source_number, campaign_id, powerpack_uuid):
            entries = self._of[scope]
            if (key, handset) not in entries:
                entry = SuppressionEntry(scope=scope, key=key, handset=handset, source_number=source_number, since=now)
                entries[key, handset] = entry
                added.append(entry)
        return tuple(added)

    def opt_in(
        self, source_number: str, handset: str, *, campaign_id: str | None = None, powerpack_uuid: str | None = None
    ) -> tuple[SuppressionEntry, ...]:
        """Take a START to ``source_number``; returns the entries that are lifted, none when nothing was in force.

        It lifts what a STOP to this number would set. Other numbers of the campaign or the Powerpack that were told
        STOP themselves stay silent, since that was said to them.
        """
        found = (
            self._of[scope].pop((key, handset), None)
            for scope, key in _scopes(source_number, campaign_id, powerpack_uuid)
        )
        return tuple(entry for entry in found if entry is not None)

    def add(self, scope: Scope, key: str, handset: str, *, now: datetime) -> tuple[SuppressionEntry, bool]:
        """Put one entry on the list by hand; returns the entry in force, and whether it is new."""
        entries = self._of[scope]
        had = entries.get((key, handset))
        if had is not None:
            return had, False
        entry = SuppressionEntry(
            scope=scope, key=key, handset=handset, source_number=key if scope is Scope.NUMBER else "", since=now
        )
        entries[key, handset] = entry
        return entry, True

    def remove(self, entry_id: str) -> SuppressionEntry:
        """Take one entry off by hand; raises NotFound."""
        scope, _, rest = entry_id.partition("/")
        key, _, handset = rest.rpartition("/")
        found = self._of[Scope(scope)].pop((key, handset), None) if scope in set(Scope) else None
        if found is None:
            raise NotFound(f"opt-out {entry_id} not found in this account")
        return found

    def is_suppressed(
        self, source_number: str | None, campaign_id: str | None, powerpack_uuid: str | None, handset: str
    ) -> SuppressionEntry | None:
        """The STOP that forbids this message, or None. ``source_number`` is None while none is selected yet."""
        found = None
        if source_number is not None:
            found = self._numbers.get((source_number, handset))
        if found is None and campaign_id is not None:
            found = self._campaigns.get((campaign_id, handset))
        if found is None and powerpack_uuid is not None:
            found = self._powerpacks.get((powerpack_uuid, handset))
        return found


def _scopes(source_number: str, campaign_id: str | None, powerpack_uuid: str | None) -> tuple[tuple[Scope, str], ...]:
    candidates = (
        (Scope.NUMBER, source_number),
        (Scope.CAMPAIGN, campaign_id),
        (Scope.POWERPACK, powerpack_uuid),
    )
    return tuple((scope, key) for scope, key in candidates if key is not None)


def _bare(text: str) -> str:
    """Lower case words with one blank between them; all that is neither letter nor digit is a gap or nothing."""
    # NFKC makes one form of composed and decomposed accents, and ASCII of full-width letters.
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_PUNCTUATION.sub("", folded).split())


_PUNCTUATION = re.compile(r"[^\w\s]|_")
_INTENT_OF = {_bare(word): intent for intent, words in KEYWORDS.items() for word in words}
