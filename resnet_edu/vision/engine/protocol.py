"""What a page may ask of an engine, local or distributed."""

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
    """Nobody waits for the progress."""


@dataclass
class Loaded:
    """A net with its weights on a device; memory exhaustion may move it to the CPU.

    ``note`` is a source string for the reader that says so when it has happened. A long task calls
    ``advance`` between its pieces with the share that is done; it raises ``Superseded`` when the
    result is no longer wanted.
    """

    net: Net
    model: nn.Module
    device: torch.device
    note: str = ""
    advance: Callable[[float], None] = _unheard


def move_to_cpu(loaded: Loaded) -> None:
    """The last resort when the device's memory is exhausted; the reader is told."""
    log.warning("Memory of %s is exhausted; %s goes on on the CPU", loaded.device, loaded.net.id)
    loaded.device = torch.device("cpu")
    loaded.model.to(loaded.device)
    loaded.note = mark("The device's memory was full, so this net runs on the CPU, more slowly.")


def forward(loaded: Loaded, batch: Tensor, run: Callable[[nn.Module, Tensor], Tensor] = nn.Module.__call__) -> Tensor:
    """(N, 3, H, W) pictures -> (N, classes) float32 logits on the CPU; ``run`` is what is done with the net.

    float32 on the CPU, autocast on CUDA. When memory runs out the batch is halved, again and again;
    when a single picture doesn't fit, the net moves to the CPU.
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
    """A piece of work on one net: a frozen dataclass of plain values, equal when its result is.

    One that goes many times through its net has a true ``is_long`` and calls ``Loaded.advance``
    between its pieces, with no hook in place: there the engine serves quick tasks, first of all those
    with a true ``is_answer``, which somebody has given a picture for. The result of one with a true
    ``is_private`` is not kept for the next one who asks. One that can
    share a pass has a ``batch_key``, equal for those with which it can, and ``run_together``, which
    takes the net and the tasks, and returns their results.
    """

    @property
    def net(self) -> Net:
        """The net it needs."""

    @property
    def key(self) -> Hashable:
        """What determines the result: the picture's SHA-256, the net and the options."""

    def run(self, loaded: Loaded) -> T_co:
        """Do the work. Called by the one thread that owns the device; must not touch streamlit."""


class OwnNets(Protocol[T_co]):
    """A piece of work that builds the nets it needs, and is else what a ``Task`` is."""

    @property
    def key(self) -> Hashable:
        """What determines the result."""

    def compute(self) -> T_co:
        """Do the work. Called by the one thread that owns the device; must not touch streamlit."""


AnyTask = Task[Any] | OwnNets[Any]


class Ticket(Protocol[T_co]):
    """A submitted task."""

    @property
    def place(self) -> int:
        """How many tasks are before it; 0 when it runs or has ended."""

    @property
    def progress(self) -> float:
        """The share that is done, as far as the task tells."""

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False when the time is over first."""

    def stop(self) -> None:
        """The result is no longer wanted; the task ends with ``Superseded`` at its next piece."""

    def result(self) -> T_co:
        """The result of an ended task. Raises what the task raised, or ``Superseded``."""


class Engine(Protocol):
    """The owner of models and device."""

    @property
    def device_name(self) -> str:
        """The device as a person knows it."""

    def submit(self, task: Task[T_co] | OwnNets[T_co], session: str) -> Ticket[T_co]:
        """Queue a task; it replaces the session's waiting one and stops its running one. Raises ``QueueFull``."""


class TryLater(UserError):
    """Not now; the caller keeps the task and submits it again after so many ``seconds``."""

    seconds = 0.25


class QueueFull(TryLater):
    """The queue is at its bound."""


class Superseded(Exception):
    """A newer task of the same session has taken this one's place, or its reader has stopped it."""


def is_long(task: AnyTask) -> bool:
    """Whether a task says of itself that it goes many times through the net, and tells its progress."""
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
    """What a newcomer is told when the queue is full."""
    return QueueFull(
        mark("The queue is full: {waiting} pictures are waiting. Yours is kept and tried again by itself."),
        waiting=waiting,
    )


def cut_off() -> UserError:
    """What is said to whoever waited for a task that was killed."""
    return UserError(mark("The computation was cut off. Choose the picture again to repeat it."))
