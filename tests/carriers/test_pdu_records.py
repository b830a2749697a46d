"""PDUs on their way into a journal."""

from collections.abc import Sequence

from carriers.builders import ListJournal
from powerpack_carriers.journal import NullJournal
from powerpack_carriers.pdu_records import pdu_recorder


class GroupJournal(NullJournal):
    """A journal that takes groups."""

    def __init__(self) -> None:
        self.groups: list[tuple[str, str, str, list[bytes]]] = []

    def record_pdus(self, side: str, link: str, direction: str, pdus: Sequence[bytes]) -> None:
        self.groups.append((side, link, direction, list(pdus)))


def test_a_journal_that_takes_groups_is_given_them() -> None:
    journal = GroupJournal()

    pdu_recorder(journal)("carrier", "att#1", "<", [b"1", b"2"])

    assert journal.groups == [("carrier", "att#1", "<", [b"1", b"2"])]


def test_any_other_journal_gets_one_event_for_each_pdu() -> None:
    journal = ListJournal()

    pdu_recorder(journal)("carrier", "att#1", ">", [b"1", b"2"])

    assert journal.of("pdu") == [
        {"side": "carrier", "link": "att#1", "direction": ">", "raw": b"1"},
        {"side": "carrier", "link": "att#1", "direction": ">", "raw": b"2"},
    ]
