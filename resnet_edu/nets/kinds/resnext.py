"""ResNeXt: a bottleneck with a grouped 3x3 convolution."""

from dataclasses import replace

from resnet_edu.errors import Sentence, mark
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import bottleneck
from resnet_edu.nets.kinds.kind import BlockKind, Problem, Repair, nearest_divisor
from resnet_edu.nets.operations import Operation


def operations(spec: BlockSpec) -> tuple[Operation, ...]:
    """Return the operations of Xie16 figure 3 (c); ``groups`` is the cardinality."""
    return bottleneck.bottleneck(spec, groups=spec.groups)


def problems(spec: BlockSpec) -> tuple[Problem, ...]:
    """Require that the groups divide the channels evenly."""
    found = bottleneck.problems(spec)
    if spec.channels_out % spec.expansion or spec.width % spec.groups == 0:
        return found
    message = mark("The {width} channels of the 3×3 convolution do not divide into {groups} groups.")
    sentence = Sentence(message, {"width": spec.width, "groups": spec.groups})
    groups = nearest_divisor(spec.width, spec.groups)
    remedy = Sentence(mark("Use {groups} groups."), {"groups": groups})
    return (Problem(sentence, Repair((remedy,), replace(spec, groups=groups))), *found)


KIND = BlockKind(
    title=mark("ResNeXt block"),
    description=mark("A bottleneck whose 3×3 convolution works in groups: many narrow paths at the cost of one."),
    citation="Xie et al. 2016, fig. 3 (c)",
    uses=(*bottleneck.KIND.uses, "groups"),
    operations=operations,
    problems=problems,
)
