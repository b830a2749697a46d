"""The unmodified plivo SDK for Python against the app on a real socket: it is understood, and it understands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plivo
import pytest

from powerpack_gateway.errors import Forbidden
from powerpack_gateway.messages import Direction, Message, Stage
from powerpack_gateway.numbers import Service
from powerpack_gateway.powerpacks import Powerpack
from powerpack_gateway.store.base import MessageFilter

if TYPE_CHECKING:
    from gateway.http.conftest import StandIn

UNUSED = "00000000-0000-4000-8000-00000000ffff"


@pytest.fixture
def pack(sdk: Any, powerpack: Powerpack) -> Any:
    """The SDK's own object for a Powerpack."""
    return sdk.powerpacks.get(powerpack.uuid)


def keep(gateway: StandIn, count: int) -> None:
    gateway.kept = [
        Message(
            id=index,
            uuid=f"uuid-{index}",
            direction=Direction.OUTBOUND,
            service=Service.SMS,
            source="14155550101",
            destination="14155550199",
            text="hello",
            created_at=1_774_960_000.0,
            stage=Stage.DELIVERED,
        )
        for index in range(count)
    ]


# Messages


def test_a_message_is_sent(sdk: Any, gateway: StandIn) -> None:
    sent = sdk.messages.create(src="+14155550101", dst="+14155550199", text="hello", url="https://example.com/status")

    assert sent.message == "message(s) queued"
    assert sent.message_uuid == ["00000000-0000-4000-8000-000000000002"]
    assert sent.api_id == "00000000-0000-4000-8000-000000000001"
    assert (gateway.asked[0].text, gateway.asked[0].log, gateway.asked[0].requester_ip) == (
        "hello",
        "true",
        "127.0.0.1",
    )


def test_an_mms_is_sent_through_a_powerpack_to_many(sdk: Any, gateway: StandIn, powerpack: Powerpack) -> None:
    sent = sdk.messages.create(
        powerpack_uuid=powerpack.uuid,
        dst="14155550198<14155550199",
        text="hello",
        type_="mms",
        media_urls=["https://example.com/a.png"],
        message_expiry=60,
    )

    assert len(sent.message_uuid) == 2
    assert (gateway.asked[0].service, gateway.asked[0].message_expiry_s) == (Service.MMS, 60)


def test_a_message_is_got(sdk: Any, gateway: StandIn) -> None:
    keep(gateway, 1)

    message = sdk.messages.get("uuid-0")

    assert message.id == "uuid-0"
    assert (message.message_state, message.error_code, message.total_rate) == ("delivered", "000", "0.00550")


def test_messages_are_listed_with_filters(sdk: Any, gateway: StandIn) -> None:
    keep(gateway, 3)

    page = sdk.messages.list(
        limit=2, message_state="delivered", message_direction="outbound", message_time__gt="2026-03-31 00:00:00"
    )

    assert [message.message_uuid for message in page] == ["uuid-0", "uuid-1"]
    assert page.meta.next.endswith("limit=2&offset=2")
    assert gateway.filters == [
        MessageFilter(message_state="delivered", message_direction="outbound", time_gt=1_774_915_200.0)
    ]


def test_iterating_follows_the_pages_to_the_end(sdk: Any, gateway: StandIn) -> None:
    keep(gateway, 45)

    assert [message.message_uuid for message in sdk.messages] == [f"uuid-{index}" for index in range(45)]


# Powerpacks


def test_a_powerpack_lives_and_dies(sdk: Any) -> None:
    priority = [
        {
            "country_iso": "US",
            "service_type": "SMS",
            "priority": {"priority1": "longcode", "priority2": "tollfree", "priority3": "shortcode"},
        }
    ]
    created = sdk.powerpacks.create(name="welcome", sticky_sender=False, number_priority=priority)
    got = sdk.powerpacks.get(created.uuid)
    updated = got.update({"name": "goodbye", "local_connect": False})
    names = [each.name for each in sdk.powerpacks.list(limit=1, offset=0).objects]
    deleted = got.delete(unrent_numbers=True)

    assert (created.sticky_sender, created.number_priority[0].priority.priority1) == (False, "longcode")
    assert (updated.name, updated.local_connect, updated.sticky_sender) == ("goodbye", False, False)
    assert names == ["goodbye"]
    assert deleted.response == "success"
    with pytest.raises(plivo.exceptions.ResourceNotFoundError, match=r"powerpack .* not found"):
        sdk.powerpacks.get(created.uuid)


def test_numbers_are_added_found_counted_and_removed(pack: Any, gateway: StandIn) -> None:
    added = pack.add_number("16135550103")
    found = pack.find_number("14155550101", service="mms")
    counts = pack.count_numbers(), pack.count_numbers(type="tollfree"), pack.count_numbers(country_iso2="CA")
    listed = pack.list_numbers(starts_with="415", country_iso2="US", type="fixed", service="sms", limit=1, offset=1)
    removed = pack.remove_number("14155550102", unrent=True)

    assert (added.number, added.service) == ("16135550103", "sms")
    assert (found.number, found.type) == ("14155550101", "fixed")
    assert counts == (4, 1, 1)
    assert [each.number for each in listed.objects] == ["14155550102"]
    assert removed.response == "success"
    assert "14155550102" not in gateway.numbers


def test_tollfree_numbers_are_added_listed_found_and_removed(pack: Any, sdk: Any, gateway: StandIn) -> None:
    sdk.numbers.buy("18885550114")
    added = pack.add_tollfree("18885550114")
    listed = pack.list_tollfree()
    found = pack.find_tollfree("18005550104")
    pack.remove_tollfree("18005550104")
    removed = pack.remove_tollfree("18885550114", unrent=True)

    assert (added.number, added.type) == ("18885550114", "tollfree")
    assert [each.number for each in listed.objects] == ["18005550104", "18885550114"]
    assert found.number == "18005550104"
    assert removed.response == "success"
    assert ("18005550104" in gateway.numbers, "18885550114" in gateway.numbers) == (True, False)


def test_short_codes_are_listed_found_and_removed(pack: Any) -> None:
    listed = pack.list_shortcodes(limit=5, offset=0)
    found = pack.find_shortcode("72345")
    removed = pack.remove_shortcode("72345")

    assert [each.shortcode for each in listed.objects] == ["72345"]
    assert (listed.meta.next, listed.meta.previous) == ("", "")
    assert found.country_iso2 == "US"
    assert removed.response == "success"
    with pytest.raises(plivo.exceptions.ResourceNotFoundError, match="shortcode 72345 is not in this number pool"):
        pack.find_shortcode("72345")


def test_a_number_is_bought_into_the_pool(pack: Any, gateway: StandIn) -> None:
    bought = pack.buy_add_number(number="12125560112", service="mms")

    assert (bought.number, bought.service) == ("12125560112", "mms")
    assert "12125560112" in gateway.numbers


def test_the_number_pool_object_reaches_the_same_numbers(pack: Any) -> None:
    pool = pack.numberpool
    added = pool.numbers.add("16135550103")
    bought = pool.numbers.buy_add_number(number="12125550111")
    count = pool.numbers.count()
    removed = pool.numbers.remove("12125550111", unrent=True)
    shortcodes, tollfree = pool.shortcodes.list(), pool.tollfree.list()

    assert (added.number, bought.number, count) == ("16135550103", "12125550111", 5)
    assert removed.response == "success"
    assert pool.numbers.find("16135550103").number == "16135550103"
    assert [each.shortcode for each in shortcodes.objects] == ["72345"]
    assert [each.number for each in tollfree.objects] == ["18005550104"]


# Numbers


def test_the_accounts_numbers_are_listed_with_filters(sdk: Any) -> None:
    page = sdk.numbers.list(
        type="local", number_startswith="1415", services=["sms", "voice"], tendlc_registration_status="registered"
    )

    assert [number.number for number in page] == ["14155550101"]
    assert page.meta.total_count == 1


def test_a_number_is_got_updated_and_unrented(sdk: Any, gateway: StandIn) -> None:
    app_id = sdk.applications.create(app_name="inbox").app_id
    updated = sdk.numbers.update("14155550101", app_id=app_id, alias="front desk")
    number = sdk.numbers.get("14155550101")
    number.delete()

    assert updated.message == "changed"
    assert (number.id, number.alias) == ("14155550101", "front desk")
    assert number.application.endswith(f"/Application/{app_id}/")
    assert "14155550101" not in gateway.numbers


def test_numbers_for_sale_are_searched_and_bought(sdk: Any, gateway: StandIn) -> None:
    gateway.has_application("17")
    offers = sdk.numbers.search("US", type="local", pattern="212", region="NY", services="sms,mms")
    bought = sdk.numbers.buy(offers.objects[0].number, app_id="17")

    assert (bought.message, bought.numbers[0].status, bought.numbers[0].number) == ("created", "Success", "12125560112")
    assert gateway.numbers["12125560112"].application_id == "17"


# Applications and the account


def test_an_application_lives_and_dies(sdk: Any, gateway: StandIn) -> None:
    created = sdk.applications.create(app_name="inbox", message_url="https://example.com/inbox", message_method="GET")
    updated = sdk.applications.update(created.app_id, message_url="https://example.com/outbox")
    got = sdk.applications.get(created.app_id)
    listed = [each.app_name for each in sdk.applications.list(app_name="inbox")]
    sdk.applications.delete(created.app_id, cascade=True)

    assert (created.message, updated.message) == ("created", "changed")
    assert (got.id, got.message_url, got.message_method) == (created.app_id, "https://example.com/outbox", "POST")
    assert listed == ["inbox"]
    assert len(gateway.applications) == 0


def test_the_account_is_got(sdk: Any, gateway: StandIn) -> None:
    assert sdk.account.get().auth_id == gateway.account.auth_id


# Errors


def test_each_refusal_becomes_the_sdks_own_exception_with_our_words(sdk: Any, gateway: StandIn) -> None:
    with pytest.raises(plivo.exceptions.ValidationError, match=r"'1111111' is not a valid phone number\."):
        sdk.messages.create(src="14155550101", dst="1111111", text="hello")
    with pytest.raises(plivo.exceptions.ResourceNotFoundError, match="message x not found"):
        sdk.messages.get("x")
    with pytest.raises(plivo.exceptions.InvalidRequestError, match="method PUT is not allowed here"):
        sdk.request("PUT", ("Message",))
    gateway.fails_with = Forbidden("Geo-Permission Denied: destination country not enabled")
    with pytest.raises(plivo.exceptions.GeoPermissionError, match="destination country not enabled"):
        sdk.messages.create(src="14155550101", dst="14155550199", text="hello")


def test_a_wrong_token_is_an_authentication_error(sdk: Any, gateway: StandIn) -> None:
    with (
        plivo.RestClient(gateway.account.auth_id, "wrong") as stranger,
        pytest.raises(plivo.exceptions.AuthenticationError, match="invalid auth token"),
    ):
        stranger.messages.get(UNUSED)


def test_a_bug_of_ours_is_a_server_error(sdk: Any, gateway: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    gateway.fails_with = ZeroDivisionError()

    with pytest.raises(plivo.exceptions.PlivoServerError, match="internal server error"):
        sdk.messages.create(src="14155550101", dst="14155550199", text="hello")

    assert len(gateway.journal.of("api.error")) == 1
    gateway.fails_with = None
    assert sdk.messages.create(src="14155550101", dst="14155550199", text="hello").message == "message(s) queued"
