"""A carrier for code that does not await: in a thread of its own, driven by smpplib's blocking client."""

import threading

import pytest
import smpplib.client
import smpplib.exceptions

from powerpack_carriers import (
    Behaviour,
    BlockingCarrier,
    Carrier,
    CarrierError,
    Directory,
    FaultError,
    HandsetError,
    HandsetState,
    InParts,
    Listener,
)
from powerpack_lab.smpp_client import SmppClient

ANA, SHOP = "14155550123", "12065550100"


def client(carrier: BlockingCarrier) -> SmppClient:
    """smpplib's client for it, to be used as a context manager."""
    return SmppClient(carrier, system_id=carrier.system_id, password=carrier.password)


def test_three_lines_are_enough() -> None:
    with Carrier("tmobile") as carrier, client(carrier) as esme:
        esme.send(ANA, "Hello", source=SHOP)

        message = carrier.expect("Hello", source=f"+{SHOP}", destination=ANA)

    assert (message.source_addr, message.destination_addr, message.text) == (SHOP, ANA, "Hello")


def test_phones_answer_and_report() -> None:
    with Carrier() as carrier, client(carrier) as esme:
        esme.send(ANA, "Win!", source=SHOP)
        esme.receive()  # the receipt: it is on the phone
        phone = carrier.handset(ANA)
        phone.reply("STOP")
        reply = esme.receive()
        report = phone.report_spam()

        assert phone.texts == ["Win!"]
        assert repr(phone) == f"<Handset {ANA} at generic: 1 texts>"
        assert carrier.spam_reports == [report]
    assert reply.short_message == b"STOP"


def test_phones_are_off_and_on_and_behave() -> None:
    with Carrier() as carrier, client(carrier) as esme:
        phone = carrier.handset(ANA)
        phone.state = "off"
        phone.behave(Behaviour(text="STOP", after_s=0))
        esme.send(ANA, "Hello", source=SHOP)
        carrier.expect("Hello")
        before = phone.texts
        phone.state = HandsetState.ON
        first, second = esme.receive(), esme.receive()
        phone.reply("Please call me", parts=InParts(at_least=2, lost=(1,)))
        part = esme.receive()

        assert (before, phone.texts, phone.state) == ([], ["Hello"], HandsetState.ON)
    assert {b"STOP"} < {first.short_message, second.short_message}
    assert part.short_message.endswith(b"call me")


def test_what_did_not_come_is_said_with_what_did() -> None:
    with Carrier() as carrier, client(carrier) as esme:
        esme.send(ANA, "Hello", source=SHOP)

        with pytest.raises(AssertionError) as caught:
            carrier.expect("Bye", destination=ANA, within=0.0)

    first, second = str(caught.value).splitlines()
    assert first.endswith(f"got no message with 'Bye' to {ANA}; it got 1:")
    assert f"{SHOP} -> {ANA}" in second
    assert "'Hello'" in second


def test_faults_come_and_go() -> None:
    with Carrier() as carrier, client(carrier) as esme:
        fault = carrier.faults.add("undeliverable")
        esme.send(ANA, "one")
        broken = esme.receive()
        assert [(each.fault_id, each.struck) for each in carrier.faults] == [(fault, 1)]
        carrier.faults.remove(fault)
        esme.send(ANA, "two")
        mended = esme.receive()

        with pytest.raises(FaultError, match="has no fault 'undeliverable-1'"):
            carrier.faults.remove(fault)
    assert (b"stat:UNDELIV" in broken.short_message, b"stat:DELIVRD" in mended.short_message) == (True, True)


def test_all_faults_are_stopped_at_once() -> None:
    with Carrier() as carrier, client(carrier) as esme:
        carrier.faults.add("throttle")
        carrier.faults.add("undeliverable")
        assert len(carrier.faults) == 2
        assert "throttle-1" in repr(carrier.faults)

        carrier.faults.clear()

        esme.send(ANA, "Hello")
        assert len(carrier.faults) == 0


def test_the_old_names_say_the_new_ones() -> None:
    with Carrier() as carrier:
        with pytest.warns(
            DeprecationWarning, match=r"carrier.add_fault\(...\) is now carrier.faults.add\(...\)"
        ) as told:
            fault = carrier.add_fault("throttle", share=0.5)
        with pytest.warns(DeprecationWarning, match=r"carrier.remove_fault\(...\) is now carrier.faults.remove\(...\)"):
            carrier.remove_fault(fault)
        assert not carrier.faults

    assert told[0].filename == __file__


def test_a_carrier_with_two_ports_may_refuse_at_one() -> None:
    with Carrier(listeners=(Listener(),)) as carrier:
        first, second = carrier.listeners
        assert (first.port, first.port == second.port) == (carrier.port, False)
        carrier.faults.add("refuse_bind", listener=1, status="ESME_RSYSERR")
        with pytest.raises(smpplib.exceptions.PDUError, match="System Error"), client(carrier):
            pass
        esme = smpplib.client.Client(second.host, second.port, allow_unknown_opt_params=True)
        esme.connect()
        esme.bind_transceiver(system_id=carrier.system_id, password=carrier.password)
        esme.unbind()
        esme.disconnect()


def test_errors_come_through_and_nothing_is_left_behind() -> None:
    threads = threading.active_count()
    with Carrier() as carrier:
        assert carrier.bind_count == 0
        with pytest.raises(HandsetError, match="expected a number of digits"):
            carrier.handset("Ana")
        with pytest.raises(OSError, match="can not listen"), Carrier(port=carrier.port):
            pass

    assert threading.active_count() == threads


def test_what_it_saw_can_be_read_behind_the_with() -> None:
    with Carrier() as carrier, client(carrier) as esme:
        esme.send(ANA, "Hello", source=SHOP)
        esme.receive()  # the receipt: it is on the phone
        phone = carrier.handset(ANA)

    assert carrier.texts == [message.text for message in carrier.received] == ["Hello"]
    assert carrier.expect("Hello", destination=ANA).source_addr == SHOP
    with pytest.raises(AssertionError, match=r"got no message with 'Bye'; it got 1:\n  <Message .* 'Hello'>"):
        carrier.expect("Bye")
    assert phone.texts == carrier.handset(ANA).texts == ["Hello"]
    assert (carrier.bind_count, carrier.spam_reports, carrier.faults.list()) == (0, [], ())


def test_generic_admits_a_destination_that_is_no_number_and_shows_its_phone() -> None:
    with Carrier() as carrier, client(carrier) as esme:
        esme.send("DESTINATION NUMBER", "Hello", source="ACME")
        receipt = esme.receive()
        phone = carrier.handset("DESTINATION NUMBER")
        phone.reply("Hi")
        reply = esme.receive()

    assert b"stat:DELIVRD" in receipt.short_message
    assert (phone.texts, reply.destination_addr, reply.short_message) == (["Hello"], b"ACME", b"Hi")


def test_nothing_happens_to_a_carrier_that_has_ended() -> None:
    with Carrier("tmobile") as carrier:
        phone = carrier.handset(ANA)

    with pytest.raises(CarrierError, match=r"<Carrier tmobile stopped: .*> has ended: what it saw can be read"):
        carrier.faults.add("throttle")
    with pytest.raises(CarrierError, match="has ended"):
        phone.reply("Hi", SHOP)


def test_carriers_that_share_phones_share_a_thread_until_the_last_one_ends() -> None:
    before, directory = threading.active_count(), Directory()
    with Carrier("att", directory=directory) as att:
        with Carrier("tmobile", directory=directory) as tmobile, Carrier() as alone:
            threads = [each.run(lambda _: threading.get_ident()) for each in (att, tmobile, alone)]
        after = att.run(lambda _: threading.get_ident())

    assert threads[0] == threads[1] == after
    assert threads[2] != threads[0]
    assert threading.active_count() == before


def test_a_text_of_one_carrier_reaches_another_ones_phone_as_soon_as_that_is_on() -> None:
    directory = Directory()
    directory.assign(ANA, "tmobile")
    with (
        Carrier("att", directory=directory) as att,
        Carrier("tmobile", directory=directory) as tmobile,
        client(att) as esme,
    ):
        phone = tmobile.handset(ANA)
        phone.state = "off"
        esme.send(ANA, "Hello", source=SHOP)
        att.expect("Hello")
        phone.state = "on"
        esme.receive()  # the receipt

        assert phone.texts == ["Hello"]
