"""Events on their way into a journal in groups."""

from carriers.builders import ListJournal
from powerpack_carriers.group_records import group_journal
from powerpack_carriers.journal import NullJournal

ENQUIRE_LINK = bytes.fromhex("00000010000000150000000000000001")
UNBIND = bytes.fromhex("00000010000000060000000000000002")


def test_a_journal_that_takes_groups_is_given_them() -> None:
    journal = NullJournal()

    assert group_journal(journal) is journal


def test_any_other_journal_gets_one_event_for_each_pdu() -> None:
    journal = ListJournal()

    group_journal(journal).record_pdus("carrier", "att#1", ">", [b"1", b"2"])

    assert journal.of("pdu") == [
        {"side": "carrier", "link": "att#1", "direction": ">", "raw": b"1"},
        {"side": "carrier", "link": "att#1", "direction": ">", "raw": b"2"},
    ]


def test_octets_are_cut_into_pdus_for_it() -> None:
    journal = ListJournal()

    group_journal(journal).record_octets("carrier", "att#1", "<", ENQUIRE_LINK + UNBIND, 2)

    assert [fields["raw"] for fields in journal.of("pdu")] == [ENQUIRE_LINK, UNBIND]


def test_and_one_event_for_each_of_any_other_group() -> None:
    journal = ListJournal()

    group_journal(journal).record_group("handset.received", 2, lambda: [{"number": "1"}, {"number": "2"}])

    assert journal.events == [("handset.received", {"number": "1"}), ("handset.received", {"number": "2"})]
