"""A wire to a PostgreSQL server that can be cut, before a request arrives or before its answer does, or
after the server's last word, with its end still to be seen."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PORT = 5433


class CutWire:
    """Listens beside the server's socket and passes everything on."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._folder = Path(parse_qs(parts.query)["host"][0])
        self.url = f"{url}&port={PORT}"
        self.loses_requests = False
        self.loses_answers = False
        self.loses_ends = False
        self.server_ended = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        """Be reachable."""
        self._server = await asyncio.start_unix_server(self._connected, self._path(PORT))

    async def close(self) -> None:
        """Be gone, with everything that ran over it."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self._path(PORT).unlink()
        self.cut()
        await asyncio.gather(*self._tasks)

    def cut(self) -> None:
        """End all connections at both ends."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    def _path(self, port: int) -> Path:
        return self._folder / f".s.PGSQL.{port}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server_reader, to_server = await asyncio.open_unix_connection(self._path(5432))
        self._writers += [writer, to_server]
        for source, target, is_request in ((reader, to_server, True), (to_server_reader, writer, False)):
            task = asyncio.create_task(self._pass_on(source, target, is_request=is_request))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, is_request: bool) -> None:
        try:
            while octets := await source.read(65_536):
                if self.loses_requests if is_request else self.loses_answers:
                    break
                target.write(octets)
                await target.drain()
        except ConnectionError:
            pass
        if not is_request:
            self.server_ended.set()
        if not self.loses_ends:
            self.cut()
