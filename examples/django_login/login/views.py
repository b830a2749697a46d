"""Send a code, log in with it, hear what became of its text."""

import os
import secrets
from datetime import timedelta

import plivo
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from plivo.utils.signature_v3 import validate_v3_signature

from login.models import Code, State


@csrf_exempt
@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    """Text six digits to a number."""
    number, digits = request.POST["number"], f"{secrets.randbelow(10**6):06d}"
    client = plivo.RestClient()
    try:
        sent = client.messages.create(
            powerpack_uuid=settings.POWERPACK_UUID,
            dst=number,
            text=f"{digits} is your Example Bank code. It ends in {settings.CODE_MINUTES} minutes.",
            url=f"{settings.PUBLIC_URL}/sms/status",
        )
    finally:
        client.session.close()
    Code.objects.create(number=number, digits=digits, message_uuid=sent.message_uuid[0])
    return HttpResponse(status=202)


@csrf_exempt
@require_POST
def log_in(request: HttpRequest) -> HttpResponse:
    """Take the code; once, and not for ever. A code that did not arrive says so."""
    number, digits = request.POST["number"], request.POST["digits"]
    code = Code.objects.filter(number=number, is_used=False).order_by("-sent_at").first()
    if code is None:
        return JsonResponse({"error": "ask for a code first"}, status=403)
    failure = State.objects.filter(message_uuid=code.message_uuid, status__in=("failed", "undelivered")).first()
    if failure is not None:
        return JsonResponse({"error": f"the text could not be delivered ({failure.error_code})"}, status=409)
    if timezone.now() - code.sent_at > timedelta(minutes=settings.CODE_MINUTES) or code.digits != digits:
        return JsonResponse({"error": "wrong code"}, status=403)
    code.is_used = True
    code.save()
    return JsonResponse({"welcome": number})


@csrf_exempt
@require_POST
def status(request: HttpRequest) -> HttpResponse:
    """Plivo says what became of a text."""
    nonce, signature = (request.headers.get(f"x-plivo-signature-{name}", "") for name in ("v3-nonce", "v3"))
    url, form = f"{settings.PUBLIC_URL}{request.path}", request.POST.dict()
    if not validate_v3_signature("POST", url, nonce, os.environ["PLIVO_AUTH_TOKEN"], signature, form):
        return HttpResponse(status=403)
    State.objects.create(message_uuid=form["MessageUUID"], status=form["Status"], error_code=form.get("ErrorCode", ""))
    return HttpResponse()
