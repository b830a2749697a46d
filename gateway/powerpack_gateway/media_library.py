"""The account's files: uploads, what messages name by address, what handsets sent; and what is sent with a message."""

import asyncio
import random
import uuid
from collections.abc import Callable, Sequence
from urllib.parse import urljoin, urlsplit

from powerpack_gateway.errors import BadRequest, MediaGone, NotFound, StoreError
from powerpack_gateway.http_client import HttpFailure, HttpRequest, HttpResponse, HttpSender, SenderLimits
from powerpack_gateway.http_request import target_of, without_userinfo
from powerpack_gateway.media import CONTENT_TYPES, TOTAL_BYTES_MAX, TYPE_OF_SUFFIX, Media, base_type
from powerpack_gateway.messages import ErrorCode, Message
from powerpack_gateway.mm7.mime import Part
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.store.base import Store
from powerpack_gateway.store.durable import until_kept

FETCH_S = 15.0
"""For one attempt: Plivo names none; a picture of 5 MB takes half of that on a slow line."""

FETCH_PAUSES_S = (1.0, 5.0)
"""Before a second and a third attempt, where the first failed for a reason that may pass."""

REDIRECTS_MAX = 3
"""Within one origin; to another none is followed, since it could lead into the network that the gateway stands in."""

SWEEP_S = 3_600.0
"""How often files that are kept no more are looked for, when anything happens at all."""

Problem = tuple[ErrorCode, str]
"""Why a message can not be sent with its files: the code it fails with, and the reason."""

Prepared = Callable[[Problem | None], None]


class MediaLibrary:
    """Keeps files and gets them ready. ``base_url`` is where the gateway serves them, without a slash at the end."""

    def __init__(self, store: Store, *, clock: Clock, journal: Journal, rng: random.Random) -> None:
        self.base_url = ""
        self._store = store
        self._clock = clock
        self._journal = journal
        self._rng = rng
        self._sender = HttpSender(
            clock=clock,
            journal=journal,
            limits=SenderLimits(connections_per_origin=6, timeout_s=FETCH_S, body_size_max=TOTAL_BYTES_MAX),
        )
        self._uploads: dict[str, Media] = {}
        self._fetching: dict[str, asyncio.Future[Problem | None]] = {}
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._swept_at = float("-inf")

    def __repr__(self) -> str:
        return f"<MediaLibrary {self.base_url}: {len(self._fetching)} being fetched, {len(self._tasks)} messages wait>"

    @property
    def in_flight(self) -> int:
        """Files that are being fetched, from sites that may live in real time."""
        return len(self._fetching)

    async def restore(self) -> None:
        """Know the uploads that an earlier process took: messages name them, and are answered at once."""
        self._uploads = {media.id: media for media in await self._store.uploads()}

    async def stop(self) -> None:
        """Fetch no more; messages that waited go on at the next start."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sender.close()

    def url_of(self, media_id: str) -> str:
        """Where anybody who knows the id gets the bytes."""
        return f"{self.base_url}/media/{media_id}"

    # Files

    async def get(self, media_id: str) -> Media:
        """One file; raises NotFound."""
        found = await self._store.media(media_id)
        if found is None or found.expires_at <= self._clock.now().timestamp():
            raise NotFound(f"media {media_id} not found")
        return found

    async def content(self, media_id: str) -> tuple[Media, bytes]:
        """A file and its bytes; raises NotFound, also while they are not there."""
        media = await self.get(media_id)
        content = await self._store.media_content(media_id)
        if content is None:
            raise NotFound(f"media {media_id} has not been fetched yet")
        return media, content

    async def page(self, *, limit: int, offset: int) -> tuple[Sequence[Media], int]:
        """Some files, newest first, and how many there are: none that is kept no more, as ``get`` has it."""
        await self._let_expired_go()
        return await self._store.media_page(limit=limit, offset=offset)

    async def upload(self, content_type: str, file_name: str, data: bytes) -> Media:
        """Keep an uploaded file; it is on disk when this returns."""
        media = self._new(content_type=content_type, file_name=file_name, size=len(data), is_upload=True)
        self._store.put_media(media, data)
        self._uploads[media.id] = media
        await self._sweep()
        await until_kept(self._store)
        return media

    def keep_received(self, parts: Sequence[Part]) -> tuple[str, ...]:
        """Keep what a handset sent; on disk after the next commit."""
        ids: list[str] = []
        for part in parts:
            name = part.filename or part.location
            media = self._new(content_type=part.content_type, file_name=name, size=len(part.data), uses=1)
            self._store.put_media(media, part.data)
            ids.append(media.id)
        return tuple(ids)

    async def learn(self, media_ids: Sequence[str]) -> None:
        """Know the uploads that another gateway took, as they are now; raises StoreError."""
        for media_id in media_ids:
            media = await self._store.media(media_id)
            if media is not None and media.is_upload:
                self._uploads[media_id] = media
            else:
                self._uploads.pop(media_id, None)

    def take(self, media_ids: Sequence[str], media_urls: Sequence[str]) -> tuple[Media, ...]:
        """The files that a request names; raises BadRequest for an id that no upload has. Nothing is kept yet."""
        if not media_ids and not media_urls:  # as nearly always
            return ()
        taken: list[Media] = []
        now = self._clock.now().timestamp()
        for media_id in dict.fromkeys(media_ids):
            media = self._uploads.get(media_id)
            if media is None or media.expires_at <= now:
                raise BadRequest(f"media_ids: media {media_id[:80]} not found")
            taken.append(media)
        return (*taken, *(self._new(source_url=url) for url in media_urls))

    def use(self, files: Sequence[Media], messages: int) -> None:
        """So many new messages hold these files; on disk with them."""
        for media in files:
            media.uses += messages
            self._store.put_media(media)

    async def forget(self, message: Message) -> None:
        """Take a message's files from it; those that nothing else holds are deleted."""
        for media_id in message.media:
            media = self._uploads.get(media_id) or await self._store.media(media_id)
            if media is None:
                continue
            media.uses -= 1
            if media.uses > 0 or media.is_upload:
                self._store.put_media(media)
            else:
                self._store.delete_media(media_id)
        message.media = ()
        self._store.update(message)
        await until_kept(self._store)

    def _new(
        self,
        *,
        content_type: str = "",
        file_name: str = "",
        size: int = 0,
        source_url: str | None = None,
        is_upload: bool = False,
        uses: int = 0,
    ) -> Media:
        return Media(
            id=str(uuid.UUID(int=self._rng.getrandbits(128), version=4)),
            created_at=self._clock.now().timestamp(),
            content_type=content_type,
            file_name=file_name,
            size=size,
            source_url=source_url,
            is_upload=is_upload,
            has_content=source_url is None,
            uses=uses,
        )

    async def _sweep(self) -> None:
        now = self._clock.monotonic()
        if now - self._swept_at < SWEEP_S:
            return
        self._swept_at = now
        await self._let_expired_go()

    async def _let_expired_go(self) -> None:
        for media_id in await self._store.media_expired(self._clock.now().timestamp()):
            self._store.delete_media(media_id)
            self._uploads.pop(media_id, None)

    # What a message is sent with

    async def attachments(self, message: Message) -> list[Part]:
        """Text and files of a message, in the order in which a phone shows them; raises MediaGone."""
        parts = [Part(content_type="text/plain", data=message.text.encode())] if message.text else []
        for media_id in message.media:
            media = await self._store.media(media_id)
            content = await self._store.media_content(media_id)
            if media is None or content is None:
                raise MediaGone(_gone(media_id))
            parts.append(Part(content_type=media.content_type, data=content, filename=media.file_name))
        return parts

    def prepare(self, message: Message, prepared: Prepared) -> None:
        """Fetch what has to be fetched; then ``prepared`` is called, with the problem if there is one."""
        task = asyncio.get_running_loop().create_task(self._prepare(message, prepared))
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)

    async def _prepare(self, message: Message, prepared: Prepared) -> None:
        try:
            await self._sweep()
            problem = await self._problem(message)
        except StoreError as error:
            problem = ErrorCode.NOT_DISPATCHED, f"its media can not be read: {error}"
        prepared(problem)

    async def _problem(self, message: Message) -> Problem | None:
        total = 0
        for media_id in message.media:
            media = await self._store.media(media_id)
            if media is None:
                return ErrorCode.MEDIA_FAILED, _gone(media_id)
            if not media.has_content:
                problem = await self._fetched(media)
                if problem is not None:
                    return problem
                media = await self._store.media(media_id)
            total += 0 if media is None else media.size
        if total > TOTAL_BYTES_MAX:
            return ErrorCode.MEDIA_TOO_LARGE, f"its media have {total} bytes, {TOTAL_BYTES_MAX} is the limit"
        return None

    # Fetching

    async def _fetched(self, media: Media) -> Problem | None:
        """Fetch a file once, however many messages wait for it."""
        under_way = self._fetching.get(media.id)
        if under_way is None:
            under_way = self._fetching[media.id] = asyncio.get_running_loop().create_future()
            try:
                under_way.set_result(await self._fetch(media))
            finally:
                del self._fetching[media.id]
                under_way.cancel()
        return await under_way

    async def _fetch(self, media: Media) -> Problem | None:
        url = media.source_url or ""
        problem: Problem | None = None
        for pause_s in (0.0, *FETCH_PAUSES_S):
            if pause_s:
                await asyncio.sleep(pause_s)
            found = await self._get(url)
            if isinstance(found, HttpResponse):
                problem = self._keep(media, found)
                break
            problem, may_pass = found
            if not may_pass:
                break
        self._journal.record(
            "media.fetched",
            media_id=media.id,
            url=without_userinfo(url),
            content_type=media.content_type,
            size=media.size,
            problem="" if problem is None else problem[1],
        )
        return problem

    async def _get(self, url: str) -> HttpResponse | tuple[Problem, bool]:
        """The answer with status 200, or the problem, and whether it may pass."""
        first = url
        for _ in range(REDIRECTS_MAX + 1):
            answered: asyncio.Future[HttpResponse | HttpFailure] = asyncio.get_running_loop().create_future()
            self._sender.send(HttpRequest(method="GET", url=url), answered.set_result)
            outcome = await answered
            if isinstance(outcome, HttpFailure):
                return _failed(first, f"{outcome.kind}: {outcome.detail}"), True
            if outcome.status == 200:
                return outcome
            if outcome.status not in (301, 302, 303, 307, 308):
                return _failed(first, f"it answers {outcome.status}"), outcome.status >= 500
            url = urljoin(url, outcome.header("location") or "")
            if not _is_same_origin(url, first):
                return _failed(first, f"it redirects to {without_userinfo(url)[:200]}, another origin"), False
        return _failed(first, f"it redirects more than {REDIRECTS_MAX} times"), False

    def _keep(self, media: Media, answer: HttpResponse) -> Problem | None:
        url = media.source_url or ""
        if not answer.is_whole:
            return ErrorCode.MEDIA_TOO_LARGE, f"{_shown(url)} has more than {TOTAL_BYTES_MAX} bytes, which is the limit"
        name = urlsplit(url).path.rpartition("/")[2]
        kind = base_type(answer.header("content-type") or "")
        if kind in ("", "application/octet-stream", "binary/octet-stream"):
            kind = TYPE_OF_SUFFIX.get(name.rpartition(".")[2].lower(), kind)
        if kind not in CONTENT_TYPES:
            return ErrorCode.MEDIA_UNSUPPORTED, f"{_shown(url)} is {kind or 'of no type'}, which no MMS carries"
        if not answer.body:
            return _failed(url, "it is empty")
        media.content_type, media.size, media.has_content = kind, len(answer.body), True
        media.file_name = name or f"media.{CONTENT_TYPES[kind]}"
        self._store.put_media(media, answer.body)
        return None


def _gone(media_id: str) -> str:
    return f"media {media_id} was deleted before the message was sent"


def _failed(url: str, why: str) -> Problem:
    return ErrorCode.MEDIA_FAILED, f"{_shown(url)} could not be fetched: {why}"


def _shown(url: str) -> str:
    return without_userinfo(url)[:200]


def _is_same_origin(url: str, other: str) -> bool:
    try:
        return target_of(url).origin == target_of(other).origin
    except ValueError:
        return False
