"""The API's own description: an OpenAPI document and a page to read, both made from the declarations."""

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

import msgspec
from starlette.routing import Route

from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.openapi import Json, document

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.5rem}h2{margin-top:2rem;border-bottom:1px solid #ccc}
summary{cursor:pointer;padding:.3rem 0}code{font-size:.9rem}table{border-collapse:collapse;margin:.5rem 0 1rem}
td,th{border:1px solid #ddd;padding:.2rem .5rem;text-align:left;vertical-align:top}
.m{display:inline-block;width:4rem;font-weight:bold}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}td,th{border-color:#444}h2{border-color:#555}a{color:#8bf}}
"""


def documentation_routes(below_account: Sequence[Route], whole: Sequence[Route]) -> tuple[Route, ...]:
    """``/openapi.json`` and ``/docs``; they need no credentials, since they hold nothing of the account."""

    @cache
    def described() -> Json:
        return document(below_account, whole)

    @cache
    def page() -> bytes:
        return _page(described()).encode()

    async def openapi(call: Call) -> Reply:
        """The OpenAPI document."""
        return _page_of(b"application/json", msgspec.json.encode(described()))

    async def docs(call: Call) -> Reply:
        """The API as a page."""
        return _page_of(b"text/html; charset=utf-8", page())

    return (Route("/openapi.json/", openapi, methods=["GET"]), Route("/docs/", docs, methods=["GET"]))


def _page_of(kind: bytes, content: bytes) -> Reply:
    return Reply(content=content, headers=((b"content-type", kind),))


def _page(described: Json) -> str:
    """All operations by resource, each with its parameters and answers. No script, nothing from elsewhere."""
    by_tag: dict[str, list[str]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            tag = operation.get("tags", ["Others"])[0]
            by_tag.setdefault(tag, []).append(_operation(path, method, operation, described))
    index = " · ".join(f'<a href="#{_anchor(tag)}">{escape(tag)}</a>' for tag in by_tag)
    body = "".join(f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2>{"".join(parts)}' for tag, parts in by_tag.items())
    info = described["info"]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['description'])} "
        f'<a href="/openapi.json">OpenAPI 3.1</a></p><p>{index}</p>{body}</body></html>'
    )


def _anchor(tag: str) -> str:
    return escape(tag.lower().replace(" ", "-"))


def _operation(path: str, method: str, operation: Json, described: Json) -> str:
    rows = [
        _row(each["name"], each["in"], each["schema"], described, is_required=each["required"])
        for each in operation["parameters"]
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        shape = _resolved(body, described)
        needed = shape.get("required", [])
        rows += [
            _row(name, "body", schema, described, is_required=name in needed)
            for name, schema in shape["properties"].items()
        ]
    answers = "".join(
        f"<tr><td>{status}</td><td>{escape(answer['description'])}</td><td>{_fields(answer, described)}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    return (
        f'<details><summary><span class="m">{method.upper()}</span> <code>{escape(path)}</code> '
        f"{escape(operation['summary'])}</summary>"
        f"<table><tr><th>parameter</th><th>in</th><th>type</th><th></th></tr>{''.join(rows)}</table>"
        f"<table><tr><th>status</th><th></th><th>fields</th></tr>{answers}</table></details>"
    )


def _row(name: str, where: str, schema: Json, described: Json, *, is_required: bool) -> str:
    needed = " <b>required</b>" if is_required else ""
    said = escape(str(schema.get("description", "")))
    words = escape(_words(schema, described))
    return f"<tr><td><code>{escape(name)}</code>{needed}</td><td>{where}</td><td>{words}</td><td>{said}</td></tr>"


def _fields(answer: Json, described: Json) -> str:
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return ""
    own = schema["allOf"][1]
    shape = _resolved(own.get("anyOf", [own])[0], described)
    return ", ".join(f"<code>{escape(name)}</code>" for name in ("api_id", *shape.get("properties", {})))


def _words(schema: Json, described: Json) -> str:
    """A schema in a few words."""
    schema = _resolved(schema, described)
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_words(each, described) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"array of {_words(schema.get('items', {}), described)}"
    limits = [f"{word} {schema[key]}" for key, word in _LIMITS.items() if key in schema]
    return ", ".join([str(schema.get("type", "any")), *limits])


_LIMITS: Mapping[str, str] = {
    "minimum": "from",
    "maximum": "to",
    "minLength": "at least",
    "maxLength": "at most",
    "pattern": "like",
}


def _resolved(schema: Json, described: Json) -> Json:
    reference: Any = schema.get("$ref")
    if reference is None:
        return schema
    found: Json = described["components"]["schemas"][reference.rpartition("/")[2]]
    return found
