"""One layer of a Highway network: a learnt gate blends the transformed input with the input itself."""

from resnet_edu.errors import mark
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.blocks import Activation, HighwayBlock, Normalisation
from resnet_edu.nets.kinds.kind import BlockKind
from resnet_edu.nets.kinds.residual import convolution, shortcut, shortcut_problems
from resnet_edu.nets.layers import Activate, Blend, Conv, Layer, Norm
from resnet_edu.nets.operations import INPUT, Operation, Role, chain
from resnet_edu.nets.vocabulary import Shortcut


def operations(spec: BlockSpec) -> tuple[Operation, ...]:
    """Return y = H(x) T(x) + x (1 - T(x)) (Srivastava15 equation 3), or H(x) alone without a shortcut.

    Where the shape changes, a projection or zero padding gives x the shape of H(x) (section 2.1).
    """
    conv = convolution(spec, spec.channels_in, spec.channels_out, stride=spec.stride)
    norm = [("bn1", Norm(spec.channels_out))] if spec.normalisation is Normalisation.BATCH else []
    steps: list[tuple[str, Layer]] = [("conv1", conv), *norm, ("act1", Activate(spec.activation))]
    transform = chain(INPUT, steps)
    if spec.shortcut is Shortcut.NONE:
        return transform
    gate = chain(INPUT, _gate(spec), prefix="gate1.", role=Role.GATE)
    carry = shortcut(spec)
    inputs = (transform[-1].name, gate[-1].name, carry[-1].name if carry else INPUT)
    return (*transform, *gate, *carry, Operation("blend", Blend(), inputs))


def _gate(spec: BlockSpec) -> list[tuple[str, Layer]]:
    """Return the sigmoid of a convolution whose bias makes the layer initially carry its input (section 2.2)."""
    bias = HighwayBlock.GATE_BIAS
    conv = Conv(spec.channels_in, spec.channels_out, stride=spec.stride, bias=True, initial_bias=bias)
    return [("0", conv), ("1", Activate(Activation.SIGMOID))]


KIND = BlockKind(
    title=mark("Highway layer"),
    description=mark("A learnt gate decides, for every value, how much is transformed and how much carried."),
    citation="Srivastava et al. 2015, § 2",
    uses=("channels_in", "channels_out", "stride", "shortcut", "normalisation", "activation"),
    operations=operations,
    problems=shortcut_problems,
)
