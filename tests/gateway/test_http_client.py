"""The sender against real receivers: over loopback sockets and over the virtual loop's wires, the same code."""

import asyncio

from gateway.receivers import CLOSING, OK, Events, Receiver, Run, a_sender, answer_to, ask, failure_of, virtually
from powerpack_gateway.http_client import (
    FailureKind,
    HttpFailure,
    HttpRequest,
    HttpResponse,
)


def test_a_request_is_answered(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver() as receiver:
            sender = a_sender()
            answer = await answer_to(sender, receiver.url("/status?x=1"))
            await sender.close()

            assert (answer.status, answer.body) == (200, b"ok")
            ((_, request),) = receiver.requests
            assert request.startswith(b"POST /status?x=1 HTTP/1.1\r\n")
            assert request.endswith(b"\r\n\r\na=b")

    run(main())


def test_requests_one_after_the_other_share_a_connection(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver() as receiver:
            events = Events()
            sender = a_sender(events)
            for _ in range(5):
                await answer_to(sender, receiver.url())
            await sender.close()

            assert [number for number, _ in receiver.requests] == [0] * 5
            assert events.kinds == ["http.opened", "http.closed"]

    run(main())


def test_an_answer_that_closes_is_followed_by_a_new_connection(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(CLOSING) as receiver:
            sender = a_sender()
            for _ in range(3):
                await answer_to(sender, receiver.url())
            await sender.close()

            assert [number for number, _ in receiver.requests] == [0, 1, 2]

    run(main())


def test_a_body_that_ends_with_the_connection_is_an_answer(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(b"HTTP/1.0 200 OK\r\n\r\nuntil the end") as receiver:
            sender = a_sender()
            asked = ask(sender, receiver.url())
            await receiver.has(1)
            receiver.links[0].transport.close()
            answer = await asked
            await sender.close()

            assert isinstance(answer, HttpResponse)
            assert answer.body == b"until the end"

    run(main())


def test_a_redirect_is_an_answer_and_is_not_followed(run: Run[None]) -> None:
    async def main() -> None:
        redirect = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
        async with Receiver(redirect) as receiver:
            sender = a_sender()
            answer = await answer_to(sender, receiver.url())
            await sender.close()

            assert answer.status == 302
            assert answer.header("location") == "/elsewhere"
            assert len(receiver.requests) == 1

    run(main())


def test_requests_beyond_the_connections_wait_in_line_and_go_out_in_order(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(None, None, OK) as receiver:
            sender = a_sender(connections_per_origin=2)
            asked = [ask(sender, receiver.url(f"/{n}")) for n in range(6)]
            await receiver.has(2)

            assert (sender.in_flight, sender.waiting) == (2, 4)

            for link in receiver.links:
                link.transport.write(OK)
            outcomes = await asyncio.gather(*asked)
            await sender.close()

            assert all(isinstance(outcome, HttpResponse) for outcome in outcomes)
            assert len(receiver.links) == 2
            paths = [request.split(b" ")[1] for _, request in receiver.requests]
            assert sorted(paths[:2]) == [b"/0", b"/1"]
            assert sorted(paths) == [b"/0", b"/1", b"/2", b"/3", b"/4", b"/5"]

    run(main())


def test_a_full_line_refuses_at_once_and_says_so(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(None) as receiver:
            sender = a_sender(connections_per_origin=1, waiting_per_origin=1)
            held = [ask(sender, receiver.url()) for _ in range(2)]
            failure = await failure_of(sender, receiver.url())
            await receiver.has(1)
            await sender.close()

            assert failure.kind is FailureKind.CROWDED
            assert failure.detail == f"http://127.0.0.1:{receiver.port}: 1 requests wait already, which is the limit"
            assert all(future.done() for future in held)

    run(main())


def test_a_stale_connection_is_replaced_once_without_a_word(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(OK, b"", OK) as receiver:
            events = Events()
            sender = a_sender(events)
            await answer_to(sender, receiver.url("/first"))
            await answer_to(sender, receiver.url("/second"))
            await sender.close()

            seen = [(number, request.split(b" ")[1]) for number, request in receiver.requests]
            assert seen == [(0, b"/first"), (0, b"/second"), (1, b"/second")]
            assert "http.retried" in events.kinds

    run(main())


def test_a_retry_jumps_the_line(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(OK, b"", OK) as receiver:
            sender = a_sender(connections_per_origin=1)
            await answer_to(sender, receiver.url("/first"))
            await asyncio.gather(ask(sender, receiver.url("/second")), ask(sender, receiver.url("/third")))
            await sender.close()

            seen = [(number, request.split(b" ")[1]) for number, request in receiver.requests]
            assert seen == [(0, b"/first"), (0, b"/second"), (1, b"/second"), (1, b"/third")]

    run(main())


def test_a_fresh_connection_that_dies_is_a_failure(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(b"") as receiver:
            sender = a_sender()
            failure = await failure_of(sender, receiver.url())
            await sender.close()

            assert failure.kind is FailureKind.CLOSED
            assert len(receiver.requests) == 1

    run(main())


def test_a_request_is_sent_no_more_than_twice(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver(OK, b"") as receiver:
            sender = a_sender()
            await answer_to(sender, receiver.url())
            failure = await failure_of(sender, receiver.url())
            await sender.close()

            assert failure.kind is FailureKind.CLOSED
            assert len(receiver.requests) == 3

    run(main())


def test_a_connection_that_the_receiver_closed_while_idle_is_not_used(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver() as receiver:
            events = Events()
            sender = a_sender(events)
            await answer_to(sender, receiver.url())
            receiver.links[0].transport.close()
            await events.until("http.closed")
            await answer_to(sender, receiver.url())
            await sender.close()

            assert [number for number, _ in receiver.requests] == [0, 1]
            assert "http.retried" not in events.kinds

    run(main())


def test_who_is_told_may_send_at_once_on_the_same_connection(run: Run[None]) -> None:
    async def main() -> None:
        async with Receiver() as receiver:
            sender = a_sender(connections_per_origin=1)
            request = HttpRequest(method="GET", url=receiver.url())
            left = 3
            ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            def again(_: HttpResponse | HttpFailure) -> None:
                nonlocal left
                left -= 1
                if left:
                    sender.send(request, again)
                else:
                    ended.set_result(None)

            sender.send(request, again)
            await ended
            await sender.close()

            assert [number for number, _ in receiver.requests] == [0, 0, 0]

    run(main())


def test_the_repr_counts() -> None:
    async def main() -> None:
        async with Receiver(None) as receiver:
            sender = a_sender(connections_per_origin=1)
            held = [ask(sender, receiver.url()) for _ in range(3)]

            assert repr(sender) == "<HttpSender: 1 origins, 1 in flight, 2 waiting>"

            await sender.close()
            assert all(future.done() for future in held)

    virtually(main())
