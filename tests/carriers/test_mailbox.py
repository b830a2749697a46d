"""What waits for an account."""

from itertools import pairwise

import pytest

from carriers.builders import FakeLink, ListJournal, Plan, a_batch
from powerpack_carriers import mailbox as module
from powerpack_carriers.accounts import Account
from powerpack_carriers.mailbox import ATTEMPTS_MAX, RETRY_DELAYS_S, Delivery, Mailbox
from powerpack_carriers.owed import OwedTogether
from powerpack_carriers.smpp.constants import CommandStatus

TRY_LATER = CommandStatus.ESME_RX_T_APPN


class Setting:
    """A mailbox with its journal and its plan."""

    def __init__(
        self,
        *,
        waiting_max: int = 100,
        receipts_max: int = 1_000,
        wait_s_max: float = 60,
        answer_within_s: float = 0,
    ) -> None:
        self.journal = ListJournal()
        self.plan = Plan()
        self.mailbox = Mailbox(
            Account("esme"),
            carrier="att",
            journal=self.journal,
            plan=self.plan,
            waiting_max=waiting_max,
            receipts_max=receipts_max,
            wait_s_max=wait_s_max,
            answer_within_s=answer_within_s,
        )

    @property
    def dropped(self) -> list[tuple[object, object]]:
        """Message id and reason of what was given up."""
        return [(each["message_id"], each["reason"]) for each in self.journal.of("carrier.delivery_dropped")]


def _delivery(name: str = "1") -> Delivery:
    return Delivery("receipt", name.encode(), message_id=name.encode())


def test_a_delivery_goes_out_at_once_and_is_written_with_the_flush() -> None:
    setting, link = Setting(), FakeLink()
    setting.mailbox.attach(link, 0)

    setting.mailbox.post(_delivery("1"), 0)
    setting.mailbox.post(_delivery("2"), 0)

    assert (link.delivered_bodies(), link.flushes) == ([b"1", b"2"], 0)
    setting.mailbox.flush()
    setting.mailbox.flush()
    assert link.flushes == 1


def test_deliveries_take_turns_on_all_receivers() -> None:
    setting, first, second = Setting(), FakeLink(), FakeLink()
    for link in (first, second):
        setting.mailbox.attach(link, 0)

    for name in "1234":
        setting.mailbox.post(_delivery(name), 0)

    assert (first.delivered_bodies(), second.delivered_bodies()) == ([b"1", b"3"], [b"2", b"4"])


def test_without_a_receiver_deliveries_wait_for_the_next_bind_in_order() -> None:
    setting, link = Setting(), FakeLink()
    for name in "123":
        setting.mailbox.post(_delivery(name), 0)

    assert (setting.mailbox.waiting, setting.mailbox.has_receiver) == (3, False)
    setting.mailbox.attach(link, 1)
    assert link.delivered_bodies() == [b"1", b"2", b"3"]
    assert setting.mailbox.waiting == 0


def test_a_full_window_makes_deliveries_wait_for_room() -> None:
    setting, link = Setting(), FakeLink(window=1)
    setting.mailbox.attach(link, 0)
    for name in "12":
        setting.mailbox.post(_delivery(name), 0)

    assert link.delivered_bodies() == [b"1"]
    link.pending.clear()
    setting.mailbox.pump(1)
    assert link.delivered_bodies() == [b"1", b"2"]


def test_what_does_not_fit_is_dropped_and_told() -> None:
    setting = Setting(waiting_max=1)

    for name in "12":
        setting.mailbox.post(_delivery(name), 0)

    assert setting.dropped == [("2", "1 deliveries wait already")]


def test_receipts_that_are_not_written_have_a_room_of_their_own() -> None:
    setting = Setting(waiting_max=2, receipts_max=5)
    setting.mailbox.write_receipts = lambda owed, first: b"%d receipts" % len(owed)
    setting.mailbox.post_receipts(OwedTogether(a_batch(4), range(4), 1.0), 0)

    for name in "123":
        setting.mailbox.post(_delivery(name), 0)

    assert (setting.mailbox.waiting, setting.dropped) == (6, [("3", "2 deliveries wait already")])


def test_receipts_beyond_their_room_are_dropped_and_told() -> None:
    setting = Setting(receipts_max=3)
    setting.mailbox.write_receipts = lambda owed, first: bytes(16) + b"%d" % owed[0][1]

    setting.mailbox.post_receipts(OwedTogether(a_batch(5), range(5), 1.0), 0)

    assert setting.mailbox.waiting == 3
    assert setting.dropped == [("04", "3 deliveries wait already"), ("05", "3 deliveries wait already")]


def test_there_is_room_for_all_that_is_let_in_before_answers_wait() -> None:
    """Who takes nothing more at the worst moment loses nothing: there is room for a fifth more than is under way."""
    full = module.RECEIPTS_MAX * module.LATER_S_EACH

    assert module.EXPECTED_MAX * 1.2 <= module.RECEIPTS_MAX
    assert full < 2, "jSMPP gives up after two seconds"


def test_what_nobody_receives_in_time_is_dropped_and_told() -> None:
    setting, link = Setting(wait_s_max=60), FakeLink()
    setting.mailbox.post(_delivery("1"), 0)
    setting.mailbox.post(_delivery("2"), 30)

    setting.plan.run_until(60)

    assert setting.dropped == [("1", "no bind received it within 60 s")]
    setting.mailbox.attach(link, 89)
    assert link.delivered_bodies() == [b"2"]


def test_what_has_expired_is_not_sent_even_when_the_timer_is_late() -> None:
    setting, link = Setting(wait_s_max=60), FakeLink()
    setting.mailbox.post(_delivery("1"), 0)

    setting.mailbox.attach(link, 60)

    assert link.delivered_bodies() == []
    assert setting.dropped == [("1", "no bind received it within 60 s")]


def test_what_a_dead_link_did_not_answer_goes_to_another() -> None:
    setting, dead, alive = Setting(), FakeLink(), FakeLink(window=3)
    setting.mailbox.attach(dead, 0)
    for name in "12":
        setting.mailbox.post(_delivery(name), 0)
    setting.mailbox.attach(alive, 0)

    setting.mailbox.detach(dead, 1)

    assert alive.delivered_bodies() == [b"1", b"2"]


def test_what_a_dead_link_did_not_answer_waits_in_front() -> None:
    setting, dead, alive = Setting(), FakeLink(window=2), FakeLink()
    setting.mailbox.attach(dead, 0)
    for name in "123":
        setting.mailbox.post(_delivery(name), 0)

    setting.mailbox.detach(dead, 1)
    setting.mailbox.attach(alive, 2)

    assert alive.delivered_bodies() == [b"1", b"2", b"3"]


def test_a_temporary_refusal_is_tried_again_later_and_later_and_then_given_up() -> None:
    setting, link = Setting(wait_s_max=1_000), FakeLink()
    setting.mailbox.attach(link, 0)
    delivery, now, tries = _delivery(), 0.0, [0.0]
    setting.mailbox.post(delivery, now)
    while True:
        link.pending.clear()
        setting.mailbox.answered(delivery, TRY_LATER, now)
        due = setting.plan.timeline.next_due
        if due is None:
            break
        now = due
        setting.plan.run_until(now)
        tries.append(now)

    assert [later - sooner for sooner, later in pairwise(tries)] == list(RETRY_DELAYS_S)
    assert link.flushes == len(RETRY_DELAYS_S)
    assert setting.dropped == [("1", "the ESME answered ESME_RX_T_APPN at attempt 8")]


def test_any_other_refusal_is_final() -> None:
    setting, link = Setting(), FakeLink()
    setting.mailbox.attach(link, 0)
    delivery = _delivery()
    setting.mailbox.post(delivery, 0)

    setting.mailbox.answered(delivery, CommandStatus.ESME_RX_R_APPN, 0)

    assert setting.dropped == [("1", "the ESME answered ESME_RX_R_APPN at attempt 1")]


def test_an_accepted_delivery_leaves_nothing_behind() -> None:
    setting, link = Setting(), FakeLink()
    setting.mailbox.attach(link, 0)
    delivery = _delivery()
    setting.mailbox.post(delivery, 0)

    setting.mailbox.answered(delivery, CommandStatus.ESME_ROK, 0)

    assert setting.journal.events == []
    assert setting.plan.timeline.next_due is None


def test_a_mailbox_shows_what_it_does() -> None:
    setting, link = Setting(), FakeLink(window=1)
    setting.mailbox.attach(link, 0)
    for name in "12":
        setting.mailbox.post(_delivery(name), 0)

    assert repr(setting.mailbox) == "<Mailbox att/esme: 1 receiving, 1 in flight, 1 waiting>"


def test_the_only_link_gets_all_that_its_window_takes_and_old_deliveries_take_no_room() -> None:
    setting, link = Setting(wait_s_max=10), FakeLink(window=2)
    setting.mailbox.post(_delivery("old"), 0)
    for name in "123":
        setting.mailbox.post(_delivery(name), 5)

    setting.mailbox.attach(link, 12)

    assert link.delivered_bodies() == [b"1", b"2"]
    assert setting.mailbox.waiting == 1
    assert [name for name, _ in setting.dropped] == ["old"]


# A deliver_sm without its answer


def test_a_delivery_that_is_not_answered_in_time_is_sent_again() -> None:
    setting, link = Setting(answer_within_s=30), FakeLink()
    setting.mailbox.attach(link, 0)
    setting.mailbox.post(_delivery("1"), 0)
    setting.mailbox.post(_delivery("2"), 10)

    setting.plan.run_until(29.9)
    assert link.delivered_bodies() == [b"1", b"2"]
    setting.plan.run_until(30)
    assert link.delivered_bodies() == [b"1", b"2", b"1"]
    setting.plan.run_until(40)
    assert link.delivered_bodies() == [b"1", b"2", b"1", b"2"]
    unanswered = setting.journal.of("carrier.delivery_unanswered")
    assert [(each["message_id"], each["attempt"]) for each in unanswered] == [("1", 1), ("2", 1)]
    assert setting.mailbox.in_flight == 2


def test_a_delivery_that_is_not_answered_goes_to_another_receiver() -> None:
    setting, first, second = Setting(answer_within_s=30), FakeLink(), FakeLink()
    for link in (first, second):
        setting.mailbox.attach(link, 0)
    setting.mailbox.post(_delivery(), 0)

    setting.plan.run_until(30)

    assert (first.delivered_bodies(), second.delivered_bodies()) == ([b"1"], [b"1"])
    assert (first.pending, second.flushes) == ([], 1)


def test_a_delivery_that_nobody_ever_answers_is_dropped_and_the_journal_says_so() -> None:
    setting, link = Setting(answer_within_s=30, wait_s_max=3_600), FakeLink()
    setting.mailbox.attach(link, 0)
    setting.mailbox.post(_delivery(), 0)

    for attempt in range(1, ATTEMPTS_MAX + 2):
        setting.plan.run_until(30 * attempt)

    assert len(link.delivered) == ATTEMPTS_MAX
    assert setting.dropped == [("1", "no answer within 30 s at attempt 8")]
    assert setting.plan.timeline.next_due is None


def test_what_was_answered_in_time_is_left_alone_and_nobody_looks_any_more() -> None:
    setting, link = Setting(answer_within_s=30), FakeLink()
    setting.mailbox.attach(link, 0)
    setting.mailbox.post(_delivery(), 0)
    link.pending.clear()

    setting.plan.run_until(30)

    assert link.delivered_bodies() == [b"1"]
    assert setting.plan.timeline.next_due is None
    setting.mailbox.post(_delivery("2"), 100)
    setting.plan.run_until(130)
    assert link.delivered_bodies() == [b"1", b"2", b"2"]


def test_room_that_an_unanswered_delivery_leaves_is_given_to_what_waits() -> None:
    setting, link = Setting(answer_within_s=30), FakeLink(window=1)
    setting.mailbox.attach(link, 0)
    for name in "12":
        setting.mailbox.post(_delivery(name), 0)

    setting.plan.run_until(30)

    assert link.delivered_bodies() == [b"1", b"2"]
    assert setting.mailbox.waiting == 1


def test_an_esme_that_takes_less_than_it_sends_is_answered_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OWED_MAX", 3)
    setting, link = Setting(), FakeLink(window=1)
    for number in range(9):
        setting.mailbox.post(_delivery(str(number)), 0)
    assert setting.mailbox.answer_later_s == 0.0  # nobody is bound: there is nobody to slow down

    setting.mailbox.attach(link, 0)

    assert setting.mailbox.waiting == 8
    assert setting.mailbox.answer_later_s == pytest.approx(5 * module.LATER_S_EACH)
    link.window = 6
    setting.mailbox.pump(0)
    assert setting.mailbox.answer_later_s == 0.0
