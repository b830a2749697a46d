"""What we send is, octet for octet, what smpplib sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import smpp

from powerpack_gateway.smpp import wire
from powerpack_gateway.smpp.addresses import TonNpi
from powerpack_gateway.smpp.commands import DATA_SM, DELIVER_SM, ENQUIRE_LINK, UNBIND
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.errors import InvalidSubmission
from powerpack_gateway.smpp.settings import BindKind, RouteSettings
from powerpack_gateway.smpp.submission import Submission

ISDN = TonNpi(1, 1)

octets = st.integers(0, 255)
sequences = st.integers(0, 0xFFFFFFFF)
statuses = st.integers(0, 0xFFFFFFFF)
characters = st.characters(min_codepoint=1, max_codepoint=127)
times = st.just("") | st.text(characters, min_size=16, max_size=16)
submissions = st.builds(
    Submission,
    source=st.text(characters, max_size=20),
    destination=st.text(characters, min_size=1, max_size=20),
    short_message=st.binary(max_size=254),
    data_coding=octets,
    esm_class=octets,
    registered_delivery=octets,
    validity=times,
)


def reference(command: str, sequence: int, **fields: object) -> bytes:
    """What smpplib makes of it."""
    pdu = smpp.make_pdu(command, sequence=sequence, **fields)
    pdu.sequence = sequence
    return bytes(pdu.generate())


@given(submissions, sequences, octets, octets, octets, octets)
def test_a_submit_sm_is_smpplibs(
    submission: Submission, sequence: int, source_ton: int, source_npi: int, dest_ton: int, dest_npi: int
) -> None:
    raw = wire.submit_sm(sequence, submission, TonNpi(source_ton, source_npi), TonNpi(dest_ton, dest_npi))

    assert raw == reference(
        "submit_sm",
        sequence,
        source_addr_ton=source_ton,
        source_addr_npi=source_npi,
        source_addr=submission.source,
        dest_addr_ton=dest_ton,
        dest_addr_npi=dest_npi,
        destination_addr=submission.destination,
        esm_class=submission.esm_class,
        validity_period=submission.validity,
        registered_delivery=submission.registered_delivery,
        data_coding=submission.data_coding,
        short_message=submission.short_message,
    )


def test_a_submit_sm_on_the_wire() -> None:
    raw = wire.submit_sm(7, Submission("12345", "14155550123", b"hi"), TonNpi(3, 0), ISDN)

    expected = "00000033 00000004 00000000 00000007 00 0300 313233343500 0101 313431353535353031323300"
    assert raw == bytes.fromhex(expected + "00 00 00 00 00 01 00 00 00 02 6869")


@given(sequences, statuses)
def test_a_deliver_sm_resp_is_smpplibs(sequence: int, status: int) -> None:
    assert wire.deliver_sm_resp(sequence, status) == reference("deliver_sm_resp", sequence, status=status)


@given(sequences, statuses, st.sampled_from([(DELIVER_SM, "deliver_sm_resp"), (DATA_SM, "data_sm_resp")]))
def test_a_delivery_is_answered_in_kind(sequence: int, status: int, command: tuple[int, str]) -> None:
    delivery = Delivery("1", "2", b"", 0, 0, {}, b"", "acme#1", sequence, command[0])

    assert wire.delivery_resp(delivery, status) == reference(command[1], sequence, status=status)


@pytest.mark.parametrize(
    ("raw", "hexadecimal"),
    [
        (wire.request(ENQUIRE_LINK, 5), "00000010 00000015 00000000 00000005"),
        (wire.request(UNBIND, 6), "00000010 00000006 00000000 00000006"),
        (wire.response(ENQUIRE_LINK, 0x80000001, 0), "00000010 80000015 00000000 80000001"),
        (wire.response(UNBIND, 2, 4), "00000010 80000006 00000004 00000002"),
        (wire.generic_nack(0, 2), "00000010 80000000 00000002 00000000"),
        (wire.deliver_sm_resp(3, 0x64), "00000011 80000005 00000064 00000003 00"),
    ],
    ids=["enquire_link", "unbind", "enquire_link_resp", "unbind_resp", "generic_nack", "deliver_sm_resp"],
)
def test_a_small_pdu_on_the_wire(raw: bytes, hexadecimal: str) -> None:
    assert raw == bytes.fromhex(hexadecimal)


@pytest.mark.parametrize(
    ("kind", "command_id"),
    [(BindKind.RECEIVER, "00000001"), (BindKind.TRANSMITTER, "00000002"), (BindKind.TRANSCEIVER, "00000009")],
)
def test_a_bind_on_the_wire(kind: BindKind, command_id: str) -> None:
    settings = RouteSettings(
        name="acme", hosts=(("h", 1),), system_id="ab", password="c", system_type="d", address_range="^1"
    )

    assert wire.bind(kind, 1, settings) == bytes.fromhex(
        f"0000001d {command_id} 00000000 00000001 616200 6300 6400 34 00 00 5e3100"
    )


@pytest.mark.parametrize(
    ("submission", "message"),
    [
        (Submission("1" * 21, "2", b""), f"source of a submission is '{'1' * 21}', expected at most 20 ASCII"),
        (Submission("é", "2", b""), "source of a submission is 'é', expected at most 20 ASCII characters"),
        (Submission("a\0", "2", b""), "source of a submission is 'a\\x00', expected at most 20 ASCII characters"),
        (Submission("1", "", b""), "destination of a submission is '', expected 1 to 20 ASCII characters"),
        (Submission("1", "2" * 21, b""), f"destination of a submission is '{'2' * 21}', expected 1 to 20 ASCII"),
        (Submission("1", "é", b""), "destination of a submission is 'é', expected 1 to 20 ASCII characters"),
        (Submission("1", "2", bytes(255)), "short_message of a submission is '255 octets', expected at most 254"),
        (Submission("1", "2", b"", validity="1"), "validity of a submission is '1', expected nothing or an SMPP time"),
        (Submission("1", "2", b"", data_coding=256), "data_coding of a submission is 256, expected 0 to 255"),
        (Submission("1", "2", b"", esm_class=-1), "esm_class of a submission is -1, expected 0 to 255"),
        (Submission("1", "2", b"", registered_delivery=999), "registered_delivery of a submission is 999, expected 0"),
        (Submission("1", "2", b"", source_ton=256, source_npi=1), "TON or NPI of a submission is (256, 1, None, None)"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_refused(submission: Submission, message: str) -> None:
    ton, npi = submission.source_ton, submission.source_npi
    source = ISDN if ton is None or npi is None else TonNpi(ton, npi)

    with pytest.raises(InvalidSubmission) as caught:
        wire.submit_sm(1, submission, source, ISDN)

    assert str(caught.value).startswith(message)


def test_a_text_is_written_as_any_submission_is() -> None:
    plans = RouteSettings(name="acme", hosts=(("127.0.0.1", 2775),), system_id="esme", password="secret")
    texts = wire.Texts(plans.source_plan, plans.destination_plan)
    for sequence, source, destination, message, data_coding, esm_class in (
        (1, "18335550100", "14155550101", b"Hello", 0, 0),
        (2, "18335550100", "14155550102", b"Hello again", 0, 0),
        (0x7FFFFFFF, "18335550100", "447700900123", b"\0\1" * 70, 8, 0),
        (3, "18335550100", "14155550101", b"\5\0\3\1\2\1first", 0, 0x40),
        (4, "18335550100", "7726", b"SPAM", 0, 0),
        (5, "24273", "14155550101", b"", 0, 0),
        (6, "24273", "14155550101", b"A short code's second", 0, 0),
        (7, "Plivo", "14155550101", b"x" * 254, 0, 0),
    ):
        submission = Submission(source, destination, message, data_coding, esm_class)
        written = texts.submit_sm(sequence, source, destination, message, data_coding, esm_class)
        assert written == wire.submit_sm(
            sequence, submission, *submission.ton_npis(plans.source_plan, plans.destination_plan)
        )
    with pytest.raises(InvalidSubmission, match="at most 254"):
        texts.submit_sm(8, "24273", "14155550101", b"x" * 255, 0, 0)
