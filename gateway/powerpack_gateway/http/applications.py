"""Applications: create, get, list, update, delete (plivo_api.md 2.6)."""

import re
from collections.abc import Mapping

from powerpack_gateway.applications import Application
from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import shown
from powerpack_gateway.http.answers import Done, Empty
from powerpack_gateway.http.application_shape import (
    ApplicationChanges,
    ApplicationCreated,
    ApplicationFilter,
    ApplicationForm,
    ApplicationList,
    ApplicationShown,
)
from powerpack_gateway.http.body import Parameters
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import page

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""Letters, digits, hyphen and underscore (plivo_api.md 2.6); as long as a console's column can still show."""

_URLS = ("answer_url", "hangup_url", "fallback_answer_url", "message_url")
_METHODS = ("answer_method", "hangup_method", "fallback_method", "message_method")
_FLAGS = ("default_number_app", "default_endpoint_app", "log_incoming_messages", "public_uri")
_METHOD_WORDS: Mapping[str, str] = {"post": "POST", "get": "GET"}


TAG = "Application"


async def create_application(call: Call) -> Reply:
    """201 and the new ``app_id``. ``answer_url`` may be missing: the SDKs allow it, and nobody calls here."""
    given = call.parameters()
    application = await call.gateway.holdings.create_application({"app_name": _name(given), **_fields(given)})
    return Reply(status=201, body={"app_id": application.app_id, "message": "created"})


async def get_application(call: Call) -> Reply:
    """One application."""
    return Reply(body=_present(call, call.gateway.holdings.applications[call.ids["app_id"]]))


async def list_applications(call: Call) -> Reply:
    """The applications with a name or a subaccount, or all, in the order of their creation."""
    given = call.parameters()
    wanted = {name: value for name in ("app_name", "subaccount") if (value := given.text(name)) is not None}
    found = (
        each
        for each in call.gateway.holdings.applications
        if all(getattr(each, name) == value for name, value in wanted.items())
    )
    return page(call, given, found, lambda each: _present(call, each))


async def update_application(call: Call) -> Reply:
    """202: what was given is changed. The name and the id stay (Python's SDK sends them anyway)."""
    await call.gateway.holdings.update_application(call.ids["app_id"], _fields(call.parameters()))
    return Reply(status=202, body={"message": "changed"})


async def delete_application(call: Call) -> Reply:
    """204: numbers and Powerpacks that used it have none now."""
    await call.gateway.holdings.delete_application(call.ids["app_id"])
    return Reply(status=204)


def _name(given: Parameters) -> str:
    name = given.required("app_name")
    if _NAME.fullmatch(name) is None:
        raise BadRequest(f"app_name is {shown(name)}, expected up to 255 letters, digits, '-' and '_'")
    return name


def _fields(given: Parameters) -> dict[str, object]:
    """What is given, by Application's field names. A URL that is given empty is taken away."""
    fields: dict[str, object] = {}
    for name in _URLS:
        if given.values.get(name) is not None:
            fields[name] = given.url(name) or ""
    for name in _METHODS:
        if (method := given.choice(name, _METHOD_WORDS)) is not None:
            fields[name] = method
    for name in _FLAGS:
        if given.values.get(name) not in (None, ""):
            fields[name] = given.flag(name, default=False)
    if (subaccount := given.text("subaccount")) is not None:
        fields["subaccount"] = subaccount
    return fields


def _present(call: Call, application: Application) -> dict[str, object]:
    return {
        "answer_method": application.answer_method,
        "answer_url": application.answer_url,
        "app_id": application.app_id,
        "app_name": application.app_name,
        "application_type": "XML",
        "default_app": application.default_number_app,
        "default_endpoint_app": application.default_endpoint_app,
        "enabled": True,
        "fallback_answer_url": application.fallback_answer_url,
        "fallback_method": application.fallback_method,
        "hangup_method": application.hangup_method,
        "hangup_url": application.hangup_url,
        # Documentation has the plural, PHP's fixture and Node's SDK the singular (plivo_api.md 8, row 20).
        "log_incoming_message": application.log_incoming_messages,
        "log_incoming_messages": application.log_incoming_messages,
        "message_method": application.message_method,
        "message_url": application.message_url,
        "public_uri": application.public_uri,
        "resource_uri": call.uri("Application", application.app_id),
        "sip_uri": f"sip:{application.app_id}@app.plivo.com",
        "sub_account": application.subaccount,
    }


ROUTES = (
    Operation(
        "POST", "/Application/", create_application, tag=TAG, takes=ApplicationForm, answers={201: ApplicationCreated}
    ),
    Operation(
        "GET", "/Application/", list_applications, tag=TAG, takes=ApplicationFilter, answers={200: ApplicationList}
    ),
    Operation("GET", "/Application/{app_id}/", get_application, tag=TAG, answers={200: ApplicationShown}),
    Operation(
        "POST", "/Application/{app_id}/", update_application, tag=TAG, takes=ApplicationChanges, answers={202: Done}
    ),
    Operation("DELETE", "/Application/{app_id}/", delete_application, tag=TAG, answers={204: Empty}),
)
