"""What changed of the files since the last commit."""

from collections.abc import Sequence

from powerpack_gateway.media import Media


class MediaRows:
    """Files that are new or changed, with their bytes where these are new, and files that go."""

    def __init__(self) -> None:
        self._put: dict[str, tuple[Media, bytes | None]] = {}
        self._deleted: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._put) + len(self._deleted)

    @property
    def changed(self) -> Sequence[tuple[Media, bytes | None]]:
        """Each file to be written; None keeps the bytes that are there."""
        return list(self._put.values())

    @property
    def deleted(self) -> Sequence[str]:
        """The ids of those to be forgotten."""
        return list(self._deleted)

    def put(self, media: Media, content: bytes | None) -> None:
        """A file is new, or has changed."""
        if content is None and media.id in self._put:
            content = self._put[media.id][1]
        self._put[media.id] = media, content
        self._deleted.pop(media.id, None)

    def delete(self, media_id: str) -> None:
        """A file goes."""
        self._put.pop(media_id, None)
        self._deleted[media_id] = None

    def add_later(self, later: "MediaRows") -> None:
        """What changed after this."""
        for media, content in later.changed:
            self.put(media, content)
        for media_id in later.deleted:
            self.delete(media_id)
