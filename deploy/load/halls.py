"""A class of phones, two processes behind nginx, and Redis: stops, votes, and a process that is killed."""

import asyncio
import contextlib
import gc
import random
import secrets
import subprocess
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from deploy.load.phases import Report, own_lateness, warm
from deploy.load.phones import Phone, counted, enter
from deploy.load.server import ON_TRIAL, ProcessorMeter, Server, running
from deploy.load.session import Broken
from deploy.load.tally import Tally
from deploy.load.viewer import Viewer
from deploy.redis_server import redis_server
from resnet_edu import config
from resnet_edu.bench.figure import Figure
from resnet_edu.bench.server import launch, wait_for_health
from resnet_edu.lecture.plan import load_plan
from resnet_edu.paths import PROJECT

ARRIVAL_SECONDS = 20.0
VOTING_SECONDS = 10.0
IDLE_SECONDS = 10.0
STOPS = 8
STOP_SECONDS = 2.0
QUESTION = load_plan().questions[0]
ANSWERS = [answer.id for answer in QUESTION.answers]


async def hall(phones: int) -> Report:
    """Let all phones join, follow some stops, vote, and vote again while one of the two processes is killed."""
    report, tally, page = Report(), Tally(), Tally()
    key = secrets.token_urlsafe()
    with redis_server() as url:
        environment = {config.HALLS.name: url, config.LECTURER_KEY.name: key}
        with running(environment, processes=2) as server:
            await warm(server)
            cookie, code = await asyncio.to_thread(enter, server.address, key)
            lecturer = Phone(server.address, code, tally, lecturer=cookie)
            crowd = [Phone(server.address, code, tally) for _ in range(phones)]
            gc.collect()
            gc.freeze()  # torch is loaded here too: looking through it would keep all phones waiting at once
            async with there([lecturer, *crowd]), own_lateness(tally):
                await _arrive(crowd)
                await lecturer.until("all are there", lambda state: state["present"] == phones)
                await _stops(lecturer, crowd, tally, report)
                report.times(tally, f"a stop to {phones} phones, 95th percentile", "a stop", 1.0)
                idle = ProcessorMeter(server)
                await asyncio.sleep(IDLE_SECONDS)
                report.note(f"all there, nothing asked: {idle.told()}")
                await _ask(lecturer, 1)
                await _asked(crowd, 1)  # what everyone is shown is no vote's cost
                at_rest, watch = idle.server_seconds / idle.seconds, ProcessorMeter(server)
                await _vote(lecturer, crowd, 1)
                report.note(f"first round: {watch.told()}")
                cost = (watch.server_seconds - at_rest * watch.seconds) / phones
                tally.seconds.pop("a vote to its count")
                async with _lecturer_at_work(server, page):
                    await _vote(lecturer, crowd, 1)
                report.times(tally, "a vote to its count, 95th percentile", "a vote to its count")
                report.times(page, "the lecturer's page meanwhile, 95th percentile", "change", 0.3)
                await _ask(lecturer, 2)
                voting = asyncio.create_task(_vote(lecturer, crowd, 2))
                await asyncio.sleep(VOTING_SECONDS / 2)
                again = await asyncio.to_thread(_kill_and_start, server, environment)
                await voting
                await lecturer.until("all are back", lambda state: state["present"] == phones)
                found = await asyncio.to_thread(counted, server.address, code, cookie)
            again.terminate()
            again.wait(30)
    for number in (1, 2):
        name = f"votes of {phones} that are not counted exactly once, round {number}"
        report.figures.append(Figure(name, abs(phones - found[QUESTION.id, number]), None, 0, "none", ""))
    report.figures.append(Figure("processor time of a vote", cost, None))
    report.note(f"{sum(phone.returns for phone in crowd)} connections were lost and came back")
    tally.errors += page.errors
    report.errors(tally, "the hall")
    return report


@contextlib.asynccontextmanager
async def there(phones: list[Phone]) -> AsyncIterator[None]:
    """The lecturer, who comes first, and phones that come meanwhile; all leave in the end."""
    phones[0].start()
    try:
        yield
    finally:
        await asyncio.gather(*(phone.stop() for phone in phones))


async def _arrive(crowd: list[Phone]) -> None:
    async def arrive(phone: Phone) -> None:
        await asyncio.sleep(random.uniform(0, ARRIVAL_SECONDS))
        began = time.perf_counter()
        phone.start()
        await phone.until("joining", lambda _: True, since=began)

    await asyncio.gather(*(arrive(phone) for phone in crowd))


async def _stops(lecturer: Phone, crowd: list[Phone], tally: Tally, report: Report) -> None:
    for number in range(STOPS):
        before = len(tally.seconds["a stop"])
        query, began = f"depth={20 + 6 * number}", time.perf_counter()
        await lecturer.say(lead={"page": "gradients", "query": query, "stop": "", "seen": True})
        await asyncio.gather(*(phone.until("a stop", partial(_is_at, query), since=began) for phone in crowd))
        latest = sorted(tally.seconds["a stop"][before:])
        report.note(f"stop {number + 1}: median {latest[len(latest) // 2]:.3f} s, slowest {latest[-1]:.3f} s")
        await asyncio.sleep(STOP_SECONDS)


def _is_at(query: str, state: dict[str, Any]) -> bool:
    return bool(state["place"] and state["place"]["query"] == query)


async def _ask(lecturer: Phone, number: int) -> None:
    await lecturer.say(ask={"question": QUESTION.id, "round": number, "open": True, "revealed": False})


async def _asked(crowd: list[Phone], number: int) -> None:
    await asyncio.gather(*(phone.until("the question", partial(_is_asked, number)) for phone in crowd))


def _is_asked(number: int, state: dict[str, Any]) -> bool:
    return bool(state["asked"] and state["asked"]["round"] == number)


async def _vote(lecturer: Phone, crowd: list[Phone], number: int) -> None:
    await _ask(lecturer, number)

    async def vote(phone: Phone) -> None:
        await phone.until("the question", partial(_is_asked, number))
        await asyncio.sleep(random.uniform(0, VOTING_SECONDS))
        await phone.vote(QUESTION.id, number, random.choice(ANSWERS))

    await asyncio.gather(*(vote(phone) for phone in crowd))


@contextlib.asynccontextmanager
async def _lecturer_at_work(server: Server, tally: Tally) -> AsyncIterator[None]:
    """Change settings of a page one after another meanwhile."""
    viewer = Viewer(server.address, tally, seed=0)
    await viewer.steps(Viewer.open_link)

    async def work() -> None:
        while await viewer.steps(Viewer.drag):
            await asyncio.sleep(0.5)

    working = asyncio.create_task(work())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        with contextlib.suppress(Broken):
            await viewer.session.leave()


def _kill_and_start(server: Server, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Kill one of the processes without warning, and start it again as its supervisor would."""
    address, process = list(server.processes.items())[-1]
    process.kill()
    process.wait(20)
    again = launch(PROJECT / "app.py", int(address.rpartition(":")[2]), {**ON_TRIAL, **environment})
    wait_for_health(address)
    server.processes[address] = again
    return again
