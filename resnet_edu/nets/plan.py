"""A net's graph divided into sections: which operations make up which block of which stage."""

from dataclasses import dataclass

from resnet_edu.nets.operations import Graph
from resnet_edu.nets.stack import Stack


@dataclass(frozen=True)
class Section:
    """Operations that belong together; ``block`` is empty for the stem, the head and stages without blocks."""

    stage: str
    block: str
    operations: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A graph with sections that contain each operation exactly once, in order."""

    graph: Graph
    sections: tuple[Section, ...]


def plan_of(stack: Stack) -> Plan:
    """Return a stack's sections: stem, every block and the transition before it, head."""
    sections = [Section("stem", "", stack.stem)]
    for stage in stack.stages:
        if stage.transition:
            name = stage.transition[0].partition(".")[0]
            sections.append(Section(stage.name, name, stage.transition))
        sections += (Section(stage.name, block.name, block.operations) for block in stage.blocks)
    return Plan(stack.graph, (*sections, Section("head", "", stack.head)))
