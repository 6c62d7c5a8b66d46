"""Classification through the engine, compared with bare torch on the same tensor."""

import time
from dataclasses import replace

import torch

from resnet_edu.bench.figure import Figure, medians
from resnet_edu.device import autocast, inference_dtype, synchronize
from resnet_edu.vision.catalogue import DEFAULT_NET, catalogue, load
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import DEFAULT_SAMPLE, sample_picture

REPEATS = 60
RATIO_GOAL = 1.15
ALLOWANCE = 0.010


def classification(device: torch.device | None = None) -> Figure:
    """Measure the default net on the default sample, as a new picture every time so that no cache helps."""
    net = catalogue().nets[DEFAULT_NET]
    picture = sample_picture(DEFAULT_SAMPLE)
    engine = LocalEngine(device)
    model = load(net).to(engine.device)
    batch = net.preprocessing.tensor(net.preprocessing.view(picture.image)).to(engine.device)
    count = 0

    def ours() -> float:
        nonlocal count
        count += 1
        task = Predict(net, replace(picture, sha256=f"{count}"))
        started = time.perf_counter()
        ticket = engine.submit(task, "bench")
        ticket.wait(60)
        ticket.result()
        return time.perf_counter() - started

    @torch.inference_mode()
    def bare() -> float:
        started = time.perf_counter()
        with autocast(engine.device, inference_dtype(engine.device)):
            model(batch).softmax(1).topk(5)
        synchronize(engine.device)
        return time.perf_counter() - started

    medians(ours, bare, repeats=5)  # warm up
    ours_time, bare_time = medians(ours, bare, repeats=REPEATS)
    goal = RATIO_GOAL * bare_time + ALLOWANCE
    return Figure("classification through the engine", ours_time, bare_time, goal, "1.15 x bare torch + 10 ms")
