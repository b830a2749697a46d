"""The outbox's motor on a loop whose time jumps: order, retries on schedule, and what is said to whom."""

import asyncio
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.outboxes import (
    GIVE_UP_S,
    REFUSED,
    URL,
    Log,
    Outbox,
    ScriptedSender,
    a_notice,
    always,
    in_turn,
    status,
)
from gateway.receivers import EPOCH, virtually
from powerpack_gateway.callbacks import Notice, form_encoded
from powerpack_gateway.http_client import (
    HttpFailure,
    HttpResponse,
    HttpSender,
)
from powerpack_lab.clock import LoopClock


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
def test_any_2xx_acknowledges(code: int) -> None:
    async def main() -> None:
        outbox = Outbox(ScriptedSender(always(status(code, b"<Response/>"))))
        outbox.callbacks.tell(a_notice())
        await outbox.callbacks.drain(1.0)

        assert outbox.settled == [(1, 0, True, b"<Response/>")]
        assert outbox.kinds() == ["callback.sent"]
        assert outbox.callbacks.pending == 0

    virtually(main())


@pytest.mark.parametrize("outcome", [status(301), status(404), status(500), REFUSED], ids=str)
def test_anything_else_is_tried_again_60_120_and_240_seconds_later_and_then_given_up(
    outcome: HttpResponse | HttpFailure,
) -> None:
    async def main() -> None:
        sender = ScriptedSender(always(outcome))
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice())
        await outbox.callbacks.drain(3600.0)

        assert sender.times == [0.0, 60.0, 180.0, 420.0]
        assert outbox.settled == [(1, 0, False, b"")]
        assert outbox.kinds() == ["callback.failed"] * 4 + ["callback.gave_up"]

    virtually(main())


def test_a_retry_is_counted_from_the_start_of_the_try_before_it() -> None:
    async def main() -> None:
        sender = ScriptedSender(in_turn(None, status(200)))
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice())
        await asyncio.sleep(15.0)
        sender.sent[0].done(REFUSED)
        await outbox.callbacks.drain(3600.0)

        assert sender.times == [0.0, 60.0]

    virtually(main())


def test_a_retry_that_succeeds_acknowledges() -> None:
    async def main() -> None:
        outbox = Outbox(ScriptedSender(in_turn(status(503), REFUSED, status(200, b"late"))))
        outbox.callbacks.tell(a_notice())
        await outbox.callbacks.drain(3600.0)

        assert outbox.settled == [(1, 0, True, b"late")]
        assert [fields["attempt"] for _, fields in outbox.journal] == [1, 2, 3]
        assert [fields.get("status") for _, fields in outbox.journal] == [503, None, 200]

    virtually(main())


@pytest.mark.parametrize("url", ["http://:0/", "http://a:99999/", "http://a:b/", "http://[::1"])
def test_a_url_that_cannot_be_used_is_given_up_at_once(url: str) -> None:
    """It is not signed either: an earlier version has stored addresses that nobody can take apart."""

    async def main() -> None:
        clock = LoopClock(asyncio.get_running_loop(), EPOCH)
        sender = HttpSender(clock=clock, journal=Log())
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice(url=url))
        await outbox.callbacks.drain(3600.0)
        await sender.close()

        assert outbox.settled == [(1, 0, False, b"")]
        assert outbox.kinds() == ["callback.failed", "callback.gave_up"]
        assert outbox.signed == []

    virtually(main())


def test_notices_of_one_key_go_out_in_order_each_after_the_one_before_was_settled() -> None:
    async def main() -> None:
        sender = ScriptedSender(in_turn(status(500), status(200), status(200), status(200)))
        outbox = Outbox(sender)
        for index in range(3):
            outbox.callbacks.tell(a_notice(index=index, params={"Sequence": str(index)}))
        await outbox.callbacks.drain(3600.0)

        assert [sent.request.body for sent in sender.sent] == [
            b"Sequence=0",
            b"Sequence=0",
            b"Sequence=1",
            b"Sequence=2",
        ]
        assert sender.times == [0.0, 60.0, 60.0, 60.0]
        assert [index for _, index, _, _ in outbox.settled] == [0, 1, 2]

    virtually(main())


def test_a_notice_given_up_lets_the_next_one_go() -> None:
    async def main() -> None:
        sender = ScriptedSender(lambda request: status(200) if request.body == b"Sequence=1" else status(500))
        outbox = Outbox(sender)
        for index in range(2):
            outbox.callbacks.tell(a_notice(index=index, params={"Sequence": str(index)}))
        await outbox.callbacks.drain(3600.0)

        assert outbox.settled == [(1, 0, False, b""), (1, 1, True, b"")]
        assert sender.times[-1] == GIVE_UP_S

    virtually(main())


def test_keys_do_not_wait_for_each_other() -> None:
    async def main() -> None:
        sender = ScriptedSender(lambda request: status(500) if request.body == b"key=1" else status(200))
        outbox = Outbox(sender)
        for key in (1, 2, 3):
            outbox.callbacks.tell(a_notice(key, params={"key": str(key)}))
        await outbox.callbacks.drain(1.0)

        assert [key for key, _, _, _ in outbox.settled] == [2, 3]
        assert outbox.callbacks.pending == 1

    virtually(main())


def test_a_notice_told_while_one_is_settled_comes_after_it() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(status(200)))
        outbox = Outbox(sender)

        def tell_more(notice: Notice) -> None:
            if notice.index < 2:
                outbox.callbacks.tell(a_notice(index=notice.index + 1))

        outbox.on_settled = tell_more
        outbox.callbacks.tell(a_notice(index=0))
        await outbox.callbacks.drain(1.0)

        assert [index for _, index, _, _ in outbox.settled] == [0, 1, 2]
        assert outbox.callbacks.pending == 0

    virtually(main())


def test_an_owner_that_raises_does_not_hold_up_the_key() -> None:
    async def main() -> None:
        raised: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context["exception"]))
        outbox = Outbox(ScriptedSender(always(status(200))))

        def fail_once(notice: Notice) -> None:
            if notice.index == 0:
                raise LookupError("mine")

        outbox.on_settled = fail_once
        outbox.callbacks.tell(a_notice(index=0))
        outbox.callbacks.tell(a_notice(index=1))
        await outbox.callbacks.drain(1.0)

        assert [type(error) for error in raised] == [LookupError]
        assert [index for _, index, _, _ in outbox.settled] == [0, 1]

    virtually(main())


def test_each_try_is_signed_afresh() -> None:
    async def main() -> None:
        sender = ScriptedSender(in_turn(status(500), status(200)))
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice(method="GET", url="http://app.test/s?x=1", params={"To": "1"}))
        await outbox.callbacks.drain(3600.0)

        assert [sent.request.headers["X-Nonce"] for sent in sender.sent] == ["1", "2"]
        assert outbox.signed == [("GET", "http://app.test/s?x=1", {"To": "1"})] * 2

    virtually(main())


def test_a_post_carries_the_params_as_a_form() -> None:
    async def main() -> None:
        sender = ScriptedSender(always(status(200)))
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice(params={"To": "14155550123", "Text": "50% & más ✓", "MCC": ""}))
        await outbox.callbacks.drain(1.0)

        (sent,) = sender.sent
        assert sent.request.method == "POST"
        assert sent.request.url == URL
        assert sent.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert sent.request.body == b"To=14155550123&Text=50%25+%26+m%C3%A1s+%E2%9C%93&MCC="

    virtually(main())


@pytest.mark.parametrize(
    ("url", "sent_to"),
    [
        ("http://a/s", "http://a/s?To=1"),
        ("http://a/s?x=1", "http://a/s?x=1&To=1"),
        ("http://a/s?", "http://a/s?To=1"),
        ("http://a/s?x=1&", "http://a/s?x=1&To=1"),
        ("http://a/s#top", "http://a/s?To=1"),
        ("http://a", "http://a?To=1"),
    ],
)
def test_a_get_carries_the_params_behind_the_query_of_the_url(url: str, sent_to: str) -> None:
    async def main() -> None:
        sender = ScriptedSender(always(status(200)))
        outbox = Outbox(sender)
        outbox.callbacks.tell(a_notice(url=url, method="GET", params={"To": "1"}))
        await outbox.callbacks.drain(1.0)

        (sent,) = sender.sent
        assert (sent.request.method, sent.request.url, sent.request.body) == ("GET", sent_to, b"")
        assert "Content-Type" not in sent.request.headers

    virtually(main())


@given(st.dictionaries(st.text(), st.text()))
@example({"Time": "2026-03-02 09:00:01.5", "a b:%s": "~"})
def test_the_form_is_what_urlencode_gives(params: dict[str, str]) -> None:
    assert form_encoded(params) == urlencode(params)


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_the_form_is_read_back_as_it_was(params: dict[str, str]) -> None:
    assert dict(parse_qsl(form_encoded(params), keep_blank_values=True)) == params


def test_the_journal_names_each_try_and_hides_a_password() -> None:
    async def main() -> None:
        outbox = Outbox(ScriptedSender(in_turn(status(500), status(200))))
        outbox.callbacks.tell(a_notice(7, 1, url="http://user:secret@app.test/s"))
        await outbox.callbacks.drain(3600.0)

        common = {
            "key": 7,
            "index": 1,
            "what": "status",
            "method": "POST",
            "url": "http://app.test/s",
            "params": {"Status": "sent"},
        }
        assert outbox.journal == [
            ("callback.failed", {**common, "attempt": 1, "status": 500, "reason": "status 500", "retry_in_s": 60.0}),
            ("callback.sent", {**common, "attempt": 2, "status": 200}),
        ]

    virtually(main())
