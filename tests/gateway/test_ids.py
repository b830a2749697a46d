"""A message's uuid leads back to its row, and to nobody else's."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerpack_gateway.ids import SECRET_BYTES, MessageIds

SECRET = bytes(range(SECRET_BYTES))
LAST_ROW = 2**48 - 1
CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

rows = st.integers(min_value=0, max_value=LAST_ROW)


@given(rows)
def test_a_uuid_leads_back_to_its_row(row: int) -> None:
    ids = MessageIds(SECRET)

    assert ids.row(ids.uuid(row)) == row


@given(rows)
def test_a_uuid_has_the_form_of_a_random_one(row: int) -> None:
    text = MessageIds(SECRET).uuid(row)

    assert CANONICAL.fullmatch(text)
    assert (uuid.UUID(text).version, uuid.UUID(text).variant) == (4, uuid.RFC_4122)


@given(rows, st.integers(min_value=0, max_value=121))
def test_a_uuid_with_one_bit_changed_names_no_row(row: int, bit: int) -> None:
    ids = MessageIds(SECRET)
    # The six bits of version and variant have no meaning of their own; all others do.
    meaningful = [place for place in range(128) if place not in (76, 77, 78, 79, 62, 63)]
    changed = uuid.UUID(int=uuid.UUID(ids.uuid(row)).int ^ 1 << meaningful[bit])

    assert ids.row(str(changed)) is None


@given(st.uuids(version=4))
def test_a_foreign_uuid_names_no_row(foreign: uuid.UUID) -> None:
    assert MessageIds(SECRET).row(str(foreign)) is None


@pytest.mark.parametrize(
    "text", ["", "1", "not-a-uuid", "0" * 32, "é" * 36, "../../Message", "ffffffff-ffff-ffff-ffff-fffffffffffff"]
)
def test_what_is_no_uuid_names_no_row(text: str) -> None:
    assert MessageIds(SECRET).row(text) is None


def test_capital_letters_name_the_same_row() -> None:
    ids = MessageIds(SECRET)

    assert ids.row(ids.uuid(7).upper()) == 7


def test_another_secret_gives_other_uuids_and_knows_none_of_ours() -> None:
    ours, theirs = MessageIds(SECRET), MessageIds(bytes(SECRET_BYTES))

    assert ours.uuid(1) != theirs.uuid(1)
    assert theirs.row(ours.uuid(1)) is None


def test_the_same_secret_gives_the_same_uuids_in_every_version() -> None:
    assert MessageIds(SECRET).uuid(1) == MessageIds(SECRET).uuid(1) == "991f5f6e-90b0-4dbd-86db-606b196eecdf"


def test_neighbouring_rows_have_nothing_in_common() -> None:
    ids = MessageIds(SECRET)

    beginnings = {ids.uuid(row)[:8] for row in range(1000)}

    assert len(beginnings) > 990


@pytest.mark.parametrize("row", [-1, LAST_ROW + 1])
def test_a_row_beyond_48_bits_is_refused(row: int) -> None:
    with pytest.raises(OverflowError):
        MessageIds(SECRET).uuid(row)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_secret_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"has {length} bytes, expected 32"):
        MessageIds(bytes(length))
