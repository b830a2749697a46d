"""How a carrier says no: in its answer to the submit, or later in the receipt."""

from dataclasses import dataclass, field

from powerpack_carriers.settings import READ, read_status, receipt_error
from powerpack_carriers.smpp.constants import CommandStatus, status_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``status`` refuses the submit; ``error`` lets it in, and the message ends REJECTED with that ``err:``."""

    status: int = field(default=CommandStatus.ESME_ROK, metadata={READ: read_status})
    error: str = ""

    def __post_init__(self) -> None:
        if bool(self.status) == bool(self.error):
            found = "both" if self.status else "neither"
            raise ValueError(f"status and error: found {found}, expected one of them")
        if self.error:
            receipt_error("error", self.error)

    def __str__(self) -> str:
        return status_name(self.status) if self.status else f"err:{self.error}"
