"""``python -m deploy.cluster``: the app in front of a Ray cluster on this machine, to try it or to measure it."""

import os
import secrets
import signal
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from deploy.cluster.app import running
from deploy.cluster.ray_cluster import Cluster
from resnet_edu import config
from resnet_edu.bench.figure import table, to_json

PORT = 8600

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def run() -> None:
    """Run two replicas, two processes of the app and nginx on the loopback interface until Ctrl-C."""
    os.environ.setdefault(config.RAY_KEY.name, secrets.token_hex())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder, Cluster(Path(folder) / "cluster.log", replicas=2) as cluster:
        typer.echo(f"Two replicas behind {cluster.address}")
        with running(cluster.address, Path(folder), PORT) as opened:
            ports = " and ".join(map(str, opened.ports))
            typer.echo(f"The app is at {opened.address}, by its processes on ports {ports}. Ctrl-C ends all.")
            try:
                signal.pause()
            except KeyboardInterrupt:
                typer.echo("Ending.")


@app.command()
def bench(
    as_json: Annotated[bool, typer.Option("--json", help="JSON in place of the table.")] = False,
) -> None:
    """Compare replicas with the local engine and with each other, and measure what one replica needs."""
    from deploy.cluster.benchmark import replicas  # needs Ray, which --help does not

    figures = replicas()
    typer.echo(to_json(figures) if as_json else table(figures))


if __name__ == "__main__":
    app(prog_name="python -m deploy.cluster")
