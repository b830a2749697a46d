"""The account's token and the carriers' passwords are in no journal, no log and no answer."""

from __future__ import annotations

import base64
import logging
from pathlib import Path

import pytest

from contract_support import EPOCH, Api
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

TOKEN, PASSWORD = "atokenthatnobodymaysee", "carr1er!"
HANDSET = "14155550123"
PATHS = ("", "Message/", "Powerpack/", "Number/", "Application/", "Profile/", "Nowhere/", "../")


def test_no_secret_is_journalled_logged_or_answered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    config = LabConfig(auth_token=TOKEN, carriers=(CarrierConfig(name="generic", password=PASSWORD),))
    lines = tmp_path / "events.jsonl"
    with Lab(seed=1, clock="virtual", epoch=EPOCH, config=config, journal=lines) as lab:
        api = Api(lab)
        api.send(HANDSET, url=lab.webhooks.url("/status"))
        lab.handset(HANDSET).reply("STOP")
        lab.webhooks.answer = lambda _: (500, "not now")
        api.accept(HANDSET, url=lab.webhooks.url("/status"))
        lab.advance(600)
        subaccount = api.post("Subaccount/", {"name": "branch", "enabled": True}).body
        api.post(
            "Message/", {"src": "14155550180", "dst": HANDSET, "text": "x", "callback_url": lab.webhooks.url("/a")}
        )
        lab.advance(60)
        answers = [str(api.get(path).body) for path in PATHS]
        answers += [repr(lab.stack.gateway), repr(lab), str(lab.stack.gateway.holdings)]
        shown = [str(event) for event in lab.journal.events()]

    pair = base64.b64encode(f"{lab.auth_id}:{TOKEN}".encode()).decode()
    everything = {
        "the journal": "\n".join(shown),
        "the journal's file": lines.read_text(),
        "the log": caplog.text,
        "answers": "\n".join(answers),
    }
    for secret in (TOKEN, PASSWORD, PASSWORD.encode().hex(), pair, subaccount["auth_token"]):
        for where, text in everything.items():
            assert secret not in text, f"{secret!r} is in {where}"
    assert len(shown) > 50
