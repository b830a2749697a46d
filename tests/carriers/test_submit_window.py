"""How many submits of one session may wait for their answer."""

from carriers.builders import a_profile
from carriers.esme import Esme
from carriers.virtual_carrier import World, pass_time, virtually
from powerpack_carriers.profile import ResponseHabit, SessionHabit
from powerpack_carriers.smpp.constants import CommandStatus

SLOW = a_profile(response=ResponseHabit(delay_s_min=5, delay_s_max=5), sessions=SessionHabit(submits_max=2))


def test_more_than_the_profile_allows_are_throttled_until_answers_have_left() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier(profile=SLOW) as carrier, await Esme.bound(carrier) as esme:
            numbers = [esme.submit() for _ in range(3)]
            answers = [await esme.receive() for _ in numbers]
            again = await esme.submitted()

            assert [answer.sequence_number for answer in answers] == numbers
            assert [answer.command_status for answer in answers] == [0, 0, CommandStatus.ESME_RTHROTTLED]
            assert again.command_status == 0

    virtually(scenario)


def test_each_session_has_a_window_of_its_own() -> None:
    async def scenario(world: World) -> None:
        async with (
            world.carrier(profile=SLOW) as carrier,
            await Esme.bound(carrier) as first,
            await Esme.bound(carrier) as second,
        ):
            for esme in (first, first, second, second):
                esme.submit()
            await pass_time(6)

            assert [message.status for message in carrier.received] == [0] * 4
            assert [(await esme.receive()).command_status for esme in (first, first, second, second)] == [0] * 4

    virtually(scenario)


def test_a_response_that_never_comes_fills_the_window_until_the_session_ends() -> None:
    async def scenario(world: World) -> None:
        profile = a_profile(sessions=SessionHabit(submits_max=1))
        async with world.carrier(profile=profile) as carrier:
            async with await Esme.bound(carrier) as esme:
                carrier.faults.add("lose_response")
                esme.submit()
                await pass_time(60)
                carrier.faults.clear()
                assert (await esme.submitted()).command_status == CommandStatus.ESME_RTHROTTLED
            async with await Esme.bound(carrier) as esme:
                assert (await esme.submitted()).command_status == 0

    virtually(scenario)
