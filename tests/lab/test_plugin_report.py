"""Failures that explain themselves, and tests that fail for what they did not ask about."""

import pytest

from plugin_support import run_tests

SEND = """
        def send(lab, client, text, **more):
            client.messages.create(powerpack_uuid=lab.powerpack_uuid, dst="+14155550123", text=text, **more)
            return lab.handset("+14155550123")
"""


def test_a_wrong_text_is_shown_beside_the_right_one(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        def test_it(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Your code is 4711")
            phone.expect("4711")
            assert "Your code is 4712" in phone.texts
        """,
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E       AssertionError: assert no text 'Your code is 4712' on +14155550123",
            "E         its inbox holds 1:",
            "E           *from 72345: 'Your code is 4711'",
            "E         nearest:",
            "E           - Your code is 4711",
            "E           + Your code is 4712",
        ]
    )


def test_part_of_a_text_is_answered_with_how_to_ask_for_it(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        def test_it(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Your code is 4711")
            phone.expect("4711")
            assert "4711" in phone.texts
        """,
    )

    result.stdout.fnmatch_lines(["E         part of a text: texts are compared whole here, use expect('4711')"])


def test_a_text_that_should_not_be_there_is_shown(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        def test_it(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Hello")
            phone.expect("Hello")
            assert "Hello" not in phone.texts
        """,
    )

    result.stdout.fnmatch_lines(["E       AssertionError: assert the text 'Hello' on +14155550123"])


def test_near_misses_are_named(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        def test_other_phone(powerpack_lab, plivo_client):
            send(powerpack_lab, plivo_client, "Hello").expect("Hello")
            powerpack_lab.handset("+14155550124").expect("Hello")

        def test_blocked(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Hello")
            phone.expect("Hello")
            phone.reply("STOP")
            send(powerpack_lab, plivo_client, "Hello again")
            phone.expect("Hello again")

        def test_late(powerpack_lab, plivo_client):
            powerpack_lab.handset("+14155550123").state = "off"
            send(powerpack_lab, plivo_client, "Hello").expect("Hello", within=5)

        def test_on_its_way(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Hello")
            assert "Hello" in phone.texts
        """,
    )

    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "E       AssertionError: no message with 'Hello' came to +14155550124 within 60 s",
            "E       it came to +14155550123 at *: 'Hello'",
            "E       message * to it failed at * with error 200: 14155550123 said STOP to 72345 at *",
            "E       the phone is off",
            "E       its inbox is empty",
            "E       message * to it is SENT since *: it has not come within 5 s; a larger within= gives it more",
            "E         message * to it is * since *: expect() lets time pass until it is there",
        ]
    )


def test_an_inbox_differs_as_a_list_of_texts_does(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        def test_texts(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Hello")
            phone.expect("Hello")
            assert phone.texts == ["Hello", "World"]

        def test_inbox(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Hello")
            phone.expect("Hello")
            assert phone.inbox == []

        def test_texts_in_an_inbox(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Hello")
            phone.expect("Hello")
            assert phone.inbox == ["Hello"]

        def test_a_text_in_an_inbox(powerpack_lab, plivo_client):
            assert "Hello" in send(powerpack_lab, plivo_client, "Hello").inbox

        def test_the_first(powerpack_lab, plivo_client):
            assert send(powerpack_lab, plivo_client, "Hello").inbox[0].text == "Hello"

        def test_it_is_a_list(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Hello")
            phone.expect("Hello")
            assert phone.texts == ["Hello"] == [each.text for each in phone.inbox[:1]]
            assert phone.inbox == list(phone.inbox) != []
        """,
    )

    result.assert_outcomes(failed=5, passed=1)
    result.stdout.fnmatch_lines(
        [
            "E       AssertionError: assert other texts on +14155550123 (- came, + wanted):",
            "E           'Hello'",
            "E         + 'World'",
            "E       AssertionError: assert another inbox on +14155550123 (- came, + wanted):",
            "E         - ??:??:?? from 72345: 'Hello'",
            "E         an inbox holds messages: use texts",
            "E       AssertionError: assert the inbox of +14155550123 holds messages, not texts: use texts, or *",
            "E       it came * s later at * from 72345: 'Hello'; expect() waits for it",
            "E       IndexError: no message 0 on +14155550123",
            "E       its inbox is empty",
            "E       message * to it is * since *: expect() lets time pass until it is there",
        ]
    )


def test_the_report_tells_the_whole_story(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        def test_it(powerpack_lab, plivo_client):
            phone = send(powerpack_lab, plivo_client, "Hello", url=powerpack_lab.webhooks.url("/status"))
            phone.expect("Hello")
            assert phone.texts == []
        """,
    )

    result.stdout.fnmatch_lines(
        [
            "*powerpack-lab messages*",
            "* 72345 -> 14155550123: DELIVERED",
            "  * number 72345 selected, its turn is now",
            "  *   because number priority: shortcode is the first type with capacity",
            "  * QUEUED -> SUBMITTED (submit)",
            "  * receipt DELIVERED from att for id *",
            "*powerpack-lab PDUs*",
            "* att#1 > submit_sm seq=2 72345 -> 14155550123 'Hello' *",
            "*powerpack-lab webhooks*",
            "* POST http://127.0.0.1:*/status delivered -> 200",
            "*powerpack-lab journal*",
            "* lab.started *",
            "*powerpack-lab repeat with*",
            "pytest test_the_report_tells_the_whole_story.py::test_it --powerpack-seed=*",
        ]
    )
    result.stdout.no_fnmatch_line("*bind_transceiver*")


def test_the_seed_that_was_printed_repeats_the_run(pytester: pytest.Pytester) -> None:
    text = """
        def test_it(powerpack_lab):
            assert powerpack_lab.auth_id == ""
        """
    first = run_tests(pytester, text)
    command = next(line for line in first.outlines if line.startswith("pytest "))

    second = run_tests(pytester, text, command.split()[-1])

    told = [line for line in first.outlines if "AssertionError: assert 'MA" in line]
    assert told
    assert [line for line in second.outlines if "AssertionError: assert 'MA" in line] == told


@pytest.mark.parametrize(
    "mistake",
    [
        "phone.expect('Hello', within=1)",
        "phone.reply('STOP')",
        "phone.report_spam()",
        "powerpack_lab.carrier('at')",
        "powerpack_lab.carrier('att').faults.add('throtle')",
        "powerpack_lab.handset('Ana')",
    ],
)
def test_our_frames_are_hidden_where_the_test_is_wrong(pytester: pytest.Pytester, mistake: str) -> None:
    text = f"""
        def test_it(powerpack_lab):
            phone = powerpack_lab.handset("+14155550123")
            {mistake}
        """

    result = run_tests(pytester, text)
    full = run_tests(pytester, text, "--full-trace")

    assert "powerpack_lab/lab.py" not in result.stdout.str().partition("powerpack-lab PDUs")[0]
    assert "concurrent/futures" not in result.stdout.str()
    result.assert_outcomes(failed=1)
    assert "fixtures/powerpack_lab" in full.stdout.str() or "powerpack_carriers" in full.stdout.str()


def test_a_webhook_that_answers_500_fails_the_test(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        import pytest

        def break_and_send(lab, client):
            lab.webhooks.answer = lambda _: (500, "")
            send(lab, client, "Hello", url=lab.webhooks.url("/status"))

        def test_it(powerpack_lab, plivo_client):
            break_and_send(powerpack_lab, plivo_client)

        @pytest.mark.powerpack(strict=False)
        def test_unless_it_is_meant(powerpack_lab, plivo_client):
            break_and_send(powerpack_lab, plivo_client)
        """,
    )

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "the lab saw what this test did not ask about:",
            "  - webhook http://127.0.0.1:*/status answered 500 to 'queued' at *",
            "if that is as it should be, say so: @pytest.mark.powerpack(strict=False)",
            "*powerpack-lab messages*",
        ]
    )


@pytest.mark.parametrize(
    ("status", "hint"), [(403, ": if it checks signatures, *"), (301, ": callbacks do not follow *"), (404, "")]
)
def test_so_does_any_answer_but_2xx_and_a_hint_says_what_is_mostly_behind_it(
    pytester: pytest.Pytester, status: int, hint: str
) -> None:
    result = run_tests(
        pytester,
        SEND
        + f"""
        def test_it(powerpack_lab, plivo_client):
            powerpack_lab.webhooks.answer = lambda _: ({status}, "")
            send(powerpack_lab, plivo_client, "Hello", url=powerpack_lab.webhooks.url("/status"))
        """,
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [f"  - webhook http://127.0.0.1:*/status answered {status} to 'queued' at *:??:??{hint}"]
    )


def test_an_address_that_nobody_answers_is_not_told_since_that_takes_as_long_as_the_network_likes(
    pytester: pytest.Pytester,
) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        def test_it(powerpack_lab, plivo_client):
            send(powerpack_lab, plivo_client, "Hello", url="http://127.0.0.1:1/status")
        """,
    )

    result.assert_outcomes(passed=1)


def test_what_the_api_refused_is_told_though_the_application_keeps_it_to_itself(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        def test_it(powerpack_lab, plivo_client):
            try:
                plivo_client.messages.create(src="12065559999", dst="+14155550123", text="Hello")
            except Exception:
                pass
            powerpack_lab.handset("+14155550123").expect("Hello")

        def test_nobody_wrote(powerpack_lab, plivo_client):
            powerpack_lab.handset("+14155550123").expect("Hello")
        """,
    )

    result.stdout.fnmatch_lines(
        [
            "E       the API refused POST */Message/ with 400: *'12065559999' is no number of this account",
            "*powerpack-lab refused requests*",
            "*-> 400: this caller ID is not allowed*",
            "E       the gateway was never asked to write to +14155550123",
        ]
    )


def test_many_messages_are_told_in_short_first(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        def test_it(powerpack_lab, plivo_client):
            for n in range(21):
                send(powerpack_lab, plivo_client, f"Hello {n}")
            assert False
        """,
    )

    result.stdout.fnmatch_lines(
        [
            "*powerpack-lab messages in short*",
            "1 from 72345: number priority: shortcode is the first type with capacity",
            "20 from 72345: sticky sender: the handset knows 72345",
            "*powerpack-lab messages (the last 20 of 21)*",
            "*powerpack-lab advice to the sender*",
            "company_name: name your company, * ([0-9]*)",
        ]
    )


def test_a_message_without_a_final_state_fails_the_test(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        import pytest
        pytestmark = pytest.mark.powerpack(faults=["lose_receipt"])

        def test_it(powerpack_lab, plivo_client):
            send(powerpack_lab, plivo_client, "Hello")
        """,
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["  - message * to +14155550123 has no final state: it is SENT"])


def test_the_ini_option_makes_all_tests_lenient(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npowerpack_strict = false\n")

    result = run_tests(
        pytester,
        SEND
        + """
        import pytest
        pytestmark = pytest.mark.powerpack(faults=["lose_receipt"])

        def test_it(powerpack_lab, plivo_client):
            send(powerpack_lab, plivo_client, "Hello")
        """,
    )

    result.assert_outcomes(passed=1)


def test_a_message_on_its_way_at_the_end_is_waited_for(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        def test_it(powerpack_lab, plivo_client):
            for n in range(20):
                plivo_client.messages.create(src="14155550181", dst="+14155550123", text=f"Hello {n}")
        """,
    )

    result.assert_outcomes(passed=1)


def test_a_test_that_failed_is_not_failed_twice(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        SEND
        + """
        import pytest

        @pytest.mark.powerpack(faults=["lose_receipt"])
        def test_it(powerpack_lab, plivo_client):
            send(powerpack_lab, plivo_client, "Hello")
            assert False
        """,
    )

    result.assert_outcomes(failed=1)


def test_the_seed_is_in_the_junit_file(pytester: pytest.Pytester) -> None:
    run_tests(pytester, "def test_it(powerpack_lab): pass", "--junitxml=out.xml", "--powerpack-seed=7")

    assert '<property name="powerpack_seed" value="7"' in (pytester.path / "out.xml").read_text()
