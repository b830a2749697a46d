"""A web site with pictures, and what is fetched and uploaded in tests of MMS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from contract_support import Api
from powerpack_lab.lab import Lab

ANA = "14155550123"
LONGCODE = "14155550180"
PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8


@dataclass
class Site:
    """A web site with pictures: path to status, headers and body; counts what is asked for."""

    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def put(
        self, path: str, body: bytes = PICTURE, *, kind: str = "image/jpeg", status: int = 200, **headers: str
    ) -> str:
        """Serve a page; its address."""
        self.pages[path] = status, {"content-type": kind, **headers}, body
        return f"{self.url}{path}"

    async def app(self, scope: Mapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        self.asked.append(scope["path"])
        status, headers, body = self.pages.get(scope["path"], (404, {}, b""))
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


def fetched(lab: Lab, url: str) -> httpx.Response:
    """GET from within the lab."""

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(verify=False) as client:
            return await client.get(url)

    return lab.call(get())


def uploaded(api: Api, *files: tuple[str, bytes, str]) -> list[Mapping[str, Any]]:
    """Upload files as an SDK does; what the API says of each."""
    lab = api.lab

    async def post() -> httpx.Response:
        async with httpx.AsyncClient(auth=(lab.auth_id, lab.auth_token), verify=False) as client:
            parts = [("file", each) for each in files]
            return await client.post(f"{lab.api_url}/{lab.auth_id}/Media/", files=parts)

    response = lab.call(post())
    assert response.status_code == 200, response.text
    objects: list[Mapping[str, Any]] = response.json()["objects"]
    return objects
