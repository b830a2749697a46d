"""openapi.py, documentation.py: the description is complete, and schemathesis finds nothing that contradicts it."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from powerpack_gateway.http.openapi import document
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.routes import ROUTES, WHOLE_ROUTES
from powerpack_gateway.powerpacks import Powerpack

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient

EXAMPLES = 5
"""Of each operation, well-formed and malformed: all of it stays under 20 seconds, most of which are preparation."""

WELL_FORMED, MALFORMED = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def operations() -> list[Any]:
    """Every operation of the document, as schemathesis sees it."""
    schema = schemathesis.openapi.from_dict(document(ROUTES, WHOLE_ROUTES))
    found: list[Any] = list(schema.get_all_operations())  # each is Ok or Err, and ok() raises what is wrong
    return [each.ok() for each in found]


@pytest.mark.parametrize("operation", operations(), ids=lambda each: f"{each.method.upper()} {each.path}")
def test_no_answer_contradicts_the_document(api: ApiClient, powerpack: Powerpack, operation: Any) -> None:
    known = {
        "auth_id": api.root.rpartition("/")[2],
        "uuid": powerpack.uuid,
        "pool": powerpack.number_pool_uuid,
        "number": "14155550101",
    }
    ids = {name: value for name, value in known.items() if f"{{{name}}}" in operation.path}

    @settings(
        max_examples=EXAMPLES,
        deadline=timedelta(seconds=10),
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=st.one_of(operation.as_strategy(WELL_FORMED, path_parameters=ids), operation.as_strategy(MALFORMED)))
    def run(case: Any) -> None:
        case.validate_response(called(api, case), checks=CHECKS)

    run()


def called(api: ApiClient, case: Any) -> schemathesis.Response:
    """The app's answer to a case, without a socket."""
    asked = case.as_transport_kwargs(base_url="http://lab")
    said = {name: asked[name] for name in ("method", "url", "params", "json", "data", "headers") if name in asked}
    request = requests.Request(**said).prepare()
    target = re.sub(r"^http://lab", "", str(request.url))
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    answer = api.request(str(request.method), target, body=body)
    headers = {name: [value] for name, value in answer.headers.items()}
    return schemathesis.Response(answer.status, headers, answer.raw, request, 0.0, verify=False)


def test_the_document_is_served_to_everybody(api: ApiClient) -> None:
    api.authorization = None

    served = api.request("GET", "/openapi.json")
    assert served.status == 200
    assert served.headers["content-type"] == "application/json"
    assert served.json == msgspec.json.decode(msgspec.json.encode(document(ROUTES, WHOLE_ROUTES)))
    assert served.json["openapi"] == "3.1.0"


def test_every_declared_operation_and_parameter_is_in_the_document() -> None:
    described = document(ROUTES, WHOLE_ROUTES)
    declared = [route for route in ROUTES if isinstance(route, Operation)]

    assert len(declared) > 50
    for route in declared:
        entry = described["paths"][f"/v1/Account/{{auth_id}}{route.path}"][route.method.lower()]
        named = {each["name"] for each in entry["parameters"]}
        if "requestBody" in entry:
            reference = entry["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            named |= set(described["components"]["schemas"][reference.rpartition("/")[2]]["properties"])
        assert {each.name for each in fields(route.takes)} <= named, route.path
        assert {str(status) for status in route.answers} <= set(entry["responses"])


def test_the_page_shows_every_operation_and_needs_nothing_from_elsewhere(api: ApiClient) -> None:
    api.authorization = None
    page = api.request("GET", "/docs").raw.decode()

    for route in ROUTES:
        assert f"<code>/v1/Account/{{auth_id}}{route.path}</code>" in page
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!#|/openapi\.json)', page) == []


def test_what_is_not_declared_is_not_looked_at(api: ApiClient) -> None:
    """The document can not lack a parameter that changes something."""
    answer = api.get("/Powerpack/?limit=1&name=welcome")

    assert answer.status == 200
    assert "name" not in str(answer.json["meta"])


def test_what_the_guide_says_of_operations_is_so() -> None:
    """A row that is missing is a gap, which ``/docs`` does not have; one that is wrong is a lie."""
    guide = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    rows = re.findall(r"^\| ([A-Z]+) `(/[^`]*)` \| (.*)\|$", guide, re.MULTILINE)
    declared = {
        (method, route.path): {each.name for each in fields(route.takes)} if isinstance(route, Operation) else set()
        for route in (*ROUTES, *WHOLE_ROUTES)
        for method in route.methods or ()
    }

    assert len(rows) > 70
    for method, path, names in rows:
        assert set(re.findall(r"`(\w+)`", names)) <= declared[method, path], (method, path)
