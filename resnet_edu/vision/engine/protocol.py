"""What a page can ask of an engine, local or distributed."""

import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from resnet_edu.device import autocast, inference_dtype, is_out_of_memory, synchronize
from resnet_edu.errors import UserError, mark
from resnet_edu.vision.catalogue import Net

log = logging.getLogger(__name__)

T_co = TypeVar("T_co", covariant=True)


def _unheard(share: float) -> None:
    """Ignore progress."""


@dataclass
class Loaded:
    """A net with its weights on a device, which may become the CPU when memory runs out.

    ``note`` is a source string that tells the reader when that has happened. A long task calls ``advance``
    between its steps with the fraction done; it raises ``Superseded`` if the result is no longer wanted.
    """

    net: Net
    model: nn.Module
    device: torch.device
    note: str = ""
    advance: Callable[[float], None] = _unheard


def move_to_cpu(loaded: Loaded) -> None:
    """Continue on the CPU, as a last resort when the device's memory is exhausted, and tell the reader."""
    log.warning("Memory of %s is exhausted; %s goes on on the CPU", loaded.device, loaded.net.id)
    loaded.device = torch.device("cpu")
    loaded.model.to(loaded.device)
    loaded.note = mark("The device's memory was full, so this net runs on the CPU, more slowly.")


def forward(loaded: Loaded, batch: Tensor, run: Callable[[nn.Module, Tensor], Tensor] = nn.Module.__call__) -> Tensor:
    """Map (N, 3, H, W) pictures to (N, classes) float32 logits on the CPU; ``run`` replaces the net's forward pass.

    Computes in float32 on the CPU, with autocast on CUDA. If memory runs out, the batch is halved repeatedly;
    if even a single picture doesn't fit, the net moves to the CPU.
    """
    try:
        with torch.inference_mode(), autocast(loaded.device, inference_dtype(loaded.device)):
            logits = run(loaded.model, batch.to(loaded.device))
            synchronize(loaded.device)
            return logits.float().cpu()
    except RuntimeError as error:
        if not is_out_of_memory(error) or (len(batch) == 1 and loaded.device.type == "cpu"):
            raise
    if len(batch) > 1:
        half = len(batch) // 2
        return torch.cat([forward(loaded, batch[:half], run), forward(loaded, batch[half:], run)])
    move_to_cpu(loaded)
    return forward(loaded, batch, run)


class Task(Protocol[T_co]):
    """A computation with one net: a frozen dataclass of plain values, equal if its result is.

    A task that needs many passes sets ``is_long`` and calls ``Loaded.advance`` between its steps, with no
    hook in place: the engine then serves quick tasks, beginning with those that set ``is_answer`` because a
    reader has submitted a picture. Results of tasks that set ``is_private`` are not cached for others. A task
    that can share a pass has a ``batch_key``, equal for compatible tasks, and ``run_together``, which takes
    the net and the tasks and returns their results.
    """

    @property
    def net(self) -> Net:
        """The net it needs."""

    @property
    def key(self) -> Hashable:
        """What determines the result: the picture's SHA-256, the net and the options."""

    def run(self, loaded: Loaded) -> T_co:
        """Compute the result. Called by the only thread that owns the device; must not use streamlit."""


class OwnNets(Protocol[T_co]):
    """A computation that builds the nets it needs, and is otherwise like a ``Task``.

    A long one may have ``compute_in_steps`` instead, which is given what to call between its steps.
    """

    @property
    def key(self) -> Hashable:
        """What determines the result."""

    def compute(self) -> T_co:
        """Compute the result. Called by the only thread that owns the device; must not use streamlit."""


AnyTask = Task[Any] | OwnNets[Any]


class Ticket(Protocol[T_co]):
    """A submitted task."""

    @property
    def place(self) -> int:
        """The number of tasks ahead of it; 0 once it runs or has ended."""

    @property
    def progress(self) -> float:
        """The fraction done, as reported by the task."""

    def wait(self, seconds: float) -> bool:
        """Wait for its end; return False on a timeout."""

    def stop(self) -> None:
        """Give up the result; the task ends with ``Superseded`` at its next step."""

    def result(self) -> T_co:
        """Return the result of an ended task. Raises what the task raised, or ``Superseded``."""


class Engine(Protocol):
    """The owner of models and device."""

    @property
    def device_name(self) -> str:
        """The device's name for the reader."""

    def submit(self, task: Task[T_co] | OwnNets[T_co], session: str) -> Ticket[T_co]:
        """Queue a task, replacing the session's waiting one and stopping its running one. Raises ``QueueFull``."""


class TryLater(UserError):
    """Raised when a task can't be taken now; the caller submits it again after ``seconds``."""

    seconds = 0.25


class QueueFull(TryLater):
    """Raised when the queue is at its limit."""


class Superseded(Exception):
    """Raised when a newer task of the same session has replaced this one, or the reader has stopped it."""


def is_long(task: AnyTask) -> bool:
    """Return whether a task declares that it needs many passes and reports its progress."""
    return bool(getattr(task, "is_long", False))


def is_streamed(task: AnyTask) -> bool:
    """Whether a task is a frame of a stream, after which the next one comes anyway."""
    return bool(getattr(task, "is_streamed", False))


def is_private(task: AnyTask) -> bool:
    """Whether a task's result is for whoever waits for it alone, and not kept."""
    return bool(getattr(task, "is_private", False))


def rank(task: AnyTask) -> int:
    """Waiting tasks are served in this order: what a net answers, what is inside it, what takes long, streams."""
    if is_streamed(task):
        return 3
    return 2 if is_long(task) else 0 if getattr(task, "is_answer", False) else 1


def queue_is_full(waiting: int) -> QueueFull:
    """Return what a newcomer is told when the queue is full."""
    return QueueFull(
        mark("The queue is full: {waiting} pictures are waiting. Yours is kept and tried again by itself."),
        waiting=waiting,
    )


def cut_off() -> UserError:
    """Return what the reader is told when a task was killed."""
    return UserError(mark("The computation was cut off. Choose the picture again to repeat it."))
