"""Message uuids that carry the row's number: nobody can guess one, and none needs an index to be found."""

import uuid
from hashlib import blake2b

SECRET_BYTES = 32
_ROW_BYTES = 6  # 2**48 messages: more than any state file will hold
_TAG_BYTES = 10  # 74 bits of it survive in a uuid's layout: out of reach for guessing


class MessageIds:
    """Turns row numbers into uuids and back.

    A uuid holds 48 bits of row number, hidden by a keyed mask, and a keyed tag over them, in the layout of a version 4
    uuid. With the same secret the same rows get the same uuids, which is what seeded modes want.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"the secret has {len(secret)} bytes, expected {SECRET_BYTES}")
        self._tags = blake2b(key=secret, digest_size=_TAG_BYTES, person=b"tag")
        self._masks = blake2b(key=secret, digest_size=_ROW_BYTES, person=b"mask")

    def uuid(self, row: int) -> str:
        """The uuid of a row."""
        digest = self._tags.copy()
        digest.update(row.to_bytes(_ROW_BYTES, "big"))
        tag = (int.from_bytes(digest.digest(), "big") & _TAG_BITS | _LAYOUT).to_bytes(_TAG_BYTES, "big")
        mask = self._masks.copy()
        mask.update(tag)
        hidden = (row ^ int.from_bytes(mask.digest(), "big")).to_bytes(_ROW_BYTES, "big")
        text = (hidden + tag).hex("-", 2)  # ``uuid_text``, without a call
        return f"{text[:4]}{text[5:29]}{text[30:34]}{text[35:]}"

    def row(self, text: str) -> int | None:
        """The row that a uuid names, or None when the uuid is not one of ours."""
        try:
            raw = uuid.UUID(text).bytes
        except ValueError:
            return None
        mask = self._masks.copy()
        mask.update(raw[_ROW_BYTES:])
        row = int.from_bytes(raw[:_ROW_BYTES], "big") ^ int.from_bytes(mask.digest(), "big")
        return row if self.uuid(row) == str(uuid.UUID(bytes=raw)) else None


def random_uuid(bits: int) -> str:
    """The version 4 uuid of 128 random bits: what ``uuid.UUID(int=bits, version=4)`` says, in a tenth of the time."""
    return uuid_text(bits & _UUID_BITS | _LAYOUT)


def uuid_text(value: int) -> str:
    """128 bits as a uuid is written. Octets become digits in a tenth of the time in which a number does."""
    text = value.to_bytes(16, "big").hex("-", 2)
    return f"{text[:4]}{text[5:29]}{text[30:34]}{text[35:]}"


_LAYOUT = 0x4000_8000_0000_0000_0000
"""The version and variant bits of RFC 4122, as they lie in the last ten octets."""

_TAG_BITS = (1 << 8 * _TAG_BYTES) - 1 & ~0xF000_C000_0000_0000_0000
_UUID_BITS = (1 << 128) - 1 & ~0xF000_C000_0000_0000_0000
