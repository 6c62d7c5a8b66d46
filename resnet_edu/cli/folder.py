"""The command ``train folder``: trains a net further on a folder of your own pictures."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resnet_edu.cli.options import CheckpointsDir, Force, Resume, Seed, Threads, command
from resnet_edu.cli.run_options import RunOptions
from resnet_edu.errors import UserError, mark
from resnet_edu.paths import CHECKPOINTS, RUNS
from resnet_edu.training.hyperparameters import HEAD_LEARNING_RATE, FineTuning, TunedPart
from resnet_edu.training.target import Target

if TYPE_CHECKING:
    from resnet_edu.vision.catalogue import Net


def train_folder(
    path: Annotated[
        Path,
        typer.Argument(help="CLASS folders of pictures, or train/CLASS and val/CLASS, beside which no other is read."),
    ],
    net: Annotated[
        str, typer.Option(help="A net as `weights list` names it, one of torchvision's, or a weights file.")
    ] = "resnet18",
    freeze: Annotated[bool, typer.Option("--freeze", help="Only the new classifier learns.")] = False,
    last_stage: Annotated[bool, typer.Option("--last-stage", help="The last stage learns with it.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Everything learns. The default.")] = False,
    epochs: Annotated[int, typer.Option(help="Passes over the pictures.")] = FineTuning.epochs,
    batch_size: Annotated[int, typer.Option(help="Pictures an update.")] = FineTuning.batch_size,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            show_default=f"{FineTuning.learning_rate:g}, with --freeze {HEAD_LEARNING_RATE:g}",
            help="Of the new classifier, the highest of the schedule; what is trained already learns ten times slower.",
        ),
    ] = None,
    weight_decay: Annotated[float, typer.Option(help="L2, on what learns.")] = FineTuning.weight_decay,
    augment: Annotated[bool, typer.Option(help="Crops at random, half of them mirrored.")] = FineTuning.augmented,
    balance: Annotated[
        bool, typer.Option(help="Every class counts the same, however few its pictures.")
    ] = FineTuning.balanced,
    held_out: Annotated[
        float, typer.Option(min=0.01, max=0.9, help="The share of each class that is held out, where there is no val/.")
    ] = 0.2,
    skip_broken: Annotated[bool, typer.Option("--skip-broken", help="Leave files out that are no pictures.")] = False,
    seed: Seed = FineTuning.seed,
    name: Annotated[str | None, typer.Option(help="Of the files; by default the folder's and the net's.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(show_default="where the app looks for your weights", help="The folder for weights/ and runs/."),
    ] = None,
    force: Force = False,
    checkpoints: CheckpointsDir = CHECKPOINTS,
    resume: Resume = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes that decode pictures.")] = 2,
    threads: Threads = None,
) -> None:
    """Teach a trained net the classes of a folder. Ctrl-C stops after the current step; --resume continues.

    The epoch that is best on the held-out pictures is kept, with its confusion matrix on the card. The app
    offers the net at once, on the Inference page.
    """
    part = _part(freeze, last_stage, everything)
    if name and Path(name).name != name:
        raise UserError(mark("{name} can't be a file's name. Give a --name without folders."), name=name)
    if learning_rate is None:
        learning_rate = HEAD_LEARNING_RATE if part is TunedPart.HEAD else FineTuning.learning_rate
    recipe = FineTuning(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        part=part,
        augmented=augment,
        balanced=balance,
        seed=seed,
    )

    from resnet_edu.cli.progress import progress_bar, trained
    from resnet_edu.device import best_device
    from resnet_edu.teaching.fine_tuning import fine_tune
    from resnet_edu.teaching.folder import listed, read_folder
    from resnet_edu.teaching.publishing import publish
    from resnet_edu.teaching.taught import fresh
    from resnet_edu.training.target import ensure_writable
    from resnet_edu.vision.catalogue import operator_folder
    from resnet_edu.vision.names import plain

    target_of = (
        partial(Target.trial, out=out)
        if out
        else partial(Target.of, weights=operator_folder(), runs=CHECKPOINTS / RUNS.name)
    )
    target_of("").ensure_folders()  # before minutes of reading
    ensure_writable(checkpoints)
    with progress_bar() as progress:
        bar = progress.add_task("reading pictures", total=None)
        folder = read_folder(
            path,
            share=held_out,
            seed=seed,
            skip_broken=skip_broken,
            on_read=lambda done, total: progress.update(bar, completed=done, total=total),
        )
    for skipped in folder.skipped:
        typer.echo(f"skipped: {skipped}", err=True)
    if folder.beside:
        typer.echo(f"train/ and val/ are read; not these beside them: {', '.join(folder.beside)}", err=True)
    base = _base_net(net)
    name = name or f"{plain(folder.name).replace(' ', '-')}-{base.architecture.name}"
    target = target_of(name)
    run_options = RunOptions(force=force, checkpoints=checkpoints, resume=resume, threads=threads)
    checkpoint = run_options.begin(target, name)
    taught, model = fresh(base, folder.classes, seed)
    device = best_device()
    typer.echo(
        f"{base.title}: {len(folder.train)} pictures of {len(folder.classes)} classes ({listed(folder.classes)}),"
        f" {len(folder.held_out)} held out ({folder.split})"
    )
    run = partial(
        fine_tune,
        model,
        taught.architecture,
        taught.preprocessing,
        folder.train,
        folder.held_out,
        recipe,
        device=device,
        checkpoint=checkpoint,
        identity=folder.fingerprint(base.id),
        workers=workers,
    )
    found = trained(name, run)
    card = publish(name, base, taught, folder, recipe, found, command=command(), device=device, target=target)
    typer.echo(
        f"accuracy {card.metrics['test_accuracy']:.2%} on {len(folder.held_out)} pictures held out, after epoch"
        f" {found.best}; {target.weights}"
    )
    checkpoint.unlink()


def _part(freeze: bool, last_stage: bool, everything: bool) -> TunedPart:
    if freeze + last_stage + everything > 1:
        raise UserError(mark("Give one of --freeze, --last-stage and --all, not several."))
    return TunedPart.HEAD if freeze else TunedPart.LAST_STAGE if last_stage else TunedPart.ALL


def _base_net(name: str) -> "Net":
    """Return the net in that file or of that name; torchvision's is fetched, or else replaced by a shipped one."""
    from resnet_edu.cli.weights import fetch, find_net
    from resnet_edu.nets.imagenet import NAMES
    from resnet_edu.vision.catalogue import catalogue, net_of_file

    if Path(name).is_file():
        return net_of_file(Path(name))
    if name not in NAMES:
        return find_net(name)
    nets = catalogue().nets
    found = [nets[f"{name}-v{version}"] for version in (1, 2) if f"{name}-v{version}" in nets]
    if here := [each for each in found if each.is_ready]:
        return here[0]
    try:
        fetch(found[0].id)
        return find_net(found[0].id)
    except UserError as error:
        ours = [each for each in nets.values() if each.is_ready and each.architecture.name == name]
        if not ours:
            raise
        typer.echo(f"{error} Beginning with {ours[0].title} instead.", err=True)
        return ours[0]
