"""The Python behind the page's figures, ready to copy; a test runs each."""

from resnet_edu.measure.information import InformationSetting
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.layers import Shape
from resnet_edu.ui.shared.code import arguments

BLOCK = """\
from resnet_edu.nets.block_options import Order, StrideOn
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.vocabulary import Shortcut
from resnet_edu.nets.kinds import graph_of

spec = BlockSpec(
{fields}
)
graph, shape = graph_of(spec), {shape}
shapes = graph.predict(shape).shapes
for operation in graph.operations:
    print(f"{{operation.name:12}} {{str(shapes[operation.name]):18}} {{operation.layer.parameters:>9,}} parameters")
print(f"{{graph.parameters:,}} parameters, {{sum(graph.multiply_adds(shape).values()):,}} multiply-adds")
"""


def block_code(spec: BlockSpec, shape: Shape) -> str:
    """Return Python that builds a block and counts its parameters and multiply-adds."""
    return BLOCK.format(fields=arguments(spec), shape=shape)


TURNED_DOWN = """\
import torch

from resnet_edu.nets.block_options import Order, StrideOn
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.vocabulary import Shortcut
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.samples import sample_picture
from resnet_edu.vision.turned_down import TurnDown

spec = BlockSpec(
{fields}
)
net = catalogue().nets["{net}"]
task = TurnDown(net, sample_picture("{sample}"), {position}, spec)
branches = task.run(Loaded(net, load(net), torch.device("cpu"))).branches
for share in (0, 0.5, 1):
    distance = (share * branches.residual).abs().max()
    print(f"{{share:3}} times F(x) changes x by at most {{float(distance):.2f}}")
"""


def turned_down_code(net_id: str, sample: str, position: tuple[int, int], spec: BlockSpec) -> str:
    """Return Python that turns down the residual branch of a block."""
    return TURNED_DOWN.format(net=net_id, sample=sample, position=position, fields=arguments(spec))


INFORMATION = """\
from statistics import median

from resnet_edu.measure.information import LAYERS, InformationSetting, Numbers, information
from resnet_edu.nets.cifar import Family
from resnet_edu.nets.fully_connected import LinearStart

setting = InformationSetting(
{fields}
)
for family in (Family.PLAIN, Family.RESIDUAL):
    nets = information(setting, family)
    for at in (0, 8, 16, 32):
        print(f"{{family:8}} after {{LAYERS[at]:2}} layers: {{median(net.bits[at] for net in nets):.2f}} bits")
"""


def information_code(setting: InformationSetting) -> str:
    """Return Python that counts how many bits of the input the nets keep."""
    return INFORMATION.format(fields=arguments(setting))


STACK = """\
from resnet_edu.nets.stack_presets import BY_NAME

spec = BY_NAME["{name}"].spec
stack = spec.stack()
shapes = stack.graph.predict(spec.shape).shapes
for stage in stack.stages:
    print(f"{{stage.name}}: {{len(stage.blocks)}} blocks, output {{shapes[stage.blocks[-1].operations[-1]]}}")
multiply_adds = sum(stack.graph.multiply_adds(spec.shape).values())
print(f"{{stack.graph.parameters:,}} parameters, {{multiply_adds:,}} multiply-adds")
"""


def stack_code(name: str) -> str:
    """Return Python that stacks a published net."""
    return STACK.format(name=name)
