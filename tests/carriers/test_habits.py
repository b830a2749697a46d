"""What phones do by themselves: STOP on the n-th text or by chance, replies in parts, reports to 7726."""

from collections import Counter

import pytest

from carriers.builders import HANDSET, SOURCE
from carriers.esme import Esme
from carriers.virtual_carrier import World, delivery_after, pass_time, says_nothing_for, virtually
from powerpack_carriers.behaviour import TAILS, Act, Behaviour
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.in_parts import InParts, PartOrder
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.spam_dialogue import QUESTION, THANKS


def said(pdu: Pdu) -> str:
    """The text of a deliver_sm, without the header of a part."""
    octets = pdu.octets("short_message")
    return (octets[octets[0] + 1 :] if pdu.integer("esm_class") & 0x40 else octets).decode()


def part_of(pdu: Pdu) -> tuple[int, int]:
    """Number and total of a part."""
    octets = pdu.octets("short_message")
    return octets[5], octets[4]


def test_a_phone_says_stop_on_the_second_text() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).behave(Behaviour(text="STOP", nth=2, after_s=10))
            await esme.submitted(b"one")
            await says_nothing_for(esme, 60)
            await esme.submitted(b"two")
            await says_nothing_for(esme, 9)
            stop = await delivery_after(esme, 2)
            await esme.submitted(b"three")
            await says_nothing_for(esme, 60)

            assert (stop.text("source_addr"), stop.text("destination_addr")) == (HANDSET, SOURCE)
            assert said(stop) == "STOP"

    virtually(scenario)


def test_a_carrier_knows_how_many_things_its_phones_are_about_to_do() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            phone.behave(Behaviour(act=Act.FORWARD_SPAM, after_s=10), Behaviour(text="Thanks", after_s=20))
            waiting = [carrier.acts_waiting]
            await esme.submitted(b"one")
            for _ in range(3):
                await pass_time(8)
                waiting.append(carrier.acts_waiting)

            assert waiting == [0, 2, 2, 0]  # at 10 s the text is forwarded, and at 20 s its sender named

    virtually(scenario)


def stops(seed: int) -> list[str]:
    """Who of a hundred phones says STOP with a probability of a tenth."""
    numbers = [f"1415555{1_000 + index}" for index in range(100)]

    async def scenario(world: World) -> list[str]:
        async with world.carrier(seed=seed) as carrier, await Esme.bound(carrier) as esme:
            for number in numbers:
                carrier.handset(number).behave(Behaviour(text="STOP", every=True, share=0.1))
                await esme.submitted(destination_addr=number)
            await pass_time(60)
            return [str(each["number"]) for each in world.journal.of("handset.sent")]

    return virtually(scenario)


def test_chance_is_seeded_and_near_its_share() -> None:
    first, again, other = stops(1), stops(1), stops(2)

    assert first == again
    assert first != other
    assert 4 <= len(first) <= 18


def test_a_word_is_typed_in_any_case_with_anything_behind_it() -> None:
    async def scenario(world: World) -> list[str]:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).behave(Behaviour(text="stop", every=True, varied=True, after_s=0))
            for _ in range(40):
                await esme.submitted()
                await pass_time(1)
                await esme.delivery()
            return [str(each["text"]) for each in world.journal.of("handset.sent")]

    typed = virtually(scenario)
    tails = Counter(each[4:] for each in typed)

    assert {each[:4].casefold() for each in typed} == {"stop"}
    assert len({each[:4] for each in typed}) > 5
    assert set(tails) <= set(TAILS)
    assert len(tails) > 3


def test_only_texts_that_hold_the_words_are_answered_and_ignored_ones_are_not_counted() -> None:
    async def scenario(world: World) -> list[str]:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).behave(
                Behaviour(text="HELP", nth=1, after_s=0),
                Behaviour(text="YES", every=True, containing="reply yes", after_s=0),
                ignored=["You have been unsubscribed"],
            )
            for text in (b"You have been unsubscribed", b"Please REPLY YES", b"Hello"):
                esme.submit(text)
                await pass_time(1)
            return [str(each["text"]) for each in world.journal.of("handset.sent")]

    assert virtually(scenario) == ["HELP", "YES"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (InParts(at_least=3), [(1, 3), (2, 3), (3, 3)]),
        (InParts(at_least=3, order=PartOrder.REVERSED), [(3, 3), (2, 3), (1, 3)]),
        (InParts(at_least=3, lost=(2,)), [(1, 3), (3, 3)]),
        (InParts(at_least=2, twice=(1,)), [(1, 2), (2, 2), (1, 2)]),
    ],
    ids=["in order", "reversed", "one lost", "one twice"],
)
def test_a_reply_comes_in_parts(parts: InParts, expected: list[tuple[int, int]]) -> None:
    async def scenario(world: World) -> list[Pdu]:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).reply("Please STOP", SOURCE, parts=parts)
            return [await esme.delivery() for _ in expected]

    found = virtually(scenario)

    assert [part_of(each) for each in found] == expected
    if not parts.lost and not parts.twice:
        assert "".join([said(each) for each in sorted(found, key=part_of)]) == "Please STOP"


def test_parts_may_lie_apart() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).reply("Please STOP", SOURCE, parts=InParts(at_least=2, gap_s=90))
            first = await esme.delivery()
            await says_nothing_for(esme, 89)
            second = await delivery_after(esme, 2)

            assert [part_of(each) for each in (first, second)] == [(1, 2), (2, 2)]

    virtually(scenario)


def test_one_tap_reports_the_text_that_was_shown() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            carrier.handset(HANDSET).behave(Behaviour(act=Act.REPORT_SPAM, nth=1, after_s=30))
            await esme.submitted(b"Win!")
            await esme.submitted(b"Second", source_addr="12065550199")
            notice = await delivery_after(esme, 31)

            assert (notice.text("source_addr"), notice.text("destination_addr")) == ("7726", SOURCE)
            assert [each.text for each in carrier.spam_reports] == ["Win!"]

    virtually(scenario)


def test_the_dialogue_with_7726_ends_in_a_notice_to_the_sender() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            phone.behave(Behaviour(act=Act.FORWARD_SPAM, after_s=20))
            response = await esme.submitted(b"Win!")
            await says_nothing_for(esme, 39)
            asked = [each.text for each in phone.inbox]
            notice = await delivery_after(esme, 2)

            assert asked == ["Win!", QUESTION]
            assert phone.inbox[-1].text == THANKS
            assert {each.from_number for each in phone.inbox[1:]} == {"7726"}
            assert f"source:{SOURCE} destination:{HANDSET}" in said(notice)
            assert said(notice).endswith(f"id:{response.text('message_id')}")

    virtually(scenario)


def test_the_dialogue_goes_on_until_a_number_comes_and_finds_no_text_of_a_stranger() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            await esme.submitted(b"Win!")
            await pass_time(1)
            for text in ("Win!", "what number?", "2065550199"):
                phone.reply(text, "7726")
            await says_nothing_for(esme, 1)

            assert [each.text for each in phone.inbox[1:]] == [QUESTION, QUESTION, THANKS]
            assert list(carrier.spam_reports) == []
            assert world.journal.of("carrier.spam_unmatched")[0]["source"] == "2065550199"

    virtually(scenario)


@pytest.mark.parametrize(("forwarded", "reported"), [("Win!", "Win!"), (" Win! ", "Win!"), ("Wim!", "See you")])
def test_the_text_that_is_forwarded_is_meant_or_else_the_newest(forwarded: str, reported: str) -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            for text in (b"Win!", b"See you"):
                await esme.submitted(text)
                await pass_time(1)
            for text_to_7726 in (forwarded, SOURCE):
                phone.reply(text_to_7726, "7726")
            await esme.delivery()

            assert [each.text for each in carrier.spam_reports] == [reported]

    virtually(scenario)


def test_a_number_without_its_country_code_is_found_too() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            await esme.submitted(b"Win!")
            await pass_time(1)
            phone.reply("Win!", "7726")
            phone.reply(f"({SOURCE[1:4]}) {SOURCE[4:7]}-{SOURCE[7:]}", "7726")
            await esme.delivery()

            assert [each.source for each in carrier.spam_reports] == [SOURCE]

    virtually(scenario)


def test_a_phone_that_was_switched_off_meanwhile_does_nothing_and_the_journal_says_so() -> None:
    async def scenario(world: World) -> None:
        async with world.carrier() as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            phone.behave(Behaviour(text="STOP", after_s=60))
            await esme.submitted()
            await pass_time(1)
            phone.state = HandsetState.OFF
            await says_nothing_for(esme, 120)

            (failed,) = world.journal.of("handset.act_failed")
            assert failed["act"] == "reply"
            assert "is off: it can not send" in str(failed["error"])

    virtually(scenario)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"text": ""}, "text: found '', expected what a reply says"),
        ({"act": Act.REPORT_SPAM, "text": "STOP"}, "text: found 'STOP', expected none"),
        ({"text": "STOP", "nth": 0}, "nth: found 0, expected 1 to"),
        ({"text": "STOP", "share": 1.5}, "share: found 1.5, expected 0 to 1"),
        ({"text": "STOP", "after_s": -1}, "after_s: found -1, expected 0 to"),
    ],
)
def test_a_mistake_in_a_behaviour_is_named(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Behaviour(**settings)  # type: ignore[arg-type]  # wrong on purpose
