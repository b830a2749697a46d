"""A shop that tells its customers where their orders are: ``flask --app orders run``.

The account comes from ``PLIVO_AUTH_ID`` and ``PLIVO_AUTH_TOKEN``, as the Plivo SDK reads it; ``POWERPACK_UUID`` is the
Powerpack that sends, ``PUBLIC_URL`` is where Plivo reaches this application.
"""

import os
from dataclasses import dataclass, field

import plivo
from flask import Flask, Response, abort, request
from plivo.utils.signature_v3 import validate_v3_signature


@dataclass
class Customers:
    """What became of each text, by its uuid, and who wants none. A real shop has a database."""

    states: dict[str, list[str]] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)


app = Flask(__name__)
customers = Customers()


@app.post("/orders")
def tell() -> tuple[dict[str, str], int]:
    """Tell a customer: ``{"number": "+14155550123", "text": "...", "picture": "https://..."}``, picture or not."""
    order = request.get_json()
    if order["number"].lstrip("+") in customers.opted_out:
        return {"error": "said STOP"}, 409
    more = {"type_": "mms", "media_urls": [order["picture"]]} if "picture" in order else {}
    with plivo.RestClient() as client:
        sent = client.messages.create(
            powerpack_uuid=os.environ["POWERPACK_UUID"],
            dst=order["number"],
            text=order["text"],
            url=f"{os.environ['PUBLIC_URL']}/sms/status",
            **more,
        )
    return {"id": sent.message_uuid[0]}, 201


@app.post("/sms/status")
def status() -> str:
    """Plivo says what became of a text."""
    form = signed_form()
    customers.states.setdefault(form["MessageUUID"], []).append(form["Status"])
    return ""


@app.post("/sms/inbound")
def inbound() -> Response:
    """Somebody wrote. Plivo answers STOP by itself; who asks where the order is gets an answer from us."""
    form = signed_form()
    word = form["Text"].strip(" .!?").upper()
    if word == "STOP":
        customers.opted_out.add(form["From"])
    if word != "WHERE":
        return Response("<Response/>", mimetype="text/xml")
    reply = plivo.plivoxml.ResponseElement()
    reply.add_message("It is on its way.", src=form["To"], dst=form["From"])
    return Response(reply.to_string(), mimetype="text/xml")


def signed_form() -> dict[str, str]:
    """The form of a webhook; 403 when Plivo did not sign it."""
    form = request.form.to_dict()
    nonce, signature = (request.headers.get(f"X-Plivo-Signature-{name}", "") for name in ("V3-Nonce", "V3"))
    url = f"{os.environ['PUBLIC_URL']}{request.path}"
    if not validate_v3_signature("POST", url, nonce, os.environ["PLIVO_AUTH_TOKEN"], signature, form):
        abort(403)
    return form
