"""Every error code that the gateway can cause (plivo_api.md 3.2), caused through the API and a carrier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from contract_support import Api
from powerpack_gateway.geo import GeoPermissions, GeoSettings, HourlyThreshold
from powerpack_gateway.messages import ERROR_WORDS, ErrorCode
from powerpack_gateway.numbers import Verification
from powerpack_gateway.tollfree_tiers import Unverified
from powerpack_lab.lab import Lab

HANDSET = "14155550123"

Cause = Callable[[Api], Mapping[str, Any]]


def to(digits: str, **more: object) -> Cause:
    """A message to a magic number (docs/magic-numbers.md)."""
    return lambda api: api.settled(api.accept(f"1500555{digits}", "Hello", **more))


def after_stop(api: Api) -> Mapping[str, Any]:
    api.send(HANDSET, src="14155550180")
    api.lab.handset(HANDSET).reply("STOP")
    api.lab.advance(10)
    return api.send(HANDSET, src="14155550180")


def while_suspended(api: Api) -> Mapping[str, Any]:
    api.lab.call(api.lab.stack.gateway.holdings.suspend_account("a review"))
    return api.send(HANDSET)


def without_credit(api: Api) -> Mapping[str, Any]:
    holdings = api.lab.stack.gateway.holdings
    api.lab.call(holdings.pay_in(-holdings.book.credit))
    return api.send(HANDSET)


def forbidden_while_it_waits(api: Api) -> Mapping[str, Any]:
    api.accept(HANDSET, src="14155550180")
    waiting = api.accept(HANDSET, src="14155550180")
    api.lab.call(api.lab.stack.gateway.holdings.allow_countries(["CA"]))
    return api.settled(waiting)


def over_the_hour(api: Api) -> Mapping[str, Any]:
    holdings = api.lab.stack.gateway.holdings
    holdings.geo = GeoPermissions(GeoSettings(per_hour=(HourlyThreshold(country="US", messages=1),)))
    api.send(HANDSET)
    return api.send(HANDSET)


def over_the_tier(api: Api) -> Mapping[str, Any]:
    holdings = api.lab.stack.gateway.holdings
    holdings.unverified = Unverified.CAPPED

    async def not_verified() -> None:
        holdings.orders.verify("18335550180", Verification.UNVERIFIED)

    api.lab.call(not_verified())
    for _ in range(50):
        holdings.tiers.take("18335550180", Verification.UNVERIFIED, 10, api.lab.stack.gateway.clock.now())
    return api.send(HANDSET, src="18335550180")


CAUSES: Mapping[ErrorCode, tuple[str, Cause]] = {
    ErrorCode.NONE: ("delivered", to("0000")),
    ErrorCode.INVALID_MESSAGE: ("undelivered", to("0104")),
    ErrorCode.NETWORK_ERROR: ("undelivered", to("0120")),
    ErrorCode.SPAM: ("undelivered", to("0110")),
    ErrorCode.INVALID_SOURCE: ("failed", to("0202")),
    ErrorCode.INVALID_DESTINATION: ("undelivered", to("0116")),
    ErrorCode.UNAVAILABLE_PERMANENTLY: ("undelivered", to("0117")),
    ErrorCode.UNAVAILABLE_TEMPORARILY: ("undelivered", to("0118")),
    ErrorCode.NO_ROUTE: ("failed", lambda api: api.send("447700900123", src="72345")),
    ErrorCode.PROHIBITED_BY_CARRIER: ("undelivered", to("0112")),
    ErrorCode.TOO_LONG: ("failed", to("0203")),
    ErrorCode.STOPPED: ("failed", after_stop),
    ErrorCode.TOLLFREE_TO_CANADA: ("failed", lambda api: api.send("14165550123", src="18335550180")),
    ErrorCode.EXPIRED: ("failed", to("0206", message_expiry=60)),
    ErrorCode.INSUFFICIENT_CREDIT: ("failed", without_credit),
    ErrorCode.COUNTRY_BARRED: ("failed", forbidden_while_it_waits),
    ErrorCode.GEO_THRESHOLD: ("failed", over_the_hour),
    ErrorCode.TOLLFREE_LIMIT: ("undelivered", over_the_tier),
    ErrorCode.ACCOUNT_DISABLED: ("failed", while_suspended),
    ErrorCode.UNKNOWN: ("undelivered", to("0103")),
}

OF_MMS = {
    ErrorCode.MEDIA_TOO_LARGE,
    ErrorCode.MEDIA_UNSUPPORTED,
    ErrorCode.MEDIA_FAILED,
    ErrorCode.NOT_DISPATCHED,
}
"""Caused in test_mms_media.py and test_mms_carriers.py: by media, and by an MMSC that does not know its service."""


@pytest.mark.parametrize("code", CAUSES, ids=lambda code: f"{code.value}-{code.name.lower()}")
def test_a_code_is_caused_through_a_carrier_and_told(lab: Lab, api: Api, code: ErrorCode) -> None:
    state, cause = CAUSES[code]
    message = cause(api)

    assert (message["error_code"], message["message_state"]) == (code.value, state)
    assert message["error_message"] == ERROR_WORDS.get(code, "")
    found = api.get(f"Message/?error_code={code.value}").body["objects"]
    assert message["message_uuid"] in [each["message_uuid"] for each in found]


DOCUMENTED = (
    *("000", "10", "20", "30", "40", "50", "60", "70", "80", "90", "100", "110", "120", "130", "140", "200", "201"),
    *("300", "420", "430", "450", "451", "900", "910", "960", "1000"),
)
"""The table of plivo_api.md 3.2, whole."""

NOT_CAUSED = {
    "60": "a loop between gateways; here is one, and a carrier hands a text to a phone or to us, never back",
    "430": "no source says what it means",
}


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_code_is_caused_or_it_is_said_why_not(code: str) -> None:
    is_caused = code in CAUSES or code in OF_MMS

    assert is_caused is (code not in NOT_CAUSED), NOT_CAUSED.get(code)


def test_every_code_of_ours_is_documented_and_caused() -> None:
    assert set(CAUSES) | OF_MMS == set(ErrorCode)
    assert {each.value for each in ErrorCode} <= set(DOCUMENTED)
