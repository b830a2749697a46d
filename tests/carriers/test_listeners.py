"""Several ports and accounts of one carrier, and TLS."""

import asyncio
import ssl
from dataclasses import replace

import pytest
import trustme

from carriers.builders import ListJournal, a_profile
from carriers.esme import Esme
from carriers.loopback_carrier import a_carrier, run
from powerpack_carriers.accounts import Account
from powerpack_carriers.listener import Listener
from powerpack_carriers.profile import SessionHabit
from powerpack_carriers.smpp.constants import CommandStatus


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Whom the tests trust."""
    return trustme.CA()


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """What a carrier on 127.0.0.1 shows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_carrier_listens_on_several_ports_one_of_them_with_tls(
    authority: trustme.CA, server_tls: ssl.SSLContext
) -> None:
    async def scenario() -> None:
        async with a_carrier(listeners=(Listener(), Listener(tls=server_tls))) as carrier:
            first, second, encrypted = carrier.listeners
            assert (first.host, first.port) == (carrier.host, carrier.port)
            assert len({first.port, second.port, encrypted.port}) == 3
            for listener, context in ((first, None), (second, None), (encrypted, client_tls(authority))):
                async with Esme(*await asyncio.open_connection("127.0.0.1", listener.port, ssl=context)) as esme:
                    assert (await esme.bind("trx", "generic", "secret")).command_status == 0
                    await esme.submitted(registered_delivery=1)
                    await esme.delivery()
                    await esme.unbind()

    run(scenario)


@pytest.mark.parametrize("kind", ["asyncio", "uvloop"])
def test_connections_share_what_their_sockets_are_read_into(kind: str) -> None:
    """A carrier is at home on any loop; one that follows asyncio's protocols does not have its transport classes."""
    uvloop = pytest.importorskip("uvloop", reason="the extra `fast` is not installed") if kind == "uvloop" else None

    async def scenario() -> None:
        async with asyncio.timeout(30), a_carrier() as carrier:
            first, second = await Esme.bound(carrier), await Esme.bound(carrier)
            for esme, text in ((first, b"one"), (second, b"two"), (first, b"three")):
                await esme.submitted(short_message=text)
            assert [message.text for message in carrier.received] == ["one", "two", "three"]
            await first.close()
            await second.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop if uvloop else None) as runner:
        runner.run(scenario())


def test_who_does_not_trust_the_certificate_is_not_connected(server_tls: ssl.SSLContext) -> None:
    async def scenario() -> None:
        journal = ListJournal()
        async with a_carrier(listeners=(Listener(tls=server_tls),), journal=journal) as carrier:
            with pytest.raises(ssl.SSLCertVerificationError):
                await asyncio.open_connection("127.0.0.1", carrier.listeners[1].port, ssl=ssl.create_default_context())

            async with await Esme.bound(carrier) as esme:
                await esme.unbind()
            assert len(journal.of("carrier.connected")) == 1

    run(scenario)


def test_tls_on_a_plain_port_is_named_and_the_next_one_is_served(authority: trustme.CA) -> None:
    async def scenario() -> None:
        journal = ListJournal()
        async with a_carrier(journal=journal) as carrier:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asyncio.open_connection(carrier.host, carrier.port, ssl=client_tls(authority))
            async with await Esme.bound(carrier) as esme:
                await esme.unbind()

            reasons = [str(each["reason"]) for each in journal.of("carrier.disconnected")]
            assert "this looks like TLS, not SMPP" in reasons[0]

    run(scenario)


def test_smpp_on_a_port_with_tls_is_hung_up_on(server_tls: ssl.SSLContext) -> None:
    async def scenario() -> None:
        async with a_carrier(listeners=(Listener(tls=server_tls),)) as carrier:
            port = carrier.listeners[1].port
            async with Esme(*await asyncio.open_connection("127.0.0.1", port)) as esme:
                with pytest.raises((ConnectionError, ssl.SSLError)):
                    await esme.bind("trx", "generic", "secret")

    run(scenario)


def test_a_port_that_is_taken_is_named_and_the_others_are_closed_again() -> None:
    async def scenario() -> None:
        async with a_carrier() as taken:
            other = a_carrier(name="other", listeners=(Listener(port=taken.port),))
            with pytest.raises(OSError, match=f"carrier other can not listen on 127.0.0.1:{taken.port}"):
                await other.start()
            with pytest.raises(OSError):
                await asyncio.open_connection(other.host, other.port)

    run(scenario)


def test_a_port_that_can_not_be_is_refused() -> None:
    with pytest.raises(ValueError, match="port: found 70000, expected 0 to 65535"):
        Listener(port=70_000)


# What an account may do


def test_an_account_may_send_from_its_own_sources_only() -> None:
    async def scenario() -> None:
        account = Account("esme", sources=frozenset({"12065550100", "ACME"}))
        async with a_carrier(accounts=(account,)) as carrier, await Esme.bound(carrier) as esme:
            sources = ("12065550100", "+12065550100", "ACME", "12065550101", "")
            statuses = [(await esme.submitted(source_addr=source)).command_status for source in sources]

            assert statuses == [0, 0, 0, CommandStatus.ESME_RINVSRCADR, CommandStatus.ESME_RINVSRCADR]

    run(scenario)


def test_an_account_may_have_fewer_binds_than_others() -> None:
    async def scenario() -> None:
        accounts = (Account("one", binds_max=1), Account("none", binds_max=0), Account("many"))
        profile = a_profile(sessions=SessionHabit(binds_max=2))
        async with a_carrier(profile=profile, accounts=accounts) as carrier:
            bound = []
            for system_id, status in (("one", 0), ("one", 5), ("none", 5), ("many", 0), ("many", 0), ("many", 5)):
                esme = await Esme.connect(carrier)
                bound.append(esme)
                assert (await esme.bind("trx", system_id, "secret")).command_status == status, system_id
            for esme in bound:
                await esme.close()

    run(scenario)


def test_a_bind_of_a_kind_that_the_account_has_not_is_an_unknown_command() -> None:
    async def scenario() -> None:
        account = Account("esme", binds=frozenset({"transmitter", "receiver"}))
        async with a_carrier(accounts=(account,)) as carrier, await Esme.connect(carrier) as esme:
            refused = await esme.bind("trx", "esme", "secret")
            accepted = await esme.bind("tx", "esme", "secret")

            assert (refused.command_status, accepted.command_status) == (CommandStatus.ESME_RINVCMDID, 0)

    run(scenario)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"binds_max": -1}, "binds_max: found -1, expected 0 or more"),
        ({"binds": frozenset({"trx"})}, "binds: found 'trx', expected receiver, transceiver, transmitter"),
        ({"outbind": ("localhost", 0)}, "outbind: found port 0, expected 1 to 65535"),
    ],
)
def test_an_account_that_can_not_be_is_refused(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        replace(Account("esme"), **changes)  # type: ignore[arg-type]  # the names are the caller's


def test_a_carrier_whose_mmsc_has_no_port_listens_nowhere() -> None:
    async def scenario() -> None:
        async with a_carrier() as other:
            carrier = a_carrier(mm7_port=other.port)
            with pytest.raises(OSError, match="the MMSC of carrier generic can not listen on"):
                await carrier.start()
            with pytest.raises(ConnectionRefusedError):
                await Esme.connect(carrier)

    run(scenario)
