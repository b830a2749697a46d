"""The account's HTTP API inside a lab in virtual time: real HTTP bytes over the lab's own wires."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from declared_answers import check_answer
from powerpack_lab.config import LabConfig
from powerpack_lab.lab import Lab

EPOCH = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
"""A Monday morning at nine in San Francisco, far from the carriers' midnight."""

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here is encrypted; httpx would make one for each call."""

FINAL = ("delivered", "undelivered", "failed")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON body of one call."""

    status: int
    body: Mapping[str, Any]


class Api:
    """The account's HTTP API, called over the lab's own wires."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def request(self, method: str, path: str, values: object = None) -> Answer:
        """One call below the account."""
        return self.lab.call(self.ask(method, path, values))

    async def ask(self, method: str, path: str, values: object = None) -> Answer:
        """The same inside the lab's loop, for calls at the same time."""
        auth = (self.lab.auth_id, self.lab.auth_token)
        async with httpx.AsyncClient(auth=auth, verify=NO_TLS, trust_env=False, timeout=60.0) as client:
            response = await client.request(method, f"{self.lab.api_url}/{self.lab.auth_id}/{path}", json=values)
        target = f"/v1/Account/{self.lab.auth_id}/{path.partition('?')[0]}"
        check_answer(method, target, response.status_code, response.content)
        return Answer(response.status_code, response.json() if response.content else {})

    def get(self, path: str) -> Answer:
        """GET a resource."""
        return self.request("GET", path)

    def post(self, path: str, values: object = None) -> Answer:
        """POST values as JSON."""
        return self.request("POST", path, values)

    def accept(self, to: str, text: str = "Hello", **more: object) -> str:
        """Send through the ready-made Powerpack (or ``src``) and return the uuid: the API must have said 202."""
        sender = {} if "src" in more or "powerpack_uuid" in more else {"powerpack_uuid": self.lab.powerpack_uuid}
        answer = self.post("Message/", {**sender, "dst": to, "text": text, **more})
        assert answer.status == 202, answer
        uuid: str = answer.body["message_uuid"][0]
        return uuid

    def message(self, uuid: str) -> Mapping[str, Any]:
        """The message as the API shows it."""
        return self.get(f"Message/{uuid}/").body

    def settled(self, uuid: str, within: float = 300) -> Mapping[str, Any]:
        """The message in its final state, letting time pass: in steps that grow with what has passed already."""
        step, waited = 0.2, 0.0
        while (message := self.message(uuid))["message_state"] not in FINAL:
            assert within > 0, self.lab.tail(40)
            self.lab.advance(step)
            waited, within = waited + step, within - step
            step = min(step * 1.5, max(5.0, waited / 20))
        return message

    def send(self, to: str, text: str = "Hello", **more: object) -> Mapping[str, Any]:
        """Accept and settle."""
        return self.settled(self.accept(to, text, **more))

    def prefer(self, *order: str) -> None:
        """Set the ready-made Powerpack's number_priority for SMS in the US."""
        priority = {f"priority{place}": kind for place, kind in enumerate(order, start=1)}
        entry = {"country_iso": "US", "service_type": "SMS", "priority": priority}
        answer = self.post(f"Powerpack/{self.lab.powerpack_uuid}/", {"number_priority": [entry]})
        assert answer.status == 200, answer


def lab_on(state: Path, *, minutes_later: float = 0, config: LabConfig | None = None) -> Lab:
    """A lab that remembers; ``minutes_later`` is how long it was down."""
    return Lab(seed=1, clock="virtual", epoch=EPOCH + timedelta(minutes=minutes_later), state=state, config=config)
