"""The gateway against a foreign SMSC: smpp34's server, unmodified, with a codec in Rust of its own."""

import asyncio
import socket
from pathlib import Path

import pytest

from lab.sandbox_support import WithApi

smpp34 = pytest.importorskip("smpp34", reason="smpp34 has no wheel for this platform")

pytestmark = pytest.mark.timeout(120)  # a gateway is a process of its own, on machines that do other things too

OURS, ANA, BEN = "12065550100", "14155550101", "14155550102"
PATIENCE_S = 90.0


def a_free_port() -> int:
    """One that the server may have: it can not say which one it took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def options(folder: Path, port: int) -> tuple[str, ...]:
    config = folder / "gateway.toml"
    config.write_text(
        f"""
        [[routes]]
        name = "rust"
        hosts = ["127.0.0.1:{port}"]
        system_id = "acme"
        password = "pw"

        [[numbers]]
        number = "{OURS}"
        """,
        encoding="utf-8",
    )
    return ("--store", "state.db", "--config", str(config), "--port", "0")


def test_it_delivers_and_hears_of_receipt_and_stop_through_a_foreign_smsc(tmp_path: Path) -> None:
    port = a_free_port()

    async def scenario() -> None:
        async with asyncio.timeout(PATIENCE_S):
            server = smpp34.Server("127.0.0.1", port, system_id="RUST")
            await server.start()
            gateway = await asyncio.to_thread(WithApi, "gateway", tmp_path, *options(tmp_path, port))
            with gateway:
                bound = await server.next()
                uuid = await asyncio.to_thread(gateway.accept, ANA, "Grüße €")
                submitted = await server.next()
                submitted.accept("R1")
                receipt = (
                    b"id:R1 sub:001 dlvrd:001 submit date:2611221510 done date:2611221510 stat:DELIVRD err:000 text:"
                )
                told = await bound.deliver_sm(OURS, receipt, source_addr=ANA, esm_class=4)
                delivered = await asyncio.to_thread(gateway.settled, uuid)

                await bound.deliver_sm(OURS, b"STOP", source_addr=BEN)
                confirmation = await server.next()
                confirmation.accept("R2")
                stopped = await asyncio.to_thread(lambda: gateway.settled(gateway.accept(BEN, "not to be sent")))
                code = await asyncio.to_thread(gateway.end)
            await server.stop()

        assert (submitted.source_addr, submitted.destination_addr) == (OURS, ANA)
        assert bytes(submitted.short_message) == b"Gr\x7e\x1e\x65 \x1be"  # GSM 03.38, one septet an octet
        assert (told.command_status, delivered["message_state"]) == (0, "delivered")
        assert confirmation.destination_addr == BEN
        assert bytes(confirmation.short_message).startswith(b"You have been unsubscribed")
        assert (stopped["message_state"], stopped["error_code"]) == ("failed", "200")
        assert code == 0

    asyncio.run(scenario())
