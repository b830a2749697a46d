"""HTTP Basic (RFC 7617): who a VASP is."""

from base64 import b64decode, b64encode
from binascii import Error as BinasciiError


def basic_authorization(name: str, password: str) -> str:
    """The header's value."""
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode('ascii')}"


def read_basic(header: str) -> tuple[str, str] | None:
    """Name and password of an Authorization header; None when it is none, or not Basic."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (BinasciiError, ValueError):
        return None
    return (name, password) if colon else None
