"""Which pixels actually affect a unit: its gradient at the picture (Luo et al. 2016, arXiv:1701.04128)."""

import math
import time
from collections.abc import Hashable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from resnet_edu.device import is_out_of_memory
from resnet_edu.vision.catalogue import Net
from resnet_edu.vision.engine.protocol import Loaded, move_to_cpu
from resnet_edu.vision.feature_maps import as_png, place_of
from resnet_edu.vision.image import Picture
from resnet_edu.vision.seen import given_to

NEGLIGIBLE = 1 - 0.9545
"""Luo16 section 3: a pixel below this fraction of the largest gradient doesn't count."""


@dataclass(frozen=True)
class EffectiveField:
    """How strongly each pixel of the picture affects one unit.

    ``strength`` is the gradient's absolute value, summed over the normalised picture's colours, (H, W)
    float32. ``value`` is the unit's activation; a unit that its ReLU keeps at 0 has no gradient.
    """

    strength: Tensor
    value: float
    milliseconds: float

    @property
    def size(self) -> float:
        """The side, in pixels, of a square with as many pixels as count (Luo16 section 3)."""
        return math.sqrt(int((self.strength > NEGLIGIBLE * self.strength.max()).sum()))

    @property
    def picture(self) -> bytes:
        """The strength as a greyscale PNG in which white is the largest."""
        share = self.strength / (self.strength.max() or 1.0)
        return as_png((share * 255).round().to(torch.uint8).numpy())

    @property
    def is_silent(self) -> bool:
        """Whether no pixel affects the unit."""
        return not bool(self.strength.any())


@dataclass(frozen=True)
class MeasureField:
    """The task: measure the effective field of the unit at ``row``, ``column`` of a layer's ``channel``, from 0."""

    net: Net
    picture: Picture
    layer: str
    channel: int
    row: int
    column: int

    @property
    def key(self) -> Hashable:
        """The picture's bytes, the net and the unit."""
        unit = (self.layer, self.channel, self.row, self.column)
        return ("effective field", self.net, self.picture.sha256, unit)

    def run(self, loaded: Loaded) -> EffectiveField:
        """Run one pass forward and one back in float32, leaving the parameters' gradients alone."""
        images = given_to(self.net, self.picture)
        module = place_of(self.net.architecture, self.layer).module
        unit = (self.channel, self.row, self.column)
        started = time.perf_counter()
        try:
            gradient, value = unit_gradient(loaded.model, images.to(loaded.device), module, unit)
        except RuntimeError as error:
            if loaded.device.type == "cpu" or not is_out_of_memory(error):
                raise
            move_to_cpu(loaded)
            gradient, value = unit_gradient(loaded.model, images, module, unit)
        milliseconds = (time.perf_counter() - started) * 1000
        return EffectiveField(gradient.abs().sum(0), value, milliseconds)


def unit_gradient(net: nn.Module, images: Tensor, module: str, unit: tuple[int, int, int]) -> tuple[Tensor, float]:
    """Return the (3, H, W) gradient of one unit of a module's output, on the CPU, and the unit's value.

    ``images`` is (1, 3, H, W). The pass ends at the module, because nothing after it matters.
    """
    images = images.detach().clone().requires_grad_()
    hook = net.get_submodule(module).register_forward_hook(_stop)
    try:
        with torch.enable_grad():
            net(images)
        raise ValueError(module)
    except _FieldReached as reached:
        activation = reached.output[(0, *unit)]
        (gradient,) = torch.autograd.grad(activation, images)
        return gradient[0].float().cpu(), float(activation.detach())
    finally:
        hook.remove()


class _FieldReached(Exception):
    """Raised when the module has been reached."""

    def __init__(self, output: Tensor) -> None:
        super().__init__()
        self.output = output


def _stop(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
    raise _FieldReached(output)
