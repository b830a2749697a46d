"""The settings of quirks, and the bytes that each puts on the wire; docs/receipt-quirks.md names these tests."""

from dataclasses import fields, replace

import pytest

from carriers.builders import a_profile
from carriers.quirk_setting import (
    DELIVERED,
    FAILED_TEXT,
    PLAIN_TEXT,
    PLAIN_TLVS,
    UNDELIVERABLE,
    Setting,
    body_of,
    octets_of,
    with_id,
)
from powerpack_carriers.profile import MessageIdForm, ReceiptHabit, parse_profile
from powerpack_carriers.receipt_quirks import NO_QUIRKS, ReceiptQuirks
from powerpack_carriers.receipt_text import DateForm
from powerpack_carriers.settings import SettingError, plain_settings, read_settings
from powerpack_carriers.smpp.constants import CommandId, TlvTag
from powerpack_carriers.smpp.tlvs import Tlv


def test_without_quirks_the_slow_writer_writes_what_the_fast_one_does() -> None:
    plain = body_of(NO_QUIRKS)
    odd = body_of(replace(NO_QUIRKS, unasked=True))

    assert plain == odd == octets_of(PLAIN_TEXT)


@pytest.mark.parametrize(
    ("quirks", "expected"),
    [
        pytest.param({"id_form": "decimal"}, octets_of(with_id(b"0012107289")), id="Q1-decimal-in-the-text"),
        pytest.param(
            {"id_form": "decimal", "tlv_id_is_told": False},
            octets_of(with_id(b"0012107289"), "001e000b3030313231303732383900" + "0427000102"),
            id="Q1-decimal-in-both",
        ),
        pytest.param({"strips_zeros": True}, octets_of(with_id(b"b8be19")), id="Q2-no-leading-zeros"),
        pytest.param({"id_case": "upper"}, octets_of(with_id(b"00B8BE19")), id="Q2-upper-case"),
        pytest.param(
            {"fields": ["id", "submit_date", "done_date", "stat", "err"]},
            octets_of(b"id:00b8be19 submit date:2611220130 done date:2611220130 stat:DELIVRD err:000"),
            id="Q4-fields-missing",
        ),
        pytest.param(
            {"fields": ["stat", "err", "id", "done_date"]},
            octets_of(b"stat:DELIVRD err:000 id:00b8be19 done date:2611220130"),
            id="Q5-fields-reordered",
        ),
        pytest.param(
            {"text_label": "Text: "}, octets_of(PLAIN_TEXT.replace(b"text:", b"Text: ")), id="Q6-text-in-another-case"
        ),
        pytest.param({"error_width": 1}, octets_of(PLAIN_TEXT.replace(b"err:000", b"err:0")), id="Q7-error-of-one"),
        pytest.param({"error_width": 4}, octets_of(PLAIN_TEXT.replace(b"err:000", b"err:0000")), id="Q7-error-of-four"),
        pytest.param(
            {"dates": "YYMMDDhhmmss"}, octets_of(PLAIN_TEXT.replace(b"2611220130", b"261122013000")), id="Q8-12-digits"
        ),
        pytest.param(
            {"dates": "YYYYMMDDhhmmss"},
            octets_of(PLAIN_TEXT.replace(b"2611220130", b"20261122013000")),
            id="Q8-14-digits",
        ),
        pytest.param(
            {"dates": "0000000000"}, octets_of(PLAIN_TEXT.replace(b"2611220130", b"0000000000")), id="Q8-zeros"
        ),
        pytest.param(
            {"utc_offset_minutes": -480},
            octets_of(PLAIN_TEXT.replace(b"2611220130", b"2611211730")),
            id="Q9-dates-of-another-zone",
        ),
        pytest.param(
            {"place": "message_payload"},
            octets_of(b"", PLAIN_TLVS + "0424" + f"{len(PLAIN_TEXT):04x}" + PLAIN_TEXT.hex()),
            id="Q17-in-message_payload",
        ),
        pytest.param(
            {"error_octets": "digits"},
            octets_of(PLAIN_TEXT, PLAIN_TLVS + "04230003303030"),
            id="Q19-error-as-three-digits",
        ),
        pytest.param({"esm_class": 0}, octets_of(PLAIN_TEXT, esm_class=0), id="Q20-not-marked-as-a-receipt"),
        pytest.param({"place": "nowhere"}, octets_of(b""), id="Q21-parameters-only"),
        pytest.param(
            {"tlvs": ["receipted_message_id"]}, octets_of(PLAIN_TEXT, PLAIN_TLVS[:26]), id="Q22-without-message_state"
        ),
        pytest.param({"tlvs": []}, octets_of(PLAIN_TEXT, ""), id="Q22-text-only"),
        pytest.param(
            {"coding": "utf-16"}, octets_of(PLAIN_TEXT.decode().encode("utf-16-be")), id="Q23-utf-16-in-the-text"
        ),
        pytest.param({"ends_with_nul": True}, octets_of(PLAIN_TEXT + b"\0"), id="Q24-nul-at-the-end"),
        pytest.param(
            {"has_overlong_tlv": True},
            octets_of(PLAIN_TEXT, PLAIN_TLVS + "001e0041" + b"12345".hex()),
            id="Q25-tlv-longer-than-the-pdu",
        ),
        pytest.param(
            {"has_vendor_tlvs": True},
            octets_of(PLAIN_TEXT, PLAIN_TLVS + "140000086361727269657200" + "1403000401360410" + "06130003012602"),
            id="Q28-vendor-tlvs",
        ),
    ],
)
def test_a_quirk_shows_in_the_octets_of_a_delivered_receipt(quirks: dict[str, object], expected: bytes) -> None:
    assert body_of(read_settings(ReceiptQuirks, quirks)).hex(" ") == expected.hex(" ")


@pytest.mark.parametrize(
    ("quirks", "text", "tlvs"),
    [
        pytest.param(
            {"stat_words": {"UNDELIVERABLE": "FAILED"}},
            FAILED_TEXT.replace(b"UNDELIV", b"FAILED"),
            "0427000105" + "04230003030046",
            id="words-six-letters",
        ),
        pytest.param(
            {"stat_words": {"UNDELIVERABLE": "SYSERR"}, "tlvs": []},
            FAILED_TEXT.replace(b"UNDELIV", b"SYSERR"),
            "",
            id="words-another",
        ),
        pytest.param({"error_width": 2}, FAILED_TEXT.replace(b"070", b"70"), "0427000105" + "04230003030046", id="Q7"),
        pytest.param({"error_octets": "digits"}, FAILED_TEXT, "0427000105" + "04230003303730", id="Q19"),
        pytest.param({"hides_error": True}, FAILED_TEXT.replace(b"070", b"000"), "0427000105", id="Q29"),
    ],
)
def test_a_quirk_shows_in_the_octets_of_a_failure(quirks: dict[str, object], text: bytes, tlvs: str) -> None:
    head = PLAIN_TLVS[:26] if quirks.get("tlvs") is None else ""

    body = body_of(read_settings(ReceiptQuirks, quirks), state=UNDELIVERABLE, error="070")

    assert body.hex(" ") == octets_of(text, head + tlvs).hex(" ")


def test_an_error_of_letters_stands_in_the_text_whatever_its_width() -> None:
    assert b"err:021b" in body_of(ReceiptQuirks(error_width=4), state=UNDELIVERABLE, error="21b")
    assert b"err:21b" in body_of(ReceiptQuirks(error_width=2), state=UNDELIVERABLE, error="21b")


def test_an_id_told_in_decimal_is_written_in_hex() -> None:
    quirks = read_settings(ReceiptQuirks, {"id_form": "hex", "id_case": "upper"})

    body = body_of(quirks, form=MessageIdForm.DECIMAL, message_id=b"1891273321")

    assert b"id:70BA8A69 " in body


@pytest.mark.parametrize("form", ["decimal", "hex"])
def test_an_id_that_is_no_number_is_written_as_it_was_told(form: str) -> None:
    quirks = read_settings(ReceiptQuirks, {"id_form": form})

    body = body_of(quirks, form=MessageIdForm.UUID, message_id=b"0e99c8a0-75c4-4f1c-8b06-6c9f4a9be0d1")

    assert b"id:0e99c8a0-75c4-4f1c-8b06-6c9f4a9be0d1 " in body


def test_the_octets_of_a_text_in_utf_16_stand_in_the_receipt() -> None:
    body = body_of(ReceiptQuirks(quotes_octets=True), text="Grüße".encode("utf-16-be"), data_coding=8)

    assert body.split(b"text:")[1].startswith(bytes.fromhex("0047 0072 00fc 00df 0065"))


def test_a_text_that_does_not_fit_goes_into_message_payload() -> None:
    quirks = read_settings(ReceiptQuirks, {"coding": "utf-16", "dates": "YYYYMMDDhhmmss", "text_label": "Text: "})

    body = body_of(quirks, text=b"a text of twenty oct")

    assert body[9] == 0
    assert b"\x04\x24\x01\x02" + "id:00b8be19".encode("utf-16-be") in body


def test_a_receipt_comes_as_data_sm() -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"pdu": "data_sm"}))

    setting.end(setting.message())

    (pdu,) = setting.sent()
    assert (pdu.command_id, pdu["source_addr"], pdu["destination_addr"]) == (
        CommandId.data_sm,
        "14155550123",
        "12065550100",
    )
    assert (pdu["esm_class"], pdu.tlv(TlvTag.message_payload)) == (4, PLAIN_TEXT)
    assert pdu.tlv(TlvTag.message_state) == DELIVERED


# One message's own, and settings


def test_a_message_has_its_own_quirks_instead_of_the_profiles() -> None:
    setting = Setting(ReceiptQuirks(lost=True))
    message = setting.message()
    message.quirks = ReceiptQuirks(dates=DateForm.ZEROS)

    setting.end(message)

    assert b"done date:0000000000" in setting.sent()[0].octets("short_message")


def test_the_reference_of_the_sender_comes_back_with_quirks_too() -> None:
    setting = Setting(ReceiptQuirks(error_width=1))

    setting.end(setting.message(tlvs=(Tlv.of(TlvTag.user_message_reference, 77),)))

    assert setting.sent()[0].tlv(TlvTag.user_message_reference) == 77


def test_a_receipt_says_what_its_text_is_in() -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"data_coding": 8, "coding": "utf-16"}))

    setting.end(setting.message())

    (pdu,) = setting.sent()
    assert pdu.integer("data_coding") == 8
    assert pdu.octets("short_message").decode("utf-16-be") == PLAIN_TEXT.decode("ascii")


def test_a_template_may_leave_a_label_out() -> None:
    """As in ksmppd issue 108."""
    template = "id:{id} sub:000 dlvrd:000 submit date:{submit_date} done date:{done_date} {stat} err:{err} Text:"
    habit = ReceiptHabit(delay_s_min=0, delay_s_max=0, template=template)
    setting = Setting(NO_QUIRKS, profile=a_profile(receipt=habit))

    setting.end(setting.message())

    expected = b"id:00b8be19 sub:000 dlvrd:000 submit date:2611220130 done date:2611220130 DELIVRD err:000 Text:"
    assert setting.sent()[0].octets("short_message") == expected


@pytest.mark.parametrize("pdu", ["deliver_sm", "data_sm"])
def test_sender_and_phone_stand_as_in_the_submit(pdu: str) -> None:
    found = []
    for swaps_addresses in (True, False):
        setting = Setting(read_settings(ReceiptQuirks, {"pdu": pdu, "swaps_addresses": swaps_addresses}))
        message = setting.message(source="72345")
        message.submitted = message.submitted._replace(source=b"\x03\x00")
        setting.end(message)
        (receipt,) = setting.sent()
        names = ("source_addr_ton", "source_addr_npi", "source_addr")
        other = ("dest_addr_ton", "dest_addr_npi", "destination_addr")
        found.append([tuple(receipt[name] for name in side) for side in (names, other)])

    phone, sender = found[0]
    assert sender == (3, 0, "72345")
    assert found[1] == [sender, phone]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"fields": ["id", "id"]}, "fields: found 'id', expected each of id, sub, dlvrd"),
        ({"tlvs": ["nonsense"]}, "tlvs: found 'nonsense', expected each of receipted_message_id"),
        ({"text_label": "words:"}, "text_label: found 'words:', expected 'text:' in any case"),
        ({"error_width": 5}, "error_width: found 5, expected 0 to 4"),
        ({"utc_offset_minutes": 841}, "utc_offset_minutes: found 841, expected -840 to 840"),
        ({"esm_class": 256}, "esm_class: found 256, expected 0 to 255"),
        ({"copies": 101}, "copies: found 101, expected 0 to 100"),
        ({"burst_every_s": -1}, "burst_every_s: found -1.0, expected 0 to 86400"),
        ({"has_overlong_tlv": True, "pdu": "data_sm"}, "has_overlong_tlv: found with pdu data_sm"),
        ({"stat_words": ["FAILED"]}, "stat_words: found ['FAILED'], expected a table such as"),
        ({"stat_words": {"GONE": "X"}}, "stat_words: found 'GONE', expected one of ENROUTE, DELIVERED"),
        ({"stat_words": {"EXPIRED": ""}}, "stat_words: EXPIRED: found '', expected one to 13 letters or digits"),
        ({"states_after": ["SENT"]}, "states_after[0]: found 'SENT', expected one of 'ENROUTE', 'DELIVERED'"),
    ],
)
def test_a_mistake_in_a_quirk_is_named(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_settings(ReceiptQuirks, settings)

    assert str(caught.value).startswith(problem)


def test_the_plain_form_of_quirks_makes_the_same_again() -> None:
    settings: dict[str, object] = {
        "id_form": "decimal",
        "fields": ["id", "stat"],
        "dates": "YYMMDDhhmmss",
        "stat_words": {"UNDELIVERABLE": "FAILED"},
        "tlvs": [],
        "states_after": ["ENROUTE"],
        "lost": True,
    }
    quirks = read_settings(ReceiptQuirks, settings)

    assert plain_settings(quirks) == settings
    assert plain_settings(NO_QUIRKS) == {}


def test_a_profile_has_quirks() -> None:
    profile = parse_profile(
        'name = "odd"\ncountry = "US"\ndated = 2026-11-22\n[receipt]\ndelay_s_min = 0\ndelay_s_max = 0\n'
        '[receipt.quirks]\nid_form = "decimal"\nstat_words = {UNDELIVERABLE = "FAILED"}\n',
        origin="odd.toml",
    )

    assert profile.receipt.quirks.stat_words == ((UNDELIVERABLE, "FAILED"),)


def test_every_quirk_is_off_by_default() -> None:
    assert all(getattr(NO_QUIRKS, field.name) == field.default for field in fields(ReceiptQuirks))
