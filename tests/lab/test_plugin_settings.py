"""The marker, the ini options and the command line: what they do, and what they refuse."""

import pytest

from plugin_support import run_tests
from powerpack_lab.plugin_settings import drawn_seed


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        pytest.param("clok='virtual'", "found clok=, expected seed=*did you mean clock=?", id="unknown"),
        pytest.param("'virtual'", "found 'virtual' without a name, expected seed=*", id="positional"),
        pytest.param("clock='fast'", "clock: found 'fast', expected one of 'steered', 'virtual', 'real'", id="clock"),
        pytest.param("seed='7'", "seed: found '7', expected a whole number", id="seed"),
        pytest.param("strict=0", "strict: found 0, expected True or False", id="strict"),
        pytest.param("carriers='att'", "carriers: found 'att', expected a list with at least one entry", id="no list"),
        pytest.param("carriers=[]", "carriers: found *, expected a list with at least one entry", id="empty list"),
        pytest.param("carriers=['at']", "carriers: found 'at', expected one of att, *", id="carrier"),
        pytest.param("carriers=[7]", "carriers: found 7, expected names or CarrierConfig", id="carrier's type"),
        pytest.param("faults=['throtle']", "faults: unknown fault 'throtle'*throttle*known: *", id="fault"),
        pytest.param("faults=[{'share': 1}]", "faults: found {'share': 1}, expected a fault's word*", id="no word"),
        pytest.param(
            "faults=[{'fault': 'throttle', 'carrier': 'at'}]",
            "faults: found carrier 'at', expected one of att, *",
            id="fault's carrier",
        ),
        pytest.param(
            "faults=[{'fault': 'throttle', 'shar': 1}]", "faults: fault 'throttle': *shar*", id="fault's setting"
        ),
    ],
)
def test_a_marker_that_can_not_be_fails_its_test_in_one_line(pytester: pytest.Pytester, marker: str, said: str) -> None:
    result = run_tests(
        pytester,
        f"""
        import pytest

        @pytest.mark.powerpack({marker})
        def test_it(powerpack_lab):
            pass
        """,
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"powerpack marker: {said}".replace("[", "[[]")])


@pytest.mark.parametrize(
    ("marker", "fixtures", "said"),
    [
        ("clock='virtual'", "fake_carrier", "clock='virtual' does nothing*(powerpack_lab)"),
        ("faults=['throttle']", "fake_carriers", "faults=*does nothing*(powerpack_lab, fake_carrier)"),
        ("seed=7", "tmp_path", "seed=7 does nothing*"),
        ("carriers=['att', 'bell']", "fake_carrier", "carriers: found *expected one name*"),
    ],
)
def test_a_setting_that_does_nothing_is_an_error(
    pytester: pytest.Pytester, marker: str, fixtures: str, said: str
) -> None:
    result = run_tests(
        pytester,
        f"""
        import pytest

        @pytest.mark.powerpack({marker})
        def test_it({fixtures}):
            pass
        """,
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"powerpack marker: {said}"])


def test_a_marker_on_a_class_may_mean_only_some_of_its_tests(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import pytest

        @pytest.mark.powerpack(clock="virtual", seed=1)
        class TestIt:
            def test_without(self):
                pass

            @pytest.mark.powerpack(seed=2)
            def test_the_nearer_marker_goes_first(self, powerpack_lab):
                assert (powerpack_lab.seed, powerpack_lab.clock_mode) == (2, "virtual")
        """,
    )

    result.assert_outcomes(passed=2)


def test_faults_are_there_from_the_start(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import pytest
        import smpplib.exceptions

        @pytest.mark.powerpack(faults=["throttle", {"fault": "lose_receipt", "carrier": "att", "share": 0.5}])
        def test_in_the_lab(powerpack_lab):
            assert [each.fault_id for each in powerpack_lab.carrier("att").faults] == ["throttle-1", "lose_receipt-1"]
            assert [each.fault_id for each in powerpack_lab.carrier("bell").faults] == ["throttle-1"]

        @pytest.mark.powerpack(carriers=["tmobile"], faults=["throttle"])
        def test_without_a_gateway(fake_carrier, smpp_client):
            assert fake_carrier.name == "tmobile"
            with pytest.raises(smpplib.exceptions.PDUError, match="88"):
                smpp_client.send("+14155550123", "Hello")
        """,
    )

    result.assert_outcomes(passed=2)


def test_ini_options_speak_for_all_tests_and_markers_for_one(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npowerpack_clock = virtual\npowerpack_carriers = att bell\npowerpack_seed = 5\n")

    result = run_tests(
        pytester,
        """
        import pytest
        from powerpack_lab.plugin_settings import drawn_seed

        def test_ini(powerpack_lab, request):
            assert (powerpack_lab.clock_mode, list(powerpack_lab.carriers)) == ("virtual", ["att", "bell"])
            assert powerpack_lab.seed == drawn_seed("5", request.node.nodeid)

        @pytest.mark.powerpack(clock="steered", carriers=["generic"])
        def test_marker(powerpack_lab):
            assert (powerpack_lab.clock_mode, list(powerpack_lab.carriers)) == ("steered", ["generic"])
        """,
    )

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["powerpack-lab: seed base 5"])


def test_the_command_line_goes_before_the_marker(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import pytest

        @pytest.mark.powerpack(seed=7, clock="virtual")
        def test_it(powerpack_lab):
            assert powerpack_lab.seed == 9
        """,
        "--powerpack-seed=9",
    )

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["powerpack-lab: seed 9"])


def test_the_marker_is_registered(pytester: pytest.Pytester) -> None:
    result = run_tests(pytester, "def test_it(): pass", "--markers")

    result.stdout.fnmatch_lines(["@pytest.mark.powerpack(seed=int, carriers=*"])


def test_seeds_differ_by_test_and_base_and_never_change() -> None:
    seeds = [drawn_seed(base, nodeid) for base in ("0", "1") for nodeid in ("a::b", "a::c")]

    assert len(set(seeds)) == 4
    assert seeds[0] == 1918511108
