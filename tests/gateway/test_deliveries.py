"""What carriers hand over is answered, whatever goes wrong with it, and counts once."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from powerpack_gateway.defects import COUNTED_MAX, TRIES_MAX, Defects
from powerpack_gateway.deliveries import UNHEARD_S_MAX, Deliveries
from powerpack_gateway.fates import Fates
from powerpack_gateway.ids import SECRET_BYTES
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.smpp.statuses import ESME_ROK, ESME_RX_R_APPN, ESME_RX_T_APPN
from powerpack_gateway.smpp.submission import Submission
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop


def _text(text: bytes = b"YES", sequence: int = 1) -> Delivery:
    return Delivery("14155550101", "12025550100", text, 0, 0, {}, b"", "att#1", sequence, 5)


class FakeRoute:
    """A carrier's route that remembers what was answered; while ``is_up`` is False nothing reaches the carrier."""

    name = "att"
    settings = RouteSettings(name="att", hosts=(("127.0.0.1", 2775),), system_id="lab", password="lab")
    is_bound = True
    window_free = 1

    def __init__(self) -> None:
        self.is_up = True
        self.answered: list[int] = []

    def start(self) -> None:
        """Nothing to start."""

    async def stop(self, drain_s: float) -> None:
        """Nothing to stop."""

    def submit(self, submission: Submission, token: object) -> None:
        """Nobody sends here."""
        raise AssertionError("these tests send nothing")

    def acknowledge(self, delivery: Delivery, status: int = 0) -> bool:
        """Remember the status."""
        if self.is_up:
            self.answered.append(status)
        return self.is_up


class Setting:
    """Deliveries of one carrier; texts are in ``taken``, and one that is ``poison`` is a defect."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.uncaught: list[Mapping[str, Any]] = []
        self.loop.set_exception_handler(lambda loop, context: self.uncaught.append(context))
        clock = LoopClock(self.loop, datetime(2026, 3, 2, tzinfo=UTC))
        self.journal = Journal(moment=clock.monotonic, at=clock.at)
        self.store = SqliteStore(None, secret=bytes(SECRET_BYTES))
        fates = Fates(self.store, changed=lambda _: None, watch=lambda _: None, clock=clock, journal=self.journal)
        self.deliveries = Deliveries(fates, self.store, received=self._received, clock=clock, journal=self.journal)
        self.route = FakeRoute()
        self.taken: list[bytes] = []
        self.loop.run(self.store.open())

    def _received(self, carrier: str, delivery: Delivery) -> None:
        if delivery.short_message == b"poison":
            raise LookupError("nobody expected this")
        self.taken.append(delivery.short_message)

    def deliver(self, *deliveries: Delivery) -> None:
        """One read of the connection, and the commit after it."""

        async def deliver() -> None:
            for each in deliveries:
                self.deliveries.take(self.route, each)
            self.deliveries.acknowledge()
            await self.store.commit()

        self.loop.run(deliver())


@pytest.fixture
def setting() -> Iterator[Setting]:
    """A carrier and nothing delivered yet."""
    setting = Setting()
    yield setting
    setting.loop.run(setting.store.close())
    setting.loop.shutdown()


def test_a_defect_is_answered_temporarily_a_few_times_and_then_refused(setting: Setting) -> None:
    for sequence in range(TRIES_MAX + 1):
        setting.deliver(_text(b"poison", sequence))

    assert setting.route.answered == [ESME_RX_T_APPN] * TRIES_MAX + [ESME_RX_R_APPN]


def test_what_comes_with_a_defect_is_taken_all_the_same(setting: Setting) -> None:
    setting.deliver(_text(b"one"), _text(b"poison"), _text(b"two"))

    assert setting.taken == [b"one", b"two"]
    assert setting.route.answered == [ESME_ROK, ESME_RX_T_APPN, ESME_ROK]


def test_a_defect_is_journalled_with_its_place_and_told_to_the_loop(setting: Setting) -> None:
    setting.deliver(_text(b"poison"))

    [failed] = setting.journal.events(kind="inbound.failed")
    assert failed.fields["error"] == "LookupError: nobody expected this"
    assert str(failed.fields["where"]).startswith("test_deliveries.py:")
    assert str(failed.fields["where"]).endswith(" in _received")
    assert failed.fields["status_name"] == "ESME_RX_T_APPN"
    assert [type(each["exception"]) for each in setting.uncaught] == [LookupError]


def test_a_defect_whose_answer_is_lost_is_not_taken_for_done_when_it_comes_again(setting: Setting) -> None:
    setting.route.is_up = False
    setting.deliver(_text(b"poison"))
    setting.route.is_up = True
    setting.deliver(_text(b"poison"))

    assert setting.route.answered == [ESME_RX_T_APPN]


def test_of_the_deliveries_whose_tries_are_counted_the_oldest_is_forgotten(setting: Setting) -> None:
    defects = Defects(setting.journal)

    async def first_then_many_then_first() -> list[int]:
        def status(text: bytes) -> int:
            try:
                return int("no number")
            except ValueError as error:
                return defects.status_after(error, "att", _text(text))

        before = [status(b"first") for _ in range(TRIES_MAX)]
        for number in range(COUNTED_MAX):
            status(b"%d" % number)
        return [*before, status(b"first")]

    assert setting.loop.run(first_then_many_then_first()) == [ESME_RX_T_APPN] * (TRIES_MAX + 1)


def test_a_text_whose_acknowledgement_was_lost_counts_once(setting: Setting) -> None:
    setting.route.is_up = False
    setting.deliver(_text(sequence=1))
    setting.route.is_up = True
    setting.deliver(_text(sequence=7))

    assert setting.taken == [b"YES"]
    assert len(list(setting.journal.events(kind="inbound.redelivered"))) == 1

    setting.deliver(_text(sequence=8))

    assert setting.taken == [b"YES", b"YES"]


def test_who_writes_the_same_after_an_hour_means_it(setting: Setting) -> None:
    setting.route.is_up = False
    setting.deliver(_text())
    setting.route.is_up = True
    setting.loop.advance(UNHEARD_S_MAX + 1)
    setting.deliver(_text())

    assert setting.taken == [b"YES", b"YES"]
