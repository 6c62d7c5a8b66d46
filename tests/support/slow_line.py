"""A slow connection to a server: a TCP proxy that delays every byte, in both directions, in order."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

PIECE = 2**16


class SlowLine:
    """The connection's address, and the delay of each byte in seconds, the same in both directions."""

    def __init__(self, server: str) -> None:
        self.address = ""
        self.seconds = 0.0
        self._server = urlsplit(server)
        self._loop: asyncio.AbstractEventLoop
        self._ended: asyncio.Event

    async def serve(self, started: threading.Event) -> None:
        """Serve until ``end`` is called; bytes still on their way are then lost."""
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(self._connect, "127.0.0.1") as proxy:
            self.address = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
            started.set()
            await self._ended.wait()

    def end(self) -> None:
        """End the connection; called from another thread."""
        self._loop.call_soon_threadsafe(self._ended.set)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._server.hostname, self._server.port)
        with suppress(ConnectionError, asyncio.CancelledError):  # closing the browser ends it
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            piece = b"any"
            while piece:
                due, piece = await on_the_way.get()
                await asyncio.sleep(due - clock())
                writer.write(piece)
                await writer.drain()
            writer.close()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(arrive())
            piece = b"any"
            while piece:
                piece = await reader.read(PIECE)
                on_the_way.put_nowait((clock() + self.seconds, piece))


@contextmanager
def slow_line(server: str) -> Iterator[SlowLine]:
    """Yield a connection to a server, with no delay until its ``seconds`` are set."""
    line, started = SlowLine(server), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(line.serve(started)), daemon=True)
    thread.start()
    started.wait()
    yield line
    line.end()
    thread.join()
