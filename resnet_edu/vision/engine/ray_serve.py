"""Replicas as an application of Ray Serve. The only module that imports ray; the cluster does, the app doesn't.

``serve run resnet_edu.vision.engine.ray_serve:application smallest=2`` starts it by hand.
"""

from pydantic import BaseModel
from ray import serve
from ray.serve import Application
from ray.serve.config import AutoscalingConfig, BackpressureConfig

from resnet_edu.vision.engine.messages import OURS
from resnet_edu.vision.engine.replica import Replica

NAME = "resnet-edu"
BUSY_STATUS = 429
LOOK_SECONDS, LOOK_BACK_SECONDS, UPSCALE_SECONDS = 1.0, 5.0, 5.0
"""A class opens a link within a minute, and a replica takes ten seconds to start."""
DOWNSCALE_SECONDS = 600.0
"""A lecture has pauses, and a new replica has to load its libraries and nets again."""


class Settings(BaseModel):
    """The operator's choices.

    There are between ``smallest`` and ``largest`` replicas, each with ``cpus`` processors and ``gpus`` GPUs
    (which may be fractions); up to ``batch`` pictures share a forward pass. ``waiting`` tasks fit into a
    replica's queue; later ones are asked to come back. A replica is added when there are more than ``target``
    requests for each. Only tasks of ``packages``, a comma-separated list, are accepted.
    """

    smallest: int = 1
    largest: int = 1
    cpus: float = 1
    gpus: float = 0
    batch: int = 8
    waiting: int = 64
    target: float = 8
    packages: str = ",".join(OURS)


def application(settings: Settings) -> Application:
    """Build the application for ``serve.run`` or a RayService's ``import_path``, whose ``args`` are ``Settings``."""
    deployment = serve.deployment(
        Replica,
        name=Replica.__name__,
        ray_actor_options={"num_cpus": settings.cpus, "num_gpus": settings.gpus},
        max_ongoing_requests=settings.waiting + 2 * settings.batch,  # the replica itself refuses, by its own count
        max_queued_requests=settings.waiting,
        backpressure_config=BackpressureConfig(status_code=BUSY_STATUS, retry_after_s=1),
        autoscaling_config=AutoscalingConfig(
            min_replicas=settings.smallest,
            max_replicas=max(settings.smallest, settings.largest),
            target_ongoing_requests=settings.target,
            metrics_interval_s=LOOK_SECONDS,
            look_back_period_s=LOOK_BACK_SECONDS,
            upscale_delay_s=UPSCALE_SECONDS,
            downscale_delay_s=DOWNSCALE_SECONDS,
        ),
        health_check_period_s=2,
        health_check_timeout_s=30,
    )
    packages = settings.packages.split(",")
    return deployment.bind(settings.waiting, settings.batch, threads=max(1, int(settings.cpus)), packages=packages)
