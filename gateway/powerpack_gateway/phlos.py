"""PHLOs: Plivo's drawn workflows, which live at Plivo. Here each is a webhook of whoever stands in for it.

A handset's message to a Powerpack or a number whose application is the PHLO starts it, and so does a request
(plivo_api.md 3.7). Which URL stands for which PHLO, the operator says.
"""

import re
from dataclasses import dataclass

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.registration.brands import Method

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phlo:
    """One PHLO and its webhook."""

    phlo_id: str
    url: str
    method: Method = "POST"

    def __post_init__(self) -> None:
        """Refuse an id that no path can carry."""
        if _ID.fullmatch(self.phlo_id) is None:
            raise BadRequest(f"phlo_id is '{self.phlo_id[:80]}', expected 1 to 64 of A-Z, a-z, 0-9 and -")
