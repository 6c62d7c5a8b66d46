"""The engine of an app process whose work is done on a Ray cluster, behind Ray Serve's HTTP proxy.

The process doesn't join the cluster, because Ray ends its members when the cluster goes, and Ray Client can't
stream. A request is one task and its answer a stream; hanging up cancels it.
"""

import asyncio
import atexit
import logging
import threading
from typing import Any

import aiohttp
from cachetools import LRUCache

from resnet_edu.errors import mark
from resnet_edu.vision.engine.messages import Answer, Forged, TaskStanding, sealed, unframed
from resnet_edu.vision.engine.protocol import (
    AnyTask,
    Superseded,
    TryLater,
    cut_off,
    is_private,
    queue_is_full,
    rank,
)
from resnet_edu.vision.engine.ticket import TaskOutcome

CONNECT_SECONDS = 5.0
SILENT_SECONDS = 60.0
"""Replicas send a heartbeat every few seconds; a proxy's queue may delay the first one."""
ATTEMPTS = 2
BUSY = 429
FORBIDDEN = 403
UNKNOWN = 404
"""From a proxy that doesn't know the application yet, or no longer."""
FAILED = 500
"""From here on: no replica has taken the task, or the replica disappeared before replying."""

log = logging.getLogger(__name__)


class Unreachable(TryLater):
    """Raised when no replica can be asked now; the longer interval keeps a class from asking constantly."""

    seconds = 3.0


class RayTicket(TaskOutcome):
    """One session's interest in a call."""

    def __init__(self, engine: "RayEngine", call: "Call | None", task: AnyTask, session: str) -> None:
        super().__init__(task, session)
        self._engine = engine
        self.call = call

    @property
    def place(self) -> int:
        """The number of tasks ahead of it; 0 once it runs or has ended."""
        return 0 if self.call is None or self.has_ended else self._engine.place_of(self.call)

    @property
    def progress(self) -> float:
        """The fraction done, as reported by the task."""
        return 0.0 if self.call is None else self.call.share

    def stop(self) -> None:
        """Give up the result; the ticket ends at once, and the call too if nobody else wants it."""
        self._engine.withdraw(self)


class Call:
    """One request to the cluster, shared by all sessions that ask for the same.

    ``heard`` is the number of tasks ahead of it according to the replica; None until it has replied.
    """

    def __init__(self, task: AnyTask) -> None:
        self.task = task
        self.tickets: list[RayTicket] = []
        self.heard: int | None = None
        self.share = 0.0
        self.request: Any = None


class RayEngine:
    """Asks a cluster at ``address``, the URL of Ray Serve's proxy or of a load balancer for several.

    ``key`` signs the messages. ``capacity`` limits this process's waiting tasks, ``results`` the cached
    results, which are available even when the cluster isn't.
    """

    def __init__(self, address: str, key: bytes, capacity: int = 256, results: int = 256) -> None:
        self._address = address
        self._key = key
        self._capacity = capacity
        self._results: LRUCache[Any, Any] = LRUCache(results)
        self._calls: dict[Any, Call] = {}
        self._changed = threading.Lock()
        self._device = ""
        self._is_reachable = True
        self._http: aiohttp.ClientSession | None = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="ray-engine", daemon=True).start()
        atexit.register(self.close)

    @property
    def device_name(self) -> str:
        """The device of the replica that answered last, named for the reader."""
        return f"{self._device} · Ray Serve" if self._device else "Ray Serve"

    def submit(self, task: AnyTask, session: str) -> RayTicket:
        """Request a task, replacing the session's other one. Raises ``QueueFull``."""
        with self._changed:
            for older in self._tickets_of(session):
                if older.task.key != task.key:
                    self._end(older, error=Superseded())
            if task.key in self._results:
                ticket = RayTicket(self, None, task, session)
                ticket.end(self._results[task.key])
                return ticket
            call = self._calls.get(task.key)
            if call is None:
                running = sum(call.heard == 0 for call in self._calls.values())
                waiting = max(0, len(self._calls) - max(1, running))
                if waiting >= self._capacity:
                    raise queue_is_full(waiting)
                call = self._calls[task.key] = Call(task)
                call.request = asyncio.run_coroutine_threadsafe(self._attend(call), self._loop)
            ticket = RayTicket(self, call, task, session)
            call.tickets.append(ticket)
        return ticket

    def place_of(self, call: Call) -> int:
        """Return the place reported by the replica, or until then the place among this process's own calls."""
        with self._changed:
            if call.heard is not None:
                return call.heard
            in_order = sorted(self._calls.values(), key=lambda each: (each.heard != 0, rank(each.task)))
            return in_order.index(call) if call in in_order else 0

    def withdraw(self, ticket: RayTicket) -> None:
        """End a ticket whose result nobody wants."""
        with self._changed:
            self._end(ticket, error=Superseded())

    def close(self) -> None:
        """Close all connections."""
        atexit.unregister(self.close)
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(CONNECT_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def _tickets_of(self, session: str) -> list[RayTicket]:
        return [each for call in self._calls.values() for each in call.tickets if each.session == session]

    def _end(self, ticket: RayTicket, result: Any = None, error: BaseException | None = None) -> None:
        """End a ticket and, if it was the call's last, the call. The lock must be held."""
        call = ticket.call
        if call is None or ticket not in call.tickets:
            return
        call.tickets.remove(ticket)
        ticket.end(result, error)
        if not call.tickets and self._calls.get(call.task.key) is call:
            del self._calls[call.task.key]
            call.request.cancel()

    async def _attend(self, call: Call) -> None:
        """Make the request and end all tickets of the call."""
        result, error = None, None
        try:
            result = await self._ask(call)
        except Exception as raised:  # it belongs to whoever waits for it
            error = raised
        with self._changed:
            if self._calls.get(call.task.key) is call:
                del self._calls[call.task.key]
            if error is None and self._results.maxsize and not is_private(call.task):
                self._results[call.task.key] = result
            for ticket in list(call.tickets):
                self._end(ticket, result, error)

    async def _ask(self, call: Call) -> Any:
        """Return the result, replacing a lost replica once; raises what the reader is told."""
        lost: Exception | None = None
        for attempt in range(ATTEMPTS):
            try:
                return self._unwrap(await self._request(call))
            except aiohttp.ClientConnectorError as error:
                raise self._unreachable(str(error)) from error
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                log.warning("A replica was lost with a task, attempt %d: %s", attempt + 1, error or type(error))
                call.heard, call.share, lost = None, 0.0, error
        if isinstance(lost, aiohttp.ClientOSError | aiohttp.ServerDisconnectedError):  # not even the proxy is left
            raise self._unreachable(str(lost)) from lost
        raise cut_off()

    async def _request(self, call: Call) -> Answer:
        """Make one request; raises ``aiohttp.ClientError`` if it ends without an answer."""
        body = sealed(call.task, self._key)
        async with (await self._session()).post(self._address, data=body) as response:
            await self._check(response)
            async for message in unframed(response.content.iter_any(), self._key):
                if isinstance(message, Answer):
                    return message
                self._hear(call, message)
        raise aiohttp.ClientPayloadError("The stream ended without an answer")

    async def _check(self, response: aiohttp.ClientResponse) -> None:
        """Raise the error that a response other than a replica's stream stands for."""
        if response.ok:
            return
        said = f"{response.status} {await response.text()}"
        if response.status == BUSY:
            with self._changed:
                raise queue_is_full(len(self._calls))
        if response.status == FORBIDDEN:
            raise Forged(said)
        if response.status == UNKNOWN or response.status >= FAILED:
            raise self._unreachable(said)
        raise RuntimeError(f"The cluster refuses the task: {said}")

    def _unreachable(self, reason: str) -> Unreachable:
        """Return what the reader is told while no replica can be asked; log it once."""
        if self._is_reachable:
            log.warning("The cluster can't be reached: %s", reason)
        self._is_reachable = False
        return Unreachable(
            mark(
                "The machines that compute can't be reached now. What has been computed before is still shown; your"
                " question is kept and asked again by itself."
            )
        )

    def _hear(self, call: Call, standing: TaskStanding) -> None:
        with self._changed:
            call.heard, call.share = standing.place, standing.share

    def _unwrap(self, answer: Answer) -> Any:
        if not self._is_reachable:
            log.warning("The cluster answers again")
        self._is_reachable = True
        self._device = answer.device
        if answer.error is not None:
            raise answer.error
        if answer.fault:
            raise RuntimeError(f"On the cluster:\n{answer.fault}")
        return answer.result

    async def _session(self) -> aiohttp.ClientSession:
        """Return the session for all requests, created in the loop that uses it."""
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS)
            self._http = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))
        return self._http
