"""A Ray cluster with engine replicas on the loopback interface, running until it receives a signal.

``python -m deploy.cluster.ray_head --port 8000 --replicas 2``. All its processes end with it.
"""

import argparse
import signal
import threading

import ray
from ray import serve

from resnet_edu.vision.engine.ray_serve import NAME, Settings, application

STORE_BYTES = 200 * 2**20


def main() -> None:
    """Start the cluster, print its address and wait for a signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--waiting", type=int, default=Settings().waiting)
    parser.add_argument("--batch", type=int, default=Settings().batch)
    parser.add_argument("--packages", default=Settings().packages)
    asked = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ray.init(
        address="local",
        num_cpus=max(asked.replicas, asked.most),
        object_store_memory=STORE_BYTES,
        include_dashboard=False,
    )
    serve.start(http_options={"host": "127.0.0.1", "port": asked.port})
    settings = Settings(
        smallest=asked.replicas,
        largest=max(asked.replicas, asked.most),
        waiting=asked.waiting,
        batch=asked.batch,
        packages=asked.packages,
    )
    serve.run(application(settings), name=NAME, route_prefix="/")
    print(f"{asked.replicas} replicas at http://127.0.0.1:{asked.port}", flush=True)
    ended.wait()
    serve.shutdown()
    ray.shutdown()


if __name__ == "__main__":
    main()
