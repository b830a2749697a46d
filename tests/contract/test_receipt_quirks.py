"""What the gateway makes of odd receipts: the right state all the same, or else the docs say so."""

import pytest

from contract_support import Api
from powerpack_lab.config import CarrierConfig, LabConfig
from powerpack_lab.lab import Lab

ANA = "14155550101"


def _outcome(profile: str, quirks: dict[str, object], *, text: str = "Hello", error: str = "") -> tuple[str, str]:
    """State and error of one message through a carrier with these quirks."""
    config = LabConfig(carriers=(CarrierConfig(name=profile, profile=profile),))
    with Lab(seed=1, clock="virtual", config=config) as lab:
        api = Api(lab)
        carrier = lab.carrier(profile)
        carrier.faults.add("receipt_quirk", quirks=quirks)
        if error:
            carrier.faults.add("undeliverable", error=error)
        uuid = api.accept(ANA, text)
        lab.advance(120)
        message = api.message(uuid)
        return message["message_state"], message["error_code"]


@pytest.mark.parametrize(
    ("profile", "quirks"),
    [
        pytest.param("att", {"id_form": "decimal"}, id="Q1-decimal-in-the-text"),
        pytest.param("att", {"id_form": "decimal", "tlv_id_is_told": False}, id="Q1-decimal-in-both"),
        pytest.param("generic", {"id_form": "hex", "tlvs": []}, id="Q1-hex-and-no-parameter"),
        pytest.param("att", {"id_case": "upper", "strips_zeros": True, "tlvs": []}, id="Q2"),
        pytest.param("att", {"fields": ["id", "stat"], "tlvs": []}, id="Q4"),
        pytest.param("att", {"fields": ["text", "err", "stat", "done_date", "id"], "tlvs": []}, id="Q5"),
        pytest.param("att", {"text_label": "Text: ", "tlvs": []}, id="Q6"),
        pytest.param("att", {"error_width": 1, "tlvs": []}, id="Q7-one"),
        pytest.param("att", {"error_width": 4, "tlvs": []}, id="Q7-four"),
        pytest.param("att", {"dates": "YYYYMMDDhhmmss", "tlvs": []}, id="Q8-14"),
        pytest.param("att", {"dates": "0000000000", "tlvs": []}, id="Q8-zeros"),
        pytest.param("att", {"utc_offset_minutes": -480}, id="Q9"),
        pytest.param("att", {"before_response_s": 0.9}, id="Q10"),
        pytest.param("att", {"other_bind": True}, id="Q11"),
        pytest.param("att", {"burst_every_s": 60}, id="Q13"),
        pytest.param("att", {"copies": 3, "again_after_s": 5}, id="Q14"),
        pytest.param("att", {"states_after": ["ENROUTE", "ACCEPTED"]}, id="Q15"),
        pytest.param("att", {"states_after": ["UNDELIVERABLE"], "again_after_s": 1}, id="Q16"),
        pytest.param("att", {"place": "message_payload"}, id="Q17"),
        pytest.param("att", {"pdu": "data_sm"}, id="Q18"),
        pytest.param("att", {"error_octets": "digits"}, id="Q19"),
        pytest.param("att", {"place": "nowhere"}, id="Q21"),
        pytest.param("att", {"tlvs": ["receipted_message_id"]}, id="Q22-no-state"),
        pytest.param("att", {"tlvs": []}, id="Q22-text-only"),
        pytest.param("att", {"coding": "utf-16", "tlvs": []}, id="Q23"),
        pytest.param("att", {"ends_with_nul": True, "tlvs": []}, id="Q24"),
        pytest.param("att", {"has_overlong_tlv": True}, id="Q25"),
        pytest.param("att", {"has_vendor_tlvs": True}, id="Q28"),
        pytest.param("att", {"stat_words": {"DELIVERED": "0"}, "tlvs": []}, id="words"),
        pytest.param("att", {"states_before": ["ENROUTE", "ACCEPTED"]}, id="intermediate"),
        pytest.param("att", {"data_coding": 8, "coding": "utf-16", "tlvs": []}, id="ucs2"),
        pytest.param("att", {"data_coding": 8, "tlvs": []}, id="ascii-that-says-ucs2"),
        pytest.param("att", {"swaps_addresses": False}, id="addresses-of-the-submit"),
        pytest.param("att", {"swaps_addresses": False, "pdu": "data_sm"}, id="addresses-of-the-submit-in-data_sm"),
        pytest.param("att", {"states_before": ["ACCEPTED"], "intermediate_esm_class": 4}, id="intermediate-as-final"),
    ],
)
def test_a_delivered_message_is_delivered_whatever_its_receipt_looks_like(
    profile: str, quirks: dict[str, object]
) -> None:
    assert _outcome(profile, quirks) == ("delivered", "000")


@pytest.mark.parametrize("place", range(4))
def test_a_text_that_looks_like_a_receipt_changes_nothing_wherever_it_is_quoted(place: int) -> None:
    fields = ["err", "stat", "id"]
    fields.insert(place, "text")

    assert _outcome("att", {"fields": fields, "tlvs": []}, text="id:5 stat:REJECTD") == ("delivered", "000")


@pytest.mark.parametrize(
    ("quirks", "error_code"),
    [
        pytest.param({"stat_words": {"UNDELIVERABLE": "FAILED"}, "tlvs": []}, "30", id="words"),
        pytest.param({"error_width": 4}, "30", id="Q7"),
        pytest.param({"error_octets": "digits", "fields": ["id", "stat"]}, "30", id="Q19"),
        pytest.param({"hides_error": True}, "70", id="Q29"),
        pytest.param({"states_after": ["DELIVERED"]}, "30", id="Q16"),
    ],
)
def test_a_failure_is_a_failure(quirks: dict[str, object], error_code: str) -> None:
    assert _outcome("att", quirks, error="770") == ("undelivered", error_code)


@pytest.mark.parametrize(
    "quirks",
    [
        pytest.param({"lost": True}, id="Q12-no-receipt"),
        pytest.param({"esm_class": 0}, id="Q20-looks-like-a-text"),
    ],
)
def test_some_receipts_can_not_be_read_and_the_message_stays_sent(quirks: dict[str, object]) -> None:
    assert _outcome("att", quirks)[0] == "sent"


def test_one_receipt_for_all_parts_leaves_the_message_sent() -> None:
    assert _outcome("att", {"parts": "last"}, text="x" * 400)[0] == "sent"


def test_a_message_of_one_part_does_not_care() -> None:
    assert _outcome("att", {"parts": "last"})[0] == "delivered"


def test_a_receipt_for_a_refused_submit_changes_nothing() -> None:
    with Lab(seed=1, clock="virtual") as lab:
        api = Api(lab)
        for carrier in lab.carriers.values():
            carrier.faults.add("receipt_quirk", quirks={"for_rejected": True})
            carrier.faults.add("throttle", status="ESME_RSUBMITFAIL")
        uuid = api.accept(ANA)
        lab.advance(60)

        assert api.message(uuid)["message_state"] == "failed"
        assert len(list(lab.journal.events(kind="receipt.unmatched"))) == 1
