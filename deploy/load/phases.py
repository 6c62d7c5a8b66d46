"""The trials: a lecture, a first page, a burst of uploads, a slow computation next to viewers, and a long soak."""

import asyncio
import contextlib
import itertools
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import typer
from safetensors.torch import save_file

from deploy.halls import rows
from deploy.load.browsers import browse
from deploy.load.server import KB, ProcessorMeter, Server, running, taken_away
from deploy.load.session import Broken
from deploy.load.tally import Tally
from deploy.load.teaching import TEACHING, UNTOLD
from deploy.load.viewer import LECTURE, OWN_PICTURE, SAMPLES, Action, Viewer, look_at
from deploy.nginx import NGINX, proxy
from resnet_edu import config
from resnet_edu.bench.chromium import browser
from resnet_edu.bench.figure import Figure
from resnet_edu.bench.opening import open_cold
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.seeding import seeded
from resnet_edu.ui.serving.housekeeping import QUIET_SECONDS

FORGOTTEN_SECONDS = 125.0
"""Streamlit keeps a closed session for two minutes, in case its reader comes back."""
LATE = "waiting for itself"
LATE_SECONDS = 0.05
SETTLING_SECONDS = 10
MOST_SETTLING_SECONDS = 120
SETTLED = 1.005
VISITS = 20
"""Visits after start-up and after a lecture: memory is only released when others come."""
NOBODY = 1_000_000
"""Seed of a viewer outside the crowd."""
LARGE_NET = "resnet18"
"""With random weights it is as slow as a trained net, and needs no download."""
BURST_SECONDS = 10.0
AT_ONCE = 40
"""Viewers who show how many can be served."""
LINK = "/gradients?preset=textbook&depth=56"
DRAWN = "footer.lesson"
NEW_BROWSERS = 3
"""Browsers that are counted, after one during which the server warms up and nginx compresses the bundles."""
SAMPLE_SECONDS = 5.0


@dataclass
class Report:
    """Figures with goals, and notes on what else was observed."""

    figures: list[Figure] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Print a note at once: a trial may take an hour, or be interrupted."""
        typer.echo(text, err=True)

    def times(self, tally: Tally, name: str, kind: str, goal: float | None = None) -> None:
        """Report the 95th percentile of a kind of action, with its goal in seconds if it has one."""
        self.figures.append(Figure(name, tally.percentile(kind), None, goal, f"{goal} s" if goal else ""))
        self.note(f"{name}: {tally.spread(kind)}")

    def errors(self, tally: Tally, name: str) -> None:
        """Report how many actions failed; the goal is none."""
        if tally.seconds[LATE]:
            self.note(f"of these times the generator's own: {tally.spread(LATE)}")
        self.figures.append(Figure(f"{name}: errors and lost sessions", len(tally.errors), None, 0, "none", ""))
        for error in tally.errors[:10]:
            self.note(error)


async def lecture(viewers: int, browsers: int, arrival: float, stay: float, forgotten: float, processes: int) -> Report:
    """All arrive within ``arrival`` seconds, look around for ``stay`` seconds, upload a picture each, and leave."""
    report, tally = Report(), Tally()
    with running(processes=processes) as server:
        await warm(server)
        await _come_and_go(server)
        before = await _settled(server)
        whole, watch, done = ProcessorMeter(server), ProcessorMeter(server), asyncio.Event()
        crowd = [Viewer(server.address, tally, seed) for seed in range(viewers)]
        in_browsers = asyncio.create_task(browse(server.address, browsers, tally, done))
        async with _leaving(crowd), own_lateness(tally):
            there = await _together(_attend(viewer, arrival, stay) for viewer in crowd)
            report.note(f"{sum(there)} of {viewers} sessions open; {watch.told()}")
            for kind in ("open", "change"):
                report.note(tally.spread(kind))
            at_most = server.memory
            watch = ProcessorMeter(server)
            uploaded = await _together(viewer.steps(*OWN_PICTURE, over=stay) for viewer in crowd)
            report.note(f"{sum(uploaded)} of {viewers} uploaded; {watch.told()}")
            with_pictures = server.memory
            done.set()
            report.figures += _what_a_viewer_costs(crowd, tally, whole)
            await in_browsers
        after = await _after_all_have_left(server, forgotten)
    report.times(tally, "opening a page to its content, 95th percentile", "open", 0.5)
    report.times(tally, "a change of setting to its result, 95th percentile", "change", 0.3)
    report.times(tally, "an upload to its answer, 95th percentile", "upload", 1.0)
    if browsers:
        report.times(tally, "a page in a real browser, 95th percentile", "page in a browser")
        report.times(tally, "a change in a real browser, 95th percentile", "change in a browser")
    report.errors(tally, "the lecture")
    each, with_picture = ((memory - before) / viewers / KB for memory in (at_most, with_pictures))
    report.figures += [
        Figure(rows.SESSIONS, sum(there), None, unit=""),
        Figure(rows.PROCESSES, processes, None, unit=""),
        Figure(rows.EMPTY_PROCESS, before / processes / KB**2, None, unit="MB"),
        Figure(rows.SESSION, each, None, 250, "250 KB", "KB"),
        Figure(rows.SESSION_WITH_PICTURE, with_picture, None, unit="KB"),
        _returned(before, after),
    ]
    return report


def _what_a_viewer_costs(crowd: Sequence[Viewer], tally: Tally, watch: ProcessorMeter) -> list[Figure]:
    """Return the costs per viewer since the first arrival; the browsers count as actions, but not as viewers."""
    pictures = tally.actions("upload")
    of_crowd = tally.actions("open", "change") + pictures
    if not of_crowd:
        return []
    actions = of_crowd + tally.actions("page in a browser", "change in a browser")
    received = sum(viewer.session.received for viewer in crowd)
    hours = len(crowd) * watch.seconds / 3600
    return [
        Figure(rows.PROCESSOR_TIME, watch.server_seconds / actions, None),
        Figure(rows.RECEIVED, received / of_crowd / KB, None, unit="KB"),
        Figure(rows.ACTIONS, of_crowd / hours, None, unit=""),
        Figure(rows.PICTURES, pictures / hours, None, unit=""),
    ]


async def opening() -> Report:
    """Measure what the lecture's link sends to a browser with an empty cache, with and without nginx."""
    return await asyncio.to_thread(_open_in_new_browsers)


def _open_in_new_browsers() -> Report:
    if NGINX is None:
        report = Report()
        report.note("no nginx: left out")
        return report
    with running() as server, tempfile.TemporaryDirectory() as folder, browser() as chromium:
        port = urlsplit(server.address).port
        assert port
        with proxy(Path(folder), (port, port)) as through_nginx:
            received = {
                address: [open_cold(chromium, address + LINK, DRAWN).kilobytes for _ in range(1 + NEW_BROWSERS)][1:]
                for address in (through_nginx, server.address)
            }
    ours, bare = (statistics.median(each) for each in received.values())
    return Report([Figure(rows.FIRST_PAGE, ours, bare, unit="KB")])


async def uploads(count: int) -> Report:
    """Upload that many pictures within ten seconds to a large net, more than it can answer in that time."""
    report, tally = Report(), Tally()
    with _large_net() as (environment, net), running(environment) as server:
        await warm(server)
        crowd = [Viewer(server.address, tally, seed) for seed in range(count)]

        async def prepare(viewer: Viewer) -> None:
            await viewer.session.open(f"/inference?source=upload&net={net}")
            await viewer.session.until(lambda: viewer.asks("inference") and "upload" in viewer.session.widgets)

        async with _leaving(crowd):
            for viewer in crowd:
                await viewer.steps(prepare)
            watch = ProcessorMeter(server)
            finished = await _together(viewer.steps(Viewer.upload, over=BURST_SECONDS) for viewer in crowd)
            report.note(watch.told())
    late = sum(seconds > BURST_SECONDS for seconds in tally.seconds["upload"])
    report.figures.append(Figure("uploads within ten seconds, unanswered", count - sum(finished), None, 0, "none", ""))
    report.note(f"{tally.spread('upload')}; {late} over 10 s")
    report.note(f"{tally.in_line} of {count} were shown their place in line")
    report.errors(tally, "the uploads")
    return report


async def overload(factor: float, seconds: float, taken: float) -> Report:
    """Others take a share of the processors, and ``factor`` times as many pictures come as the rest can answer.

    What the rest can answer is measured first, on viewers who all come at the same moment.
    """
    report, tally, at_once = Report(), Tally(), Tally()

    async def bring(tally: Tally, count: int, over: float) -> int:
        crowd = [Viewer(server.address, tally, NOBODY * (tally is at_once) + seed) for seed in range(count)]
        async with _leaving(crowd), own_lateness(tally):
            watch = ProcessorMeter(server)
            steps = (viewer.steps(_come_with_a_picture, Viewer.upload, over=over) for viewer in crowd)
            answered = sum(await _together(steps))
            report.note(watch.told())
        return answered

    with running() as server, taken_away(taken):
        await warm(server)
        began = time.perf_counter()
        await bring(at_once, AT_ONCE, 0)
        served = AT_ONCE / (time.perf_counter() - began)
        report.note(f"{served:.1f} viewers with a picture can be served a second")
        count = max(1, round(factor * served * seconds))
        answered = await bring(tally, count, seconds)
    name = f"{count} pictures in {seconds:.0f} s, {factor:g} times what can be served"
    report.figures.append(Figure(f"{name}: unanswered", count - answered, None, 0, "none", ""))
    for kind in ("open", "upload"):
        report.note(tally.spread(kind))
    report.note(f"{tally.in_line} of {count} were shown their place in line")
    report.errors(at_once, "viewers at once")
    report.errors(tally, "the overload, waits of over 2 s without a word among them")
    return report


async def _come_with_a_picture(viewer: Viewer) -> None:
    page = viewer.session.open("/inference?source=upload")
    await viewer.timed("open", page, lambda: viewer.asks("inference") and "upload" in viewer.session.widgets)


async def slow(viewers: int, seconds: float) -> Report:
    """Let one viewer compute Occlusion on a large net for class after class while others walk the lecture."""
    report, tally, others = Report(), Tally(), Tally()
    with _large_net() as (environment, net), running(environment) as server:
        await warm(server)
        crowd = [Viewer(server.address, tally, seed) for seed in range(viewers)]
        loop = Viewer(server.address, others, viewers)
        async with _leaving([*crowd, loop]), own_lateness(tally):
            heavy = asyncio.create_task(loop.steps(_occlusion_in_a_loop(net)))
            watch = ProcessorMeter(server)
            await _together(_attend(viewer, seconds / 2, seconds / 2, *OWN_PICTURE) for viewer in crowd)
            report.note(watch.told())
            heavy.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await heavy
    tally.errors += others.errors
    report.times(tally, "beside Occlusion: opening a page, 95th percentile", "open", 1.0)
    report.times(tally, "beside Occlusion: a change of setting, 95th percentile", "change", 1.0)
    report.times(tally, "beside Occlusion: an upload to its answer, 95th percentile", "upload", 1.0)
    computed = len(others.seconds["occlusion"])
    report.figures.append(Figure("Occlusion beside them, maps missing of 2", max(0, 2 - computed), None, 0, "none", ""))
    report.note(others.spread("occlusion"))
    report.errors(tally, "beside Occlusion")
    return report


async def teaching(students: int) -> Report:
    """All at once open the page, collect pictures of two classes and have the net learn them."""
    report, tally = Report(), Tally()
    with running() as server:
        await _visit(server.address, *TEACHING)
        crowd = [Viewer(server.address, tally, seed) for seed in range(students)]
        watch = ProcessorMeter(server)
        async with _leaving(crowd), own_lateness(tally):
            learned = await _together(viewer.steps(*TEACHING) for viewer in crowd)
        report.note(watch.told())
    report.figures.append(
        Figure("students whose net has learned nothing", students - sum(learned), None, 0, "none", "")
    )
    for kind in ("open", "choose a class", "collect", "learn"):
        report.note(tally.spread(kind))
    report.note(tally.spread(UNTOLD))
    longest = tally.percentile(UNTOLD, 1.0)
    report.figures.append(Figure(f"{students} students at once: longest untold", longest, None, 5.0, "5 s"))
    report.times(tally, f"{students} students at once: from “Learn” to the result, 95th percentile", "learn")
    report.errors(tally, "the students")
    return report


async def soak(viewers: int, seconds: float, processes: int) -> Report:
    """Keep ``viewers`` sessions busy for that long: each walks the lecture, uploads, leaves and is replaced."""
    report, tally = Report(), Tally()
    until = time.perf_counter() + seconds
    memory: list[int] = []

    async def seat(server: Server, number: int) -> bool:
        visit = 0
        while time.perf_counter() < until:
            viewer = Viewer(server.address, tally, number + visit * viewers)
            async with _leaving([viewer]):
                if not await _attend(viewer, 10 if visit == 0 else 0, min(60.0, seconds / 4), *OWN_PICTURE):
                    return False
            visit += 1
        return True

    async def sample(server: Server) -> None:
        while True:
            memory.append(server.memory)
            await asyncio.sleep(min(SAMPLE_SECONDS, seconds / 40))

    with running(processes=processes) as server:
        await warm(server)
        sampling = asyncio.create_task(sample(server))
        await _together(seat(server, number) for number in range(viewers))
        sampling.cancel()
    quarter = max(1, len(memory) // 4)
    early, late = (statistics.median(part) / KB**2 for part in (memory[quarter : 2 * quarter], memory[-quarter:]))
    name = f"memory in the last quarter of {seconds / 60:.0f} minutes, against the second"
    report.figures.append(Figure(name, late, early, 1.05 * early, "1.05 x the second", "MB"))
    report.note(f"{len(tally.seconds['upload'])} visits; memory: {_course(memory)}")
    for kind in ("open", "change", "upload"):
        report.note(tally.spread(kind))
    report.errors(tally, "the soak")
    return report


async def _attend(viewer: Viewer, arrival: float, stay: float, *more: Action) -> bool:
    """Arrive, then walk through the lecture."""
    return await viewer.steps(Viewer.open_link, over=arrival) and await viewer.steps(*LECTURE, *more, over=stay)


async def _together(jobs: Iterable[Awaitable[bool]]) -> list[bool]:
    return await asyncio.gather(*jobs)


@contextlib.asynccontextmanager
async def _leaving(crowd: Sequence[Viewer]) -> AsyncIterator[None]:
    """Close all tabs at the end."""
    try:
        yield
    finally:
        await asyncio.gather(*(viewer.leave() for viewer in crowd))


async def _visit(address: str, *steps: Action) -> None:
    """Let one viewer take the steps at once and leave; raises ``Broken``."""
    tally = Tally()
    viewer = Viewer(address, tally, NOBODY)
    async with _leaving([viewer]):
        await viewer.steps(*steps)
    if tally.errors:
        raise Broken(tally.errors[0])


async def warm(server: Server) -> None:
    """Visit until the libraries are loaded and the lecture's results for the samples have been computed."""
    looks = [look_at(sample) for sample in SAMPLES]
    for process in server.processes:
        await _visit(process, Viewer.open_link, *looks, Viewer.compare, *OWN_PICTURE)


async def _settled(server: Server) -> int:
    """Return the memory once it has been stable for a while; what start-up left behind is freed only later."""
    seen = [server.memory]
    while len(seen) < SETTLING_SECONDS or max(seen[-SETTLING_SECONDS:]) > SETTLED * min(seen[-SETTLING_SECONDS:]):
        if len(seen) > MOST_SETTLING_SECONDS:
            raise Broken(f"the server's memory does not settle: {[each // KB**2 for each in seen]} MB")
        await asyncio.sleep(1)
        seen.append(server.memory)
    return seen[-1]


async def _after_all_have_left(server: Server, forgotten: float) -> int:
    """Return the memory once new visitors have made Streamlit drop the sessions and the app has tidied up."""
    await asyncio.sleep(forgotten)
    await _come_and_go(server)
    await asyncio.sleep(2 * QUIET_SECONDS)
    return server.memory


async def _come_and_go(server: Server) -> None:
    for process in server.processes:
        for _ in range(VISITS):
            await _visit(process, Viewer.open_link, *LECTURE)


@contextlib.asynccontextmanager
async def own_lateness(tally: Tally) -> AsyncIterator[None]:
    """Measure, next to the crowd, how late this process itself handles what it has received."""

    async def measure() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(LATE_SECONDS)
            tally.add(LATE, time.perf_counter() - started - LATE_SECONDS)

    measuring = asyncio.create_task(measure())
    try:
        yield
    finally:
        measuring.cancel()


@contextlib.contextmanager
def _large_net() -> Iterator[tuple[dict[str, str], str]]:
    """Yield an environment in which the app finds a net for 224 pixels in its operator's folder, and the net's id."""
    with tempfile.TemporaryDirectory() as folder:
        with seeded(0):
            state = ImagenetSpec(LARGE_NET).build().state_dict()
        save_file(state, Path(folder) / f"{LARGE_NET}.safetensors")
        yield {config.WEIGHTS.name: folder}, f"file-{LARGE_NET}.safetensors"


def _occlusion_in_a_loop(net: str) -> Action:
    async def occlusion(viewer: Viewer) -> None:
        session = viewer.session
        setting = {"net": net, "view": "attributions", "methods": "occlusion"}
        await session.open(f"/inference?{urlencode(setting)}&class=0")
        await session.until(lambda: viewer.maps() == 1)
        for number in itertools.count(1):
            page = session.follow("inference", {**setting, "class": str(number)})
            await viewer.timed("occlusion", page, lambda: viewer.maps() == 1)

    return occlusion


def _returned(before: int, after: int) -> Figure:
    name = "memory after all have left, against before"
    return Figure(name, after / KB**2, before / KB**2, 1.1 * before / KB**2, "1.1 x before", "MB")


def _course(memory: Sequence[int]) -> str:
    """Format the memory at nine evenly spaced moments."""
    return ", ".join(f"{memory[(len(memory) - 1) * part // 8] / KB**2:,.0f}" for part in range(9)) + " MB"
