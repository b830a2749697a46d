"""Tests of a script that knows nothing of the lab: the fixture ``plivo_client`` turns its SDK to it."""

import io
import os
import subprocess
import sys
from pathlib import Path

import plivo
import pytest
from remind import remind  # type: ignore[import-not-found] # found where pytest runs this project

from powerpack_lab import Lab

ANA, BEN = "+14155550123", "+12125550124"
APPOINTMENTS = f"{ANA},9:30,Ana\n{BEN},10:15,Ben\n"


def test_everyone_is_reminded(powerpack_lab: Lab, plivo_client: plivo.RestClient) -> None:
    remind(powerpack_lab.powerpack_uuid, io.StringIO(APPOINTMENTS))

    powerpack_lab.handset(ANA).expect("Hello Ana, see you at 9:30.")
    powerpack_lab.handset(BEN).expect("Hello Ben, see you at 10:15.")


def test_who_said_stop_is_left_alone(powerpack_lab: Lab, plivo_client: plivo.RestClient) -> None:
    ana = powerpack_lab.handset(ANA)
    remind(powerpack_lab.powerpack_uuid, io.StringIO(APPOINTMENTS))
    ana.expect("Hello Ana")
    ana.reply("STOP")
    ana.expect("You have been unsubscribed")

    [uuid, _] = remind(powerpack_lab.powerpack_uuid, io.StringIO(APPOINTMENTS))
    powerpack_lab.advance(hours=1)

    message = plivo_client.messages.get(uuid)
    assert (message.message_state, message.error_code) == ("failed", "200")
    assert len(ana.texts) == 2


@pytest.mark.powerpack(carriers=["tmobile"])
def test_as_a_program_of_its_own_it_needs_to_know_where_the_lab_is(powerpack_lab: Lab) -> None:
    start = "import plivo.rest.client as c, remind, sys; c.PLIVO_API_BASE_URI = sys.argv[2]; "
    run = subprocess.run(
        [
            *(sys.executable, "-c", start + "print(*remind.remind(sys.argv[1], sys.stdin))"),
            *(powerpack_lab.powerpack_uuid, powerpack_lab.api_url),
        ],
        input=f"{ANA},9:30,Ana\n",
        env={**os.environ, "PLIVO_AUTH_ID": powerpack_lab.auth_id, "PLIVO_AUTH_TOKEN": powerpack_lab.auth_token},
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    powerpack_lab.handset(ANA).expect("Hello Ana")
