"""Shared by the residual kinds: convolutions in one of five orders, a shortcut, an addition."""

from collections.abc import Iterator, Sequence

from resnet_edu.errors import Sentence, mark
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.kinds.kind import Problem
from resnet_edu.nets.layers import Activate, Add, Conv, Layer, Norm, ZeroPad
from resnet_edu.nets.operations import INPUT, Operation, Role, chain
from resnet_edu.nets.vocabulary import Shortcut

SHORTCUT = "shortcut"
ADD = "add"


def convolution(
    spec: BlockSpec, channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1, groups: int = 1
) -> Conv:
    """Return a convolution that keeps height and width at stride 1, with a bias if no normalisation follows."""
    bias = spec.normalisation is Normalisation.NONE
    return Conv(channels_in, channels_out, kernel, stride, kernel // 2, groups, bias)


def ordered(spec: BlockSpec, convolutions: Sequence[Conv]) -> Iterator[tuple[str, Layer]]:
    """Yield the convolutions, normalisations and activations in the order of ``spec.order``."""
    for number, conv in enumerate(convolutions, 1):
        before = conv.channels_in if spec.order is Order.FULL_PRE_ACTIVATION else conv.channels_out
        norm = [(f"bn{number}", Norm(before))] if spec.normalisation is Normalisation.BATCH else []
        act = (f"act{number}", Activate(spec.activation))
        weights = (f"conv{number}", conv)
        if spec.order is Order.FULL_PRE_ACTIVATION:
            yield from (*norm, act, weights)
        elif spec.order is Order.RELU_ONLY_PRE_ACTIVATION:
            yield from (act, weights, *norm)
        else:
            yield from (weights, *norm, act)


def _after_addition(spec: BlockSpec) -> int:
    """Return how many of the last layers follow the addition."""
    if spec.order is Order.BN_AFTER_ADDITION:
        return 1 if spec.normalisation is Normalisation.NONE else 2
    return 1 if spec.order is Order.ORIGINAL else 0


def shortcut(spec: BlockSpec) -> tuple[Operation, ...]:
    """Return the shortcut's operations; none for the identity.

    A projection is a 1x1 convolution and a normalisation, as in published checkpoints.
    """
    if spec.projects:
        conv = convolution(spec, spec.channels_in, spec.channels_out, kernel=1, stride=spec.stride)
        norm = [("1", Norm(spec.channels_out))] if spec.normalisation is Normalisation.BATCH else []
        return chain(INPUT, [("0", conv), *norm], prefix=f"{SHORTCUT}.", role=Role.SHORTCUT)
    if spec.shortcut is Shortcut.A and not spec.keeps_shape:
        padding = ZeroPad(spec.channels_in, spec.channels_out, spec.stride)
        return chain(INPUT, [(SHORTCUT, padding)], role=Role.SHORTCUT)
    return ()


def added(spec: BlockSpec, convolutions: Sequence[Conv], path: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """Return the branch of ``convolutions`` added to the shortcut ``path``, or to x if that is empty."""
    steps = list(ordered(spec, convolutions))
    if spec.shortcut is Shortcut.NONE:
        return chain(INPUT, steps)
    split = len(steps) - _after_addition(spec)
    branch = chain(INPUT, steps[:split])
    end = path[-1].name if path else INPUT
    return (*branch, *path, Operation(ADD, Add(), (branch[-1].name, end)), *chain(ADD, steps[split:]))


def residual(spec: BlockSpec, convolutions: Sequence[Conv]) -> tuple[Operation, ...]:
    """Return y = F(x) + shortcut(x) (He15 equations 1 and 2), or F(x) without a shortcut."""
    return added(spec, convolutions, shortcut(spec))


def shortcut_problems(spec: BlockSpec) -> tuple[Problem, ...]:
    """Report zero padding that would have to remove channels."""
    if spec.shortcut is Shortcut.A and spec.channels_out < spec.channels_in:
        message = mark("Zero padding adds channels; it cannot turn {channels_in} channels into {channels_out}.")
        values = {"channels_in": spec.channels_in, "channels_out": spec.channels_out}
        return (Problem(Sentence(message, values)),)
    return ()
