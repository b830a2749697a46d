"""PHLOs: a webhook stands for each, and is started by a handset's message or by a request."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from contract_support import Api, lab_on
from powerpack_gateway.phlos import Phlo
from powerpack_lab.lab import Lab

NUMBER, HANDSET, PHLO = "14155550180", "14155550123", "4c1a9f23-7f56-4879-bb80-db856e1e7701"


def stand_in(lab: Lab) -> None:
    lab.call(lab.stack.gateway.holdings.put_phlo(Phlo(phlo_id=PHLO, url=lab.webhooks.url("/phlo"))))


def run(lab: Lab, variables: object, *, auth_id: str = "", phlo_id: str = PHLO) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(auth=(lab.auth_id, lab.auth_token), verify=False) as client:
            url = f"{lab.api_url.removesuffix('/Account')}/account/{auth_id or lab.auth_id}/phlo/{phlo_id}/"
            return await client.post(url, json=variables)

    return lab.call(ask())


def test_an_incoming_message_starts_the_powerpacks_phlo(lab: Lab, api: Api) -> None:
    stand_in(lab)
    api.post(f"Powerpack/{lab.powerpack_uuid}/", {"application_type": "phlo", "application_id": PHLO})
    lab.webhooks.answer = lambda _: (
        200,
        f'<Response><Message src="{NUMBER}" dst="{HANDSET}">from the PHLO</Message></Response>',
    )
    lab.handset(HANDSET).reply("hello?", to=NUMBER)
    lab.advance(30)

    (hook,) = lab.webhooks.received
    assert hook.is_signed
    assert (hook.path, hook.params["Text"], hook.params["PowerpackUUID"]) == ("/phlo", "hello?", lab.powerpack_uuid)
    assert lab.handset(HANDSET).texts == ["from the PHLO"]


def test_a_numbers_application_may_be_a_phlo(lab: Lab, api: Api) -> None:
    stand_in(lab)
    assert api.post(f"Number/{NUMBER}/", {"app_id": PHLO}).status == 202
    lab.handset(HANDSET).reply("hello?", to=NUMBER)
    lab.advance(30)

    assert [each.path for each in lab.webhooks.received] == ["/phlo"]


def test_a_phlo_that_nobody_stands_for_is_in_the_journal(lab: Lab, api: Api) -> None:
    api.post(f"Powerpack/{lab.powerpack_uuid}/", {"application_type": "phlo", "application_id": PHLO})
    lab.handset(HANDSET).reply("hello?", to=NUMBER)
    lab.advance(30)

    assert [each.fields["application_id"] for each in lab.journal.events(kind="inbound.nobody")] == [PHLO]
    assert api.get("Message/?message_direction=inbound").body["objects"][0]["message_state"] == "received"


def test_a_request_starts_a_phlo_with_its_variables(lab: Lab) -> None:
    stand_in(lab)
    answer = run(lab, {"from": NUMBER, "to": HANDSET, "list": [1, 2]})
    lab.advance(10)

    assert (answer.status_code, answer.json()["phlo_id"]) == (201, PHLO)
    (hook,) = lab.webhooks.received
    assert hook.is_signed
    assert hook.params["phlo_run_uuid"] in answer.json()["message"]
    assert {name: hook.params[name] for name in ("phlo_id", "from", "to", "list")} == {
        "phlo_id": PHLO,
        "from": NUMBER,
        "to": HANDSET,
        "list": "[1,2]",
    }


@pytest.mark.parametrize(("auth_id", "phlo_id"), [("MANOTTHISACCOUNT0000", PHLO), ("", "another")])
def test_what_is_not_there_is_not_started(lab: Lab, auth_id: str, phlo_id: str) -> None:
    stand_in(lab)
    answer = run(lab, {}, auth_id=auth_id, phlo_id=phlo_id)
    lab.advance(10)

    assert answer.status_code == 404
    assert lab.webhooks.received == []


def test_a_phlo_is_there_after_a_restart(tmp_path: Path) -> None:
    with lab_on(tmp_path / "state.db") as lab:
        stand_in(lab)
    with lab_on(tmp_path / "state.db", minutes_later=1) as lab:
        phlos = list(lab.stack.gateway.holdings.phlos)
        assert [each.phlo_id for each in phlos] == [PHLO]
        lab.call(lab.stack.gateway.holdings.delete_phlo(PHLO))
        assert list(lab.stack.gateway.holdings.phlos) == []
