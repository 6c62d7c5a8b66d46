"""The kinds of blocks; a new one takes one file and one line here."""

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
    """Return why the block is invalid. An addition of unequal shapes is no problem here: it can still be drawn."""
    return KINDS[spec.kind].problems(spec)


@lru_cache(maxsize=256)
def graph_of(spec: BlockSpec) -> Graph:
    """Return the block's operations; raises ``UserError`` if it has problems."""
    for problem in problems_of(spec):
        raise UserError(problem.sentence.message, **problem.sentence.values)
    return Graph(KINDS[spec.kind].operations(spec))


@lru_cache(maxsize=256)
def prediction_of(spec: BlockSpec, x: Shape) -> PredictedShapes:
    """Predict the shapes in the block for an input of shape ``x``; raises ``UserError`` if it has problems."""
    return graph_of(spec).predict(x)
