"""The training loop: resumable bit for bit, stoppable between two steps, measured as it goes."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_edu.device import autocast, synchronize
from resnet_edu.errors import UserError, mark
from resnet_edu.measure.signals import measure_signals
from resnet_edu.training.data import Dataset, Split, augment, normalize
from resnet_edu.training.recipe import Recipe, make_optimizer
from resnet_edu.training.record import EpochRecord, ProbeRecord, probe_from_dict

TRAIN_SAMPLE = 10_000
PROBE_BATCH = 128
PROBES = 10
EVALUATION_BATCH = 500

Progress = Callable[[int, int, float], None]
"""Called after each step with (steps done, steps in all, loss)."""


class Interrupted(Exception):
    """The run was stopped between two steps; its checkpoint continues it."""


@dataclass(frozen=True)
class Result:
    """A finished run: epochs and probes for the record; the net holds the final weights."""

    epochs: tuple[EpochRecord, ...]
    probes: tuple[ProbeRecord, ...]
    precision: str


@dataclass(frozen=True)
class Score:
    """Mean cross-entropy and top-1 error (a fraction) over a split."""

    loss: float
    error: float


def train(
    net: nn.Module,
    dataset: Dataset,
    recipe: Recipe,
    checkpoint: Path,
    *,
    device: torch.device,
    precision: torch.dtype | None = None,
    on_step: Progress = lambda done, total, loss: None,
    on_epoch: Callable[[EpochRecord], None] = lambda epoch: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Result:
    """Train ``net`` in place; if ``checkpoint`` exists, continue from it as if never stopped.

    A checkpoint is written after each epoch and when ``should_stop`` answers True, which raises
    ``Interrupted``. Without ``precision`` the faster of float32 and bfloat16 is measured and taken.
    Raises ``UserError`` when the checkpoint belongs to another recipe or net.
    """
    net.to(device).to(memory_format=torch.channels_last)
    optimizer = make_optimizer(net, recipe)
    run = _Run(net, optimizer, checkpoint, fingerprint={**asdict(recipe), "data": dataset.description})
    run.restore()
    if not run.precision:
        run.precision = str(precision or _faster_precision(net, recipe, dataset, device)).removeprefix("torch.")
    dtype = getattr(torch, run.precision)
    steps_per_epoch = len(dataset.train) // recipe.batch_size
    total = recipe.epochs * steps_per_epoch
    sample = _sample(dataset.train, TRAIN_SAMPLE, recipe)
    probe_epochs = _probe_epochs(recipe.epochs)

    if run.step == 0 and not run.probes:
        run.probes.append(_probe(net, sample, 0, device))
    while run.step < total:
        started = time.perf_counter()
        epoch = run.step // steps_per_epoch
        order = torch.randperm(len(dataset.train), generator=recipe.generator(epoch))
        for index in range(run.step % steps_per_epoch, steps_per_epoch):
            if should_stop():
                run.seconds += time.perf_counter() - started
                run.save()
                raise Interrupted
            batch = order[index * recipe.batch_size : (index + 1) * recipe.batch_size]
            images = augment(dataset.train.images[batch], recipe.generator(epoch, index))
            for group in optimizer.param_groups:
                group["lr"] = recipe.learning_rate_at(run.step, steps_per_epoch)
            loss = train_step(net, optimizer, images, dataset.train.labels[batch], device, dtype)
            run.step += 1
            on_step(run.step, total, loss)
        run.seconds += time.perf_counter() - started
        train_score = evaluate(net, sample, device=device, dtype=dtype)
        test_score = evaluate(net, dataset.test, device=device, dtype=dtype)
        run.epochs.append(
            EpochRecord(
                epoch=epoch + 1,
                learning_rate=recipe.learning_rate_at(run.step - 1, steps_per_epoch),
                seconds=round(run.seconds, 2),
                train_loss=train_score.loss,
                train_error=train_score.error,
                test_loss=test_score.loss,
                test_error=test_score.error,
            )
        )
        if epoch + 1 in probe_epochs:
            run.probes.append(_probe(net, sample, epoch + 1, device))
        run.seconds = 0.0
        run.save()
        on_epoch(run.epochs[-1])
    return Result(tuple(run.epochs), tuple(run.probes), run.precision)


def train_step(
    net: nn.Module,
    optimizer: torch.optim.SGD,
    images: Tensor,
    labels: Tensor,
    device: torch.device,
    dtype: torch.dtype,
) -> float:
    """One update on uint8 ``images`` (N, 3, H, W) and their ``labels`` (N,); the loss before it."""
    net.train()
    inputs = normalize(images.to(device)).to(memory_format=torch.channels_last)
    with autocast(device, dtype):
        loss = F.cross_entropy(net(inputs), labels.to(device))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch ships it without annotations
    optimizer.step()
    return loss.item()


@torch.inference_mode()
def evaluate(net: nn.Module, split: Split, *, device: torch.device, dtype: torch.dtype = torch.float32) -> Score:
    """Loss and error in evaluation mode; the net's mode is restored."""
    was_training = net.training
    net.eval()
    loss, wrong = 0.0, 0
    try:
        for start in range(0, len(split), EVALUATION_BATCH):
            images, labels = _batch(split, slice(start, start + EVALUATION_BATCH), device)
            with autocast(device, dtype):
                logits = net(images).float()
            loss += F.cross_entropy(logits, labels, reduction="sum").item()
            wrong += int((logits.argmax(1) != labels).sum())
    finally:
        net.train(was_training)
    return Score(loss / len(split), wrong / len(split))


class _Run:
    """Where a run stands: what the checkpoint keeps."""

    def __init__(self, net: nn.Module, optimizer: torch.optim.SGD, path: Path, fingerprint: dict[str, Any]) -> None:
        self.net, self.optimizer, self.path, self.fingerprint = net, optimizer, path, fingerprint
        self.step = 0
        self.seconds = 0.0
        self.precision = ""
        self.epochs: list[EpochRecord] = []
        self.probes: list[ProbeRecord] = []

    def save(self) -> None:
        """Write all or nothing: a stop in the middle of writing leaves the old checkpoint."""
        values = {
            "fingerprint": self.fingerprint,
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "precision": self.precision,
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "probes": [asdict(probe) for probe in self.probes],
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        torch.save(values, partial)
        partial.replace(self.path)

    def restore(self) -> None:
        if not self.path.exists():
            return
        values = torch.load(self.path, weights_only=True)
        if values["fingerprint"] != self.fingerprint:
            raise UserError(
                mark("The checkpoint {name} belongs to another recipe or data set. Use its settings, or delete it."),
                name=self.path.name,
            )
        self.net.load_state_dict(values["net"])
        self.optimizer.load_state_dict(values["optimizer"])
        self.step, self.seconds, self.precision = values["step"], values["seconds"], values["precision"]
        self.epochs = [EpochRecord(**row) for row in values["epochs"]]
        self.probes = [probe_from_dict(row) for row in values["probes"]]


def _batch(split: Split, index: slice, device: torch.device) -> tuple[Tensor, Tensor]:
    images = normalize(split.images[index].to(device)).to(memory_format=torch.channels_last)
    return images, split.labels[index].to(device)


def _sample(split: Split, count: int, recipe: Recipe) -> Split:
    chosen = torch.randperm(len(split), generator=recipe.generator())[:count]
    return Split(split.images[chosen], split.labels[chosen])


def _probe(net: nn.Module, sample: Split, epoch: int, device: torch.device) -> ProbeRecord:
    return ProbeRecord(epoch, measure_signals(net, *_batch(sample, slice(PROBE_BATCH), device)))


def _probe_epochs(epochs: int) -> set[int]:
    return {1, epochs} | {round(epochs * part / PROBES) for part in range(1, PROBES)}


def _faster_precision(net: nn.Module, recipe: Recipe, dataset: Dataset, device: torch.device) -> torch.dtype:
    """Measure a few forward and backward passes in each precision; no parameter changes."""
    if device.type == "mps":
        return torch.float32
    images, labels = _batch(dataset.train, slice(recipe.batch_size), device)
    state = {name: value.clone() for name, value in net.state_dict().items()}
    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        for passes in (2, 4):  # the first round warms up
            started = time.perf_counter()
            for _ in range(passes):
                with autocast(device, dtype):
                    loss = F.cross_entropy(net(images), labels)
                torch.autograd.grad(loss, list(net.parameters()))
            synchronize(device)
            seconds[dtype] = time.perf_counter() - started
    net.load_state_dict(state)  # batch normalisation's running averages moved
    return min(seconds, key=lambda dtype: seconds[dtype])
