"""The suppression list: read, exported, mended."""

import httpx
import pytest

from contract_support import Api
from powerpack_lab.lab import Lab

ANA, BEN = "14155550101", "12065550102"


def test_a_stop_is_on_the_list_of_its_number_and_of_its_powerpack(lab: Lab, api: Api) -> None:
    number = api.send(ANA)["from_number"]
    lab.handset(ANA).reply("STOP")
    lab.advance(1)
    entries = api.get("OptOut/").body["objects"]
    since = lab.clock.now().strftime("%Y-%m-%d")

    assert {
        (each["scope"], each["key"], each["handset"], each["source_number"], each["since"][:10]) for each in entries
    } == {
        ("number", number, ANA, number, since),
        ("powerpack", lab.powerpack_uuid, ANA, number, since),
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [("scope=number", 2), ("scope=powerpack", 2), ("scope=campaign", 0), (f"handset={ANA}", 2), ("handset=%2B1", 400)],
)
def test_the_list_is_narrowed(lab: Lab, api: Api, query: str, count: int) -> None:
    for person in (ANA, BEN):
        api.send(person)
        lab.handset(person).reply("STOP")
    lab.advance(1)
    answer = api.get(f"OptOut/?{query}")

    assert (answer.status if count == 400 else answer.body["meta"]["total_count"]) == count


def test_the_list_is_exported_as_csv(lab: Lab, api: Api) -> None:
    number = api.send(ANA)["from_number"]
    lab.handset(ANA).reply("STOP")
    lab.advance(1)

    async def export() -> httpx.Response:
        async with httpx.AsyncClient(auth=(lab.auth_id, lab.auth_token), verify=False) as client:
            return await client.get(f"{lab.api_url}/{lab.auth_id}/OptOut/?format=csv&scope=number")

    response = lab.call(export())
    header, row = response.text.splitlines()
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert "opt-outs.csv" in response.headers["content-disposition"]
    assert header == "scope,key,handset,source_number,since"
    assert row.startswith(f"number,{number},{ANA},{number},2026-03-02T")


def test_who_is_added_by_hand_gets_nothing_until_taken_off(lab: Lab, api: Api) -> None:
    added = api.post("OptOut/", {"scope": "powerpack", "key": lab.powerpack_uuid, "handset": f"+{ANA}"})
    again = api.post("OptOut/", {"scope": "powerpack", "key": lab.powerpack_uuid, "handset": ANA})
    blocked = api.send(ANA)
    removed = api.request("DELETE", added.body["resource_uri"].split("/", 4)[4])
    sent = api.send(ANA)

    assert (added.status, again.status) == (201, 201)
    assert added.body["since"] == again.body["since"]
    assert (blocked["message_state"], blocked["error_code"]) == ("failed", "200")
    assert removed.status == 204
    assert sent["message_state"] == "delivered"
    assert [each.kind for each in lab.journal.events(kind="suppression.")] == [
        "suppression.added",
        "suppression.lifted",
    ]


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({"key": "12025550199", "handset": ANA}, 404, "number 12025550199 not found"),
        ({"scope": "powerpack", "key": "x", "handset": ANA}, 404, "powerpack x not found"),
        ({"scope": "campaign", "key": "C9", "handset": ANA}, 404, "C9"),
        ({"key": "14155550180", "handset": "me"}, 400, 'handset is "me", expected a phone number'),
        ({"key": "14155550180"}, 400, "handset parameter is missing"),
        ({"scope": "world", "key": "1", "handset": ANA}, 400, 'scope is "world", expected one of number, campaign'),
    ],
)
def test_a_mistake_is_named(api: Api, values: dict[str, str], status: int, said: str) -> None:
    answer = api.post("OptOut/", values)

    assert answer.status == status
    assert said in answer.body["error"]


def test_an_entry_that_is_not_there_can_not_be_taken_off(api: Api) -> None:
    assert api.request("DELETE", f"OptOut/number/14155550180/{ANA}/").status == 404
    assert api.request("DELETE", f"OptOut/world/14155550180/{ANA}/").status == 404
