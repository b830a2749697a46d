"""Policy: the order of its rules, and a carrier that applies it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from carriers.builders import HANDSET, ListJournal, StandingClock, a_message, a_profile, a_submit
from carriers.esme import Esme
from carriers.loopback_carrier import run
from powerpack_carriers.caps import Limit, Per, Within
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.complaints import ComplaintRules
from powerpack_carriers.content import ContentRules
from powerpack_carriers.in_parts import InParts
from powerpack_carriers.messages import UNDECIDED, Message
from powerpack_carriers.policy import Policy
from powerpack_carriers.profile import Profile, ResponseHabit, load_profile, profile_names
from powerpack_carriers.registration import BrandTier, Campaign, RegistrationRules, Registry
from powerpack_carriers.smpp.constants import MessageState, TlvTag
from powerpack_carriers.tollfree_optout import TollfreeOptOut
from powerpack_carriers.verdict import Verdict

TOLLFREE = "18335550100"
OPTOUT = TollfreeOptOut(
    blocked=Verdict(error="4775"),
    stop_words=("stop",),
    start_words=("unstop",),
    stop_reply="blocked by {word}",
    start_reply="lifted by {word}",
)
STRICT = a_profile(
    limits=(Limit(per=Per.CARRIER, within=Within.MINUTE, segments=1, excess=Verdict(status=105)),),
    registration=RegistrationRules(unregistered=Verdict(status=106)),
    content=ContentRules(shaft=Verdict(error="4770")),
    tollfree_optout=OPTOUT,
)


def _policy(profile: Profile = STRICT, **more: object) -> tuple[Policy, ListJournal]:
    journal = ListJournal()
    return Policy(profile, clock=StandingClock(), journal=journal, **more), journal  # type: ignore[arg-type]  # the caller's


def _decided(policy: Policy, text: bytes = b"Hello", *, source: str = "12065550100", now: float = 1_000.0) -> Message:
    message = a_message(a_submit(text, source=source))
    message.status = policy.decide(message, now)
    return message


def test_a_sound_message_passes() -> None:
    policy, journal = _policy()
    message = _decided(policy)

    assert (message.status, message.fate, journal.events) == (0, UNDECIDED, [])


def test_a_verdict_is_a_refusal_or_a_fate_and_the_journal_says_why() -> None:
    policy, journal = _policy()
    forbidden = _decided(policy, b"vodka")
    excess = [_decided(policy) for _ in range(2)][1]

    assert (forbidden.status, forbidden.fate, forbidden.error) == (0, MessageState.REJECTED, "4770")
    assert (excess.status, excess.fate) == (105, UNDECIDED)
    assert [(each["rule"], each["verdict"]) for each in journal.of("carrier.blocked")] == [
        ("content: shaft", "err:4770"),
        ("limit: carrier per minute", "status 0x69"),
    ]


def test_without_a_registry_nobody_is_asked_for_a_campaign() -> None:
    policy, _ = _policy()

    assert _decided(policy).status == 0


def test_a_registry_comes_and_goes_while_the_carrier_runs() -> None:
    policy, _ = _policy(replace(STRICT, limits=()), registry=Registry())
    statuses = [_decided(policy).status]
    assert policy.registry is not None
    policy.registry.register("12065550100", Campaign(campaign_id="C1", brand_id="B1"))
    statuses.append(_decided(policy).status)
    policy.registry = None
    statuses.append(_decided(policy, source="12065550199").status)

    assert statuses == [106, 0, 0]


def test_registration_comes_before_content_and_that_before_limits() -> None:
    policy, journal = _policy(registry=Registry())
    _decided(policy, b"vodka")
    policy.registry = None
    for text in (b"one", b"vodka"):
        _decided(policy, text)

    assert [each["rule"] for each in journal.of("carrier.blocked")] == ["registration: unregistered", "content: shaft"]


def test_stop_to_a_toll_free_number_blocks_it_for_that_phone() -> None:
    policy, _ = _policy(replace(STRICT, limits=()))
    answer = policy.hear("STOP", number=TOLLFREE, handset=HANDSET)
    blocked = _decided(policy, source=TOLLFREE)
    lifted = policy.hear("Unstop", number=TOLLFREE, handset=HANDSET)

    assert (answer, lifted) == ("blocked by stop", "lifted by unstop")
    assert (blocked.fate, blocked.error) == (MessageState.REJECTED, "4775")
    assert _decided(policy, source=TOLLFREE).fate == UNDECIDED


@pytest.mark.parametrize("number", ["12065550100", "72345"])
def test_the_network_does_not_care_for_other_numbers(number: str) -> None:
    policy, _ = _policy()

    assert policy.hear("STOP", number=number, handset=HANDSET) == ""


def test_a_second_stop_is_not_answered() -> None:
    policy, _ = _policy()

    assert [policy.hear("stop", number=TOLLFREE, handset=HANDSET) for _ in range(2)] == ["blocked by stop", ""]


def test_the_brands_day_ends_at_midnight_in_los_angeles() -> None:
    clock = StandingClock()
    registry = Registry()
    registry.register("12065550100", Campaign(campaign_id="C1", brand_id="B1", brand_tier=BrandTier.LOW))
    day = Limit(per=Per.BRAND, within=Within.PACIFIC_DAY, by_class=(("low", 1),), excess=Verdict(status=9802))
    policy = Policy(a_profile(limits=(day,)), clock=clock, journal=ListJournal(), registry=registry)

    def status_at(moment: datetime) -> int:
        clock.seconds += (moment - clock.now()) / timedelta(seconds=1)
        return _decided(policy, now=clock.seconds).status

    # The clock stands on 22 November, 01:30 UTC: 17:30 the day before in Los Angeles, which is 8 hours behind.
    moments = [datetime(2026, 11, 22, hour, minute, tzinfo=UTC) for hour, minute in ((2, 0), (7, 59), (8, 0), (9, 0))]
    assert [status_at(moment) for moment in moments] == [0, 9802, 0, 9802]


def test_the_permissive_carrier_has_no_policy() -> None:
    assert not _policy(load_profile("generic"))[0].is_active


@pytest.mark.parametrize("name", [name for name in profile_names() if name != "generic"])
def test_ordinary_messages_pass_every_carrier_without_a_registry(name: str) -> None:
    policy, _ = _policy(load_profile(name))

    for source in ("12065550100", TOLLFREE, "72345"):
        message = _decided(policy, b"Your code is 4711. Reply STOP to opt out.", source=source)
        assert (message.status, message.fate) == (0, UNDECIDED)


# On a carrier


def test_a_carrier_answers_a_toll_free_stop_itself_and_hands_it_on() -> None:
    async def scenario() -> None:
        journal = ListJournal()
        async with Carrier(STRICT, journal=journal) as carrier, await Esme.bound(carrier) as esme:
            phone = carrier.handset(HANDSET)
            phone.reply("STOP", TOLLFREE)
            heard = await esme.delivery()
            await esme.submitted(b"Still there?", source_addr=TOLLFREE, registered_delivery=1)
            receipt = await esme.delivery()

            assert heard.octets("short_message") == b"STOP"
            assert [text.text for text in phone.inbox] == ["blocked by stop"]
            assert receipt.tlv(TlvTag.message_state) == MessageState.REJECTED
            assert b"err:4775" in receipt.octets("short_message")
            assert [each["source"] for each in journal.of("carrier.network_message")] == [TOLLFREE]
            assert phone.report_spam().source == TOLLFREE

    run(scenario)


@pytest.mark.parametrize(("lost", "is_heard"), [((1,), False), ((2,), False), ((3,), True), ((), True)])
def test_a_toll_free_network_hears_no_word_that_never_comes_together(lost: tuple[int, ...], *, is_heard: bool) -> None:
    async def scenario() -> None:
        async with Carrier(STRICT, journal=ListJournal()) as carrier, await Esme.bound(carrier):
            phone = carrier.handset(HANDSET)
            phone.reply("STOP", TOLLFREE, parts=InParts(at_least=2, lost=lost))

            assert [text.text for text in phone.inbox] == ["blocked by stop"] * is_heard
            assert carrier.policy.opted_out.has(number=TOLLFREE, handset=HANDSET) is is_heard

    run(scenario)


def test_a_carrier_answers_as_late_as_its_profile_says() -> None:
    async def scenario() -> None:
        profile = a_profile(response=ResponseHabit(delay_s_min=0.05, delay_s_max=0.05))
        async with Carrier(profile) as carrier, await Esme.bound(carrier) as esme:
            response = await esme.submitted(b"Hello")

            assert response.command_status == 0
            assert carrier.received[0].response_delay_s == pytest.approx(0.05)

    run(scenario)


def test_a_carrier_blocks_what_is_not_in_its_registry() -> None:
    async def scenario() -> None:
        async with Carrier(STRICT, registry=Registry()) as carrier, await Esme.bound(carrier) as esme:
            response = await esme.submitted(b"Hello")

            assert response.command_status == 106
            assert carrier.policy.registry is not None

    run(scenario)


def test_a_number_with_too_many_complaints_is_blocked_until_it_is_unblocked() -> None:
    rules = ComplaintRules(blocked=Verdict(status=0x45), per_number=2, per_campaign=3)
    policy, journal = _policy(a_profile(complaints=rules))
    for handset in (HANDSET, "14155550199"):
        policy.complained("12065550100", 1_000.0, handset=handset)
    blocked, other = _decided(policy).status, _decided(policy, source="12065550199").status
    assert policy.complaints is not None
    policy.complaints.unblock("12065550100")

    assert (blocked, other, _decided(policy).status) == (0x45, 0, 0)
    assert [each["what"] for each in journal.of("carrier.sender_blocked")] == ["12065550100"]


def test_a_campaign_with_too_many_complaints_takes_all_its_numbers_along() -> None:
    rules = ComplaintRules(blocked=Verdict(error="4772"), per_campaign=2)
    registry = Registry()
    numbers = ("12065550100", "12065550101", "12065550102")
    for number in numbers:
        registry.register(number, Campaign(campaign_id="C1", brand_id="B1"))
    policy, _ = _policy(a_profile(complaints=rules), registry=registry)
    for number in numbers[:2]:
        policy.complained(number, 1_000.0, handset=HANDSET + number)

    assert [_decided(policy, source=number).error for number in numbers] == ["4772"] * 3


def test_a_carrier_counts_the_reports_of_its_phones() -> None:
    async def scenario() -> None:
        profile = a_profile(complaints=ComplaintRules(blocked=Verdict(status=0x45), per_number=1))
        async with Carrier(profile) as carrier, await Esme.bound(carrier) as esme:
            await esme.submitted(b"Hello", registered_delivery=1)
            await esme.delivery()
            carrier.handset(HANDSET).report_spam()
            await esme.delivery()
            response = await esme.submitted(b"Hello again")

            assert response.command_status == 0x45

    run(scenario)
