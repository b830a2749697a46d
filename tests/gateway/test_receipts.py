"""Receipts are read in every form that carriers give them."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.messages import ErrorCode
from powerpack_gateway.receipts import (
    Receipt,
    ReceiptState,
    UnreadableReceipt,
    error_code_for_receipt,
    error_code_for_status,
    parse_receipt,
)

STANDARD = b"id:0123456789 sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:Hi"
DELIVERED = ReceiptState.DELIVERED


def receipt_with(error: str | None, state: ReceiptState = ReceiptState.UNDELIVERABLE) -> Receipt:
    return Receipt("1", state, error, None, None)


def test_a_standard_receipt_is_read() -> None:
    assert parse_receipt(STANDARD, {}) == Receipt("0123456789", DELIVERED, None, "DELIVRD", "2611221201")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        # Of a live route, ksmppd issue 108.
        (
            b"id:ce5b sub:000 dlvrd:000 submit date:180903120815 done date:180903120816 DELIVRD err:000 Text:",
            DELIVERED,
        ),
        (b"id:1 undeliv err:021", ReceiptState.UNDELIVERABLE),
        (b"id:1 err:000 text:EXPIRED", ReceiptState.UNKNOWN),
        (b"id:1 err:000 Text: is DELIVRD", ReceiptState.UNKNOWN),
        (b"id:1 REJECTD stat:DELIVRD", DELIVERED),
        (b"id:DELIVRD err:000", ReceiptState.UNKNOWN),
    ],
)
def test_a_word_without_its_stat_counts_where_there_is_none(text: bytes, state: ReceiptState) -> None:
    assert parse_receipt(text, {}).state is state


def test_the_parameters_overrule_the_text() -> None:
    receipt = parse_receipt(STANDARD, {0x001E: b"75BCD15\0", 0x0427: b"\x05"})

    assert receipt == Receipt("75BCD15", ReceiptState.UNDELIVERABLE, None, "DELIVRD", "2611221201")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"id:1 stat:EXPIRED", Receipt("1", ReceiptState.EXPIRED, None, "EXPIRED", None)),
        (
            b"stat:UNDELIV err:21b done date:20261122120103 id:abc-DEF",
            Receipt("abc-DEF", ReceiptState.UNDELIVERABLE, "21b", "UNDELIV", "20261122120103"),
        ),
        (
            b"ID:5 SUB:001 Submit Date:2611221200 Done Date:261122120159 Stat:Delivrd Err:0 Text:",
            Receipt("5", DELIVERED, None, "Delivrd", "261122120159"),
        ),
        (
            b"id: 5 sub: 001 dlvrd: 000 done date: 2611221201 stat: REJECTD err: 0032 text: Hi",
            Receipt("5", ReceiptState.REJECTED, "0032", "REJECTD", "2611221201"),
        ),
        (
            b"id:1 sub:001 dlvrd:001 submit date:0000000000 done date:0000000000 stat:DELIVRD err:0000 text:",
            Receipt("1", DELIVERED, None, "DELIVRD", None),
        ),
        (b"id: sub:001 id:7 stat:DELIVRD", Receipt("7", DELIVERED, None, "DELIVRD", None)),
        (
            b"id:1 submit_date:2611221200 done_date:2611221201 stat:ACCEPTD",
            Receipt("1", ReceiptState.ACCEPTED, None, "ACCEPTD", "2611221201"),
        ),
        (b"id:1 stat:BADSTAT", Receipt("1", ReceiptState.UNKNOWN, None, "BADSTAT", None)),
        (b"id:1", Receipt("1", ReceiptState.UNKNOWN, None, None, None)),
        (STANDARD + b"\0", Receipt("0123456789", DELIVERED, None, "DELIVRD", "2611221201")),
        (b"id:1 stat:DELIVRD err:000\0", Receipt("1", DELIVERED, None, "DELIVRD", None)),
        (STANDARD + " 日本".encode("utf-16-be"), Receipt("0123456789", DELIVERED, None, "DELIVRD", "2611221201")),
        (STANDARD.decode().encode("utf-16-be"), Receipt("0123456789", DELIVERED, None, "DELIVRD", "2611221201")),
        (STANDARD.decode().encode("utf-16-le"), Receipt("0123456789", DELIVERED, None, "DELIVRD", "2611221201")),
        (
            b"id:1 stat:UNDELIV err:001 text:id:2 stat:DELIVRD err:000",
            Receipt("1", ReceiptState.UNDELIVERABLE, "001", "UNDELIV", None),
        ),
        (b"text:hello id:9 stat:DELETED", Receipt("9", ReceiptState.DELETED, None, "DELETED", None)),
        (
            b"id:1 text:my stat:REJECTD id:5 stat:DELIVRD err:000",
            Receipt("1", DELIVERED, None, "DELIVRD", None),
        ),
        (b"text:id:5 stat:DELIVRD id:1", Receipt("1", DELIVERED, None, "DELIVRD", None)),
        (b"id:1 stat:UNDELIV text:my err:770", Receipt("1", ReceiptState.UNDELIVERABLE, None, "UNDELIV", None)),
        (b"id:1 DELIVRD err:000 text:my stat:REJECTD", Receipt("1", DELIVERED, None, "DELIVRD", None)),
        (b"invalid:3 id:9 stat:DELETED", Receipt("9", ReceiptState.DELETED, None, "DELETED", None)),
    ],
    ids=[
        *(
            "fields missing",
            "reordered",
            "any case",
            "spaces",
            "zero dates",
            "empty field",
            "underscores",
            "unknown word",
        ),
        *("id only", "NUL at the end", "NUL after err", "UTF-16 tail", "UTF-16", "UTF-16 little", "quoted receipt"),
        *("text first", "text between", "text before all", "quoted error", "quoted word", "word that ends in id"),
    ],
)
def test_quirks_of_the_text_are_read(text: bytes, expected: Receipt) -> None:
    assert parse_receipt(text, {}) == expected


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("DELIVRD", DELIVERED),
        ("EXPIRED", ReceiptState.EXPIRED),
        ("DELETED", ReceiptState.DELETED),
        ("UNDELIV", ReceiptState.UNDELIVERABLE),
        ("ACCEPTD", ReceiptState.ACCEPTED),
        ("UNKNOWN", ReceiptState.UNKNOWN),
        ("REJECTD", ReceiptState.REJECTED),
        ("ENROUTE", ReceiptState.ENROUTE),
        ("ACKED", ReceiptState.ACCEPTED),
        ("BUFFRED", ReceiptState.ACCEPTED),
        ("BUFFERD", ReceiptState.ACCEPTED),
        ("FAILED", ReceiptState.UNDELIVERABLE),
        ("NOCRED", ReceiptState.REJECTED),
        ("SYSERR", ReceiptState.UNDELIVERABLE),
        ("0", DELIVERED),
        ("Undeliverable", ReceiptState.UNDELIVERABLE),
    ],
)
def test_every_word_seen_after_stat_has_its_state(word: str, state: ReceiptState) -> None:
    assert parse_receipt(f"id:1 sub:001 stat:{word} err:000".encode(), {}).state is state


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (b"\x00", ReceiptState.ENROUTE),
        (b"\x01", ReceiptState.ENROUTE),
        (b"\x02", DELIVERED),
        (b"\x03", ReceiptState.EXPIRED),
        (b"\x04", ReceiptState.DELETED),
        (b"\x05", ReceiptState.UNDELIVERABLE),
        (b"\x06", ReceiptState.ACCEPTED),
        (b"\x07", ReceiptState.UNKNOWN),
        (b"\x08", ReceiptState.REJECTED),
        (b"\x09", ReceiptState.UNDELIVERABLE),
        (b"\x00\x00\x00\x02", DELIVERED),
        (b"\x63", ReceiptState.EXPIRED),
        (b"", ReceiptState.EXPIRED),
    ],
)
def test_message_state_is_believed_when_it_means_something(value: bytes, state: ReceiptState) -> None:
    assert parse_receipt(b"id:1 stat:EXPIRED", {0x0427: value}).state is state


def test_the_body_may_be_in_message_payload() -> None:
    assert parse_receipt(b"", {0x0424: STANDARD}).message_id == "0123456789"


def test_parameters_alone_are_enough() -> None:
    receipt = parse_receipt(b"", {0x001E: b"abc\0", 0x0427: b"\x02"})

    assert receipt == Receipt("abc", DELIVERED, None, None, None)


def test_an_empty_receipted_message_id_does_not_hide_the_text() -> None:
    assert parse_receipt(STANDARD, {0x001E: b"\0"}).message_id == "0123456789"


@pytest.mark.parametrize(
    ("text_error", "parameter", "error"),
    [
        (b"770", b"\x03\x00\x01", "770"),
        (b"000", b"\x03\x04\x0d", "1037"),
        (b"000", b"000", None),
        (b"000", b"034", "034"),
        (b"000", b"\x03\x00\x00", None),
        (b"000", b"", None),
    ],
)
def test_the_error_comes_from_the_text_unless_it_is_zero(
    text_error: bytes, parameter: bytes, error: str | None
) -> None:
    assert parse_receipt(b"id:1 stat:UNDELIV err:" + text_error, {0x0423: parameter}).error == error


def test_a_receipt_that_names_no_message_says_what_it_had() -> None:
    with pytest.raises(UnreadableReceipt, match=r"names no message.*found 'Hello' and the parameters 0427"):
        parse_receipt(b"Hello", {0x0427: b"\x02"})


@given(st.binary(max_size=254), st.dictionaries(st.sampled_from([0x1E, 0x423, 0x424, 0x427]), st.binary(max_size=8)))
def test_garbage_is_read_or_refused_and_nothing_else(octets: bytes, tlvs: dict[int, bytes]) -> None:
    try:
        receipt = parse_receipt(octets, tlvs)
    except UnreadableReceipt:
        return

    assert 1 <= len(receipt.message_id) <= 64


@given(
    st.from_regex(r"[0-9A-Za-z-]{1,36}", fullmatch=True),
    st.sampled_from(["DELIVRD", "UNDELIV", "EXPIRED"]),
    st.from_regex(r"[0-9A-Za-z]{1,4}", fullmatch=True),
    st.permutations(["id", "sub", "submit date", "done date", "stat", "err"]),
)
def test_the_order_of_the_fields_does_not_matter(message_id: str, stat: str, error: str, order: list[str]) -> None:
    fields = {"id": message_id, "sub": "001", "submit date": "2611221200", "done date": "2611221201"}
    fields |= {"stat": stat, "err": error}

    shuffled = parse_receipt(" ".join(f"{name}:{fields[name]}" for name in order).encode(), {})

    assert shuffled == parse_receipt(" ".join(f"{name}:{value}" for name, value in fields.items()).encode(), {})
    assert shuffled.message_id == message_id


OWN = ("id:1", "sub:001", "submit date:2611221200", "done date:2611221201", "stat:UNDELIV", "err:021")
QUOTED_WORDS = (
    *("id:5", "id:", "stat:REJECTD", "stat: ", "STAT:", "err:770", "done date:1", "text:", "Text: id:7"),
    *("DELIVRD", "submit", "done", "x", ":", " ", "\0", "\n"),
)
QUOTED = st.lists(st.sampled_from(QUOTED_WORDS), max_size=6).map("".join) | st.text(
    st.characters(max_codepoint=0xFF), max_size=20
)


@given(st.permutations([*OWN, "text:"]), QUOTED)
def test_no_text_changes_its_own_receipt_wherever_it_is_quoted(order: list[str], quoted: str) -> None:
    """With all fields; one that is missing before the quote and behind it can not be told from a quoted one."""
    told = " ".join(f"text:{quoted}" if each == "text:" else each for each in order).encode("latin-1")

    receipt = parse_receipt(told, {})

    assert receipt == parse_receipt(" ".join(order).encode(), {})
    assert (receipt.message_id, receipt.state) == ("1", ReceiptState.UNDELIVERABLE)


@given(st.lists(st.sampled_from(OWN[1:4] + OWN[5:]), unique=True), QUOTED)
def test_no_text_at_the_end_fills_in_what_its_receipt_lacks(others: list[str], quoted: str) -> None:
    own = " ".join(["id:1", "stat:UNDELIV", *others])

    assert parse_receipt(f"{own} text:{quoted}".encode("latin-1"), {}) == parse_receipt(own.encode(), {})


def test_only_news_from_the_way_is_not_final() -> None:
    assert [state for state in ReceiptState if not state.is_final] == [ReceiptState.ENROUTE, ReceiptState.ACCEPTED]


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (receipt_with(None, DELIVERED), "000"),
        (receipt_with("770", DELIVERED), "000"),
        (receipt_with("770", ReceiptState.ACCEPTED), "000"),
        (receipt_with(None), "70"),
        (receipt_with("001"), "70"),
        (receipt_with(None, ReceiptState.EXPIRED), "80"),
        (receipt_with(None, ReceiptState.REJECTED), "10"),
        (receipt_with(None, ReceiptState.UNKNOWN), "1000"),
        (receipt_with("770"), "30"),
        (receipt_with("0770"), "30"),
        (receipt_with("4775"), "200"),
        (receipt_with("9802"), "100"),
        (receipt_with("4720"), "50"),
        (receipt_with("902"), "1000"),
    ],
)
def test_a_receipt_gives_plivos_code(receipt: Receipt, code: str) -> None:
    assert error_code_for_receipt(receipt) == code


def test_every_state_has_a_code() -> None:
    for state, error in product(ReceiptState, (None, "001", "770", "zz")):
        assert error_code_for_receipt(receipt_with(error, state)) in ErrorCode


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (0x01, "110"),
        (0x08, "20"),
        (0x0A, "40"),
        (0x0B, "50"),
        (0x4B, "50"),
        (0x45, "100"),
        (0x58, "20"),
        (0x65, "70"),
        (0x68, "30"),
        (9802, "100"),
        (0xFF, "1000"),
        (0x22, "10"),
        (0x4AB, "10"),
    ],
)
def test_a_refused_submit_gives_plivos_code(status: int, code: str) -> None:
    assert error_code_for_status(status) == code
