"""From acceptance to the final state."""

from collections import Counter
from itertools import count
from random import Random

import pytest

from carriers.builders import HANDSET, SOURCE, a_batch, a_message, a_profile, a_submit
from powerpack_carriers import lifecycle as lifecycle_module
from powerpack_carriers.lifecycle import Lifecycle
from powerpack_carriers.message_ids import message_ids
from powerpack_carriers.messages import Message
from powerpack_carriers.profile import MessageIdHabit, Outcome, Profile, ReceiptHabit
from powerpack_carriers.smpp.constants import MessageState

ENDS_BADLY = Outcome(state=MessageState.UNDELIVERABLE, share=0.25, error="069")
EXPIRES = Outcome(state=MessageState.EXPIRED, share=0.25, error="070")


def _lifecycle(profile: Profile | None = None, *, seed: int = 1, known_max: int = 1_000) -> Lifecycle:
    numbers = count(1)
    return Lifecycle(profile or a_profile(), ids=lambda: b"%d" % next(numbers), dice=Random(seed), known_max=known_max)


def _accepted(lifecycle: Lifecycle, number: int = 1) -> list[Message]:
    messages = [a_message() for _ in range(number)]
    for message in messages:
        lifecycle.accept(message, 100.0)
    return messages


def test_an_accepted_message_has_an_id_and_is_on_its_way() -> None:
    lifecycle = _lifecycle()

    (message,) = _accepted(lifecycle)

    assert (message.message_id, message.state, message.fate) == ("1", MessageState.ENROUTE, MessageState.DELIVERED)
    assert lifecycle.in_flight == 1


def test_the_end_comes_within_the_delay_of_the_profile() -> None:
    lifecycle = _lifecycle(a_profile(receipt=ReceiptHabit(delay_s_min=0.2, delay_s_max=1.0)))

    ends = [lifecycle.accept(a_message(), 100.0) for _ in range(500)]

    assert 100.2 <= min(ends) < 100.25
    assert 100.95 < max(ends) <= 101.0


def test_delays_come_again_after_many_messages_however_these_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle_module, "DELAYS_MAX", 5)
    profile = a_profile(receipt=ReceiptHabit(delay_s_min=0.2, delay_s_max=1.0))
    single = _lifecycle(profile)
    together = Lifecycle(profile, ids=message_ids(MessageIdHabit(), Random(1)), dice=Random(1))

    one_by_one = [single.accept(message, 0.0) for message in _accepted(_lifecycle(), 23)]
    by_the_batch = [delay for size in (1, 3, 4, 12, 3) for delay in together.accept_batch(a_batch(size), 1)]

    assert one_by_one == by_the_batch
    assert len(set(one_by_one)) == 5
    assert one_by_one[:5] == one_by_one[5:10] == one_by_one[15:20]


def test_fates_follow_the_shares_of_the_profile() -> None:
    messages = _accepted(_lifecycle(a_profile(outcomes=(ENDS_BADLY, EXPIRES))), 2_000)

    fates = Counter((message.fate, message.error) for message in messages)

    assert 400 < fates[MessageState.UNDELIVERABLE, "069"] < 600
    assert 400 < fates[MessageState.EXPIRED, "070"] < 600
    assert 900 < fates[MessageState.DELIVERED, "000"] < 1_100


def test_one_seed_gives_the_same_fates() -> None:
    profile = a_profile(outcomes=(ENDS_BADLY,))

    fates = [[message.fate for message in _accepted(_lifecycle(profile, seed=seed), 50)] for seed in (1, 1, 2)]

    assert fates[0] == fates[1] != fates[2]


def test_a_fate_that_a_fault_has_decided_stays() -> None:
    message = a_message()
    message.fate, message.error = MessageState.UNDELIVERABLE, "042"

    _lifecycle().accept(message, 100.0)

    assert (message.fate, message.error) == (MessageState.UNDELIVERABLE, "042")


def test_a_final_state_never_changes() -> None:
    lifecycle = _lifecycle()
    (message,) = _accepted(lifecycle)

    assert lifecycle.finish(message, 101.0, MessageState.DELETED)
    assert not lifecycle.finish(message, 102.0, MessageState.DELIVERED)
    assert (message.state, message.done_at, lifecycle.in_flight) == (MessageState.DELETED, 101.0, 0)


def test_a_message_is_found_by_its_id_and_sender() -> None:
    lifecycle = _lifecycle()
    (message,) = _accepted(lifecycle)

    assert lifecycle.find("1") is message
    assert lifecycle.find("1", source_addr=SOURCE) is message
    assert lifecycle.find("1", source_addr="12065550199") is None
    assert lifecycle.find("2") is None


def test_only_the_newest_messages_are_known() -> None:
    lifecycle = _lifecycle(known_max=2)
    _accepted(lifecycle, 3)

    assert [lifecycle.find(message_id) is not None for message_id in ("1", "2", "3")] == [False, True, True]


def test_messages_between_two_parties_are_found_while_they_are_on_their_way() -> None:
    lifecycle = _lifecycle()
    first, second = _accepted(lifecycle, 2)
    lifecycle.accept(a_message(a_submit(destination="14155550199")), 100.0)
    lifecycle.finish(first, 101.0, MessageState.DELIVERED)

    assert lifecycle.enroute(source_addr=SOURCE, destination_addr=HANDSET, service_type="") == [second]
    assert lifecycle.enroute(source_addr=SOURCE, destination_addr=HANDSET, service_type="CMT") == []
