"""A gateway with toll-free numbers and one route, in virtual time, to which plain messages are posted."""

import random
from base64 import b64encode
from collections.abc import Sequence

from powerpack_gateway.gateway import Gateway
from powerpack_gateway.holdings import Account, Provision
from powerpack_gateway.numbers import NumberType, PhoneNumber, Service, Verification
from powerpack_gateway.settings import Settings
from powerpack_gateway.smpp.settings import RouteSettings
from powerpack_gateway.store.base import Store
from powerpack_lab.clock import LoopClock
from powerpack_lab.journal import Journal

AUTHORIZATION = b"Basic " + b64encode(b"MAX:token")
"""Of its account."""


def tollfree_numbers(count: int) -> list[PhoneNumber]:
    """Numbers from which everything may be sent."""
    return [
        PhoneNumber(
            number=f"1833{2_000_000 + index}",
            type=NumberType.TOLLFREE,
            country="US",
            verification=Verification.VERIFIED,
        )
        for index in range(count)
    ]


def plain_gateway(
    store: Store,
    route: RouteSettings,
    *,
    numbers: Sequence[PhoneNumber],
    clock: LoopClock,
    journal: Journal,
    settings: Settings | None = None,
) -> Gateway:
    """Not started yet; all its numbers are in one Powerpack, and the route serves every phone."""
    return Gateway(
        settings or Settings(),
        store=store,
        routes=[route],
        carrier_of=lambda _: route.name,
        clock=clock,
        journal=journal,
        rng=random.Random(7),
        provision=Provision(
            account=Account(auth_id="MAX", auth_token="token"),
            numbers=numbers,
            pool=[(each.number, Service.SMS) for each in numbers],
        ),
    )
