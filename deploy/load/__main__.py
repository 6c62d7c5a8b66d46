"""``python -m deploy.load``: put a server under load and print the figures; exit code 1 if a goal is missed."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Annotated, Any

import typer

from deploy.load import halls, phases, votes
from deploy.nginx import NGINX
from resnet_edu.bench.figure import Figure, table, to_json
from resnet_edu.ui.serving.server import allow_many_sockets


class Trial(StrEnum):
    """The available trials."""

    LECTURE = "lecture"
    HALL = "hall"
    VOTES = "votes"
    OPENING = "opening"
    UPLOADS = "uploads"
    SLOW = "slow"
    SOAK = "soak"
    TEACHING = "teaching"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    trials: Annotated[list[Trial] | None, typer.Argument(help="Which; without it all, one after the other.")] = None,
    viewers: Annotated[int, typer.Option(min=1, max=2000, help="Sessions of the lecture.")] = 1000,
    phones: Annotated[int, typer.Option(min=1, max=2000, help="Of the hall, which votes.")] = 1000,
    browsers: Annotated[int, typer.Option(min=0, max=8, help="Real browsers among them.")] = 2,
    arrival: Annotated[float, typer.Option(min=1, max=600, help="Seconds within which all arrive.")] = 60,
    stay: Annotated[float, typer.Option(min=1, max=3600, help="Seconds in which they look around, and upload.")] = 240,
    forgotten: Annotated[
        float, typer.Option(min=0, max=600, help="Seconds until Streamlit forgets a closed session.")
    ] = phases.FORGOTTEN_SECONDS,
    uploads: Annotated[int, typer.Option(min=1, max=250, help="Pictures within ten seconds.")] = 100,
    beside: Annotated[int, typer.Option(min=1, max=500, help="Viewers beside the slow computation.")] = 50,
    beside_seconds: Annotated[float, typer.Option(min=10, max=600, help="For so long.")] = 120,
    soak_viewers: Annotated[int, typer.Option(min=1, max=500, help="Seats of the soak.")] = 50,
    soak_minutes: Annotated[float, typer.Option(min=0.1, max=180, help="For so long.")] = 60,
    students: Annotated[int, typer.Option(min=1, max=200, help="Who teach the net at once.")] = 10,
    processes: Annotated[
        int, typer.Option(min=1, max=2, help="Of the app, in the lecture and the soak; two stand behind nginx.")
    ] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="JSON in place of the table.")] = False,
) -> None:
    """Put a local server under the load of a lecture hall. Linux only."""
    if sys.platform != "linux":
        raise typer.BadParameter("memory and processor time are read from Linux's /proc")
    if processes > 1 and NGINX is None:
        raise typer.BadParameter("two processes need nginx before them, which `make nginx` unpacks")
    allow_many_sockets()
    run: dict[Trial, Callable[[], Coroutine[Any, Any, phases.Report]]] = {
        Trial.LECTURE: lambda: phases.lecture(viewers, browsers, arrival, stay, forgotten, processes),
        Trial.HALL: lambda: halls.hall(phones),
        Trial.VOTES: lambda: votes.votes(min(phones, votes.MOST)),
        Trial.OPENING: phases.opening,
        Trial.UPLOADS: lambda: phases.uploads(uploads),
        Trial.SLOW: lambda: phases.slow(beside, beside_seconds),
        Trial.TEACHING: lambda: phases.teaching(students),
        Trial.SOAK: lambda: phases.soak(soak_viewers, soak_minutes * 60, processes),
    }
    figures: list[Figure] = []
    for trial in trials or Trial:
        typer.echo(f"{trial}:", err=True)
        figures += asyncio.run(run[trial]()).figures
    if as_json:
        typer.echo(to_json(figures))
    else:
        typer.echo(table(figures))
    if any(figure.reached is False for figure in figures):
        raise typer.Exit(1)


if __name__ == "__main__":
    app(prog_name="python -m deploy.load")
