"""Who asks: HTTP Basic with the account's auth_id and auth_token."""

from base64 import b64decode, b64encode
from hmac import compare_digest

from powerpack_gateway.errors import Unauthorized
from powerpack_gateway.http.port import ApiAccount
from powerpack_gateway.subaccounts import Subaccount

MISSING = "authentication credentials were not provided"
WRONG = "invalid auth token"
MALFORMED = "invalid credentials: the Authorization header is not 'Basic' and base64 of 'auth_id:auth_token'"

CREDENTIALS_LENGTH_MAX = 1_024
"""Bytes of an Authorization header that are looked at; ours has under 100."""


class Credentials:
    """The account's credentials. Comparing takes as long for a near miss as for a far one."""

    def __init__(self, account: ApiAccount | Subaccount) -> None:
        self._auth_id = account.auth_id
        self._pair = f"{account.auth_id}:{account.auth_token}".encode()
        self._header = b"Basic " + b64encode(self._pair)

    def check(self, authorization: bytes | None, *, auth_id: str) -> None:
        """Raise Unauthorized unless the header is this account's and the path names the same account."""
        if authorization is None:
            raise Unauthorized(MISSING)
        # The header that every SDK sends is compared as it is; others mean the same, so they are taken apart.
        if not compare_digest(authorization, self._header) and not compare_digest(_pair(authorization), self._pair):
            raise Unauthorized(WRONG)
        if auth_id != self._auth_id:
            raise Unauthorized(f"{WRONG}: it does not belong to the account in the path")


def _pair(authorization: bytes) -> bytes:
    scheme, _, encoded = authorization[:CREDENTIALS_LENGTH_MAX].partition(b" ")
    if scheme.lower() != b"basic":
        raise Unauthorized(MALFORMED)
    try:
        pair = b64decode(encoded.strip(), validate=True)
    except ValueError as error:
        raise Unauthorized(MALFORMED) from error
    if b":" not in pair:
        raise Unauthorized(MALFORMED)
    return pair
