"""What an application answers to an incoming message is sent, when it is Message XML; what is wrong is journalled."""

from __future__ import annotations

from pathlib import Path

import pytest
from plivo import plivoxml

from contract_support import Api, lab_on
from powerpack_lab.lab import Lab
from powerpack_lab.webhooks import Webhook

NUMBER, HANDSET, OTHER = "14155550180", "14155550123", "14155550124"


@pytest.fixture
def api(lab: Lab) -> Api:
    """The API of a lab in which the number's messages go to the lab's own receiver."""
    api = Api(lab)
    subscribe(api)
    return api


def subscribe(api: Api) -> None:
    app = api.post("Application/", {"app_name": "inbox", "message_url": api.lab.webhooks.url("/inbox")})
    assert api.post(f"Number/{NUMBER}/", {"app_id": app.body["app_id"]}).status == 202


def answering(lab: Lab, answer: str) -> None:
    """The application answers its inbox so, and nothing else."""
    lab.webhooks.answer = lambda webhook: (200, answer if webhook.path == "/inbox" else "")


def written(lab: Lab, text: str = "hello?") -> None:
    """The handset writes to the number, and a minute goes by."""
    lab.handset(HANDSET).reply(text, to=NUMBER)
    lab.advance(60)


def test_the_sdks_xml_is_sent_and_its_callback_is_told(lab: Lab, api: Api) -> None:
    response = plivoxml.ResponseElement()
    response.add(
        plivoxml.MessageElement(
            "Thanks & bye", src=NUMBER, dst=HANDSET, callback_url=lab.webhooks.url("/told"), callback_method="GET"
        )
    )
    answering(lab, response.to_string())
    written(lab)

    assert lab.handset(HANDSET).texts == ["Thanks & bye"]
    told = [each for each in lab.webhooks.received if each.path == "/told"]
    assert [(each.method, each.params["Status"]) for each in told] == [
        ("GET", "queued"),
        ("GET", "sent"),
        ("GET", "delivered"),
    ]


def test_an_answer_may_hold_several_messages_to_several_people(lab: Lab, api: Api) -> None:
    answering(
        lab,
        f'<Response><Message src="{NUMBER}" dst="{HANDSET}&lt;{OTHER}" type="sms">One</Message>'
        f'<Message src="{NUMBER}" dst="{HANDSET}">Two</Message></Response>',
    )
    written(lab)

    assert lab.handset(HANDSET).texts == ["One", "Two"]
    assert lab.handset(OTHER).texts == ["One"]


@pytest.mark.parametrize("answer", ["", "OK", '{"ok": true}', "<html><body>fine</body></html>", "<Response/>"])
def test_an_answer_that_asks_for_nothing_sends_nothing(lab: Lab, api: Api, answer: str) -> None:
    answering(lab, answer)
    written(lab)

    assert lab.handset(HANDSET).texts == []
    assert list(lab.journal.events(kind="reply.refused")) == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("<Response><Message", "the answer is no XML"),
        ("<Answer/>", "the answer is <Answer>, expected <Response>"),
        ("<Response><Speak>hi</Speak></Response>", "<Response> has <Speak>, expected <Message>"),
        (f'<Response><Message dst="{HANDSET}">x</Message></Response>', "src and powerpack_uuid are both missing"),
        (f'<Response><Message src="{NUMBER}">x</Message></Response>', "dst parameter is missing"),
        (f'<Response><Message src="{NUMBER}" dst="{HANDSET}"/></Response>', "text parameter is missing"),
        (f'<Response><Message src="{NUMBER}" dst="{HANDSET}" Type="sms">x</Message></Response>', "<Message> has Type"),
        (f'<Response><Message src="15005550100" dst="{HANDSET}">x</Message></Response>', "this caller ID is not"),
        ("<Response>" + f'<Message src="{NUMBER}" dst="{HANDSET}">x</Message>' * 11 + "</Response>", "has 11 messages"),
        (
            f'<!DOCTYPE r [<!ENTITY e "x">]><Response><Message src="{NUMBER}" dst="{HANDSET}">&e;</Message></Response>',
            "the answer is no XML",
        ),
    ],
    ids=["cut", "root", "element", "no-src", "no-dst", "no-text", "attribute", "not-ours", "too-many", "entities"],
)
def test_an_answer_that_is_wrong_sends_nothing_and_is_written_down(lab: Lab, api: Api, answer: str, error: str) -> None:
    answering(lab, answer)
    written(lab)

    refused = list(lab.journal.events(kind="reply.refused"))
    assert [error in str(each.fields["error"]) for each in refused] == [True]
    assert lab.handset(HANDSET).texts == []


def test_a_stop_holds_for_answers_too(lab: Lab, api: Api) -> None:
    answering(lab, f'<Response><Message src="{NUMBER}" dst="{HANDSET}">But wait!</Message></Response>')
    written(lab, "STOP")

    assert "But wait!" not in lab.handset(HANDSET).texts


def test_a_webhook_that_is_told_again_after_a_restart_is_answered_once(state: Path) -> None:
    answer = f'<Response><Message src="{NUMBER}" dst="{HANDSET}">Once</Message></Response>'
    with lab_on(state) as lab:
        subscribe(Api(lab))
        answering(lab, answer)
        written(lab)
        texts = lab.handset(HANDSET).texts
    with lab_on(state, minutes_later=5) as lab:
        answering(lab, answer)
        lab.advance(300)

        assert (texts, lab.handset(HANDSET).texts) == (["Once"], [])


def test_only_an_answer_with_success_counts(lab: Lab, api: Api) -> None:
    def answer(webhook: Webhook) -> tuple[int, str]:
        return 500, f'<Response><Message src="{NUMBER}" dst="{HANDSET}">No</Message></Response>'

    lab.webhooks.answer = answer
    written(lab)

    assert lab.handset(HANDSET).texts == []
