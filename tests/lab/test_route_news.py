"""What an operator is told of a gateway's carriers."""

import pytest

from powerpack_lab.route_news import RouteNews

UNREACHABLE = {"route": "acme", "host": "smsc.example", "port": 2775, "reason": "connection refused"}
CAN_NOT_REACH = "route acme: can not reach smsc.example:2775 (connection refused); tried again until it answers"


class Told(RouteNews):
    """News with what was told, and a way to let things happen."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        super().__init__(self.lines.append)

    def happens(self, kind: str, **fields: object) -> None:
        self.listeners[f"gateway.{kind}"]({"route": "acme", "link": "acme#1", **fields})

    def refuses(self, status: str, *, alarm: bool) -> None:
        self.happens("bind_refused", status_name=status, alarm=alarm)


@pytest.fixture
def news() -> Told:
    return Told()


def test_a_carrier_that_can_not_be_reached_is_told_of_once_until_it_is_bound(news: Told) -> None:
    news.happens("connect_failed", **UNREACHABLE)
    news.happens("connect_failed", **UNREACHABLE | {"host": "other.example"})
    news.happens("bound")
    news.happens("disconnected", reason="end of stream")
    news.happens("connect_failed", **UNREACHABLE)

    assert news.lines == [
        CAN_NOT_REACH,
        "route acme: is bound",
        "route acme: has no bind any more (end of stream); messages wait",
        CAN_NOT_REACH,
    ]


def test_a_wrong_password_is_told_of_as_such(news: Told) -> None:
    news.refuses("ESME_RINVPASWD", alarm=True)
    news.refuses("ESME_RINVPASWD", alarm=False)

    assert news.lines == [
        "route acme: the carrier refuses the bind with ESME_RINVPASWD; check its system_id and password"
    ]


def test_a_refusal_that_passes_by_itself_is_tried_again(news: Told) -> None:
    news.refuses("ESME_RALYBND", alarm=False)
    news.happens("bound")

    assert news.lines == [
        "route acme: the carrier refuses the bind with ESME_RALYBND; tried again",
        "route acme: is bound",
    ]


def test_who_is_bound_at_once_is_not_told_of(news: Told) -> None:
    news.happens("bound")

    assert news.lines == []


def test_one_bind_of_two_that_breaks_is_no_news(news: Told) -> None:
    news.happens("bound")
    news.happens("bound", link="acme#2")
    news.happens("disconnected", reason="end of stream")
    news.happens("connect_failed", **UNREACHABLE)
    news.refuses("ESME_RALYBND", alarm=False)

    assert news.lines == []


def test_a_link_that_never_was_bound_is_no_loss(news: Told) -> None:
    news.happens("disconnected", reason="the carrier refused the bind")

    assert news.lines == []


def test_links_that_end_with_the_gateway_are_no_news(news: Told) -> None:
    news.happens("bound")
    news.end()
    news.happens("disconnected", reason="unbound")

    assert news.lines == []
