"""Media: the files of MMS, which are uploaded, fetched from an address, or sent by a handset."""

from dataclasses import dataclass

TOTAL_BYTES_MAX = 5_000_000
"""The attachments of one MMS together (plivo_api.md 2.1, error 120)."""

UPLOAD_BYTES_MAX = 2_000_000
"""One uploaded file (plivo_api.md 2.7)."""

UPLOADS_MAX = 10
"""Files of one upload (plivo_api.md 2.7)."""

UNUSED_S = 6 * 3_600.0
"""How long an upload that no message has used is kept (plivo_api.md 2.7)."""

USED_S = 365 * 86_400.0
"""How long the others are kept (plivo_api.md 2.7)."""

CONTENT_TYPES: dict[str, str] = {
    "image/jpeg": "jpeg", "image/jpg": "jpg", "image/png": "png", "image/gif": "gif", "image/x-xcf": "xcf",
    "audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/mp4": "mp4", "audio/wav": "wav", "audio/x-wav": "wav",
    "audio/vnd.wave": "wav", "audio/ogg": "ogg", "audio/3gpp": "3gpp", "audio/3gpp2": "3gpp2", "audio/amr": "amr",
    "video/mp4": "mp4", "video/mpeg": "mpeg", "video/3gpp": "3gpp", "video/3gpp2": "3gpp2", "video/ogg": "ogg",
    "text/plain": "txt", "text/csv": "csv", "text/vcard": "vcard", "text/x-vcard": "vcard", "text/calendar": "ics",
    "application/pdf": "pdf", "application/ogg": "ogg", "application/vcard": "vcard",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}  # fmt: skip
"""What an MMS can carry, and how a file without a name is called: the SDK's list (plivo_api.md 1.2), and what carriers
add (facts/carriers.md 5.4)."""


TYPE_OF_SUFFIX = {suffix: kind for kind, suffix in reversed(CONTENT_TYPES.items())} | {"jpg": "image/jpeg"}
"""The type of a file whose sender says only that it is octets."""


@dataclass(slots=True, kw_only=True)
class Media:
    """One file. Its bytes are in the store, not here.

    ``source_url``: where it is fetched before the message goes; None for uploads and for what handsets sent.
    ``has_content``: its bytes are there. ``uses``: messages that hold it. ``created_at`` is Unix seconds.
    """

    id: str
    created_at: float
    content_type: str = ""
    file_name: str = ""
    size: int = 0
    source_url: str | None = None
    is_upload: bool = False
    has_content: bool = False
    uses: int = 0

    @property
    def expires_at(self) -> float:
        """The Unix second from which it is kept no more."""
        return self.created_at + (UNUSED_S if self.is_upload and not self.uses else USED_S)


def base_type(content_type: str) -> str:
    """``image/png`` of ``image/png; charset=x``, in lower case."""
    return content_type.partition(";")[0].strip().lower()
