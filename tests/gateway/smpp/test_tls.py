"""A route over TLS: what certificate it takes, and what it says of one that it does not."""

import datetime
import ssl

import pytest
import trustme

from gateway.smpp.smsc import HELLO, run, setup


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Whom the route trusts."""
    return trustme.CA()


def server_tls(authority: trustme.CA, name: str = "127.0.0.1", *, days: int = 1) -> ssl.SSLContext:
    """A carrier's certificate for a name, good for so many days from now, or ended so many days ago."""
    ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    begins = ends - datetime.timedelta(days=30)
    authority.issue_cert(name, not_before=begins, not_after=ends).configure_cert(context)
    return context


def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    """What ``tls_ca`` makes of a route."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_route_speaks_tls_with_a_carrier_that_it_trusts(authority: trustme.CA) -> None:
    async def scenario() -> None:
        async with setup(tls=server_tls(authority), ssl=client_tls(authority)) as made:
            await made.bound()

            made.route.submit(HELLO, "a")
            await made.until(lambda: ("answered", "a", 0, "2") in made.handler.calls)

            await made.route.stop()

    run(scenario)


@pytest.mark.parametrize(
    ("name", "days", "is_trusted", "reason"),
    [
        pytest.param("127.0.0.1", 1, False, "unable to get local issuer certificate", id="nobody-vouches-for-it"),
        pytest.param("127.0.0.1", -1, True, "certificate has expired", id="expired"),
        pytest.param("smsc.example", 1, True, "IP address mismatch", id="for-another-host"),
    ],
)
def test_a_certificate_that_is_not_right_is_refused_and_the_journal_says_why(
    authority: trustme.CA, name: str, days: int, is_trusted: bool, reason: str
) -> None:
    async def scenario() -> None:
        trusted = authority if is_trusted else trustme.CA()
        async with setup(tls=server_tls(authority, name, days=days), ssl=client_tls(trusted)) as made:
            made.route.start()
            await made.until(lambda: len(made.journal.of("gateway.connect_failed")) == 2)

            assert reason in str(made.journal.of("gateway.connect_failed")[0]["reason"])
            assert made.smsc.peers == [] or not any(peer.pdus for peer in made.smsc.peers)
            assert not made.route.is_bound

    run(scenario)


def test_a_carrier_without_tls_is_not_told_the_password(authority: trustme.CA) -> None:
    async def scenario() -> None:
        async with setup(ssl=client_tls(authority), bind_timeout_s=2.0) as made:
            made.route.start()
            await made.until(lambda: bool(made.journal.of("gateway.connect_failed")))

            assert not any(peer.pdus for peer in made.smsc.peers)

    run(scenario)
