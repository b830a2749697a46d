"""Settings that can not work are refused when they are made, not when the carrier is called."""

import pytest

from powerpack_gateway.smpp.errors import InvalidSettings
from powerpack_gateway.smpp.settings import BindKind, RouteSettings

GOOD = RouteSettings(name="acme", hosts=(("127.0.0.1", 2775),), system_id="esme1", password="secret")


def settings(**changes: object) -> RouteSettings:
    values: dict[str, object] = {"name": "acme", "hosts": (("127.0.0.1", 2775),), "system_id": "a", "password": "b"}
    return RouteSettings(**(values | changes))  # type: ignore[arg-type]  # wrong values are the point


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("system_id", "x" * 16, "system_id of route acme is 'xxxxxxxxxxxxxxxx', expected at most 15 ASCII characters"),
        ("system_id", "a\0b", "system_id of route acme is 'a\\x00b', expected at most 15 ASCII characters"),
        ("password", "123456789", "password of route acme is 'a secret', expected at most 8 ASCII characters"),
        ("system_type", "é", "system_type of route acme is 'é', expected at most 12 ASCII characters"),
        ("hosts", (), "hosts of route acme is (), expected at least one (host, port)"),
        ("bind_kinds", (), "bind_kinds of route acme is (), expected at least one BindKind"),
        ("binds", 0, "binds of route acme is 0, expected at least 1"),
        ("window", 0, "window of route acme is 0, expected at least 1"),
        ("bind_timeout_s", 0, "bind_timeout_s of route acme is 0, expected more than 0 seconds"),
        ("response_timeout_s", -1.0, "response_timeout_s of route acme is -1.0, expected more than 0 seconds"),
        ("unbind_timeout_s", 0, "unbind_timeout_s of route acme is 0, expected more than 0 seconds"),
        ("reconnect_s_min", 0, "reconnect_s_min of route acme is 0, expected more than 0 seconds"),
        ("reconnect_s_max", 0.1, "reconnect_s_max of route acme is 0.1, expected at least reconnect_s_min (0.5)"),
        ("enquire_link_s", 0, "enquire_link_s of route acme is 0, expected more than 0 seconds"),
        ("inactivity_s", 30.0, "inactivity_s of route acme is 30.0, expected more than enquire_link_s (30.0)"),
        ("pdu_length_max", 15, "pdu_length_max of route acme is 15, expected at least 16"),
    ],
)
def test_a_setting_that_can_not_work_is_refused(field: str, value: object, message: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        settings(**{field: value})

    assert str(caught.value) == message


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(GOOD)


def test_without_enquire_link_the_inactivity_limit_is_not_looked_at() -> None:
    assert settings(enquire_link_s=None, inactivity_s=0).enquire_link_s is None


def test_a_route_is_one_transceiver_unless_told_otherwise() -> None:
    assert (GOOD.binds, GOOD.bind_kinds) == (1, (BindKind.TRANSCEIVER,))
