"""The interface of a kind of block."""

from collections.abc import Callable
from dataclasses import dataclass

from resnet_edu.errors import Sentence
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.nets.operations import Operation


@dataclass(frozen=True)
class Repair:
    """A corrected block, with one sentence for each change."""

    sentences: tuple[Sentence, ...]
    spec: BlockSpec


@dataclass(frozen=True)
class Problem:
    """Why a block is invalid, with the nearest block free of this problem if there is one."""

    sentence: Sentence
    repair: Repair | None = None


def nearest_divisor(number: int, wanted: int) -> int:
    """Return the divisor of ``number`` nearest to ``wanted``, the smaller in a tie."""
    divisors = (n for n in range(1, number + 1) if number % n == 0)
    return min(divisors, key=lambda divisor: abs(divisor - wanted))


def no_problems(spec: BlockSpec) -> tuple[Problem, ...]:
    """Report no problems: every specification of this kind is valid."""
    return ()


@dataclass(frozen=True)
class BlockKind:
    """A kind of block: its texts, the fields it uses, and how a specification becomes operations.

    ``uses`` names the fields of the specification that have an effect. A kind that ``concatenates`` outputs
    more channels with every block, so that a stack of it needs transitions.
    """

    title: str
    description: str
    citation: str
    uses: tuple[str, ...]
    operations: Callable[[BlockSpec], tuple[Operation, ...]]
    problems: Callable[[BlockSpec], tuple[Problem, ...]] = no_problems
    concatenates: bool = False
