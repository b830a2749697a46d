"""The helper around smpplib, and carriers without a gateway, also where something breaks."""

from collections.abc import Callable, Iterator

import pytest
import smpplib.exceptions

from powerpack_carriers import HandsetError, ProfileError
from powerpack_lab.fake_carriers import FakeCarrier, FakeCarriers
from powerpack_lab.smpp_client import SmppClient

ANA = "+14155550123"


@pytest.fixture
def carriers() -> Iterator[FakeCarriers]:
    """None started yet."""
    with FakeCarriers(seed=1) as carriers:
        yield carriers


@pytest.fixture
def carrier(carriers: FakeCarriers) -> FakeCarrier:
    """One without opinions."""
    return carriers("generic")


def client_of(carrier: FakeCarrier, password: str = "secret") -> SmppClient:
    """Not yet bound."""
    return SmppClient(carrier, system_id=carrier.system_id, password=password)


@pytest.mark.parametrize(("text", "parts"), [("Hello", 1), ("[€] " * 60, 3), ("Привет 🙂 " * 10, 2)])
def test_a_text_arrives_whole_whatever_its_letters(carrier: FakeCarrier, text: str, parts: int) -> None:
    with client_of(carrier) as client:
        ids = client.send(ANA, text)

    message = carrier.handset(ANA).expect(text)
    assert message.text == text
    assert message.carrier_message_ids == tuple(ids)
    assert len(ids) == parts


def test_it_is_unbound_at_the_end(carrier: FakeCarrier) -> None:
    with client_of(carrier) as client:
        assert carrier.bind_count == 1
        assert repr(client) == "<SmppClient generic: 0 sent, 0 delivered>"

    assert carrier.run_until(lambda: carrier.bind_count == 0)


def test_a_receipt_between_unbind_and_its_answer_is_no_cause_for_a_warning(
    carrier: FakeCarrier, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(carrier) as client:
        client.send(ANA, "Hello")
        carrier.advance(minutes=1)

    assert [each.message for each in caplog.records if each.levelname == "WARNING"] == []


def test_a_receipt_that_came_between_the_answers_is_received_all_the_same(carrier: FakeCarrier) -> None:
    with client_of(carrier) as client:
        [first] = client.send(ANA, "one")
        carrier.advance(minutes=1)
        [second] = client.send(ANA, "two")
        carrier.advance(minutes=1)
        received = [client.receive() for _ in range(2)]

    assert [each.receipted_message_id.decode() for each in received] == [first, second]
    assert client.delivered == received


@pytest.mark.parametrize(
    ("fault", "act", "said"),
    [
        (
            "lose_response",
            lambda client: client.send(ANA, "Hello"),
            "no submit_sm_resp came to <SmppClient generic: 0 ",
        ),
        ("lose_receipt", lambda client: client.receive(), "no deliver_sm came to .* 0 were received before: a receipt"),
    ],
)
def test_what_never_comes_is_a_timeout_that_says_so(
    carrier: FakeCarrier, fault: str, act: Callable[[SmppClient], object], said: str
) -> None:
    carrier.faults.add(fault)
    impatient = SmppClient(carrier, system_id="generic", password="secret", timeout_s=0.2)

    with pytest.raises(TimeoutError, match=said), impatient as client:
        act(client)


def test_what_was_submitted_is_expected_at_the_carrier_itself(carrier: FakeCarrier) -> None:
    carrier.faults.add("throttle")
    with client_of(carrier) as client, pytest.raises(smpplib.exceptions.PDUError):
        client.send(ANA, "Hello", source="12065550199")

    assert carrier.expect("Hell", source="+12065550199", destination=ANA).text == "Hello"
    with pytest.raises(AssertionError, match=r"got no message with 'Bye' to \+14155550123; it got 1:\n.*'Hello'"):
        carrier.expect("Bye", destination=ANA)


def test_a_wrong_password_is_smpplibs_error(carrier: FakeCarrier) -> None:
    with pytest.raises(smpplib.exceptions.PDUError), client_of(carrier, password="wrong"):
        pass

    assert carrier.run_until(lambda: carrier.bind_count == 0)


def test_a_carrier_that_hangs_up_does_not_hide_what_went_wrong(carrier: FakeCarrier) -> None:
    carrier.faults.add("disconnect")

    with pytest.raises(smpplib.exceptions.ConnectionError), client_of(carrier) as client:
        client.send(ANA, "Hello")


def test_spam_is_reported_and_time_passes_for_all(carriers: FakeCarriers) -> None:
    att, generic = carriers("att"), carriers("generic")
    before = carriers.clock.monotonic()
    with client_of(generic) as client:
        client.send(ANA, "Buy now!")
        generic.handset(ANA).expect("Buy now!")
        generic.handset(ANA).report_spam()
    att.advance(hours=1)

    assert len(att.spam_reports) + len(generic.spam_reports) == 1
    assert carriers.clock.monotonic() - before >= 3600


def test_what_does_not_come_is_explained(carrier: FakeCarrier) -> None:
    with pytest.raises(AssertionError, match=r"no message with 'Hello' came to \+14155550123 within 1 s"):
        carrier.handset(ANA).expect("Hello", within=1)


def test_mistakes_are_named(carriers: FakeCarriers) -> None:
    carriers("generic")

    with pytest.raises(ProfileError, match="profile 'acme'"):
        carriers("acme")
    with pytest.raises(ValueError, match="has a carrier 'generic' already"):
        carriers("generic")
    with pytest.raises(HandsetError, match="its inbox is empty"):
        carriers.handset(ANA).reply("Hi")
    with pytest.raises(RuntimeError, match="not running"):
        _ = FakeCarriers().journal
