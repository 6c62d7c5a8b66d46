"""Gradient measurements, compared with bare torch's forward and backward on the same nets."""

import itertools
import time

import torch
from torch.nn import functional as F

from resnet_edu.bench.figure import Figure, medians
from resnet_edu.device import leave_a_core
from resnet_edu.measure.gradients import DEPTHS, build, make_batch, measure_net
from resnet_edu.measure.live import LiveMeasurements
from resnet_edu.measure.sweeps import Setting

DEPTH = 56
REPEATS = 7
RATIO_GOAL = 1.2


def own_setting() -> Figure:
    """Measure from requesting an unrecorded setting to its first pair, at the slider's largest depth."""
    leave_a_core()
    depth = DEPTHS[-1]

    def ours() -> float:
        setting = Setting(seed=next(seeds))
        started = time.perf_counter()
        sweep = LiveMeasurements().start(setting, depth)
        assert sweep.wait_for(depth, 60)
        seconds = time.perf_counter() - started
        sweep.stop()
        return seconds

    def bare() -> float:
        experiments = Setting(seed=next(seeds)).experiments(depth)
        started = time.perf_counter()
        images, labels = make_batch(experiments[0])
        for net in [build(experiment).train() for experiment in experiments]:
            loss = F.cross_entropy(net(images), labels)
            torch.autograd.grad(loss, list(net.parameters()))
        return time.perf_counter() - started

    seeds = itertools.count()
    medians(ours, bare, repeats=1)  # warm up
    ours_time, bare_time = medians(ours, bare, repeats=REPEATS)
    return Figure(f"an own setting at {depth} layers, first shown", ours_time, bare_time, 1.2, "1.2 s")


def measuring() -> Figure:
    """Measure the plain and the residual net of 56 layers together, batch 8."""
    leave_a_core()
    experiments = Setting().experiments(DEPTH)
    images, labels = make_batch(experiments[0])
    nets = [build(experiment).train() for experiment in experiments]

    def ours() -> float:
        started = time.perf_counter()
        for net in nets:
            measure_net(net, images, labels)
        return time.perf_counter() - started

    def bare() -> float:
        started = time.perf_counter()
        for net in nets:
            loss = F.cross_entropy(net(images), labels)
            torch.autograd.grad(loss, list(net.parameters()))
        return time.perf_counter() - started

    medians(ours, bare, repeats=2)  # warm up
    ours_time, bare_time = medians(ours, bare, repeats=REPEATS)
    name = f"gradients of two nets of {DEPTH} layers"
    return Figure(name, ours_time, bare_time, RATIO_GOAL * bare_time, "1.2 x bare torch")
