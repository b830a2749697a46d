"""Receivers that accept connections and answer nothing: what is owed to them is bounded in time and memory."""

import asyncio
from collections.abc import Sequence

import pytest

from gateway.outboxes import GIVE_UP_S, URL, Outbox, a_notice, status
from gateway.receivers import virtually
from gateway.test_plain_callbacks import POST, a_call
from powerpack_gateway.callbacks import Notice
from powerpack_gateway.http_client import Done, FailureKind, HttpFailure, HttpRequest, SenderLimits
from powerpack_gateway.http_connection import Carried
from powerpack_gateway.http_request import Origin
from powerpack_gateway.plain_callbacks import PlainCall


class Silent:
    """Answers nothing, in fifteen seconds each, until ``heals_at``."""

    def __init__(self, heals_at: float = float("inf")) -> None:
        self.limits = SenderLimits()
        self.heals_at = heals_at
        self.tries: list[str] = []

    def send(self, request: HttpRequest, done: Done) -> None:
        loop = asyncio.get_running_loop()
        self.tries.append(request.url)
        if loop.time() >= self.heals_at or request.url != URL:
            loop.call_soon(done, status(200))
        else:
            timeout = HttpFailure(kind=FailureKind.TIMEOUT, detail="no answer")
            loop.call_later(self.limits.timeout_s, done, timeout)

    def carry(self, origin: Origin, exchanges: Sequence[Carried]) -> None:
        """Plain ones."""
        for each in exchanges:
            self.send(HttpRequest(method="POST", url=URL, body=each.raw), each.done)


MANY = 5_000


def plain_calls(count: int, each: int) -> list[PlainCall]:
    return [a_call(key, index, POST) for key in range(count) for index in range(each)]


@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "the long way"])
def test_ten_thousand_for_a_receiver_that_answers_nothing_are_given_up_when_their_tries_would_be_over(
    *, is_plain: bool
) -> None:
    async def main() -> None:
        sender = Silent()
        outbox = Outbox(sender)
        if is_plain:
            outbox.callbacks.tell_plain(plain_calls(MANY, 2))
        else:
            for key in range(MANY):
                outbox.callbacks.tell(a_notice(key, 0))
                outbox.callbacks.tell(a_notice(key, 1))
        await asyncio.sleep(GIVE_UP_S)
        early = len(outbox.settled)
        most = outbox.callbacks.pending
        await asyncio.sleep(3_600)  # those that were tried have their other tries

        assert (early, most) == (0, 2 * MANY)
        assert outbox.callbacks.pending == 0
        assert len(outbox.settled) == len(set(outbox.settled)) == 2 * MANY
        assert not any(acknowledged for _, _, acknowledged, _ in outbox.settled)
        assert all(
            outbox.settled.index((key, 0, False, b"")) < outbox.settled.index((key, 1, False, b"")) for key in range(50)
        )
        why = [fields["reason"] for kind, fields in outbox.journal if kind == "callback.gave_up"]
        assert len(why) == 2 * MANY
        assert sum(str(each).startswith("its receiver has answered nothing for ") for each in why) > 0.9 * len(why)

        outbox.callbacks.tell(a_notice(MANY))  # it is tried all the same, as it may be well again
        assert sender.tries[-1] == URL
        await outbox.callbacks.stop()

    virtually(main())


def test_a_receiver_that_answers_again_in_time_hears_everything_however_much_it_is() -> None:
    async def main() -> None:
        sender = Silent(heals_at=GIVE_UP_S - 30)
        outbox = Outbox(sender)
        outbox.callbacks.tell_plain(plain_calls(MANY, 1))
        await asyncio.sleep(2 * GIVE_UP_S)

        assert outbox.callbacks.pending == 0
        assert all(acknowledged for _, _, acknowledged, _ in outbox.settled)
        assert len(outbox.settled) + len(outbox.told) == MANY
        assert "callback.gave_up" not in outbox.kinds()

    virtually(main())


@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "the long way"])
def test_what_waits_behind_the_same_messages_callback_has_all_its_tries(*, is_plain: bool) -> None:
    async def main() -> None:
        sender = Silent()
        outbox = Outbox(sender)
        if is_plain:
            outbox.callbacks.tell_plain(plain_calls(1, 3))
        else:
            for index in range(3):
                outbox.callbacks.tell(a_notice(0, index))
        others = int(3 * GIVE_UP_S / 10)
        for key in range(
            1, others + 1
        ):  # there is always one under way, so that it is known that the receiver is silent
            await asyncio.sleep(10)
            outbox.callbacks.tell(a_notice(key))
        await asyncio.sleep(GIVE_UP_S)

        assert len(sender.tries) == (3 + others) * 4
        assert [index for key, index, _, _ in outbox.settled if key == 0] == [0, 1, 2]

    virtually(main())


def test_nothing_for_another_receiver_is_given_up_or_waits() -> None:
    async def main() -> None:
        sender = Silent()
        outbox = Outbox(sender)
        for key in range(MANY):
            outbox.callbacks.tell(a_notice(key))
        for key in range(MANY, 2 * MANY):
            outbox.callbacks.tell(a_notice(key, url="http://well.test/"))
        await asyncio.sleep(1)

        assert len(outbox.settled) == MANY
        assert {key for key, *_ in outbox.settled} == set(range(MANY, 2 * MANY))
        await outbox.callbacks.stop()

    virtually(main())


def test_a_stop_in_the_middle_of_giving_up_settles_nothing_more() -> None:
    async def main() -> None:
        outbox = Outbox(Silent())
        for key in range(MANY):
            outbox.callbacks.tell(a_notice(key))
        settled: list[int] = []

        def stop(notice: Notice) -> None:
            settled.append(notice.key)
            if len(settled) == 100:
                stopping.append(asyncio.get_running_loop().create_task(outbox.callbacks.stop()))

        stopping: list[asyncio.Task[None]] = []
        outbox.on_settled = stop
        await asyncio.sleep(GIVE_UP_S * 2)

        assert len(settled) < MANY
        assert outbox.callbacks.pending == 0
        await stopping[0]

    virtually(main())
