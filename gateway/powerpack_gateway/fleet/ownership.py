"""Ownership: which gateway should do which work, so that all of them come to the same answer without asking.

Rendezvous hashing: for each name every member draws a number, the highest wins. When a member comes or goes, only what
it wins or held changes hands.
"""

from collections.abc import Collection, Sequence
from hashlib import blake2b

from powerpack_gateway.fleet.board import Member


def winner(name: str, members: Sequence[Member]) -> str | None:
    """The member who should hold a lease; None without members."""
    return max((each.gateway_id for each in members), key=lambda who: _drawn(name, who), default=None)


def share(names: Collection[str], members: Sequence[Member], gateway_id: str) -> list[str]:
    """The leases that one member should hold, in the order of their names."""
    return sorted(name for name in names if winner(name, members) == gateway_id)


def _drawn(name: str, gateway_id: str) -> bytes:
    return blake2b(f"{gateway_id}\0{name}".encode(), digest_size=16).digest()
