"""Whatever a caller sends, the answer is JSON and the fault is the caller's: no value of any field is a bug of ours."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.routes import ROUTES
from powerpack_gateway.powerpacks import Powerpack

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient

_NAMES = """
src dst text type url method log message_expiry media_urls media_ids powerpack_uuid name sticky_sender local_connect
application_type application_id number_priority country_iso service_type priority priority1 service rent unrent
unrent_numbers starts_with country_iso2 limit offset app_id alias app_name answer_url message_url message_method
log_incoming_messages public_uri subaccount npanxx local_calling_area pattern services region renewal_date
renewal_date__lt tendlc_registration_status message_time message_time__gt message_state from_number to
destination_country_iso2 number_startswith
"""
_DECLARED = (each.name for route in ROUTES if isinstance(route, Operation) for each in fields(route.takes))
FIELDS = tuple(dict.fromkeys((*_NAMES.split(), *_DECLARED)))

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["US", "true", "sms", "mms", "xml", "14155550101", "2026-03-31 12:30", "http://a/", "<", ",", "9" * 30]
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3)),
    max_leaves=8,
)
BODIES = st.one_of(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8), VALUES, st.binary(max_size=40))
QUERIES = st.one_of(
    st.dictionaries(st.sampled_from(FIELDS), TEXTS, max_size=5).map(urlencode),
    st.text(alphabet="?&=%ab12", max_size=20),
)
REQUESTS = st.sampled_from(
    [(method, route.path) for route in ROUTES for method in sorted(route.methods or ()) if method != "HEAD"]
)


# One stand-in serves all examples of a run: what they change in it is part of the garbage.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(request=REQUESTS, known=st.booleans(), word=st.text(min_size=1, max_size=8), query=QUERIES, body=BODIES)
def test_garbage_is_refused_and_never_a_bug_of_ours(
    api: ApiClient, powerpack: Powerpack, request: tuple[str, str], known: bool, word: str, query: str, body: object
) -> None:
    method, path = request
    ids = {
        "{uuid}": powerpack.uuid,
        "{pool}": powerpack.number_pool_uuid,
        "{number}": "14155550101",
        "{app_id}": "20000000000000000",
        "{message_uuid}": word,
    }
    for name, value in ids.items():
        path = path.replace(name, quote(value if known else word, safe=""))

    answer = api.call(method, f"{path}?{query}", body=body)

    assert answer.status in (200, 201, 202, 204, 400, 404, 405)
    assert answer.status == 204 or "api_id" in answer.json
