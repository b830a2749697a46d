"""A gateway's configuration becomes its routes, or is refused with file, key, line and what was expected."""

from pathlib import Path

import pytest

from powerpack_gateway.errors import SettingsError
from powerpack_gateway.fleet.configuration import differing, digests_of
from powerpack_gateway.settings import UnknownOutcome
from powerpack_gateway.smpp.settings import BindKind, RouteSettings
from powerpack_lab.gateway_config import LoadedConfig, load_gateway_config

ROUTE = '[[routes]]\nname = "acme"\nhosts = ["smsc.example:2775"]\nsystem_id = "me"\n'
OTHER = ROUTE.replace("acme", "other")


def loaded(folder: Path, text: str) -> LoadedConfig:
    file = folder / "gateway.toml"
    file.write_text(text, encoding="utf-8")
    return load_gateway_config(file)


def test_a_route_needs_a_name_hosts_and_a_system_id(tmp_path: Path) -> None:
    (route,) = loaded(tmp_path, ROUTE).routes

    assert route == RouteSettings(name="acme", hosts=(("smsc.example", 2775),), system_id="me", password="")


def test_every_setting_of_a_route_can_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_PASSWORD", "geheim")
    more = """
        password_env = "ACME_PASSWORD"
        system_type = "VMA"
        address_range = "1*"
        binds = 2
        bind_kinds = ["transmitter", "receiver"]
        window = 5
        bind_timeout_s = 1
        response_timeout_s = 2
        enquire_link_s = 0
        inactivity_s = 4
        unbind_timeout_s = 5
        reconnect_s_min = 6
        reconnect_s_max = 7
        unknown_outcome = "at_most_once"
    """

    (route,) = loaded(tmp_path, ROUTE.replace("smsc.example:2775", "[::1]:2775") + more).routes

    assert route == RouteSettings(
        name="acme",
        hosts=(("::1", 2775),),
        system_id="me",
        password="geheim",
        system_type="VMA",
        address_range="1*",
        binds=2,
        bind_kinds=(BindKind.TRANSMITTER, BindKind.RECEIVER),
        window=5,
        bind_timeout_s=1.0,
        response_timeout_s=2.0,
        enquire_link_s=None,
        inactivity_s=4.0,
        unbind_timeout_s=5.0,
        reconnect_s_min=6.0,
        reconnect_s_max=7.0,
        unknown_outcome=UnknownOutcome.AT_MOST_ONCE,
    )


def test_tls_checks_the_certificate(tmp_path: Path) -> None:
    (route,) = loaded(tmp_path, ROUTE + "tls = true").routes

    assert route.ssl is not None
    assert route.ssl.check_hostname


@pytest.mark.parametrize(
    ("text", "number", "route"),
    [
        (ROUTE, "14155550101", "acme"),
        (ROUTE + OTHER, "14155550101", None),
        ('default_route = "other"\n' + ROUTE + OTHER, "14155550101", "other"),
        (ROUTE + 'prefixes = ["1415", "1"]\n' + OTHER + 'prefixes = ["14"]', "14155550101", "acme"),
        (ROUTE + 'prefixes = ["1415", "1"]\n' + OTHER + 'prefixes = ["14"]', "+14255550101", "other"),
        (ROUTE + 'prefixes = ["1415", "1"]\n' + OTHER + 'prefixes = ["14"]', "447700900123", None),
    ],
)
def test_a_number_belongs_to_the_longest_prefix(tmp_path: Path, text: str, number: str, route: str | None) -> None:
    assert loaded(tmp_path, text).config.carrier_of()(number) == route


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "routes: found none, expected at least one"),
        ("[[routes]]\nname = 'acme'", "routes[0].hosts: missing (line 1)"),
        (ROUTE + "windw = 1", "unknown key 'routes[0].windw', expected one of address_range, bind_kinds, "),
        (ROUTE + ROUTE, "routes: found name acme twice, expected it once (line 1)"),
        (ROUTE.replace("acme", "ACME"), "routes[0].name: found 'ACME', expected 1 to 15 of a-z, 0-9, - and _, a "),
        (ROUTE.replace(":2775", ""), "routes[0].hosts[0]: found 'smsc.example', expected host:port (line 3)"),
        (ROUTE.replace("2775", "70000"), "routes[0].hosts[0]: found 'smsc.example:70000', expected host:port (line 3)"),
        (ROUTE + "hosts = []", "not TOML: Cannot overwrite a value"),
        (ROUTE + "\nbinds = 0", "routes[0].binds: found 0, expected at least 1 (line 6)"),
        (ROUTE + "bind_kinds = ['both']", "routes[0].bind_kinds: found 'both', expected some of receiver, "),
        (ROUTE + "password = '123456789'", "routes[0].password: found a secret, expected at most 8 ASCII characters"),
        (ROUTE + "password_env = 'NOT_SET_HERE'", "routes[0].password_env: found 'NOT_SET_HERE', expected a variable"),
        (ROUTE + "password_env = 'HOME'\npassword = 'x'", "routes[0].password: found one beside password_env, exp"),
        (ROUTE + "tls = true\ntls_ca = 'no.pem'", "routes[0].tls_ca: found no.pem, expected certificates in PEM (No"),
        (ROUTE + "tls_ca = 'no.pem'", "routes[0].tls_ca: found a file, expected tls = true beside it"),
        (ROUTE + "prefixes = ['+1']", "routes[0].prefixes: found '+1', expected digits without a plus"),
        (ROUTE + "prefixes = ['1', '1']", "routes: found prefix 1 twice, expected it once"),
        ("default_route = 'x'\n" + ROUTE, "default_route: found 'x', expected one of acme (line 1)"),
        ("public_url = 'x'\n" + ROUTE, "public_url: found 'x', expected an http or https URL (line 1)"),
        ("auth_id = 'x'\n" + ROUTE, "auth_id: found 'x', expected 20 characters that begin with MA"),
        (ROUTE + "[[numbers]]\nnumber = 'x'", "numbers[0].number: found 'x', expected an E.164 number or a"),
        (
            ROUTE + "[[mm7_routes]]\nname = 'x'\nurl = 'http://x'\nvaspid = 'x'\npassword = ''",
            "mm7_routes[0].name: found 'x', expected the name of a route (line 6)",
        ),
        (
            ROUTE + "[[mm7_routes]]\nname = 'acme'\nurl = 'x'\nvaspid = 'x'\npassword = ''",
            "MMSC acme: url is 'x', expected an http or https URL",
        ),
    ],
    ids=lambda value: value[-60:],
)
def test_a_mistake_is_named_with_its_key_and_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, text)

    assert str(caught.value).startswith(f"config {tmp_path / 'gateway.toml'}: {words}")
    assert "123456789" not in str(caught.value)


def test_gateways_with_one_password_have_one_configuration_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONE", "s3cret")
    written = loaded(tmp_path, f"{ROUTE}password = 's3cret'\n[gateway.throughput]\naccount_per_s = 5").values()
    named = loaded(tmp_path, f"{ROUTE}password_env = 'ONE'\n[gateway.throughput]\naccount_per_s = 5").values()
    other = loaded(tmp_path, f"{ROUTE}password = 'other'\n[gateway.throughput]\naccount_per_s = 6").values()

    assert written == named
    assert differing(digests_of(written, b"s"), digests_of(other, b"s")) == [
        "gateway.throughput.account_per_s",
        "routes.acme.password",
    ]
