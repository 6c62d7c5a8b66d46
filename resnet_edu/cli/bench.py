"""The command ``bench``."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from resnet_edu.bench.figure import Figure


def bench(as_json: Annotated[bool, typer.Option("--json", help="JSON in place of the table.")] = False) -> None:
    """Measure speed against the bare libraries. Needs requirements-dev.txt and a Chromium."""
    from resnet_edu.bench.figure import table, to_json

    figures = _figures()
    typer.echo(to_json(figures) if as_json else table(figures))


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
