"""A progress bar in the terminal, and what Ctrl-C does meanwhile."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from resnet_edu.cli.options import command_to_resume

if TYPE_CHECKING:
    from resnet_edu.training.record import EpochRecord

T = TypeVar("T")


def progress_bar() -> Progress:
    """Return a bar with a description, the count and the time left."""
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


class StopOnInterrupt:
    """The first Ctrl-C requests a stop between two steps; a second one stops at once."""

    def __init__(self) -> None:
        self.requested = False
        signal.signal(signal.SIGINT, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def trained(name: str, train: Callable[..., T]) -> T:
    """Call ``train`` with ``on_step``, ``on_epoch`` and ``should_stop``, which drive a bar and print each epoch.

    After Ctrl-C, say how to continue, and end the program.
    """
    from resnet_edu.training.loop import Interrupted

    stop = StopOnInterrupt()
    try:
        with progress_bar() as progress:
            bar = progress.add_task(name, total=None)

            def on_step(done: int, total: int, loss: float) -> None:
                progress.update(bar, completed=done, total=total, description=f"{name}  loss {loss:.3f}")

            def on_epoch(epoch: "EpochRecord") -> None:
                progress.console.print(
                    f"epoch {epoch.epoch:3d}  train error {epoch.train_error:.2%}"
                    f"  test error {epoch.test_error:.2%}  {epoch.seconds:.0f} s"
                )

            hooks: dict[str, Any] = {"on_step": on_step, "on_epoch": on_epoch, "should_stop": lambda: stop.requested}
            return train(**hooks)
    except Interrupted:
        typer.echo(f"Stopped; nothing is lost. Continue with: {command_to_resume()}")
        raise typer.Exit(130) from None
