"""The race compared with bare torch's steps of the same two nets, and how long a class waits for its end."""

import time

import torch
from torch.nn import functional as F

from resnet_edu.bench.figure import Figure, medians
from resnet_edu.device import compute_alone
from resnet_edu.nets.cifar import Family
from resnet_edu.nets.fully_connected import FullyConnectedNet
from resnet_edu.training.points import draw
from resnet_edu.training.race import Race, RaceSpec, open_race
from resnet_edu.training.race_record import LEARNT
from resnet_edu.training.racing import LiveRace

STEPS = 100
REPEATS = 5
RATIO_GOAL = 1.3
HALL_SECONDS = 5.0


def stepping() -> Figure:
    """Measure a step of both 32-layer nets, including the snapshots shown in the meantime."""
    spec = RaceSpec()
    opening = open_race(spec)
    nets = [FullyConnectedNet(spec.net(family, opening.points)) for family in (Family.PLAIN, Family.RESIDUAL)]
    optimizers = [torch.optim.Adam(net.parameters(), spec.learning_rate, fused=True) for net in nets]
    points = draw(spec.points, spec.seed)

    def ours() -> float:
        race = LiveRace(spec, opening)
        race.goal = STEPS
        started = time.perf_counter()
        race.run(lambda: True)
        return (time.perf_counter() - started) / STEPS

    def bare() -> float:
        started = time.perf_counter()
        for _ in range(STEPS):
            for net, optimizer in zip(nets, optimizers, strict=True):
                optimizer.zero_grad()
                F.cross_entropy(net(points.inputs), points.labels).backward()  # type: ignore[no-untyped-call]  # torch has no annotation
                optimizer.step()
        return (time.perf_counter() - started) / STEPS

    with compute_alone():
        medians(ours, bare, repeats=1)  # warm up
        ours_time, bare_time = medians(ours, bare, repeats=REPEATS)
    return Figure("a step of a race of 32 layers", ours_time, bare_time, RATIO_GOAL * bare_time, "1.3 x bare torch")


def learning(depth: int) -> Figure:
    """Measure from the start until the residual net has learnt, while the plain one has not."""

    def seconds() -> float:
        started = time.perf_counter()
        race = Race(RaceSpec(depth=depth))
        while race.residual.accuracy < LEARNT:
            race.advance()
        assert race.plain.accuracy < LEARNT
        return time.perf_counter() - started

    with compute_alone():
        taken = medians(seconds, repeats=REPEATS)[0]
    return Figure(f"a residual net of {depth} layers has learnt the spiral", taken, None, HALL_SECONDS, "5 s")
