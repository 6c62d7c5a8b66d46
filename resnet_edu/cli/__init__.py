"""``python -m resnet_edu``: train and evaluate nets, manage weights, repeat measurements, benchmark.

Commands import what they need when they run, so that ``--help`` answers without loading torch.
"""

from typing import Annotated

import typer

from resnet_edu import __version__
from resnet_edu.cli.bench import bench
from resnet_edu.cli.evaluate import evaluate
from resnet_edu.cli.folder import train_folder
from resnet_edu.cli.record import app as record_app
from resnet_edu.cli.train import app as train_app
from resnet_edu.cli.weights import app as weights_app
from resnet_edu.errors import UserError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
train_app.command("folder")(train_folder)
app.add_typer(train_app, name="train")
app.command()(evaluate)
app.add_typer(record_app, name="record")
app.add_typer(weights_app, name="weights")
app.command()(bench)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"resnet-edu {__version__}")
        raise typer.Exit


@app.callback(help="Train and evaluate nets, manage weights, measure again what the app shows, benchmark.")
def resnet_edu(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that precede a command."""


def main() -> None:
    """Run the command line; a ``UserError`` becomes one sentence and exit code 1."""
    try:
        app(prog_name="python -m resnet_edu")
    except UserError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from None
