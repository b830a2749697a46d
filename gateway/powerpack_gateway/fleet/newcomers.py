"""Newcomers: senders and files that the keeper has told of, and that this gateway may not have read yet."""

from powerpack_gateway.errors import StoreError, Unavailable
from powerpack_gateway.fleet.feed import Feed
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.media_library import MediaLibrary
from powerpack_gateway.nanp import parse_source
from powerpack_gateway.sending import SendRequest


class Newcomers:
    """Who was told by the keeper that something is there must not hear from another gateway that it is not."""

    def __init__(self, holdings: Holdings, feed: Feed, media: MediaLibrary) -> None:
        self._holdings = holdings
        self._feed = feed
        self._media = media

    def may_be_in(self, request: SendRequest) -> bool:
        """Whether a request to send has to wait until ``learn`` has looked."""
        return bool(request.media_ids) or self._is_unknown(request)

    async def learn(self, request: SendRequest) -> None:
        """Read what the keeper has written of the sender and the media, as far as it is not known here; raises
        Unavailable."""
        try:
            if self._is_unknown(request):
                await self._feed.catch_up()
            if request.media_ids:
                await self._media.learn(request.media_ids)
        except StoreError as error:
            raise Unavailable(f"the sender or the media could not be looked up: {error}") from error

    def _is_unknown(self, request: SendRequest) -> bool:
        if request.powerpack_uuid is not None:
            return self._holdings.powerpacks.get(request.powerpack_uuid) is None
        return self._holdings.numbers.get(parse_source(request.src or "") or "") is None
