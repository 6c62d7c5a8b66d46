"""What is common to the tickets of all engines: a task, and how it ended."""

from concurrent.futures import Future, wait
from typing import Any

from resnet_edu.vision.engine.protocol import AnyTask


class Outcome:
    """A task's result or error, as soon as there is one."""

    def __init__(self, task: AnyTask, session: str) -> None:
        self.task = task
        self.session = session
        self.ended: Future[Any] = Future()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False when the time is over first."""
        return bool(wait([self.ended], seconds).done)

    def result(self) -> Any:
        """The result of an ended task. Raises what the task raised, or ``Superseded``."""
        if not self.ended.done():
            raise RuntimeError("The task has not ended: wait() first.")
        return self.ended.result()

    def end(self, result: Any = None, error: BaseException | None = None) -> None:
        """Called once, by the engine."""
        if error is None:
            self.ended.set_result(result)
        else:
            self.ended.set_exception(error)
