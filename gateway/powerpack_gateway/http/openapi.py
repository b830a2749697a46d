"""The OpenAPI 3.1 document of this API, made from the declarations that routing uses.

Where an operation's parameters stand is Plivo's custom: in the query of a GET, as JSON in the body of the others. The
app reads both places for every method (body.py), which the document does not repeat.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from importlib.metadata import version
from typing import Any

import msgspec
from starlette.routing import Route

from powerpack_gateway.http.answers import Done, Empty, Refused
from powerpack_gateway.http.asynchronous import PARAMETERS, status_of
from powerpack_gateway.http.call import ACCOUNTS
from powerpack_gateway.http.operation import Nothing, Operation

Json = dict[str, Any]

_SOURCE = re.compile(r" ?\([^()]*plivo_api\.md[^()]*\)")
"""Where a handler's docstring names the source of a rule, for those who work on it."""

_REF = "#/components/schemas/{name}"

_REFUSALS: Mapping[int, str] = {
    400: "what was asked can not be done as it was asked: the error names the field, what was found, what is expected",
    401: "no credentials, or wrong ones",
    402: "the account's credit is used up",
    403: "the credentials do not reach this",
    404: "there is no such resource in this account",
    413: "the body is over the limit",
    422: "every part is well formed, and the whole makes no sense",
    429: "more requests than the account may make; Retry-After says when to come again",
    503: "nothing was kept, the same request may be sent again",
}

_API_ID: Json = {"type": "string", "format": "uuid", "description": "names this request in the journal"}


def document(below_account: Sequence[Route], whole: Sequence[Route]) -> Json:
    """The document. Routes that declare nothing are in it with their path alone."""
    shapes = _shapes((*below_account, *whole))
    _, components = msgspec.json.schema_components(shapes, ref_template=_REF)
    names = {shape: _name(shape) for shape in shapes}
    paths: dict[str, Json] = {}
    for prefix, routes in ((f"{ACCOUNTS}/{{auth_id}}", below_account), ("", whole)):
        for route in routes:
            entry = paths.setdefault(f"{prefix}{route.path}", {})
            for method in sorted((route.methods or set()) - {"HEAD"}):
                entry[method.lower()] = _operation(route, method, prefix, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "powerpack-lab",
            "version": version("powerpack-lab"),
            "description": "A Plivo-compatible Powerpack gateway; docs/api.md says where it differs.",
        },
        "servers": [{"url": "/"}],
        "security": [{"basic": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic", "description": "the account's auth_id and auth_token"}
            },
            "schemas": {name: _open(schema) for name, schema in sorted(components.items())},
        },
    }


def _shapes(routes: Iterable[Route]) -> tuple[type, ...]:
    found: dict[type, None] = {Refused: None, Done: None}
    for route in routes:
        if isinstance(route, Operation):
            found |= dict.fromkeys((route.takes, *route.answers.values()))
    return tuple(shape for shape in found if shape not in (Nothing, Empty))


def _name(shape: type) -> str:
    """How ``msgspec`` names a shape's schema."""
    schema = msgspec.json.schema(shape, ref_template=_REF)
    name: str = schema["$ref"].rpartition("/")[2]
    return name


def _open(schema: Json) -> Json:
    """Enumerations have titles that are their classes' names, which say nothing to a reader; the rest stays."""
    return {key: value for key, value in schema.items() if key != "title"}


def _operation(route: Route, method: str, prefix: str, names: Mapping[type, str]) -> Json:
    described = (route.endpoint.__doc__ or "").strip()
    parameters = [_path_parameter(name) for name in (("auth_id",) if prefix else ())]
    parameters += [_path_parameter(name) for name in route.param_convertors]
    entry: Json = {
        "operationId": f"{method.lower()}_{route.endpoint.__name__}_{route.endpoint.__module__.rpartition('.')[2]}",
        "summary": _SOURCE.sub("", described.split("\n")[0]).replace("``", ""),
        "parameters": parameters,
    }
    if not isinstance(route, Operation):
        return {**entry, "responses": {"2XX": _answer("done", {"type": "object"}), "4XX": _refusal(400)}}
    entry["tags"] = [route.tag]
    if route.takes is not Nothing and method == "GET":
        entry["parameters"] = parameters + _query(route.takes)
    elif route.takes is not Nothing:
        content = {"application/json": {"schema": {"$ref": _REF.format(name=names[route.takes])}}}
        entry["requestBody"] = {"content": content, "required": False}
    answers = {
        str(status): _success(Empty if status == 204 else shape, names)
        for status, shape in sorted(route.answers.items())
    }
    if "format" in route.declared:  # a list that can be had as a file
        answers["200"]["content"]["text/csv"] = {"schema": {"type": "string"}}
    refusals = {str(status): _refusal(status) for status in _REFUSALS if str(status) not in answers}
    if PARAMETERS[0] not in route.declared:
        entry["parameters"] = [*entry["parameters"], *_ASYNCHRONOUS]
        status = str(status_of(method))
        answers[status] = _or_taken_on(answers.get(status))
        refusals.pop(status, None)
    return {**entry, "responses": {**answers, **refusals}}


def _or_taken_on(answer: Json | None) -> Json:
    """The answer to a request with ``callback_url``, beside what the status means without it."""
    taken_on = {"$ref": _REF.format(name=Done.__name__)}
    if answer is None:
        return _answer("with callback_url: taken on, the answer goes there", taken_on)
    content = answer["content"]["application/json"]
    base, own = content["schema"]["allOf"]
    return {
        **answer,
        "content": {**answer["content"], "application/json": {"schema": {"allOf": [base, {"anyOf": [own, taken_on]}]}}},
    }


_ASYNCHRONOUS: tuple[Json, ...] = (
    {
        "name": PARAMETERS[0],
        "in": "query",
        "required": False,
        "description": "where the answer goes instead, as a signed form",
        "schema": {"type": "string", "format": "uri", "pattern": "^https?://[a-z]"},
    },
    {"name": PARAMETERS[1], "in": "query", "required": False, "schema": {"type": "string", "enum": ["POST", "GET"]}},
)
"""What makes any request asynchronous (asynchronous.py); a body may say it as well."""


def _path_parameter(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[A-Za-z0-9+_-]+$"}}


def _query(shape: type) -> list[Json]:
    """Each field of a shape as a parameter of the query."""
    (schema,), components = msgspec.json.schema_components((shape,), ref_template=_REF)
    whole = components[schema["$ref"].rpartition("/")[2]]
    return [
        {
            "name": each.name,
            "in": "query",
            "required": each.name in whole["required"],
            "schema": _not_null(whole["properties"][each.name]),
        }
        for each in fields(shape)
    ]


def _not_null(schema: Json) -> Json:
    """A query can not say null: what is not given is left out."""
    if "anyOf" not in schema:
        return schema
    rest = [each for each in schema["anyOf"] if each != {"type": "null"}]
    kept = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**kept, **(rest[0] if len(rest) == 1 else {"anyOf": rest})}


def _success(shape: type, names: Mapping[type, str]) -> Json:
    if shape is Empty:
        return {"description": "done; there is no body"}
    described = (shape.__doc__ or "").split("\n")[0]
    return _answer(described, {"$ref": _REF.format(name=names[shape])})


def _refusal(status: int) -> Json:
    return _answer(_REFUSALS[status], {"$ref": _REF.format(name=Refused.__name__)})


def _answer(described: str, schema: Json) -> Json:
    with_api_id = {"type": "object", "properties": {"api_id": _API_ID}, "required": ["api_id"]}
    content = {"application/json": {"schema": {"allOf": [with_api_id, schema]}}}
    return {"description": described, "content": content}
