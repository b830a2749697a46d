"""Which account gets a text."""

from carriers.builders import HANDSET, SOURCE, FakeLink, a_mailbox
from powerpack_carriers.accounts import Account
from powerpack_carriers.routing import Routes

OTHER_HANDSET = "14155550199"
OWNER = Account("owner", numbers=frozenset({SOURCE}))


def test_the_account_that_sent_to_the_handset_comes_first() -> None:
    routes, pair, source, owner = Routes(), a_mailbox(), a_mailbox(), a_mailbox(OWNER)
    routes.submitted(SOURCE, HANDSET, pair)
    routes.submitted(SOURCE, OTHER_HANDSET, source)

    assert routes.find(SOURCE, HANDSET, [owner]) is pair
    assert routes.find(SOURCE, "14155550177", [owner]) is source


def test_the_last_of_several_accounts_wins() -> None:
    routes, first, last = Routes(), a_mailbox(), a_mailbox()
    routes.submitted(SOURCE, HANDSET, first)
    routes.submitted(SOURCE, HANDSET, last)

    assert routes.find(SOURCE, HANDSET, []) is last


def test_then_comes_the_owner_then_whoever_listens_then_anybody() -> None:
    routes, anybody, listener, owner = Routes(), a_mailbox(), a_mailbox(), a_mailbox(OWNER)
    listener.attach(FakeLink(), 0)

    assert routes.find(SOURCE, HANDSET, [anybody, listener, owner]) is owner
    assert routes.find(SOURCE, HANDSET, [anybody, listener]) is listener
    assert routes.find(SOURCE, HANDSET, [anybody]) is anybody
    assert routes.find(SOURCE, HANDSET, []) is None


def test_memory_is_bounded() -> None:
    routes, mailbox = Routes(pairs_max=2, sources_max=2), a_mailbox()
    for number in ("1", "2", "3"):
        routes.submitted(number, HANDSET, mailbox)

    assert [routes.find(number, HANDSET, []) for number in ("1", "2", "3")] == [None, mailbox, mailbox]
