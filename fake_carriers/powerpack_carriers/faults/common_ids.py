"""Message ids that another carrier gives too: two SMSCs that both began to count at one (facts/carriers.md C24)."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.messages import Message
from powerpack_carriers.settings import between

_DIGITS: Final = 10
_LIMIT: Final = 10**_DIGITS


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonIdsConfig(FaultConfig):
    """Ids of ten digits that count up from ``first``, whatever form the profile gives them."""

    word: ClassVar[str] = "common_ids"

    first: int = 1

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(CommonIdsConfig, self).__post_init__()
        between("first", self.first, 0, _LIMIT - 1)

    def build(self, dice: Random) -> "CommonIds":
        return CommonIds(self)


class CommonIds:
    """Counts."""

    def __init__(self, config: CommonIdsConfig) -> None:
        self._next = config.first

    def on_submit(self, message: Message) -> None:
        if message.status:
            return  # it will have none
        message.id_octets = b"%0*d" % (_DIGITS, self._next)
        self._next = (self._next + 1) % _LIMIT
