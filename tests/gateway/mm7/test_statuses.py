"""What an MMSC's words mean."""

import pytest

from powerpack_carriers.mm7.status import StatusCode
from powerpack_gateway.messages import ErrorCode
from powerpack_gateway.mm7.statuses import Verdict, error_code_for, receipt_of, verdict_of
from powerpack_gateway.receipts import ReceiptState, error_code_for_receipt

LATER = {3000, 4000, 4006}


@pytest.mark.parametrize("status", [*StatusCode, 1999, 2999, 3999, 4999, 9999])
def test_every_status_has_one_meaning(status: int) -> None:
    expected = Verdict.ACCEPTED if status < 2000 else Verdict.LATER if status in LATER else Verdict.REFUSED

    assert verdict_of(status) is expected
    assert error_code_for(status) is not ErrorCode.NONE


@pytest.mark.parametrize(
    ("mm_status", "text", "state", "code"),
    [
        ("Retrieved", "", ReceiptState.DELIVERED, "000"),
        ("retrieved", "", ReceiptState.DELIVERED, "000"),
        ("Deferred", "", ReceiptState.ENROUTE, "000"),
        ("Forwarded", "", ReceiptState.ACCEPTED, "000"),
        ("Expired", "", ReceiptState.EXPIRED, "80"),
        ("Rejected", "", ReceiptState.REJECTED, "10"),
        ("Rejected", "4770", ReceiptState.REJECTED, "30"),
        ("Rejected", "Rejected by carrier: 4775", ReceiptState.REJECTED, "200"),
        ("Unrecognised", "4700", ReceiptState.UNDELIVERABLE, "70"),
        ("Unreachable", "20260302", ReceiptState.UNDELIVERABLE, "70"),
        ("Indeterminate", "", ReceiptState.UNKNOWN, "1000"),
        ("something new", "", ReceiptState.UNKNOWN, "1000"),
    ],
)
def test_a_delivery_report_is_a_receipt(mm_status: str, text: str, state: ReceiptState, code: str) -> None:
    receipt = receipt_of("id-7", mm_status, text)

    assert (receipt.message_id, receipt.state) == ("id-7", state)
    assert error_code_for_receipt(receipt) == code
