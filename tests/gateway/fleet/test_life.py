"""A gateway's life: when it takes others for dead."""

import asyncio
from datetime import UTC, datetime
from typing import cast

import pytest

from powerpack_gateway.errors import StoreError
from powerpack_gateway.fleet.board import LIFE_S, Board, Standing
from powerpack_gateway.fleet.life import RENEW_S, Life
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal
from powerpack_lab.virtual import VirtualLoop


class Database:
    """The board as far as a life asks it: whether it answers, and when it was asked to bury whoever is overdue."""

    def __init__(self) -> None:
        self.is_away = False
        self.answers_after_s = 0.0
        self.buries: list[tuple[float, bool]] = []

    async def renew(self, *, bury: bool) -> Standing:
        if self.is_away:
            raise StoreError("the database is away")
        self.buries.append((asyncio.get_running_loop().time(), bury))
        await asyncio.sleep(self.answers_after_s)
        return Standing()


@pytest.mark.parametrize("away_s", [LIFE_S / 2 + RENEW_S, 60.0])
def test_after_an_outage_nobody_is_buried_until_all_had_a_life_to_come_back(away_s: float) -> None:
    loop, database = VirtualLoop(), Database()

    async def story() -> float:
        clock = LoopClock(loop, datetime(2026, 3, 2, tzinfo=UTC))
        life = Life(clock, Journal(moment=clock.monotonic, at=clock.at))
        life.start(cast("Board", database), follow=lambda _: None, resumed=lambda: None, buried=pytest.fail)
        await asyncio.sleep(3 * RENEW_S + 0.1)
        database.is_away = True
        await asyncio.sleep(away_s)
        database.is_away = False
        ended_at = loop.time()
        await asyncio.sleep(3 * LIFE_S)
        await life.stop()
        return ended_at

    ended_at = loop.run(story())
    loop.close()
    before = [bury for at, bury in database.buries if at < ended_at]
    back = [(at, bury) for at, bury in database.buries if at >= ended_at]
    assert before == [False, True, True, True], "at the start it does from the second look on"
    assert [bury for at, bury in back if at < back[0][0] + LIFE_S] == [False] * int(LIFE_S / RENEW_S)
    assert all(bury for at, bury in back if at >= back[0][0] + LIFE_S)


def test_a_database_that_answers_late_was_not_away() -> None:
    loop, database = VirtualLoop(), Database()
    database.answers_after_s = 0.75 * RENEW_S

    async def story() -> None:
        clock = LoopClock(loop, datetime(2026, 3, 2, tzinfo=UTC))
        life = Life(clock, Journal(moment=clock.monotonic, at=clock.at))
        life.start(cast("Board", database), follow=lambda _: None, resumed=lambda: None, buried=pytest.fail)
        await asyncio.sleep(5 * RENEW_S - 0.1)
        await life.stop()

    loop.run(story())
    loop.close()
    assert [bury for _, bury in database.buries] == [False, True, True, True, True]
