"""``weights``: what is here, fetch, import."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resnet_edu import config
from resnet_edu.errors import UserError, mark

if TYPE_CHECKING:
    from resnet_edu.vision.catalogue import Net

app = typer.Typer(no_args_is_help=True, help="Weights: what is here, fetch, import.")


@app.command("list")
def list_weights() -> None:
    """Every net, where its weights are, and how large they are."""
    from resnet_edu.text_table import text_table
    from resnet_edu.vision.catalogue import catalogue

    found = catalogue()
    rows = [(net.id, net.source, f"{net.size / 2**20:.1f} MB", net.title) for net in found.nets.values()]
    typer.echo(text_table(rows, "llrl"))
    for refused in found.refused:
        typer.echo(f"refused: {refused.name}: {refused.error}", err=True)


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="A net, as `weights list` names it.")]) -> None:
    """Download torchvision's weights into its cache, with hash check."""
    from resnet_edu.cli.progress import progress_bar
    from resnet_edu.vision.catalogue import damage
    from resnet_edu.vision.download import Download, DownloadStage

    net = find_net(name)
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
def import_weights(file: Annotated[Path, typer.Argument(help="safetensors, .pth or .pt.")]) -> None:
    """Recognise a weights file and copy it into the operator's folder (RESNET_EDU_WEIGHTS)."""
    import shutil

    from resnet_edu.training.target import ensure_writable
    from resnet_edu.vision.files import read_state
    from resnet_edu.vision.recognise import recognise

    folder = config.WEIGHTS.read()
    if not folder:
        raise UserError(mark("Set {variable} to the folder for your weights first."), variable=config.WEIGHTS.name)
    architecture, _ = recognise(read_state(file), file.name)
    ensure_writable(Path(folder))
    if file.resolve().parent != Path(folder).resolve():
        for each in (file, file.with_suffix(".json")):
            if each.is_file():
                shutil.copy2(each, folder)
    typer.echo(f"{file.name} is {architecture.name} with {architecture.classes} classes; copied.")


def find_net(name: str) -> "Net":
    """The net of that name; raises ``UserError`` where there is none."""
    from resnet_edu.vision.catalogue import catalogue

    nets = catalogue().nets
    if name not in nets:
        raise UserError(mark("No net is called {name}. `weights list` shows the names."), name=name)
    return nets[name]
