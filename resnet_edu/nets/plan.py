"""A net's graph with its outline: which operations make up which block of which stage."""

from dataclasses import dataclass

from resnet_edu.nets.operations import Graph
from resnet_edu.nets.stack import Stack


@dataclass(frozen=True)
class Section:
    """Operations that belong together; ``block`` is empty in a stem, a head or where a stage has no blocks."""

    stage: str
    block: str
    operations: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """The sections hold every operation of the graph once and in its order."""

    graph: Graph
    sections: tuple[Section, ...]


def plan_of(stack: Stack) -> Plan:
    """A stack's sections: stem, every block with the transition before it, head."""
    sections = [Section("stem", "", stack.stem)]
    for stage in stack.stages:
        if stage.transition:
            name = stage.transition[0].partition(".")[0]
            sections.append(Section(stage.name, name, stage.transition))
        sections += (Section(stage.name, block.name, block.operations) for block in stage.blocks)
    return Plan(stack.graph, (*sections, Section("head", "", stack.head)))
