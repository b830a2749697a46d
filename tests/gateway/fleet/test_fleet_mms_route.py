"""MMS through the gateway that works for the carrier, as the others see it."""

from typing import cast

import pytest

from powerpack_gateway.errors import Unavailable
from powerpack_gateway.fleet.fleet_mms_route import FleetMmsHandler, FleetMmsRoute, MmsDeskPort
from powerpack_gateway.fleet.mms import KEPT, NOT_KEPT, NOT_OURS, FromHandset
from powerpack_gateway.mm7.settings import Mm7Settings
from powerpack_lab.clock import LoopClock
from powerpack_lab.virtual import VirtualLoop

MMS = FromHandset("14155550123", "14155550180", "hi", ())


class Desk:
    """Hears what is acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: list[tuple[int, int]] = []

    def acknowledge(self, number: int, status: int) -> None:
        self.acknowledged.append((number, status))


def ours(mms: FromHandset) -> bool:
    return True


def not_ours(mms: FromHandset) -> bool:
    return False


def no_ids(mms: FromHandset) -> bool:
    raise Unavailable("the database gave no new message ids")


@pytest.mark.parametrize(("received", "status"), [(ours, KEPT), (not_ours, NOT_OURS), (no_ids, NOT_KEPT)])
def test_what_became_of_a_handsets_mms_is_acknowledged(received: object, status: int) -> None:
    """Whatever it is: an error that goes up would cost the link, and with it all that is on its way."""
    loop, desk = VirtualLoop(), Desk()

    async def story() -> None:
        from datetime import UTC, datetime

        route = FleetMmsRoute(
            Mm7Settings(name="att", url="http://mmsc/", vaspid="us", password="p"),
            cast("FleetMmsHandler", None),
            lambda: True,
            received=received,  # type: ignore[arg-type] # one of the three above
            when_durable=lambda call: call(None),
            clock=LoopClock(loop, datetime(2026, 3, 2, tzinfo=UTC)),
        )
        route.attach("holder", cast("MmsDeskPort", desk))
        route.received(7, MMS)

    loop.run(story())
    loop.shutdown()
    assert desk.acknowledged == [(7, status)]
