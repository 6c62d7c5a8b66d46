"""The Python behind the page's figure; a test runs it."""

PATHS = """\
from itertools import product

from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import graph_of

print(" -> ".join(operation.name for operation in graph_of(BlockSpec("basic")).operations))
for blocks in (1, 2, 3):
    paths = [" ".join(path) for path in product(("x", "F"), repeat=blocks)]
    print(f"{blocks} blocks: {len(paths)} paths: {', '.join(paths)}")
print(f"ResNet-110 has 54 blocks: {2**54:,} paths")
"""
