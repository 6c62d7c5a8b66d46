"""The signals in a net, layer by layer: responses forward, gradients backward."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_edu.device import as_float64


@dataclass(frozen=True)
class LayerSignals:
    """One convolution's signals in one forward and backward pass of a batch.

    ``weight_gradient`` and ``input_gradient`` are L2 norms of the mean loss's gradient with respect to the
    weights and to the input activation. ``output_std`` is the standard deviation of the convolution's output,
    ``response_std`` that after its batch normalisation and before any nonlinearity, as in He15 figure 7 (the
    same number if the net has no normalisation). A norm is 0 or infinite only if the float32 gradients are,
    not just their squares.
    """

    name: str
    weight_shape: tuple[int, ...]
    weight_gradient: float
    input_gradient: float
    weight_norm: float
    output_std: float
    response_std: float

    @property
    def relative_gradient(self) -> float:
        """The weight gradient relative to the weights: the change made by one step with a learning rate of 1."""
        return self.weight_gradient / self.weight_norm if self.weight_norm else math.nan

    @property
    def stage(self) -> int:
        """1, 2, 3, ... for ``layer1``, ``layer2``, ``layer3``, ...; 0 for the stem."""
        head = self.name.partition(".")[0]
        return int(head.removeprefix("layer")) if head.startswith("layer") else 0

    @property
    def is_side_branch(self) -> bool:
        """Whether the convolution is a shortcut's projection or a gate."""
        parts = self.name.split(".")
        return any(part in ("shortcut", "downsample") or part.startswith("gate") for part in parts)


@dataclass(frozen=True)
class NetSignals:
    """The signals of every convolution from input to output, with the corresponding loss.

    ``trunk`` holds the norms of the loss's gradient with respect to each block's input, x_l of He16 section
    2. It is taken where the shortcuts run, whereas a convolution's input may lie inside a block's branch.
    """

    loss: float
    layers: tuple[LayerSignals, ...]
    trunk: tuple[float, ...] = ()


BLOCK = re.compile(r"layer\d+\.\d+")
"""The name of a block, in this project's nets as in torchvision's."""


def measure_signals(net: nn.Module, images: Tensor, targets: Tensor) -> NetSignals:
    """Measure one float32 pass in training mode and leave the net unchanged.

    ``images`` (N, C, H, W) and ``targets`` (N,), class indices, are on the net's device; the loss is the mean
    cross-entropy. Batch normalisation uses the batch's statistics, as in training; its running averages, the
    net's mode and its gradients are restored. Shortcut projections count as convolutions. Not for a net that
    another thread is using.
    """
    names = {m: name for name, m in net.named_modules() if isinstance(m, nn.Conv2d)}
    blocks = [module for name, module in net.named_modules() if BLOCK.fullmatch(name)]
    input_norms: dict[nn.Module, float] = {}
    deviations: dict[nn.Module, float] = {}
    norm_of = _normalisation_of(net)
    order: list[nn.Conv2d] = []
    images = images.detach().float().requires_grad_()

    def watch(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        deviations[module] = _deviation(output.detach())
        if isinstance(module, nn.Conv2d):
            order.append(module)
            watch_input(module, args)

    def watch_input(module: nn.Module, args: tuple[Tensor, ...]) -> None:
        args[0].register_hook(lambda gradient: note(module, gradient))  # type: ignore[no-untyped-call]  # no annotation

    def note(module: nn.Module, gradient: Tensor) -> None:
        input_norms[module] = norm(gradient)  # at once, so that no gradient is kept

    with _left_as_found(net):
        hooks = [module.register_forward_hook(watch) for module in {*names, *norm_of.values()}]
        hooks += [block.register_forward_pre_hook(watch_input) for block in blocks]
        try:
            loss = F.cross_entropy(net.train()(images), targets)
        finally:
            for hook in hooks:
                hook.remove()
        *gradients, _ = torch.autograd.grad(loss, [*(conv.weight for conv in order), images])
    layers = tuple(
        LayerSignals(
            name=names[conv],
            weight_shape=tuple(conv.weight.shape),
            weight_gradient=norm(gradient),
            input_gradient=input_norms[conv],
            weight_norm=norm(conv.weight),
            output_std=deviations[conv],
            response_std=deviations[norm_of.get(conv, conv)],
        )
        for conv, gradient in zip(order, gradients, strict=True)
    )
    return NetSignals(loss.item(), layers, tuple(input_norms[block] for block in blocks))


SAFE = (1e-12, 1e18)
"""Norms whose squares float32 can sum, which takes a third of the time of float64."""


def norm(values: Tensor) -> float:
    """Return the L2 norm, summed in float64 unless within ``SAFE``, so that squares don't under- or overflow."""
    values = values.detach()
    size = float(values.norm())
    return size if SAFE[0] < size < SAFE[1] else float(as_float64(values).norm())


@contextmanager
def _left_as_found(net: nn.Module) -> Iterator[None]:
    """Restore mode and running averages, whatever happens in between."""
    modes = {module: module.training for module in net.modules()}
    buffers = {name: value.clone() for name, value in net.named_buffers()}
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training
        for name, value in net.named_buffers():
            value.copy_(buffers[name])


def _deviation(values: Tensor) -> float:
    """Return the standard deviation, three times as fast as ``Tensor.std`` on a CPU."""
    mean = values.mean()
    if not mean.isfinite():
        values = as_float64(values)
        mean = values.mean()
    return norm(values - mean) / math.sqrt(values.numel() - 1)


def _normalisation_of(net: nn.Module) -> dict[nn.Module, nn.Module]:
    """Return each convolution's batch norm: ``bn2`` for ``conv2``, or the next child in a Sequential."""
    found: dict[nn.Module, nn.Module] = {}
    for parent in net.modules():
        children = dict(parent.named_children())
        for name, child in children.items():
            if not isinstance(child, nn.Conv2d):
                continue
            beside = str(int(name) + 1) if name.isdecimal() else name.replace("conv", "bn")
            after = children.get(beside)
            if isinstance(after, nn.BatchNorm2d):
                found[child] = after
    return found
