"""What can be wrong with an MM7 request; each error carries the status it is answered with.

Mm7Error
├── FormatCorrupt          2007: no SOAP, no multipart, a part or an element that is missing or too much
├── ContentRefused         2004: too large, or of a type that is not carried
├── UnsupportedVersion     4002: a name space that is no MM7
├── UnsupportedOperation   4003: MM7, and nothing that an MMSC serves
├── ValidationError        4004: an element whose value can not be
└── Refused                any status: what the carrier decided
"""

from powerpack_carriers.mm7.status import StatusCode


class Mm7Error(Exception):
    """``status`` answers it, ``str(error)`` are its Details; ``transaction_id`` is set once it is known."""

    status = StatusCode.CLIENT_ERROR
    transaction_id = ""
    namespace = ""


class FormatCorrupt(Mm7Error):
    """2007."""

    status = StatusCode.FORMAT_CORRUPT


class ContentRefused(Mm7Error):
    """2004."""

    status = StatusCode.CONTENT_REFUSED


class UnsupportedVersion(Mm7Error):
    """4002."""

    status = StatusCode.UNSUPPORTED_VERSION


class UnsupportedOperation(Mm7Error):
    """4003."""

    status = StatusCode.UNSUPPORTED_OPERATION


class ValidationError(Mm7Error):
    """4004."""

    status = StatusCode.VALIDATION_ERROR


class Refused(Mm7Error):
    """What the carrier decided, whatever it is."""

    def __init__(self, status: StatusCode, details: str) -> None:
        super().__init__(details)
        self.status = status
