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
        tag = _layout(digest.digest())
        mask = self._masks.copy()
        mask.update(tag)
        hidden = row ^ int.from_bytes(mask.digest(), "big")
        text = hidden.to_bytes(_ROW_BYTES, "big").hex() + tag.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

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


def _layout(tag: bytes) -> bytes:
    """The tag with the version and variant bits of RFC 4122 set."""
    return bytes((0x40 | tag[0] & 0x0F, tag[1], 0x80 | tag[2] & 0x3F, *tag[3:]))
