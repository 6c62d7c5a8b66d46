"""The command ``bench``."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from resnet_edu.errors import UserError, mark

if TYPE_CHECKING:
    from resnet_edu.bench.figure import Figure


class Kind(StrEnum):
    """A device that torch knows."""

    CUDA = "cuda"
    MPS = "mps"
    CPU = "cpu"


def bench(
    as_json: Annotated[bool, typer.Option("--json", help="JSON in place of the table.")] = False,
    device: Annotated[
        Kind | None, typer.Option(help="Measure only what this device does, without a browser: under five minutes.")
    ] = None,
) -> None:
    """Measure speed against the bare libraries. Without --device it needs requirements-dev.txt and a Chromium."""
    if device:
        typer.echo(_on_device(device, as_json=as_json))
        return
    from resnet_edu.bench.figure import table, to_json

    figures = _figures()
    typer.echo(to_json(figures) if as_json else table(figures))


def _on_device(kind: Kind, *, as_json: bool) -> str:
    import torch

    from resnet_edu.device import is_available

    if not is_available(kind):
        raise UserError(mark("This machine has no {kind} device, so nothing was measured."), kind=kind.upper())
    from resnet_edu.bench.on_device import measure

    found = measure(torch.device(kind))
    return found.to_json() if as_json else found.text()


def _figures() -> "list[Figure]":
    from resnet_edu.bench import attribution, browser, engine, gradients, opening, race, stream, teaching

    return [
        engine.classification(),
        gradients.measuring(),
        gradients.own_setting(),
        *attribution.attributions(),
        race.stepping(),
        race.learning(32),
        race.learning(64),
        *teaching.teaching(),
        browser.start(),
        *browser.warm_pages(),
        *browser.dragging(),
        *browser.building(),
        browser.racing(),
        *stream.streaming(),
        *opening.openings(),
        opening.on_a_slow_line(),
    ]
