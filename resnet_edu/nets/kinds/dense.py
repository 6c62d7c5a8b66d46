"""One layer of a dense block: it appends new channels to its input."""

from dataclasses import replace

from resnet_edu.errors import Sentence, mark
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds.kind import BlockKind, Problem, Repair
from resnet_edu.nets.kinds.residual import convolution, ordered
from resnet_edu.nets.layers import Concatenate
from resnet_edu.nets.operations import INPUT, Operation, chain


def operations(spec: BlockSpec) -> tuple[Operation, ...]:
    """Return Huang16 section 3's composite function and bottleneck layer; an expansion of 1 omits the 1x1."""
    narrow = spec.expansion * spec.growth
    if spec.expansion == 1:
        convolutions = [convolution(spec, spec.channels_in, spec.growth)]
    else:
        convolutions = [
            convolution(spec, spec.channels_in, narrow, kernel=1),
            convolution(spec, narrow, spec.growth),
        ]
    branch = chain(INPUT, ordered(replace(spec, order=Order.FULL_PRE_ACTIVATION), convolutions))
    return (*branch, Operation("concatenate", Concatenate(), (INPUT, branch[-1].name)))


GROWTH = 32
"""The growth used to repair a layer that adds no channels: DenseNet-121's k."""


def problems(spec: BlockSpec) -> tuple[Problem, ...]:
    """Require that the layer adds channels."""
    if spec.growth > 0:
        return ()
    message = mark("A dense layer adds channels: it must give out more than the {channels_in} it takes in.")
    sentence = Sentence(message, {"channels_in": spec.channels_in})
    channels = spec.channels_in + GROWTH
    remedy = Sentence(mark("Give {channels} channels."), {"channels": channels})
    return (Problem(sentence, Repair((remedy,), replace(spec, channels_out=channels))),)


KIND = BlockKind(
    title=mark("Dense layer"),
    description=mark("Nothing is added: the new channels are appended to the old ones, and all of them go on."),
    citation="Huang et al. 2016, § 3",
    uses=("channels_in", "channels_out", "expansion", "normalisation", "activation"),
    operations=operations,
    problems=problems,
    concatenates=True,
)
