"""The page that a phone without MMS gets a link to: the text, and its pictures to look at."""

from html import escape

from powerpack_carriers.mm7.http_server import HttpAnswer
from powerpack_carriers.mms_message import MmsMessage


def page_of(message: MmsMessage, address: str) -> HttpAnswer:
    """A small HTML page."""
    subject = escape(message.submit.subject or "Multimedia message")
    shown = [
        f'<li><a href="{address}/{index}">{escape(each.name or str(index))}</a> ({escape(each.content_type)})</li>'
        for index, each in enumerate(message.media)
    ]
    lines = [
        f"<!doctype html><meta charset=utf-8><title>{subject}</title>",
        f"<p>From {escape(message.source.digits)}</p><p>{escape(message.content.text)}</p><ul>{''.join(shown)}</ul>",
    ]
    return HttpAnswer(content_type="text/html; charset=utf-8", body="\n".join(lines).encode(), headers=_SAFE)


def media_of(message: MmsMessage, place: str) -> HttpAnswer:
    """One attachment by its place from 0."""
    if not (place.isascii() and place.isdigit() and len(place) < 4 and int(place) < len(message.media)):
        return HttpAnswer(status=404, content_type="text/plain", body=b"there is no such attachment")
    media = message.media[int(place)]
    return HttpAnswer(content_type=media.content_type, body=media.data, headers=_SAFE)


_SAFE = (("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'; sandbox"))
"""What strangers sent must not act as a page of ours."""
