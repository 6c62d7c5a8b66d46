"""The kinds of blocks; a new one is one file and one line here."""

from functools import lru_cache

from resnet_edu.errors import UserError
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import basic, bottleneck, dense, highway, plain, resnext, wide
from resnet_edu.nets.kinds.kind import BlockKind, Problem
from resnet_edu.nets.layers import Shape
from resnet_edu.nets.operations import Graph, PredictedShapes

KINDS: dict[str, BlockKind] = {
    "plain": plain.KIND,
    "basic": basic.KIND,
    "bottleneck": bottleneck.KIND,
    "resnext": resnext.KIND,
    "wide": wide.KIND,
    "highway": highway.KIND,
    "dense": dense.KIND,
}


def problems_of(spec: BlockSpec) -> tuple[Problem, ...]:
    """Why there is no such block; an addition that doesn't fit is not among them, as it can be drawn."""
    return KINDS[spec.kind].problems(spec)


@lru_cache(maxsize=256)
def graph_of(spec: BlockSpec) -> Graph:
    """The block's operations; raises ``UserError`` where it has problems."""
    for problem in problems_of(spec):
        raise UserError(problem.sentence.message, **problem.sentence.values)
    return Graph(KINDS[spec.kind].operations(spec))


@lru_cache(maxsize=256)
def prediction_of(spec: BlockSpec, x: Shape) -> PredictedShapes:
    """The shapes in the block for an input of shape ``x``; raises ``UserError`` where it has problems."""
    return graph_of(spec).predict(x)
