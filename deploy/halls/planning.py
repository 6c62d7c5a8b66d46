"""How many machines a hall of viewers needs, by arithmetic on what was measured of one process and one replica.

A process of the app serves as many sessions as it was measured to serve within its goals, or fewer where its viewers
are livelier than the measured ones. An engine replica runs the forward passes of the viewers' own pictures; what the
server knows already (samples, recorded runs) needs none. Processors are those of the machine that was measured, so a
hall is counted in machines like that one unless another size is asked for.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from resnet_edu.errors import UserError

HOUR = 3600.0
BITS = 8


@dataclass(frozen=True)
class Run:
    """Where figures come from: the command, the machine, the day (ISO 8601) and the versions of what ran."""

    command: str
    machine: str
    date: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Lecture:
    """One process of the app with a full lecture, by ``python -m deploy.load lecture``.

    ``viewers`` were served within the trial's goals. ``actions`` and ``pictures`` (of their own, each a
    forward pass) are a viewer's in an hour, ``processor_seconds`` what the process spends on an action
    with an engine of its own: what replicas take over is counted twice, on the safe side. ``received``
    are the bytes that an action brings to the browser; ``process``, ``session`` and
    ``session_with_picture`` are bytes of memory.
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
    """What a browser that has nothing of the app yet receives for its first page, in bytes, bundles included."""

    run: Run
    received: float


@dataclass(frozen=True)
class EngineReplica:
    """One engine replica: forward passes a second of ``net``, on so many processors or this share of a GPU.

    ``device`` is the device's name, ``memory`` the bytes that the replica's process holds in the machine;
    ``gpus`` is 0 on a CPU.
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
    """What one machine has: processors, and memory in bytes."""

    processors: int
    memory: float


@dataclass(frozen=True)
class Choices:
    """What is chosen and not measured.

    ``busy`` is the share of a processor or replica that is planned to be used: queues grow without bound
    towards 1. A picture of everyone at the same moment is answered within ``patience`` seconds, and everyone
    opens the first page within ``arrival`` seconds.
    """

    busy: float
    patience: float
    arrival: float

    def __post_init__(self) -> None:
        if not (0 < self.busy <= 1 and self.patience > 0 and self.arrival > 0):
            raise ValueError(self)


@dataclass(frozen=True)
class Measured:
    """Everything that the arithmetic takes; ``machine`` is the one that was measured."""

    machine: Machine
    lecture: Lecture
    opening: FirstPage
    replicas: tuple[EngineReplica, ...]
    choices: Choices


@dataclass(frozen=True)
class HallPart:
    """What one part of the system uses: processors at work, bytes of memory, GPUs at work."""

    name: str
    processors: float
    memory: float
    gpus: float = 0.0


@dataclass(frozen=True)
class HallPlan:
    """What ``viewers`` need.

    ``machines`` hold ``processes`` of the app and ``replicas`` of the engine; ``gpus`` of them have a GPU each.
    ``parts`` are the demands that led to it. ``arrival`` and ``lecture`` are bits a second that the hall
    receives while everyone opens the first page, and afterwards. ``burst`` is the seconds until the last answer
    when everyone gives a picture at the same moment.
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
    """The hall for so many viewers on machines of one kind, with engine replicas of one kind.

    Raises ``UserError`` where one machine can't hold a process, or a replica.
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
    """All parts together."""
    parts = hall.parts
    return HallPart(
        "together",
        sum(part.processors for part in parts),
        sum(part.memory for part in parts),
        sum(part.gpus for part in parts),
    )


def sessions_of_a_process(lecture: Lecture, choices: Choices) -> int:
    """As many as were measured, as long as they leave the one processor that Python uses its rest."""
    load = _load(lecture)
    sessions = min(lecture.viewers, math.floor(choices.busy / load))
    if sessions < 1:
        raise UserError("By these figures one viewer needs more than a process can give.")
    return sessions


def _load(lecture: Lecture) -> float:
    """The share of a processor that one viewer needs."""
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
    """How many full processes fit, by processors and by memory."""
    memory = lecture.process + sessions * lecture.session_with_picture
    by_load = machine.processors * choices.busy / (sessions * _load(lecture))
    fit = math.floor(min(machine.memory / memory, by_load))
    return _at_least_one(fit, "This machine is too small for one process of the app.")


def _replicas_of_a_machine(replica: EngineReplica, machine: Machine) -> int:
    """How many fit, by processors, memory and, where they need it, the machine's one GPU."""
    needs = ((machine.processors, replica.processors), (machine.memory, replica.memory), (1, replica.gpus))
    fit = math.floor(min(has / need for has, need in needs if need))
    return _at_least_one(fit, "This machine is too small for one replica of the engine.")


def _at_least_one(fit: int, complaint: str) -> int:
    if fit < 1:
        raise UserError(complaint)
    return fit


def _machines(counts: Sequence[int], each: Sequence[int]) -> int:
    """Machines full of one kind, and for the rest of both kinds one, or two where one doesn't hold it."""
    full = sum(count // fit for count, fit in zip(counts, each, strict=True))
    rests = [(count % fit, fit) for count, fit in zip(counts, each, strict=True)]
    # over the common denominator, so that a third and two thirds are exactly one machine
    filled = sum(rest * math.prod(each) // fit for rest, fit in rests)
    return full + math.ceil(filled / math.prod(each))
