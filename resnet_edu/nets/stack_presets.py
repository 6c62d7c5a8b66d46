"""Whole nets from the papers, as stacks of blocks."""

from dataclasses import dataclass, replace

from resnet_edu.nets.block_options import Order, StrideOn
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.stack import StackSpec, Stem
from resnet_edu.nets.vocabulary import Shortcut


@dataclass(frozen=True)
class StackPreset:
    """A net as published; its name is the same in all languages."""

    name: str
    spec: StackSpec
    citation: str


def cifar(block: BlockSpec, depth: int) -> StackSpec:
    """Return a net of He et al. 2015 § 4.2: 6n+2 layers, n blocks of two layers per stage."""
    return StackSpec(block, ((depth - 2) // 6,) * 3, (16, 32, 64))


def imagenet(block: BlockSpec, *blocks: int) -> StackSpec:
    """Return a net of He et al. 2015 table 1; the last stage has 512 channels, with bottlenecks 2048."""
    factor = 1 if block.kind in ("basic", "plain") else 4
    channels = tuple(factor * width for width in (64, 128, 256, 512))
    return StackSpec(block, blocks, channels, 64, Stem.IMAGENET, classes=1000, size=224)


def wide(depth: int, factor: int) -> StackSpec:
    """Return a net of Zagoruyko and Komodakis 2016 table 1: 6n+4 layers, ``factor`` times He15's channels."""
    return StackSpec(WIDE, ((depth - 4) // 6,) * 3, (16 * factor, 32 * factor, 64 * factor))


PLAIN = BlockSpec("plain")
BASIC_A = BlockSpec("basic", shortcut=Shortcut.A)
BASIC_B = BlockSpec("basic", shortcut=Shortcut.B)
BASIC_C = BlockSpec("basic", shortcut=Shortcut.C)
BOTTLENECK = BlockSpec("bottleneck", shortcut=Shortcut.B)
BOTTLENECK_V1 = replace(BOTTLENECK, stride_on=StrideOn.FIRST_1X1)
RESNEXT = replace(BOTTLENECK, kind="resnext", expansion=2, groups=32)
RESNEXT_8D = replace(RESNEXT, expansion=1)
WIDE_BOTTLENECK = replace(BOTTLENECK, expansion=2)
WIDE = BlockSpec("wide", shortcut=Shortcut.B, order=Order.FULL_PRE_ACTIVATION)
DENSE_32 = BlockSpec("dense", 64, 96)
DENSE_12 = BlockSpec("dense", 24, 36)

CIFAR_DEPTHS = (20, 32, 44, 56, 110, 1202)
PLAIN_CIFAR_DEPTHS = CIFAR_DEPTHS[:-1]
"""Nobody published a plain net of 1,202 layers."""
BOTTLENECK_STAGES = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}

STACKS = (
    StackPreset("ResNet-18", imagenet(BASIC_B, 2, 2, 2, 2), "He et al. 2015, table 1"),
    StackPreset("ResNet-34", imagenet(BASIC_B, 3, 4, 6, 3), "He et al. 2015, table 1"),
    StackPreset("ResNet-18 (A)", imagenet(BASIC_A, 2, 2, 2, 2), "He et al. 2015, table 2"),
    StackPreset("ResNet-34 (A)", imagenet(BASIC_A, 3, 4, 6, 3), "He et al. 2015, table 2"),
    StackPreset("ResNet-34 (C)", imagenet(BASIC_C, 3, 4, 6, 3), "He et al. 2015, table 3"),
    *(
        StackPreset(f"ResNet-{depth} (v1.5)", imagenet(BOTTLENECK, *blocks), "torchvision; He et al. 2015, table 1")
        for depth, blocks in BOTTLENECK_STAGES.items()
    ),
    *(
        StackPreset(f"ResNet-{depth} (v1)", imagenet(BOTTLENECK_V1, *blocks), "He et al. 2015, table 1")
        for depth, blocks in BOTTLENECK_STAGES.items()
    ),
    StackPreset("plain-18", imagenet(PLAIN, 2, 2, 2, 2), "He et al. 2015, table 2"),
    StackPreset("plain-34", imagenet(PLAIN, 3, 4, 6, 3), "He et al. 2015, table 1, fig. 3 (middle)"),
    *(StackPreset(f"residual-{depth}", cifar(BASIC_A, depth), "He et al. 2015, § 4.2") for depth in CIFAR_DEPTHS),
    *(
        StackPreset(f"plain-{depth} (CIFAR)", cifar(PLAIN, depth), "He et al. 2015, § 4.2")
        for depth in PLAIN_CIFAR_DEPTHS
    ),
    StackPreset("ResNeXt-50 32×4d", imagenet(RESNEXT, *BOTTLENECK_STAGES[50]), "Xie et al. 2016, table 1"),
    StackPreset("ResNeXt-101 32×8d", imagenet(RESNEXT_8D, *BOTTLENECK_STAGES[101]), "torchvision; Xie et al. 2016"),
    StackPreset(
        "Wide ResNet-50-2",
        imagenet(WIDE_BOTTLENECK, *BOTTLENECK_STAGES[50]),
        "torchvision; Zagoruyko and Komodakis 2016, § 3.4",
    ),
    StackPreset("WRN-28-10", wide(28, 10), "Zagoruyko and Komodakis 2016, table 1"),
    StackPreset("WRN-16-8", wide(16, 8), "Zagoruyko and Komodakis 2016, table 1"),
    StackPreset("WRN-40-4", wide(40, 4), "Zagoruyko and Komodakis 2016, table 1"),
    StackPreset(
        "DenseNet-121",
        StackSpec(DENSE_32, (6, 12, 24, 16), stem_channels=64, stem=Stem.IMAGENET, classes=1000, size=224),
        "Huang et al. 2016, table 1",
    ),
    StackPreset(
        "DenseNet-BC-100, k = 12", StackSpec(DENSE_12, (16, 16, 16), stem_channels=24), "Huang et al. 2016, table 2"
    ),
)
"""In the order in which the page lists them."""

BY_NAME = {preset.name: preset for preset in STACKS}
