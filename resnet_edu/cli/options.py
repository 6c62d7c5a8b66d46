"""Options shared by several commands, and the command as it was typed."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        exists=True, file_okay=False, help="A local copy of the data set; without it the official one is downloaded."
    ),
]
Out = Annotated[Path, typer.Option(help="The folder for weights/ and runs/, with card and record.")]
CheckpointsDir = Annotated[Path, typer.Option(help="Where checkpoints lie.")]
Publish = Annotated[bool, typer.Option("--publish", help="Replace what the app ships, in place of writing to --out.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]
Resume = Annotated[bool, typer.Option("--resume", help="Continue where a run was stopped.")]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads.")]
Seed = Annotated[int, typer.Option(help="Determines weights, order and augmentation.")]
BatchSize = Annotated[int, typer.Option(help="Pictures an update.")]
LearningRate = Annotated[float, typer.Option(help="The highest of the schedule.")]
WeightDecay = Annotated[float, typer.Option(help="L2, on the weights.")]
ClusterAddress = Annotated[
    str,
    typer.Option(
        help="Share the work out on a Ray cluster, by its head's address or auto; local means this machine's"
        " processors. Needs requirements-cluster.txt."
    ),
]

WITHOUT_EFFECT = ("--data-dir", "--out", "--checkpoints", "--threads", "--cluster")
"""Options with a value that don't affect the result."""
FLAGS_WITHOUT_EFFECT = ("--resume", "--publish", "--force")


def command(*more: str) -> str:
    """Return the command for a card, without this machine's paths and whatever doesn't affect the result."""
    words = []
    typed = iter(sys.argv[1:])
    for word in typed:
        name, _, value = word.partition("=")
        if name in WITHOUT_EFFECT:
            if not value:
                next(typed, None)
        elif word not in FLAGS_WITHOUT_EFFECT:
            words.append(Path(word).name if Path(word).is_absolute() else word)
    return shlex.join(["python", "-m", "resnet_edu", *words, *more])


def command_to_resume() -> str:
    """Return the command as typed, with ``--resume``."""
    words = [word for word in sys.argv[1:] if word != "--resume"]
    return shlex.join(["python", "-m", "resnet_edu", *words, "--resume"])
