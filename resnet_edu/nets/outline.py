"""The places in a net that can be inspected: stem, blocks and stages, as modules and as graph operations."""

from dataclasses import dataclass, replace
from functools import lru_cache

from resnet_edu.nets.architecture import Architecture
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.cifar import CifarSpec, Family, is_plain
from resnet_edu.nets.published import BY_ID
from resnet_edu.nets.stack import Stack, StackSpec
from resnet_edu.nets.stack_presets import BOTTLENECK_STAGES, WIDE_BOTTLENECK, imagenet

UNLISTED = {"wide_resnet101_2": imagenet(WIDE_BOTTLENECK, *BOTTLENECK_STAGES[101])}
"""torchvision's nets that appear in no paper's table."""


@dataclass(frozen=True)
class BranchEnds:
    """The modules that end a block's two branches: its function F, and its shortcut.

    ``shortcut`` is empty if x itself is added, and None if nothing is, as in a plain net. ``tail`` is the
    activation after the addition, empty if there is none.
    """

    residual: str
    shortcut: str | None
    tail: str = "relu"

    @property
    def adds(self) -> bool:
        """Whether the block has an addition."""
        return self.shortcut is not None


@dataclass(frozen=True)
class Place:
    """A layer that can be inspected.

    ``name`` is the one in published checkpoints (``layer1.0``), or ``stem``, ``pool``, ``transition1`` and so
    on; ``module`` is the module that outputs it, ``operation`` its name in the graph. ``stage`` counts from
    1, with 0 for the stem; ``block`` counts from 1 within its stage, with 0 for anything but a block.
    ``branches`` is None where F cannot be separated from its input.
    """

    name: str
    module: str
    operation: str
    stage: int
    block: int
    branches: BranchEnds | None = None


def stack_spec(architecture: Architecture) -> StackSpec:
    """Return the stack with the same layers, and therefore the same shapes and receptive fields.

    A Highway net's gates see the same pixels as its layers, so its stack is that of the plain net.
    """
    if isinstance(architecture, CifarSpec):
        return _cifar(architecture)
    published = {net.torchvision: net.spec for net in BY_ID.values()}
    spec = UNLISTED.get(architecture.model) or published[architecture.model]
    assert isinstance(spec, StackSpec)
    return replace(spec, classes=architecture.classes)


@lru_cache(maxsize=32)
def stack_of(architecture: Architecture) -> Stack:
    """Return the net's graph and outline."""
    return stack_spec(architecture).stack()


@lru_cache(maxsize=32)
def places(architecture: Architecture) -> tuple[Place, ...]:
    """Return stem, blocks and transitions from input to output.

    A dense layer outputs only its new channels; everything a dense stage has accumulated is a separate place.
    """
    stack = stack_of(architecture)
    found = _stem(architecture, stack)
    dense = stack_spec(architecture).dense
    for number, stage in enumerate(stack.stages, 1):
        if stage.transition:
            name = f"transition{number - 1}"
            found.append(Place(name, f"features.{name}", stage.transition[-1], number, 0))
        for count, block in enumerate(stage.blocks, 1):
            module = f"features.denseblock{number}.denselayer{count}" if dense else block.name
            own = block.operations[-2 if dense else -1]
            found.append(Place(block.name, module, own, number, count, _branches(architecture, block.name, count == 1)))
        if dense:
            gathered = stage.blocks[-1].operations[-1]
            found.append(Place(stage.name, f"features.denseblock{number}", gathered, number, 0))
    return tuple(found)


def family(architecture: Architecture) -> str:
    """Return the group that sets its colour: "residual" if blocks add, "plain" without shortcuts, else "relative"."""
    if any(place.branches and place.branches.adds for place in places(architecture)):
        return "residual"
    return "plain" if is_plain(architecture) else "relative"


def _stem(architecture: Architecture, stack: Stack) -> list[Place]:
    if isinstance(architecture, CifarSpec):
        return [Place("stem", "act1", stack.stem[-1], 0, 0)]
    prefix = ("features.relu0", "features.pool0") if stack_spec(architecture).dense else ("relu", "maxpool")
    return [Place("stem", prefix[0], "act1", 0, 0), Place("pool", prefix[1], "maxpool", 0, 0)]


def _branches(architecture: Architecture, block: str, first: bool) -> BranchEnds | None:
    if isinstance(architecture, CifarSpec):
        tail = str(architecture.activation)
        return {
            Family.RESIDUAL: BranchEnds(f"{block}.bn2", f"{block}.shortcut", tail),
            Family.PLAIN: BranchEnds(f"{block}.bn2", None, tail),
            Family.PRE_ACTIVATION: BranchEnds(f"{block}.conv2", f"{block}.shortcut", ""),
        }.get(architecture.family)
    spec = stack_spec(architecture)
    if spec.dense:
        return None
    basic = spec.block.kind == "basic"
    projects = first and not (basic and block.startswith("layer1."))
    return BranchEnds(f"{block}.{'bn2' if basic else 'bn3'}", f"{block}.downsample" if projects else "")


def _cifar(spec: CifarSpec) -> StackSpec:
    if spec.family in (Family.PLAIN, Family.HIGHWAY):
        block = BlockSpec("plain")
    else:
        order = Order.FULL_PRE_ACTIVATION if spec.family is Family.PRE_ACTIVATION else Order.ORIGINAL
        block = BlockSpec("basic", shortcut=spec.shortcut, order=order)
    block = replace(block, normalisation=spec.normalisation, activation=spec.activation)
    widths = tuple(spec.width * 2**stage for stage in range(3))
    return StackSpec(block, (spec.blocks_per_stage,) * 3, widths, spec.width, classes=spec.classes)
