"""Debian's Net::SMPP, unmodified, against a carrier: a client in Perl with a codec of its own."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from powerpack_carriers import Carrier
from powerpack_carriers.smpp.constants import CommandStatus, EsmClass, MessageState

SCRIPT = Path(__file__).parent / "perl" / "client.pl"
SOURCE, ANA = "12065550199", "14155550101"
RUN_S_MAX = 120.0


@pytest.fixture(scope="module")
def perl() -> str:
    """Perl that has Net::SMPP."""
    perl = shutil.which("perl")
    if perl is None or subprocess.run([perl, "-MNet::SMPP", "-e", "1"], capture_output=True, check=False).returncode:
        pytest.skip("Net::SMPP is not installed: apt-get install libnet-smpp-perl")
    return perl


def test_it_binds_sends_asks_and_hears_of_receipts(perl: str) -> None:
    with Carrier("generic") as carrier:
        command = [perl, str(SCRIPT), carrier.host, str(carrier.port), SOURCE, ANA]
        done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_S_MAX, check=False)
        assert done.returncode == 0, done.stderr
        said: dict[str, dict[str, Any]] = {each["kind"]: each for each in map(json.loads, done.stdout.splitlines())}
        texts = [text.text for text in carrier.handset(ANA).inbox]

    assert said["bind"] == {"kind": "bind", "status": 0, "system_id": "generic"}
    assert said["submit_sm"]["status"] == 0
    assert said["deliver_sm"]["esm_class"] == EsmClass.DELIVERY_RECEIPT
    assert said["deliver_sm"]["short_message"].startswith(f"id:{said['submit_sm']['message_id']} sub:001 dlvrd:001")
    assert (said["query_sm"]["status"], said["query_sm"]["message_state"]) == (0, MessageState.DELIVERED)
    assert len(said["query_sm"]["final_date"]) == 16
    assert said["replace_sm"]["status"] == CommandStatus.ESME_RREPLACEFAIL, "it has arrived"
    assert said["cancel_sm"]["status"] == CommandStatus.ESME_RINVMSGID
    assert said["refused"]["status"] == CommandStatus.ESME_RINVDSTADR
    assert (said["data_sm"]["status"], bool(said["data_sm"]["message_id"])) == (0, True)
    assert (said["enquire_link"]["status"], said["unbind"]["status"]) == (0, 0)
    assert texts[0] == "Hello"
