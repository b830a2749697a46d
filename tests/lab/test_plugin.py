"""The fixtures, as a project's tests see them."""

import os
import threading
from pathlib import Path

import pytest

from plugin_support import run_apart, run_tests


def test_the_ten_lines_of_the_guide_pass(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        def test_the_code_arrives(powerpack_lab, plivo_client):
            uuid = powerpack_lab.powerpack_uuid
            plivo_client.messages.create(powerpack_uuid=uuid, dst="+14155550123", text="Your code is 4711")
            phone = powerpack_lab.handset("+14155550123")
            phone.expect("code is 4711")
            phone.reply("STOP")
            phone.expect("You have been unsubscribed")
        """,
    )

    result.assert_outcomes(passed=1)


def test_each_test_gets_a_fresh_world(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize("turn", range(3))
        def test_nobody_wrote_before(powerpack_lab, plivo_client, turn):
            phone = powerpack_lab.handset("+14155550123")
            assert phone.texts == []
            uuid = powerpack_lab.powerpack_uuid
            plivo_client.messages.create(powerpack_uuid=uuid, dst="+14155550123", text="Hello")
            phone.expect("Hello")
        """,
    )

    result.assert_outcomes(passed=3)


def test_the_sdk_is_as_it_was_after_the_test(pytester: pytest.Pytester) -> None:
    from plivo.rest import client

    before = {name: value for name, value in vars(client).items() if "_BASE_URI" in name}
    environment = dict(os.environ)

    result = run_tests(
        pytester,
        """
        import plivo

        def test_a_client_of_ones_own_goes_to_the_lab_too(powerpack_lab, plivo_client):
            client = plivo.RestClient()
            assert client.account.get().auth_id == powerpack_lab.auth_id
            client.session.close()
        """,
    )

    result.assert_outcomes(passed=1)
    assert {name: value for name, value in vars(client).items() if "_BASE_URI" in name} == before
    assert {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"} == {
        k: v for k, v in environment.items() if k != "PYTEST_CURRENT_TEST"
    }


def test_without_the_sdk_its_fixture_says_what_to_install(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import sys
        import pytest

        @pytest.fixture
        def no_sdk(monkeypatch):
            monkeypatch.setitem(sys.modules, "plivo", None)

        def test_it(no_sdk, plivo_client):
            pass
        """,
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["plivo_client: the Plivo SDK can not be imported*pip install plivo"])


def test_the_sdk_is_refused_where_there_are_no_sockets(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import pytest

        @pytest.mark.powerpack(clock="virtual")
        def test_it(plivo_client):
            pass
        """,
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["plivo_client: the SDK speaks through real sockets*"])


def test_a_carrier_of_ones_own_takes_texts_and_sends_receipts_and_replies(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        def test_receipt_and_reply(fake_carrier, smpp_client):
            [message_id] = smpp_client.send("+14155550123", "Hello", source="+12065550199")
            phone = fake_carrier.handset("+14155550123")
            phone.expect("Hello")
            fake_carrier.advance(minutes=1)
            receipt = smpp_client.receive()
            phone.reply("Hi back")
            reply = smpp_client.receive()

            assert fake_carrier.texts == ["Hello"]
            assert receipt.receipted_message_id.decode() == message_id
            assert (reply.short_message, reply.destination_addr) == (b"Hi back", b"12065550199")

        def test_two_carriers_share_their_phones(fake_carriers):
            att, tmobile = fake_carriers("att"), fake_carriers("tmobile")
            assert att.port != tmobile.port
            assert repr(fake_carriers).endswith(": att, tmobile>")
            assert att.handset("+14155550123").number == tmobile.handset("+14155550123").number
        """,
    )

    result.assert_outcomes(passed=2)


def test_the_session_may_have_a_configuration_of_its_own(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import pytest
        from powerpack_lab.config import CarrierConfig, LabConfig

        @pytest.fixture(scope="session")
        def powerpack_config():
            return LabConfig(powerpack_name="ours", carriers=(CarrierConfig(name="acme"),))

        def test_it(powerpack_lab):
            assert list(powerpack_lab.carriers) == ["acme"]
            assert powerpack_lab.powerpack_uuid

        @pytest.mark.powerpack(carriers=["acme", "att"])
        def test_the_marker_names_carriers_of_it(powerpack_lab):
            assert list(powerpack_lab.carriers) == ["acme", "att"]
        """,
    )

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("clock", ["steered", "virtual", "real"])
def test_nothing_is_left_open(pytester: pytest.Pytester, clock: str) -> None:
    files, threads = _open_files(), threading.active_count()

    result = run_tests(
        pytester,
        f"""
        import pytest
        pytestmark = pytest.mark.powerpack(clock="{clock}")

        @pytest.mark.parametrize("turn", range(3))
        def test_it(powerpack_lab, turn):
            assert powerpack_lab.clock_mode == "{clock}"
        """,
    )

    result.assert_outcomes(passed=3)
    assert (_open_files(), threading.active_count()) == (files, threads)


def test_an_asynchronous_application_answers_while_the_test_waits(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import asyncio

        def test_it(powerpack_lab, plivo_client):
            asyncio.run(conversation(powerpack_lab, plivo_client))

        async def conversation(lab, client):
            got = asyncio.Event()

            async def answer(reader, writer):
                await reader.readuntil(b"\\r\\n\\r\\n")
                writer.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\nconnection: close\\r\\n\\r\\n")
                await writer.drain()
                writer.close()
                got.set()

            async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                await asyncio.to_thread(
                    client.messages.create,
                    powerpack_uuid=lab.powerpack_uuid,
                    dst="+14155550123",
                    text="Hello",
                    url=f"http://127.0.0.1:{port}/status",
                )
                await asyncio.to_thread(lab.handset("+14155550123").expect, "Hello")
                await got.wait()
                await asyncio.to_thread(lab.advance, 60)
        """,
    )

    result.assert_outcomes(passed=1)


def test_nobody_sleeps_while_the_lab_waits(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import time

        import pytest

        @pytest.mark.parametrize("clock", [
            pytest.param("steered", marks=pytest.mark.powerpack(clock="steered")),
            pytest.param("virtual", marks=pytest.mark.powerpack(clock="virtual")),
        ])
        def test_it(powerpack_lab, clock, monkeypatch):
            monkeypatch.setattr(time, "sleep", lambda s: pytest.fail(f"slept {s} s"))
            began, lab_began = time.monotonic(), powerpack_lab.clock.monotonic()
            with pytest.raises(AssertionError):
                powerpack_lab.handset("+14155550123").expect("Hello", within=3600)
            assert not powerpack_lab.run_until(lambda: False, within=3600)
            powerpack_lab.advance(hours=1)
            assert powerpack_lab.clock.monotonic() - lab_began >= 3 * 3600
            assert time.monotonic() - began < 1080, "a tenth of the three hours, on the slowest machine"
        """,
    )

    result.assert_outcomes(passed=2)


def test_in_virtual_time_the_application_runs_in_the_labs_loop(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import asyncio
        import httpx
        import pytest

        @pytest.mark.powerpack(clock="virtual")
        def test_it(powerpack_lab):
            lab = powerpack_lab

            async def application():
                async with httpx.AsyncClient(auth=(lab.auth_id, lab.auth_token), verify=False) as client:
                    body = {"powerpack_uuid": lab.powerpack_uuid, "dst": "+14155550123", "text": "Hello"}
                    answer = await client.post(f"{lab.api_url}/{lab.auth_id}/Message/", json=body)
                    await asyncio.sleep(3600)
                    return answer.status_code

            assert lab.call(application()) == 202
            assert lab.handset("+14155550123").texts == ["Hello"]
        """,
    )

    result.assert_outcomes(passed=1)


def test_two_workers_run_side_by_side_with_the_seeds_of_one(tmp_path: Path) -> None:
    (tmp_path / "test_seeds.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('turn', range(4))\n"
        "def test_seed(powerpack_lab, turn, record_property):\n"
        "    print(f'SEED {turn} {powerpack_lab.seed}')\n"
    )

    alone = run_apart(tmp_path, "-rP", "-q")
    shared = run_apart(tmp_path, "-rP", "-q", "-p", "xdist.plugin", "-n", "2")

    seeds = [line for line in alone.stdout.splitlines() if line.startswith("SEED")]
    assert len({line.split()[-1] for line in seeds}) == 4
    assert sorted(line for line in shared.stdout.splitlines() if line.startswith("SEED")) == sorted(seeds)


def test_workers_draw_from_the_random_base_of_their_run(tmp_path: Path) -> None:
    (tmp_path / "test_seeds.py").write_text(
        "import pytest, zlib\n"
        "@pytest.mark.parametrize('turn', range(4))\n"
        "def test_seed(powerpack_lab, turn, request):\n"
        "    print(f'SEED {request.node.nodeid} {powerpack_lab.seed}')\n"
    )

    result = run_apart(tmp_path, "-rP", "-p", "xdist.plugin", "-n", "2", "--powerpack-seed=random")

    from powerpack_lab.plugin_settings import drawn_seed

    header = next(line for line in result.stdout.splitlines() if line.startswith("powerpack-lab: seed base "))
    seeds = [line.split()[1:] for line in result.stdout.splitlines() if line.startswith("SEED")]
    assert len(seeds) == 4
    assert all(int(seed) == drawn_seed(header.split()[-1], nodeid) for nodeid, seed in seeds)


def test_the_ports_of_the_lab_are_on_loopback_only(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        from urllib.parse import urlsplit

        def test_it(powerpack_lab, fake_carrier):
            hosts = [each.host for each in powerpack_lab.carriers.values()]
            hosts += [urlsplit(powerpack_lab.api_url).hostname, fake_carrier.host]
            assert set(hosts) == {"127.0.0.1"}
        """,
    )

    result.assert_outcomes(passed=1)


def _open_files() -> list[str]:
    """What this process holds open, sockets by their kind alone."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}").partition(":[")[0])
        except FileNotFoundError:
            continue  # the descriptor that listed the folder
    return sorted(found)
