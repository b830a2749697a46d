"""Receipts of plain messages that were delivered, by the hundred: what ``ReceiptWriter`` writes, in one piece."""

from collections.abc import Sequence
from datetime import UTC, datetime
from struct import pack
from typing import Final

from powerpack_carriers.messages import NO_ERROR
from powerpack_carriers.owed import Owed, OwedTogether
from powerpack_carriers.plain_batches import Batch, Lengths, Way
from powerpack_carriers.profile import ReceiptHabit
from powerpack_carriers.receipt_text import TEXT_OCTETS_MAX, ReceiptText
from powerpack_carriers.receipts import ReceiptDates
from powerpack_carriers.smpp.columns import write_counting
from powerpack_carriers.smpp.constants import HEADER_OCTETS, CommandId, MessageState
from powerpack_carriers.smpp.hot import receipt_tlvs

_DELIVER_SM: Final = int(CommandId.deliver_sm)
_DELIVERED: Final = MessageState.DELIVERED

_FEW: Final = 8
"""So few receipts are sooner written one by one."""

_A_DATE: Final = datetime(2000, 1, 1, tzinfo=UTC)
# They stand where the id and the text of a message go; no template holds them.
_ID, _TEXT = b"\0", b"\1"


class BulkReceipts:
    """Writes receipts after one carrier's habit; ``is_fit`` says whether its template can be written this way.

    ``shows_text``: whether it repeats the message. A Way must not say ``quotes_text`` where it does not.
    """

    def __init__(self, habit: ReceiptHabit, dates: ReceiptDates, *, id_octets: int) -> None:
        self._text = ReceiptText(habit.template)
        self._dates = dates
        self._id_octets = id_octets
        before, after = receipt_tlvs(b"\xff" * id_octets, _DELIVERED).split(b"\xff" * id_octets)
        self._tlvs_before_id, self._tlvs_after_id = before, after
        date = habit.dates.write(_A_DATE)
        pattern = self._pattern(date, date)
        self.shows_text = _TEXT in pattern
        self._fixed_octets = len(pattern.replace(_ID, b"").replace(_TEXT, b"")) + id_octets
        self._tlv_octets = len(before) + id_octets + len(after)
        self.is_fit = pattern.count(_ID) == 1 and pattern.count(_TEXT) <= 1 and _TEXT not in pattern.partition(_ID)[0]

    def write(self, owed: Sequence[Owed], sequence_number: int) -> bytes:
        """The deliver_sm of each, numbered from ``sequence_number`` on, one behind the other."""
        if isinstance(owed, OwedTogether) and isinstance(owed.indexes, range) and len(owed) >= _FEW:
            first, last = owed.indexes[0], owed.indexes[-1]
            if stride := owed.batch.stride(first, last):
                return self._by_columns(owed.batch, first, last, stride, owed.done_at, sequence_number)
        return self._one_by_one(owed, sequence_number)

    def _by_columns(
        self, batch: Batch, first: int, last: int, stride: int, done_at: float, sequence_number: int
    ) -> bytes:
        """The same for messages of one run with texts of one length: an octet of all of them at once."""
        count = last - first + 1
        way, text_at = batch.way(first), batch.lengths_at[first] + 1
        quoted = min(batch.octets[text_at - 1], TEXT_OCTETS_MAX) if way.quotes_text else 0
        head, front = way.receipt_heads.get(quoted) or self._heads(way, quoted)
        before, between, behind = self._around(batch.accepted_at, done_at)
        id_octets = self._id_octets
        ids = batch.ids[first * id_octets : (last + 1) * id_octets]
        numbers = pack(f">{count}I", *range(sequence_number, sequence_number + count))
        first_id = ids[:id_octets]
        blank = b"".join(
            (head, numbers[:4], front, before, first_id, between, bytes(quoted), behind, first_id, self._tlvs_after_id)
        )
        length = len(blank)
        id_at = len(head) + 4 + len(front) + len(before)
        quote_at = id_at + id_octets + len(between)
        id_again_at = quote_at + quoted + len(behind)
        written = bytearray(blank * count)
        write_counting(written, len(head), length, numbers, 4)
        for place in (id_at, id_again_at):
            write_counting(written, place, length, ids, id_octets)
        texts = batch.octets
        end = batch.lengths_at[last] + 2
        for column in range(quoted):
            written[quote_at + column :: length] = texts[text_at + column : end + column : stride]
        return bytes(written)

    def _one_by_one(self, owed: Sequence[Owed], sequence_number: int) -> bytes:
        pieces: list[bytes] = []
        extend = pieces.extend
        numbers = pack(f">{len(owed)}I", *range(sequence_number, sequence_number + len(owed)))
        known: Batch | None = None
        known_way: Way | None = None
        known_quoted = -1
        head = front = b""
        known_done_at = 0.0
        before = between = behind = octets = ids = b""
        only_way: Way | None = None
        ways: list[Way] = []
        lengths_at: Lengths = []
        tlvs_after_id, id_octets = self._tlvs_after_id, self._id_octets
        place = 0
        for batch, index, done_at in owed:
            if batch is not known or done_at != known_done_at:
                known, known_done_at = batch, done_at
                octets, ids, lengths_at = batch.octets, batch.ids, batch.lengths_at
                only_way = batch.only_way
                ways = [] if only_way else batch.ways
                before, between, behind = self._around(batch.accepted_at, done_at)
                known_way = None
            way, length_at = only_way or ways[index], lengths_at[index]
            quoted = octets[length_at] if way.quotes_text else 0
            if quoted > TEXT_OCTETS_MAX:
                quoted = TEXT_OCTETS_MAX
            start = index * id_octets
            message_id = ids[start : start + id_octets]
            if way is not known_way or quoted != known_quoted:
                known_way, known_quoted = way, quoted
                head, front = way.receipt_heads.get(quoted) or self._heads(way, quoted)
                front += before
            extend(
                (
                    head,
                    numbers[place : place + 4],
                    front,
                    message_id,
                    between,
                    octets[length_at + 1 : length_at + 1 + quoted],
                    behind,
                    message_id,
                    tlvs_after_id,
                )
            )
            place += 4
        return b"".join(pieces)

    def _heads(self, way: Way, quoted: int) -> tuple[bytes, bytes]:
        text_octets = self._fixed_octets + quoted
        octets = HEADER_OCTETS + len(way.receipt_front) + 1 + text_octets + self._tlv_octets
        heads = pack(">III", octets, _DELIVER_SM, 0), way.receipt_front + bytes((text_octets,))
        way.receipt_heads[quoted] = heads
        return heads

    def _around(self, accepted_at: float, done_at: float) -> tuple[bytes, bytes, bytes]:
        """What stands before the id, between it and the text, and from there to the id in the TLVs."""
        pattern = self._pattern(self._dates.submitted(accepted_at), self._dates.done(done_at))
        before, _, rest = pattern.partition(_ID)
        between, _, behind = rest.partition(_TEXT)
        return before, between, behind + self._tlvs_before_id

    def _pattern(self, submit_date: bytes, done_date: bytes) -> bytes:
        """The text of a receipt with marks in it."""
        return self._text.write(
            message_id=_ID,
            submit_date=submit_date,
            done_date=done_date,
            message_state=_DELIVERED,
            error=NO_ERROR.encode("ascii"),
            text=_TEXT,
        )
