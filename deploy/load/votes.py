"""What a vote costs a process, with the halls in its memory and in Redis, beside a run of a page's script."""

import asyncio
import contextlib
import random
import secrets
from collections.abc import Awaitable, Callable

from deploy.load.halls import ANSWERS, QUESTION, there
from deploy.load.phases import Report, warm
from deploy.load.phones import Phone, enter
from deploy.load.server import ProcessorMeter, Server, running
from deploy.load.session import Broken
from deploy.load.tally import Tally
from deploy.load.viewer import Viewer
from deploy.redis_server import redis_server
from resnet_edu import config
from resnet_edu.bench.figure import Figure

MOST = 200
"""Phones, which vote often: more would only wait for each other."""
REST_SECONDS = 10.0
TIMES = 20
"""How often each phone answers, and asks whether its connection lives; a changed answer costs what a first one does."""
A_SECOND = 100
"""Of all phones: a thousand votes within ten seconds."""
RUNS = 100
MICRO = 1e6
SHARE = {"in memory": 1 / 250, "in Redis": 1 / 150}
"""Of a run that a vote may cost. Most of it is the loop's and the websocket's, for a message in and one out."""


async def votes(phones: int) -> Report:
    """Votes alone: whoever votes has joined, and the question is open."""
    report = Report()
    await _cost("in memory", {}, phones, report)
    with redis_server() as url:
        await _cost("in Redis", {config.HALLS.name: url}, phones, report)
    return report


async def _cost(where: str, settings: dict[str, str], phones: int, report: Report) -> None:
    key, tally = secrets.token_urlsafe(), Tally()
    with running({**settings, config.LECTURER_KEY.name: key}) as server:
        await warm(server)
        run = await _run(server, tally)
        cookie, code = await asyncio.to_thread(enter, server.address, key)
        lecturer = Phone(server.address, code, tally, lecturer=cookie)
        crowd = [Phone(server.address, code, tally) for _ in range(phones)]
        async with there([lecturer, *crowd]):
            await lecturer.until("the hall", lambda _: True)
            for phone in crowd:
                phone.start()
            await lecturer.say(ask={"question": QUESTION.id, "round": 1, "open": True, "revealed": False})
            await asyncio.gather(*(phone.until("the question", lambda state: state["asked"]) for phone in crowd))
            await lecturer.until("all are there", lambda state: state["present"] == phones)
            rest = ProcessorMeter(server)
            await asyncio.sleep(REST_SECONDS)
            at_rest = rest.server_seconds / rest.seconds
            message = await _each(server, crowd, at_rest, Phone.ping)
            vote = await _each(server, crowd, at_rest, _answer)
            await lecturer.until("all have answered", lambda state: state["answered"] == phones)
    goal = SHARE[where]
    report.figures += [
        Figure(f"halls {where}: a message and its answer", MICRO * message, MICRO * run, unit="µs"),
        Figure(
            f"halls {where}: a vote", MICRO * vote, MICRO * run, MICRO * goal * run, f"1/{1 / goal:.0f} of a run", "µs"
        ),
    ]
    report.note(
        f"halls {where}: {phones} phones at rest {at_rest:.3f} of a processor; a run {run * 1000:.1f} ms, a message"
        f" and its answer 1/{run / message:.0f} of it, a vote 1/{run / vote:.0f}"
    )
    report.errors(tally, f"halls {where}")


async def _run(server: Server, tally: Tally) -> float:
    """Processor time of a change of a setting, which is a run of a page's script: what a vote would take as one."""
    viewer = Viewer(server.address, tally, seed=0)
    try:
        await viewer.steps(Viewer.open_link)
        watch = ProcessorMeter(server)
        await viewer.steps(*[Viewer.drag] * RUNS)
        return watch.server_seconds / RUNS
    finally:
        with contextlib.suppress(Broken):
            await viewer.session.leave()


async def _each(
    server: Server, crowd: list[Phone], at_rest: float, does: Callable[[Phone, int], Awaitable[None]]
) -> float:
    """Processor time of what every phone does so often, beyond what the hall takes at rest."""

    async def phone_does(phone: Phone) -> None:
        for number in range(TIMES):
            await asyncio.sleep(random.uniform(0, 2 * len(crowd) / A_SECOND))
            await does(phone, number)

    watch = ProcessorMeter(server)
    await asyncio.gather(*(phone_does(phone) for phone in crowd))
    return (watch.server_seconds - at_rest * watch.seconds) / (TIMES * len(crowd))


async def _answer(phone: Phone, number: int) -> None:
    await phone.vote(QUESTION.id, 1, ANSWERS[number % len(ANSWERS)])
