"""What the API answers when it refuses or fails, whichever way a request came."""

import math

from powerpack_gateway.errors import ApiError, StoreError, TooManyRequests
from powerpack_gateway.http.call import Headers, Reply

_ASK_FOR_CREDENTIALS: Headers = ((b"www-authenticate", b'Basic realm="Plivo API"'),)

# A server hangs up on an app that raised; the header tells the client, who would else reuse the connection.
CRASHED = Reply(status=500, body={"error": "internal server error"}, headers=((b"connection", b"close"),))


def refusal(error: ApiError) -> Reply:
    """What was asked can not be done, and why."""
    headers = _ASK_FOR_CREDENTIALS if error.status == 401 else ()
    if isinstance(error, TooManyRequests):
        headers = ((b"retry-after", str(math.ceil(error.retry_after_s)).encode()),)
    return Reply(status=error.status, body={"error": str(error)}, headers=headers)


def unavailable(error: StoreError) -> Reply:
    """The state can not be read or written: nothing was kept, the same request may be sent again."""
    return Reply(status=503, body={"error": str(error)})
