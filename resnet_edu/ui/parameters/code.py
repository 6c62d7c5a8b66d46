"""The Python behind the page's figures, ready to copy; a test runs each."""

from enum import StrEnum

COSTS = """\
from resnet_edu.measure.counting import count
from resnet_edu.measure.memory import Optimiser, Precision, training_step
from resnet_edu.nets.published import BY_ID

net = BY_ID["{net}"]
shape = (3, {side}, {side})
counted = count(net.plan(), shape)
print(f"parameters {{counted.total.parameters}}")
print(f"multiply-adds {{counted.total.multiply_adds}}")
print(f"receptive field {{counted.field.size}}")
for stage in counted.stages():
    print(f"  {{stage.stage:8}} {{stage.cost.parameters:>12,}} {{stage.cost.multiply_adds:>16,}}")

step = training_step(net.plan().graph, shape, Precision.{precision})
peak = step.peak({batch}, Optimiser.{optimiser})
print(f"peak of a training step {{peak.total}} bytes, at {{peak.operation}}")
"""


def costs_code(net_id: str, side: int, batch: int, precision: StrEnum, optimiser: StrEnum) -> str:
    """Python that counts a net and estimates the memory of training it."""
    return COSTS.format(net=net_id, side=side, batch=batch, precision=precision.name, optimiser=optimiser.name)
