"""What scenarios do to the world: kill its gateway, cut its wires, slow its webhooks, and count whom it reached."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from powerpack_carriers import Act, HandsetState
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.store.sqlite import SqliteStore
from powerpack_lab.chaos import run_scenario
from powerpack_lab.chaos_result import Result
from powerpack_lab.observed import Observed
from powerpack_lab.scenario import (
    Behaviour,
    CampaignWords,
    CarrierWords,
    Dns,
    DnsAnswer,
    Expect,
    Handsets,
    Latency,
    PartsWords,
    PowerpackWords,
    Scenario,
    Shape,
    Step,
    Traffic,
    Verb,
    Webhooks,
    Wires,
)
from powerpack_lab.scenario_problems import problems
from powerpack_lab.scenario_units import Bounds
from powerpack_lab.traffic import DAY_S, day_pace

ANA = Handsets(name="ana", count=1, first="14155550101", carrier="att")
QUIET = Scenario(
    name="quiet",
    about="Nothing goes wrong.",
    length=60.0,
    carriers=(CarrierWords(name="att"),),
    handsets=(ANA,),
    traffic=(Traffic(to="ana", count=20, rate=1.0),),
)


def _run(**changes: object) -> tuple[Result, list[Observed]]:
    seen: list[Observed] = []
    result = run_scenario(replace(QUIET, **changes), 1, observe=seen.append)  # type: ignore[arg-type] # its own fields
    assert result.failures == ()
    return result, seen


def _enquiries(seen: list[Observed]) -> int:
    """How often the gateway asked for a sign of life."""
    sent = (each for each in seen if each.kind == "pdu" and each.fields["direction"] == ">")
    return sum(each.fields["side"] == "gateway" and each.raw[4:8] == b"\0\0\0\x15" for each in sent)


def _moments(seen: list[Observed], kind: str) -> list[float]:
    return [event.moment for event in seen if event.kind == kind]


# Connections over which nothing goes


def test_without_trouble_connections_stay_open_all_day_and_are_hardly_asked_for_a_sign_of_life() -> None:
    day = {"length": 86_400.0, "traffic": (replace(QUIET.traffic[0], count=24, rate=24 / 86_400),)}
    calm, calm_seen = _run(**day)
    _, cut_seen = _run(**day, steps=(Step(at=1.0, do=Verb.CUT, carrier="att"),))
    _, slow_seen = _run(**day, wires=(Wires(latency=0.1, until=1.0),))

    assert len(_moments(calm_seen, "http.opened")) == 1
    assert _enquiries(calm_seen) <= 4
    assert _enquiries(cut_seen) <= 5, "both sides hear of a reset"
    assert _enquiries(slow_seen) > 100, "a wire may stall"
    assert calm.counts["delivered"] == 24


def test_of_two_at_the_same_time_the_later_wires_hold_and_then_the_earlier_again() -> None:
    wires = (Wires(latency=3.0, at=0.0, until=50.0), Wires(carrier="att", latency=1.0, at=10.0, until=20.0))
    _, seen = _run(wires=wires, traffic=(replace(QUIET.traffic[0], count=3, rate=0.1),))
    left, came = _moments(seen, "gateway>submit_sm"), _moments(seen, "carrier<submit_sm")

    took_s = [round(there - here, 3) for here, there in zip(left, came, strict=True)]
    assert took_s == [3.0, 1.0, 3.0]


def test_a_narrow_wire_carries_octets_one_after_the_other() -> None:
    narrow = Wires(bandwidth=800.0, at=0.5)
    _, seen = _run(wires=(narrow,), traffic=(Traffic(to="ana", count=3, at=1.0),))

    lengths = [len(event.raw) for event in seen if event.kind == "carrier<submit_sm"]
    came = _moments(seen, "carrier<submit_sm")
    assert came[-1] - came[0] == pytest.approx(sum(lengths[1:]) * 8 / 800.0)


def test_what_comes_from_the_handsets_own_area_code_is_counted() -> None:
    ben = Handsets(name="ben", count=1, first="19165550101", carrier="att")
    to_both = tuple(Traffic(to=name, count=2, rate=0.1) for name in ("ana", "ben"))
    result, _ = _run(handsets=(ANA, ben), traffic=to_both, powerpack=PowerpackWords(priority=(NumberType.LONGCODE,)))

    assert (result.counts["local"], result.counts["ana.local"], result.counts.get("ben.local", 0)) == (2, 2, 0)


# Names of hosts

CUT = Step(at=20.0, do=Verb.CUT, carrier="att")
TWO = CarrierWords(name="att", ports=2)


def _dns(*answers: tuple[DnsAnswer, float, float]) -> tuple[Dns, ...]:
    return tuple(Dns(carrier="att", answer=answer, at=at, until=until) for answer, at, until in answers)


def test_while_a_name_leads_nowhere_connections_stand_and_none_is_made() -> None:
    _, seen = _run(dns=_dns((DnsAnswer.NOTHING, 10.0, 40.0)), steps=(CUT,))

    failed, connected = _moments(seen, "gateway.connect_failed"), _moments(seen, "gateway.connected")
    delivered = [moment for moment in _moments(seen, "handset.received") if 10.0 < moment < 20.0]
    assert failed
    assert all(20.0 < moment < 40.1 for moment in failed)
    assert [moment > 40.0 for moment in connected] == [True]
    assert delivered


def test_of_two_answers_the_later_holds_and_then_the_earlier_again() -> None:
    _, seen = _run(
        carriers=(TWO,), dns=_dns((DnsAnswer.OTHER_HOSTS, 10.0, 60.0), (DnsAnswer.NOTHING, 15.0, 30.0)), steps=(CUT,)
    )

    led = [event.text("leads_to") for event in seen if event.kind == "scenario.dns"]
    (connected,) = (event for event in seen if event.kind == "gateway.connected")
    assert led[:3] == ["other hosts", "nothing", "other hosts"]
    assert (connected.moment > 30.0, connected.text("address")) == (True, "127.0.1.2")


def test_what_is_healed_leads_to_the_first_host_again() -> None:
    heal = Step(at=30.0, do=Verb.HEAL)
    _, seen = _run(dns=_dns((DnsAnswer.DEAD_HOST, 10.0, 0.0)), steps=(CUT, heal))

    (connected,) = (event for event in seen if event.kind == "gateway.connected")
    assert (connected.moment > 30.0, connected.text("address")) == (True, "127.0.0.1")


# A gateway that is killed


def test_a_killed_gateway_does_nothing_until_it_is_back() -> None:
    _, seen = _run(steps=(Step(at=5.0, do=Verb.KILL_GATEWAY, down=10.0),))

    (down,), (up,) = _moments(seen, "scenario.gateway_down"), _moments(seen, "scenario.gateway_up")
    between = [event for event in seen if down < event.moment < up]
    assert up - down == pytest.approx(10.0)
    assert {event.kind.split(".")[0] for event in between} <= {"traffic", "handset", "carrier"}
    assert all(event.text("error") == "the gateway is down" for event in between if event.kind == "traffic.refused")


def test_a_killed_gateway_tells_nobody_what_it_gives_up_when_its_links_break() -> None:
    stall = Wires(stalled=True, at=0.5, until=420.0)
    _, seen = _run(
        length=600.0,
        traffic=(Traffic(to="ana", count=1, at=1.0),),
        wires=(stall,),
        steps=(Step(at=300.0, do=Verb.KILL_GATEWAY, down=30.0),),
    )

    kinds = [event.kind for event in seen]
    dead = kinds[kinds.index("scenario.gateway_down") : kinds.index("scenario.gateway_up")]
    assert kinds.count("message.unknown") >= 4
    assert "webhook.received" not in dead
    assert [event.text("status") for event in seen if event.kind == "webhook.received"][-1] == "delivered"


def test_a_killed_gateway_writes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[bool] = []
    sound = SqliteStore.abandon

    def abandon(self: SqliteStore) -> None:
        sound(self)
        stopped.append("0 waiting" in repr(self))

    monkeypatch.setattr(SqliteStore, "abandon", abandon)
    _run(steps=(Step(at=5.0, do=Verb.KILL_GATEWAY, down=10.0),))

    assert stopped == [True]


def test_a_gateway_that_is_down_can_not_be_killed() -> None:
    kill = Step(at=5.0, do=Verb.KILL_GATEWAY, down=10.0)
    _, seen = _run(steps=(kill, replace(kill, at=6.0), Step(at=7.0, do=Verb.UNRENT, number="14155550180")))

    failed = [(event.text("do"), event.text("error")) for event in seen if event.kind == "scenario.step_failed"]
    assert failed == [("kill_gateway", "the gateway is down"), ("unrent", "the gateway is down")]


@pytest.mark.parametrize("do", [Verb.UNRENT, Verb.REINSTATE])
def test_a_number_that_is_not_there_fails_its_step_only(do: Verb) -> None:
    _, seen = _run(steps=(Step(at=5.0, do=do, number="14155550999"),))

    assert len(_moments(seen, "scenario.step_failed")) == 1


# Wires and webhooks


def test_wires_take_their_time_until_they_are_mended() -> None:
    _, seen = _run(
        wires=(Wires(latency=0.5, at=0.0, until=10.0),), traffic=(Traffic(to="ana", count=20, rate=1.0, at=2.0),)
    )

    sent, arrived = _moments(seen, "gateway>submit_sm"), _moments(seen, "carrier<submit_sm")
    took = [round(there - here, 3) for here, there in zip(sent, arrived, strict=True)]
    assert took[0] == 0.5
    assert took[-1] == 0.0


def test_a_cut_takes_every_connection_to_the_carrier() -> None:
    _, seen = _run(steps=(Step(at=5.0, do=Verb.CUT, carrier="att"),))

    assert 5.0 in [round(moment, 1) for moment in _moments(seen, "gateway.disconnected")]


def test_a_slow_receiver_answers_late_and_is_quick_once_healed() -> None:
    _, seen = _run(webhooks=Webhooks(slow=2.0))

    received, sent = _moments(seen, "webhook.received"), _moments(seen, "callback.sent")
    assert min(sent) - min(received) == pytest.approx(2.0)


# Campaigns, groups, bounds


def test_a_campaign_is_known_to_carriers_and_gateway() -> None:
    longcode = Traffic(to="ana", count=3, at=1.0)
    capped = {"carriers": (CarrierWords(name="tmobile", brand_per_day=2),), "traffic": (longcode,)}
    people = (replace(ANA, carrier="tmobile"),)
    powerpack = replace(QUIET.powerpack, priority=(NumberType.LONGCODE,))
    expect = Expect(except_invariants=("within_rate",), counts={"ana.delivered": Bounds(low=2, high=2)})
    _, seen = _run(
        campaigns=(CampaignWords(name="promo"),), handsets=people, powerpack=powerpack, expect=expect, **capped
    )

    assert [event.text("rule") for event in seen if event.kind == "carrier.blocked"] == ["limit: brand per pacific day"]


def test_latency_is_held() -> None:
    bounds = replace(QUIET, expect=Expect(latency=Latency(p50=60.0, p95=0.01)))
    result = run_scenario(bounds, 1)

    assert [str(failure)[:18] for failure in result.failures] == ["latency: p95: foun"]
    assert result.latency_s["p50"] <= result.latency_s["p95"] <= result.delivered_s_max


# Traffic


def test_bursts_come_together_and_keep_the_rate() -> None:
    _, seen = _run(traffic=(Traffic(to="ana", count=20, rate=1.0, burst=5),))

    moments = sorted({round(moment, 2) for moment in _moments(seen, "traffic.sent")})
    assert len(moments) == 4
    assert 10.0 <= moments[-1] - moments[0] <= 25.0


def test_one_of_several_texts_is_drawn_and_filled_in() -> None:
    texts = ("{name} has code {code} and number {n}", "Number {n}")
    _, seen = _run(traffic=(Traffic(to="ana", count=20, rate=1.0, texts=texts),))

    sent = [event.text("text") for event in seen if event.kind == "traffic.sent"]
    assert 0 < sum(" has code " in text for text in sent) < len(sent)
    assert not any("{" in text for text in sent)


def test_a_day_is_busy_in_the_afternoon_and_quiet_at_night() -> None:
    """Begun at two in the afternoon, the busiest moment."""
    pace: Callable[[float], float] = lambda even_s: day_pace(0.0, even_s)  # noqa: E731 # the shorter way to say it
    moments = [pace(DAY_S * part / 1000) / 3600 for part in range(1001)]

    assert moments[0] == pytest.approx(0.0, abs=1e-6)
    assert moments[-1] == pytest.approx(24.0, abs=1e-6)
    assert moments == sorted(moments)
    afternoon = sum(hour < 3 or hour > 21 for hour in moments)
    night = sum(9 < hour < 15 for hour in moments)
    assert afternoon > 8 * night


def test_a_day_of_traffic_is_sent_within_the_day() -> None:
    _, seen = _run(length=DAY_S, traffic=(Traffic(to="ana", count=24, rate=24 / DAY_S, shape=Shape.DAY),))

    assert len(_moments(seen, "traffic.sent")) == 24
    assert max(_moments(seen, "traffic.sent")) < DAY_S * 1.1


# Phones


def test_a_phone_that_is_off_gets_its_texts_when_it_is_back() -> None:
    _, seen = _run(
        handsets=(replace(ANA, state=HandsetState.OFF),),
        steps=(Step(at=45.0, do=Verb.HANDSET, number="14155550101", state=HandsetState.ON),),
    )

    (back,) = [event.moment for event in seen if event.kind == "handset.state" and event.text("state") == "on"]
    received = _moments(seen, "handset.received")
    assert len(_moments(seen, "carrier.held")) >= 15
    assert len(received) == 20
    assert min(received) >= back


def test_whoever_is_still_off_in_the_end_is_switched_on() -> None:
    _, seen = _run(handsets=(replace(ANA, state=HandsetState.OFF),))

    assert len(_moments(seen, "handset.received")) == 20


def test_people_reply_in_parts_and_report_to_7726() -> None:
    stop = Behaviour(text="Please stop", nth=2, parts=PartsWords(at_least=2, lost=(2,)))
    _, seen = _run(handsets=(replace(ANA, behaviours=(stop, Behaviour(act=Act.FORWARD_SPAM, nth=1))),))

    said = [(event.text("target"), event.fields["parts"]) for event in seen if event.kind == "handset.sent"]
    assert len(said) == 3
    assert sorted(said)[-2:] == [("7726", 1), ("7726", 1)]
    assert min(said)[1] == 2
    assert len(_moments(seen, "complaint.received")) == 1


def test_a_mistake_in_a_habit_is_named() -> None:
    habit = Behaviour(act=Act.REPORT_SPAM, text="STOP")
    found = problems(replace(QUIET, handsets=(replace(ANA, behaviours=(habit,)),)))

    assert found == [
        ("handsets[0].behaviours[0]", "text: found 'STOP', expected none: report_spam sends the text it got")
    ]
