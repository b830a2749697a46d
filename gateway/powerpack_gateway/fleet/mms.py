"""MMS as gateways of a fleet hand them to each other."""

import msgspec

from powerpack_gateway.mm7.mime import Part

KEPT, NOT_OURS, NOT_KEPT = 0, 1, 2
"""How what an MMSC posted is acknowledged to the desk."""


class Mms(msgspec.Struct, array_like=True, frozen=True):
    """As much of a message as an MMSC is told; the files are in the database."""

    uuid: str
    attempts: int
    source: str
    destination: str
    text: str
    media: tuple[str, ...]


class FromHandset(msgspec.Struct, array_like=True, frozen=True):
    """An MMS of a handset, whole."""

    source: str
    destination: str
    text: str
    parts: tuple[Part, ...]
