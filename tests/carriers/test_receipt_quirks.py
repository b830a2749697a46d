"""The settings of quirks, and the bytes that each puts on the wire; docs/receipt-quirks.md names these tests."""

from dataclasses import fields, replace

import pytest

from carriers.builders import FakeLink, ListJournal, Plan, StandingClock, a_mailbox, a_message, a_profile, a_submit
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.mailbox import Delivery
from powerpack_carriers.messages import Message
from powerpack_carriers.profile import MessageIdForm, MessageIdHabit, Profile, ReceiptHabit, parse_profile
from powerpack_carriers.receipt_desk import ReceiptDesk
from powerpack_carriers.receipt_quirks import NO_QUIRKS, ReceiptQuirks
from powerpack_carriers.receipt_text import DateForm
from powerpack_carriers.settings import SettingError, plain_settings, read_settings
from powerpack_carriers.smpp.codec import decode, encode_raw
from powerpack_carriers.smpp.constants import CommandId, MessageState, TlvTag
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_carriers.smpp.tlvs import Tlv

DELIVERED, UNDELIVERABLE = MessageState.DELIVERED, MessageState.UNDELIVERABLE

PLAIN_TEXT = (
    b"id:00b8be19 sub:001 dlvrd:001 submit date:2611220130 done date:2611220130 stat:DELIVRD err:000 text:Hello"
)
PLAIN_TLVS = "001e0009303062386265313900" + "0427000102"
"""receipted_message_id and message_state, as they are on the wire."""
FAILED_TEXT = PLAIN_TEXT.replace(b"dlvrd:001", b"dlvrd:000").replace(b"DELIVRD err:000", b"UNDELIV err:070")


class Setting:
    """A desk with one message's mailbox, and time that moves by hand."""

    def __init__(self, quirks: ReceiptQuirks, *, profile: Profile | None = None) -> None:
        self.clock = StandingClock()
        self.plan = Plan()
        self.journal = ListJournal()
        self.links = (FakeLink("one"), FakeLink("two"))
        self.mailbox = a_mailbox()
        for link in self.links:
            self.mailbox.attach(link, self.clock.monotonic())
        self.desk = ReceiptDesk(
            profile or _profile(quirks),
            faults=Faults("acme", seed=1, journal=self.journal, now=self.clock.monotonic),
            plan=self.plan,
            new_id=lambda: b"deadbeef",
            clock=self.clock,
            journal=self.journal,
        )

    def message(self, text: bytes = b"Hello", *, message_id: bytes = b"00b8be19", **submit: object) -> Message:
        """An accepted message whose sender asked for a receipt."""
        submitted = a_submit(text, **{"registered_delivery": 1, **submit})  # type: ignore[arg-type]  # the caller's
        return a_message(submitted, message_id=message_id, mailbox=self.mailbox)

    def end(self, message: Message, state: int = DELIVERED, error: str = "000") -> None:
        """Bring a message to its end."""
        message.state, message.error, message.done_at = state, error, self.clock.monotonic()
        self.desk.ended(message, self.clock.monotonic())

    def wait(self, seconds: float) -> None:
        """Let what is due happen."""
        self.clock.seconds += seconds
        self.plan.run_until(self.clock.seconds)

    def sent(self) -> list[Pdu]:
        """The receipts, those on the first link first."""
        return [_pdu(delivery) for link in self.links for delivery in link.delivered]


def _profile(quirks: ReceiptQuirks, form: MessageIdForm = MessageIdForm.HEX) -> Profile:
    habit = ReceiptHabit(delay_s_min=0, delay_s_max=0, quirks=quirks)
    return a_profile(receipt=habit, message_id=MessageIdHabit(form=form))


def _pdu(delivery: object) -> Pdu:
    assert isinstance(delivery, Delivery)
    if isinstance(delivery.body, Pdu):
        return delivery.body
    return decode(encode_raw(CommandId.deliver_sm, 0, 1, delivery.body))


def _body(
    quirks: ReceiptQuirks,
    *,
    state: int = DELIVERED,
    error: str = "000",
    form: MessageIdForm = MessageIdForm.HEX,
    message_id: bytes = b"00b8be19",
    **submit: object,
) -> bytes:
    """The only receipt of one message, as octets behind destination_addr."""
    setting = Setting(quirks, profile=_profile(quirks, form))
    setting.end(setting.message(message_id=message_id, **submit), state, error)  # type: ignore[arg-type]  # the caller's
    (delivery,) = [delivery for link in setting.links for delivery in link.delivered]
    assert isinstance(delivery, Delivery)
    assert isinstance(delivery.body, bytes)
    return delivery.body.split(b"12065550100\0", 1)[1]


def _octets(text: bytes, tlvs: str = PLAIN_TLVS, *, esm_class: int = 4) -> bytes:
    """What is behind destination_addr: esm_class to sm_length, the text, and TLVs in hex."""
    return bytes((esm_class, 0, 0, 0, 0, 0, 0, 0, 0, len(text))) + text + bytes.fromhex(tlvs)


def _with_id(written: bytes) -> bytes:
    return PLAIN_TEXT.replace(b"00b8be19", written)


def test_without_quirks_the_slow_writer_writes_what_the_fast_one_does() -> None:
    plain = _body(NO_QUIRKS)
    odd = _body(replace(NO_QUIRKS, unasked=True))

    assert plain == odd == _octets(PLAIN_TEXT)


@pytest.mark.parametrize(
    ("quirks", "expected"),
    [
        pytest.param({"id_form": "decimal"}, _octets(_with_id(b"0012107289")), id="Q1-decimal-in-the-text"),
        pytest.param(
            {"id_form": "decimal", "tlv_id_is_told": False},
            _octets(_with_id(b"0012107289"), "001e000b3030313231303732383900" + "0427000102"),
            id="Q1-decimal-in-both",
        ),
        pytest.param({"strips_zeros": True}, _octets(_with_id(b"b8be19")), id="Q2-no-leading-zeros"),
        pytest.param({"id_case": "upper"}, _octets(_with_id(b"00B8BE19")), id="Q2-upper-case"),
        pytest.param(
            {"fields": ["id", "submit_date", "done_date", "stat", "err"]},
            _octets(b"id:00b8be19 submit date:2611220130 done date:2611220130 stat:DELIVRD err:000"),
            id="Q4-fields-missing",
        ),
        pytest.param(
            {"fields": ["stat", "err", "id", "done_date"]},
            _octets(b"stat:DELIVRD err:000 id:00b8be19 done date:2611220130"),
            id="Q5-fields-reordered",
        ),
        pytest.param(
            {"text_label": "Text: "}, _octets(PLAIN_TEXT.replace(b"text:", b"Text: ")), id="Q6-text-in-another-case"
        ),
        pytest.param({"error_width": 1}, _octets(PLAIN_TEXT.replace(b"err:000", b"err:0")), id="Q7-error-of-one"),
        pytest.param({"error_width": 4}, _octets(PLAIN_TEXT.replace(b"err:000", b"err:0000")), id="Q7-error-of-four"),
        pytest.param(
            {"dates": "YYMMDDhhmmss"}, _octets(PLAIN_TEXT.replace(b"2611220130", b"261122013000")), id="Q8-12-digits"
        ),
        pytest.param(
            {"dates": "YYYYMMDDhhmmss"},
            _octets(PLAIN_TEXT.replace(b"2611220130", b"20261122013000")),
            id="Q8-14-digits",
        ),
        pytest.param({"dates": "0000000000"}, _octets(PLAIN_TEXT.replace(b"2611220130", b"0000000000")), id="Q8-zeros"),
        pytest.param(
            {"utc_offset_minutes": -480},
            _octets(PLAIN_TEXT.replace(b"2611220130", b"2611211730")),
            id="Q9-dates-of-another-zone",
        ),
        pytest.param(
            {"place": "message_payload"},
            _octets(b"", PLAIN_TLVS + "0424" + f"{len(PLAIN_TEXT):04x}" + PLAIN_TEXT.hex()),
            id="Q17-in-message_payload",
        ),
        pytest.param(
            {"error_octets": "digits"},
            _octets(PLAIN_TEXT, PLAIN_TLVS + "04230003303030"),
            id="Q19-error-as-three-digits",
        ),
        pytest.param({"esm_class": 0}, _octets(PLAIN_TEXT, esm_class=0), id="Q20-not-marked-as-a-receipt"),
        pytest.param({"place": "nowhere"}, _octets(b""), id="Q21-parameters-only"),
        pytest.param(
            {"tlvs": ["receipted_message_id"]}, _octets(PLAIN_TEXT, PLAIN_TLVS[:26]), id="Q22-without-message_state"
        ),
        pytest.param({"tlvs": []}, _octets(PLAIN_TEXT, ""), id="Q22-text-only"),
        pytest.param(
            {"coding": "utf-16"}, _octets(PLAIN_TEXT.decode().encode("utf-16-be")), id="Q23-utf-16-in-the-text"
        ),
        pytest.param({"ends_with_nul": True}, _octets(PLAIN_TEXT + b"\0"), id="Q24-nul-at-the-end"),
        pytest.param(
            {"has_overlong_tlv": True},
            _octets(PLAIN_TEXT, PLAIN_TLVS + "001e0041" + b"12345".hex()),
            id="Q25-tlv-longer-than-the-pdu",
        ),
        pytest.param(
            {"has_vendor_tlvs": True},
            _octets(PLAIN_TEXT, PLAIN_TLVS + "140000086361727269657200" + "1403000401360410" + "06130003012602"),
            id="Q28-vendor-tlvs",
        ),
    ],
)
def test_a_quirk_shows_in_the_octets_of_a_delivered_receipt(quirks: dict[str, object], expected: bytes) -> None:
    assert _body(read_settings(ReceiptQuirks, quirks)).hex(" ") == expected.hex(" ")


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

    body = _body(read_settings(ReceiptQuirks, quirks), state=UNDELIVERABLE, error="070")

    assert body.hex(" ") == _octets(text, head + tlvs).hex(" ")


def test_an_error_of_letters_stands_in_the_text_whatever_its_width() -> None:
    assert b"err:021b" in _body(ReceiptQuirks(error_width=4), state=UNDELIVERABLE, error="21b")
    assert b"err:21b" in _body(ReceiptQuirks(error_width=2), state=UNDELIVERABLE, error="21b")


def test_an_id_told_in_decimal_is_written_in_hex() -> None:
    quirks = read_settings(ReceiptQuirks, {"id_form": "hex", "id_case": "upper"})

    body = _body(quirks, form=MessageIdForm.DECIMAL, message_id=b"1891273321")

    assert b"id:70BA8A69 " in body


@pytest.mark.parametrize("form", ["decimal", "hex"])
def test_an_id_that_is_no_number_is_written_as_it_was_told(form: str) -> None:
    quirks = read_settings(ReceiptQuirks, {"id_form": form})

    body = _body(quirks, form=MessageIdForm.UUID, message_id=b"0e99c8a0-75c4-4f1c-8b06-6c9f4a9be0d1")

    assert b"id:0e99c8a0-75c4-4f1c-8b06-6c9f4a9be0d1 " in body


def test_the_octets_of_a_text_in_utf_16_stand_in_the_receipt() -> None:
    body = _body(ReceiptQuirks(quotes_octets=True), text="Grüße".encode("utf-16-be"), data_coding=8)

    assert body.split(b"text:")[1].startswith(bytes.fromhex("0047 0072 00fc 00df 0065"))


def test_a_text_that_does_not_fit_goes_into_message_payload() -> None:
    quirks = read_settings(ReceiptQuirks, {"coding": "utf-16", "dates": "YYYYMMDDhhmmss", "text_label": "Text: "})

    body = _body(quirks, text=b"a text of twenty oct")

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


# The course


def test_a_receipt_that_comes_before_the_response_makes_the_response_wait() -> None:
    setting = Setting(ReceiptQuirks(before_response_s=0.9))
    message = setting.message()
    message.fate = DELIVERED

    setting.desk.accepted(message, 1_000.0, 1_000.5)

    assert message.response_delay_s == pytest.approx(1.4)


def test_a_response_does_not_wait_for_a_receipt_that_nobody_asked_for() -> None:
    setting = Setting(ReceiptQuirks(before_response_s=0.9))
    message = setting.message(registered_delivery=0)
    message.fate = DELIVERED

    setting.desk.accepted(message, 1_000.0, 1_000.5)

    assert message.response_delay_s == 0


def test_a_receipt_takes_another_bind_than_its_submit() -> None:
    setting = Setting(ReceiptQuirks(other_bind=True))
    for _ in range(4):
        message = setting.message()
        message.link = setting.links[0]
        setting.end(message)

    assert [len(link.delivered) for link in setting.links] == [0, 4]


def test_a_receipt_takes_the_bind_of_its_submit_where_there_is_no_other() -> None:
    setting = Setting(ReceiptQuirks(other_bind=True))
    setting.mailbox.detach(setting.links[1], 1_000.0)
    message = setting.message()
    message.link = setting.links[0]

    setting.end(message)

    assert len(setting.links[0].delivered) == 1


def test_a_lost_receipt_never_comes() -> None:
    setting = Setting(ReceiptQuirks(lost=True))

    setting.end(setting.message())
    setting.wait(86_400)

    assert setting.sent() == []


def test_receipts_of_ten_minutes_come_all_at_once() -> None:
    setting = Setting(ReceiptQuirks(burst_every_s=600))

    for _ in range(5):
        setting.end(setting.message())
        setting.wait(20)
    before = len(setting.sent())
    setting.wait(100)

    assert (before, len(setting.sent())) == (0, 5)


def test_a_receipt_comes_again_after_a_while() -> None:
    setting = Setting(ReceiptQuirks(copies=2, again_after_s=30))

    setting.end(setting.message())
    counts = [len(setting.sent())]
    for _ in range(3):
        setting.wait(31)
        counts.append(len(setting.sent()))

    assert counts == [1, 2, 3, 3]
    assert len({pdu.octets("short_message") for pdu in setting.sent()}) == 1


def test_a_progress_report_comes_after_the_final_receipt() -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"states_after": ["ENROUTE"], "again_after_s": 1}))

    setting.end(setting.message())
    setting.wait(5)

    assert sorted((pdu["esm_class"], pdu.tlv(TlvTag.message_state)) for pdu in setting.sent()) == [(4, 2), (0x20, 1)]


def test_two_final_receipts_disagree() -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"states_after": ["DELIVERED"]}))

    setting.end(setting.message(), UNDELIVERABLE, "070")

    found = [bytes(pdu.octets("short_message")).split(b"stat:")[1].split(b" text")[0] for pdu in setting.sent()]
    assert found == [b"UNDELIV err:070", b"DELIVRD err:000"]


@pytest.mark.parametrize(("registered_delivery", "count"), [(1, 1), (0x10, 1), (2, 0), (0, 0)])
def test_an_intermediate_notification_comes_half_way_to_whoever_asked(registered_delivery: int, count: int) -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"states_before": ["ACCEPTED"]}))

    setting.desk.accepted(setting.message(registered_delivery=registered_delivery), 1_000.0, 1_010.0)
    setting.wait(5)

    assert [(pdu["esm_class"], pdu.tlv(TlvTag.message_state)) for pdu in setting.sent()] == [(0x20, 6)] * count


def test_no_progress_is_told_of_a_message_that_has_ended() -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"states_before": ["ACCEPTED"]}))
    message = setting.message()

    setting.desk.accepted(message, 1_000.0, 1_010.0)
    message.state = MessageState.DELETED
    setting.wait(5)

    assert setting.sent() == []


@pytest.mark.parametrize(("parts", "receipted"), [("each", [1, 2, 3]), ("first", [1]), ("last", [3])])
def test_a_long_message_has_a_receipt_a_part_or_one_for_all(parts: str, receipted: list[int]) -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"parts": parts, "unasked": True}))

    for number in (1, 2, 3):
        text = bytes((5, 0, 3, 7, 3, number)) + b"part"
        setting.end(setting.message(text, esm_class=0x40, message_id=b"%d" % number))

    ids = [pdu.tlv(TlvTag.receipted_message_id) for link in setting.links for pdu in map(_pdu, link.delivered)]
    assert sorted(ids, key=str) == [str(number) for number in receipted]


def test_a_message_of_one_part_has_its_receipt_in_any_case() -> None:
    setting = Setting(read_settings(ReceiptQuirks, {"parts": "last"}))

    setting.end(setting.message())

    assert len(setting.sent()) == 1


def test_a_refused_submit_has_a_receipt_with_an_id_that_nobody_was_told() -> None:
    setting = Setting(ReceiptQuirks(for_rejected=True))
    message = setting.message(message_id=b"")
    message.status, message.error = 0x45, "069"

    setting.desk.refused(message, 1_000.0)

    (pdu,) = setting.sent()
    assert pdu.octets("short_message").startswith(b"id:deadbeef ")
    assert b"stat:REJECTD err:069" in pdu.octets("short_message")


def test_a_refused_submit_has_no_receipt_otherwise() -> None:
    setting = Setting(replace(NO_QUIRKS, unasked=True))

    setting.desk.refused(setting.message(message_id=b""), 1_000.0)

    assert setting.sent() == []


@pytest.mark.parametrize("unasked", [False, True])
def test_receipts_come_unasked(unasked: bool) -> None:
    setting = Setting(ReceiptQuirks(unasked=unasked, error_width=4))

    setting.end(setting.message(registered_delivery=0))

    assert len(setting.sent()) == unasked


def test_a_hidden_error_is_in_the_journal() -> None:
    setting = Setting(ReceiptQuirks(hides_error=True))

    setting.end(setting.message(), UNDELIVERABLE, "4770")

    assert setting.journal.of("carrier.receipt_detail") == [{"message_id": "00b8be19", "error": "4770"}]


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
