"""Capacity plans: the arithmetic, the file of figures, the commands, and the README's table."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from deploy.cluster.replica_memory import largest_replica
from deploy.halls import rows as named
from deploy.halls.__main__ import app
from deploy.halls.measured import Rows, lecture_of, load_measured, replica_of, save_measured
from deploy.halls.planning import (
    Choices,
    EngineReplica,
    FirstPage,
    Lecture,
    Machine,
    Measured,
    Run,
    plan,
    sessions_of_a_process,
    total,
)
from deploy.load.phases import _what_a_viewer_costs
from deploy.load.tally import Tally
from deploy.nginx import FOLDER
from resnet_edu.bench.figure import Figure, to_json
from resnet_edu.errors import UserError

RUN = Run("a made-up run", "a made-up machine", "2000-01-01", {"python": "0"})
LECTURE = Lecture(
    run=RUN,
    viewers=500,
    actions=60,
    pictures=6,
    processor_seconds=0.03,
    received=20e3,
    process=1000e6,
    session=0.1e6,
    session_with_picture=2e6,
)
REPLICA = EngineReplica(RUN, "a made-up processor", "resnet18", passes=50, processors=2, gpus=0, memory=2e9)
ON_GPU = replace(REPLICA, device="a made-up GPU", passes=1000, processors=1, gpus=0.5)
MADE_UP = Measured(Machine(4, 16e9), LECTURE, FirstPage(RUN, 2e6), (REPLICA, ON_GPU), Choices(0.6, 10, 60))
"""Round numbers, so that results can be worked out by hand."""

amounts = st.floats(0.001, 1e6)
lectures = st.builds(
    Lecture,
    run=st.just(RUN),
    viewers=st.integers(1, 5000),
    actions=st.floats(0.1, 1000),
    pictures=st.floats(0.1, 100),
    processor_seconds=st.floats(1e-4, 1),
    received=amounts,
    process=st.floats(1e8, 4e9),
    session=st.floats(1e4, 1e6),
    session_with_picture=st.floats(1e4, 1e7),
)
replicas = st.builds(
    EngineReplica,
    run=st.just(RUN),
    device=st.just("any"),
    net=st.just("any"),
    passes=st.floats(0.1, 1e5),
    processors=st.floats(0.1, 8),
    gpus=st.one_of(st.just(0.0), st.floats(0.05, 1)),
    memory=st.floats(1e8, 1e10),
)
choices = st.builds(Choices, st.floats(0.1, 1), st.floats(0.5, 600), st.floats(1, 600))
machines = st.builds(Machine, st.integers(1, 256), st.floats(1e9, 1e12))
halls = st.builds(
    Measured,
    machine=machines,
    lecture=lectures,
    opening=st.builds(FirstPage, st.just(RUN), amounts),
    replicas=st.tuples(replicas),
    choices=choices,
)
crowds = st.integers(1, 1_000_000)


def is_large_enough(measured: Measured) -> bool:
    try:
        plan(1, measured, measured.replicas[0])
    except UserError:
        return False
    return True


def test_a_hall_is_what_one_works_out_by_hand() -> None:
    hall = plan(10_000, MADE_UP, REPLICA)
    assert hall.processes == 20  # of 500 viewers, who need a quarter of a processor and 2 GB
    assert hall.replicas == 20  # 10,000 pictures within 10 s at 50 a second; the average, 16.7 a second, needs one
    assert hall.machines == 13  # 8 processes fit by memory: 2.5 machines; 2 replicas fit by processors: 10 machines
    assert hall.gpus == 0
    assert total(hall).processors == pytest.approx(5 + 2 / 3)  # 167 actions of 30 ms; a third of one replica's two
    assert total(hall).memory == pytest.approx(20e9 + 20e9 + 40e9)
    assert hall.arrival == pytest.approx(10_000 * 2e6 * 8 / 60)
    assert hall.lecture == pytest.approx(10_000 / 60 * 20e3 * 8)
    assert hall.burst == 10
    on_gpus = plan(10_000, MADE_UP, ON_GPU)
    assert (on_gpus.replicas, on_gpus.gpus) == (1, 1)  # two would fit on the GPU
    assert on_gpus.machines == 3  # the free half of a machine holds the replica


def test_the_trial_is_not_exceeded_and_livelier_viewers_need_more_processes() -> None:
    assert sessions_of_a_process(LECTURE, MADE_UP.choices) == 500
    assert sessions_of_a_process(replace(LECTURE, actions=600), MADE_UP.choices) == 120
    with pytest.raises(UserError, match="one viewer needs more"):
        sessions_of_a_process(replace(LECTURE, processor_seconds=100), MADE_UP.choices)


@given(halls, crowds, crowds)
def test_more_viewers_never_need_less(measured: Measured, one: int, other: int) -> None:
    assume(is_large_enough(measured))
    less, more = (plan(each, measured, measured.replicas[0]) for each in sorted((one, other)))
    for name in ("processes", "replicas", "machines", "gpus", "arrival", "lecture"):
        assert getattr(less, name) <= getattr(more, name), name
    assert total(less).processors <= total(more).processors
    assert total(less).memory <= total(more).memory


@given(halls, crowds)
def test_the_demands_fit_into_the_machines(measured: Measured, viewers: int) -> None:
    assume(is_large_enough(measured))
    replica, choices, machine = measured.replicas[0], measured.choices, measured.machine
    hall = plan(viewers, measured, replica)
    app, engine = hall.parts
    assert min(hall.machines, hall.processes, hall.replicas) >= 1
    assert hall.gpus <= hall.machines
    assert hall.processes * measured.lecture.viewers >= viewers
    assert total(hall).memory <= hall.machines * machine.memory * (1 + 1e-9)
    assert app.processors <= hall.processes * choices.busy * (1 + 1e-9)
    assert app.processors <= hall.machines * machine.processors * choices.busy * (1 + 1e-9)
    assert engine.processors <= hall.replicas * replica.processors * choices.busy * (1 + 1e-9)
    assert hall.replicas * replica.gpus <= max(hall.gpus, 0) + 1e-9
    assert hall.burst <= choices.patience * (1 + 1e-9)


@given(halls, crowds)
def test_the_parts_sum_to_the_whole(measured: Measured, viewers: int) -> None:
    assume(is_large_enough(measured))
    hall = plan(viewers, measured, measured.replicas[0])
    for name in ("processors", "memory", "gpus"):
        assert math.isclose(getattr(total(hall), name), math.fsum(getattr(part, name) for part in hall.parts))


@given(halls, crowds)
def test_one_machine_more_than_the_kinds_apart_would_need_is_never_needed(measured: Measured, viewers: int) -> None:
    assume(is_large_enough(measured))
    hall = plan(viewers, measured, measured.replicas[0])
    assert hall.machines <= hall.processes + hall.replicas


def test_a_machine_that_is_too_small_is_refused() -> None:
    with pytest.raises(UserError, match="process of the app"):
        plan(1, MADE_UP, REPLICA, Machine(4, 0.5e9))
    with pytest.raises(UserError, match="replica of the engine"):
        plan(1, MADE_UP, REPLICA, Machine(1, 16e9))


def test_figures_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError):
        replace(LECTURE, processor_seconds=0)
    with pytest.raises(ValueError):
        replace(REPLICA, gpus=2)
    for wrong in ((0, 1, 1), (1.1, 1, 1), (0.5, 0, 1), (0.5, 1, 0)):
        with pytest.raises(ValueError):
            Choices(*wrong)


def test_the_file_keeps_every_figure(tmp_path: Path) -> None:
    save_measured(tmp_path / "hall.json", MADE_UP)
    assert load_measured(tmp_path / "hall.json") == MADE_UP


@pytest.mark.parametrize("damage", ["{", "[]", '{"machine": {}}'])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "hall.json"
    path.write_text(damage, encoding="utf-8")
    with pytest.raises(UserError, match=r"hall\.json is damaged"):
        load_measured(path)
    with pytest.raises(UserError, match="halls record"):
        load_measured(tmp_path / "none.json")


def rows(path: Path, figures: Sequence[Figure]) -> Rows:
    path.write_text(to_json(figures), encoding="utf-8")
    return Rows(path)


def trial() -> list[Figure]:
    """Return the rows of a trial with two viewers, as the load generator itself creates them."""

    class Came:
        class session:  # noqa: N801
            received = 2048 * 4

    class Watch:
        seconds = 1800.0
        server_seconds = 0.5

    tally = Tally()
    for kind in ("open", "open", "change", "change", "change", "change", "upload", "upload"):
        tally.add(kind, 0.1)
    tally.add("page in a browser", 0.1)
    tally.add("change in a browser", 0.1)
    return _what_a_viewer_costs([Came(), Came()], tally, Watch())  # type: ignore[list-item, arg-type]


MEMORY = [
    Figure(named.SESSIONS, 4, None, unit=""),
    Figure(named.PROCESSES, 2, None, unit=""),
    Figure(named.EMPTY_PROCESS, 1000, None, unit="MB"),
    Figure(named.SESSION, 100, None, 250, "250 KB", "KB"),
    Figure(named.SESSION_WITH_PICTURE, 1500, None, unit="KB"),
]


def test_the_rows_of_a_trial_become_figures(tmp_path: Path) -> None:
    found = lecture_of(rows(tmp_path / "load.json", [*trial(), *MEMORY]))
    assert found.viewers == 2
    assert (found.actions, found.pictures) == (8, 2)  # in half an hour 4 and 1 each
    assert found.processor_seconds == 0.05  # the browsers' two actions count here
    assert found.received == 2048
    assert (found.process, found.session, found.session_with_picture) == (1000 * 2**20, 100 * 2**10, 1500 * 2**10)


def test_a_trial_that_missed_a_goal_says_nothing_about_capacity(tmp_path: Path) -> None:
    late = Figure("opening a page to its content, 95th percentile", 0.6, None, 0.5, "0.5 s")
    with pytest.raises(UserError, match="missed goals: opening a page"):
        lecture_of(rows(tmp_path / "load.json", [*trial(), *MEMORY, late]))


def test_a_trial_in_which_a_starts_garbage_outweighs_the_sessions_is_too_small(tmp_path: Path) -> None:
    less = [replace(each, ours=-each.ours) if each.name == named.SESSION else each for each in MEMORY]
    with pytest.raises(UserError, match="too small"):
        lecture_of(rows(tmp_path / "load.json", [*trial(), *less]))


def test_a_missing_row_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"load\.json has no row «sessions open at once"):
        lecture_of(rows(tmp_path / "load.json", trial()))
    (tmp_path / "text.json").write_text("a table", encoding="utf-8")
    with pytest.raises(UserError, match="does not hold"):
        Rows(tmp_path / "text.json")


def test_the_commands_lead_from_output_to_table(tmp_path: Path) -> None:
    replica = [
        Figure(named.ONE_REPLICA, 0.02, 0.019),
        Figure(named.REPLICA_PROCESSORS, 2, None, unit=""),
        Figure(named.REPLICA_GPUS, 0, None, unit=""),
        Figure(named.REPLICA_MEMORY, 2000, None, unit="MB"),
    ]
    assert replica_of(rows(tmp_path / "replica.json", replica)).passes == 50
    rows(tmp_path / "load.json", [*trial(), *MEMORY])
    rows(tmp_path / "opening.json", [Figure(named.FIRST_PAGE, 2000, None, unit="KB")])
    files = {"lecture": "load.json", "opening": "opening.json", "replica": "replica.json", "out": "hall.json"}
    paths = [word for option, name in files.items() for word in (f"--{option}", str(tmp_path / name))]
    chosen = ["--busy", "0.6", "--patience", "10", "--arrival", "60"]
    recorded = CliRunner().invoke(app, ["record", *paths, *chosen])
    assert recorded.exit_code == 0, recorded.output
    figures = ["--figures", str(tmp_path / "hall.json")]
    shown = CliRunner().invoke(app, ["plan", "--viewers", "1000", "--viewers", "1", *figures]).output
    assert "viewers" in shown
    assert "1,000" in shown
    assert "python -m deploy.load lecture" in shown
    found = json.loads(CliRunner().invoke(app, ["plan", "--viewers", "1000", "--json", *figures]).output)
    assert found[0]["viewers"] == 1000
    assert found[0]["processes"] == 500


def test_the_largest_replica_with_our_secret_is_found(tmp_path: Path) -> None:
    def process(number: int, title: str, environment: str, kilobytes: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "cmdline").write_bytes(title.encode() + b"\0")
        (folder / "environ").write_bytes(f"A=1\0{environment}\0".encode())
        (folder / "status").write_text(f"Name:\tx\nVmRSS:\t {kilobytes} kB\n", encoding="utf-8")

    process(1, "ray::ServeReplica:resnet-edu:Replica", "RESNET_EDU_RAY_KEY=ours", 1000)
    process(2, "ray::ServeReplica:resnet-edu:Replica", "RESNET_EDU_RAY_KEY=ours", 1500)
    process(3, "ray::ServeReplica:resnet-edu:Replica", "RESNET_EDU_RAY_KEY=another", 9000)
    process(4, "python", "RESNET_EDU_RAY_KEY=ours", 9000)
    (tmp_path / "5").mkdir()
    assert largest_replica(b"ours", tmp_path) == 1500 * 1024
    assert largest_replica(b"nobody's", tmp_path) is None


def test_the_readme_shows_what_the_command_prints() -> None:
    printed = CliRunner().invoke(app, ["plan"])
    assert printed.exit_code == 0, printed.output
    table = "\n".join(f"    {line}".rstrip() for line in printed.output.strip().splitlines())
    assert table in (FOLDER / "README.md").read_text(encoding="utf-8"), (
        "deploy/README.md: put in what `python -m deploy.halls plan` prints, indented by four"
    )
