"""Estimates how long a whole training run would take on this machine from a few of its steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch

from resnet_edu.device import best_device, precisions, seconds_of
from resnet_edu.nets.cifar import IMAGE_SIZE, CifarSpec
from resnet_edu.training.cifar10 import build_seeded
from resnet_edu.training.loop import train_step
from resnet_edu.training.recipe import Recipe, make_optimizer

ROUNDS = 3
TRAIN_PICTURES = 50_000
"""The size of CIFAR-10's training set."""


@dataclass(frozen=True)
class StepTime:
    """The duration of one update of the weights, in one precision."""

    precision: str
    seconds: float


def count_times() -> int:
    """Return how many times ``time_steps`` yields."""
    return ROUNDS * len(precisions(best_device()))


def time_steps(spec: CifarSpec, recipe: Recipe) -> Iterator[tuple[int, StepTime]]:
    """Time real steps of the recipe on random pictures, alternating precisions; the first of each is a warm-up."""
    device = best_device()
    net = build_seeded(spec, recipe.seed).to(device).to(memory_format=torch.channels_last)
    optimizer = make_optimizer(net, recipe)
    random = recipe.generator()
    pictures = torch.randint(
        0, 256, (recipe.batch_size, 3, IMAGE_SIZE, IMAGE_SIZE), dtype=torch.uint8, generator=random
    )
    labels = (torch.arange(recipe.batch_size) % spec.classes).to(device)

    def step(dtype: torch.dtype) -> None:
        train_step(net, optimizer, recipe, recipe.training_inputs(pictures, 0, random, device), labels, dtype)

    for index, dtype in enumerate(precisions(device) * ROUNDS):
        seconds = seconds_of(device, partial(step, dtype))
        yield index, StepTime(str(dtype).removeprefix("torch."), seconds)


def whole_run(times: Iterator[StepTime] | list[StepTime], recipe: Recipe) -> StepTime:
    """Return the faster precision and the seconds for all updates of a run, without its evaluations."""
    fastest = min(times, key=lambda each: each.seconds)
    steps = recipe.epochs * (TRAIN_PICTURES // recipe.batch_size)
    return StepTime(fastest.precision, fastest.seconds * steps)
