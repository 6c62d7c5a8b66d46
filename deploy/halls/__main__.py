"""``python -m deploy.halls``: plan the machines for an audience, and record the figures behind the plans."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from deploy.halls import measured
from deploy.halls.measured import FILE, GB, Rows
from deploy.halls.planning import Choices, Measured
from deploy.halls.planning import plan as plan_hall
from deploy.halls.table import HALLS, sizes
from resnet_edu.errors import UserError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def plan(
    viewers: Annotated[
        list[int] | None, typer.Option(min=1, help="How many; more than one column if repeated.")
    ] = None,
    processors: Annotated[int | None, typer.Option(min=1, help="Of a machine; else of the one measured.")] = None,
    gigabytes: Annotated[float | None, typer.Option(min=0.1, help="Its memory; else of the one measured.")] = None,
    figures: Annotated[Path, typer.Option(help="The measured figures.")] = FILE,
    as_json: Annotated[bool, typer.Option("--json", help="JSON in place of the tables.")] = False,
) -> None:
    """Compute the machines, processes, replicas and network that an audience needs, from measured figures."""
    found = measured.load_measured(figures)
    machine = replace(
        found.machine,
        processors=processors or found.machine.processors,
        memory=gigabytes * GB if gigabytes else found.machine.memory,
    )
    halls = [
        (replica, [plan_hall(each, found, replica, machine) for each in viewers or HALLS]) for replica in found.replicas
    ]
    if as_json:
        rows = [{"replica": replica.device, **asdict(hall)} for replica, planned in halls for hall in planned]
        typer.echo(json.dumps(rows, indent=1))
    else:
        typer.echo(sizes(found, machine, halls))


@app.command()
def record(
    lecture: Annotated[Path, typer.Option(help=f"Output of `{measured.LECTURE_COMMAND}`.")],
    opening: Annotated[Path, typer.Option(help=f"Output of `{measured.OPENING_COMMAND}`.")],
    replica: Annotated[Path, typer.Option(help=f"Output of `{measured.CLUSTER_COMMAND}`.")],
    busy: Annotated[float, typer.Option(min=0.01, max=1, help="Chosen: the share of a processor or replica to use.")],
    patience: Annotated[float, typer.Option(min=0.1, help="Chosen: seconds for a picture of everyone at once.")],
    arrival: Annotated[float, typer.Option(min=1, help="Chosen: seconds within which everyone opens the page.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = FILE,
) -> None:
    """Gather the figures behind `plan` from the output of the trials, on the machine that they ran on."""
    measured.save_measured(
        out,
        Measured(
            machine=measured.this_machine(),
            lecture=measured.lecture_of(Rows(lecture)),
            opening=measured.opening_of(Rows(opening)),
            replicas=(measured.replica_of(Rows(replica)),),
            choices=Choices(busy, patience, arrival),
        ),
    )


def main() -> None:
    """Run the command line; a ``UserError`` becomes one sentence and exit code 1."""
    try:
        app(prog_name="python -m deploy.halls")
    except UserError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
