"""Every answer in the tests is compared with what its operation declares, so that the OpenAPI document can not lie."""

from itertools import chain

import msgspec

from powerpack_gateway.http.answers import Empty, Refused
from powerpack_gateway.http.asynchronous import TAKEN_ON, status_of
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.routes import ROUTES, WHOLE_ROUTES, below_account, canonical, find

SPAWNED = TAKEN_ON.message


def check_answer(method: str, path: str, status: int, raw: bytes) -> None:
    """Raise AssertionError unless the answer is as declared; what no operation declares is not looked at."""
    auth_id, below = below_account(canonical(path, b"")[0])
    try:
        found = find(method, below, WHOLE_ROUTES if auth_id is None else ROUTES)
    except Exception:  # noqa: BLE001 -- no such path: the answer says so, which other tests look at
        return
    if not isinstance(found, tuple) or not isinstance(found[0], Operation) or status in (401, 405, 413, 500, 503):
        return
    operation = found[0]
    if status == status_of(method) and raw.startswith(b"{") and msgspec.json.decode(raw).get("message") == SPAWNED:
        return  # the answer went elsewhere
    shape = operation.answers.get(status)
    if shape is None:
        assert status >= 400, f"{method} {operation.path} answered {status}, which is not declared"
        shape = Refused
    if shape is Empty or status == 204:
        assert raw == b"", f"{method} {operation.path} answered {status} with a body"
        return
    if not raw.startswith(b"{"):
        return  # a file, such as a list as CSV
    body = msgspec.json.decode(raw)
    del body["api_id"]
    shown = msgspec.to_builtins(msgspec.convert(body, shape))
    extra = _missing(body, shown)
    assert not extra, f"{method} {operation.path} answered {status} with {', '.join(extra)}, not declared in {shape}"


def _missing(found: object, declared: object, where: str = "") -> list[str]:
    """Keys that were answered and are not declared."""
    if isinstance(found, dict) and isinstance(declared, dict):
        inside = [_missing(value, declared[key], f"{where}.{key}") for key, value in found.items() if key in declared]
        return [f"{where}.{key}" for key in found if key not in declared] + list(chain(*inside))
    if isinstance(found, list) and isinstance(declared, list):
        return list(chain(*(_missing(*pair, f"{where}[]") for pair in zip(found, declared, strict=True))))
    return []
