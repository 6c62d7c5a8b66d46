"""The engine of one process: a bounded queue, one worker that owns the device, a cache."""

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, TypeVar

import torch

from resnet_edu.device import best_device, device_name, is_out_of_memory
from resnet_edu.errors import UserError, mark
from resnet_edu.vision.catalogue import Net, load
from resnet_edu.vision.engine.protocol import Loaded, QueueFull, Superseded, Task, forward, move_to_cpu
from resnet_edu.worker import Worker

T = TypeVar("T")
log = logging.getLogger(__name__)

Loader = Callable[[Net], torch.nn.Module]


class LocalTicket:
    """A task's place in the queue and, in the end, its result or error."""

    def __init__(self, engine: "LocalEngine", task: Task[Any], session: str) -> None:
        self.task = task
        self.session = session
        self._engine = engine
        self._ended = threading.Event()
        self._stopped = False
        self._share = 0.0
        self._result: Any = None
        self._error: BaseException | None = None

    @property
    def place(self) -> int:
        """How many tasks are before it; 0 when it runs or has ended."""
        return self._engine.place_of(self)

    @property
    def progress(self) -> float:
        """The share that is done, as far as the task tells."""
        return self._share

    def advance(self, share: float) -> None:
        """Called by the running task between its pieces. Raises ``Superseded`` when it has been stopped."""
        if self._stopped:
            raise Superseded
        self._share = share
        self._engine.serve_quick()

    def stop(self) -> None:
        """The result is no longer wanted; a running task ends at its next piece, a waiting one at once."""
        self._stopped = True
        self._engine.withdraw(self)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False when the time is over first."""
        return self._ended.wait(seconds)

    def result(self) -> Any:
        """The result of an ended task. Raises what the task raised, or ``Superseded``."""
        if not self._ended.is_set():
            raise RuntimeError("The task has not ended: wait() first.")
        if self._error is not None:
            raise self._error
        return self._result

    def end(self, result: Any = None, error: BaseException | None = None) -> None:
        """Called once, by the engine."""
        self._result, self._error = result, error
        self._ended.set()


class LocalEngine:
    """Runs tasks one after the other on the best device.

    ``capacity`` bounds the waiting tasks, ``results`` the cached results and ``models`` the nets
    kept in memory; the least recently used goes first.
    """

    def __init__(
        self,
        device: torch.device | None = None,
        loader: Loader = load,
        capacity: int = 256,
        results: int = 256,
        models: int = 3,
    ) -> None:
        self.device = device or best_device()
        self._loader = loader
        self._capacity = capacity
        self._results: _Recent[Any] = _Recent(results)
        self._models: _Recent[Loaded] = _Recent(models)
        self._waiting: deque[LocalTicket] = deque()
        self._changed = threading.Condition()
        self._running: LocalTicket | None = None
        self._worker = Worker("engine", self._work, self._changed)

    @property
    def device_name(self) -> str:
        """The device as a person knows it."""
        return device_name(self.device)

    def submit(self, task: Task[Any], session: str) -> LocalTicket:
        """Queue a task; it replaces the session's waiting one and stops its running one. Raises ``QueueFull``."""
        ticket = LocalTicket(self, task, session)
        with self._changed:
            for older in [waiting for waiting in self._waiting if waiting.session == session]:
                self._waiting.remove(older)
                older.end(error=Superseded())
            running = self._running
            if running and running.session == session and running.task.key != task.key:
                running.stop()
            if task.key in self._results:
                ticket.end(self._results[task.key])
            elif len(self._waiting) >= self._capacity:
                raise QueueFull(
                    mark("The queue is full: {waiting} pictures are waiting. Yours is kept and tried again by itself."),
                    waiting=len(self._waiting),
                )
            else:
                self._waiting.append(ticket)
                self._changed.notify()
        return ticket

    def place_of(self, ticket: LocalTicket) -> int:
        """How many tasks are before the ticket's, the running one included."""
        with self._changed:
            if ticket not in self._waiting:
                return 0
            return self._in_order().index(ticket) + (self._running is not None)

    def withdraw(self, ticket: LocalTicket) -> None:
        """Take a ticket out of the queue, if it waits there."""
        with self._changed:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                ticket.end(error=Superseded())

    def _work(self, worker: Worker) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or worker.closing)
            if worker.closing:
                return
            ticket = self._running = self._in_order()[0]
            self._waiting.remove(ticket)
        try:
            self._finish(ticket)
        finally:
            with self._changed:
                self._running = None

    def _in_order(self) -> list[LocalTicket]:
        """The waiting tasks, quick ones first."""
        return sorted(self._waiting, key=lambda waiting: _is_long(waiting.task))

    def serve_quick(self) -> None:
        """Between two pieces of a long task: who asks for little doesn't wait for who asks for much."""
        while True:
            with self._changed:
                ticket = next((waiting for waiting in self._waiting if not _is_long(waiting.task)), None)
                if ticket is None:
                    return
                self._waiting.remove(ticket)
            with torch.inference_mode(False), torch.enable_grad():  # as if nothing were around it
                self._finish(ticket)

    def _finish(self, ticket: LocalTicket) -> None:
        try:
            ticket.end(self._run(ticket))
        except Exception as error:  # whatever a task raises belongs to whoever waits for it
            ticket.end(error=self._out_of_memory(ticket) if is_out_of_memory(error) else error)
        except BaseException:  # what kills the worker: the next request finds it at work
            log.exception("A task was killed")
            ticket.end(error=UserError(mark("The computation was cut off. Choose the picture again to repeat it.")))

    def _out_of_memory(self, ticket: LocalTicket) -> UserError:
        """The nets in memory are let go, so that another, or this one alone, may fit."""
        log.warning("Memory is exhausted; %s was not computed", ticket.task.net.id)
        self._models.clear()
        return UserError(
            mark("There is not enough memory for {net} now. Try again in a moment, or choose a smaller net."),
            net=ticket.task.net.title,
        )

    def _run(self, ticket: LocalTicket) -> Any:
        task = ticket.task
        with self._changed:
            if task.key in self._results:  # the same picture may have been waiting twice
                return self._results[task.key]
        loaded = self._loaded(task.net)
        unheard, loaded.advance = loaded.advance, ticket.advance
        try:
            result = task.run(loaded)
        finally:
            loaded.advance = unheard
        with self._changed:
            self._results[task.key] = result
        return result

    def _loaded(self, net: Net) -> Loaded:
        key = (net.id, net.path, net.source)
        if key not in self._models:
            loaded = Loaded(net, self._loader(net), self.device)
            try:
                loaded.model.to(self.device)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                move_to_cpu(loaded)
            side = net.preprocessing.crop
            forward(loaded, torch.zeros(1, 3, side, side))  # the first pass is slow; measure later ones
            self._models[key] = loaded
        return self._models[key]


def _is_long(task: Task[Any]) -> bool:
    """Whether a task says of itself that it goes many times through the net, and tells its progress."""
    return bool(getattr(task, "is_long", False))


class _Recent(OrderedDict[Any, T]):
    """A dictionary that forgets what was used longest ago."""

    def __init__(self, bound: int) -> None:
        super().__init__()
        self._bound = bound

    def __getitem__(self, key: Any) -> T:
        self.move_to_end(key)
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: T) -> None:
        super().__setitem__(key, value)
        while len(self) > self._bound:
            self.popitem(last=False)
