"""How many machines an audience needs, computed from measurements of one process and one replica.

A process of the app serves as many sessions as it was measured to serve within its goals, or fewer if its viewers are
more active than the measured ones. An engine replica runs the forward passes of the viewers' own pictures; results
that the server already has (samples, recorded runs) need none. Processors are those of the measured machine, so the
plan counts machines like that one unless another size is given.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from resnet_edu.errors import UserError

HOUR = 3600.0
BITS = 8


@dataclass(frozen=True)
class Run:
    """Origin of figures: the command, the machine, the date (ISO 8601) and the versions of the software."""

    command: str
    machine: str
    date: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Lecture:
    """Figures of one process of the app during a full lecture, from ``python -m deploy.load lecture``.

    ``viewers`` were served within the trial's goals. ``actions`` and ``pictures`` (the viewers' own, one forward pass
    each) are per viewer and hour. ``processor_seconds`` is what the process spends per action with an engine of its
    own; what replicas take over is therefore counted twice, which is on the safe side. ``received`` is in bytes per
    action; ``process``, ``session`` and ``session_with_picture`` are bytes of memory.
    """

    run: Run
    viewers: int
    actions: float
    pictures: float
    processor_seconds: float
    received: float
    process: float
    session: float
    session_with_picture: float

    def __post_init__(self) -> None:
        amounts = (self.actions, self.pictures, self.processor_seconds, self.received, self.process, self.session)
        if self.viewers < 1 or min(*amounts, self.session_with_picture) <= 0:
            raise ValueError(self)


@dataclass(frozen=True)
class FirstPage:
    """Bytes that a browser with an empty cache receives for its first page, bundles included."""

    run: Run
    received: float


@dataclass(frozen=True)
class EngineReplica:
    """Figures of one engine replica: ``passes`` forward passes of ``net`` per second.

    It uses ``processors`` processors and the fraction ``gpus`` of a GPU, 0 on a CPU. ``device`` is the device's name,
    ``memory`` the bytes of main memory that its process uses.
    """

    run: Run
    device: str
    net: str
    passes: float
    processors: float
    gpus: float
    memory: float

    def __post_init__(self) -> None:
        if not (min(self.passes, self.processors, self.memory) > 0 and 0 <= self.gpus <= 1):
            raise ValueError(self)


@dataclass(frozen=True)
class Machine:
    """A machine's processors, and its memory in bytes."""

    processors: int
    memory: float


@dataclass(frozen=True)
class Choices:
    """Assumptions that are chosen, not measured.

    ``busy`` is the planned utilisation of a processor or replica; queues grow without bound as it approaches 1. If
    everyone sends a picture at the same moment, all are answered within ``patience`` seconds; everyone opens the
    first page within ``arrival`` seconds.
    """

    busy: float
    patience: float
    arrival: float

    def __post_init__(self) -> None:
        if not (0 < self.busy <= 1 and self.patience > 0 and self.arrival > 0):
            raise ValueError(self)


@dataclass(frozen=True)
class Measured:
    """All inputs of a plan; ``machine`` is the one that was measured."""

    machine: Machine
    lecture: Lecture
    opening: FirstPage
    replicas: tuple[EngineReplica, ...]
    choices: Choices


@dataclass(frozen=True)
class HallPart:
    """What one part of the system uses: busy processors, bytes of memory, busy GPUs."""

    name: str
    processors: float
    memory: float
    gpus: float = 0.0


@dataclass(frozen=True)
class HallPlan:
    """What ``viewers`` need.

    ``machines`` run ``processes`` of the app and ``replicas`` of the engine; ``gpus`` of them have a GPU each.
    ``parts`` are the underlying demands. ``arrival`` and ``lecture`` are the bits per second that the audience
    receives while everyone opens the first page, and afterwards. ``burst`` is how many seconds pass until the last
    answer if everyone sends a picture at the same moment.
    """

    viewers: int
    processes: int
    replicas: int
    machines: int
    gpus: int
    parts: tuple[HallPart, ...]
    arrival: float
    lecture: float
    burst: float


def plan(viewers: int, measured: Measured, replica: EngineReplica, machine: Machine | None = None) -> HallPlan:
    """Plan for that many viewers, with one kind of machine and one kind of engine replica.

    Raises ``UserError`` if a machine cannot hold a process or a replica.
    """
    if viewers < 1:
        raise ValueError(viewers)
    machine, lecture, choices = machine or measured.machine, measured.lecture, measured.choices
    sessions = sessions_of_a_process(lecture, choices)
    processes = math.ceil(viewers / sessions)
    replicas = _replicas(viewers, lecture, replica, choices)
    app, engine = _app(viewers, processes, lecture), _engine(viewers, replicas, lecture, replica)
    processes_fit = _processes_of_a_machine(sessions, lecture, choices, machine)
    replicas_fit = _replicas_of_a_machine(replica, machine)
    actions = viewers * lecture.actions / HOUR
    return HallPlan(
        viewers=viewers,
        processes=processes,
        replicas=replicas,
        machines=_machines((processes, replicas), (processes_fit, replicas_fit)),
        gpus=math.ceil(replicas / replicas_fit) if replica.gpus else 0,
        parts=(app, engine),
        arrival=viewers * measured.opening.received * BITS / choices.arrival,
        lecture=actions * lecture.received * BITS,
        burst=viewers / (replicas * replica.passes),
    )


def total(hall: HallPlan) -> HallPart:
    """Add up all parts."""
    parts = hall.parts
    return HallPart(
        "together",
        sum(part.processors for part in parts),
        sum(part.memory for part in parts),
        sum(part.gpus for part in parts),
    )


def sessions_of_a_process(lecture: Lecture, choices: Choices) -> int:
    """Return the measured number of sessions, or fewer if their load would exceed the processor that Python uses."""
    load = _load(lecture)
    sessions = min(lecture.viewers, math.floor(choices.busy / load))
    if sessions < 1:
        raise UserError("By these figures one viewer needs more than a process can give.")
    return sessions


def _load(lecture: Lecture) -> float:
    """Return the fraction of a processor that one viewer needs."""
    return lecture.actions / HOUR * lecture.processor_seconds


def _replicas(viewers: int, lecture: Lecture, replica: EngineReplica, choices: Choices) -> int:
    lasting = viewers * lecture.pictures / HOUR / (replica.passes * choices.busy)
    at_once = viewers / (replica.passes * choices.patience)
    return max(1, math.ceil(max(lasting, at_once)))


def _app(viewers: int, processes: int, lecture: Lecture) -> HallPart:
    memory = processes * lecture.process + viewers * lecture.session_with_picture
    return HallPart("app", viewers * _load(lecture), memory)


def _engine(viewers: int, replicas: int, lecture: Lecture, replica: EngineReplica) -> HallPart:
    at_work = viewers * lecture.pictures / HOUR / replica.passes
    return HallPart("engine", at_work * replica.processors, replicas * replica.memory, at_work * replica.gpus)


def _processes_of_a_machine(sessions: int, lecture: Lecture, choices: Choices, machine: Machine) -> int:
    """Return how many full processes fit on a machine, by processors and memory."""
    memory = lecture.process + sessions * lecture.session_with_picture
    by_load = machine.processors * choices.busy / (sessions * _load(lecture))
    fit = math.floor(min(machine.memory / memory, by_load))
    return _at_least_one(fit, "This machine is too small for one process of the app.")


def _replicas_of_a_machine(replica: EngineReplica, machine: Machine) -> int:
    """Return how many replicas fit on a machine, by processors, memory and, if they need it, its only GPU."""
    needs = ((machine.processors, replica.processors), (machine.memory, replica.memory), (1, replica.gpus))
    fit = math.floor(min(has / need for has, need in needs if need))
    return _at_least_one(fit, "This machine is too small for one replica of the engine.")


def _at_least_one(fit: int, complaint: str) -> int:
    if fit < 1:
        raise UserError(complaint)
    return fit


def _machines(counts: Sequence[int], each: Sequence[int]) -> int:
    """Return how many machines are filled by one kind, plus one or two for the remainders of both kinds."""
    full = sum(count // fit for count, fit in zip(counts, each, strict=True))
    rests = [(count % fit, fit) for count, fit in zip(counts, each, strict=True)]
    # over a common denominator, so that one third and two thirds are exactly one machine
    filled = sum(rest * math.prod(each) // fit for rest, fit in rests)
    return full + math.ceil(filled / math.prod(each))
