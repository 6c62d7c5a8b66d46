"""Options shared by commands that train one net: where to read and write, and whether to resume."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from resnet_edu.cli.options import CheckpointsDir, DataDir, Force, Out, Publish, Resume, Threads
from resnet_edu.errors import UserError, mark
from resnet_edu.paths import CHECKPOINTS
from resnet_edu.training.target import Target, ensure_writable


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The shared options, one per field."""

    data_dir: DataDir = None
    out: Out = CHECKPOINTS
    publish: Publish = False
    force: Force = False
    checkpoints: CheckpointsDir = CHECKPOINTS
    resume: Resume = False
    threads: Threads = None

    def target(self, name: str) -> Target:
        """Return where weights and record go: into what the app ships, or a folder for trials."""
        return Target.shipped(name) if self.publish else Target.trial(name, self.out)

    def begin(self, target: Target, name: str) -> Path:
        """Check that the run may start and return its checkpoint; an existing one is continued only with --resume."""
        target.check(may_replace=self.publish or self.force)
        ensure_writable(self.checkpoints)
        path = self.checkpoints / f"{name}.pt"
        if path.exists() and not self.resume:
            raise UserError(
                mark("There is already a checkpoint {name}. Continue with --resume, or delete it to start over."),
                name=path.name,
            )
        if self.threads:
            import torch

            torch.set_num_threads(self.threads)
        return path


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's parameter ``run`` with the fields of ``RunOptions`` on the command line."""
    own = [each for each in inspect.signature(command).parameters.values() if each.name != "run"]
    shared = inspect.signature(RunOptions).parameters

    @wraps(command)
    def taking_options(**values: Any) -> None:
        run = RunOptions(**{name: values.pop(name) for name in shared})
        command(**values, run=run)

    parameters = [*(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *shared.values()]
    taking_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
    taking_options.__annotations__ = {each.name: each.annotation for each in parameters}
    return taking_options
