"""The engine of one process: a bounded queue, a worker that owns the device, a cache."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any

import torch
from cachetools import LRUCache

from resnet_edu.device import best_device, device_name, is_out_of_memory
from resnet_edu.errors import UserError, mark
from resnet_edu.vision.catalogue import Net, load
from resnet_edu.vision.engine.protocol import (
    AnyTask,
    Loaded,
    Superseded,
    cut_off,
    forward,
    is_long,
    is_private,
    is_streamed,
    move_to_cpu,
    queue_is_full,
    rank,
)
from resnet_edu.vision.engine.ticket import TaskOutcome
from resnet_edu.worker import Worker

log = logging.getLogger(__name__)

NEXT_QUESTION_SECONDS = 0.03
"""How long a page takes between an answer and its next question."""
RESULTS = 256
"""Number of cached results; the least recently used is dropped first."""

Loader = Callable[[Net], torch.nn.Module]


class LocalTicket(TaskOutcome):
    """A task's place in the queue and, eventually, its result or error."""

    def __init__(self, engine: "LocalEngine", task: AnyTask, session: str) -> None:
        super().__init__(task, session)
        self._engine = engine
        self._stopped = False
        self._share = 0.0

    @property
    def place(self) -> int:
        """The number of tasks ahead of it; 0 once it runs or has ended."""
        return self._engine.place_of(self)

    @property
    def progress(self) -> float:
        """The fraction done, as reported by the task."""
        return self._share

    def advance(self, share: float) -> None:
        """Report progress between two steps of the running task. Raises ``Superseded`` if it has been stopped."""
        if self._stopped:
            raise Superseded
        self._share = share
        self._engine.serve_quick()

    def stop(self) -> None:
        """Give up the result; a running task ends at its next step, a waiting one at once."""
        self._stopped = True
        self._engine.withdraw(self)


class LocalEngine:
    """Runs tasks one after the other on the best device.

    ``capacity`` limits the waiting tasks and ``models`` the nets kept in memory, of which the least recently
    used is dropped first. Up to ``batch`` compatible tasks that are waiting at the same moment share a pass;
    none waits for others to arrive.
    """

    def __init__(
        self,
        device: torch.device | None = None,
        loader: Loader = load,
        capacity: int = 256,
        models: int = 3,
        batch: int = 1,
    ) -> None:
        self.device = device or best_device()
        self._loader = loader
        self._capacity = capacity
        self._batch = batch
        self._results: LRUCache[Any, Any] = LRUCache(RESULTS)
        self._models: LRUCache[Any, Loaded] = LRUCache(models)
        self._waiting: deque[LocalTicket] = deque()
        self._changed = threading.Condition()
        self._running: list[LocalTicket] = []
        self._worker = Worker("engine", self._work, self._changed)

    @property
    def device_name(self) -> str:
        """The device's name for the reader."""
        return device_name(self.device)

    def submit(self, task: AnyTask, session: str) -> LocalTicket:
        """Queue a task, replacing the session's waiting one and stopping its running one. Raises ``QueueFull``."""
        ticket = LocalTicket(self, task, session)
        with self._changed:
            for older in [waiting for waiting in self._waiting if waiting.session == session]:
                self._waiting.remove(older)
                older.end(error=Superseded())
            for running in self._running:
                if running.session == session and running.task.key != task.key:
                    running.stop()
            if task.key in self._results:
                ticket.end(self._results[task.key])
            elif len(self._waiting) >= self._capacity:
                raise queue_is_full(len(self._waiting))
            else:
                self._waiting.append(ticket)
                self._changed.notify()
        return ticket

    def place_of(self, ticket: LocalTicket) -> int:
        """Return the number of tasks ahead of the ticket's, including the running one."""
        with self._changed:
            if ticket not in self._waiting:
                return 0
            return self._in_order().index(ticket) + len(self._running)

    def withdraw(self, ticket: LocalTicket) -> None:
        """Remove a ticket from the queue, if it is still waiting."""
        with self._changed:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                ticket.end(error=Superseded())

    def _work(self, worker: Worker) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or worker.closing)
            if worker.closing:
                return
            self._running = tickets = self._take(self._in_order())
        try:
            self._finish(tickets)
        finally:
            with self._changed:
                self._running = []

    def _in_order(self) -> list[LocalTicket]:
        """Return the waiting tasks, quick ones first."""
        return sorted(self._waiting, key=lambda waiting: rank(waiting.task))

    def _quick(self) -> list[LocalTicket]:
        return [each for each in self._in_order() if not is_long(each.task) and not is_streamed(each.task)]

    def _streamed(self) -> list[LocalTicket]:
        return [each for each in self._in_order() if is_streamed(each.task)]

    def _take(self, waiting: list[LocalTicket]) -> list[LocalTicket]:
        """Dequeue the first waiting task and others that can share its pass right now."""
        chosen = {waiting[0].task.key: waiting[0]}
        together = _batch_key(waiting[0].task)
        for ticket in waiting[1:] if together is not None else ():
            if len(chosen) < self._batch and _batch_key(ticket.task) == together:
                chosen.setdefault(ticket.task.key, ticket)
        for ticket in chosen.values():
            self._waiting.remove(ticket)
        return list(chosen.values())

    def serve_quick(self) -> None:
        """Run quick tasks between two steps of a long one, so that they don't have to wait for it.

        A page asks one question after the other; the next one need not wait for another piece. A stream, which asks
        without end, has one frame answered: it neither stands still nor keeps the long task from its next piece.
        """
        patience = 0.0
        while self._serve(self._quick, patience):
            patience = NEXT_QUESTION_SECONDS
        self._serve(self._streamed, 0.0)

    def _serve(self, whom: Callable[[], list[LocalTicket]], patience: float) -> bool:
        """Within another task: the first of them, if any comes in time."""
        with self._changed:
            if not self._changed.wait_for(whom, patience):
                return False
            tickets = self._take(whom())
        with torch.inference_mode(False), torch.enable_grad():  # as if nothing were around it
            self._finish(tickets)
        return True

    def _finish(self, tickets: list[LocalTicket]) -> None:
        ticket, *others = tickets
        try:
            results = self._run(tickets)
        except Exception as error:  # whatever a task raises belongs to whoever waits for it
            if others:  # tasks that shared a pass fail or succeed alone
                for each in tickets:
                    self._finish([each])
                return
            ticket.end(error=self._out_of_memory(ticket) if is_out_of_memory(error) else error)
        except BaseException:  # whatever kills the worker: the next request finds it at work
            log.exception("A task was killed")
            for each in tickets:
                each.end(error=cut_off())
        else:
            for each, result in zip(tickets, results, strict=True):
                each.end(result)

    def _out_of_memory(self, ticket: LocalTicket) -> UserError:
        """Release the nets in memory, so that another one, or this one alone, may fit."""
        net: Net | None = getattr(ticket.task, "net", None)
        log.warning("Memory is exhausted; %s was not computed", net.id if net else ticket.task)
        self._models.clear()
        if net is None:
            return UserError(mark("The memory is full now. Try again in a moment."))
        return UserError(
            mark("There is not enough memory for {net} now. Try again in a moment, or choose a smaller net."),
            net=net.title,
        )

    def _run(self, tickets: list[LocalTicket]) -> list[Any]:
        """Return the results, reusing cached ones, because the same picture may have been queued twice."""
        with self._changed:
            known = {each.task.key: self._results[each.task.key] for each in tickets if each.task.key in self._results}
        new = [each for each in tickets if each.task.key not in known]
        for each, result in zip(new, self._compute(new) if new else [], strict=True):
            known[each.task.key] = result
            if not is_private(each.task):
                with self._changed:
                    self._results[each.task.key] = result
        return [known[each.task.key] for each in tickets]

    def _compute(self, tickets: list[LocalTicket]) -> list[Any]:
        task: Any = tickets[0].task
        if not hasattr(task, "net"):
            in_steps = getattr(task, "compute_in_steps", None)
            return [in_steps(tickets[0].advance) if in_steps else task.compute()]
        loaded = self._loaded(task.net)
        if len(tickets) > 1:
            return list(task.run_together(loaded, [each.task for each in tickets]))
        unheard, loaded.advance = loaded.advance, tickets[0].advance
        try:
            return [task.run(loaded)]
        finally:
            loaded.advance = unheard

    def _loaded(self, net: Net) -> Loaded:
        if net not in self._models:
            loaded = Loaded(net, self._loader(net), self.device)
            try:
                loaded.model.to(self.device)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                move_to_cpu(loaded)
            side = net.preprocessing.crop
            forward(loaded, torch.zeros(1, 3, side, side))  # the first pass is slow; measure later ones
            self._models[net] = loaded
        return self._models[net]


def _batch_key(task: AnyTask) -> Hashable:
    """Return a value that is equal for tasks that can share a pass; None for others."""
    return getattr(task, "batch_key", None)
