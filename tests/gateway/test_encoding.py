"""Texts become short messages and come back."""

import pytest
from gsm0338 import Codec
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.encoding import (
    GSM_SEPTETS_MAX,
    UCS2_UNITS_MAX,
    Concatenation,
    EncodedText,
    MessageTooLong,
    Part,
    decode_text,
    encode_text,
    gsm_encoded,
    sar_concatenation,
    split_udh,
    split_unflagged,
)
from powerpack_gateway.errors import BadRequest

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"

gsm_texts = st.text(alphabet=BASIC + EXTENSION, max_size=800)
long_gsm_texts = st.text(alphabet=BASIC + EXTENSION, min_size=161, max_size=800)
any_texts = st.text(max_size=368)


def joined(encoded: EncodedText) -> bytes:
    return b"".join(split_udh(part.esm_class, part.short_message)[1] for part in encoded.parts)


def test_a_plain_text_is_one_part_of_the_same_octets() -> None:
    encoded = encode_text("Your code is 123456")

    assert encoded == EncodedText(0, 1, (Part(0, b"Your code is 123456"),))


def test_an_empty_text_is_one_empty_part() -> None:
    assert encode_text("") == EncodedText(0, 1, (Part(0, b""),))


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("$5 @ home_1", b"\x025 \x00 home\x111"),
        ("è", b"\x04"),
        ("€", b"\x1b\x65"),
        ("[a]", b"\x1b\x3ca\x1b\x3e"),
        ("§", b"\x5f"),
    ],
)
def test_gsm_characters_take_their_septets_unpacked(text: str, octets: bytes) -> None:
    assert encode_text(text).parts[0].short_message == octets


@pytest.mark.parametrize("text", ["`", "a\x00b", "\x1b", "ç", "日本", "😀", "\t", "\x7f", "\uffff"])
def test_one_character_outside_gsm_makes_the_whole_text_ucs2(text: str) -> None:
    encoded = encode_text("abc" + text)

    assert encoded.data_coding == 8
    assert encoded.parts[0].short_message == ("abc" + text).encode("utf-16-be")


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("a" * 160, [160]),
        ("a" * 161, [159, 14]),
        ("a" * 306, [159, 159]),
        ("a" * 307, [159, 159, 7]),
        ("€" * 80, [160]),
        ("€" * 81, [158, 16]),
        ("日" * 70, [140]),
        ("日" * 71, [140, 14]),
        ("😀" * 35, [140]),
        ("😀" * 36, [138, 18]),
        ("日" * 737, [140] * 11),
        ("a" * 1600, [159] * 10 + [76]),
    ],
    ids=lambda value: str(value)[:12],
)
def test_parts_are_as_long_as_the_air_allows(text: str, lengths: list[int]) -> None:
    encoded = encode_text(text)

    assert [len(part.short_message) for part in encoded.parts] == lengths
    assert encoded.units == len(lengths)


def test_a_long_text_carries_the_callers_reference_in_every_part() -> None:
    encoded = encode_text("a" * 307, 0x1FE)

    assert [split_udh(part.esm_class, part.short_message)[0] for part in encoded.parts] == [
        Concatenation(reference=0xFE, total=3, sequence=sequence, width=8) for sequence in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("tlvs", "found"),
    [
        ({0x020C: b"\x01\x02", 0x020E: b"\x03", 0x020F: b"\x02"}, (0x0102, 3, 2)),
        ({0x020C: b"\x00\x00", 0x020E: b"\x01", 0x020F: b"\x01"}, (0, 1, 1)),
        ({0x020E: b"\x03", 0x020F: b"\x02"}, None),
        ({0x020C: b"\x01\x02", 0x020E: b"\x03"}, None),
        ({0x020C: b"\x01\x02", 0x020E: b"\x03", 0x020F: b""}, None),
        ({0x020C: b"\x01\x02", 0x020E: b"\x03", 0x020F: b"\x04"}, None),
        ({0x020C: b"\x01\x02", 0x020E: b"\x03", 0x020F: b"\x00"}, None),
        ({0x020C: b"\x01\x02", 0x020E: b"\x01\x00", 0x020F: b"\x01"}, None),
        ({0x020C: b"\x01\x00\x00", 0x020E: b"\x03", 0x020F: b"\x01"}, None),
        ({}, None),
    ],
)
def test_tlvs_may_tell_the_place_all_three_of_them(tlvs: dict[int, bytes], found: tuple[int, int, int] | None) -> None:
    place = sar_concatenation(tlvs)

    assert (place and (place.reference, place.total, place.sequence)) == found


@pytest.mark.parametrize(
    ("text", "found", "limit"),
    [("a" * 1601, 1601, GSM_SEPTETS_MAX), ("€" * 801, 1602, GSM_SEPTETS_MAX), ("日" * 738, 738, UCS2_UNITS_MAX)],
    ids=["gsm", "extension", "ucs2"],
)
def test_a_text_over_the_limit_is_refused_with_both_counts(text: str, found: int, limit: int) -> None:
    with pytest.raises(MessageTooLong) as refused:
        encode_text(text)

    assert (refused.value.found, refused.value.limit) == (found, limit)
    assert f"has {found} " in str(refused.value)
    assert f"{limit} is the limit" in str(refused.value)
    assert isinstance(refused.value, BadRequest)


@given(gsm_texts)
def test_every_gsm_text_is_what_the_reference_codec_makes_of_it(text: str) -> None:
    assert gsm_encoded(text) == Codec().encode(text)[0]


@given(gsm_texts)
def test_a_gsm_text_survives_the_way_there_and_back(text: str) -> None:
    encoded = encode_text(text)

    assert encoded.data_coding == 0
    assert decode_text(joined(encoded), 0) == text


@given(long_gsm_texts)
def test_no_gsm_part_is_too_long_or_ends_in_an_escape(text: str) -> None:
    payloads = [split_udh(part.esm_class, part.short_message)[1] for part in encode_text(text).parts]

    assert all(len(payload) <= 153 and not payload.endswith(b"\x1b") for payload in payloads)


@given(any_texts.map(lambda text: "日" + text.rstrip("\0").lstrip("\ufeff\ufffe")))
def test_a_ucs2_text_survives_and_no_part_is_half_a_character(text: str) -> None:
    encoded = encode_text(text)

    assert encoded.data_coding == 8
    assert decode_text(joined(encoded), 8) == text
    for part in encoded.parts:
        payload = split_udh(part.esm_class, part.short_message)[1]
        assert len(part.short_message) <= 140
        payload.decode("utf-16-be")


def test_a_lone_surrogate_is_passed_on() -> None:
    assert encode_text("\ud83d").parts[0].short_message == b"\xd8\x3d"


@pytest.mark.parametrize(
    ("octets", "data_coding", "text"),
    [
        (b"STOP", 0, "STOP"),
        (b"bob\x00example.com", 0, "bob@example.com"),
        (b"mail bob\x00", 0, "mail bob@"),
        (b"\x1b\x65 5", 0, "€ 5"),
        (b"\x1bA", 0, "A"),
        (b"\x1b\x1b\x65", 0, "€"),
        (b"end\x1b", 0, "end"),
        (b"caf\xc3\xa9", 0, "café"),
        (b"caf\xe9\x00", 0, "café"),
        (b"hi\x00", 1, "hi"),
        (b"hi\xe9", 1, "hié"),
        (b"\xe9t\xe9\x00\x00", 3, "été"),
        (b"\x65\xe5", 8, "日"),
        (b"\xff\xfe\xe5\x65", 8, "日"),
        (b"\xfe\xff\x65\xe5", 8, "日"),
        (b"\x00A\x00\x00", 8, "A"),
        (b"\x00A\x00", 8, "A\ufffd"),
        (b"\xd8\x3d", 8, "\ufffd"),
        (b"\xfc", 0xF1, "ü"),
    ],
)
def test_what_carriers_send_is_read_as_well_as_it_can_be(octets: bytes, data_coding: int, text: str) -> None:
    assert decode_text(octets, data_coding) == text


@given(st.binary(max_size=260), st.integers(0, 255))
def test_no_octets_make_decoding_fail(octets: bytes, data_coding: int) -> None:
    assert isinstance(decode_text(octets, data_coding), str)


@pytest.mark.parametrize(
    ("esm_class", "octets", "expected"),
    [
        (0, b"\x05\x00\x03\x01\x02\x01a", (None, b"\x05\x00\x03\x01\x02\x01a")),
        (0x40, b"\x05\x00\x03\x07\x02\x01a", (Concatenation(reference=7, total=2, sequence=1, width=8), b"a")),
        (0x40, b"\x05\x00\x03\x00\x02\x02", (Concatenation(reference=0, total=2, sequence=2, width=8), b"")),
        (0xC0, b"\x06\x08\x04\x01\x02\x03\x03a", (Concatenation(reference=258, total=3, sequence=3, width=16), b"a")),
        (
            0x40,
            b"\x08\x24\x01\x03\x00\x03\x07\x02\x01a",
            (Concatenation(reference=7, total=2, sequence=1, width=8), b"a"),
        ),
        (0x40, b"\x05\x00\x03\x07\x02\x03a", (None, b"a")),
        (0x40, b"\x05\x00\x03\x07\x00\x00a", (None, b"a")),
        (0x40, b"\x03\x24\x01\x03a", (None, b"a")),
        (0x40, b"\x02\x00\x03a", (None, b"a")),
        (0x40, b"Hello", (None, b"Hello")),
        (0x40, b"", (None, b"")),
        (0x40, b"\x00a", (None, b"a")),
    ],
    ids=[
        "no-udhi",
        "8-bit",
        "reference-0",
        "16-bit",
        "after-another",
        "beyond",
        "of-none",
        "other",
        "cut",
        "lie",
        "empty",
        "none",
    ],
)
def test_a_user_data_header_is_taken_off(
    esm_class: int, octets: bytes, expected: tuple[Concatenation | None, bytes]
) -> None:
    assert split_udh(esm_class, octets) == expected


@given(st.integers(0, 255), st.binary(max_size=254))
def test_no_header_makes_splitting_fail(esm_class: int, octets: bytes) -> None:
    _, payload = split_udh(esm_class, octets)

    assert octets.endswith(payload)


@pytest.mark.parametrize(
    ("octets", "place", "text"),
    [
        (bytes.fromhex("050003 07 02 01") + b"Hi", (7, 2, 1), b"Hi"),
        (bytes.fromhex("060804 0107 1f 1f") + b"Hi", (263, 31, 31), b"Hi"),
        (bytes.fromhex("050003 07 01 01") + b"Hi", None, None),  # one part of one needs no header
        (bytes.fromhex("050003 07 02 03") + b"Hi", None, None),  # a part behind the last
        (bytes.fromhex("050003 20 48 41") + b"!", None, None),  # "é@¥ HA!"
        (bytes.fromhex("050003 07 02"), None, None),
        (bytes.fromhex("040102 0000") + b"Hi", None, None),  # another element
        (b"", None, None),
    ],
)
def test_a_header_of_which_esm_class_says_nothing_is_taken_off_where_it_tells_a_part(
    octets: bytes, place: tuple[int, int, int] | None, text: bytes | None
) -> None:
    found, rest = split_unflagged(octets)

    assert (None if found is None else (found.reference, found.total, found.sequence)) == place
    assert rest == (octets if text is None else text)
