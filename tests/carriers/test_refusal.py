"""What a carrier says of each message that it refuses: what was found, and what was expected."""

from typing import Any

import pytest

from carriers.builders import HANDSET, a_profile
from carriers.esme import Esme
from carriers.virtual_carrier import World, virtually
from powerpack_carriers.accounts import Account
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.content import ContentRules
from powerpack_carriers.directory import Directory
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.profile import Profile, Rate, ReachHabit, ResponseHabit, SessionHabit, Throughput, find_profile
from powerpack_carriers.smpp.constants import CommandStatus
from powerpack_carriers.verdict import Verdict

OTHERS, GONE = "14155550199", "14155550177"

NO = Verdict(status=CommandStatus.ESME_RSUBMITFAIL)
STRICT = a_profile(checks_source=True, checks_destination=True, checks_ton=True)


def last_reason(
    profile: Profile,
    *,
    times: int = 1,
    account: Account | None = None,
    fault: str = "",
    state: HandsetState = HandsetState.PORTED,
    **fields: Any,
) -> str:
    """What the journal says of the last of so many equal submits, which alone is refused."""
    reasons: list[str] = []

    async def scenario(world: World) -> None:
        directory = Directory()
        mine = Carrier(
            profile,
            name="mine",
            clock=world.clock,
            journal=world.journal,
            directory=directory,
            accounts=None if account is None else [account],
        )
        directory.assign(OTHERS, "other")
        async with mine, await Esme.bound(mine) as esme:
            for digits in (HANDSET, GONE):
                directory.assign(digits, "mine")
            mine.handset(GONE).state = state
            if fault:
                mine.faults.add(fault, share=1)
            for _ in range(times):
                esme.submit(**fields)
            statuses = [(await esme.receive()).command_status for _ in range(times)]
            assert [status == 0 for status in statuses] == [True] * (times - 1) + [False]
            reasons.extend(str(each["reason"]) for each in world.journal.of("carrier.refused"))

    virtually(scenario)
    (reason,) = reasons
    return reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"source_addr": "ACME", "source_addr_ton": 5, "source_addr_npi": 0},
            "source_addr: found 'ACME', expected a short code of 5 or 6 digits or a number of 10 to 15",
        ),
        ({"destination_addr": "ACME"}, "destination_addr: found 'ACME', expected 1 to 20 digits"),
        ({"destination_addr": ""}, "destination_addr: found '', expected 1 to 20 digits"),
        (
            {"source_addr": "72345"},
            "source_addr_ton: found 1 (INTERNATIONAL) with '72345', which has not that form",
        ),
        (
            {"dest_addr_ton": 6},
            "dest_addr_ton: found 6 (ABBREVIATED) with '14155550123', which has not that form",
        ),
        ({"source_addr_npi": 8}, "source_addr_npi: found 8, expected 0 or 1"),
        ({"dest_addr_npi": 8}, "dest_addr_npi: found 8, expected 0 or 1"),
    ],
)
def test_addresses_that_are_refused(fields: dict[str, Any], reason: str) -> None:
    assert last_reason(STRICT, **fields) == reason


def test_a_source_that_is_not_the_accounts() -> None:
    sources = frozenset(f"1206555010{n}" for n in range(1, 8))

    assert last_reason(a_profile(), account=Account("mine", sources=sources)) == (
        "source_addr: found '12065550100', expected one that the account may send from:"
        " 12065550101, 12065550102, 12065550103, 12065550104, 12065550105, ..."
    )


def test_a_number_of_another_carrier() -> None:
    profile = a_profile(reach=ReachHabit(off_net=NO))

    assert last_reason(profile, destination_addr=OTHERS) == (
        "destination_addr: found 14155550199, a number of other, expected one of mine's own"
    )


def test_a_number_that_no_carrier_serves() -> None:
    assert last_reason(find_profile("tmobile"), destination_addr="33612345678") == (
        "destination_addr: found 33612345678, expected a number that a carrier serves"
    )


@pytest.mark.parametrize("state", [HandsetState.PORTED, HandsetState.DEACTIVATED, HandsetState.LANDLINE], ids=str)
def test_a_phone_that_gets_no_texts(state: HandsetState) -> None:
    profile = a_profile(reach=ReachHabit(ported=NO, deactivated=NO, landline=NO))

    assert last_reason(profile, state=state, destination_addr=GONE) == f"the phone 14155550177 is {state}"


def test_a_window_that_is_full() -> None:
    profile = a_profile(response=ResponseHabit(delay_s_min=5, delay_s_max=5), sessions=SessionHabit(submits_max=2))

    assert last_reason(profile, times=3) == (
        "as many submits of this session wait for their answer as submits_max allows"
    )


def test_a_text_that_the_policy_forbids() -> None:
    profile = a_profile(content=ContentRules(shaft=NO))

    assert last_reason(profile, short_message=b"Our cannabis is in") == (
        "the carrier's policy forbids it: content: shaft"
    )


def test_a_source_that_is_too_fast() -> None:
    profile = a_profile(throughput=Throughput(longcode=Rate(per_second=0.25, burst=2)))

    assert last_reason(profile, times=3) == (
        "12065550100 is too fast: a longcode may send 0.25 segments a second, 2 at once"
    )


def test_a_fault() -> None:
    assert last_reason(a_profile(), fault="throttle").startswith("a fault of this carrier, or the magic number")
