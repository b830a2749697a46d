"""Powerpacks: create, get, list, update, delete (plivo_api.md 2.2)."""

from collections.abc import Mapping

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import choice, required, shown
from powerpack_gateway.http.body import Parameters
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import Paging, page
from powerpack_gateway.http.powerpack_shape import (
    PowerpackChanges,
    PowerpackDeletion,
    PowerpackForm,
    PowerpackList,
    PowerpackShown,
    Success,
)
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.numbers import NumberType, Service
from powerpack_gateway.powerpacks import COUNTRIES, NumberPriority, Powerpack

NAME_LENGTH_MAX = 255
"""Characters of a Powerpack's name: what a console's column and a log line can still show."""

_PRIORITIES_MAX = len(COUNTRIES) * len(Service)
_PLACES = ("priority1", "priority2", "priority3")
_TYPES: Mapping[str, NumberType] = {each.value: each for each in NumberType}
_SERVICES: Mapping[str, Service] = {each.value: each for each in Service}
_APPLICATION_TYPES: Mapping[str, str] = {"xml": "xml", "phlo": "phlo"}
_NO_APPLICATION = "none"


TAG = "Powerpack"


async def create_powerpack(call: Call) -> Reply:
    """200 and the new Powerpack."""
    given = call.parameters()
    application_id, application_type = _application(given)
    powerpack = await call.gateway.holdings.create_powerpack(
        name=_name(given),
        sticky_sender=given.flag("sticky_sender", default=True),
        local_connect=given.flag("local_connect", default=True),
        application_type=application_type,
        application_id=application_id,
        number_priority=_priorities(given),
    )
    return Reply(body=_present(call, powerpack))


async def get_powerpack(call: Call) -> Reply:
    """One Powerpack."""
    return Reply(body=_present(call, call.gateway.holdings.powerpacks[call.ids["uuid"]]))


async def list_powerpacks(call: Call) -> Reply:
    """All Powerpacks, in the order of their creation."""
    return page(call, call.parameters(), call.gateway.holdings.powerpacks, lambda each: _present(call, each))


async def update_powerpack(call: Call) -> Reply:
    """Change what is given and leave the rest; answers with the Powerpack as it is now."""
    given = call.parameters()
    powerpack = call.gateway.holdings.powerpacks[call.ids["uuid"]]
    changes: dict[str, object] = {}
    if given.text("name") is not None:
        changes["name"] = _name(given)
    for name in ("sticky_sender", "local_connect"):
        if given.values.get(name) is not None:
            changes[name] = given.flag(name, default=True)
    if given.values.get("application_id") is not None:
        changes["application_id"], changes["application_type"] = _application(given)
    elif powerpack.application_id and (kind := given.choice("application_type", _APPLICATION_TYPES)) is not None:
        changes["application_type"] = kind
    priorities = _priorities(given)
    if priorities:
        changes["number_priority"] = priorities
    return Reply(body=_present(call, await call.gateway.holdings.update_powerpack(powerpack.uuid, changes)))


async def delete_powerpack(call: Call) -> Reply:
    """200 with a body: current documentation and fixtures; older pages say 204 (plivo_api.md 8, row 5)."""
    unrent_numbers = call.parameters().flag("unrent_numbers", default=False)
    await call.gateway.holdings.delete_powerpack(call.ids["uuid"], unrent_numbers=unrent_numbers)
    return Reply(body={"response": "success"})


def _present(call: Call, powerpack: Powerpack) -> dict[str, object]:
    return {
        "application_id": powerpack.application_id,
        "application_type": powerpack.application_type.upper(),
        "created_on": iso(powerpack.created_on),
        "local_connect": powerpack.local_connect,
        "name": powerpack.name,
        "number_pool": call.uri("NumberPool", powerpack.number_pool_uuid),
        "number_priority": [
            {
                "country_iso": each.country_iso,
                "priority": dict(zip(_PLACES, each.priority, strict=True)),
                "service_type": each.service_type.value.upper(),
            }
            for each in powerpack.number_priority
        ],
        "sticky_sender": powerpack.sticky_sender,
        "uuid": powerpack.uuid,
    }


def _name(given: Parameters) -> str:
    name = given.required("name")
    if len(name) > NAME_LENGTH_MAX:
        raise BadRequest(f"name has {len(name)} characters, {NAME_LENGTH_MAX} is the limit")
    return name


def _application(given: Parameters) -> tuple[str, str]:
    """Id and type; both are empty when there is no application or it is "none"."""
    application_id = given.text("application_id")
    application_type = given.choice("application_type", _APPLICATION_TYPES)
    if application_id is None or application_id.lower() == _NO_APPLICATION:
        return "", ""
    if application_type is None:
        raise BadRequest("application_type parameter is missing: application_id is given, expected one of xml, phlo")
    return application_id, application_type


def _priorities(given: Parameters) -> tuple[NumberPriority, ...]:
    value = given.values.get("number_priority")
    if value is None or value == "":
        return ()
    if not isinstance(value, list) or len(value) > _PRIORITIES_MAX:
        raise BadRequest(f"number_priority is {shown(value)}, expected an array of at most {_PRIORITIES_MAX} objects")
    return tuple(_priority(f"number_priority[{index}]", each) for index, each in enumerate(value))


def _priority(where: str, value: object) -> NumberPriority:
    if not isinstance(value, dict):
        raise BadRequest(f"{where} is {shown(value)}, expected an object")
    order = value.get("priority")
    if not isinstance(order, dict):
        raise BadRequest(f"{where}.priority is {shown(order)}, expected an object with {', '.join(_PLACES)}")
    service = choice(f"{where}.service_type", value.get("service_type"), _SERVICES)
    if service is None:
        raise BadRequest(f"{where}.service_type parameter is missing")
    first, second, third = (choice(f"{where}.priority.{place}", order.get(place), _TYPES) for place in _PLACES)
    if first is None and second is None and third is None:
        raise BadRequest(f"{where}.priority names no type, expected at least one of {', '.join(_TYPES)}")
    return NumberPriority(
        country_iso=required(f"{where}.country_iso", value.get("country_iso")).upper(),
        service_type=service,
        priority=(first, second, third),
    )


ROUTES = (
    Operation("POST", "/Powerpack/", create_powerpack, tag=TAG, takes=PowerpackForm, answers={200: PowerpackShown}),
    Operation("GET", "/Powerpack/", list_powerpacks, tag=TAG, takes=Paging, answers={200: PowerpackList}),
    Operation("GET", "/Powerpack/{uuid}/", get_powerpack, tag=TAG, answers={200: PowerpackShown}),
    Operation(
        "POST", "/Powerpack/{uuid}/", update_powerpack, tag=TAG, takes=PowerpackChanges, answers={200: PowerpackShown}
    ),
    Operation(
        "DELETE", "/Powerpack/{uuid}/", delete_powerpack, tag=TAG, takes=PowerpackDeletion, answers={200: Success}
    ),
)
