"""A carrier with two hosts, one of which goes down: the gateway is expected at the other, and nothing is lost."""

import pytest

from contract_support import Api
from powerpack_carriers.access import ListenerForm
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

PEOPLE = tuple(f"1415555{index:04d}" for index in range(10))

TWO_HOSTS = (CarrierConfig(name="generic", profile="generic", listeners=(ListenerForm(),)),)


@pytest.mark.parametrize("how", ["refuse", "reset", "silent", "bind"])
def test_the_gateway_goes_on_at_the_other_host(how: str) -> None:
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=TWO_HOSTS)) as lab:
        api, carrier = Api(lab), lab.carrier("generic")
        carrier.faults.add("fail_over", how=how, from_s=1, lasts_s=600)
        lab.advance(2)
        uuids = [api.accept(person) for person in PEOPLE]
        for uuid in uuids:
            assert api.settled(uuid, 300)["message_state"] == "delivered"

        assert [lab.handset(person).texts for person in PEOPLE] == [["Hello"]] * len(PEOPLE)
        assert [link.listener for link in carrier.links if link.is_bound] == [2]


def test_when_the_second_host_goes_down_too_the_first_serves_again() -> None:
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=TWO_HOSTS)) as lab:
        api, carrier = Api(lab), lab.carrier("generic")
        carrier.faults.add("fail_over", lasts_s=60)
        carrier.faults.add("fail_over", listener=2, from_s=120, lasts_s=60)
        lab.advance(130)

        assert api.send(PEOPLE[0])["message_state"] == "delivered"
        assert [link.listener for link in carrier.links if link.is_bound] == [1]


def test_a_port_that_says_nothing_is_given_up_in_time() -> None:
    with Lab(seed=1, clock="virtual", config=LabConfig(carriers=TWO_HOSTS)) as lab:
        carrier = lab.carrier("generic")
        carrier.faults.add("silent_port", listener=1)
        lab.advance(1)
        for link in carrier.links:
            link.abort("the test ends it")
        # The next attempt is at the second port, and the one after that at the first.
        carrier.faults.add("refuse_bind", listener=2, until_s=5)
        lab.advance(60)
        reasons = [str(event.fields["reason"]) for event in lab.journal.events(kind="gateway.disconnected")]

        assert "no answer to the bind within 10 s" in reasons
        assert Api(lab).send(PEOPLE[0])["message_state"] == "delivered"
