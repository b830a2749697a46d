"""Texts to octets, into parts, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_carriers.text import (
    Concatenation,
    decode_text,
    encode_text,
    sar_concatenation,
    split_text,
    take_header,
)


@pytest.mark.parametrize(
    ("octets", "data_coding", "text"),
    [
        (b"Hello", 0, "Hello"),
        (b"\x00\x02\x1be", 0, "@$€"),
        (b"caf\x05", 0, "café"),
        (b"Hello", 1, "Hello"),
        (b"caf\xe9", 3, "café"),
        ("Grüße 😀".encode("utf-16-be"), 8, "Grüße 😀"),
        ("Привет".encode("iso-8859-5"), 6, "Привет"),
        ("שלום".encode("iso-8859-8"), 7, "שלום"),
        ("日本".encode("shift_jis"), 5, "日本"),
        ("日本".encode("iso2022_jp"), 10, "日本"),
        ("丂".encode("iso2022_jp_1"), 13, "丂"),
        ("한국".encode("euc_kr"), 14, "한국"),
        (b"flash \x00", 0xF0, "flash @"),
        (b"\xe9", 0xF4, "é"),
        (b"\xe9", 0x04, "é"),
        (b"\x00", 0xC8, "@"),
        (b"\x00a", 0xE0, "a"),
        (b"\x00", 0x10, "@"),
        (b"\xe9", 0x14, "é"),
        (b"\x00a", 0x19, "a"),
        (b"\x00a", 0x48, "a"),
    ],
)
def test_a_phone_reads_octets_in_their_coding(octets: bytes, data_coding: int, text: str) -> None:
    assert decode_text(octets, data_coding) == text


@pytest.mark.parametrize(
    ("octets", "data_coding", "text"),
    [(b"a\xff", 0, "a�"), (b"\x00a\x00", 8, "a�"), (b"\xd8\x3d", 8, "�"), (b"\xe9", 1, "�")],
)
def test_octets_without_meaning_are_shown_as_such(octets: bytes, data_coding: int, text: str) -> None:
    assert decode_text(octets, data_coding) == text


@given(st.binary(max_size=40), st.integers(0, 255))
def test_no_octets_make_decoding_fail(octets: bytes, data_coding: int) -> None:
    assert isinstance(decode_text(octets, data_coding), str)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400), st.integers(0, 255))
def test_parts_put_together_are_the_text_again(text: str, reference: int) -> None:
    data_coding, octets = encode_text(text)
    parts = split_text(octets, data_coding, reference=reference)

    if len(parts) == 1:
        assert decode_text(parts[0], data_coding) == text
        return
    taken = [take_header(part) for part in parts]
    assert "".join(decode_text(body, data_coding) for _, body in taken) == text
    assert [header for header, _ in taken] == [
        Concatenation(series="8", reference=reference, total=len(parts), number=number)
        for number in range(1, len(parts) + 1)
    ]
    assert max(map(len, parts)) <= (140 if data_coding == 8 else 159)


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ы" * 70, 1), ("ы" * 71, 2), ("😀" * 36, 2)],
    ids=["160 a", "161 a", "80 euros", "81 euros", "70 letters", "71 letters", "36 emoji"],
)
def test_a_part_holds_what_the_air_carries(text: str, parts: int) -> None:
    data_coding, octets = encode_text(text)

    assert len(split_text(octets, data_coding, reference=0)) == parts


def test_a_backtick_needs_ucs_2() -> None:
    assert encode_text("`") == (8, b"\x00`")


def test_no_more_than_255_parts_are_made() -> None:
    with pytest.raises(ValueError, match="the text needs 256 parts, a message has 255 at most"):
        split_text(b"a" * (255 * 153 + 1), 0, reference=0)


@pytest.mark.parametrize(
    ("octets", "header", "body"),
    [
        (b"\x05\x00\x03\x07\x02\x01hi", Concatenation(series="8", reference=7, total=2, number=1), b"hi"),
        (b"\x06\x08\x04\x01\x00\x02\x02hi", Concatenation(series="16", reference=256, total=2, number=2), b"hi"),
        (
            b"\x09\x24\x02\x03\x01\x00\x03\x00\x02\x01x",
            Concatenation(series="8", reference=0, total=2, number=1),
            b"x",
        ),
        (b"\x03\x24\x01\x03hi", None, b"hi"),
        (b"\x05\x00\x03\x07\x02\x03hi", None, b"hi"),
        (b"\x05\x00\x03\x07\x02\x00hi", None, b"hi"),
        (b"\x02\x00\x03hi", None, b"hi"),
        (b"\x40hi", None, b"\x40hi"),
        (b"\x00hi", None, b"hi"),
        (b"", None, b""),
    ],
    ids=["8 bit", "16 bit", "second element", "other element", "beyond", "zero", "cut", "lie", "empty", "nothing"],
)
def test_a_header_is_taken_off(octets: bytes, header: Concatenation | None, body: bytes) -> None:
    assert take_header(octets) == (header, body)


@given(st.binary(max_size=40))
def test_no_octets_make_taking_a_header_fail(octets: bytes) -> None:
    _, body = take_header(octets)

    assert octets.endswith(body)


def test_sar_tlvs_are_a_series_of_their_own() -> None:
    assert sar_concatenation(7, 2, 1) == Concatenation(series="sar", reference=7, total=2, number=1)
    assert sar_concatenation(7, 2, 3) is None


def test_octets_that_are_called_ascii_and_hold_letters_of_gsm_are_read_as_gsm() -> None:
    assert decode_text("Héllo € from node".encode("gsm03.38"), 1) == "Héllo € from node"
    assert decode_text(b"plain\ttext @home\r\n", 1) == "plain\ttext @home\r\n"


@pytest.mark.parametrize("data_coding", [0x0B, 0x0C, 0x0F, 0x1C, 0x20, 0x80, 0xBF])
def test_a_coding_that_is_reserved_is_shown_as_latin_1(data_coding: int) -> None:
    assert decode_text("Olé".encode("latin-1"), data_coding) == "Olé"
