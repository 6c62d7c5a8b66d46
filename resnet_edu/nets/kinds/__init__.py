"""The kinds of blocks; a new one is one file and one line here."""

from resnet_edu.nets.kinds import basic, bottleneck, dense, highway, plain, resnext, wide
from resnet_edu.nets.kinds.kind import BlockKind

KINDS: dict[str, BlockKind] = {
    "plain": plain.KIND,
    "basic": basic.KIND,
    "bottleneck": bottleneck.KIND,
    "resnext": resnext.KIND,
    "wide": wide.KIND,
    "highway": highway.KIND,
    "dense": dense.KIND,
}
