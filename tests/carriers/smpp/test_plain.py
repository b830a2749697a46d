"""Reads of plain submit_sm by columns find what there is one by one."""

from hypothesis import given
from hypothesis import strategies as st

from powerpack_carriers.smpp.buffer import PduBuffer
from powerpack_carriers.smpp.codec import encode_raw
from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandId
from powerpack_carriers.smpp.plain import PlainRead, read_plain

PDU_OCTETS_MAX = 70_000


def head_of(destination: bytes) -> bytes:
    """All octets of a plain submit_sm between its header and its sm_length."""
    return b"\0\1\1" + b"12025550100" + b"\0\1\1" + destination + bytes(10)


def submit(number: int, text: bytes, *, destination: bytes = b"14155550123", status: int = 0) -> bytes:
    body = head_of(destination) + bytes((len(text),)) + text
    return encode_raw(CommandId.submit_sm, status, number, body)


def answer(number: int) -> bytes:
    return encode_raw(CommandId.deliver_sm_resp, 0, number, b"\0")


def read(data: bytes) -> PlainRead[bytes] | None:
    heads: dict[bytes, bytes | None] = {}

    def learn(head: bytes, _: bytes) -> bytes:
        heads[head] = head
        return head

    return read_plain(data, heads, learn, length_max=PDU_OCTETS_MAX)


RUN = st.builds(
    lambda count, first, octets, destination: [
        submit(first + number, bytes((number,)) * octets, destination=destination) for number in range(count)
    ],
    st.integers(1, 25),
    st.integers(0, 0x7FFFFF00),
    st.sampled_from((0, 1, 40, 254)),
    st.sampled_from((b"14155550123", b"14155550124", b"7")),
)
PDUS = st.lists(
    st.one_of(RUN, RUN, st.lists(st.builds(answer, st.integers(0, 0x7FFFFFFF)), max_size=3)), min_size=1, max_size=6
).map(lambda runs: [pdu for run in runs for pdu in run])


@given(PDUS, st.integers(0, 80))
def test_a_read_holds_each_pdu_in_its_place(pdus: list[bytes], missing: int) -> None:
    octets = b"".join(pdus)
    data = octets[: max(0, len(octets) - missing)]
    whole = PduBuffer().feed(data)
    submits = [pdu for pdu in whole if pdu.command_id == CommandId.submit_sm]

    found = read(data)

    assert found is not None
    assert found.octets == sum(len(pdu.raw) for pdu in whole)
    assert found.count == len(whole)
    assert found.answered == b"".join(pdu.raw[12:16] for pdu in whole if pdu not in submits)
    assert [*map(found.numbers.number, range(len(submits)))] == [pdu.sequence_number for pdu in submits]
    texts = [data[at + 1 : at + 1 + data[at]] for at in found.lengths_at]
    assert texts == [pdu.submit_sm().short_message for pdu in submits]
    if found.lengths_at and isinstance(found.lengths_at, range):
        assert (len(found.runs), len(set(map(len, texts)))) == (1, 1)
    heads = [head for head, stop in found.runs]
    stops = [0, *(stop for head, stop in found.runs)]
    each = [head for head, start, stop in zip(heads, stops, stops[1:], strict=False) for _ in range(start, stop)]
    assert each == [pdu.raw[HEADER_OCTETS : HEADER_OCTETS + len(head)] for pdu, head in zip(submits, each, strict=True)]


@given(st.integers(0, 24), st.integers(0, 140), st.integers(1, 255))
def test_one_octet_that_differs_is_seen(which: int, at: int, change: int) -> None:
    pdus = [submit(number, b"x" * 40) for number in range(25)]
    at %= len(pdus[which])
    changed = bytearray(pdus[which])
    changed[at] ^= change
    data = b"".join([*pdus[:which], bytes(changed), *pdus[which + 1 :]])

    found = read(data)

    is_free = 8 <= at < HEADER_OCTETS or at > HEADER_OCTETS + len(head_of(b"14155550123"))  # status, number, text
    if is_free:
        assert found is not None
        assert [stop for _, stop in found.runs] == [25]
    else:
        assert found is None or len(found.runs) > 1 or found.octets < len(data)
