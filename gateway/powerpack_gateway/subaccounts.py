"""Subaccounts: credentials of their own for some of the account's numbers (plivo_api.md 2.10)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subaccount:
    """One subaccount. ``auth_id`` has 20 characters and begins with SA, as every SDK checks; one that is not enabled
    is refused."""

    auth_id: str
    auth_token: str
    name: str
    enabled: bool
    created: datetime
    modified: datetime | None = None
