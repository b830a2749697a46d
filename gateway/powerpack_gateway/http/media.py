"""Media: upload, list, get, and those of a message (plivo_api.md 2.1 and 2.7)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from powerpack_gateway.errors import BadRequest, NotFound
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, meta, window
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.media import (
    CONTENT_TYPES,
    TYPE_OF_SUFFIX,
    UPLOAD_BYTES_MAX,
    UPLOADS_MAX,
    Media,
    base_type,
)
from powerpack_gateway.media_library import MediaLibrary
from powerpack_gateway.mm7.mime import MimeError, Part, leaves_of

TAG = "Media"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaShown:
    """An uploaded file. The link stands under both names that SDKs read."""

    content_type: str
    file_name: str
    media_id: str
    size: int
    status: str
    status_code: int
    upload_time: str
    url: str
    media_url: str
    error_code: int | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaUploaded:
    """What became of each file."""

    objects: tuple[MediaShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaList:
    """Some files."""

    meta: ListMeta
    objects: tuple[MediaShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMedia:
    """One file of a message."""

    content_type: str
    media_id: str
    media_url: str
    message_uuid: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMediaList:
    """The files of a message."""

    objects: tuple[MessageMedia, ...]


@dataclass(frozen=True, slots=True)
class Deleted:
    """Nothing."""


async def upload_media(call: Call) -> Reply:
    """Keep up to ten files of two megabytes each, each in a part named ``file``."""
    try:
        parts = [part for part in leaves_of(call.content_type, call.body) if part.name == "file"]
    except MimeError as error:
        raise BadRequest(f"expected multipart/form-data with parts named 'file': {error}") from error
    if not parts:
        raise BadRequest("file parameter is missing, expected multipart/form-data with parts named 'file'")
    if len(parts) > UPLOADS_MAX:
        raise BadRequest(f"found {len(parts)} files, {UPLOADS_MAX} is the limit")
    return Reply(body={"objects": [await _uploaded(call.gateway.media, part) for part in parts]})


async def list_media(call: Call) -> Reply:
    """Files, newest first."""
    given = call.parameters()
    wanted = window(given)
    found, total = await call.gateway.media.page(limit=wanted.limit, offset=wanted.offset)
    return Reply(
        body={
            "meta": {**meta(call, given, wanted, total_count=total), "total_count": total},
            "objects": [_shown(call.gateway.media, each) for each in found],
        }
    )


async def get_media(call: Call) -> Reply:
    """One file."""
    return Reply(body=_shown(call.gateway.media, await call.gateway.media.get(call.ids["media_id"])))


async def list_message_media(call: Call) -> Reply:
    """The files of a message, in their order."""
    message = await call.gateway.message(call.ids["message_uuid"])
    shown = [await _of_message(call, message.uuid, media_id) for media_id in message.media]
    return Reply(body={"objects": shown})


async def get_message_media(call: Call) -> Reply:
    """One file of a message."""
    message = await call.gateway.message(call.ids["message_uuid"])
    media_id = call.ids["media_id"]
    if media_id not in message.media:
        raise NotFound(f"media {media_id} is not of message {message.uuid}")
    return Reply(body=await _of_message(call, message.uuid, media_id))


async def delete_message_media(call: Call) -> Reply:
    """Take the files from a message; those that no other message holds are gone. One that waits yet is not sent."""
    message = await call.gateway.message(call.ids["message_uuid"])
    await call.gateway.forget_media(message)
    return Reply(status=204)


async def _uploaded(library: MediaLibrary, part: Part) -> dict[str, object]:
    """One part kept, or refused on its own: the others of the request are not concerned."""
    kind = base_type(part.content_type)
    if kind == "application/octet-stream":
        kind = TYPE_OF_SUFFIX.get(part.filename.rpartition(".")[2].lower(), kind)
    problem = ""
    if kind not in CONTENT_TYPES:
        problem = f"content type {kind} is not supported"
    elif not part.data:
        problem = "the file is empty"
    elif len(part.data) > UPLOAD_BYTES_MAX:
        problem = f"the file has {len(part.data)} bytes, {UPLOAD_BYTES_MAX} is the limit"
    if problem:
        return {
            "content_type": kind,
            "file_name": part.filename,
            "size": len(part.data),
            "status": "failed",
            "status_code": 400,
            "error_code": 400,
            "error_message": problem,
        }
    return _shown(library, await library.upload(kind, part.filename, part.data))


def _shown(library: MediaLibrary, media: Media) -> dict[str, object]:
    url = library.url_of(media.id)
    return {
        "content_type": media.content_type,
        "file_name": media.file_name,
        "media_id": media.id,
        "size": media.size,
        "status": "success",
        "status_code": 201,
        "upload_time": iso(datetime.fromtimestamp(media.created_at, UTC)),
        "url": url,
        "media_url": url,
    }


async def _of_message(call: Call, message_uuid: str, media_id: str) -> dict[str, object]:
    media = await call.gateway.media.get(media_id)
    return {
        "content_type": media.content_type,
        "media_id": media.id,
        "media_url": call.gateway.media.url_of(media.id),
        "message_uuid": message_uuid,
        "size": media.size,
    }


ROUTES = (
    Operation("POST", "/Media/", upload_media, tag=TAG, answers={200: MediaUploaded}),
    Operation("GET", "/Media/", list_media, tag=TAG, takes=Paging, answers={200: MediaList}),
    Operation("GET", "/Media/{media_id}/", get_media, tag=TAG, answers={200: MediaShown}),
    Operation("GET", "/Message/{message_uuid}/Media/", list_message_media, tag=TAG, answers={200: MessageMediaList}),
    Operation(
        "GET", "/Message/{message_uuid}/Media/{media_id}/", get_message_media, tag=TAG, answers={200: MessageMedia}
    ),
    Operation("DELETE", "/Message/{message_uuid}/Media/", delete_message_media, tag=TAG, answers={204: Deleted}),
)
