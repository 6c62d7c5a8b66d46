"""Finds objects in a picture, or the class of each of its pixels."""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms import functional as TF

from resnet_edu.device import best_device, is_out_of_memory, synchronize
from resnet_edu.vision.detectors import Detector, forget, load
from resnet_edu.vision.image import Picture

LEAST = 0.3
"""Objects of a lower score are left out; torchvision's nets name them by the dozen."""
MOST = 40
INSIDE = 0.5
"""Probability from which a pixel belongs to an object's mask, as in He et al. 2017, section 3.1."""
LONGEST = 1333
"""Longest side, in pixels, to which torchvision enlarges a picture; here also for the segmentation nets."""
PUBLISHED = {True: 800, False: 520}
"""Shorter side at which torchvision measured its detectors, and its segmentation nets."""


@dataclass(frozen=True)
class Thing:
    """An object, or all pixels of a class.

    ``score`` is the probability of its class; over pixels, their mean. ``box`` is left, top, right and bottom in the
    picture's pixels. ``mask`` is (H, W) bool, None from nets that find boxes alone.
    """

    name: str
    score: float
    box: tuple[float, float, float, float]
    mask: Tensor | None


@dataclass(frozen=True)
class Scene:
    """What a net finds in a picture, the surest first; ``seen`` is the RGB picture."""

    things: tuple[Thing, ...]
    seen: Image.Image
    milliseconds: float
    device_type: str


@dataclass(frozen=True)
class Find:
    """The task: find what the net knows in a picture, scaled so that its shorter side has ``side`` pixels."""

    detector: Detector
    picture: Picture
    side: int
    is_long = True

    @property
    def key(self) -> Hashable:
        """The net, the picture's bytes and the scale."""
        return "find", self.detector, self.picture.sha256, self.side

    def compute(self) -> Scene:
        """Run one pass in float32."""
        return self.compute_in_steps(lambda share: None)

    def compute_in_steps(self, advance: Callable[[float], None]) -> Scene:
        """Do the same, and call ``advance`` with the fraction done after every convolution."""
        device = best_device()
        try:
            model = load(self.detector, device)
            started = time.perf_counter()
            with torch.inference_mode(), reporting(model, advance):
                things = self._things(model, device)
            milliseconds = (time.perf_counter() - started) * 1000
        except RuntimeError as error:
            if is_out_of_memory(error):
                forget()
            raise
        return Scene(things, self.picture.image, milliseconds, device.type)

    def _things(self, model: Any, device: torch.device) -> tuple[Thing, ...]:
        if self.detector.spec.finds_boxes:
            model.transform.min_size = (self.side,)
            (found,) = model([TF.to_tensor(self.picture.image).to(device)])
            synchronize(device)
            return objects({name: value.cpu() for name, value in found.items()}, self.detector.classes)
        logits = model(prepared(self.picture.image, self.detector, self.side).to(device))["out"]
        synchronize(device)
        image = self.picture.image
        return regions(logits[0].float().cpu(), self.detector.classes, (image.height, image.width))


def prepared(image: Image.Image, detector: Detector, side: int) -> Tensor:
    """Return the (1, 3, H, W) input of a segmentation net as torchvision prepares it, but not beyond ``LONGEST``."""
    given = detector.spec.weights.transforms()
    resized = TF.resize(image, [side], interpolation=given.interpolation, max_size=LONGEST)
    normalized: Tensor = TF.normalize(TF.to_tensor(resized), given.mean, given.std)
    return normalized.unsqueeze(0)


def objects(found: dict[str, Tensor], classes: tuple[str, ...]) -> tuple[Thing, ...]:
    """Return the objects in torchvision's result for one picture; it has them by decreasing score."""
    count = min(MOST, int((found["scores"] >= LEAST).sum()))
    masks = [each[0] > INSIDE for each in found["masks"][:count]] if "masks" in found else [None] * count
    rows = zip(found["labels"].tolist(), found["scores"].tolist(), found["boxes"].tolist(), masks, strict=False)
    return tuple(
        Thing(classes[label], score, (left, top, right, bottom), mask)
        for label, score, (left, top, right, bottom), mask in rows
    )


def regions(logits: Tensor, classes: tuple[str, ...], size: tuple[int, int]) -> tuple[Thing, ...]:
    """Return the pixels of each class but the first, from (classes, H, W) ``logits``, in a picture of ``size``."""
    probability, chosen = logits.softmax(0).max(0)
    found = []
    for label in sorted(set(chosen.flatten().tolist()) - {0}):
        inside = chosen == label
        mask = TF.resize(inside.unsqueeze(0).float(), list(size), TF.InterpolationMode.NEAREST)[0] > 0
        if bool(mask.any()):
            found.append(Thing(classes[label], float(probability[inside].mean()), extent(mask), mask))
    return tuple(sorted(found, key=lambda each: -each.score))


def extent(mask: Tensor) -> tuple[float, float, float, float]:
    """Return the smallest box around a mask that is not empty."""
    rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
    return float(columns.min()), float(rows.min()), float(columns.max()) + 1, float(rows.max()) + 1


@contextmanager
def reporting(model: nn.Module, advance: Callable[[float], None]) -> Iterator[None]:
    """Call ``advance`` after every convolution; those of a head run once for each map, so it may stay at 1 a while."""
    layers = [each for each in model.modules() if isinstance(each, nn.Conv2d)]
    done = 0

    def step(*_args: object) -> None:
        nonlocal done
        done += 1
        advance(min(1.0, done / len(layers)))

    hooks = [each.register_forward_hook(step) for each in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
