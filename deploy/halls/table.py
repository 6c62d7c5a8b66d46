"""Plans as text, for the terminal and for this folder's README."""

from collections.abc import Sequence

from deploy.halls.planning import (
    BITS,
    HOUR,
    EngineReplica,
    HallPlan,
    Machine,
    Measured,
    Run,
    sessions_of_a_process,
    total,
)
from deploy.halls.rows import FIRST_PAGE
from resnet_edu.text_table import text_table

HALLS = (1_000, 10_000, 100_000)
KB = 1000
MEGA = 1_000_000
MB = 2**20
GB = 2**30

Cells = tuple[str, ...]


def sizes(measured: Measured, machine: Machine, halls: Sequence[tuple[EngineReplica, Sequence[HallPlan]]]) -> str:
    """Return for each kind of replica the plans side by side, the cost per viewer, and the sources of the figures."""
    parts = [part for replica, found in halls for part in (_needed(replica, found), _costs(measured, found))]
    return "\n\n".join([*parts, _sources(measured, machine, [replica for replica, _ in halls])])


def _needed(replica: EngineReplica, halls: Sequence[HallPlan]) -> str:
    rows: list[Cells] = [
        ("viewers", *(f"{hall.viewers:,}" for hall in halls)),
        ("machines", *(f"{hall.machines:,}" for hall in halls)),
        ("of them with a GPU", *(f"{hall.gpus:,}" for hall in halls)),
        ("processes of the app", *(f"{hall.processes:,}" for hall in halls)),
        ("engine replicas", *(f"{hall.replicas:,}" for hall in halls)),
        ("processors at work", *(f"{total(hall).processors:,.1f}" for hall in halls)),
        ("memory", *(f"{total(hall).memory / GB:,.1f} GB" for hall in halls)),
        ("network while all arrive", *(_bits(hall.arrival) for hall in halls)),
        ("network afterwards", *(_bits(hall.lecture) for hall in halls)),
        ("a picture of everyone at once, answered in", *(f"{hall.burst:,.1f} s" for hall in halls)),
    ]
    return f"Replicas of {replica.net} on {replica.device}\n\n{_aligned(rows)}"


def _costs(measured: Measured, halls: Sequence[HallPlan]) -> str:
    """Return the cost per viewer of the largest plan, where minimum sizes matter least."""
    hall = max(halls, key=lambda each: each.viewers)
    rows: list[Cells] = [("a viewer costs", "processor", "memory", "GPU")]
    for part in (*hall.parts, total(hall)):
        processor, memory, gpu = (each / hall.viewers for each in (part.processors, part.memory, part.gpus))
        rows.append((part.name, _share(processor), f"{memory / MB:,.2f} MB", _share(gpu) if gpu else ""))
    received = measured.lecture.actions * measured.lecture.received
    network = (
        f"and receives {measured.opening.received / KB:,.0f} KB for the first page,"
        f" {received / KB:,.0f} KB in an hour ({received * BITS / HOUR / KB:,.2f} kbit/s)"
    )
    return f"{_aligned(rows)}\n{network}"


def _sources(measured: Measured, machine: Machine, replicas: Sequence[EngineReplica]) -> str:
    lecture, choices = measured.lecture, measured.choices
    lines = [
        f"Machines have {machine.processors} processors and {machine.memory / GB:,.0f} GB, those with a GPU have one.",
        f"Measured: one process with {lecture.viewers:,} viewers, each with {lecture.actions:,.0f} actions and"
        f" {lecture.pictures:,.0f} own pictures an hour,",
        f"    {lecture.processor_seconds * 1000:,.1f} ms of a processor an action; planned with"
        f" {sessions_of_a_process(lecture, choices):,} viewers a process",
        *_where(lecture.run),
        f"Measured: {FIRST_PAGE}",
        *_where(measured.opening.run),
    ]
    for replica in replicas:
        lines += [f"Measured: one replica on {replica.device}, {replica.passes:,.1f} pictures a second"]
        lines += _where(replica.run)
    lines += [
        f"Chosen: {choices.busy:.0%} busy; all arrive within {choices.arrival:g} s; a picture of everyone at once is"
        f" answered within {choices.patience:g} s",
    ]
    return "\n".join(lines)


def _where(run: Run) -> list[str]:
    versions = ", ".join(f"{name} {number}" for name, number in run.versions.items())
    return [f"    {run.command}", f"    {run.machine}; {run.date}; {versions}"]


def _share(part: float) -> str:
    """Format a fraction of one processor or GPU."""
    return f"{part * 1000:.3g} ms/s"


def _bits(value: float) -> str:
    return f"{value / MEGA:,.1f} Mbit/s"


def _aligned(rows: Sequence[Cells]) -> str:
    """Align the first column left and the others right."""
    return text_table(rows, "l" + "r" * (len(rows[0]) - 1))
