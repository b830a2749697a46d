"""A setting that does nothing, and an argument that can not be, are errors: every way to say something has its row.

What the marker refuses in detail is in ``test_plugin_settings``; here is that no option, word or file is left out.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plugin_support import run_apart, run_tests
from powerpack_carriers import HandsetError, ProfileError, read_profile
from powerpack_gateway.errors import SettingsError
from powerpack_lab import factories, plugin_settings
from powerpack_lab.config import CarrierConfig, LabConfig, NumberConfig, load_config
from powerpack_lab.fake_carriers import FakeCarriers
from powerpack_lab.gateway_config import load_gateway_config
from powerpack_lab.lab import Lab
from powerpack_lab.reserved import reserved_number
from powerpack_lab.scenario_yaml import ScenarioError, parse_scenario
from powerpack_lab.smpp_client import SmppClient

LAB = "def test_it(powerpack_lab): pass"
NONE = "def test_it(): pass"

COMMAND_LINE = [
    ("--powerpack-seed=7", NONE, "ERROR: --powerpack-seed does nothing, because no test of this run *powerpack_lab*"),
    ("--powerpack-seed=seven", LAB, "*--powerpack-seed: found 'seven', expected a whole number or 'random'"),
    ("--powerpack-scenario-seeds=3", LAB, "ERROR: --powerpack-scenario-seeds does nothing*no test*scenario.yaml file"),
    ("--powerpack-scenario-seeds=0", LAB, "*--powerpack-scenario-seeds: found '0', expected a whole number from 1 on"),
    ("--powerpack-scenario-html=x", LAB, "ERROR: --powerpack-scenario-html does nothing*no test*scenario.yaml file"),
    ("--powerpack-sed=7", LAB, "*unrecognized arguments: --powerpack-sed=7"),
]

INI = [
    ("powerpack_seed = seven", "*powerpack_seed: found 'seven', expected a whole number or 'random'"),
    ("powerpack_clock = fast", "*powerpack_clock: found 'fast', expected one of 'steered', 'virtual', 'real'"),
    ("powerpack_clok = virtual", "*powerpack_clok: there is none, expected *; did you mean powerpack_clock[?]"),
    ("powerpack_carriers =", "*powerpack_carriers: found '', expected at least one name; *"),
    ("powerpack_carriers = att att", "*powerpack_carriers: found [[]'att', 'att'], expected each name once"),
    ("powerpack_strict = maybe", "*powerpack_strict: found 'maybe', expected true or false"),
]

MARKER = [
    ("", "says nothing, expected seed=, *"),
    ("sed=7", "found sed=, expected seed=*did you mean seed=[?]"),
    ("seed=7", "seed=7 does nothing, *"),
    ("carriers=['att']", "carriers=[[]'att'] does nothing, *"),
    ("clock='virtual'", "clock='virtual' does nothing, *"),
    ("faults=['throttle']", "faults=[[]'throttle'] does nothing, *"),
    ("strict=False", "strict=False does nothing, *"),
]


@pytest.mark.parametrize(("option", "tests", "said"), COMMAND_LINE)
def test_on_the_command_line(pytester: pytest.Pytester, option: str, tests: str, said: str) -> None:
    result = run_tests(pytester, tests, option)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


@pytest.mark.parametrize("given", ["file", "command line"])
@pytest.mark.parametrize(("line", "said"), INI)
def test_in_the_ini_file(pytester: pytest.Pytester, line: str, said: str, given: str) -> None:
    options = ("-o", line.replace(" = ", "=").replace(" =", "=")) if given == "command line" else ()
    pytester.makeini(f"[pytest]\n{'' if options else line}\n")

    result = run_tests(pytester, LAB, *options)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


@pytest.mark.parametrize(("words", "said"), MARKER)
@pytest.mark.parametrize("place", ["the test", "its class", "its module"])
def test_on_the_marker(pytester: pytest.Pytester, words: str, said: str, place: str) -> None:
    mark = f"pytest.mark.powerpack({words})"
    text = {
        "the test": f"import pytest\n@{mark}\ndef test_it(): pass",
        "its class": f"import pytest\n@{mark}\nclass TestIt:\n    def test_it(self): pass",
        "its module": f"import pytest\npytestmark = {mark}\ndef test_it(): pass",
    }[place]

    result = run_tests(pytester, text)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"powerpack marker: {said}".replace(" does nothing", "* does nothing")])


def test_no_way_to_say_something_is_without_a_row(pytestconfig: pytest.Config) -> None:
    options = {each.split("=")[0] for each, _, _ in COMMAND_LINE}
    ini = {each.split(" ")[0] for each, _ in INI}
    words = {each.split("=")[0] for each, _ in MARKER}

    told = pytestconfig._parser._anonymous
    groups = {each.name: each for each in (told, *pytestconfig._parser._groups)}
    assert {name for each in groups["powerpack-lab"].options for name in each.names()} <= options
    assert set(plugin_settings.INI) <= ini
    assert set(plugin_settings.KNOWN) <= words


def test_one_test_that_reads_a_word_is_enough_and_a_choice_of_tests_is_not_blamed(pytester: pytest.Pytester) -> None:
    text = """
    import pytest

    @pytest.mark.powerpack(clock="virtual")
    class TestIt:
        def test_a(self): pass
        def test_b(self, powerpack_lab): assert powerpack_lab.clock_mode == "virtual"
    """

    run_tests(pytester, text).assert_outcomes(passed=2)
    run_tests(pytester, text, "-k", "test_a").assert_outcomes(passed=1, deselected=1)
    name = next(pytester.path.glob("test_*.py")).name
    run_tests(pytester, text, f"{name}::TestIt::test_a").assert_outcomes(passed=1)


def test_a_word_twice_on_one_test_is_a_mistake(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import pytest

        @pytest.mark.powerpack(seed=1)
        @pytest.mark.powerpack(seed=2)
        def test_it(powerpack_lab): pass
        """,
    )

    result.stdout.fnmatch_lines(["powerpack marker: found seed= 2 times on one test, and only the nearest *"])


def test_the_options_of_all_runs_may_be_for_some_of_them(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\naddopts = --powerpack-seed=7\npowerpack_clock = virtual\npowerpack_carriers = att bell")

    run_tests(pytester, NONE).assert_outcomes(passed=1)
    run_tests(pytester, "def test_it(fake_carrier): assert fake_carrier.name == 'generic'").assert_outcomes(passed=1)


def test_a_fixture_that_is_asked_for_later_may_read_the_seed(pytester: pytest.Pytester) -> None:
    text = "def test_it(request): assert request.getfixturevalue('powerpack_lab').seed == 7"

    run_tests(pytester, text, "--powerpack-seed=7").assert_outcomes(passed=1)


def test_workers_say_what_nothing_reads_too(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(NONE, encoding="utf-8")

    result = run_apart(tmp_path, "-p", "xdist", "-n", "2", "--powerpack-seed=7")

    assert "ERROR: --powerpack-seed does nothing" in result.stdout
    assert result.returncode == pytest.ExitCode.USAGE_ERROR


# What fixtures are given


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One for all, since none of them gets far."""
    with Lab(clock="virtual", seed=1) as lab:
        yield lab


async def never() -> bool:
    return False


def one_argument(scope: object) -> list[bytes]:
    return []


ANA = "+14155550123"

ARGUMENTS: list[tuple[Callable[[Any], object], type[Exception], str]] = [
    (lambda lab: lab.handset("0123"), HandsetError, "number: found '0123', expected E.164"),
    (lambda lab: lab.handset("415-555-0123"), HandsetError, "did you mean '[+]14155550123'?"),
    (lambda lab: lab.handset(14155550123), TypeError, "number: found 14155550123, expected a str"),
    (lambda lab: lab.handset(ANA, device="smss"), ValueError, "device: found 'smss', expected 'mms' or 'sms'"),
    (lambda lab: setattr(lab.handset(ANA), "state", "of"), ValueError, "state: found 'of', expected one of on, off"),
    (lambda lab: lab.handset(ANA).expect(None), TypeError, "text: found None, expected a str"),
    (lambda lab: lab.handset(ANA).expect("x", within=-1), ValueError, "within: found -1, expected seconds from 0 on"),
    (lambda lab: lab.handset(ANA).expect("x", within=float("nan")), ValueError, "within: found nan"),
    (lambda lab: lab.handset(ANA).expect("x", within="5"), TypeError, "within: found '5', expected seconds"),
    (lambda lab: lab.handset(ANA).reply("STOP", to="x"), HandsetError, "number: found 'x', expected E.164"),
    (lambda lab: lab.handset(ANA).reply("STOP"), HandsetError, "nobody to answer"),
    (
        lambda lab: lab.handset(ANA).send_mms("x", "cat.png"),
        TypeError,
        "media: found 'cat.png', expected a list of files",
    ),
    (
        lambda lab: lab.handset(ANA).send_mms("x", [b"PNG"]),
        TypeError,
        "media: found b'PNG', expected the path of a file",
    ),
    (lambda lab: lab.handset(ANA).send_mms("x", ["no.png"]), FileNotFoundError, "No such file or directory: 'no.png'"),
    (lambda lab: lab.advance(), TypeError, "found no time, expected seconds"),
    (lambda lab: lab.advance(-1), ValueError, "time only goes forward.* found seconds=-1"),
    (lambda lab: lab.advance(days=1e9), ValueError, "at most 36600 days at once: found days=1e[+]09"),
    (lambda lab: lab.advance(hours=float("inf")), ValueError, "hours: found inf, expected a finite number"),
    (lambda lab: lab.advance("1"), TypeError, "seconds: found '1', expected a number"),
    (lambda lab: lab.advance_to("tomorrow"), ValueError, "moment: found 'tomorrow', expected ISO 8601"),
    (lambda lab: lab.advance_to(7), TypeError, "moment: found 7, expected a datetime or a str"),
    (lambda lab: lab.advance_to("2027-01-01"), ValueError, "an aware datetime is needed"),
    (lambda lab: lab.run_until(True), TypeError, "run_until: found True, expected a function that looks"),
    (lambda lab: lab.run_until(never), TypeError, "run_until: .*which is always true"),
    (lambda lab: lab.call(never), TypeError, "call: found .*never.*: call the function"),
    (lambda lab: lab.serve(None), TypeError, "serve: found None, expected an ASGI or WSGI application"),
    (lambda lab: lab.serve(one_argument), TypeError, "serve: found .*one_argument.*neither scope, receive and send.*"),
    (lambda lab: lab.serve(Lab), TypeError, "serve: found the class Lab, expected an ASGI or WSGI application made of"),
    (lambda lab: lab.carrier("tmobil"), KeyError, "there is no carrier 'tmobil'; there are att"),
    (lambda lab: lab.carrier("att").faults.add("throttle", shar=1), Exception, "fault 'throttle': shar: unknown"),
    (lambda lab: lab.powerpack("sandbx"), KeyError, "there is no Powerpack 'sandbx'; there are: sandbox"),
    (lambda _: Lab(clock="fast"), ValueError, "clock: found 'fast', expected one of steered, virtual, real"),  # type: ignore[arg-type]
    (lambda _: Lab(seed="7"), TypeError, "seed: found '7', expected a whole number"),  # type: ignore[arg-type]
    (lambda _: Lab(config={}), SettingsError, "config: found {}, expected a powerpack_lab.config.LabConfig"),  # type: ignore[arg-type]
    (lambda _: Lab(config=LabConfig(carriers=())), SettingsError, "carriers: found none, expected at least one"),
    (
        lambda _: Lab(config=LabConfig(numbers=(NumberConfig(number="+1415"),))),
        SettingsError,
        "numbers.0..number: found '.1415', expected an E.164 number",
    ),
    (
        lambda _: Lab(config=LabConfig(carriers=(CarrierConfig(name="a"), CarrierConfig(name="a")))),
        SettingsError,
        "carriers: found name a twice",
    ),
    (lambda _: factories.MessageParamsFactory.build(alphabt="ucs2"), TypeError, "found alphabt=, expected one of alph"),
    (lambda _: factories.HandsetNumberFactory.build(area_code="2066"), ValueError, "area_code: found '2066', expected"),
    (lambda _: factories.HandsetNumberFactory.build(carrier="at"), ValueError, "carrier: found 'at', expected one of"),
    (lambda _: reserved_number(None, region="XX"), ValueError, "found no area code for XX"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("misuse", "error", "said"), ARGUMENTS, ids=[said for _, _, said in ARGUMENTS])
def test_an_argument(lab: Lab, misuse: Callable[[Lab], object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        misuse(lab)


def test_a_phone_that_no_carrier_serves() -> None:
    config = LabConfig(carriers=(CarrierConfig(name="att", profile="att"),))
    nobody = pytest.raises(AssertionError, match=r"no carrier here serves \+491701234567")
    with Lab(clock="virtual", config=config) as lab, nobody:
        lab.handset("+491701234567").expect("Hello")


def test_an_argument_of_carriers_without_a_gateway() -> None:
    with FakeCarriers() as carriers:
        carrier = carriers("generic")
        with pytest.raises(ValueError, match="accounts: found none, expected at least one"):
            carriers("att", accounts=[])
        with pytest.raises(TypeError, match="found no time"):
            carrier.advance()
        with pytest.raises(HandsetError, match="number: found 'x'"):
            carrier.handset("x")
        with (
            SmppClient(carrier, system_id=carrier.system_id, password=carrier.password) as client,
            pytest.raises(TypeError, match="send: found sourc=, which smpplib's submit_sm does not have"),
        ):
            client.send(ANA, "Hello", sourc="12065550199")


def test_a_phone_that_writes_to_nobody_is_told_at_the_end(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        def test_it(powerpack_lab):
            powerpack_lab.handset("+14155550123").reply("STOP", to="+14155559999")
        """,
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["  - +14155550123 wrote to 14155559999, which is no number of the account, at *"])


# Files

OWN = 'name = "own"\ncountry = "US"\ndated = 2026-01-05\n'


@pytest.mark.parametrize(
    ("load", "name", "text"),
    [
        (load_config, "lab.toml", "carier = 1"),
        (load_config, "lab.toml", '[[carriers]]\nname = "a"\nprot = 1'),
        (load_config, "lab.toml", "[gateway.delivery]\nunknwon_outcome = 1"),
        (load_gateway_config, "gateway.toml", "rotes = []"),
        (read_profile, "own.toml", OWN + 'cuntry = "US"'),
        (read_profile, "own.toml", OWN + "[receipt]\ndelay = 1"),
        (lambda path: parse_scenario(path.read_text(), origin=path.name), "a.yaml", "descripton: x"),
    ],
)
def test_a_key_that_nothing_reads(tmp_path: Path, load: Callable[[Path], object], name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    key = text.splitlines()[-1].partition(" ")[0].rstrip(":")

    with pytest.raises((SettingsError, ScenarioError, ProfileError), match=key):
        load(tmp_path / name)
