"""Occlusion: cover the picture piece by piece and measure how far the score falls.

A covered square changes only a part of the early maps. On torchvision's residual nets, only that part is
recomputed, block by block, and inserted into the maps of the whole picture, until it has grown to fill them.
The result equals that of whole forward passes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor, nn
from torchvision.models import ResNet
from torchvision.models.resnet import BasicBlock

from resnet_edu.errors import mark
from resnet_edu.vision.attribution.method import Method, Question, grid

SMALL_SIDE = 64


def window_of(side: int, per_cent: int = 100) -> tuple[int, int]:
    """The covered square's side and its step, in pixels: a quarter of a small picture, a seventh of a large one.

    Or so many ``per_cent`` of that.
    """
    window = (side // 4 if side <= SMALL_SIDE else side // 7) * per_cent // 100
    return window, window // 2


def starts_of(side: int, per_cent: int = 100) -> range:
    """Where squares begin, along either axis. The last one is clipped where the steps don't end at the border."""
    window, step = window_of(side, per_cent)
    return range(0, step * -(-(side - window) // step) + 1, step)


def occlusion(question: Question) -> Tensor:
    """Return the mean fall of the score over all squares that cover a pixel, like Captum's Occlusion."""
    side = question.image.shape[-1]
    window, _ = window_of(side, question.options.window)
    starts = starts_of(side, question.options.window)
    corners = list(product(starts, starts))
    total = torch.zeros_like(question.image[:, :1])
    covered = torch.zeros_like(total)
    covering = _Covering(question.model, question.image, window)
    whole = covering.logits[0, question.target]
    for first, last in grid(len(corners), question.chunk):
        falls = whole - covering.scores(corners[first:last])[:, question.target]
        for (top, left), fall in zip(corners[first:last], falls, strict=True):
            here = (..., slice(top, top + window), slice(left, left + window))
            total[here] += fall
            covered[here] += 1
        question.advance(last / len(corners))
    return total / covered


OCCLUSION = Method(
    id="occlusion",
    title=mark("Occlusion"),
    reading=mark("A grey square is pushed over the picture: blue is where covering it lowers the class's score."),
    paper="Zeiler & Fergus 2013",
    arxiv="1311.2901",
    pitfall=mark("Only as fine as the square, and the square itself is something the net has never seen."),
    signed=True,
    long=True,
    windowed=True,
    compute=occlusion,
)


@dataclass(frozen=True)
class _Part:
    """A part of a net whose output o depends on inputs ``stride`` o - ``reach`` to ``stride`` o + ``reach``."""

    run: nn.Module
    stride: int
    reach: int


def _parts(model: nn.Module) -> Iterator[_Part]:
    """Yield a net's parts in which a change stays local, from the picture on; none if that isn't known."""
    if not isinstance(model, ResNet):
        return
    yield _Part(nn.Sequential(model.conv1, model.bn1, model.relu, model.maxpool), 4, 5)
    for stage in (model.layer1, model.layer2, model.layer3, model.layer4):
        for block in stage:
            two = isinstance(block, BasicBlock)  # two 3x3 convolutions, the first strided; else one
            yield _Part(block, block.stride, block.stride + 1 if two else 1)


def _rest(model: nn.Module, maps: Tensor) -> Tensor:
    """Map the last part's maps, or the picture, to the logits."""
    logits: Tensor = model.fc(model.avgpool(maps).flatten(1)) if isinstance(model, ResNet) else model(maps)
    return logits


class _Covering:
    """A net and a picture, parts of which are covered with zeros; keeps the whole picture's maps."""

    @torch.inference_mode()
    def __init__(self, model: nn.Module, image: Tensor, window: int) -> None:
        self.model = model
        self.window = window
        self.parts = list(_parts(model))
        self.maps = [image.to(memory_format=torch.channels_last)]
        for part in self.parts:
            self.maps.append(part.run(self.maps[-1]))
        self.logits = _rest(model, self.maps[-1])

    @torch.inference_mode()
    def scores(self, corners: list[tuple[int, int]]) -> Tensor:
        """Return (N, classes) logits with a square covered at each of the N corners (top, left)."""
        changed = torch.stack([self._covered(*corner) for corner in corners])
        corners = [(self._inside(top), self._inside(left)) for top, left in corners]
        for index, part in enumerate(self.parts):
            maps, size = self.maps[index], changed.shape[-1]
            step = _Step.of(part, size, maps.shape[-1])
            if step is None:  # the change has reached everything
                return self._whole(index, changed, corners)
            cropped = _empty(len(corners), maps, step.crop)
            cuts = [(step.cut(top), step.cut(left)) for top, left in corners]
            for number, (down, across) in enumerate(cuts):
                cropped[number] = maps[0, :, down : down + step.crop, across : across + step.crop]
                top, left = corners[number][0] - down, corners[number][1] - across
                cropped[number, :, top : top + size, left : left + size] = changed[number]
            out = part.run(cropped)
            corners = [(step.kept_from(top), step.kept_from(left)) for top, left in corners]
            changed = torch.stack(
                [
                    out[number, :, down : down + step.kept, across : across + step.kept]
                    for number, (down, across) in enumerate(
                        (top - cut[0] // part.stride, left - cut[1] // part.stride)
                        for (top, left), cut in zip(corners, cuts, strict=True)
                    )
                ]
            )
        return self._whole(len(self.parts), changed, corners)

    def _inside(self, start: int) -> int:
        """Return where a square begins once it is moved inwards instead of being clipped at the border."""
        return min(start, self.maps[0].shape[-1] - self.window)

    def _covered(self, top: int, left: int) -> Tensor:
        """Return the pixels of a square moved inwards, zero where the clipped one lies: all have the same size."""
        down, across = self._inside(top), self._inside(left)
        patch = self.maps[0][0, :, down : down + self.window, across : across + self.window].clone()
        patch[:, top - down :, left - across :] = 0
        return patch

    def _whole(self, index: int, changed: Tensor, corners: list[tuple[int, int]]) -> Tensor:
        """Compute the logits from part ``index`` on, with whole maps."""
        maps = _empty(len(corners), self.maps[index])
        maps[:] = self.maps[index]
        size = changed.shape[-1]
        for number, (top, left) in enumerate(corners):
            maps[number, :, top : top + size, left : left + size] = changed[number]
        for part in self.parts[index:]:
            maps = part.run(maps)
        return _rest(self.model, maps)


@dataclass(frozen=True)
class _Step:
    """One part of the net applied to crops, all of the same size so that they can share a pass.

    ``crop`` input pixels are cut out; ``kept`` output pixels are valid and contain everything that has
    changed. A crop at the picture's border is moved inwards, so that its own border there is the picture's.
    """

    part: _Part
    inside: int
    outside: int
    crop: int
    kept: int

    @classmethod
    def of(cls, part: _Part, size: int, inside: int) -> "_Step | None":
        """Plan the step for a change of ``size`` px in maps of ``inside`` px; None if no smaller crop exists."""
        stride, reach = part.stride, part.reach
        kept = (size - 1 + 2 * reach) // stride + 1
        needed = (kept - 1) * stride + 2 * reach + stride
        crop = -(-needed // stride) * stride
        return cls(part, inside, inside // stride, crop, kept) if crop < inside and inside % stride == 0 else None

    def kept_from(self, start: int) -> int:
        """Return where a change that begins at input position ``start`` begins in the output."""
        begin = -((self.part.reach - start) // self.part.stride)
        return min(max(begin, 0), self.outside - self.kept)

    def cut(self, start: int) -> int:
        """Return where the crop begins in the input."""
        stride = self.part.stride
        begin = (self.kept_from(start) * stride - self.part.reach) // stride * stride
        return min(max(begin, 0), self.inside - self.crop)


def _empty(count: int, like: Tensor, side: int | None = None) -> Tensor:
    """Allocate ``count`` maps in channels-last memory, which makes convolutions on the CPU a third faster."""
    room = like.new_empty(count, like.shape[1], side or like.shape[2], side or like.shape[3])
    return room.contiguous(memory_format=torch.channels_last)
