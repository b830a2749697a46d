"""MMS through the lab's own handles: phones that send and show them, and carriers without a gateway."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from powerpack_carriers import HandsetError, Media
from powerpack_lab.fake_carriers import FakeCarriers
from powerpack_lab.lab import Lab

ANA, LONGCODE = "+14155550123", "+14155550180"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(clock="virtual") as lab:
        yield lab


def test_a_phone_sends_files_by_their_path(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "dog.png").write_bytes(b"PNG")
    lab.handset(ANA).send_mms("My dog", [tmp_path / "dog.png"], to=LONGCODE)
    lab.advance(1)

    (sent,) = lab.journal.events(kind="handset.sent_mms")
    (received,) = lab.journal.events(kind="message.received")
    assert sent.fields["media"] == ["image/png 3"]
    assert received.fields["text"] == "My dog"


def test_a_phone_is_made_one_without_mms(lab: Lab) -> None:
    phone = lab.handset(ANA, device="sms")

    assert (phone.device, lab.handset(ANA).device) == ("sms", "sms")
    with pytest.raises(HandsetError, match="has no MMS"):
        phone.send_mms("Look", to=LONGCODE)


def test_a_device_that_there_is_not_is_refused(lab: Lab) -> None:
    with pytest.raises(ValueError, match="device: found 'fax', expected 'mms' or 'sms'"):
        lab.handset(ANA, device="fax")


def test_what_was_read_is_told_only_to_those_who_ask(lab: Lab) -> None:
    lab.handset(ANA).send_mms("x", [Media(content_type="image/png", data=b"PNG")], to=LONGCODE)
    with pytest.raises(HandsetError, match="has no message -1: its inbox holds 0"):
        lab.handset(ANA).read()


def test_a_carrier_alone_has_an_mmsc() -> None:
    with FakeCarriers() as carriers:
        carrier = carriers("tmobile")
        carrier.connect_vasp("http://127.0.0.1:1/reports")

        assert carrier.mm7_url.endswith("/mm7")
        assert carrier.received_mms == []
