"""The command ``weights``: list, fetch, import."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resnet_edu import config
from resnet_edu.cli.options import Force
from resnet_edu.errors import UserError, mark

if TYPE_CHECKING:
    from resnet_edu.vision.catalogue import Net
    from resnet_edu.vision.detectors import Detector

app = typer.Typer(no_args_is_help=True, help="Weights: what is here, fetch, import.")


@app.command("list")
def list_weights() -> None:
    """List every net, where its weights are, and how large they are."""
    from resnet_edu.text_table import text_table
    from resnet_edu.vision.catalogue import catalogue
    from resnet_edu.vision.detectors import detectors

    found = catalogue()
    nets: list[Net | Detector] = [*found.nets.values(), *detectors().values()]
    rows = [(net.id, net.source, f"{net.size / 2**20:.1f} MB", net.title) for net in nets]
    typer.echo(text_table(rows, "llrl"))
    for refused in found.refused:
        typer.echo(f"refused: {refused.name}: {refused.error}", err=True)


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="A net, as `weights list` names it.")]) -> None:
    """Download torchvision's weights into its cache and check their hash."""
    from resnet_edu.cli.progress import progress_bar
    from resnet_edu.vision.catalogue import damage
    from resnet_edu.vision.detectors import detectors
    from resnet_edu.vision.download import Download, DownloadStage

    net = detectors().get(name) or find_net(name)
    if net.is_ready and not damage(net):
        typer.echo(f"{net.title} is here already.")
        return
    download = Download(net)
    with progress_bar() as progress:
        bar = progress.add_task(net.title, total=net.size)
        while (status := download.wait(0.2)).stage in (DownloadStage.CONNECTING, DownloadStage.RUNNING):
            progress.update(bar, completed=status.received, total=status.total)
    if status.error:
        raise status.error
    typer.echo(f"{net.title} is here.")


@app.command("import")
def import_weights(
    file: Annotated[
        Path, typer.Argument(help="Ends in .safetensors, .pth, .pth.tar, .pt, .pt.tar, .th, .ckpt or .bin.")
    ],
    force: Force = False,
) -> None:
    """Recognise a weights file and copy it into the operator's folder (RESNET_EDU_WEIGHTS), with its card.

    A file without a card takes the one of its name that lies in the folder; if that doesn't fit, nothing is copied.
    """
    from resnet_edu.nets.card import SUFFIXES, card_path, weights_suffix
    from resnet_edu.nets.detectors import NETS
    from resnet_edu.training.target import ensure_writable
    from resnet_edu.vision.catalogue import RefusedFile, catalogue, check_hash, inspect
    from resnet_edu.vision.files import ensure_readable
    from resnet_edu.vision.names import plain

    folder = config.WEIGHTS.read()
    if not folder:
        raise UserError(mark("Set {variable} to the folder for your weights first."), variable=config.WEIGHTS.name)
    ensure_readable(file)
    if not weights_suffix(file):
        raise UserError(
            mark("{name} does not have the suffix of a weights file: {suffixes}."),
            name=file.name,
            suffixes=", ".join(SUFFIXES),
        )
    target = Path(folder) / file.name
    spec = next((each for each in NETS.values() if each.file == file.name), None)
    if spec:
        check_hash(file, spec.weights.url, spec.title)
        ensure_writable(target.parent)
        new = not _is_there(file, target)  # what lies there otherwise has another hash, so it is damaged
        if new:
            _copy(file, target)
        typer.echo(f"{file.name} is {spec.title}; {_done(new)}, and called {spec.model}.")
        return
    found = inspect(file)
    if isinstance(found, RefusedFile):
        raise found.error
    ensure_writable(target.parent)
    copies = [(each, target.with_name(each.name)) for each in (file, card_path(file)) if each.is_file()]
    copies = [pair for pair in copies if not _is_there(*pair)]
    laid = card_path(target) if card_path(target).exists() and not card_path(file).is_file() else None
    if laid:
        _check_fits(laid, target, found, file)
    for _, copy in copies:  # before the first one is made, so that nothing is copied by halves
        if copy.exists() and not force:
            raise UserError(
                mark("The folder already has a different {name}. Rename yours, or replace it with {option}."),
                name=copy.name,
                option="--force",
            )
    for source, copy in copies:
        _copy(source, copy)
    net = next((net for net in catalogue().nets.values() if net.path == target), None)
    if net is None:
        refused = {each.name: each.error for each in catalogue().refused}
        raise refused[plain(file.name)]
    done = _done(bool(copies))
    typer.echo(f"{file.name} is {net.architecture.name} with {len(net.classes)} classes; {done}, and called {net.id}.")
    if laid:
        typer.echo(f"{laid.name}, which lies in the folder, describes it.")


def _check_fits(card: Path, target: Path, net: "Net", file: Path) -> None:
    """Raise ``UserError`` unless the card that waits beside ``target`` can be that of the net in ``file``."""
    from resnet_edu.nets.card import load_card, sha256_of
    from resnet_edu.vision.sidecar import read_sidecar

    try:
        if read_sidecar(target, len(net.classes)) is None and load_card(target).sha256 != sha256_of(file):
            raise UserError(mark("{name} is the model card of other weights."), name=card.name)
    except UserError as reason:
        raise UserError(
            mark("{reason} It lies in the folder and would describe {file}. Correct it, or take it away."),
            reason=reason,
            file=file.name,
        ) from None


def _is_there(source: Path, target: Path) -> bool:
    """Return whether the folder already has this file."""
    return target.is_file() and (target.samefile(source) or target.read_bytes() == source.read_bytes())


def _done(copied: bool) -> str:
    return "copied" if copied else "the folder has it already"


def _copy(source: Path, target: Path) -> None:
    """Copy atomically, for a running app."""
    import shutil

    partial = target.with_name(f"{target.name}.partial")
    shutil.copy2(source, partial)
    partial.replace(target)


def find_net(name: str) -> "Net":
    """Return the net of that name; raises ``UserError`` if there is none."""
    from resnet_edu.vision.catalogue import catalogue

    nets = catalogue().nets
    if name not in nets:
        raise UserError(mark("No net is called {name}. `weights list` shows the names."), name=name)
    return nets[name]
