"""The websocket of a stream: frames in, answers out. A frame is in memory until it is answered, and nowhere else."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from typing import Any

from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from resnet_edu import config
from resnet_edu.halls.limits import Allowance
from resnet_edu.paths import ASSETS
from resnet_edu.ui.hall import visitors
from resnet_edu.ui.hall.addresses import base
from resnet_edu.ui.stream import viewers
from resnet_edu.ui.stream.line import Line, StreamPlace

MESSAGE_BYTES = 256 * 2**10
"""Noise of the largest side that is sent, as a JPEG of the best quality, has less."""
SAMPLES = ASSETS / "samples"
"""The gallery's pictures, which are a stream where there is no camera."""
IN_FLIGHT = 2
"""One frame is read while another is looked at."""
FRAMES_A_SECOND, FRAMES_AT_ONCE = 40.0, 80
"""Our script sends at most 35 a second; whoever sends more than this is cut off."""
MOST_CONNECTIONS = 100
SILENT_SECONDS = 10.0
"""Whoever is on and sends nothing for this long makes room."""
LOOK_SECONDS = 0.25
"""How often a connection looks where it stands in line."""
PATIENCE_SECONDS = 2.0
"""How long to wait for a browser to be told why its stream ends; it may be gone."""
ON_A_GPU = 4
THREADS = 8
DONE, UNSUPPORTED, TOO_FAST, TOO_LARGE = 1000, 1003, 1008, 1009
"""Why a connection is closed (RFC 6455, § 7.4.1)."""

log = logging.getLogger(__name__)
_threads = ThreadPoolExecutor(THREADS, "stream")


def routes() -> list[BaseRoute]:
    """For ``st.App``."""
    return [
        WebSocketRoute(f"{base()}stream/{{name}}", stream),
        Mount(f"{base()}samples", StaticFiles(directory=SAMPLES)),
    ]


@cache
def streams_at_once() -> int:
    """What ``RESNET_EDU_STREAMS`` says; without it one on a CPU, four on a GPU."""
    from resnet_edu.device import best_device  # imports torch, which is there when somebody streams

    by_device = 1 if best_device().type == "cpu" else ON_A_GPU
    asked = config.STREAMS.read()
    if asked is None:
        return by_device
    if not asked.isdecimal() or int(asked) < 1:
        log.warning("%s is %r, not a whole number from 1 on; %d at once", config.STREAMS.name, asked, by_device)
        return by_device
    return int(asked)


line = Line(streams_at_once)
_open: dict[str, "StreamConnection"] = {}


async def stream(socket: WebSocket) -> None:
    """The route: open as long as the browser sends frames, or waits in line to do so."""
    name = socket.path_params["name"]
    if viewers.find(name) is None or not visitors.is_from_our_page(socket):
        await socket.close()
        return
    await socket.accept()
    if name in _open:  # another tab, or a connection that was lost
        _open[name].end("elsewhere")
    if len(line) >= MOST_CONNECTIONS:
        await socket.send_json({"no": "full"})
        await socket.close()
        return
    await StreamConnection(socket, name).stay(leads=visitors.is_lecturer(socket))


class StreamConnection:
    """A browser's stream. Frames that come while others are looked at replace each other: the newest is next."""

    def __init__(self, socket: WebSocket, name: str) -> None:
        self._socket = socket
        self._name = name
        self._allowance = Allowance(FRAMES_A_SECOND, FRAMES_AT_ONCE)
        self._count = 0
        self._newest: tuple[int, float, bytes] | None = None
        self._news = asyncio.Event()
        self._sending = asyncio.Lock()
        self._over = asyncio.Event()
        self._why = ""
        self._heard = time.monotonic()

    async def stay(self, *, leads: bool) -> None:
        """Until either side ends it."""
        _open[self._name] = self
        line.join(self, leads=leads)
        works: list[Coroutine[Any, Any, object]] = [self._over.wait(), self._receive(), self._stand()]
        tasks = [asyncio.create_task(each) for each in (*works, *map(self._look, range(IN_FLIGHT)))]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in ended:
                each.result()
            if self._why:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._say_why(), PATIENCE_SECONDS)
        finally:
            for each in tasks:
                each.cancel()
            line.leave(self)
            if _open.get(self._name) is self:
                del _open[self._name]

    def end(self, why: str) -> None:
        """Have it say why, and close."""
        self._why = why
        self._over.set()

    async def _say_why(self) -> None:
        await self._send({"no": self._why})
        await self._close(DONE)

    async def _receive(self) -> None:
        while True:
            try:
                content = await self._socket.receive_bytes()
            except WebSocketDisconnect:
                return None
            except KeyError:  # a message of text has no bytes
                return await self._close(UNSUPPORTED)
            if len(content) > MESSAGE_BYTES:
                return await self._close(TOO_LARGE)
            if not self._allowance.use(""):
                return await self._close(TOO_FAST)
            self._count += 1
            self._heard = time.monotonic()
            if line.standing(self).before == 0:
                self._newest = (self._count, self._heard, content)
                self._news.set()

    async def _look(self, slot: int) -> None:
        """Answer one frame after the other."""
        loop = asyncio.get_running_loop()
        while True:
            await self._news.wait()
            self._news.clear()
            newest, self._newest = self._newest, None
            viewer = viewers.find(self._name)
            if newest is None or viewer is None:
                continue
            number, came, content = newest
            try:
                answer = await loop.run_in_executor(_threads, viewer.look, content, slot)
            except viewers.Unreadable:
                return await self._close(UNSUPPORTED)
            except Exception:  # a fault of ours: the log has it, the next frame may fare better
                log.exception("A frame could not be answered")
                answer = {"fault": True}
            held = round((time.monotonic() - came) * 1000, 1)
            await self._send({"frame": number, "held": held, **answer})

    async def _stand(self) -> None:
        """Tell where it stands whenever that changes."""
        told: StreamPlace | None = None
        while True:
            line.settle()
            standing = line.standing(self)
            if standing != told:
                told = standing
                await self._send(asdict(standing))
            if standing.before:
                self._heard = time.monotonic()  # whoever waits has nothing to send
            elif time.monotonic() - self._heard > SILENT_SECONDS:
                return self.end("silent")
            await asyncio.sleep(LOOK_SECONDS)

    async def _send(self, message: Mapping[str, Any]) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it has ended meanwhile
            async with self._sending:
                await self._socket.send_json(message)

    async def _close(self, code: int) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self._socket.close(code)
