"""Attributions compared with the plainest Captum call on the same net and picture."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import captum.attr
import torch
from torch import Tensor, nn

from resnet_edu.bench.figure import Figure, medians
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.seeding import seeded
from resnet_edu.vision.attribution.gradients import NOISE_SHARE, SHAP_NOISE, quiet
from resnet_edu.vision.attribution.layers import layers
from resnet_edu.vision.attribution.method import Options, Question
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.occlusion import window_of
from resnet_edu.vision.attribution.task import ask
from resnet_edu.vision.catalogue import catalogue
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.samples import DEFAULT_SAMPLE, sample_picture

NET = "resnet18-v1"
TARGET = 281
OPTIONS = Options(steps=24, samples=10)
"""Fewer than the app's, on both sides alike, so that everything takes little more than a minute."""
BATCHES = (4, 8, 16)
"""Captum's batch size is a choice; the app is compared with the best one."""
SEARCH_STEPS = 16
"""Enough steps to tell which batch size is best: one of the largest."""
REPEATS = 3
OCCLUSION_REPEATS = 2
"""A run has 169 pictures, which averages out the machine's fluctuations."""
DIRECT_GOAL = 1.1
OCCLUSION_GOAL = 0.5


def attributions() -> list[Figure]:
    """Measure every method at 224 pixels on a ResNet-18 with random weights."""
    question, direct = _question(), _direct(_question())
    figures = []
    for name in direct:
        goal = f"{DIRECT_GOAL} x Captum's call"
        ours, bare = _race(name, question, direct[name])
        figures.append(Figure(f"{METHODS[name].title} at 224 pixels", ours, bare, DIRECT_GOAL * bare, goal))
    return [*figures, *_integrated_gradients(question), *_occlusion(question)]


def _integrated_gradients(question: Question) -> list[Figure]:
    method = captum.attr.IntegratedGradients(question.model)
    steps = question.options.steps

    def call(batch: int, steps: int) -> Any:
        return method.attribute(question.input, target=TARGET, n_steps=steps, internal_batch_size=batch)

    best = _fastest(lambda batch: call(batch, SEARCH_STEPS))
    ours, bare = _race("integrated-gradients", question, lambda: call(best, steps))
    name = f"Integrated Gradients, {steps} steps, against Captum in batches of {best}"
    return [Figure(name, ours, bare, bare, "Captum's best batch")]


def _occlusion(question: Question) -> list[Figure]:
    method = captum.attr.Occlusion(question.model)
    window, step = window_of(question.image.shape[-1])

    def call(batch: int, step: int = step) -> Any:
        return method.attribute(
            question.input,
            sliding_window_shapes=(3, window, window),
            strides=(3, step, step),
            baselines=0,
            target=TARGET,
            perturbations_per_eval=batch,
        )

    best = _fastest(lambda batch: call(batch, window))  # a quarter of the squares
    ours, best_time, default_time = medians(
        _timed(lambda: METHODS["occlusion"].map(question)),
        _timed(lambda: call(best)),
        _timed(lambda: call(1)),
        repeats=OCCLUSION_REPEATS,
    )
    return [
        Figure(f"Occlusion, against Captum in batches of {best}", ours, best_time, best_time, "Captum's best batch"),
        Figure("Occlusion, against Captum's default", ours, default_time, OCCLUSION_GOAL * default_time, "half of it"),
    ]


def _question() -> Question:
    net = catalogue().nets[NET]
    with seeded(0):
        model = ImagenetSpec("resnet18").build().eval()
    image = net.preprocessing.tensor(net.preprocessing.view(sample_picture(DEFAULT_SAMPLE).image))
    return ask(Loaded(net, model, torch.device("cpu")), image, TARGET, OPTIONS, chunk=8)


def _direct(question: Question) -> dict[str, Callable[[], Any]]:
    """Return Captum's plainest call for every method except the two with their own batch settings."""
    model: nn.Module = question.model
    layer = model.get_submodule(layers(ImagenetSpec("resnet18")).stages[-1])
    deviation = NOISE_SHARE * float(question.image.max() - question.image.min())
    starts = torch.cat([each.expand_as(question.image) for each in (question.black, question.white)])
    samples = question.options.samples
    what = {"target": TARGET}

    def grad_cam() -> Tensor:
        values = captum.attr.LayerGradCam(model, layer).attribute(question.input, relu_attributions=True, **what)
        enlarged: Tensor = captum.attr.LayerAttribution.interpolate(values, question.image.shape[-2:], "bilinear")
        return enlarged

    return {
        "saliency": lambda: captum.attr.Saliency(model).attribute(question.input, **what),
        "input-x-gradient": lambda: captum.attr.InputXGradient(model).attribute(question.input, **what),
        "guided-backprop": lambda: captum.attr.GuidedBackprop(model).attribute(question.input, **what),
        "deconvolution": lambda: captum.attr.Deconvolution(model).attribute(question.input, **what),
        "grad-cam": grad_cam,
        "guided-grad-cam": lambda: captum.attr.GuidedGradCam(model, layer).attribute(
            question.input, interpolate_mode="bilinear", **what
        ),
        "smoothgrad": lambda: captum.attr.NoiseTunnel(captum.attr.Saliency(model)).attribute(
            question.input, nt_type="smoothgrad", nt_samples=samples, stdevs=deviation, abs=False, **what
        ),
        "gradient-shap": lambda: captum.attr.GradientShap(model).attribute(
            question.input, baselines=starts, n_samples=samples, stdevs=SHAP_NOISE, **what
        ),
    }


def _race(name: str, question: Question, bare: Callable[[], Any]) -> tuple[float, float]:
    ours = _timed(lambda: METHODS[name].map(replace(question)))
    direct = _timed(bare)
    if not METHODS[name].long:
        medians(ours, direct, repeats=1)  # warm up; a long one warms up as it runs
    ours_time, bare_time = medians(ours, direct, repeats=REPEATS)
    return ours_time, bare_time


def _fastest(call: Callable[[int], Any]) -> int:
    """Return the batch size with which Captum is fastest on this machine."""
    times = [_timed(lambda batch=batch: call(batch))() for batch in BATCHES]  # type: ignore[misc]  # bound at once
    return BATCHES[times.index(min(times))]


def _timed(job: Callable[[], Any]) -> Callable[[], float]:
    def run() -> float:
        started = time.perf_counter()
        with quiet():
            job()
        return time.perf_counter() - started

    return run
