"""Who serves a number."""

from collections import Counter
from collections.abc import Iterable
from threading import Thread

import pytest

from carriers.builders import EPOCH, HANDSET, SOURCE, a_mailbox, a_message
from powerpack_carriers.accounts import Account
from powerpack_carriers.directory import Directory
from powerpack_carriers.errors import HandsetError
from powerpack_carriers.handsets import Handset, TextMessage
from powerpack_carriers.in_parts import WHOLE, InParts
from powerpack_carriers.mailbox import Mailbox
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.spam import SpamReport

NORTH = ("att", "tmobile", "verizon")
CANADA = "14165550123"


class FakeCarrier:
    """Remembers what its subscribers sent."""

    def __init__(self, name: str, country: str, mailboxes: Iterable[Mailbox] = ()) -> None:
        self.name = name
        self.country = country
        self.mailboxes = mailboxes
        self.sent: list[tuple[str, str, str]] = []

    def handset_changed(self, handset: Handset) -> None:
        self.sent.append((handset.number, "state", handset.state))

    def originate(self, handset: Handset, to: str, text: str, parts: InParts = WHOLE) -> None:
        self.sent.append((handset.number, to, text))

    def originate_mms(self, handset: Handset, to: str, text: str, media: tuple[Media, ...], subject: str) -> None:
        self.sent.append((handset.number, to, text))

    def read_mms(self, handset: Handset, message: TextMessage) -> None:
        pass

    def deliver_mms(
        self, mailbox: Mailbox, *, sender: str, to: str, text: str, subject: str, media: tuple[Media, ...]
    ) -> bool:
        return False

    def report_spam(self, handset: Handset, message: TextMessage) -> SpamReport:
        return SpamReport.of(message)


def _directory(*, foreign: bool = False) -> Directory:
    directory = Directory()
    for name in NORTH:
        directory.join(FakeCarrier(name, "US"))
    for name in ("rogers", "bell"):
        directory.join(FakeCarrier(name, "CA"))
    if foreign:
        directory.join(FakeCarrier("generic", "any"))
    return directory


def test_numbers_are_spread_over_the_carriers_of_their_country() -> None:
    directory = _directory(foreign=True)

    served = Counter(directory.carrier_of(f"1415555{number:04}") for number in range(3_000))

    assert set(served) == set(NORTH)
    assert all(900 < count < 1_100 for count in served.values())
    assert {directory.carrier_of(f"1416555{number:04}") for number in range(100)} == {"rogers", "bell"}


def test_the_spread_does_not_depend_on_the_order_in_which_carriers_join() -> None:
    directory, other = _directory(), Directory()
    for name in reversed(NORTH):
        other.join(FakeCarrier(name, "US"))

    numbers = [f"1415555{number:04}" for number in range(50)]

    assert [directory.carrier_of(number) for number in numbers] == [other.carrier_of(number) for number in numbers]


@pytest.mark.parametrize("number", [HANDSET, f"+{HANDSET}", "+1 (415) 555-0123"])
def test_a_number_is_the_same_however_it_is_written(number: str) -> None:
    directory = _directory()

    assert directory.carrier_of(number) == directory.carrier_of(HANDSET)
    assert directory.handset(number) is directory.handset(HANDSET)


@pytest.mark.parametrize("number", ["", "12", "123456", "ACME", "33612345678", "18005550123", "18765550123", "1" * 16])
def test_nobody_serves_what_is_no_number_of_our_countries(number: str) -> None:
    assert _directory().carrier_of(number) is None


def test_a_carrier_for_any_country_serves_the_rest_of_the_world() -> None:
    directory = _directory(foreign=True)

    assert directory.carrier_of("33612345678") == "generic"
    assert directory.carrier_of("12") is None
    assert directory.carrier_of("18005550123") == "generic"


def test_a_lone_carrier_serves_every_number() -> None:
    directory = Directory(default="att")

    assert [directory.carrier_of(number) for number in ("12", HANDSET, "33612345678")] == ["att"] * 3
    assert directory.carrier_of("ACME") is None


def test_a_ported_number_moves_at_once_whoever_had_it() -> None:
    directory = _directory()
    asked, visited = directory.handset(HANDSET), directory.visited(CANADA, by="att")

    directory.assign(f"+{HANDSET}", "bell")
    directory.assign(CANADA, "tmobile")

    assert (asked.carrier, directory.carrier_of(HANDSET)) == ("bell", "bell")
    assert (visited.carrier, directory.carrier_of(CANADA)) == ("tmobile", "tmobile")


def test_the_longest_prefix_wins_and_a_ported_number_before_it() -> None:
    directory = _directory()
    handset = directory.handset("14155550124")
    directory.assign(HANDSET, "bell")
    directory.assign_prefix("1415", "att")
    directory.assign_prefix("+14155550", "rogers")

    served = [directory.carrier_of(number) for number in ("14151230000", "14155550124", HANDSET)]

    assert served == ["att", "rogers", "bell"]
    assert handset.carrier == "rogers"


def test_two_carriers_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="has a carrier 'att' already"):
        _directory().join(FakeCarrier("att", "US"))


def test_a_phone_that_was_there_before_its_carrier_is_served_when_that_joins() -> None:
    directory = Directory()
    handset = directory.handset(HANDSET)
    assert handset.carrier is None

    directory.join(FakeCarrier("att", "US"))

    assert handset.carrier == "att"


def test_a_phone_that_was_visited_is_the_one_that_is_asked_for() -> None:
    directory = _directory()

    visited = directory.visited(HANDSET, by="att")

    assert directory.find(f"+{HANDSET}") is visited
    assert directory.handset(HANDSET) is visited
    assert directory.visited(HANDSET, by="att") is visited
    assert directory.handsets() == (visited,)


def test_a_phone_without_carrier_belongs_to_the_one_that_visits_it() -> None:
    assert _directory().visited("12", by="tmobile").carrier == "tmobile"


def test_looking_for_a_phone_does_not_make_one() -> None:
    directory = _directory()

    assert directory.find(HANDSET) is None
    assert directory.handsets() == ()


def test_phones_that_were_only_visited_are_forgotten_when_there_are_many() -> None:
    directory = Directory(visited_max=2)
    directory.handset(HANDSET)
    for number in range(5):
        directory.visited(f"1415555{number:04}", by="att")

    assert [handset.number for handset in directory.handsets()] == [HANDSET, "14155550003", "14155550004"]


@pytest.mark.parametrize("number", ["", "ACME", "+"])
def test_only_digits_have_a_phone(number: str) -> None:
    with pytest.raises(HandsetError, match="expected a number of digits"):
        _directory().handset(number)


def test_a_phone_s_text_goes_through_the_carrier_that_serves_it() -> None:
    directory, home = _directory(), FakeCarrier("home", "US")
    directory.join(home)
    directory.assign(HANDSET, "home")
    handset = directory.handset(HANDSET)

    handset.reply("Hi", to=SOURCE)

    assert home.sent == [(HANDSET, SOURCE, "Hi")]


def test_a_phone_that_nobody_serves_can_not_send() -> None:
    with pytest.raises(HandsetError) as caught:
        _directory().handset("33612345678").reply("Hi", to=SOURCE)

    assert str(caught.value) == (
        "no carrier serves handset 33612345678; the directory has att, tmobile, verizon, rogers, bell"
    )


def test_the_home_carrier_s_accounts_come_first_then_those_of_the_others() -> None:
    directory = Directory()
    mine, theirs = a_mailbox(carrier="bell"), a_mailbox(Account("owner", numbers=frozenset({SOURCE})), carrier="att")
    directory.join(FakeCarrier("att", "US", [theirs]))
    directory.join(FakeCarrier("bell", "CA", [mine]))

    handset = directory.handset(CANADA)

    assert directory.mailbox_for("12065550199", handset) is mine
    assert directory.mailbox_for(SOURCE, handset) is theirs


def test_it_is_shown_with_its_carriers_and_the_number_of_phones() -> None:
    directory = Directory()
    assert repr(directory) == "<Directory without carriers: 0 handsets>"
    directory.join(FakeCarrier("att", "US"))
    directory.handset(HANDSET)

    assert repr(directory) == "<Directory att: 1 handsets>"


def test_a_message_in_a_phone_s_inbox_is_reported_through_its_carrier() -> None:
    directory = _directory()
    handset = directory.handset(HANDSET)
    handset.receive(a_message(message_id=b"17"), EPOCH)

    assert handset.report_spam().message_id == "17"


def test_a_number_that_was_asked_for_is_ported_at_once() -> None:
    directory = _directory()
    before = directory.carrier_of(HANDSET)
    by_number, by_prefix = (name for name in NORTH if name != before)

    directory.assign_prefix(HANDSET[:4], by_prefix)
    ported = directory.carrier_of(HANDSET)
    directory.assign(HANDSET, by_number)

    assert (ported, directory.carrier_of(HANDSET)) == (by_prefix, by_number)


def test_a_carrier_that_joins_late_takes_its_share_of_numbers_that_were_asked_for() -> None:
    directory = Directory()
    nobody = directory.carrier_of(HANDSET)

    directory.join(FakeCarrier("att", "US"))

    assert (nobody, directory.carrier_of(HANDSET)) == (None, "att")


def test_more_numbers_than_are_remembered_are_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powerpack_carriers.directory.CARRIERS_CACHED_MAX", 2)
    directory = _directory()
    numbers = [f"1415555{number:04}" for number in range(10)]

    first = [directory.carrier_of(number) for number in numbers]

    assert [directory.carrier_of(number) for number in numbers] == first


def test_a_phone_that_a_test_asks_for_while_a_text_makes_it_is_one_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test and the carriers are two threads: the text was in one phone's inbox, and the test looked at another."""
    directory = Directory(default="acme")
    make = directory._new_handset
    found: list[Handset] = []
    asking = Thread(target=lambda: found.append(directory.handset(HANDSET)))

    def interrupted(digits: str) -> Handset:
        monkeypatch.setattr(directory, "_new_handset", make)
        asking.start()
        asking.join(0.05)  # it ends at once, or waits for us
        return make(digits)

    monkeypatch.setattr(directory, "_new_handset", interrupted)
    visited = directory.visited(HANDSET, by="acme")
    asking.join()

    assert found == [visited]
    assert directory.handsets() == (visited,)
