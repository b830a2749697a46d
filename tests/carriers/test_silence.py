"""What a carrier does about ESMEs that say nothing, over the wire on a clock that jumps."""

import pytest

from carriers.builders import a_profile
from carriers.esme import Esme
from carriers.virtual_carrier import World, pass_time, virtually
from powerpack_carriers.profile import Profile, SessionHabit
from powerpack_carriers.smpp.constants import CommandId


def with_sessions(**settings: float) -> Profile:
    return a_profile(sessions=SessionHabit(**settings))  # type: ignore[arg-type]  # numbers all


def test_a_silent_esme_is_unbound_after_the_profiles_inactivity() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=with_sessions(inactivity_s=30)) as carrier, await Esme.bound(carrier) as esme:
            await pass_time(20)
            await esme.request(CommandId.enquire_link)
            await pass_time(29)
            assert carrier.bind_count == 1
            await pass_time(1.1)
            unbind = await esme.receive()
            esme.answer(unbind)
            with pytest.raises(ConnectionError):
                await esme.receive()

            assert unbind.command_id == CommandId.unbind
            assert world.journal.of("carrier.disconnected")[0]["reason"] == "nothing was heard for 30 s"

    virtually(scenario)


def test_a_silent_esme_is_asked_first_where_that_comes_first() -> None:
    async def scenario(world: World) -> None:
        profile = with_sessions(enquire_link_s=30, inactivity_s=60)
        async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
            for _ in range(5):
                await pass_time(30.1)
                question = await esme.receive()
                assert question.command_id == CommandId.enquire_link
                esme.answer(question)

            assert carrier.bind_count == 1

    virtually(scenario)


def test_who_does_not_answer_is_cut_off() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=with_sessions(enquire_link_s=30)) as carrier, await Esme.bound(carrier):
            await pass_time(39)
            assert carrier.bind_count == 1
            await pass_time(1.1)

            assert carrier.bind_count == 0

    virtually(scenario)


def test_who_does_not_bind_in_the_profiles_time_is_hung_up_on() -> None:
    async def scenario(world: World) -> None:
        async with (
            world.carrier(profile=with_sessions(bind_within_s=3)) as carrier,
            await Esme.connect(carrier) as esme,
        ):
            with pytest.raises(ConnectionError):
                await esme.receive()

            assert world.elapsed_s == 3.0

    virtually(scenario)


def test_nobody_is_asked_unless_the_profile_says_so() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            await pass_time(86_400)

            assert carrier.bind_count == 1
            assert (await esme.request(CommandId.enquire_link)).command_status == 0

    virtually(scenario)
