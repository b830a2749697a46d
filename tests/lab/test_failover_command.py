"""Two gateways as an operator runs them, whose PostgreSQL fails over to its standby."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.sandbox_support import Running, WithApi, wait_until
from lab.test_fleet_command import gateway_id, readiness
from postgres_support import PostgresServer, started

pytestmark = pytest.mark.timeout(400)  # two servers and three processes start, on machines that do more

SENDERS = [f"1415555018{digit}" for digit in range(5)]
HANDSETS = [f"1415555{number:04}" for number in range(1100, 1120)]


@pytest.fixture
def pair() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    """A primary and the standby that follows it."""
    primary = started()
    standby = primary.standby()
    yield primary, standby
    standby.remove()
    primary.remove()


def test_while_the_database_fails_over_nothing_is_accepted_and_then_the_same_gateways_go_on(
    tmp_path: Path, pair: tuple[PostgresServer, PostgresServer]
) -> None:
    primary, standby = pair
    with ExitStack() as closing:
        numbers = [argument for number in SENDERS for argument in ("--number", number)]
        (tmp_path / "carrier").mkdir()
        carrier = closing.enter_context(Running("carrier", tmp_path / "carrier", "--port", "0", *numbers))
        config = tmp_path / "gateway.toml"
        config.write_text(
            f"""
            [[routes]]
            name = "acme"
            hosts = ["{carrier.facts["host"]}:{carrier.facts["port"]}"]
            system_id = "{carrier.facts["system_id"]}"
            password = "{carrier.facts["password"]}"
            reconnect_s_max = 1.0
            """
            + "".join(f'[[numbers]]\nnumber = "{number}"\n' for number in SENDERS),
            encoding="utf-8",
        )
        gateways: list[WithApi] = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            store = primary.url_of_either(standby, "postgres")
            options = ("--store", store, "--config", config, "--port", "0", "--peer-port", "0")
            gateways.append(closing.enter_context(WithApi("gateway", tmp_path / name, *options)))
        one, two = gateways

        def ready(each: WithApi) -> bool:
            state = readiness(each)
            # Who is just leaving work to the newcomer when the database goes away begins anew: that is another story.
            is_settled = len(state["gateways"]) == 2 and state["leaving"] is None
            return bool(state["ready"] and state["routes"]["acme"] and is_settled)

        wait_until(lambda: ready(one) and ready(two), lambda: str(readiness(one)))
        names = [gateway_id(each) for each in gateways]
        uuids = [gateways[place % 2].accept(handset, "before") for place, handset in enumerate(HANDSETS[:10])]
        primary.stop(signal.SIGQUIT)
        wait_until(lambda: not readiness(one)["ready"] and not readiness(two)["ready"], lambda: str(readiness(one)))
        for each in gateways:
            message = {"powerpack_uuid": each.facts["powerpack_uuid"], "dst": HANDSETS[0], "text": "no"}
            answer = each.api.post("Message/", message)
            assert (answer.status, answer.body["error"][:28]) == (503, "the message was not accepted")
        standby.promote()
        wait_until(lambda: ready(one) and ready(two), lambda: str(readiness(one)))
        uuids += [gateways[place % 2].accept(handset, "after") for place, handset in enumerate(HANDSETS[10:])]
        states = [one.settled(uuid)["message_state"] for uuid in uuids]

        assert states == ["delivered"] * 20
        assert [gateway_id(each) for each in gateways] == names, "nobody was buried for it"
        assert all("no" not in carrier.inbox(each) for each in HANDSETS)
        assert all(1 <= len(carrier.inbox(each)) <= 2 for each in HANDSETS)
