"""What a kind of block is."""

from collections.abc import Callable
from dataclasses import dataclass

from resnet_edu.errors import Sentence
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.operations import Operation


@dataclass(frozen=True)
class Repair:
    """What to change, a sentence a change, and the block that it gives."""

    sentences: tuple[Sentence, ...]
    spec: BlockSpec


@dataclass(frozen=True)
class Problem:
    """Why there is no such block, and the nearest block without this problem where one is nearest."""

    sentence: Sentence
    repair: Repair | None = None


def nearest_divisor(number: int, wanted: int) -> int:
    """The divisor of ``number`` that is nearest to ``wanted``, the smaller of two."""
    divisors = (n for n in range(1, number + 1) if number % n == 0)
    return min(divisors, key=lambda divisor: abs(divisor - wanted))


def no_problems(spec: BlockSpec) -> tuple[Problem, ...]:
    """Every specification is a block."""
    return ()


@dataclass(frozen=True)
class BlockKind:
    """A kind of block, and how a specification becomes its operations.

    ``uses`` names the fields of the specification that make a difference; the others are ignored.
    The output of a kind that ``concatenates`` grows from block to block, so that a stack of it needs
    transitions.
    """

    title: str
    description: str
    citation: str
    uses: tuple[str, ...]
    operations: Callable[[BlockSpec], tuple[Operation, ...]]
    problems: Callable[[BlockSpec], tuple[Problem, ...]] = no_problems
    concatenates: bool = False
