"""Fine-tuning: a trained net goes on learning, on a few pictures of new classes; resumable and stoppable."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, default_collate
from torchvision.transforms import v2

from resnet_edu.device import autocast, computing_time, inference_dtype
from resnet_edu.errors import UserError, mark
from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.outline import places
from resnet_edu.seeding import seeded
from resnet_edu.teaching.features import classifier_of
from resnet_edu.training.checkpoint import load_checkpoint, save_checkpoint
from resnet_edu.training.hyperparameters import FineTuning, TunedPart
from resnet_edu.training.loop import Interrupted, Progress
from resnet_edu.training.record import EpochRecord
from resnet_edu.vision.preprocessing import Preprocessing

SMALLEST_CROP = 0.35
BODY_FACTOR = 0.1
"""The learning rate of what is already trained, relative to the new classifier's."""
MEASURED = 200
"""How many training pictures an epoch's training error is measured on, without augmentation."""


class Labelled(Protocol):
    """A picture somewhere, and the index of its class."""

    @property
    def label(self) -> int:
        """From 0."""

    def open(self) -> Image.Image:
        """The RGB picture; raises ``UserError``."""


@dataclass(frozen=True)
class FineTuned:
    """A finished run: its epochs, and the weights after the ``best`` of them, by the held-out pictures.

    ``logits`` (N, classes) are what that net says of the held-out pictures, whose classes are ``labels`` (N,).
    """

    epochs: tuple[EpochRecord, ...]
    best: int
    state: dict[str, Tensor]
    logits: Tensor
    labels: Tensor
    precision: str


class Stopped(Interrupted):
    """Raised when a run is stopped; ``found`` is what it has come to, if an epoch has ended."""

    def __init__(self, found: FineTuned | None) -> None:
        super().__init__()
        self.found = found


class UnreadablePicture(UserError):
    """Raised for a picture that can't be read any more, which may be after hours; the run can go on later."""

    def __init__(self, reason: UserError) -> None:
        super().__init__(mark("{reason} Put the picture back, and continue with --resume."), reason=reason)


class _Views(Dataset[tuple[Tensor, int] | UserError]):
    """Pictures as the net gets them; an index comes with the seed of its augmentation, or None for none.

    What is raised for a picture is returned instead: torch would put a worker's traceback in place of its sentence.
    """

    def __init__(self, pictures: Sequence[Labelled], preprocessing: Preprocessing) -> None:
        self._pictures, self._preprocessing = pictures, preprocessing
        side = preprocessing.crop if preprocessing.detail else preprocessing.resize
        self._augment = v2.Compose(
            [v2.RandomResizedCrop(side, scale=(SMALLEST_CROP, 1), antialias=True), v2.RandomHorizontalFlip()]
        )

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, key: tuple[int, int | None]) -> tuple[Tensor, int] | UserError:
        index, seed = key
        picture = self._pictures[index]
        try:
            image = picture.open()
        except UserError as error:
            return error
        if seed is not None:
            with seeded(seed):
                image = self._augment(image)
        return self._preprocessing.tensor(self._preprocessing.view(image))[0], picture.label


def fine_tune(
    net: nn.Module,
    architecture: Architecture,
    preprocessing: Preprocessing,
    train: Sequence[Labelled],
    held_out: Sequence[Labelled],
    recipe: FineTuning,
    *,
    device: torch.device,
    checkpoint: Path | None = None,
    identity: str = "",
    workers: int = 0,
    on_step: Progress = lambda done, total, loss: None,
    on_epoch: Callable[[EpochRecord], None] = lambda epoch: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> FineTuned:
    """Train ``net``, whose classifier is new, in place; the best epoch's weights are in the result.

    With ``checkpoint`` it goes on from there if the file exists, as if never stopped; ``should_stop`` ends
    it with ``Stopped``. ``identity`` says what the pictures and the net are: a checkpoint of others is refused
    with a ``UserError``, and so is a loss that is no longer finite. On CUDA it computes in half precision.
    """
    run = _TuningRun(
        net,
        architecture,
        recipe,
        device,
        checkpoint,
        {**asdict(recipe), "part": str(recipe.part.value), "identity": identity},
    )
    run.restore()
    views, asked = _Views(train, preprocessing), _Views(held_out, preprocessing)
    load = partial(_loaded, workers=workers, device=device)
    weights = _class_weights(train, architecture.classes).to(device) if recipe.balanced else None
    batches = _batches(len(train), recipe.batch_size)
    total = recipe.epochs * len(batches)
    while run.step < total:
        epoch, begun = divmod(run.step, len(batches))
        order = torch.randperm(len(train), generator=_generator(recipe.seed, epoch)).tolist()
        keys = [[(order[at], _seed(recipe, epoch, at)) for at in batch] for batch in batches[begun:]]
        run.clock.start()
        for images, labels in run.saved_before_errors(load(views, keys)):
            if should_stop():
                run.save()
                raise Stopped(run.result() if run.epochs else None)
            loss = run.update(images, labels, weights, recipe.learning_rate_at(run.step, len(batches)))
            if not math.isfinite(loss):
                raise UserError(
                    mark("The loss became {loss} in epoch {epoch}; nothing is published. Try a lower --learning-rate."),
                    loss=loss,
                    epoch=epoch + 1,
                )
            run.step += 1
            on_step(run.step, total, loss)
        run.clock.stop()
        some = sorted(order[:MEASURED])
        scores = [
            run.answers(load(which, _whole(indices, recipe)))
            for which, indices in ((views, some), (asked, range(len(asked))))
        ]
        run.note(epoch, recipe.learning_rate_at(run.step - 1, len(batches)), *scores)
        run.save()
        on_epoch(run.epochs[-1])
    return run.result()


def part_of(net: nn.Module, architecture: Architecture, part: TunedPart) -> list[nn.Module]:
    """The modules that learn; all others keep their weights, and their batch normalisations their averages."""
    classifier = net.get_submodule(classifier_of(net))
    if part is TunedPart.HEAD:
        return [classifier]
    if part is TunedPart.ALL:
        return [net]
    stage = places(architecture)[-1].stage
    names = [place.module for place in places(architecture) if place.stage == stage]
    return [*(net.get_submodule(name) for name in names), classifier]


def _class_weights(pictures: Iterable[Labelled], classes: int) -> Tensor:
    """Weights that make every class count the same, 1 on average over the pictures."""
    counts = torch.bincount(torch.tensor([each.label for each in pictures]), minlength=classes)
    return counts.sum() / (classes * counts.float())


def _batches(pictures: int, size: int) -> list[range]:
    """Positions, ``size`` at a time; a last one alone joins the others, as it has no variance to normalise by."""
    found = [range(start, min(start + size, pictures)) for start in range(0, pictures, size)]
    if len(found) > 1 and len(found[-1]) == 1:
        found[-2:] = [range(found[-2].start, pictures)]
    return found


def _whole(indices: Sequence[int], recipe: FineTuning) -> list[list[tuple[int, None]]]:
    return [[(indices[at], None) for at in batch] for batch in _batches(len(indices), 2 * recipe.batch_size)]


def _seed(recipe: FineTuning, epoch: int, position: int) -> int | None:
    return _number(recipe.seed, epoch, position) if recipe.augmented else None


def _generator(*path: int) -> torch.Generator:
    return torch.Generator().manual_seed(_number(*path))


def _number(seed: int, *path: int) -> int:
    for part in path:
        seed = seed * 1_000_003 + part + 1
    return seed % 2**63


def _loaded(
    views: _Views, keys: Sequence[Sequence[tuple[int, int | None]]], *, workers: int, device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    loader = DataLoader(
        views,
        batch_sampler=keys,  # type: ignore[arg-type]  # a key is more than an index
        num_workers=workers,
        pin_memory=device.type == "cuda",
        collate_fn=_batch,
    )
    for batch in loader:
        if isinstance(batch, UserError):
            raise UnreadablePicture(batch)
        images, labels = batch
        yield (
            images.to(device, memory_format=torch.channels_last, non_blocking=True),
            labels.to(device, non_blocking=True),
        )


def _batch(views: list[tuple[Tensor, int] | UserError]) -> tuple[Tensor, Tensor] | UserError:
    """What torch makes of the views, or the first error among them."""
    errors = [each for each in views if isinstance(each, UserError)]
    return errors[0] if errors else default_collate(views)


class _Clock:
    """Seconds of computing, while it goes."""

    def __init__(self, device: torch.device) -> None:
        self.seconds = 0.0
        self._device = device
        self._started: float | None = None

    def start(self) -> None:
        self._started = computing_time(self._device)

    def stop(self) -> None:
        if self._started is not None:
            self.seconds += computing_time(self._device) - self._started
            self._started = None


class _TuningRun:
    """Where a run stands: what the checkpoint keeps."""

    def __init__(
        self,
        net: nn.Module,
        architecture: Architecture,
        recipe: FineTuning,
        device: torch.device,
        checkpoint: Path | None,
        fingerprint: dict[str, Any],
    ) -> None:
        self.net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's annotation lacks it
        self._device, self._path, self._fingerprint = device, checkpoint, fingerprint
        self._dtype = inference_dtype(device)
        self._scaler = torch.amp.GradScaler(device.type, enabled=self._dtype is torch.float16)
        self._learning = part_of(net, architecture, recipe.part)
        self._optimizer = _optimizer(net, self._learning, recipe)
        self.clock = _Clock(device)
        self.step = 0
        self.epochs: list[EpochRecord] = []
        self._best = 0
        self._state: dict[str, Tensor] = {}
        self._answers: tuple[Tensor, Tensor] = torch.empty(0), torch.empty(0)

    def update(self, images: Tensor, labels: Tensor, weights: Tensor | None, learning_rate: float) -> float:
        """One step; the loss before it."""
        self.net.eval()
        for module in self._learning:
            module.train()
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate * group["factor"]
        with autocast(self._device, self._dtype):
            loss = F.cross_entropy(self.net(images), labels, weights)
        self._optimizer.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]  # torch ships it without annotations
        self._scaler.step(self._optimizer)
        self._scaler.update()
        return loss.item()

    @torch.inference_mode()
    def answers(self, batches: Iterable[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        """float32 logits and labels on the CPU, in evaluation mode."""
        self.net.eval()
        found = []
        for images, labels in batches:
            with autocast(self._device, self._dtype):
                found.append((self.net(images).float().cpu(), labels.cpu()))
        logits, classes = (torch.cat(parts) for parts in zip(*found, strict=True))
        return logits, classes

    def note(
        self, epoch: int, learning_rate: float, train: tuple[Tensor, Tensor], held_out: tuple[Tensor, Tensor]
    ) -> None:
        """Add an epoch's figures; keep the weights if they are the best so far, by error and then by loss."""
        (train_loss, train_error), (loss, error) = map(_score, (train, held_out))
        self.epochs.append(
            EpochRecord(epoch + 1, learning_rate, round(self.clock.seconds, 2), train_loss, train_error, loss, error)
        )
        self.clock.seconds = 0.0
        if not self._state or (error, loss) < _order(self.epochs[self._best - 1]):
            self._best, self._answers = epoch + 1, held_out
            self._state = {name: value.detach().cpu().clone() for name, value in self.net.state_dict().items()}

    def result(self) -> FineTuned:
        precision = str(self._dtype).removeprefix("torch.")
        return FineTuned(tuple(self.epochs), self._best, self._state, *self._answers, precision)

    def saved_before_errors(self, batches: Iterator[tuple[Tensor, Tensor]]) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches; when a picture can't be read, the steps so far are saved."""
        try:
            yield from batches
        except UnreadablePicture:
            self.save()
            raise

    def save(self) -> None:
        """Write all or nothing."""
        self.clock.stop()
        if self._path is None:
            return
        values = {
            "fingerprint": self._fingerprint,
            "net": self.net.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "step": self.step,
            "seconds": self.clock.seconds,
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "best": self._best,
            "state": self._state,
            "answers": self._answers,
        }
        save_checkpoint(self._path, values)

    def restore(self) -> None:
        if self._path is None or not self._path.exists():
            return
        values = load_checkpoint(self._path, self._fingerprint)
        self.net.load_state_dict(values["net"])
        self._optimizer.load_state_dict(values["optimizer"])
        self._scaler.load_state_dict(values["scaler"])
        self.step, self.clock.seconds, self._best = values["step"], values["seconds"], values["best"]
        self.epochs = [EpochRecord(**row) for row in values["epochs"]]
        self._state, self._answers = values["state"], values["answers"]


def _optimizer(net: nn.Module, learning: list[nn.Module], recipe: FineTuning) -> torch.optim.SGD:
    net.requires_grad_(False)
    for module in learning:
        module.requires_grad_(True)
    head = list(net.get_submodule(classifier_of(net)).parameters())
    new = set(map(id, head))
    body = [each for each in net.parameters() if each.requires_grad and id(each) not in new]
    groups = [{"params": head, "factor": 1.0}, *([{"params": body, "factor": BODY_FACTOR}] if body else [])]
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=recipe.momentum, weight_decay=recipe.weight_decay)


def _score(answers: tuple[Tensor, Tensor]) -> tuple[float, float]:
    logits, labels = answers
    return F.cross_entropy(logits, labels).item(), (logits.argmax(1) != labels).float().mean().item()


def _order(epoch: EpochRecord) -> tuple[float, float]:
    return epoch.test_error, epoch.test_loss
