"""``python -m resnet_edu``: train and evaluate nets, manage weights, benchmark."""

import shlex
import signal
import sys
from dataclasses import asdict
from functools import reduce
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from resnet_edu.errors import UserError, mark
from resnet_edu.nets.blocks import Shortcut
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.paths import CHECKPOINTS, FIRST_STEPS, GRADIENTS, HALL, IDENTITY, KNOCKOUT, RACES, RUNS, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from torch import nn

    from resnet_edu.bench.figure import Figure
    from resnet_edu.nets.card import ModelCard
    from resnet_edu.training.data import Dataset
    from resnet_edu.training.loop import Result
    from resnet_edu.training.recipe import Recipe
    from resnet_edu.vision.catalogue import Net

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
train_app = typer.Typer(no_args_is_help=True, help="Train a net; leaves weights, model card and recorded run.")
weights_app = typer.Typer(no_args_is_help=True, help="Weights: what is here, fetch, import.")
record_app = typer.Typer(no_args_is_help=True, help="Measure again what the app shows as recorded.")
app.add_typer(train_app, name="train")
app.add_typer(record_app, name="record")
app.add_typer(weights_app, name="weights")
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
TOLERANCE = 0.001
"""Another processor's rounding may turn a picture or two in ten thousand."""

DataDir = Annotated[
    Path | None,
    typer.Option(help="A local copy of the data set; without it the official one is downloaded."),
]
WeightsDir = Annotated[Path, typer.Option(help="Where weights and card go.")]
RunsDir = Annotated[Path, typer.Option(help="Where the recorded run goes.")]
CheckpointsDir = Annotated[Path, typer.Option(help="Where checkpoints lie.")]
Resume = Annotated[bool, typer.Option("--resume", help="Continue from the checkpoint.")]
Threads = Annotated[int | None, typer.Option(help="CPU threads.")]
Cluster = Annotated[
    str,
    typer.Option(
        help="Share the work out on a Ray cluster, by its head's address or auto; local means this machine's"
        " processors. Needs requirements-cluster.txt."
    ),
]
Continue = Annotated[bool, typer.Option("--resume", help="Go on with a record that was stopped.")]


@train_app.callback()
def train() -> None:
    """Train a net; leaves weights, model card and recorded run."""


@train_app.command("cifar10")
def train_cifar10(
    net: Annotated[Family, typer.Option(help="Plain or residual.")] = Family.RESIDUAL,
    depth: Annotated[int, typer.Option(help="6n+2 layers: 20, 32, 44, 56, 110, ...")] = 20,
    shortcut: Annotated[Shortcut, typer.Option(help="He15 section 3.3: A, B or C.")] = Shortcut.A,
    epochs: int = 40,
    batch_size: int = 128,
    learning_rate: float = 0.1,
    weight_decay: float = 5e-4,
    seed: int = 0,
    data_dir: DataDir = None,
    out: WeightsDir = WEIGHTS,
    runs: RunsDir = RUNS,
    checkpoints: CheckpointsDir = CHECKPOINTS,
    resume: Resume = False,
    threads: Threads = None,
) -> None:
    """Train a net of He15 section 4.2. Ctrl-C stops after the current step; --resume continues."""
    import torch

    from resnet_edu.device import best_device
    from resnet_edu.training.cifar10 import build_seeded, publish, run_name
    from resnet_edu.training.data import load_cifar10
    from resnet_edu.training.recipe import Recipe

    if threads:
        torch.set_num_threads(threads)
    spec = CifarSpec(net, depth, shortcut)
    recipe = Recipe(epochs, batch_size, learning_rate, weight_decay=weight_decay, seed=seed)
    checkpoint = _checkpoint(checkpoints, run_name(spec), resume)
    dataset = load_cifar10(data_dir, checkpoints / "data")
    model = build_seeded(spec, seed)
    device = best_device()
    result = _trained(model, dataset, recipe, checkpoint, device)
    card = publish(
        model, dataset, recipe, result,
        command=_command(), device=device, weights_dir=out, runs_dir=runs,
    )  # fmt: skip
    typer.echo(f"test accuracy {card.metrics['test_accuracy']:.2%} on {card.data}")
    checkpoint.unlink()


@train_app.command("tiny-imagenet")
def train_tiny_imagenet(
    net: Annotated[str, typer.Option(help="One of torchvision's nets.")] = "resnet18",
    schedule: Annotated[
        str,
        typer.Option(help="resolution:epochs, in this order; a third number is the least share of a crop."),
    ] = "64:10,80:4,96:4,112:3,128:2,128:2:0.7",
    batch_size: int = 128,
    learning_rate: float = 0.1,
    weight_decay: float = 5e-4,
    label_smoothing: float = 0.1,
    averaging: Annotated[float, typer.Option(help="The decay a step of the weights' running average.")] = 0.999,
    softened: Annotated[float, typer.Option(help="The share of pictures made softer.")] = 0.5,
    seed: int = 0,
    data_dir: DataDir = None,
    out: WeightsDir = WEIGHTS,
    runs: RunsDir = RUNS,
    checkpoints: CheckpointsDir = CHECKPOINTS,
    evaluate_every: Annotated[int, typer.Option(help="Measure after every so many epochs, and after the last.")] = 1,
    resume: Resume = False,
    threads: Threads = None,
) -> None:
    """Train a net for 200 classes of everyday things. Ctrl-C stops after the current step; --resume continues.

    The checkpoint stays when the run is done: with --resume the net is measured and written anew.
    """
    import torch

    from resnet_edu.device import best_device
    from resnet_edu.training.tiny_data import load_tiny_imagenet
    from resnet_edu.training.tiny_imagenet import build_seeded, publish, run_name
    from resnet_edu.training.tiny_recipe import TinyRecipe, parse_schedule

    if threads:
        torch.set_num_threads(threads)
    phases = parse_schedule(schedule)
    recipe = TinyRecipe(
        epochs=sum(phase.epochs for phase in phases),
        phases=phases,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        label_smoothing=label_smoothing,
        averaging=averaging,
        softened=softened,
        seed=seed,
    )
    checkpoint = _checkpoint(checkpoints, run_name(net), resume)
    dataset = load_tiny_imagenet(data_dir, checkpoints / "data")
    model = build_seeded(net, seed)
    device = best_device()
    result = _trained(model, dataset, recipe, checkpoint, device, evaluate_every)
    card = publish(
        model, net, dataset, recipe, result,
        command=_command(), device=device, weights_dir=out, runs_dir=runs,
    )  # fmt: skip
    top1, top5 = (card.metrics[f"test_{name}accuracy"] for name in ("", "top5_"))
    typer.echo(f"top-1 accuracy {top1:.2%}, top-5 accuracy {top5:.2%} on {card.data}")


@train_app.command("outlier-exposure")
def train_outlier_exposure(
    net: Annotated[str, typer.Option(help="The net that `train tiny-imagenet` has left.")] = "resnet18",
    learning_rate: float = 0.002,
    outliers: Annotated[float, typer.Option(help="So many for each picture.")] = 0.25,
    outlier_weight: float = 0.3,
    seed: int = 0,
    data_dir: DataDir = None,
    out: WeightsDir = WEIGHTS,
    runs: RunsDir = RUNS,
    checkpoints: CheckpointsDir = CHECKPOINTS,
    resume: Resume = False,
    threads: Threads = None,
) -> None:
    """Teach that net not to be sure of pictures of nothing. Takes its place when it is done."""
    import torch

    from resnet_edu.device import best_device
    from resnet_edu.training.outlier_exposure import OutlierRecipe, publish, shipped_net
    from resnet_edu.training.tiny_data import load_tiny_imagenet
    from resnet_edu.training.tiny_imagenet import run_name

    if threads:
        torch.set_num_threads(threads)
    weights = out / f"{run_name(net)}.safetensors"
    model, before = shipped_net(weights)
    recipe = OutlierRecipe(learning_rate=learning_rate, outliers=outliers, outlier_weight=outlier_weight, seed=seed)
    checkpoint = _checkpoint(checkpoints, f"{run_name(net)}-outliers", resume)
    dataset = load_tiny_imagenet(data_dir, checkpoints / "data")
    device = best_device()
    result = _trained(model, dataset, recipe, checkpoint, device)
    card = publish(
        model, before, dataset, recipe, result,
        command=_command(), device=device, weights=weights, runs_dir=runs,
    )  # fmt: skip
    top1, top5 = (card.metrics[f"test_{name}accuracy"] for name in ("", "top5_"))
    typer.echo(f"top-1 accuracy {top1:.2%}, top-5 accuracy {top5:.2%} on {card.data}")
    checkpoint.unlink()


def _checkpoint(folder: Path, name: str, resume: bool) -> Path:
    """The run's checkpoint; one that is there is only continued when asked to."""
    path = folder / f"{name}.pt"
    if path.exists() and not resume:
        raise UserError(
            mark("A checkpoint {name} is there. Continue it with --resume, or delete it to start anew."),
            name=path.name,
        )
    return path


def _trained(
    model: "nn.Module",
    dataset: "Dataset",
    recipe: "Recipe",
    checkpoint: Path,
    device: "torch.device",
    evaluate_every: int = 1,
) -> "Result":
    """Train with a progress bar; after Ctrl-C say how to go on, and end the program."""
    from resnet_edu.training.loop import Interrupted, train

    stop = _StopOnInterrupt()
    with _progress() as progress:
        bar = progress.add_task(checkpoint.stem, total=None)
        try:
            return train(
                model,
                dataset,
                recipe,
                checkpoint,
                device=device,
                evaluate_every=evaluate_every,
                on_step=lambda done, total, loss: progress.update(
                    bar, completed=done, total=total, description=f"{checkpoint.stem}  loss {loss:.3f}"
                ),
                on_epoch=lambda epoch: progress.console.print(
                    f"epoch {epoch.epoch:3d}  train error {epoch.train_error:.2%}"
                    f"  test error {epoch.test_error:.2%}  {epoch.seconds:.0f} s"
                ),
                should_stop=lambda: stop.requested,
            )
        except Interrupted:
            progress.console.print(f"Stopped; nothing is lost. Continue with: {_command('--resume')}")
            raise typer.Exit(130) from None


@app.command()
def evaluate(
    name: Annotated[str, typer.Argument(help="A net of ours, as `weights list` names it.")] = "cifar10-residual-20",
    data_dir: DataDir = None,
) -> None:
    """Measure a net of ours on its test set again and compare with its model card."""
    from resnet_edu.nets.card import load_card
    from resnet_edu.training.tiny_data import DESCRIPTION
    from resnet_edu.vision.catalogue import Source, load

    net = _net(name)
    if net.source is not Source.OURS:
        raise UserError(mark("{name} has no model card to compare with. Choose one of ours."), name=name)
    card = load_card(net.path)
    measure = _measure_tiny_imagenet if card.data == DESCRIPTION else _measure_cifar10
    description, figures = measure(load(net), card, data_dir)
    printed = {**card.metrics, **(asdict(card.calibration) if card.calibration else {})}
    typer.echo(f"measured on {description}, card on {card.data}")
    for figure, value in figures.items():
        typer.echo(f"{figure:40} {value:9.6f} {printed[figure]:9.6f}")
    if description == card.data and any(abs(value - printed[name]) > TOLERANCE for name, value in figures.items()):
        raise typer.Exit(1)


Measured = tuple[str, dict[str, float]]
"""Which copy of the data it was, and the figures under their names on the card."""


def _measure_cifar10(net: "nn.Module", card: "ModelCard", data_dir: Path | None) -> Measured:
    from resnet_edu.device import best_device
    from resnet_edu.training.data import load_cifar10
    from resnet_edu.training.loop import evaluate

    dataset = load_cifar10(data_dir, CHECKPOINTS / "data")
    device = best_device()
    score = evaluate(net.to(device), dataset.test, device=device)
    return dataset.description, {"test_accuracy": 1 - score.error}


def _measure_tiny_imagenet(net: "nn.Module", card: "ModelCard", data_dir: Path | None) -> Measured:
    from resnet_edu.device import best_device
    from resnet_edu.training.tiny_data import load_tiny_imagenet
    from resnet_edu.training.tiny_imagenet import remeasure

    dataset = load_tiny_imagenet(data_dir, CHECKPOINTS / "data")
    return dataset.description, remeasure(net, card, dataset, best_device())


@weights_app.command("list")
def weights_list() -> None:
    """Every net, where its weights are, and how large they are."""
    from resnet_edu.vision.catalogue import catalogue

    found = catalogue()
    for net in found.nets.values():
        typer.echo(f"{net.id:28} {net.source:9} {net.size / 2**20:7.1f} MB  {net.title}")
    for refused in found.refused:
        typer.echo(f"refused: {refused.name}: {refused.error}", err=True)


@weights_app.command("fetch")
def weights_fetch(name: str) -> None:
    """Download torchvision's weights into its cache, with hash check."""
    from resnet_edu.vision.catalogue import damage
    from resnet_edu.vision.download import Download, Stage

    net = _net(name)
    if net.is_ready and not damage(net):
        typer.echo(f"{net.title} is here already.")
        return
    download = Download(net)
    with _progress() as progress:
        bar = progress.add_task(net.title, total=net.size)
        while (status := download.wait(0.2)).stage in (Stage.CONNECTING, Stage.RUNNING):
            progress.update(bar, completed=status.received, total=status.total)
    if status.error:
        raise status.error
    typer.echo(f"{net.title} is here.")


@weights_app.command("import")
def weights_import(file: Path) -> None:
    """Recognise a weights file and copy it into the operator's folder (RESNET_EDU_WEIGHTS)."""
    import os
    import shutil

    from resnet_edu.vision.catalogue import OPERATOR_VARIABLE
    from resnet_edu.vision.files import read_state
    from resnet_edu.vision.recognise import recognise

    folder = os.environ.get(OPERATOR_VARIABLE)
    if not folder:
        raise UserError(mark("Set {variable} to the folder for your weights first."), variable=OPERATOR_VARIABLE)
    architecture, _ = recognise(read_state(file), file.name)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for each in (file, file.with_suffix(".json")):
        if each.is_file():
            shutil.copy2(each, folder)
    typer.echo(f"{file.name} is {architecture.name} with {architecture.classes} classes; copied.")


@app.command()
def bench(
    as_json: Annotated[bool, typer.Option("--json", help="JSON in place of the table.")] = False,
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Ray replicas on this machine alone. Needs requirements-cluster.txt.")
    ] = False,
    load: Annotated[
        bool, typer.Option("--load", help="A lecture hall alone: 1,000 sessions, twenty minutes. Linux, with nginx.")
    ] = False,
) -> None:
    """Measure speed against the bare libraries. Needs requirements-dev.txt and a Chromium."""
    from resnet_edu.bench.figure import table, to_json

    figures = _figures_of_cluster() if cluster else _figures_under_load() if load else _figures()
    typer.echo(to_json(figures) if as_json else table(figures))


def _figures() -> "list[Figure]":
    from resnet_edu.bench import attribution, browser, engine, gradients, opening, race

    return [
        engine.classification(),
        gradients.measuring(),
        gradients.own_setting(),
        *attribution.attributions(),
        race.stepping(),
        race.learning(32),
        race.learning(64),
        browser.start(),
        *browser.warm_pages(),
        *browser.dragging(),
        *browser.building(),
        browser.racing(),
        *opening.openings(),
    ]


def _figures_of_cluster() -> "list[Figure]":
    from resnet_edu.bench.cluster import replicas

    return replicas()


def _figures_under_load() -> "list[Figure]":
    from resnet_edu.bench.load import hall_under_load

    return hall_under_load()


@app.command()
def hall(
    viewers: Annotated[
        list[int] | None, typer.Option(min=1, help="How many; more than one column if repeated.")
    ] = None,
    processors: Annotated[int | None, typer.Option(min=1, help="Of a machine; else of the one measured.")] = None,
    gigabytes: Annotated[float | None, typer.Option(min=0.1, help="Its memory; else of the one measured.")] = None,
    figures: Annotated[Path, typer.Option(help="The measured figures.")] = HALL,
    as_json: Annotated[bool, typer.Option("--json", help="JSON in place of the tables.")] = False,
) -> None:
    """Machines, processes, replicas and network for so many viewers, by arithmetic on measured figures."""
    import json
    from dataclasses import replace

    from resnet_edu.bench.hall import plan
    from resnet_edu.bench.hall_figures import GB, load_measured
    from resnet_edu.bench.hall_table import HALLS, sizes

    measured = load_measured(figures)
    machine = measured.machine
    machine = replace(machine, processors=processors or machine.processors)
    machine = replace(machine, memory=gigabytes * GB if gigabytes else machine.memory)
    halls = [
        (replica, [plan(each, measured, replica, machine) for each in viewers or HALLS])
        for replica in measured.replicas
    ]
    if as_json:
        rows = [{"replica": replica.device, **asdict(each)} for replica, found in halls for each in found]
        typer.echo(json.dumps(rows, indent=1))
    else:
        typer.echo(sizes(measured, machine, halls))


PATH_BATCH = 64


@record_app.callback()
def record() -> None:
    """Measure again what the app shows as recorded."""


@record_app.command("gradients")
def record_gradients(
    preset: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    out: Annotated[Path, typer.Option(help="Where the records go.")] = GRADIENTS,
    cluster: Cluster = "",
    resume: Continue = False,
) -> None:
    """Gradients of plain and residual nets at depths 8 to 110 (five seeds) and 1202 (one), for every preset."""
    from resnet_edu.measure.sweeps import PRESETS, measure_at, pieces_of, save_sweep, spreads_from

    chosen = [each for each in PRESETS if preset in (None, each.id)]
    pieces = dict.fromkeys(net for each in chosen for _, nets in pieces_of(each.setting) for net in nets)
    found = _spread(measure_at, list(pieces), "gradients", cluster, resume)
    for each in chosen:
        save_sweep(out / f"{each.id}.json", each.setting, spreads_from(each.setting, found))


@record_app.command("first-steps")
def record_first_steps(
    preset: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    learning_rate: Annotated[float, typer.Option(help="0.1 shows what the paper's warm-up avoids.")] = 0.01,
    out: Annotated[Path, typer.Option(help="Where the records go.")] = FIRST_STEPS,
    cluster: Cluster = "",
    resume: Continue = False,
) -> None:
    """The same nets after 0 to 20 steps of SGD on one batch, at up to three depths with three seeds."""
    from resnet_edu.measure.first_steps import pieces_of, record_at, save_steps, steps_from
    from resnet_edu.measure.sweeps import PRESETS

    chosen = [each for each in PRESETS if preset in (None, each.id)]
    pieces = dict.fromkeys(net for each in chosen for *_, nets in pieces_of(each, learning_rate) for net in nets)
    found = _spread(record_at, list(pieces), "first-steps", cluster, resume)
    for each in chosen:
        save_steps(out / f"{each.id}.json", each.setting, steps_from(each, learning_rate, found))


@record_app.command("knockout")
def record_knockout(
    net: Annotated[str | None, typer.Option(help="Only this one of our CIFAR-10 nets.")] = None,
    data_dir: DataDir = None,
    out: Annotated[Path, typer.Option(help="Where the records go.")] = KNOCKOUT,
    cluster: Cluster = "",
    resume: Continue = False,
) -> None:
    """The test error of our CIFAR-10 nets after deleting blocks, and the gradient along paths of each length."""
    from collections import Counter
    from functools import partial

    from resnet_edu.measure.knockout import BATCH, Knockout, block_names, errors_of, save_knockout, versions
    from resnet_edu.measure.paths import measure_paths
    from resnet_edu.nets.cifar import CifarSpec, Family
    from resnet_edu.recording import Where, cifar10, cifar_net, wrong_at
    from resnet_edu.training.data import normalize
    from resnet_edu.vision.catalogue import Source, catalogue

    where = Where(data_dir, CHECKPOINTS / "data")
    dataset = cifar10(where)
    nets = [
        each.id
        for each in catalogue().nets.values()
        if each.source is Source.OURS and isinstance(each.architecture, CifarSpec) and net in (None, each.id)
    ]
    firsts = range(0, len(dataset.test), BATCH)
    pieces = [(name, first) for name in nets for first in firsts]
    wrong = _spread(partial(wrong_at, where), pieces, "knockout", cluster, resume)
    images, labels = normalize(dataset.test.images[:PATH_BATCH]), dataset.test.labels[:PATH_BATCH]
    for name in nets:
        model = cifar_net(name)
        together = sum((wrong[name, first] for first in firsts), Counter[frozenset[str]]())
        errors = errors_of(block_names(model), together, len(dataset.test))
        paths = measure_paths(model, images, labels) if model.spec.family is Family.RESIDUAL else None
        save_knockout(out / f"{name}.json", Knockout(name, dataset.description, *errors, paths, versions()))


@record_app.command("identity")
def record_identity(
    place: Annotated[int | None, typer.Option(min=1, max=3, help="Only at the end of this stage.")] = None,
    data_dir: DataDir = None,
    out: Annotated[Path, typer.Option(help="Where the records go.")] = IDENTITY,
    cluster: Cluster = "",
    resume: Continue = False,
) -> None:
    """The test error of our nets of 20 layers with up to 50 untrained insertions (He15 section 1), in float32."""
    from functools import partial
    from operator import add

    from resnet_edu.device import best_device, device_name
    from resnet_edu.measure.identity import CALIBRATION, DRAWS, NETS, PLACES, IdentityRecord, Insert, save_identity
    from resnet_edu.measure.knockout import versions
    from resnet_edu.recording import Where, cifar10, curve_at

    where = Where(data_dir, CHECKPOINTS / "data")
    dataset = cifar10(where)
    seeds = tuple(range(DRAWS))
    places = PLACES if place is None else (place,)
    drawn = {insert: seeds if insert.is_fresh else seeds[:1] for insert in Insert}
    pieces = [(each, insert, seed) for each in places for insert in Insert for seed in drawn[insert]]
    curves = _spread(partial(curve_at, where), pieces, "identity", cluster, resume)
    for each in places:
        recorded = IdentityRecord(
            place=each,
            nets={str(family): name for family, name in NETS.items()},
            data=dataset.description,
            pictures=len(dataset.test),
            calibration=CALIBRATION,
            seeds=seeds,
            precision="float32",
            command=_command(),
            hardware=f"{device_name(best_device())}, 1 threads",
            versions=versions(),
            curves={insert: reduce(add, (curves[each, insert, seed] for seed in drawn[insert])) for insert in Insert},
        )
        save_identity(out / f"stage-{each}.json", recorded)


@record_app.command("races")
def record_races(
    out: Annotated[Path, typer.Option(help="The file to write.")] = RACES,
    cluster: Cluster = "",
    resume: Continue = False,
) -> None:
    """Races of plain against residual nets of 16, 32 and 64 layers in seven settings, with five seeds each."""
    from resnet_edu.training.race_record import recorded_specs, run, save_record

    outcomes = _spread(run, list(recorded_specs()), "races", cluster, resume)
    save_record(out, list(outcomes.values()))


def _spread(
    work: "Callable[[Item], Outcome]", items: "Sequence[Item]", name: str, cluster: str, resume: bool
) -> "dict[Item, Outcome]":
    """Every item's result, in their order, with a bar; what is done outlives a Ctrl-C."""
    from resnet_edu.spread import spread

    done = spread(work, items, CHECKPOINTS / f"record-{name}.journal", cluster=cluster, resume=resume)
    with _progress() as progress:
        try:
            found = dict(progress.track(done, len(items), description=name))
        except KeyboardInterrupt:
            progress.console.print(f"Stopped; nothing is lost. Continue with: {_command('--resume')}")
            raise typer.Exit(130) from None
    return {item: found[item] for item in items}


@record_app.command("hall")
def record_hall(
    lecture: Annotated[Path, typer.Option(help="Output of `python -m tests.load lecture --json`.")],
    opening: Annotated[Path, typer.Option(help="Output of `python -m tests.load opening --json`.")],
    replica: Annotated[Path, typer.Option(help="Output of `python -m resnet_edu bench --cluster --json`.")],
    busy: Annotated[float, typer.Option(min=0.01, max=1, help="Chosen: the share of a processor or replica to use.")],
    patience: Annotated[float, typer.Option(min=0.1, help="Chosen: seconds for a picture of everyone at once.")],
    arrival: Annotated[float, typer.Option(min=1, help="Chosen: seconds within which everyone opens the page.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = HALL,
) -> None:
    """Gather the figures behind `hall` from what the commands printed, on the machine that they ran on."""
    from resnet_edu.bench import hall_figures as gather
    from resnet_edu.bench.hall import Choices, Measured

    measured = Measured(
        machine=gather.this_machine(),
        lecture=gather.lecture_of(gather.Rows(lecture)),
        opening=gather.opening_of(gather.Rows(opening)),
        replicas=(gather.replica_of(gather.Rows(replica)),),
        choices=Choices(busy, patience, arrival),
    )
    gather.save_measured(out, measured)


def _net(name: str) -> "Net":
    from resnet_edu.vision.catalogue import catalogue

    nets = catalogue().nets
    if name not in nets:
        raise UserError(mark("No net is called {name}. `weights list` shows the names."), name=name)
    return nets[name]


class _StopOnInterrupt:
    """The first Ctrl-C asks for a stop between two steps; a second one stops at once."""

    def __init__(self) -> None:
        self.requested = False
        signal.signal(signal.SIGINT, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


LEFT_OUT = ("--data-dir", "--out", "--runs", "--checkpoints", "--threads", "--cluster")
"""Options that change nothing of the result."""


def _command(*more: str) -> str:
    """The command as typed, for the card: without ``--resume`` and without paths of this machine."""
    words, skip = [], False
    for word in sys.argv[1:]:
        if skip:
            skip = False
        elif word.partition("=")[0] in LEFT_OUT:
            skip = "=" not in word
        elif word != "--resume":
            words.append(word)
    return shlex.join(["python", "-m", "resnet_edu", *words, *more])


def main() -> None:
    """Run the command line; a ``UserError`` becomes one sentence and exit code 1."""
    try:
        app(prog_name="python -m resnet_edu")
    except UserError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from None
