"""Ways to turn an impossible block into a possible one."""

from collections.abc import Iterator
from dataclasses import replace

from resnet_edu.errors import Sentence, mark
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.kinds import prediction_of, problems_of
from resnet_edu.nets.kinds.kind import Repair
from resnet_edu.nets.layers import Shape
from resnet_edu.nets.vocabulary import Shortcut


def is_legal(spec: BlockSpec, x: Shape) -> bool:
    """Return whether the block is valid and accepts an input of shape ``x``."""
    return not problems_of(spec) and not prediction_of(spec, x).faults


def repairs(spec: BlockSpec, x: Shape) -> tuple[Repair, ...]:
    """Return changes that make the block accept an input of shape ``x``, the paper's choice first.

    The tuple is empty if the block needs none. Every repair first corrects inconsistent numbers; what then
    remains to choose is how to make the shapes of shortcut and branch equal.
    """
    if is_legal(spec, x):
        return ()
    sentences, mended = _mend_numbers(spec, x)
    if is_legal(mended, x):
        return (Repair(sentences, mended),)
    fitted = (Repair((*sentences, sentence), changed) for sentence, changed in _fit_shortcut(mended))
    return tuple(repair for repair in fitted if is_legal(repair.spec, x))


def _mend_numbers(spec: BlockSpec, x: Shape) -> tuple[tuple[Sentence, ...], BlockSpec]:
    """Return the specification with the nearest valid numbers for its kind, and a sentence for each change."""
    sentences: tuple[Sentence, ...] = ()
    if spec.channels_in != x[0]:
        spec = replace(spec, channels_in=x[0])
        sentences = (Sentence(mark("Take the {channels} channels that come in."), {"channels": x[0]}),)
    while repair := next((problem.repair for problem in problems_of(spec) if problem.repair), None):
        spec = repair.spec
        sentences += repair.sentences
    return sentences, spec


def _fit_shortcut(spec: BlockSpec) -> Iterator[tuple[Sentence, BlockSpec]]:
    """Yield single changes that may make the addition possible; the caller checks whether each one does."""
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
