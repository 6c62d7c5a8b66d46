"""The training loop: resumable bit for bit, stoppable between two steps, with measurements as it goes."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from resnet_edu.device import autocast, computing_time, synchronize
from resnet_edu.errors import UserError, mark
from resnet_edu.measure.signals import measure_signals
from resnet_edu.plain_values import from_plain
from resnet_edu.training.checkpoint import load_checkpoint, save_checkpoint
from resnet_edu.training.data import Dataset, Split, normalize
from resnet_edu.training.recipe import Recipe, make_optimizer
from resnet_edu.training.record import EpochRecord, ProbeRecord

TRAIN_SAMPLE = 10_000
PROBE_BATCH = 128
PROBES = 10
EVALUATION_BATCH = 500
SAVE_SECONDS = 240.0
"""Largest age of the checkpoint during training."""

Inputs = Callable[[Tensor], Tensor]
"""Maps uint8 pictures on a device to a net's input."""

Progress = Callable[[int, int, float], None]
"""Called after each step with (steps done, total steps, loss)."""


class Interrupted(Exception):
    """Raised when a run is stopped between two steps; its checkpoint allows it to continue."""


@dataclass(frozen=True)
class TrainingResult:
    """A finished run: epochs and probes for the record; the net itself holds the last weights.

    ``averaged`` holds their running average, if the recipe has one.
    """

    epochs: tuple[EpochRecord, ...]
    probes: tuple[ProbeRecord, ...]
    precision: str
    averaged: nn.Module | None = None


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
    evaluate_every: int = 1,
    on_step: Progress = lambda done, total, loss: None,
    on_epoch: Callable[[EpochRecord], None] = lambda epoch: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> TrainingResult:
    """Train ``net`` in place; if ``checkpoint`` exists, continue from it as if never stopped.

    A checkpoint is written after each epoch, when the last one is ``SAVE_SECONDS`` old, and when
    ``should_stop`` returns True, which raises ``Interrupted``. Every ``evaluate_every`` epochs, and after the
    last, an ``EpochRecord`` is made, with the averaged weights if the recipe has them. The default
    ``precision`` is bfloat16 on CUDA and elsewhere the faster of float32 and bfloat16, which is measured. The
    whole data set is moved to the device. Raises ``UserError`` if the checkpoint belongs to a different
    recipe or net, if there are fewer training pictures than a batch needs, or if a loss is no longer finite.
    """
    if len(dataset.train) < recipe.batch_size:
        raise UserError(
            mark("A batch of {size} is more than the {count} training pictures. Use a smaller --batch-size."),
            size=recipe.batch_size,
            count=len(dataset.train),
        )
    dataset = replace(dataset, train=dataset.train.to(device), test=dataset.test.to(device))
    net.to(device).to(memory_format=torch.channels_last)
    optimizer = make_optimizer(net, recipe)
    averaged = recipe.averaged(net)
    fingerprint = {**asdict(recipe), "data": dataset.description}
    run = _Run(net, averaged, optimizer, checkpoint, fingerprint, partial(computing_time, device))
    run.restore()
    if not run.precision:
        run.precision = str(precision or _faster_precision(net, recipe, dataset, device)).removeprefix("torch.")
    dtype = getattr(torch, run.precision)
    steps_per_epoch = len(dataset.train) // recipe.batch_size
    total = recipe.epochs * steps_per_epoch
    sample = _sample(dataset.train, TRAIN_SAMPLE, recipe)
    probe_epochs = _probe_epochs(recipe.epochs)

    if run.step == 0 and not run.probes:
        run.probes.append(_probe(net, sample, 0, partial(recipe.inputs, epoch=0), device))
    while run.step < total:
        run.start_clock()
        epoch = run.step // steps_per_epoch
        order = torch.randperm(len(dataset.train), generator=recipe.generator(epoch)).to(device)
        for index in range(run.step % steps_per_epoch, steps_per_epoch):
            if should_stop():
                run.save()
                raise Interrupted
            if run.is_unsaved_for(SAVE_SECONDS):
                run.save()
            batch = order[index * recipe.batch_size : (index + 1) * recipe.batch_size]
            pictures = dataset.train.images[batch]
            images = recipe.training_inputs(pictures, epoch, recipe.generator(epoch, index), device)
            for group in optimizer.param_groups:
                group["lr"] = recipe.learning_rate_at(run.step, steps_per_epoch)
            loss = train_step(net, optimizer, recipe, images, dataset.train.labels[batch], dtype)
            _check_finite(loss, epoch)
            if averaged:
                averaged.update_parameters(net)
            run.step += 1
            on_step(run.step, total, loss)
        run.stop_clock()
        inputs = partial(recipe.inputs, epoch=epoch)
        if epoch + 1 in probe_epochs:
            run.probes.append(_probe(net, sample, epoch + 1, inputs, device))
        is_measured = (epoch + 1) % evaluate_every == 0 or run.step == total
        if is_measured:
            scores = (
                evaluate(run.final, split, device=device, dtype=dtype, inputs=inputs)
                for split in (sample, dataset.test)
            )
            row = run.record(epoch, recipe.learning_rate_at(run.step - 1, steps_per_epoch), *scores)
            _check_finite(row.train_loss + row.test_loss, epoch)
        run.save()
        if is_measured:
            on_epoch(run.epochs[-1])
    return TrainingResult(tuple(run.epochs), tuple(run.probes), run.precision, averaged.module if averaged else None)


def train_step(
    net: nn.Module, optimizer: torch.optim.SGD, recipe: Recipe, inputs: Tensor, labels: Tensor, dtype: torch.dtype
) -> float:
    """Update the weights once on the recipe's inputs with ``labels`` (N,) and return the loss before the update."""
    recipe.set_mode(net)
    with autocast(inputs.device, dtype):
        loss = recipe.loss(net(inputs.to(memory_format=torch.channels_last)), labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch ships it without annotations
    optimizer.step()
    return loss.item()


@torch.inference_mode()
def evaluate(
    net: nn.Module,
    split: Split,
    *,
    device: torch.device,
    dtype: torch.dtype = torch.float32,
    inputs: Inputs = normalize,
) -> Score:
    """Return loss and error in evaluation mode; the net's mode is restored."""
    loss, wrong = 0.0, 0
    for logits, labels in answers(net, split, device=device, dtype=dtype, inputs=inputs):
        loss += F.cross_entropy(logits, labels, reduction="sum").item()
        wrong += int((logits.argmax(1) != labels).sum())
    return Score(loss / len(split), wrong / len(split))


@torch.no_grad()
def answers(
    net: nn.Module,
    split: Split,
    *,
    device: torch.device,
    dtype: torch.dtype = torch.float32,
    inputs: Inputs = normalize,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches of float32 logits (N, classes) and labels (N,) in evaluation mode; the net's mode is restored."""
    was_training = net.training
    net.eval()
    try:
        for start in range(0, len(split), EVALUATION_BATCH):
            images, labels = _batch(split, slice(start, start + EVALUATION_BATCH), inputs, device)
            with autocast(device, dtype):
                logits = net(images).float()
            yield logits, labels
    finally:
        net.train(was_training)


class _Run:
    """The state of a run, as kept by the checkpoint."""

    def __init__(
        self,
        net: nn.Module,
        averaged: AveragedModel | None,
        optimizer: torch.optim.SGD,
        path: Path,
        fingerprint: dict[str, Any],
        clock: Callable[[], float],
    ) -> None:
        self.net, self.averaged, self.optimizer = net, averaged, optimizer
        self.path, self.fingerprint, self._clock = path, fingerprint, clock
        self.step = 0
        self.seconds = 0.0
        self.precision = ""
        self.epochs: list[EpochRecord] = []
        self.probes: list[ProbeRecord] = []
        self._started: float | None = None
        self._saved = time.perf_counter()

    @property
    def final(self) -> nn.Module:
        """The net that is evaluated: the averaged one if there is one."""
        return self.averaged.module if self.averaged else self.net

    def record(self, epoch: int, learning_rate: float, train: Score, test: Score) -> EpochRecord:
        """Add and return an epoch's figures, including the seconds since the previous record."""
        row = EpochRecord(
            epoch=epoch + 1,
            learning_rate=learning_rate,
            seconds=round(self.seconds, 2),
            train_loss=train.loss,
            train_error=train.error,
            test_loss=test.loss,
            test_error=test.error,
        )
        self.epochs.append(row)
        self.seconds = 0.0
        return row

    def start_clock(self) -> None:
        """Start counting ``seconds`` of training."""
        self._started = self._clock()

    def stop_clock(self) -> None:
        """Add the time since the clock was started to ``seconds``."""
        if self._started is not None:
            self.seconds += self._clock() - self._started
            self._started = None

    def is_unsaved_for(self, seconds: float) -> bool:
        """Return whether the last checkpoint is at least that old."""
        return time.perf_counter() - self._saved >= seconds

    def save(self) -> None:
        """Write atomically: an interruption while writing leaves the old checkpoint intact."""
        if ticking := self._started is not None:
            self.stop_clock()
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
        if self.averaged:
            values["averaged"] = self.averaged.state_dict()
        save_checkpoint(self.path, values)
        self._saved = time.perf_counter()
        if ticking:
            self.start_clock()

    def restore(self) -> None:
        if not self.path.exists():
            return
        values = load_checkpoint(self.path, self.fingerprint)
        self.net.load_state_dict(values["net"])
        if self.averaged:
            self.averaged.load_state_dict(values["averaged"])
        self.optimizer.load_state_dict(values["optimizer"])
        self.step, self.seconds, self.precision = values["step"], values["seconds"], values["precision"]
        self.epochs = from_plain(values["epochs"], list[EpochRecord])
        self.probes = from_plain(values["probes"], list[ProbeRecord])


def _batch(split: Split, index: slice, inputs: Inputs, device: torch.device) -> tuple[Tensor, Tensor]:
    images = inputs(split.images[index].to(device)).to(memory_format=torch.channels_last)
    return images, split.labels[index].to(device)


def _sample(split: Split, count: int, recipe: Recipe) -> Split:
    chosen = torch.randperm(len(split), generator=recipe.generator())[:count]
    return Split(split.images[chosen], split.labels[chosen])


def _probe(net: nn.Module, sample: Split, epoch: int, inputs: Inputs, device: torch.device) -> ProbeRecord:
    frozen = [each for each in net.parameters() if not each.requires_grad]
    net.requires_grad_()
    try:
        return ProbeRecord(epoch, measure_signals(net, *_batch(sample, slice(PROBE_BATCH), inputs, device)))
    finally:
        for each in frozen:
            each.requires_grad_(False)


def _probe_epochs(epochs: int) -> set[int]:
    return {1, epochs} | {round(epochs * part / PROBES) for part in range(1, PROBES)}


def _check_finite(loss: float, epoch: int) -> None:
    if not math.isfinite(loss):
        raise UserError(
            mark("The loss became {loss} in epoch {epoch}; nothing is published. Try a lower --learning-rate."),
            loss=loss,
            epoch=epoch + 1,
        )


def _faster_precision(net: nn.Module, recipe: Recipe, dataset: Dataset, device: torch.device) -> torch.dtype:
    """Choose by timing a few forward and backward passes in each precision; no parameter changes.

    On a GPU nothing is timed, because runs in parallel would disturb the measurement.
    """
    if device.type == "mps":
        return torch.float32
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    images, labels = _batch(dataset.train, slice(recipe.batch_size), partial(recipe.inputs, epoch=0), device)
    state = {name: value.clone() for name, value in net.state_dict().items()}
    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        for passes in (2, 4):  # the first round warms up
            started = time.perf_counter()
            for _ in range(passes):
                with autocast(device, dtype):
                    loss = F.cross_entropy(net(images), labels)
                torch.autograd.grad(loss, [each for each in net.parameters() if each.requires_grad])
            synchronize(device)
            seconds[dtype] = time.perf_counter() - started
    net.load_state_dict(state)  # restores batch normalisation's running averages
    return min(seconds, key=lambda dtype: seconds[dtype])
