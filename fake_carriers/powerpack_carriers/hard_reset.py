"""The hard end of a connection."""

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Final

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""struct linger: on, no seconds."""


def reset(transport: asyncio.Transport) -> None:
    """End a connection at once, with a RST; what is queued is lost."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        # Without this the kernel would end the stream politely, with a FIN (man 7 socket).
        with suppress(OSError):  # the peer was faster, and there is no connection any more
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
