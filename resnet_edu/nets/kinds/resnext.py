"""ResNeXt: a bottleneck whose 3x3 convolution works in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resnet_edu.errors import Sentence, mark
from resnet_edu.nets.kinds import bottleneck
from resnet_edu.nets.kinds.kind import BlockKind
from resnet_edu.nets.operations import Operation

if TYPE_CHECKING:
    from resnet_edu.nets.block_spec import BlockSpec


def operations(spec: BlockSpec) -> tuple[Operation, ...]:
    """Xie16 figure 3 (c): ``groups`` is the cardinality."""
    return bottleneck.bottleneck(spec, groups=spec.groups)


def problems(spec: BlockSpec) -> tuple[Sentence, ...]:
    """Every group takes the same whole number of channels."""
    found = bottleneck.problems(spec)
    if found or spec.width % spec.groups == 0:
        return found
    message = mark("The {width} channels of the 3×3 convolution do not divide into {groups} groups.")
    return (Sentence(message, {"width": spec.width, "groups": spec.groups}),)


KIND = BlockKind(
    title=mark("ResNeXt block"),
    description=mark("A bottleneck whose 3×3 convolution works in groups: many narrow paths at the cost of one."),
    citation="Xie16, figure 3 (c)",
    uses=(*bottleneck.KIND.uses, "groups"),
    operations=operations,
    problems=problems,
)
