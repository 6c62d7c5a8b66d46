"""The command ``record``: repeats the measurements that the app shows as recorded."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from resnet_edu.cli.options import ClusterAddress, DataDir, Resume, command, command_to_resume
from resnet_edu.cli.weights import find_net
from resnet_edu.paths import (
    BEYOND,
    CHECKPOINTS,
    CONTEXT,
    FIRST_STEPS,
    GRADIENTS,
    IDENTITY,
    KNOCKOUT,
    LANDSCAPE,
    PROBES,
    RACES,
    REORDER,
    REVERSAL,
    TRANSFORMERS,
)
from resnet_edu.training.target import ensure_writable, ensure_writable_file

ItemT = TypeVar("ItemT")
FoundT = TypeVar("FoundT")

OutFolder = Annotated[Path, typer.Option(help="Where the records go.")]
OnlyPreset = Annotated[str | None, typer.Option(help="Only this one.")]

app = typer.Typer(no_args_is_help=True, help="Measure again what the app shows as recorded.")


@app.command()
def gradients(
    preset: OnlyPreset = None,
    out: OutFolder = GRADIENTS,
    cluster: ClusterAddress = "",
    resume: Resume = False,
) -> None:
    """Gradients of plain and residual nets at depths 8 to 110 (five seeds) and 1202 (one), for every preset."""
    ensure_writable(out)
    from resnet_edu.recording import record_gradients

    record_gradients(preset, out, _Spread(cluster, resume))


@app.command("first-steps")
def first_steps(
    preset: OnlyPreset = None,
    learning_rate: Annotated[float, typer.Option(help="0.1 shows what the paper's warm-up avoids.")] = 0.01,
    out: OutFolder = FIRST_STEPS,
    cluster: ClusterAddress = "",
    resume: Resume = False,
) -> None:
    """The same nets after 0 to 20 steps of SGD on one batch, at up to three depths with three seeds."""
    ensure_writable(out)
    from resnet_edu.recording import record_first_steps

    record_first_steps(preset, learning_rate, out, _Spread(cluster, resume))


@app.command()
def knockout(
    net: Annotated[str | None, typer.Option(help="Only this one of our CIFAR-10 nets.")] = None,
    data_dir: DataDir = None,
    out: OutFolder = KNOCKOUT,
    cluster: ClusterAddress = "",
    resume: Resume = False,
) -> None:
    """The shipped CIFAR-10 nets' test error after deleting blocks, and the gradient along paths of each length."""
    ensure_writable(out)
    from resnet_edu.recording import Where, record_knockout

    record_knockout(net, Where(data_dir, CHECKPOINTS / "data"), out, _Spread(cluster, resume))


@app.command()
def identity(
    place: Annotated[int | None, typer.Option(min=1, max=3, help="Only at the end of this stage.")] = None,
    data_dir: DataDir = None,
    out: OutFolder = IDENTITY,
    cluster: ClusterAddress = "",
    resume: Resume = False,
) -> None:
    """The test error of the shipped 20-layer nets with up to 50 untrained insertions (He15 section 1), in float32."""
    ensure_writable(out)
    from resnet_edu.recording import Where, record_identity

    record_identity(place, Where(data_dir, CHECKPOINTS / "data"), out, _Spread(cluster, resume), command())


@app.command()
def steps(
    data_dir: DataDir = None, out: OutFolder = BEYOND, cluster: ClusterAddress = "", resume: Resume = False
) -> None:
    """The shipped residual nets' test accuracy with 1 to 8 steps x + h F(x) of size 1/1 to 1/8 in every block."""
    ensure_writable(out)
    from resnet_edu.recording import Where, record_steps

    record_steps(Where(data_dir, CHECKPOINTS / "data"), out, _Spread(cluster, resume), command())


@app.command()
def reorder(
    data_dir: DataDir = None, out: OutFolder = REORDER, cluster: ClusterAddress = "", resume: Resume = False
) -> None:
    """The shipped residual-56's test error after 1 to 32 random swaps of blocks within stages (Veit16 section 4.3)."""
    ensure_writable(out)
    from resnet_edu.recording import Where, record_reorder

    record_reorder(Where(data_dir, CHECKPOINTS / "data"), out, _Spread(cluster, resume), command())


@app.command()
def landscape(
    net: Annotated[str | None, typer.Option(help="Only this one of our CIFAR-10 nets.")] = None,
    points: Annotated[int, typer.Option(min=3, help="In each of the two directions; an odd number.")] = 41,
    pictures: Annotated[int, typer.Option(min=10, help="Of the training set, as many of each class.")] = 1000,
    data_dir: DataDir = None,
    out: OutFolder = LANDSCAPE,
    cluster: ClusterAddress = "",
    resume: Resume = False,
) -> None:
    """Training loss and error around the shipped CIFAR-10 nets, over two pairs of random directions (Li17)."""
    ensure_writable(out)
    from resnet_edu.recording import Grid, Where, record_landscape

    where = Where(data_dir, CHECKPOINTS / "data")
    record_landscape(net, where, Grid(points, pictures), out, _Spread(cluster, resume), command())


@app.command()
def doubt(
    name: Annotated[str, typer.Argument(help="A net of ours, as `weights list` names it.")],
    data_dir: DataDir = None,
    photos: Annotated[
        Path | None, typer.Option(help="GCompris's folder of .rcc files, for photos of other things.")
    ] = None,
) -> None:
    """A net's temperature and doubt threshold, for its card, and how often it doubts photos of other things."""
    from resnet_edu.evaluation import record_doubt

    card = record_doubt(find_net(name), data_dir, CHECKPOINTS / "data", photos)
    assert card.calibration is not None
    for figure, value in asdict(card.calibration).items():
        typer.echo(f"{figure:20} {value:9.6g}")
    if card.strangers:
        typer.echo(f"photos of other things: {card.strangers.doubtful} of {card.strangers.pictures} doubted")


@app.command()
def races(
    out: Annotated[Path, typer.Option(help="The file to write.")] = RACES,
    cluster: ClusterAddress = "",
    resume: Resume = False,
) -> None:
    """Races between plain and residual nets of 16, 32 and 64 layers in seven settings, with several seeds each."""
    ensure_writable_file(out)
    from resnet_edu.recording import record_races

    record_races(out, _Spread(cluster, resume))


@app.command()
def probes(
    data_dir: DataDir = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = PROBES,
    cluster: ClusterAddress = "",
    resume: Resume = False,
) -> None:
    """Linear probes on every stage of the shipped ResNet-18: class, place, orientation, colour and blur."""
    ensure_writable_file(out)
    from resnet_edu.teaching.probes import record_probes

    record_probes(data_dir, CHECKPOINTS / "data", out, _Spread(cluster, resume), command())


@app.command()
def context(
    data_dir: DataDir = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = CONTEXT,
    cluster: ClusterAddress = "",
    resume: Resume = False,
) -> None:
    """The shipped ResNet-18's accuracy on discs around the middle, on the rest, and at scales 0.25 to 4."""
    ensure_writable_file(out)
    from resnet_edu.teaching.context import record_context

    record_context(data_dir, CHECKPOINTS / "data", out, _Spread(cluster, resume), command())


@app.command("transformers")
def encoders(
    out: Annotated[Path, typer.Option(help="The file to write.")] = TRANSFORMERS,
    cluster: ClusterAddress = "",
    resume: Resume = False,
) -> None:
    """Transformers' encoders before training: how far apart the tokens stay, and the gradients, with five seeds."""
    ensure_writable_file(out)
    from resnet_edu.recording import record_encoders

    record_encoders(out, _Spread(cluster, resume), command())


@app.command()
def reversal(
    out: Annotated[Path, typer.Option(help="The file to write.")] = REVERSAL,
    cluster: ClusterAddress = "",
    resume: Resume = False,
) -> None:
    """Races of two small encoders, with and without shortcuts, that learn to reverse sequences, with five seeds."""
    ensure_writable_file(out)
    from resnet_edu.recording import record_reversal

    record_reversal(out, _Spread(cluster, resume), command())


class _Spread:
    """Computes the pieces of a record with a progress bar, here or on a cluster; finished ones survive a Ctrl-C."""

    def __init__(self, cluster: str, resume: bool) -> None:
        self.cluster, self.resume = cluster, resume

    def __call__(self, work: Callable[[ItemT], FoundT], items: Sequence[ItemT], name: str) -> dict[ItemT, FoundT]:
        """Return every item's result, in order."""
        from resnet_edu.cli.progress import progress_bar
        from resnet_edu.spread import spread

        journal = CHECKPOINTS / f"record-{name}.journal"
        done = spread(work, items, journal, cluster=self.cluster, resume=self.resume)
        with progress_bar() as progress:
            try:
                found = dict(progress.track(done, len(items), description=name))
            except KeyboardInterrupt:
                progress.console.print(f"Stopped; nothing is lost. Continue with: {command_to_resume()}")
                raise typer.Exit(130) from None
        return {item: found[item] for item in items}
