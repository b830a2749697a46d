"""A Starlette application that keeps what Plivo tells it: states of messages, and what people write."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from plivo.utils.signature_v3 import validate_v3_signature
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass
class Inbox:
    """What was told so far."""

    auth_token: str
    states: dict[str, list[str]] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)


def make_app(inbox: Inbox) -> Starlette:
    """The application around one inbox."""

    async def form_of(request: Request) -> dict[str, str] | None:
        """The form, or None when Plivo did not sign it."""
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        nonce, signature = (request.headers.get(f"x-plivo-signature-{name}", "") for name in ("v3-nonce", "v3"))
        is_signed = validate_v3_signature("POST", str(request.url), nonce, inbox.auth_token, signature, form)
        return form if is_signed else None

    async def status(request: Request) -> Response:
        form = await form_of(request)
        if form is None:
            return Response("not signed", status_code=403)
        inbox.states.setdefault(form["MessageUUID"], []).append(form["Status"])
        return Response("ok")

    async def inbound(request: Request) -> Response:
        form = await form_of(request)
        if form is None:
            return Response("not signed", status_code=403)
        inbox.texts.append((form["From"], form["Text"]))
        return Response("ok")

    return Starlette(routes=[Route("/status", status, methods=["POST"]), Route("/inbound", inbound, methods=["POST"])])
