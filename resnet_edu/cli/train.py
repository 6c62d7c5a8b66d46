"""``train``: one net, or a list of nets side by side; leaves weights, model card and recorded run."""

from dataclasses import replace
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
    Threads,
    WeightDecay,
    command,
    command_to_resume,
)
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
    """A default as ``--help`` shows it."""
    return ", ".join(f"{name} {getattr(each, field):g}" for name, each in CIFAR10.items())


RecipeName = Annotated[
    Cifar10Recipe,
    typer.Option(help="short takes a quarter of the time; paper is He15 section 4.2, the replication."),
]
Epochs = Annotated[int | None, typer.Option(show_default=_by_recipe("epochs"), help="Passes over the data.")]


@app.command("cifar10")
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
    data_dir: DataDir = None,
    out: Out = CHECKPOINTS,
    publish: Publish = False,
    force: Force = False,
    checkpoints: CheckpointsDir = CHECKPOINTS,
    resume: Resume = False,
    threads: Threads = None,
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
    target = Target.shipped(name) if publish else Target.trial(name, out)
    if publish and seed:
        target = replace(target, weights=Target.trial(name, out).weights)
        typer.echo(f"Only the record is published: the app has the nets of seed 0. Weights go to {target.weights}.")
    target.check(may_replace=publish or force)
    checkpoint = _checkpoint(checkpoints, name, resume)
    _use(threads)
    dataset = load_cifar10(data_dir, checkpoints / "data")
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
    """Train nets for CIFAR-10 side by side, a process each; what each prints goes to a log beside its checkpoint.

    After a Ctrl-C, --resume continues those that were stopped and leaves out those that are done.
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
    data_dir: DataDir = None,
    out: Out = CHECKPOINTS,
    publish: Publish = False,
    force: Force = False,
    checkpoints: CheckpointsDir = CHECKPOINTS,
    evaluate_every: Annotated[
        int, typer.Option(min=1, help="Measure after every so many epochs, and after the last.")
    ] = 1,
    resume: Resume = False,
    threads: Threads = None,
) -> None:
    """Train a net for 200 classes of everyday things. Ctrl-C stops after the current step; --resume continues.

    The checkpoint stays when the run is done: with --resume the net is measured and written again,
    with --publish to where the app looks.
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
    target = Target.shipped(run_name(net)) if publish else Target.trial(run_name(net), out)
    target.check(may_replace=publish or force)
    checkpoint = _checkpoint(checkpoints, run_name(net), resume)
    _use(threads)
    model = build_seeded(net, seed)
    dataset = load_tiny_imagenet(data_dir, checkpoints / "data")
    device, recipe = best_device(), TinyRecipe(**vars(values))
    result = _trained(model, dataset, recipe, checkpoint, device, evaluate_every)
    card = write(model, net, dataset, recipe, result, command=command(), device=device, target=target)
    _tell_tiny_imagenet(card, target)


@app.command("outlier-exposure")
def train_outlier_exposure(
    net: Annotated[str, typer.Option(help="The net that `train tiny-imagenet` has left.")] = "resnet18",
    learning_rate: LearningRate = OutlierHyperparameters.learning_rate,
    outliers: Annotated[float, typer.Option(help="Per picture.")] = OutlierHyperparameters.outliers,
    outlier_weight: Annotated[float, typer.Option(help="Of their loss.")] = OutlierHyperparameters.outlier_weight,
    seed: Seed = OutlierHyperparameters.seed,
    data_dir: DataDir = None,
    out: Out = CHECKPOINTS,
    publish: Publish = False,
    force: Force = False,
    checkpoints: CheckpointsDir = CHECKPOINTS,
    resume: Resume = False,
    threads: Threads = None,
) -> None:
    """Teach that net to be unsure of synthetic images without an object.

    The result lies beside the net that it began with. With --publish both are what the app ships, and it takes
    that net's place.
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
    begun = Target.shipped(run_name(net)) if publish else Target.trial(run_name(net), out)
    target = Target(begun.weights, Target.shipped(name).record) if publish else Target.trial(name, out)
    target.check(may_replace=publish or force)
    checkpoint = _checkpoint(checkpoints, name, resume)
    model, before = shipped_net(begun.weights)
    _use(threads)
    dataset = load_tiny_imagenet(data_dir, checkpoints / "data")
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


def _use(threads: int | None) -> None:
    import torch

    if threads:
        torch.set_num_threads(threads)


def _checkpoint(folder: Path, name: str, resume: bool) -> Path:
    """The run's checkpoint; one that is there is only continued when asked to."""
    ensure_writable(folder)
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
) -> "TrainingResult":
    """Train with a progress bar; after Ctrl-C say how to go on, and end the program."""
    from resnet_edu.cli.progress import StopOnInterrupt, progress_bar
    from resnet_edu.training.loop import Interrupted, train

    stop = StopOnInterrupt()
    try:
        with progress_bar() as progress:
            bar = progress.add_task(checkpoint.stem, total=None)
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
        typer.echo(f"Stopped; nothing is lost. Continue with: {command_to_resume()}")
        raise typer.Exit(130) from None
