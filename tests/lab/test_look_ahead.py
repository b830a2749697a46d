"""What a failing test is told of the time after it had given up."""

import pytest

from plugin_support import run_tests
from powerpack_lab.lab import Lab
from powerpack_lab.look_ahead import notes

LATER = """
        import asyncio
        import pytest

        def send(lab, client, text):
            client.messages.create(powerpack_uuid=lab.powerpack_uuid, dst="+14155550123", text=text)
            return lab.handset("+14155550123")

        def back_after(lab, phone, seconds):
            phone.state = "off"

            async def come_back():
                asyncio.get_running_loop().call_later(seconds, setattr, phone._handset, "state", "on")

            lab.call(come_back())
"""


def test_what_came_later_is_told_once_the_test_has_failed(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        LATER
        + """
        def test_other_text(powerpack_lab, plivo_client):
            phone = powerpack_lab.handset("+14155550123")
            back_after(powerpack_lab, phone, 60)
            send(powerpack_lab, plivo_client, "Your code is 4712").expect("code is 4711", within=5)

        def test_the_text_itself(powerpack_lab, plivo_client):
            phone = powerpack_lab.handset("+14155550123")
            back_after(powerpack_lab, phone, 60)
            send(powerpack_lab, plivo_client, "Your code is 4711").expect("code is 4711", within=5)

        def test_asserted_too_early(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Hello")
            assert "Hello" in phone.texts

        def test_never(powerpack_lab, plivo_client):
            powerpack_lab.handset("+14155550123").state = "off"
            send(powerpack_lab, plivo_client, "Hello").expect("Hello", within=5)

        def test_that_is_about_something_else(powerpack_lab, plivo_client):
            phone = powerpack_lab.handset("+14155550123")
            back_after(powerpack_lab, phone, 60)
            with pytest.raises(AssertionError):
                send(powerpack_lab, plivo_client, "Hello").expect("Hello", within=5)
            assert phone.device == "something else"

        def test_one_carrier(fake_carrier, smpp_client):
            phone = fake_carrier.handset("+14155550123")
            smpp_client.send("+14155550123", "Hello")
            assert "Hello" in phone.texts
        """,
    )

    result.assert_outcomes(failed=6)
    result.stdout.fnmatch_lines(
        [
            "E       a message to +14155550123 with other text came 5? s later at * from 72345: 'Your code is 4712'",
            "E       it came 5? s later at * from 72345: 'Your code is 4711'; a larger within= waits for it",
            "E       it came * s later at * from 72345: 'Hello'; expect() waits for it",
            "E       message * to it is still SENT 60 s later",
            "E       AssertionError: assert 'mms' == 'something else'",
            "E       it came * s later at * from 14155550199: 'Hello'; expect() waits for it",
        ]
    )
    # Where CI is set, pytest's summary says every error again.
    assert sum("still SENT" in line for line in result.outlines if line.startswith("E ")) == 1
    assert "state=on" not in str(result.stdout), "what was looked at ahead is no part of the report"


def test_a_wait_in_vain_is_told_what_stood_in_its_way(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        LATER
        + """
        def test_throttled(powerpack_lab, plivo_client):
            powerpack_lab.carrier("att").faults.add("throttle")
            phone = send(powerpack_lab, plivo_client, "Hello")
            assert powerpack_lab.run_until(lambda: phone.texts)

        def test_too_short(powerpack_lab, plivo_client):
            phone = powerpack_lab.handset("+14155550123")
            back_after(powerpack_lab, phone, 20)
            send(powerpack_lab, plivo_client, "Hello")
            assert powerpack_lab.run_until(lambda: phone.texts, within=5)

        def test_no_callback_was_asked_for(powerpack_lab, plivo_client):
            send(powerpack_lab, plivo_client, "Hello")
            assert powerpack_lab.run_until(lambda: powerpack_lab.webhooks.received)

        @pytest.mark.powerpack(strict=False)
        def test_refused(powerpack_lab, plivo_client):
            webhooks = powerpack_lab.webhooks
            webhooks.answer = lambda webhook: (500, "")
            plivo_client.messages.create(
                powerpack_uuid=powerpack_lab.powerpack_uuid, dst="+14155550123", text="Hi", url=webhooks.url("/status")
            )
            assert powerpack_lab.run_until(lambda: False)

        def test_no_application(powerpack_lab, plivo_client):
            send(powerpack_lab, plivo_client, "Coming?").expect("Coming?")
            powerpack_lab.handset("+14155550123").reply("Yes")
            assert powerpack_lab.run_until(lambda: False)

        def test_unknown_powerpack(powerpack_lab, plivo_client):
            try:
                plivo_client.messages.create(powerpack_uuid="7e0c2003-0000", dst="+14155550123", text="Hi")
            except Exception:
                pass
            assert powerpack_lab.run_until(lambda: False)

        def test_nothing_was_sent(powerpack_lab):
            assert powerpack_lab.run_until(lambda: False)

        def test_that_is_about_something_else(powerpack_lab):
            assert not powerpack_lab.run_until(lambda: False)
            assert "something" == "else"

        def test_a_look_that_breaks_later(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Hello")
            assert powerpack_lab.run_until(lambda: phone.texts and 1 / 0, within=0.001)

        def test_one_carrier(fake_carrier):
            assert fake_carrier.run_until(lambda: False)
        """,
    )

    result.assert_outcomes(failed=10)
    result.stdout.fnmatch_lines(
        [
            "E       it did not hold within 60 s of the lab's time",
            "E       message * to +14155550123 is QUEUED since *: att said ESME_RTHROTTLED (0x00000058): it *",
            "  *   the same * times more",
            "E       it did not hold within 5 s of the lab's time",
            "E       message * to +14155550123 is SENT since *",
            "E       it held * s later at *; a larger within= waits for it",
            "E       nothing stood in its way: the one message has come to an end, no callback was due, no request *",
            "E       webhook http://*/status answered 500 to 'queued' at *",
            "E       message * from +14155550123 was told to nobody: neither its number nor its Powerpack has an *",
            "E       the API refused POST * with 400: *(powerpack 7e0c2003-0000 is unknown)",
            "E       no message was sent, and none came",
            "E       AssertionError: assert 'something' == 'else'",
            "E       whether it held after that can not be said: ZeroDivisionError('division by zero')",
            "E       it did not hold within 60 s of the lab's time",
        ]
    )
    assert sum("did not hold" in line for line in result.outlines if line.startswith("E ")) == 9


def test_who_catches_the_error_finds_the_clock_where_within_left_it(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import pytest

        @pytest.mark.powerpack(clock="virtual")
        def test_it(powerpack_lab):
            before = powerpack_lab.clock.monotonic()
            with pytest.raises(AssertionError, match="within 5 s"):
                powerpack_lab.handset("+14155550123").expect("Hello", within=5)
            assert powerpack_lab.clock.monotonic() == pytest.approx(before + 5)
        """,
    )

    result.assert_outcomes(passed=1)


def test_a_lab_that_broke_does_not_hide_the_error(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        def test_it(powerpack_lab):
            phone = powerpack_lab.handset("+14155550123")
            try:
                phone.expect("Hello", within=5)
            finally:
                powerpack_lab.stop()
        """,
    )

    result.stdout.fnmatch_lines(
        [
            "E * AssertionError: no message with 'Hello' *",
            "E * what came after that can not be said: *not running*",
        ]
    )


def test_where_waiting_is_waiting_nobody_looks_ahead() -> None:
    with Lab(clock="real") as lab:
        with pytest.raises(AssertionError) as caught:
            lab.handset("+14155550123").expect("Hello", within=0.01)

        assert notes(lab, caught.value) == []
