"""What changed since the last commit, for a store that commits while more is coming."""

from dataclasses import dataclass, field

from powerpack_gateway.messages import Message
from powerpack_gateway.store.base import Durable
from powerpack_gateway.store.media_rows import MediaRows


@dataclass(slots=True, kw_only=True)
class Pending:
    """A group: several changes of one thing are one, and the last word counts. None forgets what the key names."""

    documents: dict[tuple[str, str], bytes | None] = field(default_factory=dict)
    sticky: dict[tuple[str, str, str], str | None] = field(default_factory=dict)
    inserted: dict[int, Message] = field(default_factory=dict)
    unclaimed: dict[int, Message] = field(default_factory=dict)
    updated: dict[int, Message] = field(default_factory=dict)
    forgotten: list[int] = field(default_factory=list)
    media: MediaRows = field(default_factory=MediaRows)
    waiting: list[Durable] = field(default_factory=list)

    def __len__(self) -> int:
        return (
            len(self.documents) + len(self.sticky) + len(self.inserted) + len(self.unclaimed) + len(self.updated)
            + len(self.media) + len(self.forgotten)
        )  # fmt: skip

    def put_before(self, later: "Pending") -> None:
        """Hand on to a later group what could not be written; new messages not: whoever waited for them was told that
        they are not kept."""
        later.documents = {**self.documents, **later.documents}
        later.sticky = {**self.sticky, **later.sticky}
        later.updated = {**self.updated, **later.updated}
        later.forgotten = [*self.forgotten, *later.forgotten]
        self.media.add_later(later.media)
        later.media = self.media
