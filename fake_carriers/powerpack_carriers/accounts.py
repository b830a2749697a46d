"""Who may bind."""

from dataclasses import dataclass, field
from typing import Final

DEFAULT_PASSWORD: Final = "secret"
"""What the account that a carrier makes for itself is opened with; eight characters at most (SMPP 3.4, 5.2.2)."""


BIND_KINDS: Final = frozenset(("transmitter", "receiver", "transceiver"))
"""What an ESME may bind as."""


@dataclass(frozen=True, slots=True)
class Account:
    """One ESME's credentials, the numbers that are provisioned for it, and what it may do.

    ``numbers`` are digits with their country code; None: nothing is provisioned, texts find their way by who sent last.
    ``sources`` are the source addresses it may send from, as digits or as an alphanumeric sender; None: any.
    ``binds_max`` is how many sessions it may have, ``binds`` of which kinds; None: as its carrier has it.
    ``outbind`` is the (host, port) where it listens: there the carrier calls while something waits for it.
    """

    system_id: str
    password: str = field(default=DEFAULT_PASSWORD, repr=False)
    numbers: frozenset[str] | None = field(default=None, kw_only=True)
    sources: frozenset[str] | None = field(default=None, kw_only=True, repr=False)
    binds_max: int | None = field(default=None, kw_only=True, repr=False)
    binds: frozenset[str] = field(default=BIND_KINDS, kw_only=True, repr=False)
    outbind: tuple[str, int] | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        for name, value, octets_max in (("system_id", self.system_id, 15), ("password", self.password, 8)):
            if not value.isascii() or "\0" in value or len(value) > octets_max:
                # SMPP 3.4, 4.1.1 gives both fields one octet more, for the NUL.
                raise ValueError(f"{name}: found {len(value)} characters, expected at most {octets_max} of ASCII")
        if not self.system_id:
            raise ValueError("system_id: found nothing, expected 1 to 15 characters")
        if self.binds_max is not None and self.binds_max < 0:
            raise ValueError(f"binds_max: found {self.binds_max}, expected 0 or more")
        if unknown := sorted(self.binds - BIND_KINDS):
            raise ValueError(f"binds: found {unknown[0]!r}, expected {', '.join(sorted(BIND_KINDS))}")
        if self.outbind is not None and not 1 <= self.outbind[1] <= 0xFFFF:
            raise ValueError(f"outbind: found port {self.outbind[1]}, expected 1 to 65535")
