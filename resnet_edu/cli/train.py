"""The command ``train``: trains one net, or several side by side, leaving weights, model card and recorded run."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from resnet_edu.cli.options import (
    BatchSize,
    CheckpointsDir,
    DataDir,
    Force,
    LearningRate,
    Out,
    Publish,
    Resume,
    Seed,
    WeightDecay,
    command,
)
from resnet_edu.cli.progress import trained
from resnet_edu.cli.run_options import RunOptions, with_run_options
from resnet_edu.errors import UserError, mark
from resnet_edu.nets.vocabulary import Family, Shortcut, check_depth
from resnet_edu.paths import CHECKPOINTS
from resnet_edu.training.hyperparameters import (
    CIFAR10,
    Cifar10Recipe,
    Hyperparameters,
    OutlierHyperparameters,
    TinyHyperparameters,
    cifar10_hyperparameters,
    parse_schedule,
)
from resnet_edu.training.target import Target, ensure_writable

if TYPE_CHECKING:
    import torch
    from torch import nn

    from resnet_edu.nets.card import ModelCard
    from resnet_edu.training.data import Dataset
    from resnet_edu.training.loop import TrainingResult
    from resnet_edu.training.recipe import Recipe

app = typer.Typer(no_args_is_help=True, help="Train a net; leaves weights, model card and recorded run.")


def _by_recipe(field: str) -> str:
    """Return a field's default by recipe, for ``--help``."""
    return ", ".join(f"{name} {getattr(each, field):g}" for name, each in CIFAR10.items())


RecipeName = Annotated[
    Cifar10Recipe,
    typer.Option(help="short takes a quarter of the time; paper is He15 section 4.2, the replication."),
]
Epochs = Annotated[int | None, typer.Option(show_default=_by_recipe("epochs"), help="Passes over the data.")]


@app.command("cifar10")
@with_run_options
def train_cifar10(
    net: Annotated[Family, typer.Option(help="How its blocks are joined.")] = Family.RESIDUAL,
    depth: Annotated[int, typer.Option(help="6n+2 layers: 20, 32, 44, 56, 110, ...")] = 20,
    shortcut: Annotated[Literal["A", "B", "C"], typer.Option(help="He15 section 3.3.")] = "A",
    recipe: RecipeName = Cifar10Recipe.SHORT,
    epochs: Epochs = None,
    batch_size: BatchSize = Hyperparameters.batch_size,
    learning_rate: LearningRate = Hyperparameters.learning_rate,
    weight_decay: Annotated[
        float | None, typer.Option(show_default=_by_recipe("weight_decay"), help="L2, on all parameters.")
    ] = None,
    seed: Seed = Hyperparameters.seed,
    *,
    run: RunOptions,
) -> None:
    """Train a net of He15 section 4.2. Ctrl-C stops after the current step; --resume continues."""
    check_depth(depth)
    values = cifar10_hyperparameters(
        recipe,
        depth,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        seed=seed,
    )

    from resnet_edu.device import best_device
    from resnet_edu.nets.cifar import CifarSpec
    from resnet_edu.training.cifar10 import build_seeded, run_name
    from resnet_edu.training.cifar10 import publish as write
    from resnet_edu.training.data import load_cifar10
    from resnet_edu.training.recipe import cifar10_recipe

    spec = CifarSpec(net, depth, Shortcut(shortcut))
    name = run_name(spec, seed)
    target = run.target(name)
    if run.publish and seed:
        target = replace(target, weights=Target.trial(name, run.out).weights)
        typer.echo(f"Only the record is published: the app has the nets of seed 0. Weights go to {target.weights}.")
    checkpoint = run.begin(target, name)
    dataset = load_cifar10(run.data_dir, run.checkpoints / "data")
    model, device, chosen = build_seeded(spec, seed), best_device(), cifar10_recipe(values)
    result = _trained(model, dataset, chosen, checkpoint, device)
    card = write(model, dataset, chosen, result, command=command(), device=device, target=target)
    typer.echo(f"test accuracy {card.metrics['test_accuracy']:.2%} on {dataset.description}; {target.weights}")
    checkpoint.unlink()


@app.command("many")
def train_many(
    nets: Annotated[list[str], typer.Argument(metavar="NET:DEPTH:SEED...", help="Such as plain:20:0 residual:56:1.")],
    recipe: RecipeName = Cifar10Recipe.SHORT,
    epochs: Epochs = None,
    data_dir: DataDir = None,
    out: Out = CHECKPOINTS,
    publish: Publish = False,
    force: Force = False,
    checkpoints: CheckpointsDir = CHECKPOINTS,
    resume: Resume = False,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads a net; without it all are shared.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="So many nets at a time; without it all.")] = None,
) -> None:
    """Train CIFAR-10 nets side by side, one process each; their output goes to logs next to their checkpoints.

    After a Ctrl-C, --resume continues the stopped ones and skips the finished ones.
    """
    from resnet_edu.cli.many import NetToTrain, shared_threads, train_side_by_side

    wanted = list(dict.fromkeys(map(NetToTrain.parse, nets)))
    cifar10_hyperparameters(recipe, wanted[0].depth, epochs=epochs, seed=min(each.seed for each in wanted))
    for folder in (out, checkpoints):
        ensure_writable(folder)
    left = [each for each in wanted if not (resume and each.is_done(checkpoints))]
    jobs = jobs or max(1, len(left))
    options = {"recipe": recipe, "epochs": epochs, "data-dir": data_dir, "out": out, "checkpoints": checkpoints}
    options["threads"] = threads or shared_threads(jobs)
    words = [word for name, value in options.items() if value is not None for word in (f"--{name}", str(value))]
    flags = {"--publish": publish, "--force": force, "--resume": resume}
    words += [flag for flag, is_set in flags.items() if is_set]
    raise typer.Exit(train_side_by_side(left, words, checkpoints, jobs))


@app.command("tiny-imagenet")
@with_run_options
def train_tiny_imagenet(
    net: Annotated[str, typer.Option(help="One of torchvision's nets.")] = "resnet18",
    schedule: Annotated[
        str,
        typer.Option(help="resolution:epochs, in this order; a third number is the smallest share of a crop."),
    ] = ",".join(map(str, TinyHyperparameters.phases)),
    batch_size: BatchSize = TinyHyperparameters.batch_size,
    learning_rate: LearningRate = TinyHyperparameters.learning_rate,
    weight_decay: WeightDecay = TinyHyperparameters.weight_decay,
    label_smoothing: float = TinyHyperparameters.label_smoothing,
    averaging: Annotated[
        float, typer.Option(help="The decay per step of the weights' running average.")
    ] = TinyHyperparameters.averaging,
    softened: Annotated[float, typer.Option(help="The fraction of pictures made softer.")] = (
        TinyHyperparameters.softened
    ),
    seed: Seed = TinyHyperparameters.seed,
    evaluate_every: Annotated[
        int, typer.Option(min=1, help="Measure after every so many epochs, and after the last.")
    ] = 1,
    *,
    run: RunOptions,
) -> None:
    """Train a net for 200 classes of everyday things. Ctrl-C stops after the current step; --resume continues.

    The checkpoint is kept after the run: with --resume, the net is measured and written again, with --publish
    to where the app looks.
    """
    phases = parse_schedule(schedule)
    values = TinyHyperparameters(
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

    from resnet_edu.device import best_device
    from resnet_edu.nets.imagenet import NAMES
    from resnet_edu.training.tiny_data import load_tiny_imagenet
    from resnet_edu.training.tiny_imagenet import build_seeded, run_name
    from resnet_edu.training.tiny_imagenet import publish as write
    from resnet_edu.training.tiny_recipe import TinyRecipe

    if net not in NAMES:
        raise UserError(mark("No net is called {name} here. There are: {names}."), name=net, names=", ".join(NAMES))
    target = run.target(run_name(net))
    checkpoint = run.begin(target, run_name(net))
    model = build_seeded(net, seed)
    dataset = load_tiny_imagenet(run.data_dir, run.checkpoints / "data")
    device, recipe = best_device(), TinyRecipe(**vars(values))
    result = _trained(model, dataset, recipe, checkpoint, device, evaluate_every)
    card = write(model, net, dataset, recipe, result, command=command(), device=device, target=target)
    _tell_tiny_imagenet(card, target)


@app.command("outlier-exposure")
@with_run_options
def train_outlier_exposure(
    net: Annotated[str, typer.Option(help="The net that `train tiny-imagenet` has left.")] = "resnet18",
    learning_rate: LearningRate = OutlierHyperparameters.learning_rate,
    outliers: Annotated[float, typer.Option(help="Per picture.")] = OutlierHyperparameters.outliers,
    outlier_weight: Annotated[float, typer.Option(help="Of their loss.")] = OutlierHyperparameters.outlier_weight,
    seed: Seed = OutlierHyperparameters.seed,
    *,
    run: RunOptions,
) -> None:
    """Teach the net of `train tiny-imagenet` to be unsure of synthetic images without an object.

    The result is written next to the original net. With --publish, it replaces that net among those the app
    ships.
    """
    values = OutlierHyperparameters(
        learning_rate=learning_rate, outliers=outliers, outlier_weight=outlier_weight, seed=seed
    )

    from resnet_edu.device import best_device
    from resnet_edu.training.outlier_exposure import OutlierRecipe, shipped_net
    from resnet_edu.training.outlier_exposure import publish as write
    from resnet_edu.training.tiny_data import load_tiny_imagenet
    from resnet_edu.training.tiny_imagenet import run_name

    name = f"{run_name(net)}-outliers"
    begun, target = run.target(run_name(net)), run.target(name)
    if run.publish:
        target = replace(target, weights=begun.weights)
    checkpoint = run.begin(target, name)
    model, before = shipped_net(begun.weights)
    dataset = load_tiny_imagenet(run.data_dir, run.checkpoints / "data")
    device, recipe = best_device(), OutlierRecipe(**vars(values))
    result = _trained(model, dataset, recipe, checkpoint, device)
    card = write(
        model, before, dataset, recipe, result,
        command=command(), device=device, weights=begun.weights, target=target,
    )  # fmt: skip
    _tell_tiny_imagenet(card, target)
    checkpoint.unlink()


def _tell_tiny_imagenet(card: "ModelCard", target: Target) -> None:
    top1, top5 = (card.metrics[f"test_{name}accuracy"] for name in ("", "top5_"))
    typer.echo(f"top-1 accuracy {top1:.2%}, top-5 accuracy {top5:.2%} on {card.data}; {target.weights}")


def _trained(
    model: "nn.Module",
    dataset: "Dataset",
    recipe: "Recipe",
    checkpoint: Path,
    device: "torch.device",
    evaluate_every: int = 1,
) -> "TrainingResult":
    from resnet_edu.training.loop import train

    run = partial(train, model, dataset, recipe, checkpoint, device=device, evaluate_every=evaluate_every)
    return trained(checkpoint.stem, run)
