"""Sessions that were lost, and that their carrier takes for alive: the ESME that comes back is one too many."""

from dataclasses import replace

import pytest

from carriers.builders import a_profile
from carriers.esme import Esme
from carriers.virtual_carrier import World, pass_time, virtually
from powerpack_carriers.accounts import Account
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.profile import SessionHabit
from powerpack_carriers.smpp.constants import CommandStatus

ONE = (Account("esme", "pwd", binds_max=1), Account("other", "pwd", binds_max=1))
STUBBORN = a_profile(sessions=SessionHabit(lost_s=120))


async def status_of_bind(carrier: Carrier, system_id: str = "esme") -> int:
    """What a bind is answered; the session is unbound again."""
    async with await Esme.connect(carrier) as esme:
        status = (await esme.bind("trx", system_id, "pwd")).command_status
        if not status:
            await esme.unbind()
        return status


def test_who_lost_the_connection_is_already_bound_for_two_minutes() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=STUBBORN, accounts=ONE) as carrier:
            esme = await Esme.bound(carrier)
            await esme.close()
            await pass_time(1)
            at_once, other = await status_of_bind(carrier), await status_of_bind(carrier, "other")
            await pass_time(118)
            soon = await status_of_bind(carrier)
            await pass_time(2)
            later = await status_of_bind(carrier)

            assert (at_once, soon) == (CommandStatus.ESME_RALYBND,) * 2
            assert (other, later) == (CommandStatus.ESME_ROK,) * 2
            assert carrier.bind_count == 0

    virtually(scenario)


def test_who_unbinds_may_bind_again_at_once() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=STUBBORN, accounts=ONE) as carrier:
            first, second = await status_of_bind(carrier), await status_of_bind(carrier)

            assert (first, second) == (CommandStatus.ESME_ROK,) * 2

    virtually(scenario)


@pytest.mark.parametrize(("binds_max", "status"), [(1, CommandStatus.ESME_RALYBND), (2, CommandStatus.ESME_ROK)])
def test_the_accounts_limit_decides(binds_max: int, status: int) -> None:
    async def scenario(world: World) -> None:
        accounts = (replace(ONE[0], binds_max=binds_max),)
        async with world.carrier(profile=STUBBORN, accounts=accounts) as carrier:
            await (await Esme.bound(carrier)).close()
            await pass_time(1)

            assert await status_of_bind(carrier) == status

    virtually(scenario)


def test_a_carrier_that_notices_lets_in_at_once() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(accounts=ONE) as carrier:
            await (await Esme.bound(carrier)).close()
            await pass_time(1)

            assert await status_of_bind(carrier) == CommandStatus.ESME_ROK

    virtually(scenario)
