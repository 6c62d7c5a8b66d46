"""The Python behind the page's figures, ready to copy; a test runs each."""

from enum import StrEnum

from resnet_edu.measure.comparison import ComparedBlocks
from resnet_edu.ui.shared.code import arguments

BLOCKS = """\
from resnet_edu.measure.comparison import ComparedBlocks, compare

setting = ComparedBlocks(
{fields}
)
for name, costs in zip(("basic", "bottleneck"), compare(setting)):
    print(f"{{name}}: {{costs.weights:,}} weights, {{costs.multiply_adds:,}} multiply-adds, {{costs.kept:,}} bytes")
"""


def blocks_code(setting: ComparedBlocks) -> str:
    """Return Python that counts both blocks."""
    return BLOCKS.format(fields=arguments(setting))


COSTS = """\
from resnet_edu.measure.counting import count
from resnet_edu.nets.published import BY_ID

net = BY_ID["{net}"]
counted = count(net.plan(), (3, {side}, {side}))
print(f"parameters {{counted.total.parameters:,}}")
print(f"multiply-adds {{counted.total.multiply_adds:,}}")
print(f"receptive field {{counted.field.size}}")
for stage in counted.stages():
    print(f"  {{stage.stage:8}} {{stage.cost.parameters:>12,}} {{stage.cost.multiply_adds:>16,}}")
"""


def costs_code(net_id: str, side: int) -> str:
    """Return Python that counts a net."""
    return COSTS.format(net=net_id, side=side)


COMPARISON = """\
from resnet_edu.measure.counting import count
from resnet_edu.nets.published import NETS, Protocol

for net in NETS:
    for result in {results}:
        if result.protocol is Protocol.{protocol} and net.spec and not result.is_bound:
            cost = count(net.plan(), net.spec.shape).total.{quantity}
            print(f"{{net.name:24}} {{cost:>16,}}  accuracy {{100 - result.error:.2f}}%  {{result.citation}}")
"""


def comparison_code(protocol: StrEnum, quantity: str, newer: bool = False) -> str:
    """Return Python that lists the nets' costs with their published accuracy."""
    results = "net.results + net.newer_results" if newer else "net.results"
    return COMPARISON.format(protocol=protocol.name, quantity=quantity, results=results)


VERSIONS = """\
from resnet_edu.measure.counting import count
from resnet_edu.nets.published import BY_ID

for name in ("resnet-50-v1", "resnet-50-v1-5"):
    counted = count(BY_ID[name].plan(), (3, 224, 224))
    print(f"{name:15} {counted.total.multiply_adds:,} multiply-adds, sees {counted.field.size} pixels")
    for row in counted.rows:
        if row.block == "layer2.0" and row.cost.multiply_adds:
            print(f"  {row.name:24} {row.cost.multiply_adds:>13,}")
"""

FIT = """\
from resnet_edu.measure.memory import Optimiser, Precision, training_step
from resnet_edu.nets.published import BY_ID

net = BY_ID["{net}"]
step = training_step(net.plan().graph, (3, {side}, {side}), Precision.{precision})
peak = step.peak({batch}, Optimiser.{optimiser})
print(f"peak of a training step {{peak.total:,}} bytes, at {{peak.operation}}")
print(f"largest batch for {memory} GiB: {{step.largest_batch({memory} * 2**30, Optimiser.{optimiser})}}")
"""


def fit_code(net_id: str, side: int, batch: int, precision: StrEnum, optimiser: StrEnum, memory: int) -> str:
    """Return Python that estimates the memory needed to train a net."""
    values = {"precision": precision.name, "optimiser": optimiser.name, "memory": memory}
    return FIT.format(net=net_id, side=side, batch=batch, **values)


LAYERS = """\
from resnet_edu.figures.layer_table import layer_markdown
from resnet_edu.measure.counting import count
from resnet_edu.nets.published import BY_ID

net = BY_ID["{net}"]
print(layer_markdown(count(net.plan(), (3, {side}, {side}))))
"""


def layers_code(net_id: str, side: int) -> str:
    """Python that prints the table of a net's layers."""
    return LAYERS.format(net=net_id, side=side)


TABLE = """\
from resnet_edu.measure.counting import count
from resnet_edu.nets.published import NETS

for net in NETS:
    if net.spec:
        counted = count(net.plan(), net.spec.shape)
        total = counted.total
        print(f"{net.name:24} {total.parameters:>14,} parameters {total.multiply_adds:>16,} multiply-adds")
        print(f"{'':24} {counted.forward:>14,} bytes forward {total.kept:>12,} bytes kept for training")
"""
