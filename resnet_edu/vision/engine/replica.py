"""One owner of a device on a cluster: a local engine behind HTTP, with one streamed request per task."""

import asyncio
import contextlib
import logging
import traceback
import uuid
from collections.abc import AsyncIterator, Sequence

import torch
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from resnet_edu.errors import UserError
from resnet_edu.vision.engine.local import LocalEngine, LocalTicket
from resnet_edu.vision.engine.messages import OURS, Answer, Forged, TaskStanding, framed, key_from_environment, opened
from resnet_edu.vision.engine.protocol import QueueFull

LOOK_SECONDS = 0.25
HEARTBEAT_SECONDS = 5.0

log = logging.getLogger(__name__)


class Replica:
    """Runs tasks on its device.

    ``capacity`` limits the waiting tasks, ``batch`` the pictures that share a forward pass, ``threads`` what
    torch may use; only tasks of ``packages`` are accepted. Hanging up cancels a task.
    """

    def __init__(self, capacity: int, batch: int, threads: int, packages: Sequence[str] = OURS) -> None:
        torch.set_num_threads(threads)
        self._packages = packages
        self._key = key_from_environment()
        self._engine = LocalEngine(capacity=capacity, batch=batch)

    async def __call__(self, request: Request) -> Response:
        """Take a sealed task; stream its progress and finally its ``Answer``."""
        try:
            task = opened(await request.body(), self._key, self._packages)
        except Forged:
            log.warning("A message with a wrong signature was refused")
            return Response("The signature is wrong.", status_code=403)
        except Exception as error:  # such as a task from a different version of this program
            log.exception("A task could not be read")
            return Response(f"The task could not be read: {error!r}", status_code=400)
        try:
            ticket = self._engine.submit(task, uuid.uuid4().hex)
        except QueueFull as full:
            return Response(framed(Answer(self._engine.device_name, error=full), self._key))
        return StreamingResponse(self.attend(ticket))

    async def attend(self, ticket: LocalTicket) -> AsyncIterator[bytes]:
        """Yield a task's progress whenever it changes, a heartbeat every few seconds, and the answer."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        ticket.when_ended(lambda: loop.call_soon_threadsafe(ended.set))
        told, last = TaskStanding(-1, 0.0), loop.time()
        try:
            while not await _comes(ended, LOOK_SECONDS):
                standing = TaskStanding(ticket.place, ticket.progress)
                if standing != told or loop.time() - last > HEARTBEAT_SECONDS:
                    told, last = standing, loop.time()
                    yield framed(standing, self._key)
            yield framed(self._answer(ticket), self._key)
        finally:
            ticket.stop()

    def _answer(self, ticket: LocalTicket) -> Answer:
        device = self._engine.device_name
        try:
            return Answer(device, ticket.result())
        except UserError as error:
            return Answer(device, error=error)
        except Exception as error:  # a bug: both logs have it, and the replica serves the others
            log.exception("A task failed")
            return Answer(device, fault="".join(traceback.format_exception(error)))


async def _comes(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event; return False on a timeout."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
