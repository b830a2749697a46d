"""Somebody who looks at the console of a lab in virtual time, without a browser."""

from typing import Any

import httpx

from powerpack_lab.console.app import PREFIX
from powerpack_lab.lab import Lab

ANA = "14155550123"


class Browser:
    """Asks for pages and posts forms in the lab's own time."""

    def __init__(self, lab: Lab, served_at: str = "") -> None:
        self._lab = lab
        self._base = f"{served_at}{PREFIX}" if served_at else lab.console_url.rstrip("/")

    def get(self, path: str = "", **headers: str) -> httpx.Response:
        return self._lab.call(self._ask("GET", path, headers, None))

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        return self._lab.call(self._ask("POST", path, headers, fields))

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], fields: dict[str, str] | None
    ) -> httpx.Response:
        async with httpx.AsyncClient(verify=False) as client:
            spelled = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, f"{self._base}{path}", headers=spelled, data=fields)


def send(lab: Lab, text: str, **more: object) -> str:
    """One message to Ana's phone, through the API; its uuid."""

    async def post() -> Any:
        async with httpx.AsyncClient(auth=(lab.auth_id, lab.auth_token), verify=False) as client:
            body = {"powerpack_uuid": lab.powerpack_uuid, "dst": ANA, "text": text, **more}
            return (await client.post(f"{lab.api_url}/{lab.auth_id}/Message/", json=body)).json()

    uuid = str(lab.call(post())["message_uuid"][0])
    lab.handset(ANA).expect(text)
    return uuid
