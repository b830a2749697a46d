"""messages.py: send, get and list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.numbers import Service

if TYPE_CHECKING:
    from gateway.http.conftest import ApiClient, StandIn


def message(index: int) -> Message:
    return Message(
        id=index,
        uuid=f"uuid-{index}",
        direction=Direction.OUTBOUND,
        service=Service.SMS,
        source="14155550101",
        destination="14155550199",
        text="hello",
        created_at=1_774_960_000.0 + index,
        reasons=("longcode comes second for US SMS", "least used today"),
    )


def test_a_message_is_accepted_with_202_and_its_uuid(api: ApiClient) -> None:
    answer = api.post("/Message/", {"src": "14155550101", "dst": "14155550199", "text": "hello"})

    assert answer.status == 202
    assert answer.json == {
        "api_id": "00000000-0000-4000-8000-000000000001",
        "message": "message(s) queued",
        "message_uuid": ["00000000-0000-4000-8000-000000000002"],
    }


def test_a_message_to_many_gets_a_uuid_each_and_names_what_is_no_number(api: ApiClient) -> None:
    answer = api.post("/Message/", {"src": "14155550101", "dst": "14155550198<111<14155550199", "text": "hello"})

    assert answer.status == 202
    assert len(answer.json["message_uuid"]) == 2
    assert answer.json["invalid_number"] == ["111"]


def test_a_message_to_nobody_is_refused_in_plivos_words(api: ApiClient) -> None:
    answer = api.post("/Message/", {"src": "14155550101", "dst": "1111111", "text": "hello"})

    assert (answer.status, answer.error) == (400, "'1111111' is not a valid phone number.")


def test_a_python_list_that_became_text_is_no_number(api: ApiClient) -> None:
    answer = api.post("/Message/", {"src": "14155550101", "dst": "['14155550198', '14155550199']", "text": "hello"})

    assert (answer.status, answer.error) == (400, "'['14155550198', '14155550199']' is not a valid phone number.")


def test_a_message_is_got_with_the_reasons_for_its_number(api: ApiClient, gateway: StandIn) -> None:
    gateway.kept = [message(1)]

    answer = api.get("/Message/uuid-1/")

    assert answer.status == 200
    assert answer.json["message_uuid"] == "uuid-1"
    assert answer.json["selection_reasons"] == ["longcode comes second for US SMS", "least used today"]


def test_an_unknown_message_is_not_found(api: ApiClient) -> None:
    answer = api.get("/Message/uuid-1/")

    assert (answer.status, answer.error) == (404, "message uuid-1 not found")


def test_messages_are_listed_without_a_total_count_and_without_reasons(api: ApiClient, gateway: StandIn) -> None:
    gateway.kept = [message(index) for index in range(3)]

    answer = api.get("/Message/?limit=2")

    assert answer.status == 200
    assert answer.json["meta"] == {
        "limit": 2,
        "next": f"{api.root}/Message/?limit=2&offset=2",
        "offset": 0,
        "previous": None,
    }
    assert [each["message_uuid"] for each in answer.json["objects"]] == ["uuid-0", "uuid-1"]
    assert "selection_reasons" not in answer.json["objects"][0]


@pytest.mark.parametrize("name", ["conversation_id", "conversation_origin"])
def test_a_filter_for_what_no_message_has_finds_nothing(api: ApiClient, gateway: StandIn, name: str) -> None:
    gateway.kept = [message(1)]

    answer = api.get(f"/Message/?{name}=x")

    assert answer.status == 200
    assert answer.json["objects"] == []
    assert gateway.filters == []
