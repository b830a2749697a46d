"""Who may bind."""

from dataclasses import dataclass, field
from typing import Final

DEFAULT_PASSWORD: Final = "secret"
"""What the account that a carrier makes for itself is opened with; eight characters at most (SMPP 3.4, 5.2.2)."""


@dataclass(frozen=True, slots=True)
class Account:
    """One ESME's credentials, and the source numbers that are provisioned for it.

    ``numbers`` are digits with their country code; None: nothing is provisioned, texts find their way by who sent last.
    """

    system_id: str
    password: str = field(default=DEFAULT_PASSWORD, repr=False)
    numbers: frozenset[str] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for name, value, octets_max in (("system_id", self.system_id, 15), ("password", self.password, 8)):
            if not value.isascii() or "\0" in value or len(value) > octets_max:
                # SMPP 3.4, 4.1.1 gives both fields one octet more, for the NUL.
                raise ValueError(f"{name}: found {len(value)} characters, expected at most {octets_max} of ASCII")
        if not self.system_id:
            raise ValueError("system_id: found nothing, expected 1 to 15 characters")
