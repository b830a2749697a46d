"""What can go wrong above the protocol.

::

    CarrierError
    ├── ProfileError      a profile does not say what a profile must say; names file, line and key
    ├── FaultError        no such fault, or its settings are wrong
    └── HandsetError      the phone can not do this: nobody to answer, no carrier, no such message

What a peer does wrong on the wire is in ``powerpack_carriers.smpp.errors``.
"""


class CarrierError(Exception):
    """Everything this package raises on purpose, the SMPP core aside."""


class ProfileError(CarrierError):
    """A profile is wrong; ``origin`` is its file or name, ``key`` the dotted key, ``line`` 0 where it is not known."""

    def __init__(self, problem: str, *, origin: str, key: str = "", line: int = 0) -> None:
        where = origin + (f", line {line}" if line else "") + (f", key {key!r}" if key else "")
        super().__init__(f"{where}: {problem}")
        self.origin = origin
        self.key = key
        self.line = line


class FaultError(CarrierError):
    """A fault is not known, or its settings are wrong."""


class HandsetError(CarrierError):
    """A handset can not do what it was asked for."""
