"""Reminds people of their appointments: ``python remind.py POWERPACK_UUID < appointments.csv``.

One line a person: number, time, name. The account comes from the environment, as the Plivo SDK reads it.
"""

import csv
import sys
from typing import TextIO

import plivo


def remind(powerpack_uuid: str, appointments: TextIO) -> list[str]:
    """Send all reminders; the uuids of the messages."""
    client = plivo.RestClient()
    try:
        sent = [
            client.messages.create(
                powerpack_uuid=powerpack_uuid,
                dst=number,
                text=f"Hello {name}, see you at {time}. Reply STOP to end reminders.",
            )
            for number, time, name in csv.reader(appointments)
        ]
        return [each.message_uuid[0] for each in sent]
    finally:
        client.session.close()


if __name__ == "__main__":
    sys.stdout.write("\n".join(remind(sys.argv[1], sys.stdin)) + "\n")
