"""``evaluate``: what is stated of a net, measured again."""

from typing import Annotated

import typer

from resnet_edu.cli.options import DataDir
from resnet_edu.cli.weights import find_net
from resnet_edu.paths import CHECKPOINTS

TOLERANCE = 0.001
"""Another processor's rounding may turn a picture or two in ten thousand."""


def evaluate(
    name: Annotated[str, typer.Argument(help="As `weights list` names it.")] = "cifar10-residual-20",
    data_dir: DataDir = None,
) -> None:
    """Measure a net of ours, or your own for CIFAR-10, on the test set and compare with what is stated of it."""
    from resnet_edu.evaluation import evaluate as measure

    found = measure(find_net(name), data_dir, CHECKPOINTS / "data")
    typer.echo(f"measured on {found.data}, stated of {found.stated_data or 'nothing'}")
    for figure, value in found.measured.items():
        stated = f"{found.stated[figure]:9.6f}" if figure in found.stated else "not stated"
        typer.echo(f"{figure:40} {value:9.6f} {stated}")
    if found.differs(TOLERANCE):
        raise typer.Exit(1)
