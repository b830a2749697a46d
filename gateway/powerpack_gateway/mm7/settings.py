"""How to reach one carrier's MMSC."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from powerpack_gateway.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Mm7Settings:
    """One MMSC. Times are seconds; SettingsError says which field can not be used.

    ``name``: the carrier's. ``vaspid`` and ``password`` are the account, also for HTTP Basic; ``vasid`` the service.
    ``window``: requests without an answer. ``inbound_password``: what the MMSC has to say when it posts to us.
    """

    name: str
    url: str
    vaspid: str
    password: str = field(repr=False)
    vasid: str = "powerpack"
    namespace: str = "http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4"
    version: str = "6.8.0"
    window: int = 8
    response_timeout_s: float = 60.0
    inbound_password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self._expect("url", self.url, "an http or https URL", holds=parts.scheme in ("http", "https"))
        self._expect("vaspid", self.vaspid, "at least one character", holds=bool(self.vaspid))
        self._expect("window", self.window, "1 to 100", holds=1 <= self.window <= 100)
        self._expect("response_timeout_s", self.response_timeout_s, "more than 0", holds=self.response_timeout_s > 0)

    def _expect(self, name: str, found: object, expected: str, *, holds: bool) -> None:
        if not holds:
            raise SettingsError(f"MMSC {self.name}: {name} is {found!r}, expected {expected}")
