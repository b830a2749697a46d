"""freezegun and time-machine in the user's tests: the lab's clock begins where they stand, and follows."""

import pytest

from plugin_support import run_apart, run_tests

BOTH = pytest.mark.parametrize("clock", ["steered", "virtual"])


@BOTH
def test_freezegun_around_the_fixture_moves_the_lab_and_is_moved_by_it(pytester: pytest.Pytester, clock: str) -> None:
    result = run_tests(
        pytester,
        f"""
        from datetime import UTC, datetime, timedelta
        import freezegun
        import pytest

        @pytest.fixture
        def frozen():
            with freezegun.freeze_time("2026-03-01 12:00:00") as frozen:
                yield frozen

        @pytest.mark.powerpack(clock="{clock}")
        def test_it(frozen, powerpack_lab):
            begin = powerpack_lab.clock.now()
            assert timedelta() <= begin - datetime(2026, 3, 1, 12, tzinfo=UTC) < timedelta(seconds=5)

            powerpack_lab.advance(hours=1)
            shown = datetime.now(UTC) - datetime(2026, 3, 1, 13, tzinfo=UTC)
            assert timedelta() <= shown < timedelta(seconds=1)

            frozen.tick(timedelta(hours=1))
            powerpack_lab.advance(0)
            ahead = powerpack_lab.clock.now() - datetime(2026, 3, 1, 14, tzinfo=UTC)
            assert timedelta() <= ahead < timedelta(seconds=5)
        """,
    )

    result.assert_outcomes(passed=1)


@BOTH
def test_so_does_time_machine(pytester: pytest.Pytester, clock: str) -> None:
    result = run_tests(
        pytester,
        f"""
        from datetime import UTC, datetime, timedelta
        import pytest
        import time_machine

        @pytest.fixture
        def traveller():
            with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as traveller:
                yield traveller

        @pytest.mark.powerpack(clock="{clock}")
        def test_it(traveller, powerpack_lab):
            powerpack_lab.advance(hours=1)
            shown = datetime.now(UTC) - datetime(2026, 3, 1, 13, tzinfo=UTC)
            assert timedelta() <= shown < timedelta(seconds=1)

            traveller.shift(timedelta(hours=1))
            powerpack_lab.advance(0)
            ahead = powerpack_lab.clock.now() - datetime(2026, 3, 1, 14, tzinfo=UTC)
            assert timedelta() <= ahead < timedelta(seconds=5)
        """,
        "-p",
        "no:time_machine",
    )

    result.assert_outcomes(passed=1)


def test_a_message_goes_all_the_way_while_time_is_frozen_from_the_first_import(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("frozen")
    (folder / "test_frozen.py").write_text(
        """
from datetime import UTC, datetime
import freezegun
import pytest

@pytest.fixture
def frozen():
    with freezegun.freeze_time("2026-03-01 12:00:00") as frozen:
        yield frozen

def test_it(frozen, powerpack_lab, plivo_client):
    url = powerpack_lab.webhooks.url("/status")
    uuid = powerpack_lab.powerpack_uuid
    plivo_client.messages.create(powerpack_uuid=uuid, dst="+14155550123", text="Hello", url=url)
    message = powerpack_lab.handset("+14155550123").expect("Hello")
    assert message.received_at.date() == datetime(2026, 3, 1).date()
    powerpack_lab.advance(minutes=1)
    [created] = [each for each in plivo_client.messages.list()]
    assert created.message_state == "delivered"
    assert created.message_time.startswith("2026-03-01")
    assert [each.is_signed for each in powerpack_lab.webhooks.received] == [True, True, True]

def test_what_is_imported_when_asked_for_works_frozen_too(frozen, powerpack_lab, plivo_client):
    # The other resources of the API, the faults, the control API and the console: first asked for here.
    [pool] = [each for each in plivo_client.powerpacks.list()]
    assert pool.uuid == powerpack_lab.powerpack_uuid
    plivo_client.numbers.buy("18445550190")
    assert plivo_client.numbers.get("18445550190").added_on == "2026-03-01"
    powerpack_lab.carrier("att").faults.add("throttle", share=0.5)
    import urllib.request
    with urllib.request.urlopen(powerpack_lab.console_url) as page:
        assert b"2026" in page.read()

def test_and_thawed(powerpack_lab, plivo_client):
    bought = plivo_client.numbers.buy("18445550190")
    added_on = plivo_client.numbers.get("18445550190").added_on
    assert datetime.fromisoformat(added_on).date() == powerpack_lab.clock.now().date() != datetime(2026, 3, 1).date()

@freezegun.freeze_time("2026-04-01")
def test_decorated(powerpack_lab):
    powerpack_lab.advance(1)
"""
    )

    result = run_apart(folder)

    assert result.returncode == 0, result.stdout


def test_a_freezer_that_goes_back_is_an_error(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import freezegun
        import pytest

        @pytest.fixture
        def frozen():
            with freezegun.freeze_time("2026-03-01 12:00:00") as frozen:
                yield frozen

        @pytest.mark.powerpack(strict=False)
        def test_it(frozen, powerpack_lab):
            from powerpack_lab.freezing import FreezerMovedBack

            frozen.move_to("2026-02-01")
            with pytest.raises(FreezerMovedBack):
                powerpack_lab.advance(1)
        """,
    )

    result.assert_outcomes(passed=1)
