"""Everything the gateway refuses or fails at, in one tree.

GatewayError
├── ApiError            a request is refused; carries the HTTP status and the text of the body
│   ├── BadRequest      400
│   ├── Unauthorized    401
│   ├── PaymentRequired 402
│   ├── Forbidden       403
│   ├── NotFound        404
│   ├── MethodNotAllowed 405
│   ├── TooLarge        413
│   ├── Unprocessable   422
│   ├── TooManyRequests 429
│   └── Unavailable     503: nothing was accepted, the same request may be sent again
├── SettingsError       a configuration that cannot be used; says file and key
├── MediaGone           a file that a message carries is not kept any more
└── StoreError          the state cannot be read or written; nothing was half-written
    ├── StoreInUse      another process holds the file
    ├── StoreUnusable   not a database, not ours, damaged, not readable or not writable
    ├── StoreTooNew     written by a later version
    └── StoreFenced     this gateway was taken for dead, and others do its work
"""


class GatewayError(Exception):
    """The root of all errors of this package."""


class ApiError(GatewayError):
    """A request that is refused; ``str(error)`` is the ``error`` field of the body."""

    status = 500


class BadRequest(ApiError):
    """What was asked cannot be done as it was asked (400)."""

    status = 400


class Unauthorized(ApiError):
    """No credentials, or wrong ones (401)."""

    status = 401


class PaymentRequired(ApiError):
    """The account's credit is used up (402)."""

    status = 402


class Forbidden(ApiError):
    """Credentials that do not reach this account or destination (403)."""

    status = 403


class NotFound(ApiError):
    """The resource does not exist in this account (404)."""

    status = 404


class MethodNotAllowed(ApiError):
    """The resource exists and does not know this method (405)."""

    status = 405


class TooLarge(ApiError):
    """The body is over the limit (413)."""

    status = 413


class Unprocessable(ApiError):
    """Every part is well formed and the whole makes no sense (422)."""

    status = 422


class TooManyRequests(ApiError):
    """More requests than the account may make (429); ``retry_after_s`` is when one more may come."""

    status = 429

    def __init__(self, text: str, *, retry_after_s: float) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class Unavailable(ApiError):
    """The gateway cannot accept now; nothing was kept (503)."""

    status = 503


class SettingsError(GatewayError):
    """A configuration that cannot be used."""


class MediaGone(GatewayError):
    """A file that a message should carry was deleted, or is too old to be kept."""


class StoreError(GatewayError):
    """The state cannot be read or written."""


class StoreInUse(StoreError):
    """Another process holds the state file."""


class StoreUnusable(StoreError):
    """The state file is not a database of ours, is damaged, or may not be read or written."""


class StoreTooNew(StoreError):
    """The state file was written by a later version of powerpack-lab."""


class StoreFenced(StoreError):
    """The gateways that share a database took this one for dead: whatever it writes is refused from now on."""


def expect(name: str, found: object, expected: str, *, holds: bool) -> None:
    """Raise ValueError that says which setting was found to be what, unless it holds."""
    if not holds:
        raise ValueError(f"{name} is {found}, expected {expected}")
