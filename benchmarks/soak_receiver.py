"""The application of a soak: it hears status callbacks, refuses one in fifty, and remembers what it was told."""

import random
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

REFUSED_SHARE = 0.02
"""Of callbacks, answered with 500: each is tried again."""


class Receiver(ThreadingHTTPServer):
    """``told`` is the states that were told of each message and answered with 200, in order. While it ``is_well`` it
    refuses none."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Callback)
        self.told: dict[str, list[str]] = {}
        self.is_well = False
        self.dice = random.Random(7)
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/status"

    def told_wrongly(self, ended: Mapping[str, str], final: Collection[str]) -> list[str]:
        """The messages, by uuid with their final state, that it never heard to be over, or heard to be otherwise."""
        return [uuid for uuid, state in ended.items() if set(final) & set(self.told.get(uuid, ())) != {state}]

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a gateway that is killed breaks its connections."""


class _Callback(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        with self.server.lock:
            is_refused = not self.server.is_well and self.server.dice.random() < REFUSED_SHARE
            if not is_refused:
                self.server.told.setdefault(form["MessageUUID"][0], []).append(form["Status"][0])
        self.send_response(500 if is_refused else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *values: object) -> None:
        """Nothing: the count says it."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One that listens until the block ends."""
    with Receiver() as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield listening
        finally:
            listening.shutdown()
            thread.join()
