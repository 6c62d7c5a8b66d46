"""What would make an impossible block possible."""

from collections.abc import Iterator
from dataclasses import replace

from resnet_edu.errors import Sentence, mark
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import prediction_of, problems_of
from resnet_edu.nets.kinds.kind import Repair
from resnet_edu.nets.layers import Shape
from resnet_edu.nets.vocabulary import Shortcut


def is_legal(spec: BlockSpec, x: Shape) -> bool:
    """Whether the block exists and takes an input of shape ``x``."""
    return not problems_of(spec) and not prediction_of(spec, x).faults


def repairs(spec: BlockSpec, x: Shape) -> tuple[Repair, ...]:
    """Ways to a block that takes an input of shape ``x``, the paper's first; none for one that does.

    Numbers that exclude each other are mended in every one of them; what is then left to choose is
    how the shortcut and the branch come to one shape.
    """
    if is_legal(spec, x):
        return ()
    sentences, mended = _mend_numbers(spec, x)
    if is_legal(mended, x):
        return (Repair(sentences, mended),)
    fitted = (Repair((*sentences, sentence), changed) for sentence, changed in _fit_shortcut(mended))
    return tuple(repair for repair in fitted if is_legal(repair.spec, x))


def _mend_numbers(spec: BlockSpec, x: Shape) -> tuple[tuple[Sentence, ...], BlockSpec]:
    """The nearest numbers that a block of this kind can have."""
    sentences: tuple[Sentence, ...] = ()
    if spec.channels_in != x[0]:
        spec = replace(spec, channels_in=x[0])
        sentences = (Sentence(mark("Take the {channels} channels that come in."), {"channels": x[0]}),)
    while repair := next((problem.repair for problem in problems_of(spec) if problem.repair), None):
        spec = repair.spec
        sentences += repair.sentences
    return sentences, spec


def _fit_shortcut(spec: BlockSpec) -> Iterator[tuple[Sentence, BlockSpec]]:
    """Changes after which an addition may fit, each alone; whether it does is for the caller to see."""
    channels = {"channels": spec.channels_in}
    equal = replace(spec, channels_out=spec.channels_in)
    yield (
        Sentence(mark("Project the shortcut with a 1×1 convolution (option B).")),
        replace(spec, shortcut=Shortcut.B),
    )
    yield Sentence(mark("Pad the shortcut with zeros (option A).")), replace(spec, shortcut=Shortcut.A)
    yield Sentence(mark("Use a stride of 1.")), replace(spec, stride=1)
    yield Sentence(mark("Keep {channels} channels."), channels), equal
    yield Sentence(mark("Keep {channels} channels and use a stride of 1."), channels), replace(equal, stride=1)
    yield Sentence(mark("Leave the shortcut out.")), replace(spec, shortcut=Shortcut.NONE)
