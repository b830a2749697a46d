"""Actions in buckets."""

from hypothesis import given
from hypothesis import strategies as st

from powerpack_carriers.timeline import Timeline


def test_nothing_is_due_before_its_moment() -> None:
    timeline = Timeline()
    timeline.plan(1.234, lambda now: None)

    assert timeline.take_due(1.233) == []
    assert timeline.next_due == 1.24
    assert len(timeline) == 1


def test_what_is_due_comes_in_the_order_of_time_then_of_planning() -> None:
    timeline, done = Timeline(), list[str]()
    for name, due in (("c", 3.0), ("a", 1.0), ("b", 2.0), ("a2", 1.0)):
        timeline.plan(due, lambda now, name=name: done.append(f"{name}@{now}"))  # type: ignore[misc]

    for action in timeline.take_due(2.5):
        action(2.5)

    assert done == ["a@2.5", "a2@2.5", "b@2.5"]
    assert timeline.next_due == 3.0


def test_an_empty_timeline_is_never_due() -> None:
    timeline = Timeline()
    timeline.plan(1.0, lambda now: None)
    timeline.clear()

    assert timeline.next_due is None
    assert timeline.take_due(1e9) == []


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_everything_is_done_once_within_a_bucket_of_its_moment(moments: list[float]) -> None:
    timeline = Timeline()
    late: list[float] = []
    for moment in moments:
        timeline.plan(moment, lambda now, moment=moment: late.append(now - moment))  # type: ignore[misc]

    while (due := timeline.next_due) is not None:
        for action in timeline.take_due(due):
            action(due)

    assert len(late) == len(moments)
    assert all(-1e-9 <= by <= 0.01 + 1e-9 for by in late)


def test_items_that_follow_each_other_go_to_their_handler_together_and_nothing_overtakes() -> None:
    timeline, done = Timeline(), list[object]()

    def handle(items: list[str], now: float) -> None:
        done.append(items)

    def handle_others(items: list[str], now: float) -> None:
        done.append(items)

    timeline.plan_each(1.0, handle, "a")
    timeline.plan_each(2.0, handle, "later")
    timeline.plan_each(1.0, handle, "b")
    timeline.plan(1.0, lambda now: done.append("between"))
    timeline.plan_each(1.0, handle, "c")
    timeline.plan_each(1.0, handle_others, "d")

    for action in timeline.take_due(2.0):
        action(2.0)

    assert done == [["a", "b"], "between", ["c"], ["d"], ["later"]]
    assert len(timeline) == 0
