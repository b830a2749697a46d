"""Credit: a message is charged when a carrier takes it; without credit it fails with 900, and no more is accepted."""

from __future__ import annotations

from pathlib import Path

from contract_support import Api, lab_on
from powerpack_gateway.settings import NumberSettings, Settings
from powerpack_lab.config import CarrierConfig, LabConfig, NumberConfig
from powerpack_lab.lab import Lab

NUMBER, HANDSET = "14155550180", "14155550123"


def poor(credit: str) -> LabConfig:
    """One long code, whose rent is 0.50000 and whose segments cost 0.00550."""
    return LabConfig(
        carriers=(CarrierConfig(name="generic"),),
        numbers=(NumberConfig(number=NUMBER, mms=True),),
        gateway=Settings(numbers=NumberSettings(credit=credit)),
    )


def lab_with(credit: str, state: Path) -> Lab:
    return lab_on(state, config=poor(credit))


def cash(api: Api) -> str:
    credits: str = api.get("").body["cash_credits"]
    return credits


def test_messages_are_charged_when_a_carrier_takes_them(tmp_path: Path) -> None:
    with lab_with("1.00000", tmp_path / "state.db") as lab:
        api = Api(lab)
        api.send(HANDSET, "x" * 200, src=NUMBER)  # two units
        api.send(HANDSET, type="mms", src=NUMBER)
        failed = api.send("15005550202", src=NUMBER)  # which carriers refuse (docs/magic-numbers.md)
        lines = api.get("Ledger/?kind=sms").body["objects"] + api.get("Ledger/?kind=mms").body["objects"]

        assert failed["message_state"] == "failed"
        assert cash(api) == "0.47300"
    assert [(each["amount"], each["units"], each["number"], each["number_type"]) for each in lines] == [
        ("0.01100", 2, "", "longcode"),
        ("0.01600", 1, "", "longcode"),
    ]
    with lab_with("1.00000", tmp_path / "state.db") as lab:
        assert cash(Api(lab)) == "0.47300"


def test_without_credit_a_message_fails_and_nothing_is_accepted_for_two_minutes(tmp_path: Path) -> None:
    with lab_with("0.51000", tmp_path / "state.db") as lab:
        api = Api(lab)
        first, second = (api.send(HANDSET, src=NUMBER) for _ in range(2))
        refused = api.post("Message/", {"src": NUMBER, "dst": HANDSET, "text": "Hello"})
        lab.advance(120)
        third = api.send(HANDSET, src=NUMBER)
        lab.call(lab.stack.gateway.holdings.pay_in(1_000))
        lab.advance(120)
        fourth = api.send(HANDSET, src=NUMBER)

        assert cash(api) == "0.00900"
    assert [(each["message_state"], each["error_code"]) for each in (first, second, third, fourth)] == [
        ("delivered", "000"),
        ("failed", "900"),
        ("failed", "900"),
        ("delivered", "000"),
    ]
    assert (refused.status, refused.body["error"][:19]) == (402, "Insufficient Credit")


def test_a_stop_is_confirmed_without_credit(tmp_path: Path) -> None:
    with lab_with("0.50000", tmp_path / "state.db") as lab:
        lab.handset(HANDSET).reply("STOP", to=NUMBER)
        lab.advance(30)

        assert lab.handset(HANDSET).texts[0].startswith("You have been unsubscribed")
        assert cash(Api(lab)) == "-0.00550"
