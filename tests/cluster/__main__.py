"""``make cluster``: two replicas on Ray, two processes of the app, nginx, all on the loopback interface."""

import os
import secrets
import signal
import tempfile
from pathlib import Path

from resnet_edu.bench.ray_cluster import Cluster
from resnet_edu.vision.engine.messages import KEY_VARIABLE

from .hall import hall

PORT = 8600


def main() -> None:
    """Run until Ctrl-C."""
    os.environ.setdefault(KEY_VARIABLE, secrets.token_hex())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder, Cluster(Path(folder) / "cluster.log", replicas=2) as cluster:
        print(f"Two replicas behind {cluster.address}", flush=True)
        with hall(cluster.address, Path(folder), PORT) as opened:
            ports = " and ".join(map(str, opened.ports))
            print(f"The app is at {opened.address}, by its processes on ports {ports}. Ctrl-C ends all.", flush=True)
            try:
                signal.pause()
            except KeyboardInterrupt:
                print("Ending.", flush=True)


if __name__ == "__main__":
    main()
