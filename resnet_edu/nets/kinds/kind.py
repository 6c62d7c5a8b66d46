"""What a kind of block is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resnet_edu.errors import Sentence
from resnet_edu.nets.operations import Operation

if TYPE_CHECKING:
    from resnet_edu.nets.block_spec import BlockSpec


def no_problems(spec: BlockSpec) -> tuple[Sentence, ...]:
    """Every specification is a block."""
    return ()


@dataclass(frozen=True)
class BlockKind:
    """A kind of block, and how a specification becomes its operations.

    ``uses`` names the fields of the specification that make a difference; the others are ignored.
    """

    title: str
    description: str
    citation: str
    uses: tuple[str, ...]
    operations: Callable[[BlockSpec], tuple[Operation, ...]]
    problems: Callable[[BlockSpec], tuple[Sentence, ...]] = no_problems
