"""Appointments that people confirm by text: ``uvicorn appointments:app``.

The account comes from ``PLIVO_AUTH_ID`` and ``PLIVO_AUTH_TOKEN``, as the Plivo SDK reads it; ``POWERPACK_UUID`` is the
Powerpack that sends, ``PUBLIC_URL`` is where Plivo reaches this application.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Annotated
from urllib.parse import parse_qsl

import plivo
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from plivo.utils.signature_v3 import validate_v3_signature
from pydantic import BaseModel


class Wanted(BaseModel):
    """Who comes when."""

    number: str
    time: str


@dataclass
class Appointment:
    """An appointment, and whether its guest said yes."""

    number: str
    time: str
    is_confirmed: bool = False


@dataclass
class Book:
    """All appointments by the uuid of their text, and what became of the texts.

    The states have a place of their own because Plivo's first callback can be here before its answer to our request is
    read: then the appointment is not in the book yet.
    """

    appointments: dict[str, Appointment] = field(default_factory=dict)
    states: dict[str, list[str]] = field(default_factory=dict)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """A real application opens its database here."""
    app.state.book = Book()
    yield


app = FastAPI(lifespan=lifespan)


async def signed_form(request: Request) -> dict[str, str]:
    """The form of a webhook; 403 when Plivo did not sign it."""
    form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
    nonce, signature = (request.headers.get(f"x-plivo-signature-{name}", "") for name in ("v3-nonce", "v3"))
    url, token = f"{os.environ['PUBLIC_URL']}{request.url.path}", os.environ["PLIVO_AUTH_TOKEN"]
    if not validate_v3_signature("POST", url, nonce, token, signature, form):
        raise HTTPException(403, "not signed by Plivo")
    return form


SignedForm = Annotated[dict[str, str], Depends(signed_form)]


@app.post("/appointments", status_code=201)
def invite(wanted: Wanted, request: Request) -> dict[str, str]:
    """Ask the guest."""
    client = plivo.RestClient()
    try:
        sent = client.messages.create(
            powerpack_uuid=os.environ["POWERPACK_UUID"],
            dst=wanted.number,
            text=f"See you at {wanted.time}? Reply YES to confirm, STOP to hear no more.",
            url=f"{os.environ['PUBLIC_URL']}/sms/status",
        )
    finally:
        client.session.close()
    [uuid] = sent.message_uuid
    request.app.state.book.appointments[uuid] = Appointment(wanted.number.lstrip("+"), wanted.time)
    return {"id": uuid}


@app.get("/appointments/{uuid}")
async def show(uuid: str, request: Request) -> dict[str, object]:
    """How it stands."""
    book: Book = request.app.state.book
    if uuid not in book.appointments:
        raise HTTPException(404, "no such appointment")
    return {**asdict(book.appointments[uuid]), "states": book.states.get(uuid, [])}


@app.post("/sms/status")
async def status(form: SignedForm, request: Request) -> Response:
    """Plivo says what became of a text."""
    request.app.state.book.states.setdefault(form["MessageUUID"], []).append(form["Status"])
    return Response()


@app.post("/sms/inbound")
async def inbound(form: SignedForm, request: Request) -> Response:
    """Somebody wrote."""
    if form["Text"].strip(" .!").upper() == "YES":
        for appointment in request.app.state.book.appointments.values():
            if appointment.number == form["From"]:
                appointment.is_confirmed = True
    return Response()
