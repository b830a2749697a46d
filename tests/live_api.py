"""A gateway that is whole, in virtual time: for what is decided later, told by callbacks, or survives a restart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contract_support import EPOCH, Answer, Api
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

DECIDED_S = 11.0
"""A little more than ``registration.decision_s``."""

PROFILE: Mapping[str, object] = {
    "profile_alias": "acme",
    "customer_type": "DIRECT",
    "entity_type": "PRIVATE",
    "company_name": "Acme Inc.",
    "vertical": "RETAIL",
    "ein": "123456789",
    "ein_issuing_country": "US",
    "address": {"street": "1 Main St", "city": "Reno", "state": "NV", "postal_code": "89501", "country": "US"},
    "authorized_contact": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"},
    "website": "www.example.com",
}

CAMPAIGN: Mapping[str, object] = {
    "campaign_alias": "codes",
    "vertical": "RETAIL",
    "usecase": "2FA",
    "description": "Codes with which customers of Acme open their accounts.",
    "sample1": "Your Acme code is 4711, it holds for a minute.",
    "sample2": "Acme: 0815 opens your account for the next minute.",
    "message_flow": "Customers ask for a code on the page where they log in.",
    "help_message": "Acme: write to help@example.com for help.",
    "optout_message": "Acme: you get no more codes. Reply START for more.",
    "subscriber_optin": True,
    "subscriber_optout": True,
    "subscriber_help": True,
}


class Live(Api):
    """The API of a lab with one carrier, and shortcuts to what a registration needs first."""

    def __init__(self, state: Path | None = None, config: LabConfig | None = None) -> None:
        config = config or LabConfig(carriers=(CarrierConfig(name="generic"),))
        super().__init__(Lab(seed=1, clock="virtual", epoch=EPOCH, state=state, config=config))

    def delete(self, path: str, values: object = None) -> Answer:
        """DELETE with a body, as the SDKs do."""
        return self.request("DELETE", path, values)

    def ok(self, method: str, path: str, values: object = None, *, status: int = 200) -> Mapping[str, Any]:
        """A call that must succeed: its body."""
        answer = self.request(method, path, values)
        assert answer.status == status, answer
        return answer.body

    def refused(self, method: str, path: str, values: object = None, *, status: int = 400) -> str:
        """A call that must be refused: why."""
        answer = self.request(method, path, values)
        assert answer.status == status, answer
        error = answer.body["error"]
        assert isinstance(error, str)
        return error

    def decided(self) -> None:
        """Let the outside decide what it was asked."""
        self.lab.advance(DECIDED_S)

    def profile(self, **more: object) -> str:
        """A new profile's uuid."""
        uuid = self.ok("POST", "Profile/", {**PROFILE, **more})["profile_uuid"]
        assert isinstance(uuid, str)
        return uuid

    def brand(self, **more: object) -> str:
        """A new brand's id; it is undecided. ``ein`` is its profile's."""
        profile_uuid = self.profile(ein=more.pop("ein", "123456789"))
        asked = {"brand_alias": "acme", "brand_type": "STANDARD", "profile_uuid": profile_uuid, **more}
        brand_id = self.ok("POST", "10dlc/Brand/", asked)["brand_id"]
        assert isinstance(brand_id, str)
        return brand_id

    def campaign(self, brand_id: str | None = None, **more: object) -> str:
        """A new campaign's id, undecided, of a brand that is registered."""
        if brand_id is None:
            brand_id = self.brand()
            self.decided()
        campaign_id = self.ok("POST", "10dlc/Campaign/", {**CAMPAIGN, "brand_id": brand_id, **more})["campaign_id"]
        assert isinstance(campaign_id, str)
        return campaign_id

    def registered(self, **more: object) -> str:
        """The id of a campaign that is registered."""
        campaign_id = self.campaign(**more)  # type: ignore[arg-type] # its own parameter or a form's field
        self.decided()
        return campaign_id

    def told(self, path: str) -> list[Mapping[str, str]]:
        """What the lab's receiver of webhooks was told at a path."""
        return [each.params for each in self.lab.webhooks.received if each.path == path]
