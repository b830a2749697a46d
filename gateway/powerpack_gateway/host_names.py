"""Connections to a host by its name, whose answer may hold a host that is dead.

The name is asked for anew with every connection, and nothing of the answer is kept here: what it says of its own
lifetime (TTL) is kept by the system's resolver, or by nobody. asyncio tries the addresses one after the other, and one
that swallows every octet would take all the time there is, each time again; RFC 8305's staggered race is no way out,
since uvloop does not know it.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import nullcontext
from ssl import SSLContext, SSLError
from typing import TypeVar, cast

_P = TypeVar("_P", bound=asyncio.BaseProtocol)


async def connect(
    make: Callable[[], _P],
    host: str,
    port: int,
    *,
    within_s: float,
    begin_with: int = 0,
    failed: Callable[[str], object] = lambda _: None,
    ssl: SSLContext | None = None,
    ssl_shutdown_timeout: float | None = None,
) -> None:
    """Connect to the first address of a host that answers; OSError says what became of the last one.

    Of several addresses each gets an even part of ``within_s``; for a single one the caller's own timeout is enough.
    ``failed`` hears what became of each but the last. ``begin_with`` counts through the addresses: for who was
    connected and then met with silence. What ``make`` gives is connected once at most.
    """
    loop = asyncio.get_running_loop()
    addresses = await _addresses_of(host, port)
    begin = begin_with % len(addresses)
    limit_s = within_s / len(addresses)
    for left, address in enumerate((*addresses[begin:], *addresses[:begin]), start=1 - len(addresses)):
        door = _Door(make)
        reach = make if len(addresses) == 1 else door.attempt
        try:
            async with asyncio.timeout(limit_s) if len(addresses) > 1 else nullcontext():
                if ssl is None:
                    await loop.create_connection(reach, address, port)
                else:
                    # The certificate is the name's, whichever address it has.
                    await loop.create_connection(
                        reach, address, port, ssl=ssl, server_hostname=host, ssl_shutdown_timeout=ssl_shutdown_timeout
                    )
        except SSLError:
            raise  # somebody is there, and is not whom the name means
        except OSError as error:
            if len(addresses) == 1:
                raise
            problem = f"{address}: {str(error) or f'no connection within {limit_s:g} s'}"
            if not left or not door.shut():
                raise OSError(problem) from error
            failed(problem)
        else:
            return


class _Door:
    """Lets the protocol to one address: asyncio gives a connection up that has come about as the time ran out.

    Its end would be told to a protocol that has the next address by then.
    """

    def __init__(self, make: Callable[[], asyncio.BaseProtocol]) -> None:
        self._make = make
        self._is_through = False
        self._is_shut = False

    def attempt(self) -> asyncio.Protocol:
        """What is connected: it hands the connection on as soon as it stands."""
        return _Threshold(self)

    def pass_through(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        if self._is_shut:
            cast(asyncio.Transport, transport).abort()
            return
        self._is_through = True
        protocol = self._make()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)

    def shut(self) -> bool:
        """Let nobody through from now on; False if somebody is."""
        self._is_shut = True
        return not self._is_through


class _Threshold(asyncio.Protocol):
    def __init__(self, door: _Door) -> None:
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._door.pass_through(transport)


async def _addresses_of(host: str, port: int) -> list[str]:
    """What a name leads to now, in the order of the answer; an address leads to itself."""
    try:
        if _is_address(host):
            return [host]
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label of more than 63 letters or of none, half of a surrogate pair
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} is no host name: {error}") from error
    addresses = dict.fromkeys(_text(address) for *_, address in found)
    if not addresses:
        raise socket.gaierror(socket.EAI_NONAME, f"the name {host} has no address")
    return list(addresses)


def _is_address(host: str) -> bool:
    """Without a thread, which a clock that is pushed would not wait for."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host.partition("%")[0])
        except OSError:
            continue
        return True
    return False


def _text(address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]) -> str:
    """The address in digits; a link-local one with the interface that it needs."""
    host = str(address[0])
    scope = address[3] if len(address) == 4 else 0
    return f"{host}%{scope}" if scope and "%" not in host else host
