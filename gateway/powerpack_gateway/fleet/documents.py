"""Documents of other gateways, applied to the registries of this one.

The keeper writes documents, all others follow. What only the keeper works with (registrations, complaints, what is to
be announced) is kept as it is, for the day on which this gateway becomes the keeper.
"""

from collections.abc import Sequence

import msgspec

from powerpack_gateway.applications import Application
from powerpack_gateway.errors import NotFound
from powerpack_gateway.fleet.board import Change
from powerpack_gateway.holdings import Account, Holdings
from powerpack_gateway.numbers import PhoneNumber, Unrented
from powerpack_gateway.phlos import Phlo
from powerpack_gateway.powerpacks import PoolNumber, Powerpack
from powerpack_gateway.registration.campaigns import Campaign
from powerpack_gateway.registration.registrar import Registrar
from powerpack_gateway.rentals import Rental
from powerpack_gateway.store.base import Snapshot
from powerpack_gateway.subaccounts import Subaccount
from powerpack_gateway.suppression import Scope, SuppressionEntry

_ORDER = (
    "account", "application", "subaccount", "number", "for_sale", "unrented", "powerpack", "pool_number", "campaign",
    "suppression", "phlo", "geo", "rental", "credit",
)  # fmt: skip
"""Kinds in the order in which they need each other; they are taken away in the opposite one."""

_RANK = {kind: rank for rank, kind in enumerate(_ORDER)}

_KEEPERS = frozenset(
    {"complaint", "proof", "announcement", "brand", "profile", "campaign", "campaign_number",
     "tollfree_verification"}
)  # fmt: skip


class Documents:
    """What this gateway knows of the account. ``is_keeper``: its own memory is ahead of the feed."""

    def __init__(self, holdings: Holdings, registrar: Registrar) -> None:
        self.is_keeper = False
        self._holdings = holdings
        self._registrar = registrar
        self._kept: dict[tuple[str, str], bytes] = {}

    def restore(self, snapshot: Snapshot) -> None:
        """Begin with what the database holds."""
        self._holdings.restore(snapshot, ())
        for (kind, key), document in snapshot.documents.items():
            self._keep(kind, key, document)
        for campaign in snapshot.each("campaign", Campaign):
            self._registrar.campaigns.follow(campaign.campaign_id, campaign)

    def apply(self, changes: Sequence[Change]) -> None:
        """Take over what others changed: whatever came last for each, first what others of them need."""
        last = {(each.kind, each.key): each.document for each in changes}
        for (kind, key), document in last.items():
            self._keep(kind, key, document)
        known = [(kind, key) for kind, key in last if kind in _RANK and self._follows(kind)]
        for kind, key in sorted(known, key=lambda each: -_RANK[each[0]]):
            if last[kind, key] is None:
                self._forget(kind, key)
        for kind, key in sorted(known, key=lambda each: _RANK[each[0]]):
            document = last[kind, key]
            if document is not None:
                self._put(kind, key, document)

    def become_keeper(self) -> Snapshot:
        """From now on this gateway writes. Returns what the keeper alone works with."""
        self.is_keeper = True
        kept, self._kept = self._kept, {}
        return Snapshot(documents=kept)

    def _follows(self, kind: str) -> bool:
        """The keeper hears from others only who said STOP, and START."""
        return not self.is_keeper or kind == "suppression"

    def _keep(self, kind: str, key: str, document: bytes | None) -> None:
        if kind not in _KEEPERS or self.is_keeper:
            return
        if document is None:
            self._kept.pop((kind, key), None)
        else:
            self._kept[kind, key] = document

    def _put(self, kind: str, key: str, document: bytes) -> None:
        holdings, decode = self._holdings, msgspec.json.decode
        match kind:
            case "account":
                holdings.account = decode(document, type=Account)
            case "application":
                holdings.applications.put(decode(document, type=Application))
            case "subaccount":
                holdings.subaccounts.put(decode(document, type=Subaccount))
            case "number":
                self._number(decode(document, type=PhoneNumber))
            case "for_sale":
                holdings.numbers.follow_shop(key, decode(document, type=PhoneNumber))
            case "unrented":
                holdings.numbers.follow_unrented(key, decode(document, type=Unrented))
            case "powerpack":
                powerpack = decode(document, type=Powerpack)
                holdings.powerpacks.follow(powerpack)
                holdings.pools.follow(powerpack)
            case "pool_number":
                self._pool_number(decode(document, type=PoolNumber))
            case "campaign":
                self._registrar.campaigns.follow(key, decode(document, type=Campaign))
            case "phlo":
                holdings.phlos.put(decode(document, type=Phlo))
            case "rental":
                holdings.book.follow_rental(key, decode(document, type=Rental))
            case "credit":
                holdings.book.follow_paid_in(decode(document, type=int))
            case "geo":
                holdings.geo.allow(decode(document, type=list[str] | None))
            case _:
                entry = decode(document, type=SuppressionEntry)
                holdings.suppression.fill([entry])
                if entry.scope is Scope.NUMBER:
                    holdings.compliance.opted_out(entry.source_number, entry.handset, entry.since)

    def _number(self, number: PhoneNumber) -> None:
        holdings = self._holdings
        had = holdings.numbers.get(number.number)
        holdings.numbers.follow(number.number, number)
        if had is not None and had.suspended is not None and number.suspended is None:
            holdings.compliance.forget(number.number)  # reinstated: it starts anew
        holdings.pools.refresh(number.number)

    def _pool_number(self, member: PoolNumber) -> None:
        holdings = self._holdings
        owner = holdings.powerpacks.owner_of(member.number)
        if owner is not None and owner.uuid != member.powerpack_uuid:
            self._leave(member.number)
        holdings.powerpacks.follow_number(member)
        holdings.pools.add(member)

    def _leave(self, number: str) -> None:
        owner = self._holdings.powerpacks.owner_of(number)
        if owner is not None:
            self._holdings.pools.remove(self._holdings.powerpacks.remove_number(owner.uuid, number))

    def _forget(self, kind: str, key: str) -> None:
        holdings = self._holdings
        match kind:
            case "application" if holdings.applications.get(key) is not None:
                holdings.applications.delete(key)
            case "subaccount" if key in holdings.subaccounts:
                holdings.subaccounts.delete(key)
            case "number":
                holdings.numbers.follow(key, None)
            case "for_sale":
                holdings.numbers.follow_shop(key, None)
            case "unrented":
                holdings.numbers.follow_unrented(key, None)
            case "powerpack" if holdings.powerpacks.get(key) is not None:
                holdings.powerpacks.delete(key)
                holdings.pools.forget(key)
            case "pool_number":
                self._leave(key)
            case "campaign":
                self._registrar.campaigns.follow(key, None)
            case "phlo" if key in holdings.phlos:
                holdings.phlos.delete(key)
            case "suppression":
                try:
                    holdings.suppression.remove(key)
                except NotFound:
                    return  # its START was heard here as well
            case _:
                return
