"""A configuration is read whole or refused with its file, its key and what was expected there."""

import json
import random
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from powerpack_carriers.profile import load_profile, profile_names
from powerpack_gateway.errors import SettingsError
from powerpack_gateway.nanp import parse_source, type_of
from powerpack_gateway.numbers import NumberType, Registration, Service, Verification
from powerpack_gateway.settings import Settings, UnknownOutcome
from powerpack_lab.config import (
    DEFAULT_CARRIERS,
    DEFAULT_NUMBERS,
    CarrierConfig,
    LabConfig,
    NumberConfig,
    credentials,
    load_config,
)
from powerpack_lab.config_file import CONFIG_BYTES_MAX, ConfigFile

AUTH_ID = "MA" + "X" * 18


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lab.toml"


def loaded(file: Path, text: str) -> LabConfig:
    file.write_text(text, encoding="utf-8")
    return load_config(file)


# Reading


def test_an_empty_file_is_the_default_lab(file: Path) -> None:
    assert loaded(file, "") == LabConfig()


def test_every_setting_can_be_given(file: Path) -> None:
    config = loaded(
        file,
        f"""
        auth_id = "{AUTH_ID}"
        auth_token = "t"
        powerpack_name = "sales"

        [[carriers]]
        name = "acme"
        profile = "tmobile"
        port = 2775
        password = "pw"

        [[numbers]]
        number = "14155550180"
        region = "CA"
        city = "San Francisco"
        mms = true
        pool_service = "mms"

        [[numbers]]
        number = "72345"
        type = "shortcode"
        in_pool = false

        [gateway]
        contact = "help@example.com"
        shortcode_opt_out = false

        [gateway.delivery]
        unknown_outcome = "at_most_once"
        throttled_s_min = 2

        [gateway.compliance]
        audience_min = 5

        [gateway.callbacks]
        retry_after_s = [1, 2.5]
        """,
    )

    assert (config.auth_id, config.auth_token, config.powerpack_name) == (AUTH_ID, "t", "sales")
    assert config.carriers == (CarrierConfig(name="acme", profile="tmobile", port=2775, password="pw"),)
    assert config.numbers == (
        NumberConfig(number="14155550180", region="CA", city="San Francisco", mms=True, pool_service=Service.MMS),
        NumberConfig(number="72345", type=NumberType.SHORTCODE, in_pool=False),
    )
    assert (config.gateway.contact, config.gateway.shortcode_opt_out) == ("help@example.com", False)
    assert config.gateway.delivery.unknown_outcome is UnknownOutcome.AT_MOST_ONCE
    assert config.gateway.delivery.throttled_s_min == 2.0
    assert config.gateway.compliance.audience_min == 5
    assert config.gateway.callbacks.retry_after_s == (1.0, 2.5)


def test_what_is_not_given_stays_as_it_is_by_default(file: Path) -> None:
    config = loaded(file, '[[carriers]]\nname = "acme"\n')

    assert config.carriers == (CarrierConfig(name="acme", profile="generic"),)
    assert config.numbers == DEFAULT_NUMBERS
    assert config.gateway == Settings()


# Mistakes

CARRIER = '[[carriers]]\nname = "acme"\n'
NUMBER = '[[numbers]]\nnumber = "14155550180"\n'
SHORT = '[[numbers]]\ntype = "shortcode"\nnumber = '


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "auth_idd = 1",
            "unknown key 'auth_idd', expected one of auth_id, auth_token, carriers, gateway, numbers, powerp",
        ),
        (
            CARRIER + "prot = 1",
            "unknown key 'carriers[0].prot', expected one of accounts, listeners, mm7_port",
        ),
        (NUMBER + "in_pol = true", "unknown key 'numbers[0].in_pol', expected one of "),
        ("[gateway]\nx = 1", "unknown key 'gateway.x', expected one of "),
        ("[gateway.delivery]\nx = 1", "unknown key 'gateway.delivery.x', expected one of "),
        ("[gateway.compliance]\nx = 1", "unknown key 'gateway.compliance.x', expected one of "),
        ("[gateway.callbacks]\nx = 1", "unknown key 'gateway.callbacks.x', expected one of "),
        (
            CARRIER + "[[carriers.accounts]]\nsystem_id = 'a'\npassword = 'b'\nbinds = ['trx']",
            "binds: found 'trx', expected receiver, transceiver, transmitter - at `$.carriers[0].accounts[0]`",
        ),
        (
            CARRIER + "[[carriers.accounts]]\nsystem_id = 'esme'\npassword = 'b'",
            "carriers[0].accounts[0].system_id: found 'esme', which the lab's own account is called",
        ),
        (
            CARRIER + "[[carriers.accounts]]\nsystem_id = 'a'\npassword = 'b'\n" * 2,
            "carriers[0].accounts: found system_id a twice, expected it once",
        ),
        (
            CARRIER + "[[carriers.listeners]]\ntls = { certificate = 'no.pem', key = 'no.pem' }",
            "carriers[0].listeners[0].tls.certificate: {folder}/no.pem can not be read (No such file or directory)",
        ),
        (
            CARRIER + "[[carriers.listeners]]\ntls = { cert = 'no.pem' }",
            "unknown key 'carriers[0].listeners[0].tls.cert', expected one of certificate, client_ca, key",
        ),
        ("powerpack_name = 1", "powerpack_name: found a whole number, expected text in quotes"),
        ("carriers = 1", "carriers: found a whole number, expected a list, such as [[carriers]] begins"),
        ("[carriers]\nname = 'acme'", "carriers: found a table, expected a list, such as [[carriers]] begins"),
        ("[[carriers]]", "carriers[0].name: missing"),
        (CARRIER + "port = '1'", "carriers[0].port: found text in quotes, expected a whole number"),
        (NUMBER + "mms = 1", "numbers[0].mms: found a whole number, expected true or false"),
        (
            NUMBER + "type = 'landline'",
            "numbers[0].type: found 'landline', expected one of shortcode, tollfree, longcode",
        ),
        (NUMBER + "pool_service = 'fax'", "numbers[0].pool_service: found 'fax', expected one of sms, mms"),
        (
            "[gateway.delivery]\nattempts_max = 1.5",
            "gateway.delivery.attempts_max: found a number, expected a whole number",
        ),
        (
            "[gateway.delivery]\nunknown_outcome = 'no'",
            "gateway.delivery.unknown_outcome: found 'no', expected one of at_",
        ),
        ("auth_id = 'MA123'", "auth_id: found 'MA123', expected 20 characters that begin with MA"),
        ("auth_id = 'XX345678901234567890'", "auth_id: found 'XX345678901234567890', expected 20 characters"),
        ("carriers = []", "carriers: found none, expected at least one"),
        (CARRIER + CARRIER, "carriers: found name acme twice, expected it once"),
        (
            CARRIER + "port = 1\n[[carriers]]\nname = 'other'\nport = 1",
            "carriers: found port 1 twice, expected it once",
        ),
        ("[[carriers]]\nname = ''", "carriers[0].name: found '', expected 1 to 15 of a-z"),
        ("[[carriers]]\nname = 'Größe'", "carriers[0].name: found 'Größe', expected 1 to 15 of a-z"),
        (CARRIER + "password = '123456789'", "carriers[0].password: expected at most 8 ASCII characters"),
        (CARRIER + "port = 65536", "carriers[0].port: found 65536, expected 0 to 65535"),
        (CARRIER + "port = -1", "carriers[0].port: found -1, expected 0 to 65535"),
        (
            CARRIER + "profile = 'nokia'",
            "carriers[0].profile: profile 'nokia': found no such profile, expected one of ",
        ),
        (NUMBER + NUMBER, "numbers: found number 14155550180 twice, expected it once"),
        ("[[numbers]]\nnumber = '+1415x'", "numbers[0].number: found '+1415x', expected an E.164"),
        ("[[numbers]]\nnumber = 14155550180", "numbers[0].number: found a whole number, expected text in quotes"),
        ("[[numbers]]\nnumber = '+1415'", "numbers[0].number: found '+1415', expected an E.164"),
        ("[[numbers]]\nnumber = 'sales'", "numbers[0].number: found 'sales', expected an E.164 number or a short code"),
        ("[[numbers]]\nnumber = '72345'", "numbers[0].type: found longcode, but 72345 has the form of a shortcode"),
        (
            "[[numbers]]\nnumber = '18335550180'",
            "numbers[0].type: found longcode, but 18335550180 has the form of a tollf",
        ),
        (NUMBER + "country = 'usa'", "numbers[0].country: found 'usa', expected two capital letters"),
        (NUMBER + "pool_service = 'mms'", "numbers[0].pool_service: found mms, but 14155550180 has not mms = true"),
        (
            SHORT + "'72345'\n" + SHORT + "'72346'",
            "numbers: found two short codes for US in the pool, expected one for",
        ),
        ("a = ", "not TOML: Invalid value (at end of document)"),
        ("a = 1\na = 2", "not TOML: Cannot overwrite a value (at end of document)"),
        ("a = " + "[" * 100_000, "not TOML: "),
    ],
    ids=lambda value: value[:60],
)
def test_a_mistake_is_named_with_its_file_and_key(file: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(file, text)

    expected = words.replace("{folder}", str(file.parent))
    assert str(caught.value).startswith(f"config {file}: {expected}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n\nauth_idd = 1", 3),
        (CARRIER + "prot = 1", 3),
        ("powerpack_name = 1", 1),
        (NUMBER + CARRIER + "[[carriers]]\n# the second\nname = 'b'\nport = -1", 8),
        ("[gateway]\n  [gateway.delivery] # how\n  attempts_max = 1.5", 3),
        ("[[carriers]]\nname = 'a'\n\n[[carriers]]\nport = 1", 4),
        ("\nnumbers = [{number = 'x'}]", 2),
    ],
)
def test_a_mistake_is_named_with_its_line(file: Path, text: str, line: int) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(file, text)

    assert str(caught.value).endswith(f" (line {line})")


def test_a_key_that_stands_nowhere_has_no_line(file: Path) -> None:
    file.write_text("a = 1")

    assert ConfigFile(file).line_of("b") is None


def test_octets_that_are_no_text_are_no_toml(file: Path) -> None:
    file.write_bytes(b"a = '\xff'")

    with pytest.raises(SettingsError, match=rf"config {re.escape(str(file))}: not TOML: "):
        load_config(file)


def test_a_file_that_is_too_large_is_refused(file: Path) -> None:
    file.write_bytes(b"#" * (CONFIG_BYTES_MAX + 1))

    with pytest.raises(SettingsError, match=rf"longer than {CONFIG_BYTES_MAX} bytes"):
        load_config(file)


def test_the_largest_file_is_read(file: Path) -> None:
    file.write_bytes(b"#" * CONFIG_BYTES_MAX)

    assert load_config(file) == LabConfig()


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(SettingsError, match=rf"config {re.escape(str(file))}: can not be read \(No such file"):
        load_config(file)


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"can not be read \(Is a directory\)"):
        load_config(tmp_path)


def test_short_codes_that_do_not_meet_in_the_pool_are_allowed(file: Path) -> None:
    codes = {"72345": "", "72346": "in_pool = false", "72347": "for_sale = true", "72348": "country = 'CA'"}

    config = loaded(file, "\n".join(f"{SHORT}'{code}'\n{more}" for code, more in codes.items()))

    assert [each.number for each in config.numbers] == list(codes)


def test_every_carrier_may_take_any_port(file: Path) -> None:
    assert len(loaded(file, CARRIER + "[[carriers]]\nname = 'other'\n").carriers) == 2


# Profiles


def own_profile(folder: Path, name: str = "mine") -> Path:
    """A copy of a shipped profile under another name."""
    shipped = resources.files("powerpack_carriers") / "profiles" / "generic.toml"
    path = folder / f"{name}.toml"
    path.write_text(re.sub(r'(?m)^name = ".*"', f'name = "{name}"', shipped.read_text(encoding="utf-8")), "utf-8")
    return path


@pytest.mark.parametrize("name", profile_names())
def test_a_shipped_profile_is_loaded_by_its_name(name: str) -> None:
    assert CarrierConfig(name="acme", profile=name).load_profile() == load_profile(name)


def test_a_profiles_path_begins_in_the_folder_of_the_configuration(file: Path) -> None:
    (file.parent / "carriers").mkdir()
    own_profile(file.parent / "carriers")

    config = loaded(file, CARRIER + "profile = 'carriers/mine.toml'")

    assert config.carriers[0].load_profile().name == "mine"


def test_a_profiles_path_may_be_absolute(file: Path, tmp_path: Path) -> None:
    path = own_profile(tmp_path)

    config = loaded(file, f"{CARRIER}profile = '{path}'")

    assert config.carriers[0].profile == str(path)


def test_a_profile_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(SettingsError, match=r"carriers\[0\]\.profile: .*/none\.toml: can not be read \(No such file"):
        loaded(file, CARRIER + "profile = 'none.toml'")


def test_a_mistake_in_a_profile_is_named_with_its_own_file(file: Path) -> None:
    path = own_profile(file.parent)
    path.write_text(path.read_text(encoding="utf-8").replace('country = "any"', 'country = "XX"'), "utf-8")

    with pytest.raises(SettingsError, match=r"carriers\[0\]\.profile: .*/mine\.toml.*found 'XX'"):
        loaded(file, CARRIER + "profile = 'mine.toml'")


# The default lab


def test_the_default_lab_would_pass_its_own_checks(file: Path) -> None:
    tables = [
        "\n".join(
            [
                "[[numbers]]",
                f'number = "{each.number}"',
                f'type = "{each.type}"',
                f'country = "{each.country}"',
                f'region = "{each.region}"',
                f'city = "{each.city}"',
                f"mms = {str(each.mms).lower()}",
                f"in_pool = {str(each.in_pool).lower()}",
                f'pool_service = "{each.pool_service}"',
                f"for_sale = {str(each.for_sale).lower()}",
            ]
        )
        for each in DEFAULT_NUMBERS
    ]

    assert loaded(file, "\n".join(tables)).numbers == DEFAULT_NUMBERS


def test_the_default_carriers_are_six_of_those_that_ship() -> None:
    assert len(DEFAULT_CARRIERS) == 6
    assert {each.profile for each in DEFAULT_CARRIERS} < set(profile_names())


def test_the_default_numbers_are_fictitious_and_of_the_type_they_say() -> None:
    for each in DEFAULT_NUMBERS:
        assert parse_source(each.number) == each.number
        assert type_of(each.number) is each.type
        assert each.type is NumberType.SHORTCODE or re.fullmatch(r"1\d{3}55501[89]\d", each.number)


@pytest.mark.parametrize(
    ("config", "registration", "verification", "has_voice"),
    [
        (NumberConfig(number="14155550180"), Registration.COMPLETED, None, True),
        (
            NumberConfig(number="18335550180", type=NumberType.TOLLFREE),
            Registration.UNREGISTERED,
            Verification.VERIFIED,
            True,
        ),
        (NumberConfig(number="72345", type=NumberType.SHORTCODE), Registration.UNREGISTERED, None, False),
    ],
)
def test_a_number_comes_registered_or_verified_so_that_it_may_send(
    config: NumberConfig, registration: Registration, verification: Verification | None, has_voice: bool
) -> None:
    number = config.phone_number()

    assert (number.registration, number.verification, number.voice_enabled) == (registration, verification, has_voice)
    assert number.can_send


def test_a_number_keeps_its_place_and_abilities() -> None:
    number = NumberConfig(number="14165550180", country="CA", region="ON", city="Toronto", mms=True).phone_number()

    assert (number.number, number.country, number.region, number.city) == ("14165550180", "CA", "ON", "Toronto")
    assert number.mms_enabled


# Credentials


def test_credentials_are_drawn_in_the_form_that_sdks_check() -> None:
    auth_id, auth_token = credentials(LabConfig(), random.Random(7))

    assert re.fullmatch(r"MA[A-Z0-9]{18}", auth_id)
    assert re.fullmatch(r"[A-Za-z0-9]{40}", auth_token)


def test_the_same_seed_draws_the_same_credentials() -> None:
    first, same, other = (credentials(LabConfig(), random.Random(seed)) for seed in (7, 7, 8))

    assert first == same != other


def test_given_credentials_are_taken() -> None:
    config = replace(LabConfig(), auth_id=AUTH_ID, auth_token="t")

    assert credentials(config, random.Random(7)) == (AUTH_ID, "t")


def test_a_number_may_be_written_as_people_do(file: Path) -> None:
    config = loaded(file, '[[numbers]]\nnumber = "+1 (415) 555-0180"\ntype = "longcode"\n')

    assert [each.number for each in config.numbers] == ["14155550180"]
    assert NumberConfig(number="+1-415-555-0180") == config.numbers[0]


@pytest.mark.parametrize("token", ["two words", "tökén", "a\nb", "x" * 129])
def test_a_token_that_no_client_could_say_is_refused_and_not_shown(file: Path, token: str) -> None:
    with pytest.raises(SettingsError, match="auth_token: expected 1 to 128 visible ASCII") as refused:
        loaded(file, f"auth_token = {json.dumps(token, ensure_ascii=False)}")
    assert token not in str(refused.value)
