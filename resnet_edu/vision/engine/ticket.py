"""Shared by the tickets of all engines: a task, and how it ended."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from resnet_edu.vision.engine.protocol import AnyTask


class TaskOutcome:
    """A task's result or error, once there is one.

    A session keeps its tickets as long as it is open, and a class opens thousands: whatever only serves
    waiting is released at the end.
    """

    def __init__(self, task: AnyTask, session: str) -> None:
        self.task = task
        self.session = session
        self._result: Any = None
        self._error: BaseException | None = None
        self._pending: Future[None] | None = Future()

    @property
    def has_ended(self) -> bool:
        """Whether there is a result or an error."""
        return self._pending is None

    def when_ended(self, call: Callable[[], object]) -> None:
        """Call ``call`` at the end, in the engine's thread, or at once if the task has ended."""
        pending = self._pending
        if pending is None:
            call()
        else:
            pending.add_done_callback(lambda _: call())

    def wait(self, seconds: float) -> bool:
        """Wait for its end; return False on a timeout."""
        pending = self._pending
        if pending is not None:
            try:
                pending.result(seconds)
            except TimeoutError:
                return False
        return True

    def result(self) -> Any:
        """Return the result of an ended task. Raises what the task raised, or ``Superseded``."""
        if not self.has_ended:
            raise RuntimeError("The task has not ended: wait() first.")
        if self._error is not None:
            raise self._error
        return self._result

    def end(self, result: Any = None, error: BaseException | None = None) -> None:
        """Record the end; called once, by the engine."""
        pending = self._pending
        if pending is None:
            raise RuntimeError("The task has ended before.")
        self._result, self._error = result, error
        self._pending = None
        pending.set_result(None)
