"""The command ``evaluate``: measures a net again and compares with its stated figures."""

from typing import Annotated

import typer

from resnet_edu.cli.options import DataDir
from resnet_edu.cli.weights import find_net
from resnet_edu.paths import CHECKPOINTS

TOLERANCE = 0.001
"""Rounding on a different processor may change a picture or two in ten thousand."""


def evaluate(
    name: Annotated[str, typer.Argument(help="As `weights list` names it.")] = "cifar10-residual-20",
    data_dir: DataDir = None,
) -> None:
    """Measure a shipped net, or your own CIFAR-10 net, on the test set and compare with its stated figures."""
    from resnet_edu.evaluation import evaluate as measure
    from resnet_edu.text_table import text_table

    found = measure(find_net(name), data_dir, CHECKPOINTS / "data")
    typer.echo(f"measured on {found.data}, stated of {found.stated_data or 'nothing'}")
    rows = [
        (figure, f"{value:.6f}", f"{found.stated[figure]:.6f}" if figure in found.stated else "not stated")
        for figure, value in found.measured.items()
    ]
    typer.echo(text_table(rows, "lrr", ("", "measured", "stated")))
    if found.differs(TOLERANCE):
        raise typer.Exit(1)
