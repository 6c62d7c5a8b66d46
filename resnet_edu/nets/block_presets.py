"""Blocks from the papers, ready to explore."""

from dataclasses import dataclass

from resnet_edu.errors import mark
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.layers import Shape
from resnet_edu.nets.vocabulary import Shortcut


@dataclass(frozen=True)
class BlockPreset:
    """A block as published, with its input shape there and a citation."""

    id: str
    title: str
    spec: BlockSpec
    shape: Shape
    citation: str


BASIC = BlockSpec("basic", 64, 64)
BOTTLENECK = BlockSpec("bottleneck", 256, 256, expansion=4)
DASHED = BlockSpec("basic", 64, 128, stride=2, shortcut=Shortcut.B)
V1 = BlockSpec("basic", 16, 32, stride=2, shortcut=Shortcut.B)
V2 = BlockSpec("basic", 16, 32, stride=2, shortcut=Shortcut.B, order=Order.FULL_PRE_ACTIVATION)
RESNEXT = BlockSpec("resnext", 256, 256, expansion=2, groups=32)
WIDE = BlockSpec("wide", 160, 160, order=Order.FULL_PRE_ACTIVATION)
HIGHWAY = BlockSpec("highway", 16, 16)
DENSE = BlockSpec("dense", 64, 96, expansion=4)

PRESETS = (
    BlockPreset("basic", mark("Basic"), BASIC, (64, 56, 56), "He et al. 2015, table 1 (conv2_x), fig. 5 (left)"),
    BlockPreset(
        "bottleneck", mark("Bottleneck"), BOTTLENECK, (256, 56, 56), "He et al. 2015, table 1 (conv2_x), fig. 5 (right)"
    ),
    BlockPreset("dashed", mark("Dashed"), DASHED, (64, 56, 56), "He et al. 2015, fig. 3, § 3.3"),
    BlockPreset("v1", "v1", V1, (16, 32, 32), "He et al. 2016, fig. 4 (a)"),
    BlockPreset("v2", "v2", V2, (16, 32, 32), "He et al. 2016, fig. 4 (e)"),
    BlockPreset("resnext", mark("ResNeXt 32×4d"), RESNEXT, (256, 56, 56), "Xie et al. 2016, table 1, fig. 3 (c)"),
    BlockPreset("wide", mark("Wide"), WIDE, (160, 32, 32), "Zagoruyko and Komodakis 2016, table 1"),
    BlockPreset("highway", mark("Highway"), HIGHWAY, (16, 32, 32), "Srivastava et al. 2015, § 2"),
    BlockPreset("dense", mark("DenseNet layer"), DENSE, (64, 56, 56), "Huang et al. 2016, table 1"),
)
"""In the order in which the page lists them."""
